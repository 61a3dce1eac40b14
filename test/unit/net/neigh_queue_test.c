/* SPDX-License-Identifier: ISC */
/*
 * neigh_queue_test.c - frames that wait: how many, which, and for how long
 */
#include "net/neigh.h"

#include "fixture.h"

/* A datagram of its own length, by which it is known again. */
static bool send_one(struct host *h, uint32_t dst, uint32_t len)
{
	struct tern_frame f;

	return send_to(h, dst, len, &f);
}

static void the_oldest_leaves(struct host *h)
{
	uint8_t p[256];

	h->net.tun.neigh_queue_max = 3;
	for (uint32_t i = 1; i <= 5; i++)
		assert_false(send_one(h, PEER_IP, i));
	assert_int_equal(drops(h, TERN_DROP_ARP_QUEUE_FULL), 2);
	assert_int_equal(h->net.tables->neigh.n_queued, 3);
	assert_int_equal(take_all(h, h->eth), 1); /* the request */
	inject_arp(h, ARP_REPLY, PEER_IP, peer_mac, OUR_IP);
	for (uint32_t i = 3; i <= 5; i++)
		assert_int_equal(take(h, h->eth, p, sizeof(p)), 34 + i);
	assert_int_equal(take(h, h->eth, p, sizeof(p)), 0);
	assert_int_equal(h->net.tables->neigh.n_queued, 0);
	assert_int_equal(counter(h, TERN_IpOutTransmits), 3);
	assert_int_equal(counter(h, TERN_IpOutRequests), 5);
}

/* A second search begins with nothing waiting. */
static void a_second_search_counts_anew(struct host *h)
{
	struct net_path path;
	uint32_t src = 0;

	h->net.tun.neigh_queue_max = 2;
	assert_false(sends(h, PEER_IP));
	assert_false(sends(h, PEER_IP));
	inject_arp(h, ARP_REPLY, PEER_IP, peer_mac, OUR_IP);
	assert_int_equal(net_path(&h->net, PEER_IP, &src, &path), 0);
	pass_time(h, 2 * TERN_S);
	net_suspect(&h->net, &path);
	pass_time(h, 3 * TERN_S + TERN_MS);
	assert_false(sends(h, PEER_IP));
	assert_false(sends(h, PEER_IP));
	assert_int_equal(drops(h, TERN_DROP_ARP_QUEUE_FULL), 0);
	assert_int_equal(h->net.tables->neigh.n_queued, 2);
}

static void none_may_wait_if_configured(struct host *h)
{
	h->net.tun.neigh_queue_max = 0;
	assert_false(sends(h, PEER_IP));
	assert_int_equal(drops(h, TERN_DROP_ARP_QUEUE_FULL), 1);
	assert_int_equal(h->net.tables->neigh.n_queued, 0);
	assert_int_equal(take_all(h, h->eth), 1);
}

/* All neighbours together hold no more than so many. */
static void all_queues_have_a_limit(struct host *h)
{
	struct neigh_table *t = &h->net.tables->neigh;

	h->net.tun.neigh_queue_max = 600;
	for (int i = 0; i < 600; i++) {
		assert_false(sends(h, PEER_IP));
		assert_false(sends(h, PEER_IP + 1));
	}
	assert_int_equal(t->n_queued, NEIGH_QUEUED_MAX);
	assert_int_equal(drops(h, TERN_DROP_ARP_QUEUE_FULL),
			 1200 - NEIGH_QUEUED_MAX);
	/* One without frames finds no room. */
	assert_false(sends(h, PEER_IP + 2));
	assert_int_equal(t->n_queued, NEIGH_QUEUED_MAX);
	assert_int_equal(neigh_find(t, h->eth, PEER_IP + 2)->n_waiting, 0);
	pass_time(h, 8 * TERN_S);
	assert_int_equal(t->n_queued, 0);
	assert_int_equal(drops(h, TERN_DROP_ARP_UNRESOLVED), NEIGH_QUEUED_MAX);
}

static void a_full_ring_loses_them(struct host *h)
{
	h->net.tun.neigh_queue_max = 10;
	for (int i = 0; i < 10; i++)
		assert_false(sends(h, PEER_IP));
	for (int i = 0; i < NETIF_READY_MAX - 5; i++)
		ready_add(&net_if(&h->net, h->eth)->ready, &h->env)->len = 1;
	inject_arp(h, ARP_REPLY, PEER_IP, peer_mac, OUR_IP);
	assert_int_equal(drops(h, TERN_DROP_REPLY_QUEUE_FULL), 6);
	assert_int_equal(h->net.tables->neigh.n_queued, 0);
	ready_clear(&net_if(&h->net, h->eth)->ready);
}

/* Payload goes with the frame and comes back to its pool. */
static void parts_are_kept_and_released(struct host *h)
{
	struct ip_meta ip = {.dst = PEER_IP, .ttl = 64};
	struct net_path path;
	struct tern_frame f;

	assert_int_equal(net_path(&h->net, ip.dst, &ip.src, &path), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tern_frame_copy(&f, h->env.blocks, "abcd", 4),
				 0);
		f.head_len = 54;
		f.len = 58;
		assert_false(net_finish(&h->net, &path, &ip, &f));
		assert_int_equal(f.n_parts, 0);
	}
	assert_int_equal(block_pool_count(h->env.blocks), 2);
	inject_arp(h, ARP_REPLY, PEER_IP, peer_mac, OUR_IP);
	assert_int_equal(take_all(h, h->eth), 3);
	assert_int_equal(block_pool_count(h->env.blocks), 0);
}

/* Only what is TCP's is reported to TCP, and only if it can be read. */
static void reports_quote_tcp_only(struct host *h)
{
	struct ip_meta ip = {.dst = PEER_IP, .ttl = 64, .proto = IP_PROTO_ICMP};
	struct net_path path;
	struct tern_frame f;

	assert_int_equal(net_path(&h->net, ip.dst, &ip.src, &path), 0);
	tern_frame_init(&f);
	f.len = f.head_len = 54;
	assert_false(net_finish(&h->net, &path, &ip, &f));
	ip.proto = IP_PROTO_TCP;
	f.len = f.head_len = 41; /* 7 bytes of transport */
	assert_false(net_finish(&h->net, &path, &ip, &f));
	f.len = f.head_len = 42;
	assert_false(net_finish(&h->net, &path, &ip, &f));
	pass_time(h, 8 * TERN_S);
	assert_int_equal(drops(h, TERN_DROP_ARP_UNRESOLVED), 3);
	assert_int_equal(h->n_errors, 1);
}

static void no_memory_is_a_drop(struct host *h)
{
	assert_false(sends(h, PEER_IP));
	h->fail_after = 0;
	for (int i = 0; i < 200; i++)
		assert_false(sends(h, PEER_IP));
	h->fail_after = -1;
	assert_true(h->net.tables->neigh.n_queued <=
		    h->net.tun.neigh_queue_max);
}

HOST_TEST(the_oldest_leaves)
HOST_TEST(a_second_search_counts_anew)
HOST_TEST(none_may_wait_if_configured)
HOST_TEST(all_queues_have_a_limit)
HOST_TEST(a_full_ring_loses_them)
HOST_TEST(parts_are_kept_and_released)
HOST_TEST(reports_quote_tcp_only)
HOST_TEST(no_memory_is_a_drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_oldest_leaves_test),
		cmocka_unit_test(a_second_search_counts_anew_test),
		cmocka_unit_test(none_may_wait_if_configured_test),
		cmocka_unit_test(all_queues_have_a_limit_test),
		cmocka_unit_test(a_full_ring_loses_them_test),
		cmocka_unit_test(parts_are_kept_and_released_test),
		cmocka_unit_test(reports_quote_tcp_only_test),
		cmocka_unit_test(no_memory_is_a_drop_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
