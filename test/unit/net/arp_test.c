/* SPDX-License-Identifier: ISC */
/*
 * arp_test.c - ARP packets answered, believed, and not believed
 */
#include "net/arp.h"

#include "fixture.h"

static struct neigh *entry(struct host *h, uint32_t addr)
{
	return neigh_find(&h->net.tables->neigh, h->eth, addr);
}

static void expect_reply(struct host *h, uint32_t to, const uint8_t *mac)
{
	struct eth_header eth;
	struct arp_packet a;

	assert_true(take_arp(h, &eth, &a));
	assert_memory_equal(eth.dst, mac, 6);
	assert_int_equal(a.op, ARP_REPLY);
	assert_int_equal(a.spa, OUR_IP);
	assert_int_equal(a.tpa, to);
	assert_memory_equal(a.tha, mac, 6);
}

static void requests_for_us_are_answered(struct host *h)
{
	inject_arp(h, ARP_REQUEST, PEER_IP, peer_mac, OUR_IP);
	expect_reply(h, PEER_IP, peer_mac);
	assert_int_equal(counter(h, TERN_ArpInRequests), 1);
	assert_int_equal(counter(h, TERN_ArpOutReplies), 1);
	/* Who asked is known now: RFC 826. */
	assert_true(sends(h, PEER_IP));
	assert_int_equal(counter(h, TERN_ArpOutRequests), 0);
	assert_int_equal(all_drops(h), 0);
}

static void requests_for_others_are_not(struct host *h)
{
	inject_arp(h, ARP_REQUEST, PEER_IP, peer_mac, GATEWAY);
	/* An address of ours, but of another interface. */
	inject_arp(h, ARP_REQUEST, PEER_IP, peer_mac, IP(172, 16, 0, 1));
	inject_arp(h, ARP_REQUEST, PEER_IP, peer_mac, IP(127, 0, 0, 1));
	inject_arp(h, ARP_REQUEST, PEER_IP, peer_mac, IP(10, 0, 0, 255));
	inject_arp(h, ARP_REQUEST, PEER_IP, peer_mac, PEER_IP);
	assert_int_equal(drops(h, TERN_DROP_ARP_NOT_FOR_US), 5);
	assert_null(entry(h, PEER_IP));
	assert_int_equal(take_all(h, h->eth), 0);
}

/* I12: a reply makes no entry. */
static void nobody_asked(struct host *h)
{
	inject_arp(h, ARP_REPLY, PEER_IP, peer_mac, OUR_IP);
	assert_int_equal(drops(h, TERN_DROP_ARP_UNSOLICITED), 1);
	assert_int_equal(counter(h, TERN_ArpInReplies), 1);
	assert_null(entry(h, PEER_IP));
}

/* RFC 5227 2.1.1: a probe for our address is told whose it is. */
static void probes_are_answered(struct host *h)
{
	inject_arp(h, ARP_REQUEST, 0, peer_mac, OUR_IP);
	expect_reply(h, 0, peer_mac);
	assert_int_equal(map_count(&h->net.tables->neigh.map), 0);
	inject_arp(h, ARP_REQUEST, 0, peer_mac, PEER_IP);
	assert_int_equal(drops(h, TERN_DROP_ARP_NOT_FOR_US), 1);
	inject_arp(h, ARP_REPLY, 0, peer_mac, OUR_IP);
	assert_int_equal(drops(h, TERN_DROP_ARP_INVALID), 1);
}

static void senders_that_cannot_be(struct host *h)
{
	static const uint8_t zero[6] = {0}, group[6] = {3, 0, 0, 0, 0, 1};
	const uint32_t bad[] = {
		IP(127, 0, 0, 1), IP(224, 0, 0, 1), IP(240, 0, 0, 1),
		UINT32_MAX,	  IP(0, 0, 0, 1),   IP(10, 0, 0, 255),
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		inject_arp(h, ARP_REQUEST, bad[i], peer_mac, OUR_IP);
	inject_arp(h, ARP_REQUEST, PEER_IP, zero, OUR_IP);
	inject_arp(h, ARP_REQUEST, PEER_IP, group, OUR_IP);
	inject_arp(h, ARP_REQUEST, PEER_IP, broadcast_mac, OUR_IP);
	inject_arp(h, ARP_REQUEST, PEER_IP, our_mac, OUR_IP); /* an echo */
	assert_int_equal(drops(h, TERN_DROP_ARP_INVALID), ARRAY_LEN(bad) + 4);
	assert_int_equal(take_all(h, h->eth), 0);
	assert_int_equal(map_count(&h->net.tables->neigh.map), 0);
}

static void malformed_packets(struct host *h)
{
	struct arp_packet a = {
		.op = ARP_REQUEST, .spa = PEER_IP, .tpa = OUR_IP};
	uint8_t p[64] = {0};

	memcpy(a.sha, peer_mac, 6);
	for (uint32_t i = 0; i < 8; i++) { /* types, lengths, opcode */
		put_eth(p, our_mac, peer_mac, ETH_TYPE_ARP);
		arp_emit(p + 14, &a);
		p[14 + i] ^= 0x10;
		inject(h, h->eth, p, 42);
		assert_int_equal(drops(h, TERN_DROP_ARP_INVALID), i + 1);
	}
	arp_emit(p + 14, &a);
	for (uint32_t len = 14; len < 42; len++)
		inject(h, h->eth, p, len);
	assert_int_equal(drops(h, TERN_DROP_FRAME_SHORT), 28);
	assert_int_equal(take_all(h, h->eth), 0);
	inject(h, h->eth, p, 60); /* padded: good */
	expect_reply(h, PEER_IP, peer_mac);
}

/* RFC 5227 2.4: once, and then again only after ten seconds. */
static void addresses_are_defended(struct host *h)
{
	struct eth_header eth;
	struct arp_packet a;

	inject_arp(h, ARP_REQUEST, OUR_IP, other_mac, OUR_IP);
	assert_int_equal(drops(h, TERN_DROP_ARP_CONFLICT), 1);
	assert_true(take_arp(h, &eth, &a));
	assert_memory_equal(eth.dst, broadcast_mac, 6);
	assert_int_equal(a.op, ARP_REQUEST);
	assert_int_equal(a.spa, OUR_IP);
	assert_int_equal(a.tpa, OUR_IP);
	assert_false(take_arp(h, &eth, &a));

	inject_arp(h, ARP_REPLY, OUR_IP, other_mac, PEER_IP);
	assert_int_equal(drops(h, TERN_DROP_ARP_CONFLICT), 2);
	assert_false(take_arp(h, &eth, &a));
	pass_time(h, 10 * TERN_S - 1);
	inject_arp(h, ARP_REPLY, OUR_IP, other_mac, PEER_IP);
	assert_false(take_arp(h, &eth, &a));
	pass_time(h, 1);
	inject_arp(h, ARP_REPLY, OUR_IP, other_mac, PEER_IP);
	assert_true(take_arp(h, &eth, &a));
	assert_null(entry(h, OUR_IP));
}

/* Two interfaces of ours on one wire hear each other. */
static void our_other_interface_is_no_conflict_to_defend(struct host *h)
{
	inject_arp(h, ARP_REQUEST, IP(172, 16, 0, 1), other_mac, OUR_IP);
	assert_int_equal(drops(h, TERN_DROP_ARP_CONFLICT), 1);
	assert_int_equal(take_all(h, h->eth), 0);
}

/* Who is not on this link is answered, but not remembered. */
static void strangers_are_not_learned(struct host *h)
{
	inject_arp(h, ARP_REQUEST, FAR_IP, peer_mac, OUR_IP);
	expect_reply(h, FAR_IP, peer_mac);
	assert_null(entry(h, FAR_IP));
}

static void requests_name_the_fitting_source(struct host *h)
{
	struct eth_header eth;
	struct arp_packet a;

	assert_int_equal(net_addr_add(&h->net, h->eth, IP(10, 7, 0, 1), 24), 0);
	assert_false(sends(h, IP(10, 7, 0, 9)));
	assert_true(take_arp(h, &eth, &a));
	assert_memory_equal(eth.dst, broadcast_mac, 6);
	assert_int_equal(a.op, ARP_REQUEST);
	assert_int_equal(a.spa, IP(10, 7, 0, 1));
	assert_int_equal(a.tpa, IP(10, 7, 0, 9));
	assert_true(eth_is_zero(a.tha));
	assert_int_equal(counter(h, TERN_ArpOutRequests), 1);
}

static void a_full_ring_loses_requests_not_more(struct host *h)
{
	for (int i = 0; i < NETIF_READY_MAX + 1; i++)
		inject_arp(h, ARP_REQUEST, PEER_IP, peer_mac, OUR_IP);
	assert_int_equal(drops(h, TERN_DROP_REPLY_QUEUE_FULL), 1);
	assert_int_equal(counter(h, TERN_ArpOutReplies), NETIF_READY_MAX);
	assert_int_equal(take_all(h, h->eth), NETIF_READY_MAX);
}

HOST_TEST(requests_for_us_are_answered)
HOST_TEST(requests_for_others_are_not)
HOST_TEST(nobody_asked)
HOST_TEST(probes_are_answered)
HOST_TEST(senders_that_cannot_be)
HOST_TEST(malformed_packets)
HOST_TEST(addresses_are_defended)
HOST_TEST(our_other_interface_is_no_conflict_to_defend)
HOST_TEST(strangers_are_not_learned)
HOST_TEST(requests_name_the_fitting_source)
HOST_TEST(a_full_ring_loses_requests_not_more)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_for_us_are_answered_test),
		cmocka_unit_test(requests_for_others_are_not_test),
		cmocka_unit_test(nobody_asked_test),
		cmocka_unit_test(probes_are_answered_test),
		cmocka_unit_test(senders_that_cannot_be_test),
		cmocka_unit_test(malformed_packets_test),
		cmocka_unit_test(addresses_are_defended_test),
		cmocka_unit_test(
			our_other_interface_is_no_conflict_to_defend_test),
		cmocka_unit_test(strangers_are_not_learned_test),
		cmocka_unit_test(requests_name_the_fitting_source_test),
		cmocka_unit_test(a_full_ring_loses_requests_not_more_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
