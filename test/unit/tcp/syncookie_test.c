/* SPDX-License-Identifier: ISC */
/*
 * syncookie_test.c - what a cookie remembers, how long, and who can forge it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/syncookie.h"
#include "unit/base/dice.h"

#define SECOND UINT64_C(1000000000)
#define MS     UINT64_C(1000000)
#define NOW    (UINT64_C(6400) * SECOND) /* a period begins */

static const struct siphash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
static const struct tern_tuple tuple = {0x0a000001, 0x0a000002, 80, 40000};
static const struct seq irs = {0xfffffff0};

/* Without a timestamp. */
static bool check(struct seq iss, uint64_t now, struct syncookie *c)
{
	const struct syncookie_echo e = {.irs = irs, .iss = iss};

	return syncookie_check(&key, &tuple, &e, now, c);
}

/* With one. */
static bool check_ts(struct seq iss, uint32_t ts_ecr, uint64_t now,
		     struct syncookie *c)
{
	const struct syncookie_echo e = {irs, iss, true, ts_ecr};

	return syncookie_check(&key, &tuple, &e, now, c);
}

/* Of another tuple, at NOW. */
static bool check_tuple(struct seq iss, const struct tern_tuple *t)
{
	const struct syncookie_echo e = {.irs = irs, .iss = iss};
	struct syncookie c;

	return syncookie_check(&key, t, &e, NOW, &c);
}

static void mss_is_rounded_down(void **state)
{
	static const uint16_t rows[][2] = {
		{0, 216},      {215, 216},   {216, 216},   {535, 216},
		{536, 536},    {1023, 536},  {1024, 1024}, {1220, 1220},
		{1359, 1220},  {1360, 1360}, {1440, 1440}, {1459, 1440},
		{1460, 1460},  {8939, 1460}, {8940, 8940}, {8960, 8940},
		{65535, 8940},
	};
	struct syncookie c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct seq iss =
			syncookie_make(&key, &tuple, irs, rows[i][0], NOW);

		assert_true(check(iss, NOW, &c));
		assert_int_equal(c.mss, rows[i][1]);
		assert_false(c.ts || c.sack || c.wscale_ok);
		assert_int_equal(c.wscale, 0);
	}
}

/* Good in its period and in the one after it: 64 to 128 s. */
static void grows_old(void **state)
{
	struct seq first = syncookie_make(&key, &tuple, irs, 1460, NOW);
	struct seq last =
		syncookie_make(&key, &tuple, irs, 1460, NOW + 64 * SECOND - 1);
	struct syncookie c;

	(void)state;
	assert_true(check(first, NOW + 128 * SECOND - 1, &c));
	assert_false(check(first, NOW + 128 * SECOND, &c));
	assert_true(check(last, NOW + 128 * SECOND - 1, &c));
	assert_false(check(last, NOW + 128 * SECOND, &c));
	assert_false(check(first, NOW - 1, &c)); /* from the future */
	assert_false(check(first, UINT64_MAX, &c));
	/* The clock of a simulation begins at 0. */
	first = syncookie_make(&key, &tuple, irs, 1460, 0);
	assert_true(check(first, 0, &c));
	assert_true(check(first, 128 * SECOND - 1, &c));
}

/* Each bit of what is hashed, and of the cookie, counts. */
static void any_change_is_found(void **state)
{
	struct seq iss = syncookie_make(&key, &tuple, irs, 1460, NOW);
	const struct syncookie_echo e = {.irs = irs, .iss = iss};
	struct siphash_key k = key;
	struct tern_tuple t;
	struct syncookie c;
	int i;

	(void)state;
	for (i = 0; i < 32; i++) {
		struct seq bad = {iss.u ^ UINT32_C(1) << i};
		const struct syncookie_echo other = {
			.irs = {irs.u ^ UINT32_C(1) << i},
			.iss = iss,
		};

		assert_false(check(bad, NOW, &c));
		assert_false(syncookie_check(&key, &tuple, &other, NOW, &c));
		t = tuple;
		t.laddr ^= UINT32_C(1) << i;
		assert_false(check_tuple(iss, &t));
		t = tuple;
		t.raddr ^= UINT32_C(1) << i;
		assert_false(check_tuple(iss, &t));
		t = tuple;
		if (i < 16)
			t.lport ^= (uint16_t)(1U << i);
		else
			t.rport ^= (uint16_t)(1U << (i - 16));
		assert_false(check_tuple(iss, &t));
	}
	k.k1 ^= 1;
	assert_false(syncookie_check(&k, &tuple, &e, NOW, &c));
}

/* All options there and back, from each place in the clock's 128 ms. */
static void options_in_timestamp(void **state)
{
	struct syncookie in = {.ts = true}, out;
	uint32_t ms, ts;
	int bits;

	(void)state;
	for (ms = 0; ms < 256; ms++)
		for (bits = 0; bits < 64; bits++) {
			uint64_t now = NOW + 3 * SECOND + ms * MS;
			uint32_t clock = (uint32_t)(now / MS);
			struct seq iss =
				syncookie_make(&key, &tuple, irs, 1460, now);

			in.wscale = (uint8_t)(bits & 15);
			in.wscale_ok = in.wscale <= 14;
			in.sack = bits & 16;
			in.ecn = bits & 32;
			ts = syncookie_timestamp(clock, &in);
			assert_true(clock - ts < 128);
			assert_true(check_ts(iss, ts, now + SECOND, &out));
			assert_true(out.ts);
			assert_int_equal(out.sack, in.sack);
			assert_int_equal(out.ecn, in.ecn);
			assert_int_equal(out.wscale_ok, in.wscale_ok);
			assert_int_equal(out.wscale,
					 in.wscale_ok ? in.wscale : 0);
		}
}

/* RFC 7323 2.3: more than 14 is 14, and not taken for "none". */
static void shift_is_limited(void **state)
{
	struct syncookie in = {.wscale_ok = true, .wscale = 15}, out;
	uint32_t ts = syncookie_timestamp((uint32_t)(NOW / MS), &in);
	struct seq iss = syncookie_make(&key, &tuple, irs, 1460, NOW);

	(void)state;
	assert_true(check_ts(iss, ts, NOW, &out));
	assert_true(out.wscale_ok);
	assert_int_equal(out.wscale, 14);
}

/* The timestamp must be of the cookie's period, also where that is around 0. */
static void old_timestamp_is_refused(void **state)
{
	struct syncookie in = {.sack = true}, out;
	uint64_t starts[] = {0, NOW, (UINT64_C(67108) * 64) * SECOND};
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		uint64_t now = starts[i];
		uint32_t first = (uint32_t)(now / MS);
		uint32_t last = first + 63999;
		struct seq iss = syncookie_make(&key, &tuple, irs, 1460, now);
		uint32_t good[] = {syncookie_timestamp(first, &in),
				   syncookie_timestamp(last, &in)};
		uint32_t bad[] = {syncookie_timestamp(first - 128, &in),
				  syncookie_timestamp(last + 256, &in),
				  syncookie_timestamp(first + (1U << 31), &in)};
		int k;

		for (k = 0; k < 2; k++)
			assert_true(check_ts(iss, good[k], now, &out));
		for (k = 0; k < 3; k++)
			assert_false(check_ts(iss, bad[k], now, &out));
	}
}

/* The bit that has no use yet must be 0. */
static void spare_bit_is_zero(void **state)
{
	struct syncookie in = {.sack = true}, out;
	uint32_t ts = syncookie_timestamp((uint32_t)(NOW / MS) + 640, &in);
	struct seq iss = syncookie_make(&key, &tuple, irs, 1460, NOW);

	(void)state;
	assert_true(check_ts(iss, ts, NOW, &out));
	assert_false(check_ts(iss, ts | 64, NOW, &out));
}

/*
 * Who has not seen the SYN,ACK guesses: right once in 2^28.  Of 2^22 guesses
 * then, four are accepted less than once in 10^8 runs; the key is fixed, so
 * what happens here happens always.
 */
static void guesses_are_refused(void **state)
{
	struct dice d = {6};
	struct syncookie c;
	int i, n = 0;

	(void)state;
	for (i = 0; i < 1 << 22; i++) {
		struct seq iss = {(uint32_t)dice_u64(&d)};

		n += check(iss, NOW, &c);
	}
	assert_in_range(n, 0, 3);
}

/* Cookies spread over the whole space: any byte of them is as likely. */
static void cookies_are_spread(void **state)
{
	static uint32_t count[3][256];
	struct tern_tuple t = tuple;
	double sum, diff;
	int i, b, v;

	(void)state;
	for (i = 0; i < 65536; i++) {
		uint32_t iss;

		t.rport = (uint16_t)i;
		iss = syncookie_make(&key, &t, irs, 1460, NOW).u;
		for (b = 0; b < 3; b++)
			count[b][iss >> (8 * b + 8) & 255]++;
	}
	for (b = 0; b < 3; b++) {
		for (sum = 0, v = 0; v < 256; v++) {
			diff = (double)count[b][v] - 256;
			sum += diff * diff / 256;
		}
		assert_true(sum < 360);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mss_is_rounded_down),
		cmocka_unit_test(grows_old),
		cmocka_unit_test(any_change_is_found),
		cmocka_unit_test(options_in_timestamp),
		cmocka_unit_test(shift_is_limited),
		cmocka_unit_test(old_timestamp_is_refused),
		cmocka_unit_test(spare_bit_is_zero),
		cmocka_unit_test(guesses_are_refused),
		cmocka_unit_test(cookies_are_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
