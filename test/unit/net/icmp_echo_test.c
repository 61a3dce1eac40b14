/* SPDX-License-Identifier: ISC */
/*
 * icmp_echo_test.c - echo requests and their replies
 */
#include "net/icmp.h"

#include "fixture.h"

#define TUN_PEER IP(172, 16, 0, 2)
#define TUN_IP	 IP(172, 16, 0, 1)

/* An echo request with `len` bytes of data; returns the datagram's length. */
static uint32_t put_echo(uint8_t *p, uint32_t src, uint32_t dst, uint32_t len)
{
	struct ip4_header ip = ip_header(src, dst, IP_PROTO_ICMP);
	struct icmp4_message m = {.type = ICMP4_ECHO, .id = 7, .seq = 9};
	static uint8_t data[65536], icmp[65536];

	for (uint32_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 3);
	ip.tos = 0xb9; /* EF, ECT(1) */
	m.data = data;
	m.data_len = len;
	return put_ip(p, &ip, icmp, icmp4_emit(icmp, &m));
}

/* Takes the reply and checks that it brings back the request's data. */
static void expect_reply(struct host *h, uint32_t src, uint32_t len)
{
	struct icmp4_message m;
	struct ip4_header ip;
	static uint8_t p[65536];
	uint32_t got = take(h, h->tun, p, sizeof(p));

	assert_int_equal(got, 28 + len);
	assert_int_equal(ip4_parse(p, got, got, &ip), 0);
	assert_int_equal(ip.src, src);
	assert_int_equal(ip.dst, TUN_PEER);
	assert_int_equal(ip.tos, 0xb8); /* without its ECN bits */
	assert_int_equal(ip.ttl, 64);
	assert_int_equal(ip.df, got <= 552);
	assert_int_equal(icmp4_parse(p + 20, got - 20, &m), 0);
	assert_int_equal(m.type, ICMP4_ECHO_REPLY);
	assert_int_equal(m.code, 0);
	assert_int_equal(m.id, 7);
	assert_int_equal(m.seq, 9);
	for (uint32_t i = 0; i < len; i++)
		assert_int_equal(m.data[i], (uint8_t)(i * 3));
}

static void replies_to_all_sizes(struct host *h)
{
	const uint32_t sizes[] = {0,  1,   56,	93,   94,   95,
				  96, 108, 109, 1000, 1471, 1472};
	uint8_t p[2048];

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		inject(h, h->tun, p, put_echo(p, TUN_PEER, TUN_IP, sizes[i]));
		expect_reply(h, TUN_IP, sizes[i]);
	}
	assert_int_equal(counter(h, TERN_IcmpInEchos), ARRAY_LEN(sizes));
	assert_int_equal(counter(h, TERN_IcmpOutEchoReps), ARRAY_LEN(sizes));
}

/* Of a large request nothing is copied. */
static void large_data_is_shared(struct host *h)
{
	uint8_t p[2048];
	uint32_t len = put_echo(p, TUN_PEER, TUN_IP, 1400);
	struct tern_frame in, out;
	const struct tern_block *block;

	assert_int_equal(tern_frame_copy(&in, h->env.blocks, p, len), 0);
	block = in.part[0].block;
	net_input(&h->net, net_if(&h->net, h->tun), &in, 1);
	assert_int_equal(net_output(&h->net, net_if(&h->net, h->tun), &out, 1),
			 1);
	assert_int_equal(out.n_parts, 1);
	assert_ptr_equal(out.part[0].block, block);
	assert_int_equal(out.head_len, 28);
	tern_frame_release(&out);
}

static void requests_in_pieces(struct host *h)
{
	const uint32_t cuts[] = {28, 29, 31, 80, 128, 135, 136};
	uint8_t p[2048];
	uint32_t len = put_echo(p, TUN_PEER, TUN_IP, 700);

	for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
		struct tern_frame f;

		assert_int_equal(tern_frame_copy(&f, h->env.blocks, p + cuts[i],
						 len - cuts[i]),
				 0);
		memcpy(f.head, p, cuts[i]);
		f.head_len = (uint16_t)cuts[i];
		f.len = len;
		net_input(&h->net, net_if(&h->net, h->tun), &f, 1);
		expect_reply(h, TUN_IP, 700);
	}
}

/* More in the head than a reply over Ethernet has room for. */
static void too_long_a_head_for_ethernet(struct host *h)
{
	uint8_t p[2048];
	uint32_t len = put_echo(p, PEER_IP, OUR_IP, 700);
	struct tern_frame f;

	assert_int_equal(tern_frame_copy(&f, h->env.blocks, p + 136, len - 136),
			 0);
	memcpy(f.head, p, 136);
	f.head_len = 136;
	f.len = len;
	net_input(&h->net, net_if(&h->net, h->tun), &f, 1);
	assert_int_equal(drops(h, TERN_DROP_FRAME_SCATTERED), 1);
	assert_int_equal(counter(h, TERN_IcmpOutEchoReps), 0);
	assert_int_equal(take_all(h, h->eth), 0);
}

static void a_bad_checksum_anywhere(struct host *h)
{
	uint8_t p[2048];
	uint32_t len = put_echo(p, TUN_PEER, TUN_IP, 200);

	for (uint32_t i = 21; i < len; i++) {
		p[i] ^= 1;
		inject(h, h->tun, p, len);
		p[i] ^= 1;
	}
	assert_int_equal(drops(h, TERN_DROP_ICMP_CHECKSUM), len - 21);
	assert_int_equal(take_all(h, h->tun), 0);
}

/* I10: no amplifier. */
static void broadcasts_are_ignored_unless_configured(struct host *h)
{
	uint8_t p[2048];
	uint32_t len = put_echo(p, TUN_PEER, IP(172, 16, 0, 255), 56);

	inject(h, h->tun, p, len);
	assert_int_equal(drops(h, TERN_DROP_ICMP_GROUP), 1);
	assert_int_equal(take_all(h, h->tun), 0);
	h->net.tun.icmp_echo_ignore_broadcasts = false;
	inject(h, h->tun, p, len);
	expect_reply(h, TUN_IP, 56); /* from the address, not the broadcast */
}

static void all_may_be_ignored(struct host *h)
{
	uint8_t p[2048];

	h->net.tun.icmp_echo_ignore_all = true;
	inject(h, h->tun, p, put_echo(p, TUN_PEER, TUN_IP, 56));
	assert_int_equal(drops(h, TERN_DROP_ICMP_TYPE), 1);
	assert_int_equal(take_all(h, h->tun), 0);
}

static void there_is_a_limit(struct host *h)
{
	uint8_t p[2048];
	uint32_t len = put_echo(p, TUN_PEER, TUN_IP, 56);

	for (int i = 0; i < 500; i++)
		inject(h, h->tun, p, len);
	assert_in_range(take_all(h, h->tun), 26, 120);
	assert_true(drops(h, TERN_DROP_ICMP_RATE) > 300);
}

static void no_way_back(struct host *h)
{
	struct tern_route def = {.gateway = GATEWAY};
	uint8_t p[2048];

	assert_int_equal(net_route_remove(&h->net, &def), 0);
	inject(h, h->tun, p, put_echo(p, FAR_IP, TUN_IP, 56));
	assert_int_equal(drops(h, TERN_DROP_IP_NO_ROUTE), 1);
}

static void we_can_ping_ourselves(struct host *h)
{
	uint8_t p[2048];
	uint32_t len = put_echo(p, OUR_IP, OUR_IP, 56);

	inject(h, TERN_IF_LOOPBACK, p, len);
	assert_int_equal(take(h, TERN_IF_LOOPBACK, p, sizeof(p)), len);
	assert_int_equal(p[20], ICMP4_ECHO_REPLY);
	inject(h, TERN_IF_LOOPBACK, p, len);
	assert_int_equal(counter(h, TERN_IcmpInEchoReps), 1);
}

HOST_TEST(replies_to_all_sizes)
HOST_TEST(large_data_is_shared)
HOST_TEST(requests_in_pieces)
HOST_TEST(too_long_a_head_for_ethernet)
HOST_TEST(a_bad_checksum_anywhere)
HOST_TEST(broadcasts_are_ignored_unless_configured)
HOST_TEST(all_may_be_ignored)
HOST_TEST(there_is_a_limit)
HOST_TEST(no_way_back)
HOST_TEST(we_can_ping_ourselves)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_to_all_sizes_test),
		cmocka_unit_test(large_data_is_shared_test),
		cmocka_unit_test(requests_in_pieces_test),
		cmocka_unit_test(too_long_a_head_for_ethernet_test),
		cmocka_unit_test(a_bad_checksum_anywhere_test),
		cmocka_unit_test(broadcasts_are_ignored_unless_configured_test),
		cmocka_unit_test(all_may_be_ignored_test),
		cmocka_unit_test(there_is_a_limit_test),
		cmocka_unit_test(no_way_back_test),
		cmocka_unit_test(we_can_ping_ourselves_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
