/* SPDX-License-Identifier: ISC */
/*
 * checksum_test.c - the Internet checksum against the one of RFC 1071 4.1
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "unit/base/dice.h"
#include "wire/checksum.h"

/* The plain loop, over bytes in network order. */
static uint16_t slow_fold(const uint8_t *p, size_t len)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint64_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* RFC 1071 3: 00 01 f2 03 f4 f5 f6 f7 add up to ddf2. */
static void test_example_of_the_rfc(void **state)
{
	static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03,
					0xf4, 0xf5, 0xf6, 0xf7};

	(void)state;
	assert_int_equal(sum_fold(sum_bytes(0, bytes, 8)), 0xddf2);
	assert_int_equal(checksum_finish(sum_bytes(0, bytes, 8)), 0x220d);
}

static void test_every_length_and_alignment(void **state)
{
	struct dice d = {1};
	size_t len, off;

	(void)state;
	for (len = 0; len < 300; len++) {
		for (off = 0; off < 9; off++) {
			/* Exactly as large, so that overreading is seen. */
			uint8_t *p = malloc(off + len ? off + len : 1);

			dice_fill(&d, p, off + len);
			assert_int_equal(sum_fold(sum_bytes(0, p + off, len)),
					 slow_fold(p + off, len));
			free(p);
		}
	}
}

/* A header's sum is that of its bytes, the carries of whole words included. */
static void test_headers(void **state)
{
	struct dice d = {5};
	uint8_t ones[60];
	uint32_t len;

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	for (len = 0; len <= 60; len += 4) {
		uint8_t *p = malloc(len ? len : 1);

		dice_fill(&d, p, len);
		assert_int_equal(sum_fold(sum_header(7, p, len)),
				 sum_fold(sum_bytes(7, p, len)));
		assert_int_equal(sum_fold(sum_header(0, ones, len)),
				 len ? 0xffff : 0);
		free(p);
	}
}

/* A sum of any size is folded as one by hand, and told right or wrong. */
static void test_folds_of_all_sizes(void **state)
{
	static const uint64_t edges[] = {
		0,
		1,
		0xfffe,
		0xffff,
		0x10000,
		0xfffffffe,
		0xffffffff,
		UINT64_C(0x100000000),
		UINT64_C(0xfffffffeffffffff),
		UINT64_C(0xffffffff00000000),
		UINT64_MAX - 1,
		UINT64_MAX,
	};
	struct dice d = {20};
	size_t i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		uint64_t acc =
			i < ARRAY_LEN(edges) ? edges[i] : dice_scaled(&d, 64);
		uint64_t sum = acc;

		if (i >= ARRAY_LEN(edges) &&
		    i % 4 == 3) /* right ones are rare */
			acc = sum = acc / 0xffff * 0xffff;
		while (sum >> 16)
			sum = (sum & 0xffff) + (sum >> 16);
		assert_int_equal(sum_fold(acc), swap_be16((uint16_t)sum));
		assert_int_equal(checksum_ok(acc), sum == 0xffff);
	}
}

static void test_carries_are_not_lost(void **state)
{
	static uint8_t ones[65536];
	uint64_t acc = 0;
	int i;

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	assert_int_equal(sum_fold(sum_bytes(0, ones, sizeof(ones))), 0xffff);
	for (i = 0; i < 1000; i++)
		acc = sum_bytes(acc, ones, sizeof(ones));
	assert_int_equal(sum_fold(acc), 0xffff);
	/* 0 is only the sum of nothing but zeros. */
	assert_int_equal(sum_fold(sum_bytes(0, ones, 0)), 0);
	assert_int_equal(sum_fold(UINT64_MAX), 0xffff);
}

static void test_parts_at_odd_offsets_add_up(void **state)
{
	struct dice d = {2};
	uint8_t buf[500];
	int round;

	(void)state;
	for (round = 0; round < 3000; round++) {
		size_t len = dice_below(&d, sizeof(buf)), at = 0;
		uint64_t acc = 0, part;

		dice_fill(&d, buf, len);
		while (at < len) {
			size_t n = 1 + dice_below(&d, (uint32_t)(len - at));

			if (dice_below(&d, 2)) {
				acc = sum_at(acc, buf + at, n, at % 2);
			} else {
				part = sum_bytes(0, buf + at, n);
				acc = sum_add(acc, part, at % 2);
			}
			at += n;
		}
		assert_int_equal(sum_fold(acc), slow_fold(buf, len));
	}
}

static void test_copy_and_sum_does_both(void **state)
{
	struct dice d = {3};
	size_t len;

	(void)state;
	for (len = 0; len < 9000; len += len < 400 ? 1 : 397) {
		size_t from = dice_below(&d, 66), to = dice_below(&d, 66);
		uint8_t *src = malloc(from + len + 1);
		uint8_t *dst = malloc(to + len + 1);
		uint64_t acc;

		dice_fill(&d, src, from + len);
		dst[to + len] = 0x5a;
		acc = copy_and_sum(dst + to, src + from, len, 0);
		assert_memory_equal(dst + to, src + from, len);
		assert_int_equal(dst[to + len], 0x5a);
		assert_int_equal(sum_fold(acc), slow_fold(src + from, len));
		acc = copy_and_sum(dst + to, src + from, len, sum_u16(0, 9));
		assert_int_equal(
			sum_fold(acc),
			sum_fold(sum_u16(sum_bytes(0, dst + to, len), 9)));
		free(src);
		free(dst);
	}
}

static void test_host_order_fields_are_the_bytes(void **state)
{
	uint8_t buf[12] = {0};
	uint64_t acc;

	(void)state;
	store_be32(buf, 0xc0a80001);
	store_be32(buf + 4, 0x0a0000fe);
	buf[9] = 6;
	store_be16(buf + 10, 1480);
	acc = sum_pseudo4(0xc0a80001, 0x0a0000fe, 6, 1480);
	assert_int_equal(sum_fold(acc), slow_fold(buf, 12));
	assert_int_equal(sum_fold(sum_u16(0, 0x1234)), 0x1234);
	assert_int_equal(sum_fold(sum_u32(0, 0x12340001)), 0x1235);
	/* Longer than 16 bits, as a super-segment may be. */
	assert_int_equal(sum_fold(sum_pseudo4(0, 0, 0, 0x10005)), 6);
}

static void test_finished_sum_verifies(void **state)
{
	struct dice d = {4};
	uint8_t buf[200];
	int round;

	(void)state;
	for (round = 0; round < 500; round++) {
		size_t bit = dice_below(&d, 8 * sizeof(buf));

		dice_fill(&d, buf, sizeof(buf));
		store_be16(buf + 16, 0);
		store_be16(buf + 16,
			   checksum_finish(sum_bytes(0, buf, sizeof(buf))));
		assert_true(checksum_ok(sum_bytes(0, buf, sizeof(buf))));
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(checksum_ok(sum_bytes(0, buf, sizeof(buf))));
	}
}

/* RFC 1624 4: the sum dd2f, a field changing from 5555 to 3285. */
static void test_update_example_of_the_rfc(void **state)
{
	(void)state;
	assert_int_equal(checksum_update16(0xdd2f, 0x5555, 0x3285), 0x0000);
}

static void test_update_equals_summing_anew(void **state)
{
	struct dice d = {5};
	uint8_t buf[40];
	int round;

	(void)state;
	for (round = 0; round < 2000; round++) {
		uint32_t old, new = (uint32_t)dice_u64(&d);
		uint16_t sum;

		dice_fill(&d, buf, sizeof(buf));
		sum = checksum_finish(sum_bytes(0, buf, sizeof(buf)));
		old = load_be16(buf + 8);
		store_be16(buf + 8, (uint16_t) new);
		sum = checksum_update16(sum, (uint16_t)old, (uint16_t) new);
		assert_int_equal(
			sum, checksum_finish(sum_bytes(0, buf, sizeof(buf))));
		old = load_be32(buf + 12);
		store_be32(buf + 12, new);
		sum = checksum_update32(sum, old, new);
		assert_int_equal(
			sum, checksum_finish(sum_bytes(0, buf, sizeof(buf))));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example_of_the_rfc),
		cmocka_unit_test(test_every_length_and_alignment),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_folds_of_all_sizes),
		cmocka_unit_test(test_carries_are_not_lost),
		cmocka_unit_test(test_parts_at_odd_offsets_add_up),
		cmocka_unit_test(test_copy_and_sum_does_both),
		cmocka_unit_test(test_host_order_fields_are_the_bytes),
		cmocka_unit_test(test_finished_sum_verifies),
		cmocka_unit_test(test_update_example_of_the_rfc),
		cmocka_unit_test(test_update_equals_summing_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
