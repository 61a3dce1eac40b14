/* SPDX-License-Identifier: ISC */
/*
 * ip4_plain_test.c - the inlined header against ip4_parse() and ip4_emit()
 */
#include "wire/ip4_plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"

static struct rng rng;

static int seed(void **state)
{
	static const uint8_t key[32] = {4, 2};

	(void)state;
	rng_init(&rng, key, 0);
	return 0;
}

/* A header that is often legal, and sometimes not quite. */
static struct ip4_header some_header(void)
{
	struct ip4_header h;

	memset(&h, 0, sizeof(h));
	h.tos = (uint8_t)rng_u32(&rng);
	h.ttl = (uint8_t)rng_u32(&rng);
	h.proto = (uint8_t)rng_u32(&rng);
	h.id = (uint16_t)rng_u32(&rng);
	h.df = rng_below(&rng, 2);
	h.mf = rng_below(&rng, 8) == 0;
	h.frag_off = rng_below(&rng, 8) ? 0 : 8 * 8191;
	h.total_len = (uint16_t)rng_below(&rng, 64);
	h.src = rng_u32(&rng);
	h.dst = rng_u32(&rng);
	return h;
}

static void fix_checksum(uint8_t *p)
{
	store_be16(p + 10, 0);
	store_be16(p + 10, checksum_finish(sum_bytes(0, p, 20)));
}

/* Both say the same of 64 bytes of which `head_len` are contiguous. */
static bool agree(const uint8_t *p, uint32_t head_len, uint32_t len)
{
	struct ip4_plain plain = {0};
	struct ip4_header h;
	bool good = ip4_parse(p, head_len, len, &h) == 0 &&
		    h.header_len == 20 && !ip4_is_fragment(&h);

	assert_int_equal(ip4_read_plain(p, head_len, len, &plain), good);
	if (!good)
		return false;
	assert_int_equal(plain.tos, h.tos);
	assert_int_equal(plain.ttl, h.ttl);
	assert_int_equal(plain.proto, h.proto);
	assert_int_equal(plain.df, h.df);
	assert_int_equal(plain.id, h.id);
	assert_int_equal(plain.total_len, h.total_len);
	assert_int_equal(plain.src, h.src);
	assert_int_equal(plain.dst, h.dst);
	return true;
}

static void reads_what_parse_reads(void **state)
{
	int n_good = 0, n_bad = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct ip4_header h = some_header();
		uint8_t p[64] = {0};

		ip4_emit(p, &h);
		if (rng_below(&rng, 4) == 0)
			p[rng_below(&rng, 20)] ^=
				(uint8_t)(1U << rng_below(&rng, 8));
		if (rng_below(&rng, 2))
			fix_checksum(p);
		if (agree(p, rng_below(&rng, 8) ? 64 : rng_below(&rng, 24), 64))
			n_good++;
		else
			n_bad++;
		agree(p, 20, 20 + rng_below(&rng, 45));
	}
	assert_true(n_good > 50000);
	assert_true(n_bad > 50000);
}

/* Every header that is too short, or whose lengths are at their limits. */
static void lengths(void **state)
{
	struct ip4_header h = some_header();
	uint8_t p[64] = {0};

	(void)state;
	h.mf = false;
	h.frag_off = 0;
	for (uint32_t total = 0; total <= 64; total++) {
		h.total_len = (uint16_t)total;
		ip4_emit(p, &h);
		for (uint32_t len = 0; len <= 64; len++)
			agree(p, len, len);
	}
	h.total_len = 20;
	ip4_emit(p, &h);
	assert_true(agree(p, 20, 20));
	assert_false(agree(p, 19, 20));
}

static void writes_what_emit_writes(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct ip4_header h = some_header();
		struct ip4_plain plain = {
			.tos = h.tos,
			.ttl = h.ttl,
			.proto = h.proto,
			.df = h.df,
			.id = h.id,
			.total_len = h.total_len,
			.src = h.src,
			.dst = h.dst,
		};
		uint8_t a[20], b[20];

		h.mf = false;
		h.frag_off = 0;
		ip4_emit(a, &h);
		ip4_write_plain(b, &plain);
		assert_memory_equal(a, b, 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_parse_reads),
		cmocka_unit_test(lengths),
		cmocka_unit_test(writes_what_emit_writes),
	};

	return cmocka_run_group_tests(tests, seed, NULL);
}
