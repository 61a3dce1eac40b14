/* SPDX-License-Identifier: ISC */
/*
 * checksum_width_test.c - the sum by vectors of each width that this processor
 * has, although sum_bytes() and copy_and_sum() only use the widest
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "unit/base/dice.h"
#include "wire/checksum.c" /* what is static there */

#define CHUNKS_MAX 48

/* The loop of RFC 1071 4.1, over words in memory order. */
static uint16_t slow_sum(const uint8_t *p, size_t len)
{
	uint64_t sum = 0;
	uint16_t v;
	size_t i;

	for (i = 0; i < len; i += 2) {
		memcpy(&v, p + i, sizeof(v));
		sum += v;
	}
	return fold16(sum);
}

static void check_copy(uint64_t (*copy)(uint8_t *to, const uint8_t *p,
					size_t n),
		       const uint8_t *p, size_t n)
{
	const size_t len = n * CHUNK;
	size_t off;

	for (off = 0; off < 3; off++) {
		uint8_t *to = malloc(off + len + 1);

		to[off + len] = 0x5a;
		assert_int_equal(fold16(copy(to + off, p, n)),
				 slow_sum(p, len));
		assert_memory_equal(to + off, p, len);
		assert_int_equal(to[off + len], 0x5a);
		free(to);
	}
}

static void check(uint64_t (*sum)(const uint8_t *p, size_t n),
		  uint64_t (*copy)(uint8_t *to, const uint8_t *p, size_t n),
		  uint8_t fill)
{
	struct dice d = {7};
	size_t n, off;

	for (n = 0; n <= CHUNKS_MAX; n++) {
		for (off = 0; off < 3; off++) {
			uint8_t *p = malloc(off + n * CHUNK + 1);

			if (fill)
				memset(p, fill, off + n * CHUNK);
			else
				dice_fill(&d, p, off + n * CHUNK);
			assert_int_equal(fold16(sum(p + off, n)),
					 slow_sum(p + off, n * CHUNK));
			check_copy(copy, p + off, n);
			free(p);
		}
	}
}

/* Ones all over have the most carries there can be. */
static void test_vectors_of_16_bytes(void **state)
{
	(void)state;
	check(sum_by_16, copy_by_16, 0);
	check(sum_by_16, copy_by_16, 0xff);
}

static void test_vectors_of_32_bytes(void **state)
{
	(void)state;
	if (!CPU_HAS_VECTORS_32)
		skip();
	check(sum_by_32, copy_by_32, 0);
	check(sum_by_32, copy_by_32, 0xff);
}

static void test_vectors_of_64_bytes(void **state)
{
	(void)state;
	if (!CPU_HAS_VECTORS_64)
		skip();
	check(sum_by_64, copy_by_64, 0);
	check(sum_by_64, copy_by_64, 0xff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors_of_16_bytes),
		cmocka_unit_test(test_vectors_of_32_bytes),
		cmocka_unit_test(test_vectors_of_64_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
