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
	uint32_t una, nxt;
	bool paced;
};

static uint32_t ack(struct course *x, uint32_t bytes, uint32_t rtt_us)
{
	const struct cc_ack a = {
		.at = {.smss = SMSS, .una = x->una, .nxt = x->nxt},
		.acked = bytes,
		.rtt_us = rtt_us,
	};

	return hystart_on_ack(&x->h, &a, x->paced);
}

/* A round trip with `n` samples of `rtt_us`.  Returns what the last ACK of
 * SMSS bytes allowed. */
static uint32_t trip(struct course *x, int n, uint32_t rtt_us)
{
	uint32_t grown = 0;

	x->una = x->nxt;
	x->nxt += 100000;
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
		cmocka_unit_test(limit),   cmocka_unit_test(threshold),
		cmocka_unit_test(samples), cmocka_unit_test(minimum_counts),
		cmocka_unit_test(jitter),  cmocka_unit_test(five_rounds),
		cmocka_unit_test(wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
