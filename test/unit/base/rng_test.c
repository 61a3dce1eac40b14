/* SPDX-License-Identifier: ISC */
/*
 * rng_test.c - the ChaCha20 block function of RFC 8439, and what is built on it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/rng.h"

/* RFC 8439 2.3.2: key 00..1f, counter 1, nonce 000000090000004a00000000. */
static void test_block_function_vector(void **state)
{
	static const uint32_t in[16] = {
		0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,
		0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c,
		0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c,
		0x00000001, 0x09000000, 0x4a000000, 0x00000000,
	};
	static const uint8_t want[64] = {
		0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f,
		0xdd, 0x1f, 0xa3, 0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7,
		0x33, 0xc0, 0x68, 0x03, 0x04, 0x22, 0xaa, 0x9a, 0xc3, 0xd4,
		0x6c, 0x4e, 0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa, 0x09,
		0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12,
		0x9c, 0xd1, 0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8,
		0xa2, 0x50, 0x3c, 0x4e};
	uint8_t out[64];

	(void)state;
	chacha20_block(in, out);
	assert_memory_equal(out, want, 64);
}

/* RFC 8439 A.1, test vectors 1 and 2: key 0, nonce 0, counters 0 and 1. */
static void test_stream_zero_of_seed_zero(void **state)
{
	static const uint8_t first[16] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1,
					  0x3d, 0x90, 0x40, 0x5d, 0x6a, 0xe5,
					  0x53, 0x86, 0xbd, 0x28};
	static const uint8_t second[16] = {0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51,
					   0x38, 0x7a, 0x98, 0xba, 0x97, 0x7c,
					   0x73, 0x2d, 0x08, 0x0d};
	static const uint8_t seed[32];
	uint8_t out[128];
	struct rng r;

	(void)state;
	rng_init(&r, seed, 0);
	rng_bytes(&r, out, sizeof(out));
	assert_memory_equal(out, first, 16);
	assert_memory_equal(out + 64, second, 16);
}

static void test_pieces_are_the_same_stream(void **state)
{
	uint8_t seed[32] = {1, 2, 3}, whole[1000], pieces[1000];
	struct rng a, b;
	size_t at = 0, n = 0;

	(void)state;
	rng_init(&a, seed, 7);
	rng_init(&b, seed, 7);
	rng_bytes(&a, whole, sizeof(whole));
	while (at < sizeof(pieces)) {
		n = min_size(n + 1, sizeof(pieces) - at);
		rng_bytes(&b, pieces + at, n);
		at += n;
	}
	assert_memory_equal(whole, pieces, sizeof(whole));
	rng_init(&b, seed, 7);
	assert_int_equal(rng_u32(&b), load_le32(whole));
	assert_true(rng_u64(&b) == load_le64(whole + 4));
}

static void test_streams_and_seeds_differ(void **state)
{
	uint8_t seed[32] = {0};
	struct rng a, b, c, d;
	uint64_t v;

	(void)state;
	rng_init(&a, seed, 0);
	rng_init(&b, seed, 1);
	rng_init(&c, seed, UINT64_C(1) << 32);
	seed[31] = 1;
	rng_init(&d, seed, 0);
	v = rng_u64(&a);
	assert_true(v != rng_u64(&b));
	assert_true(v != rng_u64(&c));
	assert_true(v != rng_u64(&d));
}

static void test_counter_carries(void **state)
{
	uint8_t seed[32] = {0}, out[64];
	struct rng r;

	(void)state;
	rng_init(&r, seed, 0);
	r.state[12] = UINT32_MAX;
	rng_bytes(&r, out, sizeof(out));
	assert_int_equal(r.state[12], 0);
	assert_int_equal(r.state[13], 1);
	assert_int_equal(r.state[14], 0); /* not into the stream */
}

static void test_below_is_below_and_even(void **state)
{
	enum { N = 60000 };
	uint8_t seed[32] = {9};
	uint32_t count[6] = {0}, i;
	struct rng r;

	(void)state;
	rng_init(&r, seed, 0);
	for (i = 0; i < 1000; i++) {
		assert_int_equal(rng_below(&r, 1), 0);
		assert_true(rng_below(&r, UINT32_MAX) < UINT32_MAX);
		assert_true(rng_below(&r, 0x80000001) <= 0x80000000);
	}
	for (i = 0; i < N; i++)
		count[rng_below(&r, 6)]++;
	for (i = 0; i < 6; i++) /* 5 standard deviations */
		assert_in_range(count[i], N / 6 - 456, N / 6 + 456);
}

/* Where each third number has to be thrown away, or one residue has half. */
static void test_below_is_even_for_awkward_bounds(void **state)
{
	enum { N = 30000 };
	uint8_t seed[32] = {10};
	uint32_t count[3] = {0}, i;
	struct rng r;

	(void)state;
	rng_init(&r, seed, 0);
	for (i = 0; i < N; i++)
		count[rng_below(&r, 0xc0000000) % 3]++;
	for (i = 0; i < 3; i++)
		assert_in_range(count[i], N / 3 - 410, N / 3 + 410);
}

static void test_what_was_handed_out_is_forgotten(void **state)
{
	static const uint8_t zeros[40];
	uint8_t seed[32] = {3}, out[40];
	struct rng r;

	(void)state;
	rng_init(&r, seed, 0);
	rng_bytes(&r, out, sizeof(out));
	assert_memory_equal(r.buf, zeros, sizeof(zeros));
	assert_memory_not_equal(out, zeros, sizeof(zeros));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_block_function_vector),
		cmocka_unit_test(test_stream_zero_of_seed_zero),
		cmocka_unit_test(test_pieces_are_the_same_stream),
		cmocka_unit_test(test_streams_and_seeds_differ),
		cmocka_unit_test(test_counter_carries),
		cmocka_unit_test(test_below_is_below_and_even),
		cmocka_unit_test(test_below_is_even_for_awkward_bounds),
		cmocka_unit_test(test_what_was_handed_out_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
