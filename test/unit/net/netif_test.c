/* SPDX-License-Identifier: ISC */
/*
 * netif_test.c - interfaces come, go and change
 */
#include "fixture.h"

static void bad_configurations_are_refused(struct host *h)
{
	static const struct tern_if_config good = {
		.name = "x0",
		.flags = TERN_IF_ETHERNET,
		.mtu = 1500,
		.mac = {2, 0, 0, 0, 0, 9},
	};
	struct tern_if_config c = good;
	struct net *net = &h->net;

	c.name[0] = '\0';
	assert_int_equal(net_if_add(net, &c), -EINVAL);
	memset(c.name, 'a', sizeof(c.name)); /* no end */
	assert_int_equal(net_if_add(net, &c), -EINVAL);
	c = good;
	c.name[1] = ' ';
	assert_int_equal(net_if_add(net, &c), -EINVAL);
	c = good;
	c.mtu = 67;
	assert_int_equal(net_if_add(net, &c), -EINVAL);
	c.mtu = 65536;
	assert_int_equal(net_if_add(net, &c), -EINVAL);
	c = good;
	c.mac[0] = 3; /* a group */
	assert_int_equal(net_if_add(net, &c), -EINVAL);
	memset(c.mac, 0, 6);
	assert_int_equal(net_if_add(net, &c), -EINVAL);
	c = good;
	c.flags |= 1U << 20;
	assert_int_equal(net_if_add(net, &c), -EINVAL);
	c = good;
	strcpy(c.name, "lo");
	assert_int_equal(net_if_add(net, &c), -EEXIST);
	c = good;
	c.mtu = 68;
	assert_int_equal(net_if_add(net, &c), 4);
	c.mtu = 65535;
	strcpy(c.name, "fifteen-letters");
	assert_int_equal(net_if_add(net, &c), 5);
}

static void loopback_is_there_from_the_start(struct host *h)
{
	struct tern_if_info info;

	assert_int_equal(net_if_info(&h->net, TERN_IF_LOOPBACK, &info), 0);
	assert_string_equal(info.config.name, "lo");
	assert_int_equal(info.config.mtu, 65535);
	assert_int_equal(info.config.flags,
			 TERN_IF_CSUM | TERN_IF_GSO | TERN_IF_TRUSTED);
	assert_true(info.up);
	assert_int_equal(net_if_remove(&h->net, TERN_IF_LOOPBACK), -EINVAL);
}

static void unknown_interfaces(struct host *h)
{
	struct tern_if_info info;

	for (int i = -1; i <= NETIF_MAX; i++) {
		if (i >= 1 && i <= 3)
			continue;
		assert_int_equal(net_if_info(&h->net, i, &info), -ENODEV);
		assert_int_equal(net_if_remove(&h->net, i), -ENODEV);
		assert_int_equal(net_if_set_up(&h->net, i, true), -ENODEV);
		assert_int_equal(net_if_set_mtu(&h->net, i, 1500), -ENODEV);
	}
}

static void there_is_room_for_so_many(struct host *h)
{
	char name[16];

	for (int i = 4; i < NETIF_MAX; i++) {
		snprintf(name, sizeof(name), "t%d", i);
		assert_int_equal(add_if(h, name, 0), i);
	}
	assert_int_equal(add_if(h, "more", 0), -ENOSPC);
	assert_int_equal(net_if_remove(&h->net, 9), 0);
	assert_int_equal(add_if(h, "more", 0), 9);
	/* The highest one can be routed over. */
	assert_int_equal(net_addr_add(&h->net, 63, IP(10, 63, 0, 1), 24), 0);
	{
		struct net_path path;
		uint32_t src = 0;

		assert_int_equal(
			net_path(&h->net, IP(10, 63, 0, 2), &src, &path), 0);
		assert_int_equal(path.ifindex, 63);
	}
}

static void removal_takes_all_that_belongs_to_it(struct host *h)
{
	struct list node = {NULL, NULL};
	struct tern_route r;
	struct net *net = &h->net;

	assert_false(sends(h, PEER_IP)); /* waits, and ARP is ready */
	list_add_tail(&net_if(net, h->eth)->work, &node);
	assert_int_equal(net_if_remove(net, h->eth), 0);
	assert_int_equal(drops(h, TERN_DROP_LINK_DOWN), 1);
	assert_int_equal(map_count(&net->tables->neigh.map), 0);
	assert_int_equal(net_addr_kind(net, OUR_IP), ADDR_REMOTE);
	assert_int_equal(net_addr_kind(net, IP(10, 0, 0, 255)), ADDR_REMOTE);
	for (int i = 0; net_route_at(net, i, &r) == 0; i++)
		assert_int_not_equal(r.ifindex, h->eth);
	/* Whoever owed something on it is on the loopback interface's list. */
	assert_ptr_equal(list_first(&net_if(net, TERN_IF_LOOPBACK)->work),
			 &node);
	list_del(&node);
	assert_null(net_if(net, h->eth));
}

static void down_means_no_frames(struct host *h)
{
	struct tern_frame f;
	struct net *net = &h->net;

	assert_false(sends(h, PEER_IP));
	assert_true(net_has_output(net_if(net, h->eth)));
	assert_int_equal(net_if_set_up(net, h->eth, false), 0);
	assert_false(net_has_output(net_if(net, h->eth)));
	assert_int_equal(drops(h, TERN_DROP_LINK_DOWN), 1);
	inject_ip(h, h->eth, PEER_IP, OUR_IP, IP_PROTO_TCP);
	assert_int_equal(h->n_notes, 0);
	assert_int_equal(drops(h, TERN_DROP_LINK_DOWN), 2);

	/* A path that was found before leads nowhere. */
	assert_int_equal(net_if_set_up(net, h->tun, true), 0);
	{
		struct ip_meta ip = {.dst = IP(172, 16, 0, 2), .ttl = 64};
		struct net_path path;

		assert_int_equal(net_path(net, ip.dst, &ip.src, &path), 0);
		assert_int_equal(net_if_set_up(net, h->tun, false), 0);
		tern_frame_init(&f);
		f.len = f.head_len = 40;
		assert_false(net_finish(net, &path, &ip, &f));
		assert_null(net_reply(net, &path));
		assert_int_equal(drops(h, TERN_DROP_LINK_DOWN), 4);
		assert_int_equal(net_if_set_up(net, h->tun, true), 0);
		f.len = f.head_len = 40;
		assert_true(net_finish(net, &path, &ip, &f));
	}
}

static void static_neighbours_survive_going_down(struct host *h)
{
	struct net *net = &h->net;

	assert_int_equal(net_neigh_add(net, h->eth, PEER_IP, peer_mac), 0);
	assert_int_equal(net_if_set_up(net, h->eth, false), 0);
	assert_int_equal(net_if_set_up(net, h->eth, true), 0);
	assert_true(sends(h, PEER_IP));
}

static void setting_up_twice_is_no_change(struct host *h)
{
	uint32_t gen = h->net.route_gen;

	assert_int_equal(net_if_set_up(&h->net, h->eth, true), 0);
	assert_int_equal(h->net.route_gen, gen);
}

static void mtu_has_limits(struct host *h)
{
	uint32_t gen = h->net.route_gen;

	assert_int_equal(net_if_set_mtu(&h->net, h->eth, 67), -EINVAL);
	assert_int_equal(net_if_set_mtu(&h->net, h->eth, 65536), -EINVAL);
	assert_int_equal(net_if_set_mtu(&h->net, h->eth, 68), 0);
	assert_int_not_equal(h->net.route_gen, gen);
}

static void counts_frames_and_bytes(struct host *h)
{
	struct tern_if_info info;
	uint8_t p[128];

	inject_ip(h, h->eth, PEER_IP, OUR_IP, IP_PROTO_TCP);
	inject_arp(h, ARP_REQUEST, PEER_IP, peer_mac, OUR_IP);
	assert_int_equal(take(h, h->eth, p, sizeof(p)), 42);
	assert_int_equal(net_if_info(&h->net, h->eth, &info), 0);
	assert_int_equal(info.rx_frames, 2);
	assert_int_equal(info.rx_bytes, 54 + 42);
	assert_int_equal(info.tx_frames, 1);
	assert_int_equal(info.tx_bytes, 42);
	assert_memory_equal(info.config.mac, our_mac, 6);
}

static void no_memory(struct host *h)
{
	h->fail_after = 0;
	assert_int_equal(add_if(h, "x", 0), -ENOMEM);
	h->fail_after = -1;
	assert_int_equal(add_if(h, "x", 0), 4);
}

HOST_TEST(bad_configurations_are_refused)
HOST_TEST(loopback_is_there_from_the_start)
HOST_TEST(unknown_interfaces)
HOST_TEST(there_is_room_for_so_many)
HOST_TEST(removal_takes_all_that_belongs_to_it)
HOST_TEST(down_means_no_frames)
HOST_TEST(static_neighbours_survive_going_down)
HOST_TEST(setting_up_twice_is_no_change)
HOST_TEST(mtu_has_limits)
HOST_TEST(counts_frames_and_bytes)
HOST_TEST(no_memory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_configurations_are_refused_test),
		cmocka_unit_test(loopback_is_there_from_the_start_test),
		cmocka_unit_test(unknown_interfaces_test),
		cmocka_unit_test(there_is_room_for_so_many_test),
		cmocka_unit_test(removal_takes_all_that_belongs_to_it_test),
		cmocka_unit_test(down_means_no_frames_test),
		cmocka_unit_test(static_neighbours_survive_going_down_test),
		cmocka_unit_test(setting_up_twice_is_no_change_test),
		cmocka_unit_test(mtu_has_limits_test),
		cmocka_unit_test(counts_frames_and_bytes_test),
		cmocka_unit_test(no_memory_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
