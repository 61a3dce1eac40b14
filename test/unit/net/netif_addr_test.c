/* SPDX-License-Identifier: ISC */
/*
 * netif_addr_test.c - addresses of interfaces and what they bring
 */
#include "fixture.h"

static int add(struct host *h, int ifindex, uint32_t addr, int prefix_len)
{
	return net_addr_add(&h->net, ifindex, addr, prefix_len);
}

/* True if there is a route to exactly this prefix on an interface. */
static bool has_route(struct host *h, uint32_t dst, int prefix_len, int ifindex)
{
	struct tern_route r;

	for (int i = 0; net_route_at(&h->net, i, &r) == 0; i++) {
		if (r.dst == dst && r.prefix_len == prefix_len &&
		    r.ifindex == ifindex)
			return true;
	}
	return false;
}

static void what_cannot_be_a_host_s(struct host *h)
{
	assert_int_equal(add(h, 9, IP(10, 1, 0, 1), 24), -ENODEV);
	assert_int_equal(add(h, h->eth, 0, 24), -EINVAL);
	assert_int_equal(add(h, h->eth, IP(0, 1, 2, 3), 24), -EINVAL);
	assert_int_equal(add(h, h->eth, IP(127, 0, 0, 2), 8), -EINVAL);
	assert_int_equal(add(h, h->eth, IP(224, 0, 0, 1), 24), -EINVAL);
	assert_int_equal(add(h, h->eth, IP(240, 0, 0, 1), 24), -EINVAL);
	assert_int_equal(add(h, h->eth, UINT32_MAX, 32), -EINVAL);
	assert_int_equal(add(h, h->eth, IP(10, 1, 0, 0), 24), -EINVAL);
	assert_int_equal(add(h, h->eth, IP(10, 1, 0, 255), 24), -EINVAL);
	assert_int_equal(add(h, h->eth, IP(10, 1, 0, 1), 0), -EINVAL);
	assert_int_equal(add(h, h->eth, IP(10, 1, 0, 1), -1), -EINVAL);
	assert_int_equal(add(h, h->eth, IP(10, 1, 0, 1), 33), -EINVAL);
	assert_int_equal(add(h, h->eth, IP(10, 1, 0, 1), 256 + 24), -EINVAL);
}

static void what_can(struct host *h)
{
	int ptp = add_if(h, "ptp0", TERN_IF_POINTOPOINT);

	assert_int_equal(add(h, h->eth, IP(10, 1, 0, 0), 31), 0);
	assert_int_equal(add(h, h->eth, IP(10, 1, 0, 3), 31), 0);
	assert_int_equal(add(h, h->eth, IP(10, 2, 0, 255), 32), 0);
	assert_int_equal(add(h, h->eth, IP(100, 0, 0, 1), 1), 0);
	/* A link without broadcast has no broadcast addresses. */
	assert_int_equal(add(h, ptp, IP(10, 3, 0, 255), 24), 0);
	assert_int_equal(net_addr_kind(&h->net, IP(10, 3, 0, 0)), ADDR_REMOTE);
	assert_int_equal(add(h, TERN_IF_LOOPBACK, IP(127, 0, 0, 2), 8), 0);
}

static void each_address_once(struct host *h)
{
	assert_int_equal(add(h, h->eth, OUR_IP, 24), -EEXIST);
	assert_int_equal(add(h, h->tun, OUR_IP, 16), -EEXIST);
}

static void so_many_and_no_more(struct host *h)
{
	for (uint32_t i = 1; i < NETIF_ADDRS; i++)
		assert_int_equal(add(h, h->eth, IP(10, 1, 0, 0) + i, 24), 0);
	assert_int_equal(add(h, h->eth, IP(10, 1, 0, 99), 24), -ENOSPC);
	assert_int_equal(net_addr_remove(&h->net, h->eth, OUR_IP), 0);
	assert_int_equal(add(h, h->eth, IP(10, 1, 0, 99), 24), 0);
}

static void the_route_is_shared(struct host *h)
{
	assert_true(has_route(h, IP(10, 0, 0, 0), 24, h->eth));
	assert_int_equal(add(h, h->eth, IP(10, 0, 0, 9), 24), 0);
	assert_int_equal(net_addr_remove(&h->net, h->eth, OUR_IP), 0);
	assert_true(has_route(h, IP(10, 0, 0, 0), 24, h->eth));
	assert_int_equal(net_addr_remove(&h->net, h->eth, IP(10, 0, 0, 9)), 0);
	assert_false(has_route(h, IP(10, 0, 0, 0), 24, h->eth));
}

static void no_route_to_a_single_address(struct host *h)
{
	assert_int_equal(add(h, h->eth, IP(10, 1, 0, 1), 32), 0);
	assert_false(has_route(h, IP(10, 1, 0, 1), 32, h->eth));
	assert_int_equal(net_addr_remove(&h->net, h->eth, IP(10, 1, 0, 1)), 0);
}

static void two_interfaces_in_one_subnet(struct host *h)
{
	assert_int_equal(add(h, h->tun, IP(10, 0, 0, 5), 24), 0);
	assert_true(has_route(h, IP(10, 0, 0, 0), 24, h->eth));
	assert_true(has_route(h, IP(10, 0, 0, 0), 24, h->tun));
	assert_int_equal(net_addr_remove(&h->net, h->eth, OUR_IP), 0);
	assert_false(has_route(h, IP(10, 0, 0, 0), 24, h->eth));
	assert_true(has_route(h, IP(10, 0, 0, 0), 24, h->tun));
}

static void routes_from_an_address_go_with_it(struct host *h)
{
	struct tern_route r = {.dst = IP(198, 51, 100, 0),
			       .prefix_len = 24,
			       .gateway = IP(172, 16, 0, 9),
			       .source = OUR_IP};

	assert_int_equal(net_route_add(&h->net, &r), 0);
	assert_true(has_route(h, r.dst, 24, h->tun));
	assert_int_equal(net_addr_remove(&h->net, h->eth, OUR_IP), 0);
	assert_false(has_route(h, r.dst, 24, h->tun));
}

static void the_first_address_may_go(struct host *h)
{
	assert_int_equal(add(h, h->eth, IP(10, 0, 0, 9), 24), 0);
	assert_int_equal(net_addr_remove(&h->net, h->eth, OUR_IP), 0);
	inject_ip(h, h->eth, PEER_IP, OUR_IP, IP_PROTO_TCP);
	assert_int_equal(h->n_notes, 0);
	inject_ip(h, h->eth, PEER_IP, IP(10, 0, 0, 9), IP_PROTO_TCP);
	assert_int_equal(h->n_notes, 1);
	assert_int_equal(net_addr_remove(&h->net, h->eth, IP(10, 0, 0, 9)), 0);
	inject_ip(h, h->eth, PEER_IP, 0, IP_PROTO_TCP);
	inject_ip(h, h->eth, PEER_IP, IP(10, 0, 0, 9), IP_PROTO_TCP);
	assert_int_equal(h->n_notes, 1);
	assert_int_equal(net_addr_remove(&h->net, h->eth, IP(10, 0, 0, 9)),
			 -EADDRNOTAVAIL);
	assert_int_equal(net_addr_remove(&h->net, 9, OUR_IP), -ENODEV);
}

/* Whichever allocation fails, nothing has changed. */
static void no_memory_changes_nothing(struct host *h)
{
	int err = -ENOMEM;
	int n_failed = 0;
	char name[16];

	for (uint32_t i = 0; i < 40; i++) {
		uint32_t addr = IP(10, 100, 0, 1) + (i << 8);
		int ifindex = h->tun;

		if (i % 10 == 0) {
			snprintf(name, sizeof(name), "n%u", i);
			h->fail_after = -1;
			h->tun = ifindex = add_if(h, name, 0);
		}
		for (int n = 0; n < 3; n++) {
			h->fail_after = n;
			err = add(h, ifindex, addr, 24);
			if (err == 0)
				break;
			n_failed++;
			assert_int_equal(err, -ENOMEM);
			assert_int_equal(net_addr_kind(&h->net, addr),
					 ADDR_REMOTE);
			assert_false(has_route(h, addr & ~255U, 24, ifindex));
		}
		assert_int_equal(err, 0);
		assert_int_equal(net_addr_kind(&h->net, addr), ADDR_LOCAL);
	}
	assert_true(n_failed >= 3);
	h->fail_after = -1;
}

HOST_TEST(what_cannot_be_a_host_s)
HOST_TEST(what_can)
HOST_TEST(each_address_once)
HOST_TEST(so_many_and_no_more)
HOST_TEST(the_route_is_shared)
HOST_TEST(no_route_to_a_single_address)
HOST_TEST(two_interfaces_in_one_subnet)
HOST_TEST(routes_from_an_address_go_with_it)
HOST_TEST(the_first_address_may_go)
HOST_TEST(no_memory_changes_nothing)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_a_host_s_test),
		cmocka_unit_test(what_can_test),
		cmocka_unit_test(each_address_once_test),
		cmocka_unit_test(so_many_and_no_more_test),
		cmocka_unit_test(the_route_is_shared_test),
		cmocka_unit_test(no_route_to_a_single_address_test),
		cmocka_unit_test(two_interfaces_in_one_subnet_test),
		cmocka_unit_test(routes_from_an_address_go_with_it_test),
		cmocka_unit_test(the_first_address_may_go_test),
		cmocka_unit_test(no_memory_changes_nothing_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
