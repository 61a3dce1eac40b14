/* SPDX-License-Identifier: ISC */
/*
 * path_test.c - where destinations lie, and the source chosen for them
 */
#include "fixture.h"

/* Expects a way to dst by an interface and next hop, with a source. */
static void expect_path(struct host *h, uint32_t dst, int ifindex,
			uint32_t next_hop, uint32_t want_src)
{
	struct net_path path;
	uint32_t src = 0;

	assert_int_equal(net_path(&h->net, dst, &src, &path), 0);
	assert_int_equal(path.ifindex, ifindex);
	assert_int_equal(path.next_hop, next_hop);
	assert_int_equal(path.headroom, ifindex == h->eth ? 34 : 20);
	assert_int_equal(src, want_src);
	assert_true(net_path_valid(&h->net, &path));
}

static int path_error(struct host *h, uint32_t dst, uint32_t src)
{
	struct net_path path;
	uint32_t kept = src;
	int err = net_path(&h->net, dst, &src, &path);

	assert_int_equal(src, kept);
	if (err)
		assert_false(net_path_valid(&h->net, &path));
	return err;
}

static void on_link_and_by_gateway(struct host *h)
{
	expect_path(h, PEER_IP, h->eth, PEER_IP, OUR_IP);
	expect_path(h, FAR_IP, h->eth, GATEWAY, OUR_IP);
	expect_path(h, IP(172, 16, 0, 9), h->tun, IP(172, 16, 0, 9),
		    IP(172, 16, 0, 1));
}

static void ourselves_by_loopback(struct host *h)
{
	expect_path(h, OUR_IP, TERN_IF_LOOPBACK, OUR_IP, OUR_IP);
	expect_path(h, IP(172, 16, 0, 1), TERN_IF_LOOPBACK, IP(172, 16, 0, 1),
		    IP(172, 16, 0, 1));
	expect_path(h, IP(127, 0, 0, 1), TERN_IF_LOOPBACK, IP(127, 0, 0, 1),
		    IP(127, 0, 0, 1));
	expect_path(h, IP(127, 9, 9, 9), TERN_IF_LOOPBACK, IP(127, 9, 9, 9),
		    IP(127, 0, 0, 1));
	assert_int_equal(path_error(h, OUR_IP, IP(127, 0, 0, 1)), 0);
	assert_int_equal(path_error(h, OUR_IP, PEER_IP), -EADDRNOTAVAIL);
	assert_int_equal(net_if_set_up(&h->net, TERN_IF_LOOPBACK, false), 0);
	assert_int_equal(path_error(h, OUR_IP, 0), -ENETUNREACH);
}

/* MUST-46. */
static void no_connection_to_groups(struct host *h)
{
	assert_int_equal(path_error(h, 0, 0), -EINVAL);
	assert_int_equal(path_error(h, IP(0, 1, 2, 3), 0), -EINVAL);
	assert_int_equal(path_error(h, UINT32_MAX, 0), -EINVAL);
	assert_int_equal(path_error(h, IP(10, 0, 0, 255), 0), -EINVAL);
	assert_int_equal(path_error(h, IP(10, 0, 0, 0), 0), -EINVAL);
	assert_int_equal(path_error(h, IP(224, 0, 0, 1), 0), -EINVAL);
	assert_int_equal(path_error(h, IP(240, 0, 0, 1), 0), -EINVAL);
}

static void a_source_given_must_be_ours(struct host *h)
{
	assert_int_equal(path_error(h, FAR_IP, OUR_IP), 0);
	assert_int_equal(path_error(h, FAR_IP, IP(172, 16, 0, 1)), 0);
	assert_int_equal(path_error(h, FAR_IP, PEER_IP), -EADDRNOTAVAIL);
	assert_int_equal(path_error(h, FAR_IP, IP(10, 0, 0, 255)),
			 -EADDRNOTAVAIL);
	assert_int_equal(path_error(h, FAR_IP, IP(127, 0, 0, 1)), -EINVAL);
}

static void no_route(struct host *h)
{
	struct tern_route def = {.gateway = GATEWAY};

	assert_int_equal(net_route_remove(&h->net, &def), 0);
	assert_int_equal(path_error(h, FAR_IP, 0), -ENETUNREACH);
	assert_int_equal(counter(h, TERN_IpOutNoRoutes), 1);
}

static void the_source_fits_the_next_hop(struct host *h)
{
	struct tern_route r = {.dst = IP(198, 51, 100, 0), .prefix_len = 24};
	struct net *net = &h->net;

	assert_int_equal(net_addr_add(net, h->eth, IP(10, 5, 0, 1), 16), 0);
	assert_int_equal(net_addr_add(net, h->eth, IP(10, 0, 0, 7), 24), 0);
	expect_path(h, IP(10, 5, 9, 9), h->eth, IP(10, 5, 9, 9),
		    IP(10, 5, 0, 1));
	expect_path(h, PEER_IP, h->eth, PEER_IP, OUR_IP); /* the first */

	r.gateway = IP(10, 5, 0, 254);
	assert_int_equal(net_route_add(net, &r), 0);
	expect_path(h, IP(198, 51, 100, 1), h->eth, r.gateway, IP(10, 5, 0, 1));
	r.source = IP(10, 0, 0, 7); /* the route's goes first */
	r.prefix_len = 25;
	assert_int_equal(net_route_add(net, &r), 0);
	expect_path(h, IP(198, 51, 100, 1), h->eth, r.gateway, IP(10, 0, 0, 7));
	expect_path(h, IP(198, 51, 100, 200), h->eth, r.gateway,
		    IP(10, 5, 0, 1));
}

static void an_interface_without_address_borrows_one(struct host *h)
{
	struct tern_route r = {.dst = IP(203, 0, 113, 0), .prefix_len = 24};
	uint32_t dst = IP(203, 0, 113, 5);
	int tun1 = add_if(h, "tun1", TERN_IF_POINTOPOINT);

	r.ifindex = tun1;
	assert_int_equal(net_route_add(&h->net, &r), 0);
	expect_path(h, dst, tun1, dst, OUR_IP);
	assert_int_equal(net_addr_remove(&h->net, h->eth, OUR_IP), 0);
	expect_path(h, dst, tun1, dst, IP(172, 16, 0, 1));
	assert_int_equal(net_addr_remove(&h->net, h->tun, IP(172, 16, 0, 1)),
			 0);
	assert_int_equal(path_error(h, dst, 0), -EADDRNOTAVAIL);
}

static void paths_are_void_after_a_change(struct host *h)
{
	struct net_path path;
	uint32_t src = 0;
	int n = h->n_rerouted;

	assert_int_equal(net_path(&h->net, FAR_IP, &src, &path), 0);
	assert_true(net_path_valid(&h->net, &path));
	assert_int_equal(net_if_set_up(&h->net, h->tun, false), 0);
	assert_false(net_path_valid(&h->net, &path));
	assert_int_equal(h->n_rerouted, n + 1);
}

static void mtus(struct host *h)
{
	struct net_path path;
	uint32_t src = 0;

	assert_int_equal(net_smallest_mtu(&h->net), 1500);
	assert_int_equal(net_path(&h->net, FAR_IP, &src, &path), 0);
	assert_int_equal(net_mtu(&h->net, &path), 1500);
	assert_int_equal(net_if_set_mtu(&h->net, h->tun, 1280), 0);
	assert_int_equal(net_smallest_mtu(&h->net), 1280);
	assert_int_equal(net_if_set_up(&h->net, h->tun, false), 0);
	assert_int_equal(net_smallest_mtu(&h->net), 1500);
	assert_int_equal(net_if_remove(&h->net, h->eth), 0);
	assert_int_equal(net_smallest_mtu(&h->net), 65535);
	assert_int_equal(net_mtu(&h->net, &path), 68); /* it is gone */
}

static void interfaces_by_index(struct host *h)
{
	assert_null(net_if(&h->net, 0));
	assert_null(net_if(&h->net, -1));
	assert_null(net_if(&h->net, NETIF_MAX));
	assert_null(net_if(&h->net, NETIF_MAX - 1));
	assert_int_equal(net_if(&h->net, h->tun)->index, h->tun);
}

HOST_TEST(on_link_and_by_gateway)
HOST_TEST(ourselves_by_loopback)
HOST_TEST(no_connection_to_groups)
HOST_TEST(a_source_given_must_be_ours)
HOST_TEST(no_route)
HOST_TEST(the_source_fits_the_next_hop)
HOST_TEST(an_interface_without_address_borrows_one)
HOST_TEST(paths_are_void_after_a_change)
HOST_TEST(mtus)
HOST_TEST(interfaces_by_index)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_link_and_by_gateway_test),
		cmocka_unit_test(ourselves_by_loopback_test),
		cmocka_unit_test(no_connection_to_groups_test),
		cmocka_unit_test(a_source_given_must_be_ours_test),
		cmocka_unit_test(no_route_test),
		cmocka_unit_test(the_source_fits_the_next_hop_test),
		cmocka_unit_test(an_interface_without_address_borrows_one_test),
		cmocka_unit_test(paths_are_void_after_a_change_test),
		cmocka_unit_test(mtus_test),
		cmocka_unit_test(interfaces_by_index_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
