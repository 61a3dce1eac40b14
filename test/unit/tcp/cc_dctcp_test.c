/* SPDX-License-Identifier: ISC */
/*
 * cc_dctcp_test.c - Data Center TCP, RFC 8257
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/cc.h"

#define SMSS UINT32_C(1000)

struct course {
	struct cc c;
	struct cc_cold f;
	struct cc_now at;
};

static void begin(struct course *x)
{
	memset(x, 0, sizeof(*x));
	x->c.cwnd = 100 * SMSS;
	x->c.ssthresh = 50 * SMSS;
	x->at.smss = SMSS;
	x->at.nxt = 100 * SMSS;
	cc_dctcp.init(&x->c, &x->f, &x->at);
}

/* A window of data, `percent` of it marked; cwnd stays as it is. */
static void window(struct course *x, uint32_t percent)
{
	struct cc_ack a = {.delivered = 100 * SMSS};

	a.marked = a.delivered / 100 * percent;
	x->at.una = x->at.nxt;
	x->at.nxt += 100 * SMSS;
	a.at = x->at;
	cc_dctcp.on_ack(&x->c, &x->f, &a);
}

static double alpha(const struct course *x)
{
	uint32_t info[4] = {0};

	assert_int_equal(cc_dctcp.info(&x->c, &x->f, info, sizeof(info)), 16);
	return info[1] / 1024.0;
}

/* 3.3: alpha begins at 1 and follows the fraction with g = 1/16. */
static void moving_average(void **state)
{
	struct course x;
	double want = 1;
	int i;

	(void)state;
	begin(&x);
	assert_true(alpha(&x) > 0.999);
	for (i = 0; i < 60; i++) {
		const uint32_t percent = i < 30 ? 0 : 40;

		window(&x, percent);
		want = want * 15 / 16 + percent / 1600.0;
		assert_true(alpha(&x) > want - 0.003);
		assert_true(alpha(&x) < want + 0.003);
	}
	for (i = 0; i < 400; i++)
		window(&x, 0);
	assert_true(alpha(&x) == 0); /* and not just above */
	for (i = 0; i < 400; i++)
		window(&x, 100);
	assert_true(alpha(&x) > 0.99);
}

/* 3.3 (9): cwnd (1 - alpha / 2), once a window. */
static void reduction(void **state)
{
	struct course x;

	(void)state;
	begin(&x); /* alpha = 1 */
	cc_dctcp.on_ecn(&x.c, &x.f, &x.at);
	assert_int_equal(x.c.cwnd, 50 * SMSS);
	assert_int_equal(x.c.ssthresh, 50 * SMSS);
	cc_dctcp.on_ecn(&x.c, &x.f, &x.at);
	assert_int_equal(x.c.cwnd, 50 * SMSS);
	window(&x, 0);
	x.c.cwnd = 100 * SMSS;
	cc_dctcp.on_ecn(&x.c, &x.f, &x.at);
	assert_in_range(x.c.cwnd, 53100, 53150); /* alpha = 15/16 */
	window(&x, 0);
	x.c.cwnd = 2 * SMSS;
	cc_dctcp.on_ecn(&x.c, &x.f, &x.at);
	assert_int_equal(x.c.cwnd, 2 * SMSS);
}

/* 3.5: what is lost is lost, as for Reno. */
static void loss(void **state)
{
	struct course x;

	(void)state;
	begin(&x);
	x.at.inflight = 80 * SMSS;
	cc_dctcp.on_loss(&x.c, &x.f, &x.at);
	assert_int_equal(x.c.ssthresh, 40 * SMSS);
	cc_dctcp.on_rto(&x.c, &x.f, &x.at, true);
	assert_int_equal(x.c.ssthresh, 40 * SMSS);
	assert_int_equal(x.c.cwnd, SMSS);
	cc_dctcp.on_undo(&x.c, &x.f, &x.at, 80 * SMSS, 90 * SMSS);
	assert_int_equal(x.c.cwnd, 80 * SMSS);
	assert_true(cc_dctcp.wants_ecn);
}

/* 3.3 (6), (7): alpha moves once in a window of data, when SND.UNA has reached
 * what was SND.NXT; the marks of all its ACKs count. */
static void once_a_window(void **state)
{
	struct cc_ack a = {.delivered = 50 * SMSS};
	struct course x;
	double was;
	int i;

	(void)state;
	begin(&x);
	window(&x, 0);
	for (i = 0; i < 2; i++) {
		was = alpha(&x);
		a.at = x.at;
		a.at.una = x.at.nxt - 1;
		a.marked = 50 * SMSS;
		cc_dctcp.on_ack(&x.c, &x.f, &a); /* not yet */
		assert_true(alpha(&x) == was);
		a.at.una = x.at.nxt;
		x.at.nxt = a.at.nxt += 100 * SMSS;
		a.marked = 0;
		cc_dctcp.on_ack(&x.c, &x.f, &a); /* half of it was marked */
		assert_in_range((uint32_t)(alpha(&x) * 1024),
				(uint32_t)((was * 15 + 0.5) / 16 * 1024) - 2,
				(uint32_t)((was * 15 + 0.5) / 16 * 1024) + 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moving_average),
		cmocka_unit_test(once_a_window),
		cmocka_unit_test(reduction),
		cmocka_unit_test(loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
