/* SPDX-License-Identifier: ISC */
/*
 * icmp4_test.c - ICMP messages and the datagrams they quote
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "unit/wire/exact.h"
#include "wire/checksum.h"
#include "wire/icmp4.h"

/* An IPv4 header and the first 8 bytes of TCP after it. */
#define QUOTE_LEN 28

static void make_quote(uint8_t *p, uint16_t total_len, uint16_t frag_off)
{
	struct ip4_header h = {.ttl = 1,
			       .proto = IP_PROTO_TCP,
			       .total_len = total_len,
			       .frag_off = frag_off,
			       .src = 0x0a000001,
			       .dst = 0x0a000002};
	uint32_t i;

	ip4_emit(p, &h);
	for (i = 20; i < QUOTE_LEN; i++)
		p[i] = (uint8_t)i;
}

static void test_echo_and_back(void **state)
{
	struct icmp4_message m = {.type = ICMP4_ECHO,
				  .id = 0x1234,
				  .seq = 0xfffe,
				  .data = (const uint8_t *)"abc",
				  .data_len = 3};
	struct icmp4_message back;
	uint8_t out[11];

	(void)state;
	assert_int_equal(icmp4_emit(out, &m), 11);
	assert_memory_equal(out, "\x08\x00", 2);
	assert_memory_equal(out + 4,
			    "\x12\x34\xff\xfe"
			    "abc",
			    7);
	/* 0800 + 1234 + fffe + 6162 + 6300, complemented */
	assert_int_equal(load_be16(out + 2), 0x216a);
	assert_int_equal(icmp4_parse(out, 11, &back), TERN_DROP_NONE);
	assert_int_equal(back.type, ICMP4_ECHO);
	assert_int_equal(back.id, 0x1234);
	assert_int_equal(back.seq, 0xfffe);
	assert_int_equal(back.data_len, 3);
	assert_memory_equal(back.data, "abc", 3);
	/* A reply is the same message with another type, made in place. */
	back.type = ICMP4_ECHO_REPLY;
	assert_int_equal(icmp4_emit(out, &back), 11);
	assert_int_equal(out[0], 0);
	assert_int_equal(icmp4_parse(out, 11, &back), TERN_DROP_NONE);
}

static void test_errors_carry_their_quote(void **state)
{
	static const uint8_t types[] = {ICMP4_UNREACHABLE, ICMP4_SOURCE_QUENCH,
					ICMP4_REDIRECT, ICMP4_TIME_EXCEEDED,
					ICMP4_PARAMETER_PROBLEM};
	uint8_t quote[QUOTE_LEN], out[ICMP4_HEADER_LEN + QUOTE_LEN];
	size_t i;

	(void)state;
	make_quote(quote, 1500, 0);
	for (i = 0; i < sizeof(types); i++) {
		struct icmp4_message m = {
			.type = types[i], .data = quote, .data_len = QUOTE_LEN};
		struct icmp4_message back;

		assert_true(icmp4_is_error(types[i]));
		assert_int_equal(icmp4_emit(out, &m), sizeof(out));
		assert_int_equal(icmp4_parse(out, sizeof(out), &back), 0);
		assert_int_equal(back.quote.src, 0x0a000001);
		assert_int_equal(back.quote.dst, 0x0a000002);
		assert_int_equal(back.quote.total_len, 1500);
		assert_int_equal(back.quote_data_len, 8);
		assert_memory_equal(back.quote_data, quote + 20, 8);
	}
	assert_false(icmp4_is_error(ICMP4_ECHO));
	assert_false(icmp4_is_error(ICMP4_ECHO_REPLY));
}

static void test_fields_of_each_type(void **state)
{
	uint8_t quote[QUOTE_LEN], out[ICMP4_HEADER_LEN + QUOTE_LEN];
	struct icmp4_message m = {.data = quote, .data_len = QUOTE_LEN};
	struct icmp4_message back;

	(void)state;
	make_quote(quote, 28, 0);
	m.id = m.seq = m.mtu = 1400;
	m.pointer = 20;
	m.gateway = 0x0a0000fe;

	m.type = ICMP4_UNREACHABLE;
	m.code = ICMP4_FRAG_NEEDED;
	icmp4_emit(out, &m);
	assert_int_equal(load_be32(out + 4), 1400); /* unused half is zero */
	assert_int_equal(icmp4_parse(out, sizeof(out), &back), 0);
	assert_int_equal(back.mtu, 1400);
	assert_int_equal(back.id, 0);

	m.code = ICMP4_PORT_UNREACHABLE;
	icmp4_emit(out, &m);
	assert_int_equal(load_be32(out + 4), 0);
	assert_int_equal(icmp4_parse(out, sizeof(out), &back), 0);
	assert_int_equal(back.code, ICMP4_PORT_UNREACHABLE);
	assert_int_equal(back.mtu, 0);

	m.type = ICMP4_PARAMETER_PROBLEM;
	icmp4_emit(out, &m);
	assert_int_equal(icmp4_parse(out, sizeof(out), &back), 0);
	assert_int_equal(back.pointer, 20);

	m.type = ICMP4_REDIRECT;
	icmp4_emit(out, &m);
	assert_int_equal(icmp4_parse(out, sizeof(out), &back), 0);
	assert_int_equal(back.gateway, 0x0a0000fe);
}

/* Parses len bytes, made to have a good checksum, in memory of that size. */
static enum tern_drop parse(uint8_t *bytes, uint32_t len)
{
	struct icmp4_message m;
	enum tern_drop d;
	uint8_t *p = exact_copy(bytes, len);

	if (len >= 4) {
		store_be16(p + 2, 0);
		store_be16(p + 2, checksum_finish(sum_bytes(0, p, len)));
	}
	d = icmp4_parse(p, len, &m);
	if (!d) {
		assert_ptr_equal(m.data, p + 8);
		assert_int_equal(m.data_len, len - 8);
	}
	if (!d && icmp4_is_error(m.type)) {
		assert_true(m.quote_data_len >= 8);
		assert_true(m.quote_data + m.quote_data_len <= p + len);
	}
	free(p);
	return d;
}

static void test_every_length(void **state)
{
	uint8_t p[64] = {0};
	uint32_t len;

	(void)state;
	make_quote(p + 8, 100, 0);
	for (len = 0; len <= 64; len++) {
		p[0] = ICMP4_ECHO;
		assert_int_equal(parse(p, len), len < 8 ? TERN_DROP_ICMP_SHORT
							: TERN_DROP_NONE);
		p[0] = ICMP4_TIME_EXCEEDED;
		assert_int_equal(parse(p, len), len < 8 ? TERN_DROP_ICMP_SHORT
						: len < 36
							? TERN_DROP_ICMP_QUOTE
							: TERN_DROP_NONE);
	}
}

static void test_quotes_that_are_no_use(void **state)
{
	uint8_t p[64] = {0};

	(void)state;
	p[0] = ICMP4_UNREACHABLE;
	make_quote(p + 8, 27, 0); /* the datagram itself had 7 bytes */
	assert_int_equal(parse(p, 64), TERN_DROP_ICMP_QUOTE);
	make_quote(p + 8, 28, 0);
	assert_int_equal(parse(p, 64), TERN_DROP_NONE);
	make_quote(p + 8, 100, 8); /* not the first fragment: no ports */
	assert_int_equal(parse(p, 64), TERN_DROP_ICMP_QUOTE);
	make_quote(p + 8, 100, 0);
	p[8] = 0x44;
	assert_int_equal(parse(p, 64), TERN_DROP_ICMP_QUOTE);
	p[8] = 0x65;
	assert_int_equal(parse(p, 64), TERN_DROP_ICMP_QUOTE);
	p[8] = 0x4f; /* 60 bytes of header: 4 short */
	assert_int_equal(parse(p, 64), TERN_DROP_ICMP_QUOTE);
}

static void test_unknown_types_are_no_error(void **state)
{
	uint8_t p[8] = {0};
	int type;

	(void)state;
	for (type = 0; type < 256; type++) {
		p[0] = (uint8_t)type;
		assert_int_equal(parse(p, 8), icmp4_is_error((uint8_t)type)
						      ? TERN_DROP_ICMP_QUOTE
						      : TERN_DROP_NONE);
	}
}

static void test_any_wrong_bit_is_seen(void **state)
{
	struct icmp4_message m = {.type = ICMP4_ECHO, .id = 77}, back;
	uint32_t bit;

	(void)state;
	for (bit = 0; bit < 64; bit++) {
		uint8_t out[8];

		icmp4_emit(out, &m);
		out[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(icmp4_parse(out, 8, &back),
				 TERN_DROP_ICMP_CHECKSUM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo_and_back),
		cmocka_unit_test(test_errors_carry_their_quote),
		cmocka_unit_test(test_fields_of_each_type),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_quotes_that_are_no_use),
		cmocka_unit_test(test_unknown_types_are_no_error),
		cmocka_unit_test(test_any_wrong_bit_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
