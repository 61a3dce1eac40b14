/* SPDX-License-Identifier: ISC */
/*
 * hystart_test.c - HyStart++, RFC 9406
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/cc.h"
#include "tcp/hystart.h"

#define SMSS UINT32_C(1000)

struct course {
	struct hystart h;
	uint64_t now; /* ms */
	uint32_t una, nxt, cwnd, min_rtt_us;
	bool paced;
};

static uint32_t ack(struct course *x, uint32_t bytes, uint32_t rtt_us)
{
	const struct cc_ack a = {
		.at = {.now = x->now * 1000000,
		       .smss = SMSS,
		       .una = x->una,
		       .nxt = x->nxt,
		       .min_rtt_us = x->min_rtt_us,
		       .paced = x->paced},
		.acked = bytes,
		.rtt_us = rtt_us,
	};

	return hystart_on_ack(&x->h, &a, x->cwnd);
}

/* A round trip with `n` samples of `rtt_us`.  Returns what the last ACK of
 * SMSS bytes allowed. */
static uint32_t trip(struct course *x, int n, uint32_t rtt_us)
{
	uint32_t grown = 0;

	x->una = x->nxt;
	x->nxt += 100000;
	x->cwnd = 100000 - SMSS; /* and SMSS with the first ACK */
	grown = ack(x, SMSS, 0); /* ends the last round */
	while (n-- > 0)
		grown = ack(x, SMSS, rtt_us);
	return grown;
}

static bool in_css(struct course *x)
{
	return trip(x, 0, 0) == SMSS / 4;
}

/* 4.2: cwnd += min(N, L * SMSS), L = 8; without end if paced. */
static void limit(void **state)
{
	struct course x = {.nxt = 100000};

	(void)state;
	assert_int_equal(ack(&x, 1, 0), 1);
	assert_int_equal(ack(&x, 8 * SMSS, 0), 8 * SMSS);
	assert_int_equal(ack(&x, 9 * SMSS, 0), 8 * SMSS);
	x.paced = true;
	assert_int_equal(ack(&x, 99 * SMSS, 0), 99 * SMSS);
}

/* 4.2: RttThresh is lastRoundMinRTT / 8, from 4 ms to 16 ms. */
static void threshold(void **state)
{
	static const uint32_t rows[][3] = {
		/* last, below, reached */
		{1000, 4999, 5000},	  {32000, 35999, 36000},
		{80000, 89999, 90000},	  {128000, 143999, 144000},
		{500000, 515999, 516000},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct course x = {0};

		trip(&x, 8, rows[i][0]);
		assert_int_equal(trip(&x, 9, rows[i][1]), SMSS);
		x = (struct course){0};
		trip(&x, 8, rows[i][0]);
		assert_int_equal(trip(&x, 8, rows[i][2]), SMSS);
		assert_int_equal(ack(&x, SMSS, 0), SMSS / 4);
	}
}

/* 4.2: eight samples must agree; seven are none. */
static void samples(void **state)
{
	struct course x = {0};

	(void)state;
	trip(&x, 8, 50000);
	trip(&x, 7, 90000);
	assert_int_equal(ack(&x, SMSS, 0), SMSS);
	ack(&x, SMSS, 90000);
	assert_int_equal(ack(&x, SMSS, 0), SMSS / 4);
}

/* ... and one of them that is short says that there is no queue. */
static void minimum_counts(void **state)
{
	struct course x = {0};

	(void)state;
	trip(&x, 8, 50000);
	trip(&x, 1, 51000);
	for (int i = 0; i < 20; i++)
		assert_int_equal(ack(&x, SMSS, 90000), SMSS);
}

/* 4.2: a round trip that is shorter than the baseline ends CSS. */
static void jitter(void **state)
{
	struct course x = {0};

	(void)state;
	trip(&x, 8, 50000);
	trip(&x, 8, 90000);
	assert_true(in_css(&x));
	trip(&x, 8, 89000);
	assert_false(in_css(&x));
	assert_false(x.h.done);
}

/* 4.2: after five rounds of CSS, ssthresh = cwnd. */
static void five_rounds(void **state)
{
	struct course x = {0};
	int i;

	(void)state;
	trip(&x, 8, 50000);
	trip(&x, 8, 90000); /* the first of them is partial */
	for (i = 0; i < 4; i++) {
		trip(&x, 8, 95000);
		assert_false(x.h.done);
	}
	trip(&x, 8, 95000);
	assert_true(x.h.done);
}

/* Where the delay goes on growing in CSS, no more rounds are needed. */
static void grows_on(void **state)
{
	struct course x = {0};

	(void)state;
	trip(&x, 8, 50000);
	trip(&x, 8, 90000);
	trip(&x, 8, 101249);
	assert_false(x.h.done);
	trip(&x, 7, 101250);
	assert_false(x.h.done);
	ack(&x, SMSS, 101250);
	assert_true(x.h.done);
}

/* ACKs every `gap` ms for `ms`.  Returns what the last one allowed. */
static uint32_t train(struct course *x, uint32_t ms, uint32_t gap)
{
	const uint64_t end = x->now + ms;
	uint32_t grown = 0;

	while (x->now < end) {
		x->now += gap;
		grown = ack(x, SMSS, 0);
	}
	return grown;
}

static void begin_trains(struct course *x)
{
	*x = (struct course){.now = 1000, .min_rtt_us = 80000};
	trip(x, 8, 80000);
	x->now += 80;
	trip(x, 8, 80000);
}

/* ACKs that come without a gap for half a round trip begin CSS. */
static void trains(void **state)
{
	struct course x;

	(void)state;
	begin_trains(&x);
	assert_int_equal(train(&x, 40, 10), SMSS);
	assert_int_equal(train(&x, 1, 1), SMSS / 4);
	assert_int_equal(x.h.baseline_us, 90000);

	begin_trains(&x); /* a gap begins another */
	train(&x, 39, 1);
	x.now += 10;
	train(&x, 1, 1);
	assert_int_equal(train(&x, 40, 1), SMSS);
	assert_int_equal(train(&x, 1, 1), SMSS / 4);

	begin_trains(&x);
	assert_int_equal(train(&x, 88, 11), SMSS);

	begin_trains(&x); /* of a paced sender it says nothing */
	x.paced = true;
	assert_int_equal(train(&x, 88, 1), SMSS);
}

/* After a train, a queue ends slow start as soon as it shows; slow start goes
 * on if there is none after three rounds. */
static void after_train(void **state)
{
	struct course x;

	(void)state;
	for (int none = 0; none <= 1; none++) {
		begin_trains(&x);
		train(&x, 41, 1);
		trip(&x, 8, 80000); /* sent before CSS */
		assert_true(in_css(&x));
		trip(&x, 8, 90000 - (uint32_t)none);
		assert_int_equal(x.h.done, !none);
	}
	assert_false(in_css(&x));
	assert_false(x.h.done);
}

/* The round that the ACK of 10000 starts ends with what this and those before
 * it release, of which some has not left yet: SND.NXT is 18000, but 20000 bytes
 * will be in flight.  Late samples of the burst's tail are its own. */
static void whole_window(void **state)
{
	struct course x = {.una = 0, .nxt = 10000, .cwnd = 9000};

	(void)state;
	ack(&x, SMSS, 0); /* the round ends at 10000 */
	assert_int_equal(x.h.window_end, 10000);
	for (int i = 0; i < 8; i++)
		ack(&x, SMSS, 50000);
	x.una = 9999;
	x.nxt = 18000;
	x.cwnd = 19000;
	ack(&x, SMSS, 50000);
	assert_int_equal(x.h.window_end, 10000);
	x.una = 10000;
	ack(&x, SMSS, 50000);
	assert_int_equal(x.h.window_end, 30000);
	x.una = 29999;
	for (int i = 0; i < 8; i++)
		ack(&x, SMSS, 50000);
	for (int i = 0; i < 8; i++)
		assert_int_equal(ack(&x, SMSS, 90000), SMSS);
}

/* windowEnd across the wrap of sequence numbers. */
static void wrap(void **state)
{
	struct course x = {.una = UINT32_MAX - 150000,
			   .nxt = UINT32_MAX - 150000};

	(void)state;
	trip(&x, 8, 50000);
	trip(&x, 8, 50000);
	trip(&x, 8, 90000);
	assert_true(in_css(&x));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limit),
		cmocka_unit_test(threshold),
		cmocka_unit_test(samples),
		cmocka_unit_test(minimum_counts),
		cmocka_unit_test(jitter),
		cmocka_unit_test(five_rounds),
		cmocka_unit_test(grows_on),
		cmocka_unit_test(trains),
		cmocka_unit_test(after_train),
		cmocka_unit_test(wrap),
		cmocka_unit_test(whole_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
