/* SPDX-License-Identifier: ISC */
/*
 * ip4_test.c - the IPv4 header: fields, lengths in all combinations, options
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "unit/base/dice.h"
#include "unit/wire/exact.h"
#include "wire/checksum.h"
#include "wire/ip4.h"

/* A header that is in wide use as an example of the checksum. */
static const uint8_t sample[20] = {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40,
				   0x00, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8,
				   0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};

static void fix_checksum(uint8_t *p)
{
	uint32_t len = (p[0] & 15U) * 4;

	store_be16(p + 10, 0);
	store_be16(p + 10, checksum_finish(sum_bytes(0, p, len)));
}

static void test_fields_and_back(void **state)
{
	uint8_t in[0x73] = {0}, out[20];
	struct ip4_header h;

	(void)state;
	memcpy(in, sample, 20);
	assert_int_equal(ip4_parse(in, 20, sizeof(in), &h), TERN_DROP_NONE);
	assert_int_equal(h.header_len, 20);
	assert_int_equal(h.tos, 0);
	assert_int_equal(h.total_len, 0x73);
	assert_int_equal(h.id, 0);
	assert_true(h.df);
	assert_false(h.mf);
	assert_int_equal(h.frag_off, 0);
	assert_false(ip4_is_fragment(&h));
	assert_int_equal(h.ttl, 64);
	assert_int_equal(h.proto, IP_PROTO_UDP);
	assert_int_equal(h.src, ip4_addr(192, 168, 0, 1));
	assert_int_equal(h.dst, ip4_addr(192, 168, 0, 199));
	assert_null(h.options);
	assert_int_equal(ip4_emit(out, &h), 20);
	assert_memory_equal(out, sample, 20);
}

static void test_random_headers_come_back(void **state)
{
	struct dice d = {1};
	int round;

	(void)state;
	for (round = 0; round < 5000; round++) {
		uint8_t in[65536], out[60], options[40];
		struct ip4_header h = {0}, back;
		uint32_t n;

		dice_fill(&d, options, sizeof(options));
		h.tos = (uint8_t)dice_u64(&d);
		h.ttl = (uint8_t)dice_u64(&d);
		h.proto = (uint8_t)dice_u64(&d);
		h.total_len = (uint16_t)(60 + dice_below(&d, 65476));
		h.id = (uint16_t)dice_u64(&d);
		h.frag_off = (uint16_t)(dice_u64(&d) & 0xfff8);
		h.df = dice_u64(&d) & 1;
		h.mf = dice_u64(&d) & 1;
		h.src = (uint32_t)dice_u64(&d);
		h.dst = (uint32_t)dice_u64(&d);
		h.options_len = (uint8_t)(4 * dice_below(&d, 11));
		h.options = h.options_len ? options : NULL;
		n = ip4_emit(in, &h);
		assert_int_equal(n, 20 + h.options_len);
		assert_int_equal(ip4_parse(in, n, sizeof(in), &back), 0);
		assert_int_equal(back.header_len, n);
		assert_int_equal(back.frag_off, h.frag_off);
		assert_int_equal(back.total_len, h.total_len);
		assert_int_equal(back.df, h.df);
		assert_int_equal(back.mf, h.mf);
		assert_int_equal(ip4_is_fragment(&back), h.mf || h.frag_off);
		assert_int_equal(ip4_emit(out, &back), n);
		assert_memory_equal(out, in, n);
	}
}

/* What RFC 791 and 1122 say of version, lengths and checksum, spelled out. */
static enum tern_drop expected(const uint8_t *p, uint32_t head_len,
			       uint32_t len)
{
	uint32_t header_len, total_len;

	if (len < 20)
		return TERN_DROP_FRAME_SHORT;
	if (head_len < 20)
		return TERN_DROP_FRAME_SCATTERED;
	header_len = (p[0] & 15U) * 4;
	total_len = load_be16(p + 2);
	if (p[0] >> 4 != 4)
		return TERN_DROP_IP_VERSION;
	if (header_len < 20)
		return TERN_DROP_IP_HEADER_LENGTH;
	if (total_len < header_len || total_len > len)
		return TERN_DROP_IP_TOTAL_LENGTH;
	if (header_len > head_len)
		return TERN_DROP_FRAME_SCATTERED;
	return TERN_DROP_NONE;
}

static void check_one(uint8_t *whole, uint32_t head_len, uint32_t len)
{
	uint8_t *p = exact_copy(whole, head_len);
	struct ip4_header h;
	enum tern_drop want = expected(whole, head_len, len);

	assert_int_equal(ip4_parse(p, head_len, len, &h), want);
	if (want == TERN_DROP_NONE) {
		assert_true(h.header_len <= head_len);
		assert_true(h.total_len <= len);
	}
	free(p);
}

static void test_matrix_of_lengths(void **state)
{
	static const uint16_t totals[] = {0,  1,  19, 20, 21,	 24,
					  40, 59, 60, 61, 0xffff};
	uint8_t whole[64];
	uint32_t first, head_len, len, t;

	(void)state;
	for (first = 0; first < 256; first++) {
		for (t = 0; t < ARRAY_LEN(totals); t++) {
			memset(whole, 1, sizeof(whole));
			memcpy(whole, sample, 20);
			whole[0] = (uint8_t)first;
			store_be16(whole + 2, totals[t]);
			if ((first & 15) >= 5)
				fix_checksum(whole);
			for (len = 0; len <= 64; len++) {
				head_len = len < 62 ? len : len - 22;
				check_one(whole, head_len, len);
			}
		}
	}
	for (head_len = 0; head_len <= 62; head_len++)
		check_one(whole, head_len, 62);
}

static void test_any_wrong_bit_is_seen(void **state)
{
	int bit;

	(void)state;
	for (bit = 0; bit < 160; bit++) {
		uint8_t in[0x73] = {0};
		struct ip4_header h;

		memcpy(in, sample, 20);
		in[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(ip4_parse(in, 20, sizeof(in), &h),
				     TERN_DROP_NONE);
	}
}

static void test_quotes_need_a_header_and_no_more(void **state)
{
	uint8_t in[60];
	struct ip4_header h;
	uint32_t len, ihl;

	(void)state;
	for (ihl = 0; ihl < 16; ihl++) {
		memset(in, 0, sizeof(in));
		memcpy(in, sample, 20);
		in[0] = (uint8_t)(0x40 | ihl);
		in[8] = 1; /* TTL as routers leave it: checksum wrong */
		for (len = 0; len <= 60; len++) {
			uint8_t *p = exact_copy(in, len);
			bool good = ihl >= 5 && len >= ihl * 4;

			assert_int_equal(ip4_parse_quote(p, len, &h),
					 good ? TERN_DROP_NONE
					      : TERN_DROP_ICMP_QUOTE);
			free(p);
		}
	}
	in[0] = 0x65;
	assert_int_equal(ip4_parse_quote(in, 60, &h), TERN_DROP_ICMP_QUOTE);
	in[0] = 0x46;
	store_be16(in + 2, 23);
	assert_int_equal(ip4_parse_quote(in, 60, &h), TERN_DROP_ICMP_QUOTE);
	store_be16(in + 2, 24);
	assert_int_equal(ip4_parse_quote(in, 60, &h), TERN_DROP_NONE);
}

static enum tern_drop options(const uint8_t *p, uint8_t len)
{
	struct ip4_header h = {0};
	uint8_t *copy = exact_copy(p, len);
	enum tern_drop d;

	h.options = len ? copy : NULL;
	h.options_len = len;
	d = ip4_check_options(&h);
	free(copy);
	return d;
}

static void test_options_are_walked(void **state)
{
	static const uint8_t nops[] = {1, 1, 1, 1};
	static const uint8_t end[] = {0, 131, 3, 4};
	static const uint8_t alert[] = {148, 4, 0, 0};
	static const uint8_t loose[] = {1, 131, 3, 4};
	static const uint8_t strict[] = {137, 3, 4, 0};
	static const uint8_t alert_strict[] = {148, 4, 0, 0, 137, 3, 4, 0};

	(void)state;
	assert_int_equal(options(NULL, 0), TERN_DROP_NONE);
	assert_int_equal(options(nops, 4), TERN_DROP_NONE);
	assert_int_equal(options(end, 4), TERN_DROP_NONE);
	assert_int_equal(options(alert, 4), TERN_DROP_NONE);
	assert_int_equal(options(loose, 4), TERN_DROP_IP_OPTIONS);
	assert_int_equal(options(strict, 4), TERN_DROP_IP_OPTIONS);
	assert_int_equal(options(alert_strict, 8), TERN_DROP_IP_OPTIONS);
}

static void test_option_lengths_are_bounded(void **state)
{
	int kind, len, at;

	(void)state;
	for (kind = 2; kind < 256; kind++) {
		bool route = kind == 131 || kind == 137;

		for (at = 0; at < 8; at++) {
			for (len = 0; len < 256; len++) {
				uint8_t p[8];
				bool good;

				memset(p, 1, sizeof(p));
				p[at] = (uint8_t)kind;
				if (at < 7)
					p[at + 1] = (uint8_t)len;
				good = at < 7 && len >= 2 && len <= 8 - at;
				assert_int_equal(
					options(p, 8),
					good && !route ? TERN_DROP_NONE
						       : TERN_DROP_IP_OPTIONS);
			}
		}
	}
}

static void test_emitted_options_are_padded_with_zeros(void **state)
{
	static const uint8_t alert[] = {148, 4, 0, 0, 7};
	struct ip4_header h = {.total_len = 28, .options = alert};
	struct ip4_header back;
	uint8_t out[28];

	(void)state;
	memset(out, 0xff, sizeof(out));
	h.options_len = 5;
	assert_int_equal(ip4_emit(out, &h), 28);
	assert_int_equal(ip4_parse(out, 28, 28, &back), TERN_DROP_NONE);
	assert_int_equal(back.options_len, 8);
	assert_memory_equal(back.options, alert, 5);
	assert_memory_equal(back.options + 5, "\0\0\0", 3);
}

static void test_kinds_of_address(void **state)
{
	(void)state;
	assert_int_equal(ip4_addr(1, 2, 3, 4), 0x01020304);
	assert_int_equal(ip4_mask(0), 0);
	assert_int_equal(ip4_mask(1), 0x80000000);
	assert_int_equal(ip4_mask(24), 0xffffff00);
	assert_int_equal(ip4_mask(32), 0xffffffff);
	assert_true(ip4_is_loopback(ip4_addr(127, 255, 0, 1)));
	assert_false(ip4_is_loopback(ip4_addr(128, 0, 0, 1)));
	assert_true(ip4_is_multicast(ip4_addr(224, 0, 0, 0)));
	assert_true(ip4_is_multicast(ip4_addr(239, 255, 255, 255)));
	assert_false(ip4_is_multicast(ip4_addr(223, 255, 255, 255)));
	assert_false(ip4_is_multicast(ip4_addr(240, 0, 0, 0)));
	assert_true(ip4_is_reserved(ip4_addr(240, 0, 0, 0)));
	assert_true(ip4_is_reserved(IP4_BROADCAST));
	assert_true(ip4_is_this_network(ip4_addr(0, 255, 0, 0)));
	assert_false(ip4_is_this_network(ip4_addr(1, 0, 0, 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_and_back),
		cmocka_unit_test(test_random_headers_come_back),
		cmocka_unit_test(test_matrix_of_lengths),
		cmocka_unit_test(test_any_wrong_bit_is_seen),
		cmocka_unit_test(test_quotes_need_a_header_and_no_more),
		cmocka_unit_test(test_options_are_walked),
		cmocka_unit_test(test_option_lengths_are_bounded),
		cmocka_unit_test(test_emitted_options_are_padded_with_zeros),
		cmocka_unit_test(test_kinds_of_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
