/* SPDX-License-Identifier: ISC */
/*
 * cc_newreno_test.c - how large the window is, RFC 5681 and RFC 3465
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/cc.h"

#define SMSS UINT32_C(1000)

static struct cc_cold cold;

/* The connection with `inflight` under way. */
static struct cc_now with(uint32_t inflight)
{
	return (struct cc_now){
		.inflight = inflight,
		.smss = SMSS,
		.init_cwnd = 10,
	};
}

static void rto(struct cc *c, uint32_t flight, bool again)
{
	const struct cc_now at = with(flight);

	cc_newreno.on_rto(c, &cold, &at, again);
}

static struct cc fresh(uint32_t cwnd, uint32_t ssthresh)
{
	struct cc c = {cwnd, ssthresh, 0};

	memset(&cold, 0, sizeof(cold));
	return c;
}

static void ack(struct cc *c, uint32_t bytes, bool after_rto)
{
	const struct cc_ack a = {
		.acked = bytes,
		.at = {.smss = SMSS},
		.cwnd_limited = true,
		.after_rto = after_rto,
	};

	cc_newreno.on_ack(c, &cold, &a);
}

/* What the caller set stays (IW, RFC 6928). */
static void init_keeps_windows(void **state)
{
	struct cc c = fresh(14600, CC_SSTHRESH_0);

	(void)state;
	assert_int_equal(c.cwnd, 14600);
	assert_int_equal(c.ssthresh, CC_SSTHRESH_0);
	assert_int_equal(c.acked, 0);
}

/* MUST-19: slow start, by at most L = 2 SMSS an ACK (RFC 3465 2.2). */
static void slow_start(void **state)
{
	static const uint32_t rows[][2] = {
		{0, 0},	      {1, 1},	    {999, 999},	  {1000, 1000},
		{1999, 1999}, {2000, 2000}, {2001, 2000}, {50000, 2000},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cc c = fresh(10 * SMSS, CC_SSTHRESH_0);

		ack(&c, rows[i][0], false);
		assert_int_equal(c.cwnd, 10 * SMSS + rows[i][1]);
		assert_int_equal(c.acked, 0);
	}
}

/* MUST-19: after a timeout L = 1 SMSS (RFC 3465 2.3). */
static void slow_start_after_rto(void **state)
{
	struct cc c = fresh(SMSS, 20 * SMSS);

	(void)state;
	ack(&c, 5 * SMSS, true);
	assert_int_equal(c.cwnd, 2 * SMSS);
	ack(&c, 500, true);
	assert_int_equal(c.cwnd, 2500);
}

/* Slow start ends at ssthresh; the rest of the ACK counts for what follows. */
static void reaches_ssthresh(void **state)
{
	struct cc c = fresh(9500, 10 * SMSS);

	(void)state;
	ack(&c, 2 * SMSS, false);
	assert_int_equal(c.cwnd, 10 * SMSS);
	assert_int_equal(c.acked, 1500);
	ack(&c, 8500, false);
	assert_int_equal(c.cwnd, 11 * SMSS);
	assert_int_equal(c.acked, 0);
}

/* MUST-19: one SMSS for each window that was acknowledged. */
static void congestion_avoidance(void **state)
{
	struct cc c = fresh(10 * SMSS, 10 * SMSS);
	int i;

	(void)state;
	for (i = 0; i < 9; i++)
		ack(&c, SMSS, false);
	ack(&c, 999, false);
	assert_int_equal(c.cwnd, 10 * SMSS);
	ack(&c, 1, false);
	assert_int_equal(c.cwnd, 11 * SMSS);
	for (i = 0; i < 10; i++)
		ack(&c, SMSS, false);
	assert_int_equal(c.cwnd, 11 * SMSS);
	ack(&c, SMSS, false);
	assert_int_equal(c.cwnd, 12 * SMSS);
}

/* An ACK cut into a thousand opens the window no further than the whole. */
static void ack_division(void **state)
{
	struct cc whole = fresh(10 * SMSS, CC_SSTHRESH_0), cut = whole;
	struct cc ca = fresh(10 * SMSS, 10 * SMSS);
	int i;

	(void)state;
	ack(&whole, SMSS, false);
	for (i = 0; i < 1000; i++)
		ack(&cut, 1, false);
	assert_int_equal(cut.cwnd, whole.cwnd);
	for (i = 0; i < 10000; i++)
		ack(&ca, 1, false);
	assert_int_equal(ca.cwnd, 11 * SMSS);
}

/* An ACK of much more than a window still counts for one SMSS. */
static void one_smss_at_most(void **state)
{
	struct cc c = fresh(10 * SMSS, 10 * SMSS);

	(void)state;
	ack(&c, UINT32_MAX, false);
	assert_int_equal(c.cwnd, 11 * SMSS);
	ack(&c, 0, false);
	assert_int_equal(c.cwnd, 11 * SMSS);
}

static void grows_only_when_limited(void **state)
{
	struct cc c = fresh(10 * SMSS, CC_SSTHRESH_0), was = c;
	const struct cc_ack a = {.acked = SMSS, .at = {.smss = SMSS}};

	(void)state;
	cc_newreno.on_ack(&c, &cold, &a);
	assert_memory_equal(&c, &was, sizeof(c));
	c = was = fresh(10 * SMSS, 5 * SMSS);
	cc_newreno.on_ack(&c, &cold, &a);
	assert_memory_equal(&c, &was, sizeof(c));
}

static void window_has_an_end(void **state)
{
	struct cc c = fresh((1U << 30) - 1, CC_SSTHRESH_0);

	(void)state;
	ack(&c, SMSS, false);
	assert_int_equal(c.cwnd, 1U << 30);
	ack(&c, SMSS, false);
	assert_int_equal(c.cwnd, 1U << 30);
}

/* MUST-19: RFC 5681 (4). */
static void loss(void **state)
{
	static const uint32_t rows[][2] = {
		{0, 2000},
		{4000, 2000},
		{4001, 2000},
		{4002, 2001},
		{UINT32_MAX, INT32_MAX},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct cc_now at = with(rows[i][0]);
		struct cc c = fresh(50 * SMSS, CC_SSTHRESH_0);

		c.acked = 77;
		cc_newreno.on_loss(&c, &cold, &at);
		assert_int_equal(c.ssthresh, rows[i][1]);
		assert_int_equal(c.cwnd, 50 * SMSS); /* recovery's to set */
		assert_int_equal(c.acked, 0);
	}
}

/* MUST-19: ssthresh is held when the same segment times out again. */
static void timeout(void **state)
{
	struct cc c = fresh(50 * SMSS, CC_SSTHRESH_0);

	(void)state;
	c.acked = 77;
	rto(&c, 40 * SMSS, false);
	assert_int_equal(c.ssthresh, 20 * SMSS);
	assert_int_equal(c.cwnd, SMSS);
	assert_int_equal(c.acked, 0);
	rto(&c, SMSS, true);
	assert_int_equal(c.ssthresh, 20 * SMSS);
	assert_int_equal(c.cwnd, SMSS);
	rto(&c, SMSS, false);
	assert_int_equal(c.ssthresh, 2 * SMSS);
}

/* RFC 5681 4.1: RW = min(IW, cwnd). */
static void idle(void **state)
{
	struct cc c = fresh(50 * SMSS, 30 * SMSS);
	const struct cc_now at = with(0);

	(void)state;
	cc_newreno.on_idle(&c, &cold, &at, 2, 1);
	assert_int_equal(c.cwnd, 10 * SMSS);
	assert_int_equal(c.ssthresh, 30 * SMSS);
	c = fresh(3 * SMSS, 30 * SMSS);
	cc_newreno.on_idle(&c, &cold, &at, 2, 1);
	assert_int_equal(c.cwnd, 3 * SMSS);
}

static void undo(void **state)
{
	struct cc c = fresh(50 * SMSS, 60 * SMSS);
	const struct cc_now at = with(0);

	(void)state;
	rto(&c, 50 * SMSS, false);
	cc_newreno.on_undo(&c, &cold, &at, 50 * SMSS, 60 * SMSS);
	assert_int_equal(c.cwnd, 50 * SMSS);
	assert_int_equal(c.ssthresh, 60 * SMSS);
	cc_newreno.on_undo(&c, &cold, &at, SMSS,
			   2 * SMSS); /* never backwards */
	assert_int_equal(c.cwnd, 50 * SMSS);
	assert_int_equal(c.ssthresh, 60 * SMSS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_keeps_windows),
		cmocka_unit_test(slow_start),
		cmocka_unit_test(slow_start_after_rto),
		cmocka_unit_test(reaches_ssthresh),
		cmocka_unit_test(congestion_avoidance),
		cmocka_unit_test(ack_division),
		cmocka_unit_test(one_smss_at_most),
		cmocka_unit_test(grows_only_when_limited),
		cmocka_unit_test(window_has_an_end),
		cmocka_unit_test(loss),
		cmocka_unit_test(timeout),
		cmocka_unit_test(idle),
		cmocka_unit_test(undo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
