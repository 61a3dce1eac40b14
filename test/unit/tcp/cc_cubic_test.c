/* SPDX-License-Identifier: ISC */
/*
 * cc_cubic_test.c - CUBIC, RFC 9438, beside the RFC's formulas in floating
 * point
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/cc.h"

#define SMSS UINT32_C(1000)
#define MS   UINT64_C(1000000)
#define SEC  (1000 * MS)

struct flow_of_one {
	struct cc c;
	struct cc_cold f;
	struct cc_now at;
};

static void begin(struct flow_of_one *x, uint32_t cwnd, uint32_t ssthresh,
		  uint32_t rtt_ms)
{
	memset(x, 0, sizeof(*x));
	x->c.cwnd = cwnd * SMSS;
	x->c.ssthresh = ssthresh == UINT32_MAX ? ssthresh : ssthresh * SMSS;
	x->at.now = 1000 * SEC;
	x->at.smss = SMSS;
	x->at.srtt_us = rtt_ms * 1000;
	x->at.init_cwnd = 10;
}

static void ack(struct flow_of_one *x, uint32_t bytes, bool limited)
{
	const struct cc_ack a = {
		.at = x->at,
		.acked = bytes,
		.delivered = bytes,
		.cwnd_limited = limited,
	};

	cc_cubic.on_ack(&x->c, &x->f, &a);
}

/* Fast recovery, which PRR ends with cwnd = ssthresh. */
static void lose(struct flow_of_one *x)
{
	x->at.inflight = x->c.cwnd;
	cc_cubic.on_loss(&x->c, &x->f, &x->at);
	x->c.cwnd = x->c.ssthresh;
}

/* A round trip, in which a window is acknowledged in steps of 1/100. */
static void round_trip(struct flow_of_one *x, bool limited)
{
	const uint64_t step = (uint64_t)x->at.srtt_us * 10;
	int i;

	for (i = 0; i < 100; i++) {
		x->at.now += step;
		ack(x, x->c.cwnd / 100, limited);
	}
}

static double segments(const struct flow_of_one *x)
{
	return (double)x->c.cwnd / SMSS;
}

/* RFC 9438 (1) and (2). */
static double formula(double w_max, double cwnd_epoch, double t)
{
	const double k = cbrt((w_max - cwnd_epoch) / 0.4);

	return 0.4 * pow(t - k, 3) + w_max;
}

/*
 * 4.2: after a loss at W_max the window is that of the formula, within a round
 * trip's growth: concave to K, convex after it, over four orders of magnitude.
 */
static void window_over_time(void **state)
{
	static const uint32_t w_max[] = {300, 1000, 10000, 100000, 1000000};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(w_max) / sizeof(w_max[0]); i++) {
		const double w = w_max[i];
		const double k = cbrt(w * 0.3 / 0.4);
		struct flow_of_one x;
		uint64_t start;
		double t;

		begin(&x, w_max[i], w_max[i] / 2, 100);
		lose(&x);
		assert_int_equal(x.c.cwnd, w_max[i] * 700);
		ack(&x, SMSS, true); /* congestion avoidance begins */
		start = x.at.now;
		for (t = 0; t < 1.5 * k; t = (double)(x.at.now - start) / 1e9) {
			const double lo = formula(w, 0.7 * w, t);
			const double hi = formula(w, 0.7 * w, t + 0.1);

			assert_true(segments(&x) > lo - 0.002 * w - 1);
			assert_true(segments(&x) < hi + 0.002 * w + 1);
			round_trip(&x, true);
		}
		assert_true(segments(&x) > w);
	}
}

/* Where the loss was is still known after a silence, which takes the rest: the
 * window makes for it, and does not set out from where it stands. */
static void outlives_silence(void **state)
{
	struct flow_of_one x, fresh;
	struct cc_memo m;
	int i;

	(void)state;
	begin(&x, 1000, 500, 100);
	assert_false(cc_cubic.save(&x.f, &m)); /* no loss, nothing to know */
	lose(&x);
	assert_true(cc_cubic.save(&x.f, &m));
	memset(&x.f, 0, sizeof(x.f));
	fresh = x;
	cc_cubic.restore(&x.c, &x.f, &x.at, &m);
	for (i = 0; i < 45; i++) { /* half of K */
		round_trip(&x, true);
		round_trip(&fresh, true);
	}
	assert_true(segments(&x) > 950);
	assert_true(segments(&fresh) < 800);
}

/* 4.2: the plateau is where the loss was, at K. */
static void reaches_w_max_at_k(void **state)
{
	struct flow_of_one x;
	const double k = cbrt(1000 * 0.3 / 0.4); /* 9.09 s */

	(void)state;
	begin(&x, 1000, 500, 100);
	lose(&x);
	while (x.at.now < 1000 * SEC + (uint64_t)((k - 1) * 1e9))
		round_trip(&x, true);
	assert_true(x.c.cwnd < 1000 * SMSS);
	assert_true(x.c.cwnd > 997 * SMSS);
	while (x.at.now < 1000 * SEC + (uint64_t)((k + 1) * 1e9))
		round_trip(&x, true);
	assert_true(x.c.cwnd > 1000 * SMSS);
	assert_true(x.c.cwnd < 1003 * SMSS);
}

/* 4.3: on a short path W_est is ahead: alpha = 9/17 of a segment a round trip
 * up to cwnd_prior, then a whole one. */
static void reno_friendly(void **state)
{
	struct flow_of_one x;
	double was;
	int i;

	(void)state;
	begin(&x, 100, 50, 1);
	lose(&x);
	for (i = 0; i < 10; i++)
		round_trip(&x, true);
	was = segments(&x);
	for (i = 0; i < 17; i++)
		round_trip(&x, true);
	assert_true(fabs(segments(&x) - was - 9) < 0.5);
	while (x.c.cwnd < 100 * SMSS)
		round_trip(&x, true);
	was = segments(&x);
	for (i = 0; i < 17; i++)
		round_trip(&x, true);
	assert_true(fabs(segments(&x) - was - 17) < 1);
}

/* 4.3: bytes count, not ACKs. */
static void ack_division(void **state)
{
	struct flow_of_one x, y;
	int i;

	(void)state;
	begin(&x, 100, 50, 100);
	lose(&x);
	ack(&x, 1, true);
	y = x;
	x.at.now += 5 * SEC;
	y.at.now += 5 * SEC;
	ack(&x, 1000, true);
	for (i = 0; i < 1000; i++)
		ack(&y, 1, true);
	assert_in_range(y.c.cwnd, x.c.cwnd - 5, x.c.cwnd);
}

/* 4.4: the target is at most half more than the window. */
static void target_has_an_end(void **state)
{
	struct flow_of_one x;

	(void)state;
	begin(&x, 100, 50, 100);
	lose(&x);
	ack(&x, 1, true);
	x.at.now += 3600 * SEC;
	ack(&x, 70 * SMSS, true); /* a whole window */
	assert_in_range(x.c.cwnd, 104 * SMSS, 105 * SMSS);
}

/* 4.6: beta = 0.7, at least two segments. */
static void multiplicative_decrease(void **state)
{
	struct flow_of_one x;

	(void)state;
	begin(&x, 100, 50, 100);
	x.at.inflight = 80 * SMSS; /* FlightSize, not cwnd */
	cc_cubic.on_loss(&x.c, &x.f, &x.at);
	assert_int_equal(x.c.ssthresh, 56 * SMSS);
	assert_int_equal(x.c.cwnd, 100 * SMSS); /* repair's to set */
	x.at.inflight = SMSS;
	cc_cubic.on_loss(&x.c, &x.f, &x.at);
	assert_int_equal(x.c.ssthresh, 2 * SMSS);
}

/* RFC 8511 4.1: 0.85 for a mark, but not in slow start. */
static void ecn(void **state)
{
	struct flow_of_one x;

	(void)state;
	begin(&x, 100, 50, 100);
	x.at.inflight = 100 * SMSS;
	cc_cubic.on_ecn(&x.c, &x.f, &x.at);
	assert_int_equal(x.c.ssthresh, 85 * SMSS);
	assert_int_equal(x.c.cwnd, 85 * SMSS);
	begin(&x, 100, 50, 100);
	x.at.inflight = 100 * SMSS;
	x.at.no_abe = true;
	cc_cubic.on_ecn(&x.c, &x.f, &x.at);
	assert_int_equal(x.c.cwnd, 70 * SMSS);
	begin(&x, 100, UINT32_MAX, 100);
	x.at.inflight = 100 * SMSS;
	cc_cubic.on_ecn(&x.c, &x.f, &x.at);
	assert_int_equal(x.c.cwnd, 70 * SMSS);
}

/* 4.7: below the last W_max the next one is 0.85 of the window. */
static void fast_convergence(void **state)
{
	struct flow_of_one x;
	double k;

	(void)state;
	begin(&x, 1000, 500, 100);
	lose(&x); /* W_max = 1000, cwnd = 700 */
	ack(&x, 1, true);
	lose(&x); /* W_max = 700 * 0.85 = 595, cwnd = 490 */
	assert_int_equal(x.c.cwnd, 490 * SMSS);
	k = cbrt(105 / 0.4);
	while (x.at.now < 1000 * SEC + (uint64_t)(k * 1e9))
		round_trip(&x, true);
	assert_true(fabs(segments(&x) - 595) < 2);
}

/* ... below it: at W_max itself the next one is the window. */
static void no_fast_convergence_at_w_max(void **state)
{
	struct flow_of_one x;
	double k = cbrt(300 / 0.4);

	(void)state;
	begin(&x, 1000, 500, 100);
	lose(&x);
	ack(&x, 1, true);
	x.c.cwnd = 1000 * SMSS;
	lose(&x);
	assert_int_equal(x.c.cwnd, 700 * SMSS);
	while (x.at.now < 1000 * SEC + (uint64_t)(k * 1e9))
		round_trip(&x, true);
	assert_true(fabs(segments(&x) - 1000) < 3);
}

/* 4.3: where both windows are equal W_cubic is what is followed. */
static void equal_windows(void **state)
{
	struct flow_of_one x;

	(void)state;
	begin(&x, 1000, 500, 2000);
	x.at.inflight = 1000 * SMSS;
	cc_cubic.on_rto(&x.c, &x.f, &x.at, false);
	x.c.cwnd = x.c.ssthresh; /* K = 0: W_cubic and W_est are cwnd */
	ack(&x, SMSS, true);
	/* The target is 0.4 * 2^3 segments more, of which 1/700 is due. */
	assert_int_equal(x.c.cwnd, 700 * SMSS + 3200 / 700);
}

/* 4.8: after a timeout K = 0, and W_max is where slow start ended. */
static void timeout(void **state)
{
	struct flow_of_one x;
	uint64_t start;

	(void)state;
	begin(&x, 1000, 500, 100);
	x.at.inflight = 1000 * SMSS;
	cc_cubic.on_rto(&x.c, &x.f, &x.at, false);
	assert_int_equal(x.c.ssthresh, 700 * SMSS);
	assert_int_equal(x.c.cwnd, SMSS);
	x.at.inflight = SMSS;
	cc_cubic.on_rto(&x.c, &x.f, &x.at, true);
	assert_int_equal(x.c.ssthresh, 700 * SMSS);
	x.c.cwnd = x.c.ssthresh;
	ack(&x, 1, true);
	start = x.at.now;
	while (x.at.now < start + 5 * SEC)
		round_trip(&x, true);
	assert_true(segments(&x) > 700 + 0.4 * 125 - 3);
	assert_true(segments(&x) < 700 + 0.4 * pow(5.1, 3) + 3);
}

/* 4.2, 5.8: t stands still while the window is not what limits, or nothing is
 * in flight. */
static void time_that_does_not_count(void **state)
{
	struct flow_of_one x, y;
	int i;

	(void)state;
	begin(&x, 1000, 500, 100);
	lose(&x);
	for (i = 0; i < 20; i++)
		round_trip(&x, true);
	y = x;
	for (i = 0; i < 50; i++)
		round_trip(&x, false);
	assert_int_equal(x.c.cwnd, y.c.cwnd);
	x.at.now += 50 * SEC;
	cc_cubic.start_clock(&x.f, x.at.now);
	for (i = 0; i < 20; i++) {
		round_trip(&x, true);
		round_trip(&y, true);
	}
	assert_int_equal(x.c.cwnd, y.c.cwnd);
}

/* 4.9: as if it had not been. */
static void undo(void **state)
{
	struct flow_of_one x, y;
	int i;

	(void)state;
	begin(&x, 1000, 500, 100);
	lose(&x);
	for (i = 0; i < 20; i++)
		round_trip(&x, true);
	y = x;
	lose(&x);
	cc_cubic.on_undo(&x.c, &x.f, &x.at, y.c.cwnd, y.c.ssthresh);
	assert_int_equal(x.c.cwnd, y.c.cwnd);
	assert_int_equal(x.c.ssthresh, y.c.ssthresh);
	for (i = 0; i < 100; i++) {
		round_trip(&x, true);
		round_trip(&y, true);
	}
	assert_int_equal(x.c.cwnd, y.c.cwnd);
	y = x;
	y.at.inflight = y.c.cwnd;
	cc_cubic.on_rto(&y.c, &y.f, &y.at, false);
	cc_cubic.on_undo(&y.c, &y.f, &y.at, x.c.cwnd, x.c.ssthresh);
	round_trip(&x, true);
	round_trip(&y, true);
	assert_int_equal(x.c.cwnd, y.c.cwnd);
}

static void no_growth_in_recovery(void **state)
{
	struct flow_of_one x;
	struct cc_ack a;

	(void)state;
	begin(&x, 100, UINT32_MAX, 100);
	a = (struct cc_ack){
		.at = x.at,
		.acked = SMSS,
		.cwnd_limited = true,
		.in_recovery = true,
	};
	cc_cubic.on_ack(&x.c, &x.f, &a);
	assert_int_equal(x.c.cwnd, 100 * SMSS);
}

/* RFC 5681 4.1, and what it learnt comes back with ssthresh. */
static void idle(void **state)
{
	struct flow_of_one x;

	(void)state;
	begin(&x, 100, 50, 100);
	cc_cubic.on_idle(&x.c, &x.f, &x.at, SEC, SEC / 2);
	assert_int_equal(x.c.cwnd, 10 * SMSS);
	assert_int_equal(x.c.ssthresh, 50 * SMSS);
	begin(&x, 5, 50, 100);
	cc_cubic.on_idle(&x.c, &x.f, &x.at, SEC, SEC / 2);
	assert_int_equal(x.c.cwnd, 5 * SMSS);
}

static void window_has_an_end(void **state)
{
	struct flow_of_one x;
	int i;

	(void)state;
	begin(&x, 1000, 500, 100);
	x.c.cwnd = CC_CWND_MAX - SMSS;
	x.c.ssthresh = SMSS;
	for (i = 0; i < 1000; i++)
		round_trip(&x, true);
	assert_int_equal(x.c.cwnd, CC_CWND_MAX);
	lose(&x);
	for (i = 0; i < 2000; i++)
		round_trip(&x, true);
	assert_int_equal(x.c.cwnd, CC_CWND_MAX);
}

/* Slow start after a timeout ends at ssthresh: L = 1 SMSS (RFC 3465 2.3). */
static void slow_start_after_rto(void **state)
{
	struct flow_of_one x;
	struct cc_ack a = {.acked = 5 * SMSS, .cwnd_limited = true};

	(void)state;
	begin(&x, 1, 8, 100);
	a.at = x.at;
	a.after_rto = true;
	cc_cubic.on_ack(&x.c, &x.f, &a);
	assert_int_equal(x.c.cwnd, 2 * SMSS);
	a.after_rto = false;
	cc_cubic.on_ack(&x.c, &x.f, &a);
	assert_int_equal(x.c.cwnd, 4 * SMSS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(window_over_time),
		cmocka_unit_test(outlives_silence),
		cmocka_unit_test(reaches_w_max_at_k),
		cmocka_unit_test(reno_friendly),
		cmocka_unit_test(ack_division),
		cmocka_unit_test(target_has_an_end),
		cmocka_unit_test(no_fast_convergence_at_w_max),
		cmocka_unit_test(equal_windows),
		cmocka_unit_test(multiplicative_decrease),
		cmocka_unit_test(ecn),
		cmocka_unit_test(fast_convergence),
		cmocka_unit_test(timeout),
		cmocka_unit_test(time_that_does_not_count),
		cmocka_unit_test(undo),
		cmocka_unit_test(no_growth_in_recovery),
		cmocka_unit_test(idle),
		cmocka_unit_test(window_has_an_end),
		cmocka_unit_test(slow_start_after_rto),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
