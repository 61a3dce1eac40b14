/* SPDX-License-Identifier: ISC */
/*
 * icmp_input_test.c - ICMP messages: which reach the transport, which do not
 */
#include "net/icmp.h"

#include "fixture.h"

#define ROUTER IP(198, 51, 100, 1)

/* The quoted start of a segment of ours to FAR_IP. */
static uint32_t put_quote(uint8_t *p, const struct ip4_header *ip)
{
	static const uint8_t l4[8] = {0x12, 0x34, 0, 80, 1, 2, 3, 4};
	struct ip4_header copy = *ip;
	uint32_t len = put_ip(p, &copy, l4, sizeof(l4));

	store_be16(p + 2, 1500); /* what it was before it was quoted */
	return len;
}

struct message {
	struct icmp4_message icmp;
	struct ip4_header quote;
	uint32_t from, to;
};

static struct message error_about_us(uint8_t type, uint8_t code)
{
	struct message m = {
		.icmp = {.type = type, .code = code},
		.quote = ip_header(OUR_IP, FAR_IP, IP_PROTO_TCP),
		.from = ROUTER,
		.to = OUR_IP,
	};

	return m;
}

static uint32_t put_message(uint8_t *p, const struct message *m)
{
	struct ip4_header ip = ip_header(m->from, m->to, IP_PROTO_ICMP);
	uint8_t quote[64], icmp[256];
	struct icmp4_message copy = m->icmp;

	copy.data = quote;
	copy.data_len = put_quote(quote, &m->quote);
	return put_ip(p, &ip, icmp, icmp4_emit(icmp, &copy));
}

static void inject_message(struct host *h, const struct message *m)
{
	uint8_t p[512];

	inject(h, h->tun, p, put_message(p, m));
}

static void errors_reach_the_transport(struct host *h)
{
	const struct {
		uint8_t type, code;
		enum tern_counter counter;
	} rows[] = {
		{ICMP4_UNREACHABLE, 0, TERN_IcmpInDestUnreachs},
		{ICMP4_UNREACHABLE, 1, TERN_IcmpInDestUnreachs},
		{ICMP4_UNREACHABLE, 3, TERN_IcmpInDestUnreachs},
		{ICMP4_UNREACHABLE, 15, TERN_IcmpInDestUnreachs},
		{ICMP4_TIME_EXCEEDED, 0, TERN_IcmpInTimeExcds},
		{ICMP4_PARAMETER_PROBLEM, 0, TERN_IcmpInParmProbs},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct message m = error_about_us(rows[i].type, rows[i].code);
		uint64_t before = counter(h, rows[i].counter);
		const struct icmp_error *e = &h->errors[i];

		inject_message(h, &m);
		assert_int_equal(h->n_errors, i + 1);
		assert_int_equal(e->type, rows[i].type);
		assert_int_equal(e->code, rows[i].code);
		assert_int_equal(e->from, ROUTER);
		assert_int_equal(e->src, OUR_IP);
		assert_int_equal(e->dst, FAR_IP);
		assert_int_equal(e->quoted_len, 1500);
		assert_int_equal(e->mtu, 0);
		assert_int_equal(load_be16(e->l4), 0x1234);
		assert_int_equal(load_be32(e->l4 + 4), 0x01020304);
		assert_int_equal(counter(h, rows[i].counter), before + 1);
	}
	assert_int_equal(counter(h, TERN_IcmpInMsgs), ARRAY_LEN(rows));
	assert_int_equal(all_drops(h), 0);
}

static void the_mtu_is_told_or_guessed(struct host *h)
{
	struct message m = error_about_us(ICMP4_UNREACHABLE, 4);

	m.icmp.mtu = 1300;
	inject_message(h, &m);
	assert_int_equal(h->errors[0].mtu, 1300);
	m.icmp.mtu = 0; /* a router older than RFC 1191 */
	inject_message(h, &m);
	assert_int_equal(h->errors[1].mtu, 1492);
	m.icmp.mtu = 68;
	inject_message(h, &m);
	assert_int_equal(h->errors[2].mtu, 68);
	m.icmp.mtu = 67; /* T51 */
	inject_message(h, &m);
	assert_int_equal(h->n_errors, 3);
	assert_int_equal(drops(h, TERN_DROP_ICMP_QUOTE), 1);
	/* It changes nothing by itself: the transport has to believe it. */
	assert_null(pmtu_find(&h->net, FAR_IP));
}

/* MUST-55, and redirects. */
static void what_is_ignored(struct host *h)
{
	struct message quench = error_about_us(ICMP4_SOURCE_QUENCH, 0);
	struct message redirect = error_about_us(ICMP4_REDIRECT, 1);
	uint8_t types[] = {ICMP4_ECHO_REPLY, 9, 10, 13, 14, 15, 17, 30, 255};
	struct tern_route r;
	int routes = 0, routes_after = 0;

	while (net_route_at(&h->net, routes, &r) == 0)
		routes++;
	redirect.icmp.gateway = PEER_IP;
	inject_message(h, &quench);
	inject_message(h, &redirect);
	assert_int_equal(counter(h, TERN_IcmpInSrcQuenchs), 1);
	assert_int_equal(counter(h, TERN_IcmpInRedirects), 1);
	while (net_route_at(&h->net, routes_after, &r) == 0)
		routes_after++;
	assert_int_equal(routes, routes_after);
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct message m = error_about_us(types[i], 0);

		inject_message(h, &m);
		assert_int_equal(drops(h, TERN_DROP_ICMP_TYPE), 3 + i);
	}
	assert_int_equal(counter(h, TERN_IcmpInEchoReps), 1);
	assert_int_equal(h->n_errors, 0);
	assert_int_equal(take_all(h, h->tun), 0);
}

static void expect_bad_quote(struct host *h, const struct message *m)
{
	uint64_t before = drops(h, TERN_DROP_ICMP_QUOTE);

	inject_message(h, m);
	assert_int_equal(drops(h, TERN_DROP_ICMP_QUOTE), before + 1);
	assert_int_equal(h->n_errors, 0);
}

static void quotes_must_be_of_ours(struct host *h)
{
	struct message m = error_about_us(ICMP4_UNREACHABLE, 1);

	m.quote.src = PEER_IP;
	expect_bad_quote(h, &m);
	m.quote.src = 0;
	expect_bad_quote(h, &m);
	m.quote.src = IP(10, 0, 0, 255);
	expect_bad_quote(h, &m);
	m = error_about_us(ICMP4_UNREACHABLE, 1);
	m.quote.dst = IP(224, 0, 0, 1);
	expect_bad_quote(h, &m);
	m.quote.dst = UINT32_MAX;
	expect_bad_quote(h, &m);
	m.quote.dst = 0;
	expect_bad_quote(h, &m);
	m = error_about_us(ICMP4_UNREACHABLE, 1);
	m.quote.frag_off = 8; /* ports are not in it */
	expect_bad_quote(h, &m);
	assert_int_equal(counter(h, TERN_IcmpInErrors), 7);
}

static void quotes_of_no_transport_here(struct host *h)
{
	struct message m = error_about_us(ICMP4_UNREACHABLE, 3);

	m.quote.proto = IP_PROTO_UDP;
	inject_message(h, &m);
	m.quote.proto = IP_PROTO_ICMP; /* I8: an error about an error */
	inject_message(h, &m);
	assert_int_equal(drops(h, TERN_DROP_ICMP_NO_CONNECTION), 2);
	assert_int_equal(h->n_errors, 0);
	assert_int_equal(take_all(h, h->tun), 0);
}

static void every_length_is_safe(struct host *h)
{
	struct message m = error_about_us(ICMP4_UNREACHABLE, 1);
	uint8_t p[512];
	uint32_t len = put_message(p, &m);

	for (uint32_t n = 20; n < len; n++) {
		uint8_t cut[512];

		memcpy(cut, p, n);
		store_be16(cut + 2, (uint16_t)n);
		store_be16(cut + 10, 0);
		store_be16(cut + 10, checksum_finish(sum_bytes(0, cut, 20)));
		if (n >= 24) {
			store_be16(cut + 22, 0);
			store_be16(cut + 22, checksum_finish(sum_bytes(
						     0, cut + 20, n - 20)));
		}
		inject(h, h->tun, cut, n);
	}
	assert_int_equal(drops(h, TERN_DROP_ICMP_SHORT), 8);
	assert_int_equal(drops(h, TERN_DROP_ICMP_QUOTE), len - 28);
	assert_int_equal(h->n_errors, 0);
}

static void checksums_are_checked(struct host *h)
{
	struct message m = error_about_us(ICMP4_UNREACHABLE, 1);
	uint8_t p[512];
	uint32_t len = put_message(p, &m);

	for (uint32_t i = 20; i < len; i++) {
		p[i] ^= 0x40;
		inject(h, h->tun, p, len);
		p[i] ^= 0x40;
		/* Type 3 becomes 67, whose sum is wrong as well. */
		assert_int_equal(drops(h, TERN_DROP_ICMP_CHECKSUM), i - 19);
	}
	assert_int_equal(counter(h, TERN_IcmpInCsumErrors), len - 20);
	assert_int_equal(h->n_errors, 0);
}

static void none_by_broadcast(struct host *h)
{
	struct message m = error_about_us(ICMP4_UNREACHABLE, 1);

	m.to = IP(10, 0, 0, 255);
	inject_message(h, &m);
	assert_int_equal(drops(h, TERN_DROP_ICMP_GROUP), 1);
	assert_int_equal(h->n_errors, 0);
}

static void scattered_messages(struct host *h)
{
	struct message m = error_about_us(ICMP4_UNREACHABLE, 1);
	const uint32_t cuts[] = {20, 24, 28, 40, 55};
	uint8_t p[512];
	uint32_t len = put_message(p, &m);

	for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
		struct tern_frame f;

		assert_int_equal(tern_frame_copy(&f, h->env.blocks, p + cuts[i],
						 len - cuts[i]),
				 0);
		memcpy(f.head, p, cuts[i]);
		f.head_len = (uint16_t)cuts[i];
		f.len = len;
		net_input(&h->net, net_if(&h->net, h->tun), &f, 1);
		assert_int_equal(drops(h, TERN_DROP_FRAME_SCATTERED), i + 1);
	}
	assert_int_equal(h->n_errors, 0);
}

HOST_TEST(errors_reach_the_transport)
HOST_TEST(the_mtu_is_told_or_guessed)
HOST_TEST(what_is_ignored)
HOST_TEST(quotes_must_be_of_ours)
HOST_TEST(quotes_of_no_transport_here)
HOST_TEST(every_length_is_safe)
HOST_TEST(checksums_are_checked)
HOST_TEST(none_by_broadcast)
HOST_TEST(scattered_messages)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_reach_the_transport_test),
		cmocka_unit_test(the_mtu_is_told_or_guessed_test),
		cmocka_unit_test(what_is_ignored_test),
		cmocka_unit_test(quotes_must_be_of_ours_test),
		cmocka_unit_test(quotes_of_no_transport_here_test),
		cmocka_unit_test(every_length_is_safe_test),
		cmocka_unit_test(checksums_are_checked_test),
		cmocka_unit_test(none_by_broadcast_test),
		cmocka_unit_test(scattered_messages_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
