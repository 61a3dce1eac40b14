/* SPDX-License-Identifier: ISC */
/*
 * route_config_test.c - routes added, removed and listed
 */
#include "fixture.h"

static const struct tern_route good = {
	.dst = 0xc6336400, /* 198.51.100.0 */
	.prefix_len = 24,
	.gateway = 0x0a0000fe,
};

static void bad_routes_are_refused(struct host *h)
{
	struct net *net = &h->net;
	struct tern_route r = good;

	r.prefix_len = -1;
	assert_int_equal(net_route_add(net, &r), -EINVAL);
	r.prefix_len = 33;
	assert_int_equal(net_route_add(net, &r), -EINVAL);
	r.prefix_len = 21; /* bits beyond the prefix */
	assert_int_equal(net_route_add(net, &r), -EINVAL);
	r = good;
	r.dst = IP(127, 1, 0, 0);
	assert_int_equal(net_route_add(net, &r), -EINVAL);
	r = good;
	r.source = PEER_IP;
	assert_int_equal(net_route_add(net, &r), -EINVAL);
	r = good;
	r.ifindex = 17;
	assert_int_equal(net_route_add(net, &r), -ENODEV);
	r.ifindex = -1;
	assert_int_equal(net_route_add(net, &r), -ENODEV);
	r = good;
	r.gateway = 0; /* neither gateway nor interface */
	assert_int_equal(net_route_add(net, &r), -ENODEV);
	assert_int_equal(net_route_add(net, &good), 0);
	assert_int_equal(net_route_add(net, &good), -EEXIST);
	r = good;
	r.gateway = PEER_IP;
	assert_int_equal(net_route_add(net, &r), -EEXIST);
	r.metric = 1;
	assert_int_equal(net_route_add(net, &r), 0);
}

static void gateways_must_be_on_a_link(struct host *h)
{
	struct net *net = &h->net;
	struct tern_route r = good;

	r.gateway = FAR_IP; /* by the default route only */
	assert_int_equal(net_route_add(net, &r), -ENETUNREACH);
	r.ifindex = h->eth;
	assert_int_equal(net_route_add(net, &r), -ENETUNREACH);
	r.gateway = OUR_IP;
	assert_int_equal(net_route_add(net, &r), -ENETUNREACH);
	r.gateway = IP(10, 0, 0, 255);
	assert_int_equal(net_route_add(net, &r), -ENETUNREACH);
	r.gateway = GATEWAY;
	r.ifindex = h->tun; /* the wrong link */
	assert_int_equal(net_route_add(net, &r), -ENETUNREACH);
	r.gateway = IP(172, 16, 0, 9);
	assert_int_equal(net_route_add(net, &r), 0);
	/* A route to a gateway makes it on-link. */
	r.dst = FAR_IP;
	r.prefix_len = 32;
	r.gateway = 0;
	assert_int_equal(net_route_add(net, &r), 0);
	r = good;
	r.metric = 1;
	r.gateway = FAR_IP;
	assert_int_equal(net_route_add(net, &r), 0);
}

static void a_downed_interface_can_be_routed_over(struct host *h)
{
	struct tern_route r = good;
	struct net_path path;
	uint32_t src = 0;

	assert_int_equal(net_if_set_up(&h->net, h->tun, false), 0);
	r.gateway = IP(172, 16, 0, 9);
	r.ifindex = h->tun;
	assert_int_equal(net_route_add(&h->net, &r), 0);
	assert_int_equal(net_path(&h->net, good.dst + 1, &src, &path), 0);
	assert_int_equal(path.ifindex, h->eth); /* default, as it is down */
	assert_int_equal(net_if_set_up(&h->net, h->tun, true), 0);
	assert_int_equal(net_path(&h->net, good.dst + 1, &src, &path), 0);
	assert_int_equal(path.ifindex, h->tun);
}

static void removal_needs_prefix_and_metric(struct host *h)
{
	struct net *net = &h->net;
	struct tern_route r = good;

	assert_int_equal(net_route_add(net, &good), 0);
	r.metric = 3;
	assert_int_equal(net_route_remove(net, &r), -ESRCH);
	r = good;
	r.prefix_len = 25;
	assert_int_equal(net_route_remove(net, &r), -ESRCH);
	r.prefix_len = 99;
	assert_int_equal(net_route_remove(net, &r), -EINVAL);
	r = good;
	r.gateway = PEER_IP;
	assert_int_equal(net_route_remove(net, &r), -ESRCH);
	r.gateway = 0;
	r.ifindex = h->tun;
	assert_int_equal(net_route_remove(net, &r), -ESRCH);
	r.ifindex = 0;
	assert_int_equal(net_route_remove(net, &r), 0);
	assert_int_equal(net_route_remove(net, &r), -ESRCH);
}

static void all_are_listed(struct host *h)
{
	struct tern_route r;
	int n = 0;

	assert_int_equal(net_route_add(&h->net, &good), 0);
	while (net_route_at(&h->net, n, &r) == 0) {
		if (r.dst == good.dst) {
			assert_int_equal(r.prefix_len, 24);
			assert_int_equal(r.gateway, GATEWAY);
			assert_int_equal(r.ifindex, h->eth);
			assert_int_equal(r.source, 0);
			assert_int_equal(r.metric, 0);
		}
		n++;
	}
	/* 127/8, two subnets, default, this one */
	assert_int_equal(n, 5);
	assert_int_equal(net_route_at(&h->net, n, &r), -ENOENT);
	assert_int_equal(net_route_at(&h->net, -1, &r), -ENOENT);
}

static void changes_void_paths(struct host *h)
{
	uint32_t gen = h->net.route_gen;
	int n = h->n_rerouted;

	assert_int_equal(net_route_add(&h->net, &good), 0);
	assert_int_equal(h->net.route_gen, gen + 1);
	assert_int_equal(net_route_remove(&h->net, &good), 0);
	assert_int_equal(h->net.route_gen, gen + 2);
	assert_int_equal(h->n_rerouted, n + 2);
	assert_int_equal(net_route_remove(&h->net, &good), -ESRCH);
	assert_int_equal(h->net.route_gen, gen + 2);
}

static void no_memory(struct host *h)
{
	struct tern_route r = good;
	int err = 0;

	h->fail_after = 0;
	for (uint32_t i = 0; i < 100 && err == 0; i++) {
		r.metric = i;
		err = net_route_add(&h->net, &r);
	}
	assert_int_equal(err, -ENOMEM);
	h->fail_after = -1;
	assert_int_equal(net_route_add(&h->net, &r), 0);
}

HOST_TEST(bad_routes_are_refused)
HOST_TEST(gateways_must_be_on_a_link)
HOST_TEST(a_downed_interface_can_be_routed_over)
HOST_TEST(removal_needs_prefix_and_metric)
HOST_TEST(all_are_listed)
HOST_TEST(changes_void_paths)
HOST_TEST(no_memory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_routes_are_refused_test),
		cmocka_unit_test(gateways_must_be_on_a_link_test),
		cmocka_unit_test(a_downed_interface_can_be_routed_over_test),
		cmocka_unit_test(removal_needs_prefix_and_metric_test),
		cmocka_unit_test(all_are_listed_test),
		cmocka_unit_test(changes_void_paths_test),
		cmocka_unit_test(no_memory_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
