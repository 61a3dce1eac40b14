/* SPDX-License-Identifier: ISC */
/*
 * input_test.c - link headers, and how packets are gathered into batches
 */
#include "fixture.h"

static uint32_t tcp_in_eth(uint8_t *p, const uint8_t *dst_mac)
{
	struct ip4_header ip = ip_header(PEER_IP, OUR_IP, IP_PROTO_TCP);
	uint8_t l4[20] = {0};
	uint32_t len = put_eth(p, dst_mac, peer_mac, ETH_TYPE_IP4);

	return len + put_ip(p + len, &ip, l4, sizeof(l4));
}

static void ethernet_destinations(struct host *h)
{
	static const uint8_t multicast[6] = {1, 0, 0x5e, 0, 0, 1};
	uint8_t p[64];

	inject(h, h->eth, p, tcp_in_eth(p, our_mac));
	assert_int_equal(h->n_notes, 1);
	assert_false(last_note(h)->packet.group);
	inject(h, h->eth, p, tcp_in_eth(p, other_mac));
	assert_int_equal(drops(h, TERN_DROP_ETH_NOT_FOR_US), 1);
	/* To our address, but by a frame to everybody: RFC 1122 3.3.6. */
	inject(h, h->eth, p, tcp_in_eth(p, broadcast_mac));
	assert_true(last_note(h)->packet.group);
	inject(h, h->eth, p, tcp_in_eth(p, multicast));
	assert_true(last_note(h)->packet.group);
	assert_int_equal(h->n_notes, 3);
}

static void ethernet_types(struct host *h)
{
	uint8_t p[64] = {0};

	put_eth(p, our_mac, peer_mac, ETH_TYPE_IP6);
	inject(h, h->eth, p, 60);
	put_eth(p, our_mac, peer_mac, 0x8100);
	inject(h, h->eth, p, 60);
	put_eth(p, our_mac, peer_mac, 46); /* an 802.3 length */
	inject(h, h->eth, p, 60);
	assert_int_equal(drops(h, TERN_DROP_ETH_TYPE), 3);
	assert_int_equal(counter(h, TERN_IpInReceives), 0);
}

static void short_frames(struct host *h)
{
	uint8_t p[64];

	tcp_in_eth(p, our_mac);
	for (uint32_t len = 1; len < 14; len++)
		inject(h, h->eth, p, len);
	assert_int_equal(drops(h, TERN_DROP_FRAME_SHORT), 13);
	for (uint32_t len = 14; len < 34; len++)
		inject(h, h->eth, p, len);
	assert_int_equal(drops(h, TERN_DROP_FRAME_SHORT), 33);
	assert_int_equal(h->n_notes, 0);
}

static void an_empty_frame(struct host *h)
{
	struct tern_frame f;

	tern_frame_init(&f);
	net_input(&h->net, net_if(&h->net, h->eth), &f, 1);
	net_input(&h->net, net_if(&h->net, h->tun), &f, 1);
	assert_int_equal(drops(h, TERN_DROP_FRAME_SHORT), 2);
}

static void a_scattered_link_header(struct host *h)
{
	struct tern_frame f;
	uint8_t p[64];
	uint32_t len = tcp_in_eth(p, our_mac);

	assert_int_equal(tern_frame_copy(&f, h->env.blocks, p + 13, len - 13),
			 0);
	memcpy(f.head, p, 13);
	f.head_len = 13;
	f.len = len;
	net_input(&h->net, net_if(&h->net, h->eth), &f, 1);
	assert_int_equal(drops(h, TERN_DROP_FRAME_SCATTERED), 1);
}

/* Ethernet pads to 60 bytes; TCP must not see it. */
static void ethernet_padding(struct host *h)
{
	uint8_t p[64] = {0};

	tcp_in_eth(p, our_mac);
	inject(h, h->eth, p, 60);
	assert_int_equal(last_note(h)->packet.l4_len, 20);
	assert_int_equal(last_note(h)->packet.l4_off, 34);
}

/* n TCP frames, each with its number; the ones in `odd` are something else. */
static void fill(struct host *h, struct tern_frame *f, int n)
{
	for (int i = 0; i < n; i++) {
		struct ip4_header ip =
			ip_header(IP(172, 16, 0, 2), IP(172, 16, 0, 1), 6);
		uint8_t p[64], l4[20] = {(uint8_t)i};

		assert_int_equal(tern_frame_copy(&f[i], h->env.blocks, p,
						 put_ip(p, &ip, l4, 20)),
				 0);
	}
}

static void tcp_comes_in_batches(struct host *h)
{
	struct tern_frame f[NET_BATCH + 10];

	fill(h, f, NET_BATCH + 10);
	net_input(&h->net, net_if(&h->net, h->tun), f, NET_BATCH + 10);
	assert_int_equal(h->n_notes, NET_BATCH + 10);
	assert_int_equal(h->n_batches, 2);
	for (int i = 0; i < h->n_notes; i++) {
		assert_int_equal(h->notes[i].l4[0], i);
		assert_int_equal(h->notes[i].batch, i / NET_BATCH);
	}
	assert_int_equal(h->notes[0].batch_len, NET_BATCH);
	assert_int_equal(h->notes[NET_BATCH].batch_len, 10);
	/* All are released. */
	assert_int_equal(block_pool_count(h->env.blocks), 0);
}

static void drops_do_not_break_a_batch(struct host *h)
{
	struct tern_frame f[6];

	fill(h, f, 6);
	f[1].part[0].data[9] ^= 1; /* breaks the checksum */
	f[4].part[0].data[0] = 0;
	net_input(&h->net, net_if(&h->net, h->tun), f, 6);
	assert_int_equal(h->n_batches, 1);
	assert_int_equal(h->n_notes, 4);
	assert_int_equal(h->notes[3].l4[0], 5);
	assert_int_equal(block_pool_count(h->env.blocks), 0);
}

/* An ICMP error keeps its place among the segments. */
static void icmp_divides_a_batch(struct host *h)
{
	struct ip4_header ip =
		ip_header(IP(172, 16, 0, 2), IP(172, 16, 0, 1), IP_PROTO_ICMP);
	struct tern_frame f[3];
	uint8_t p[64], echo[8] = {ICMP4_ECHO, 0, 0xf7, 0xff};
	uint32_t len = put_ip(p, &ip, echo, sizeof(echo));

	fill(h, f, 3);
	tern_frame_release(&f[1]);
	assert_int_equal(tern_frame_copy(&f[1], h->env.blocks, p, len), 0);
	net_input(&h->net, net_if(&h->net, h->tun), f, 3);
	assert_int_equal(h->n_batches, 2);
	assert_int_equal(h->n_notes, 2);
	assert_int_equal(counter(h, TERN_IcmpInEchos), 1);
	assert_int_equal(take_all(h, h->tun), 1);
}

static void no_frames_at_all(struct host *h)
{
	net_input(&h->net, net_if(&h->net, h->tun), NULL, 0);
	assert_int_equal(h->n_batches, 0);
}

static void no_transport_at_all(struct host *h)
{
	memset(&h->net.tcp, 0, sizeof(h->net.tcp));
	inject_ip(h, h->tun, PEER_IP, OUR_IP, IP_PROTO_TCP);
	assert_int_equal(block_pool_count(h->env.blocks), 0);
}

HOST_TEST(ethernet_destinations)
HOST_TEST(ethernet_types)
HOST_TEST(short_frames)
HOST_TEST(an_empty_frame)
HOST_TEST(a_scattered_link_header)
HOST_TEST(ethernet_padding)
HOST_TEST(tcp_comes_in_batches)
HOST_TEST(drops_do_not_break_a_batch)
HOST_TEST(icmp_divides_a_batch)
HOST_TEST(no_frames_at_all)
HOST_TEST(no_transport_at_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ethernet_destinations_test),
		cmocka_unit_test(ethernet_types_test),
		cmocka_unit_test(short_frames_test),
		cmocka_unit_test(an_empty_frame_test),
		cmocka_unit_test(a_scattered_link_header_test),
		cmocka_unit_test(ethernet_padding_test),
		cmocka_unit_test(tcp_comes_in_batches_test),
		cmocka_unit_test(drops_do_not_break_a_batch_test),
		cmocka_unit_test(icmp_divides_a_batch_test),
		cmocka_unit_test(no_frames_at_all_test),
		cmocka_unit_test(no_transport_at_all_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
