/* SPDX-License-Identifier: ISC */
/*
 * iss_test.c - initial sequence numbers and timestamp offsets
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/iss.h"

#define SECOND UINT64_C(1000000000)

static const struct siphash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
static const struct siphash_key other = {0x0706050403020101,
					 0x0f0e0d0c0b0a0908};
static const struct tern_tuple tuple = {0x0a000001, 0x0a000002, 80, 40000};

static struct seq generate(const struct siphash_key *k,
			   const struct tern_tuple *t, uint64_t now)
{
	return iss_at(iss_secret(k, t), now);
}

static uint32_t offset(const struct siphash_key *k, const struct tern_tuple *t)
{
	return iss_timestamp_offset(iss_secret(k, t));
}

/* MUST-8: M ticks every 4 us, and wraps. */
static void grows_with_clock(void **state)
{
	struct seq a = generate(&key, &tuple, 0);
	uint64_t wrap = (UINT64_C(1) << 32) * 4000; /* 4.77 hours */

	(void)state;
	assert_int_equal(generate(&key, &tuple, 3999).u, a.u);
	assert_int_equal(generate(&key, &tuple, 4000).u, a.u + 1);
	assert_int_equal(generate(&key, &tuple, SECOND).u, a.u + 250000);
	assert_int_equal(generate(&key, &tuple, wrap - 1).u, a.u - 1);
	assert_int_equal(generate(&key, &tuple, wrap).u, a.u);
	assert_int_equal(generate(&key, &tuple, UINT64_MAX).u,
			 (uint32_t)(a.u + UINT64_MAX / 4000));
}

/* SHLD-1: every part of the tuple goes into F, and so does the secret. */
static void depends_on_all(void **state)
{
	struct tern_tuple t[] = {tuple, tuple, tuple, tuple, tuple, tuple};
	uint32_t iss[7], ts[7];
	int i, k;

	(void)state;
	t[1].laddr ^= 1;
	t[2].raddr ^= 1;
	t[3].lport ^= 1;
	t[4].rport ^= 1;
	t[5].lport = tuple.rport; /* the other end of it */
	t[5].rport = tuple.lport;
	t[5].laddr = tuple.raddr;
	t[5].raddr = tuple.laddr;
	for (i = 0; i < 6; i++) {
		iss[i] = generate(&key, &t[i], 0).u;
		ts[i] = offset(&key, &t[i]);
	}
	iss[6] = generate(&other, &tuple, 0).u;
	ts[6] = offset(&other, &tuple);
	for (i = 0; i < 7; i++) {
		assert_int_not_equal(iss[i], ts[i]); /* two halves */
		for (k = 0; k < i; k++) {
			assert_int_not_equal(iss[i], iss[k]);
			assert_int_not_equal(ts[i], ts[k]);
		}
	}
}

static double chi2(const uint32_t *count, int n, double expected)
{
	double sum = 0;
	int i;

	for (i = 0; i < n; i++)
		sum += ((double)count[i] - expected) *
		       ((double)count[i] - expected) / expected;
	return sum;
}

/*
 * MUST-9: what one tuple is given says nothing about the next one: of the
 * differences between neighbours, each byte is as likely as any.
 */
static void tuples_are_independent(void **state)
{
	static uint32_t count[2][4][256];
	struct tern_tuple t = tuple;
	uint32_t i, iss, ts, last_iss = 0, last_ts = 0;
	int n, b;

	(void)state;
	for (i = 0; i < 100000; i++) {
		t.rport = (uint16_t)i;
		t.raddr = i >> 16;
		iss = generate(&key, &t, i * SECOND / 1000).u;
		ts = offset(&key, &t);
		for (b = 0; b < 4; b++) {
			count[0][b][(iss - last_iss) >> 8 * b & 255]++;
			count[1][b][(ts - last_ts) >> 8 * b & 255]++;
		}
		last_iss = iss;
		last_ts = ts;
	}
	/* 255 degrees of freedom: above 360 once in 10^5. */
	for (n = 0; n < 2; n++)
		for (b = 0; b < 4; b++)
			assert_true(chi2(count[n][b], 256, 100000 / 256.0) <
				    360);
}

/* The same clock over all connections of a tuple. */
static void offset_is_constant(void **state)
{
	(void)state;
	assert_int_equal(offset(&key, &tuple), offset(&key, &tuple));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_with_clock),
		cmocka_unit_test(depends_on_all),
		cmocka_unit_test(tuples_are_independent),
		cmocka_unit_test(offset_is_constant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
