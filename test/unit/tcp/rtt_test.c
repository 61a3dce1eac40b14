/* SPDX-License-Identifier: ISC */
/*
 * rtt_test.c - RTO by the formulas of RFC 6298, against floating point
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/rtt.h"
#include "unit/base/dice.h"

#define S  UINT64_C(1000000000)
#define MS UINT64_C(1000000)
#define US UINT64_C(1000)

/* Bounds that do not touch what is tested. */
static const struct rtt_limits wide = {
	.initial_us = 1000000, .min_us = 1, .max_us = 4000000000};
static const struct rtt_limits usual = {
	.initial_us = 1000000, .min_us = 200000, .max_us = 120000000};

static struct rtt fresh(const struct rtt_limits *lim)
{
	struct rtt r;

	rtt_init(&r, lim);
	return r;
}

/* MUST-18: RFC 6298 2.1, before any sample. */
static void initial(void **state)
{
	static const struct rtt_limits odd = {
		.initial_us = 1000, .min_us = 200000, .max_us = 500000};
	struct rtt r = fresh(&usual);

	(void)state;
	assert_int_equal(r.srtt_us, 0);
	assert_int_equal(r.min_us, 0);
	assert_int_equal(rtt_rto(&r, &usual, 0), 1000 * MS);
	r = fresh(&odd); /* the bounds are for the initial value too */
	assert_int_equal(rtt_rto(&r, &odd, 0), 200 * MS);
}

/* MUST-18: RFC 6298 2.2. */
static void first_sample(void **state)
{
	struct rtt r = fresh(&wide);

	(void)state;
	rtt_sample(&r, &wide, 100 * MS, 1);
	assert_int_equal(r.srtt_us, 100000);
	assert_int_equal(r.rttvar_us, 50000);
	assert_int_equal(r.rto_us, 300000);
	assert_int_equal(r.min_us, 100000);
}

/* Linux: what is added to SRTT has a least value, not the sum. */
static void least_added(void **state)
{
	static const struct rtt_limits added = {.initial_us = 1000000,
						.min_us = 200000,
						.max_us = 120000000,
						.add_min = true};
	struct rtt r = fresh(&added);
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		rtt_sample(&r, &added, 100 * MS, 1);
	assert_int_equal(r.rto_us, 300000);
	rtt_sample(&r, &added, 900 * MS, 1); /* SRTT 200, RTTVAR 200 ms */
	assert_in_range(r.rto_us, 999000, 1001000);
}

/* MUST-18: RFC 6298 2.3; RTTVAR is taken with the SRTT before the sample. */
static void order_of_updates(void **state)
{
	struct rtt r = fresh(&wide);

	(void)state;
	rtt_sample(&r, &wide, 100 * MS, 1);
	rtt_sample(&r, &wide, 180 * MS, 1);
	/* 3/4 * 50 + 1/4 * |100 - 180|; with the new SRTT it would be 55. */
	assert_int_equal(r.rttvar_us, 57500);
	assert_int_equal(r.srtt_us, 110000);
	assert_int_equal(r.rto_us, 110000 + 4 * 57500);
	rtt_sample(&r, &wide, 30 * MS, 1);
	assert_int_equal(r.rttvar_us, 63125);
	assert_int_equal(r.srtt_us, 100000);
	assert_int_equal(r.min_us, 30000);
}

/* MUST-18: RFC 6298 2.4 and 2.5, bounds of the whole RTO. */
static void bounds(void **state)
{
	struct rtt r = fresh(&usual);
	int i;

	(void)state;
	rtt_sample(&r, &usual, 1 * MS, 1);
	assert_int_equal(r.rto_us, 200000);
	rtt_sample(&r, &usual, 500000 * MS, 1);
	assert_int_equal(r.rto_us, 120000000);
	assert_int_equal(r.min_us, 1000);
	r = fresh(&usual);
	rtt_sample(&r, &usual, 66667 * US, 1); /* three times this is above */
	assert_in_range(r.rto_us, 200001, 200003);
	for (i = 0; i < 100; i++)
		rtt_sample(&r, &usual, UINT64_MAX, 1);
	assert_int_equal(r.rto_us, 120000000);
}

/* RFC 6298 2.3: with no variance left, G stands in: a tick of the wheel. */
static void granularity(void **state)
{
	struct rtt r = fresh(&wide);
	int i;

	(void)state;
	for (i = 0; i < 200; i++)
		rtt_sample(&r, &wide, 100 * MS, 1);
	assert_int_equal(r.srtt_us, 100000);
	assert_int_equal(r.rttvar_us, 0);
	assert_int_equal(r.rto_us, 100009);
}

/* A sample is never 0, which would mean that there is none. */
static void tiny_samples(void **state)
{
	struct rtt r = fresh(&wide);

	(void)state;
	rtt_sample(&r, &wide, 0, 1);
	assert_int_equal(r.srtt_us, 1);
	assert_int_equal(r.min_us, 1);
	rtt_sample(&r, &wide, 999, 1);
	assert_int_equal(r.srtt_us, 1);
	assert_int_equal(r.min_us, 1);
}

/* MUST-18: RFC 6298 5.5. */
static void backoff(void **state)
{
	struct rtt r = fresh(&usual);
	unsigned int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		uint64_t want = i < 7 ? (1000 * MS) << i : 120000 * MS;

		assert_int_equal(rtt_rto(&r, &usual, i), want);
	}
	assert_int_equal(rtt_rto(&r, &usual, UINT32_MAX), 120000 * MS);
}

static double distance(double a, double b)
{
	return a > b ? a - b : b - a;
}

/* The formulas, as RFC 6298 and RFC 7323 appendix G print them. */
static void agrees_with_formulas(void **state)
{
	static const uint32_t counts[] = {0, 1, 2, 7, 100, 1000};
	struct dice d = {5};
	size_t c;
	int i;

	(void)state;
	for (c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		double n = counts[c] ? counts[c] : 1, srtt = 0, rttvar = 0;
		struct rtt r = fresh(&wide);

		for (i = 0; i < 20000; i++) {
			uint64_t ns = 20 * US + dice_below(&d, 400000);
			double us = (double)ns / 1000;

			rtt_sample(&r, &wide, ns, counts[c]);
			if (i == 0) {
				srtt = us;
				rttvar = us / 2;
			} else {
				rttvar +=
					(distance(srtt, us) - rttvar) / (4 * n);
				srtt += (us - srtt) / (8 * n);
			}
			assert_true(distance(srtt, r.srtt_us) < 1.5);
			assert_true(distance(rttvar, r.rttvar_us) < 1.5);
			assert_true(distance(srtt + 4 * rttvar, r.rto_us) < 6);
		}
	}
}

/*
 * RFC 7323 appendix G: with a hundred samples in a round trip, a few late ones
 * do not wipe out what is known; and small differences still count.
 */
static void many_samples(void **state)
{
	struct rtt r = fresh(&wide);
	int i;

	(void)state;
	rtt_sample(&r, &wide, 100 * US, 100);
	for (i = 0; i < 10; i++)
		rtt_sample(&r, &wide, 900 * US, 100);
	assert_in_range(r.srtt_us, 109, 110);
	r = fresh(&wide);
	rtt_sample(&r, &wide, 100 * US, 100);
	for (i = 0; i < 5000; i++)
		rtt_sample(&r, &wide, 150 * US, 100);
	assert_in_range(r.srtt_us, 149, 150);
}

/* RFC 8985 6.2: RACK.min_RTT is that of a window, not of all time. */
static void the_least_is_forgotten(void **state)
{
	const uint64_t wlen = 300 * S;
	struct rtt_window w = {0};
	struct rtt r = fresh(&wide);
	uint64_t now = 1;

	(void)state;
	rtt_sample(&r, &wide, 10 * MS, 1);
	rtt_forget(&r, &w, now, wlen, 10000);
	assert_int_equal(r.min_us, 10000);
	for (; now < 140 * S; now += S) {
		rtt_sample(&r, &wide, 50 * MS, 1);
		rtt_forget(&r, &w, now, wlen, 50000);
		assert_int_equal(r.min_us, 10000);
	}
	for (; now < 290 * S; now += S) {
		rtt_sample(&r, &wide, 40 * MS, 1);
		rtt_forget(&r, &w, now, wlen, 40000);
		assert_int_equal(r.min_us, 10000);
	}
	for (; now < 310 * S; now += S) {
		rtt_sample(&r, &wide, 60 * MS, 1);
		rtt_forget(&r, &w, now, wlen, 60000);
	}
	assert_int_equal(r.min_us, 40000); /* of the half before */
	now += 2 * wlen;		   /* silence */
	rtt_sample(&r, &wide, 70 * MS, 1);
	rtt_forget(&r, &w, now, wlen, 70000);
	assert_int_equal(r.min_us, 70000);
	rtt_sample(&r, &wide, 65 * MS, 1); /* a smaller one counts at once */
	rtt_forget(&r, &w, now + 1, wlen, 65000);
	assert_int_equal(r.min_us, 65000);
}

/* net.ipv4.tcp_min_rtt_wlen 0: the last one. */
static void no_window(void **state)
{
	struct rtt_window w = {0};
	struct rtt r = fresh(&wide);

	(void)state;
	rtt_sample(&r, &wide, 10 * MS, 1);
	rtt_forget(&r, &w, 5, 0, 10000);
	rtt_sample(&r, &wide, 20 * MS, 1);
	rtt_forget(&r, &w, 6, 0, 20000);
	assert_int_equal(r.min_us, 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(initial),
		cmocka_unit_test(first_sample),
		cmocka_unit_test(least_added),
		cmocka_unit_test(order_of_updates),
		cmocka_unit_test(bounds),
		cmocka_unit_test(granularity),
		cmocka_unit_test(tiny_samples),
		cmocka_unit_test(backoff),
		cmocka_unit_test(agrees_with_formulas),
		cmocka_unit_test(many_samples),
		cmocka_unit_test(the_least_is_forgotten),
		cmocka_unit_test(no_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
