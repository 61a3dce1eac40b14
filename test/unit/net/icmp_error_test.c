/* SPDX-License-Identifier: ISC */
/*
 * icmp_error_test.c - ICMP errors sent: their form, and when there are none
 */
#include "fixture.h"

#define TUN_PEER IP(172, 16, 0, 2)
#define TUN_IP	 IP(172, 16, 0, 1)

/* A packet that stands in `p`, as ip4_input() would describe it. */
struct arrived {
	struct tern_frame frame;
	struct packet packet;
};

static void arrive(struct host *h, struct arrived *a, int ifindex, uint32_t src,
		   uint32_t dst)
{
	struct ip4_header ip = ip_header(src, dst, IP_PROTO_TCP);
	uint8_t p[256], l4[100];
	uint32_t len = 0;

	for (uint8_t i = 0; i < sizeof(l4); i++)
		l4[i] = i;
	memset(a, 0, sizeof(*a));
	if (ifindex == h->eth)
		len = put_eth(p, our_mac, peer_mac, ETH_TYPE_IP4);
	a->packet.l4_off = len + 20;
	len += put_ip(p + len, &ip, l4, sizeof(l4));
	assert_int_equal(tern_frame_copy(&a->frame, h->env.blocks, p, len), 0);
	a->packet.frame = &a->frame;
	a->packet.in = net_if(&h->net, ifindex);
	a->packet.src = src;
	a->packet.dst = dst;
	a->packet.l4 = a->frame.part[0].data + a->packet.l4_off;
	a->packet.l4_len = a->packet.l4_contig = sizeof(l4);
}

static void the_message_quotes_the_datagram(struct host *h)
{
	struct icmp4_message m;
	struct arrived a;
	struct ip4_header ip;
	uint8_t p[256];
	uint32_t len;

	arrive(h, &a, h->tun, TUN_PEER, TUN_IP);
	icmp_send_error(&h->net, &a.packet, ICMP4_UNREACHABLE,
			ICMP4_FRAG_NEEDED, 1234);
	len = take(h, h->tun, p, sizeof(p));
	assert_int_equal(len, TERN_FRAME_HEAD);
	assert_int_equal(ip4_parse(p, len, len, &ip), 0);
	assert_int_equal(ip.src, TUN_IP);
	assert_int_equal(ip.dst, TUN_PEER);
	assert_int_equal(ip.proto, IP_PROTO_ICMP);
	assert_int_equal(ip.tos, 0xc0);
	assert_true(ip.df);
	assert_int_equal(icmp4_parse(p + 20, len - 20, &m), 0);
	assert_int_equal(m.type, ICMP4_UNREACHABLE);
	assert_int_equal(m.code, ICMP4_FRAG_NEEDED);
	assert_int_equal(m.mtu, 1234);
	assert_int_equal(m.quote.src, TUN_PEER);
	assert_int_equal(m.quote.dst, TUN_IP);
	assert_int_equal(m.quote.total_len, 120);
	assert_memory_equal(m.data, a.frame.part[0].data, m.data_len);
	assert_true(m.quote_data_len >= 60); /* a whole TCP header */
	assert_int_equal(counter(h, TERN_IcmpOutMsgs), 1);
	assert_int_equal(counter(h, TERN_IcmpOutDestUnreachs), 1);
	tern_frame_release(&a.frame);
}

/* The quote begins with the IP header, not with Ethernet's. */
static void ethernet_is_not_quoted(struct host *h)
{
	struct icmp4_message m;
	struct arrived a;
	uint8_t p[256];
	uint32_t len;

	assert_int_equal(net_neigh_add(&h->net, h->eth, PEER_IP, peer_mac), 0);
	arrive(h, &a, h->eth, PEER_IP, OUR_IP);
	icmp_send_error(&h->net, &a.packet, ICMP4_TIME_EXCEEDED,
			ICMP4_REASSEMBLY_EXCEEDED, 0);
	len = take(h, h->eth, p, sizeof(p));
	assert_int_equal(len, TERN_FRAME_HEAD);
	assert_int_equal(icmp4_parse(p + 34, len - 34, &m), 0);
	assert_int_equal(m.quote.src, PEER_IP);
	assert_true(m.quote_data_len >= 60);
	assert_int_equal(counter(h, TERN_IcmpOutTimeExcds), 1);
	tern_frame_release(&a.frame);
}

static void little_is_quoted_whole(struct host *h)
{
	struct icmp4_message m;
	uint8_t p[256];
	uint32_t len;

	inject_ip(h, h->tun, TUN_PEER, TUN_IP, 99);
	len = take(h, h->tun, p, sizeof(p));
	assert_int_equal(len, 20 + 8 + 40);
	assert_int_equal(icmp4_parse(p + 20, len - 20, &m), 0);
	assert_int_equal(m.quote.proto, 99);
	assert_int_equal(m.quote_data_len, 20);
}

/* Not a byte beyond the end, which is near with Ethernet too. */
static void little_is_quoted_whole_over_ethernet(struct host *h)
{
	uint8_t p[256];

	assert_int_equal(net_neigh_add(&h->net, h->eth, PEER_IP, peer_mac), 0);
	inject_ip(h, h->eth, PEER_IP, OUR_IP, 99);
	assert_int_equal(take(h, h->eth, p, sizeof(p)), 14 + 20 + 8 + 40);
}

/* Padding behind the datagram is no part of it. */
static void padding_is_not_quoted(struct host *h)
{
	struct ip4_header ip = ip_header(TUN_PEER, TUN_IP, 99);
	uint8_t p[256] = {0}, l4[9] = {0};

	put_ip(p, &ip, l4, sizeof(l4));
	inject(h, h->tun, p, 60);
	assert_int_equal(take(h, h->tun, p, sizeof(p)), 20 + 8 + 29);
}

/* I10. */
static void none_about_what_was_sent_to_many(struct host *h)
{
	struct arrived a;

	arrive(h, &a, h->tun, TUN_PEER, IP(10, 0, 0, 255));
	a.packet.group = true;
	icmp_send_error(&h->net, &a.packet, 3, 3, 0);
	tern_frame_release(&a.frame);
	arrive(h, &a, h->tun, TUN_PEER, TUN_IP);
	a.packet.group = true; /* by a link-layer broadcast */
	icmp_send_error(&h->net, &a.packet, 3, 3, 0);
	assert_int_equal(take_all(h, h->tun), 0);
	a.packet.group = false;
	icmp_send_error(&h->net, &a.packet, 3, 3, 0);
	assert_int_equal(take_all(h, h->tun), 1);
	tern_frame_release(&a.frame);
}

/* I11. */
static void there_is_a_limit(struct host *h)
{
	for (int i = 0; i < 50; i++)
		inject_ip(h, h->tun, TUN_PEER, TUN_IP, 99);
	assert_int_equal(take_all(h, h->tun), LIMIT_HOST_BURST);
	assert_int_equal(drops(h, TERN_DROP_ICMP_RATE), 50 - LIMIT_HOST_BURST);
	inject_ip(h, h->tun, TUN_PEER + 1, TUN_IP, 99);
	assert_int_equal(take_all(h, h->tun), 1);
	pass_time(h, 2 * TERN_S);
	inject_ip(h, h->tun, TUN_PEER, TUN_IP, 99);
	assert_int_equal(take_all(h, h->tun), 1);
}

static void none_without_a_way_back(struct host *h)
{
	struct tern_route def = {.gateway = GATEWAY};

	assert_int_equal(net_route_remove(&h->net, &def), 0);
	inject_ip(h, h->tun, FAR_IP, TUN_IP, 99);
	assert_int_equal(take_all(h, h->tun) + take_all(h, h->eth), 0);
	assert_int_equal(counter(h, TERN_IcmpOutMsgs), 0);
}

static void loopback_has_no_limit(struct host *h)
{
	for (int i = 0; i < 50; i++)
		inject_ip(h, TERN_IF_LOOPBACK, OUR_IP, OUR_IP, 99);
	assert_int_equal(take_all(h, TERN_IF_LOOPBACK), 50);
}

HOST_TEST(the_message_quotes_the_datagram)
HOST_TEST(ethernet_is_not_quoted)
HOST_TEST(little_is_quoted_whole)
HOST_TEST(little_is_quoted_whole_over_ethernet)
HOST_TEST(padding_is_not_quoted)
HOST_TEST(none_about_what_was_sent_to_many)
HOST_TEST(there_is_a_limit)
HOST_TEST(none_without_a_way_back)
HOST_TEST(loopback_has_no_limit)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_message_quotes_the_datagram_test),
		cmocka_unit_test(ethernet_is_not_quoted_test),
		cmocka_unit_test(little_is_quoted_whole_test),
		cmocka_unit_test(little_is_quoted_whole_over_ethernet_test),
		cmocka_unit_test(padding_is_not_quoted_test),
		cmocka_unit_test(none_about_what_was_sent_to_many_test),
		cmocka_unit_test(there_is_a_limit_test),
		cmocka_unit_test(none_without_a_way_back_test),
		cmocka_unit_test(loopback_has_no_limit_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
