/* SPDX-License-Identifier: ISC */
/*
 * cwv_test.c - validation of the congestion window, RFC 7661
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/cc.h"
#include "tcp/cwv.h"

#define MS UINT64_C(1000000)

static uint64_t now = 1000 * MS;

/* After `ms`, an ACK; the round trip is 100 ms. */
static void ack(struct cwv *v, struct cc *c, uint64_t ms, uint32_t bytes,
		bool limited)
{
	struct cc_ack a = {.acked = bytes, .cwnd_limited = limited};

	now += ms * MS;
	a.at.now = now;
	a.at.srtt_us = 100000;
	a.at.smss = 1000;
	a.at.init_cwnd = 10;
	cwv_on_ack(v, c, &a);
}

/* 4.2: the most of one round trip, over a second at least. */
static void pipe_ack(void **state)
{
	struct cc c = {.cwnd = 100000};
	struct cwv v = {0};
	int i;

	(void)state;
	assert_int_equal(cwv_pipe_ack(&v), UINT32_MAX);
	ack(&v, &c, 0, 4000, true);
	assert_int_equal(cwv_pipe_ack(&v), UINT32_MAX);
	ack(&v, &c, 60, 3000, true);
	ack(&v, &c, 40, 2000, true);
	assert_int_equal(cwv_pipe_ack(&v), 9000);
	for (i = 0; i < 9; i++)
		ack(&v, &c, 100, 1000, true);
	assert_int_equal(cwv_pipe_ack(&v), 9000);
	for (i = 0; i < 20; i++)
		ack(&v, &c, 100, 1000, true);
	assert_int_equal(cwv_pipe_ack(&v), 1000);
}

/* 4.4.3: after five minutes, and not before, 3/4 and a half. */
static void five_minutes(void **state)
{
	struct cc c = {.cwnd = 100000, .ssthresh = 50000};
	struct cwv v = {0};
	int i;

	(void)state;
	ack(&v, &c, 0, 1000, false);
	ack(&v, &c, 100, 1000, false); /* pipeACK is known: the phase begins */
	for (i = 0; i < 2999; i++)
		ack(&v, &c, 100, 1000, false);
	assert_int_equal(c.cwnd, 100000);
	ack(&v, &c, 100, 1000, false);
	assert_int_equal(c.cwnd, 50000);
	assert_int_equal(c.ssthresh, 75000);
	for (i = 0; i < 20000; i++)
		ack(&v, &c, 100, 1000, false);
	assert_int_equal(c.cwnd, 10000); /* not below IW */
}

/* 4.3: half of the window in a round trip validates it, so does its use. */
static void validated(void **state)
{
	struct cc c = {.cwnd = 100000, .ssthresh = 50000};
	struct cwv v = {0};
	int i;

	(void)state;
	for (i = 0; i < 5000; i++)
		ack(&v, &c, 100, 50000, false);
	assert_int_equal(c.cwnd, 100000);
	for (i = 0; i < 5000; i++)
		ack(&v, &c, 100, 1000, i % 1000 == 0);
	assert_int_equal(c.cwnd, 100000);
}

/* 4.4.1: a loss is answered from what was sent. */
static void volume(void **state)
{
	struct cc c = {.cwnd = 100000, .ssthresh = 50000};
	struct cwv v = {0};

	(void)state;
	assert_int_equal(cwv_volume(&v, &c, 7000), 7000);
	ack(&v, &c, 0, 20000, true);
	ack(&v, &c, 100, 10000, true);
	assert_int_equal(cwv_volume(&v, &c, 7000), 7000); /* validated */
	ack(&v, &c, 10, 1000, false);
	assert_int_equal(cwv_volume(&v, &c, 7000), 30000);
	assert_int_equal(cwv_volume(&v, &c, 40000), 40000);
	c.cwnd = 25000;
	assert_int_equal(cwv_volume(&v, &c, 7000), 25000);
	cwv_reset(&v);
	assert_int_equal(cwv_volume(&v, &c, 7000), 7000);
}

static bool is_same(const struct cwv *a, const struct cwv *b)
{
	return a->round_at == b->round_at && a->period_at == b->period_at &&
	       a->since == b->since && a->round == b->round &&
	       a->best == b->best && a->prior == b->prior &&
	       a->defined == b->defined;
}

/* The short way goes the same way, up to the end of the five minutes. */
static void unused(void **state)
{
	struct cc c = {.cwnd = 100000, .ssthresh = 50000};
	struct cwv v = {0}, brief = {0}, before;
	int i;

	(void)state;
	for (i = 0; i < 3001; i++) {
		ack(&v, &c, 100, i < 10 ? 50000 : 1000, false);
		assert_true(cwv_on_unused(&brief, &c, now, 100000,
					  i < 10 ? 50000 : 1000));
		assert_true(is_same(&v, &brief));
	}
	assert_int_not_equal(v.since, 0);
	before = brief;
	now = v.since + 300000 * MS;
	assert_false(cwv_on_unused(&brief, &c, now, 100000, 1000));
	assert_true(is_same(&brief, &before));
	assert_true(cwv_on_unused(&brief, &c, now - 1, 100000, 1000));
	assert_int_equal(c.cwnd, 100000);
	ack(&v, &c, 0, 1000, false);
	assert_int_equal(c.cwnd, 50000);
}

/* Nothing is known before the first ACK. */
static void knows(void **state)
{
	struct cc c = {.cwnd = 100000, .ssthresh = 50000};
	struct cwv v = {0};

	(void)state;
	assert_false(cwv_knows(&v));
	ack(&v, &c, 0, 1000, false);
	assert_true(cwv_knows(&v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipe_ack),  cmocka_unit_test(five_minutes),
		cmocka_unit_test(validated), cmocka_unit_test(volume),
		cmocka_unit_test(unused),    cmocka_unit_test(knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
