/* SPDX-License-Identifier: ISC */
/*
 * neigh_static_test.c - configured neighbours stay as they are
 */
#include "fixture.h"

static int add(struct host *h, int ifindex, uint32_t addr, const uint8_t *mac)
{
	return net_neigh_add(&h->net, ifindex, addr, mac);
}

static void expect_station(struct host *h, const uint8_t *mac)
{
	struct tern_frame f;

	assert_true(send_to(h, PEER_IP, 20, &f));
	assert_memory_equal(f.head, mac, 6);
}

static void bad_ones_are_refused(struct host *h)
{
	static const uint8_t zero[6] = {0};

	assert_int_equal(add(h, 17, PEER_IP, peer_mac), -ENODEV);
	assert_int_equal(add(h, h->tun, PEER_IP, peer_mac), -EINVAL);
	assert_int_equal(add(h, h->eth, PEER_IP, zero), -EINVAL);
	assert_int_equal(add(h, h->eth, PEER_IP, broadcast_mac), -EINVAL);
	assert_int_equal(add(h, h->eth, OUR_IP, peer_mac), -EINVAL);
	assert_int_equal(add(h, h->eth, IP(10, 0, 0, 255), peer_mac), -EINVAL);
	assert_int_equal(add(h, h->eth, 0, peer_mac), -EINVAL);
}

/* I12: never asked, never forgotten, never overwritten. */
static void it_stays(struct host *h)
{
	struct net_path path;
	uint32_t src = 0;

	assert_int_equal(add(h, h->eth, PEER_IP, peer_mac), 0);
	assert_int_equal(net_path(&h->net, PEER_IP, &src, &path), 0);
	for (int i = 0; i < 10; i++) {
		inject_arp(h, ARP_REPLY, PEER_IP, other_mac, OUR_IP);
		net_suspect(&h->net, &path);
		net_confirm(&h->net, &path);
		expect_station(h, peer_mac);
		pass_time(h, 100 * TERN_S);
	}
	assert_int_equal(counter(h, TERN_ArpOutRequests), 0);
	assert_int_equal(drops(h, TERN_DROP_ARP_UNSOLICITED), 10);
	inject_arp(h, ARP_REPLY, PEER_IP, peer_mac, OUR_IP);
	assert_int_equal(drops(h, TERN_DROP_ARP_UNSOLICITED), 10);
	assert_int_equal(net_deadline(&h->net), TERN_NEVER);
	/* It may ask for us all the same. */
	inject_arp(h, ARP_REQUEST, PEER_IP, peer_mac, OUR_IP);
	assert_int_equal(take_all(h, h->eth), 1);
}

static void it_replaces_what_was_there(struct host *h)
{
	assert_int_equal(add(h, h->eth, PEER_IP, peer_mac), 0);
	assert_int_equal(add(h, h->eth, PEER_IP, other_mac), 0);
	expect_station(h, other_mac);
}

static void it_ends_a_search(struct host *h)
{
	uint8_t p[128];

	assert_false(sends(h, PEER_IP));
	assert_int_equal(take_all(h, h->eth), 1);
	assert_int_equal(add(h, h->eth, PEER_IP, peer_mac), 0);
	assert_int_equal(take(h, h->eth, p, sizeof(p)), 54);
	assert_memory_equal(p, peer_mac, 6);
	pass_time(h, 100 * TERN_S);
	expect_station(h, peer_mac);
	assert_int_equal(take_all(h, h->eth), 0);
}

static void the_table_is_bounded(struct host *h)
{
	h->net.tun.neigh_max = 10;
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(add(h, h->eth, PEER_IP + i, peer_mac), 0);
	assert_int_equal(add(h, h->eth, PEER_IP + 10, peer_mac), -ENOSPC);
	assert_int_equal(add(h, h->eth, PEER_IP, other_mac), 0);
	h->net.tun.neigh_max = 11;
	h->fail_after = 0;
	for (uint32_t i = 0; i < 500; i++) {
		h->net.tun.neigh_max++;
		if (add(h, h->eth, PEER_IP + 10 + i, peer_mac))
			break;
	}
	assert_int_equal(add(h, h->eth, GATEWAY, peer_mac), -ENOMEM);
	h->fail_after = -1;
}

HOST_TEST(bad_ones_are_refused)
HOST_TEST(it_stays)
HOST_TEST(it_replaces_what_was_there)
HOST_TEST(it_ends_a_search)
HOST_TEST(the_table_is_bounded)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_ones_are_refused_test),
		cmocka_unit_test(it_stays_test),
		cmocka_unit_test(it_replaces_what_was_there_test),
		cmocka_unit_test(it_ends_a_search_test),
		cmocka_unit_test(the_table_is_bounded_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
