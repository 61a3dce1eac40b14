/* SPDX-License-Identifier: ISC */
/*
 * prr_test.c - Proportional Rate Reduction, RFC 9937
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/prr.h"

#define MSS 1000U

/* The first segment goes at once, though 0.7 of one was delivered. */
static void first_is_forced(void **state)
{
	struct prr_ack a = {MSS, 19 * MSS, 14 * MSS, MSS, false, false};
	struct prr p;

	(void)state;
	prr_begin(&p, 20 * MSS);
	assert_int_equal(prr_on_ack(&p, &a), 20 * MSS);
}

/* As Linux counts: what is less than a segment is one. */
static void whole_segments(void **state)
{
	struct prr_ack a = {3 * MSS, 6 * MSS, 5 * MSS, MSS, false, true};
	struct prr p;

	(void)state;
	prr_begin(&p, 10 * MSS);
	assert_int_equal(prr_on_ack(&p, &a), 8 * MSS);
	a.whole = false;
	prr_begin(&p, 10 * MSS);
	assert_int_equal(prr_on_ack(&p, &a), 7500);
}

/* While more than ssthresh is in flight, ssthresh / RecoverFS of what is
 * delivered goes. */
static void reduces_in_proportion(void **state)
{
	struct prr_ack a = {MSS, 20 * MSS, 10 * MSS, MSS, true, false};
	uint32_t sent = 0, i;
	struct prr p;

	(void)state;
	prr_begin(&p, 20 * MSS);
	for (i = 0; i < 10; i++) {
		uint32_t room;

		a.pipe -= MSS;
		room = prr_on_ack(&p, &a) - a.pipe;
		room -= room % MSS;
		prr_on_sent(&p, room);
		a.pipe += room;
		sent += room;
	}
	assert_in_range(sent, 5 * MSS, 6 * MSS);
	assert_in_range(a.pipe, 15 * MSS, 16 * MSS);
}

/* Below ssthresh: what was delivered (CRB), one segment more if all is well
 * (SSRB), and never beyond ssthresh. */
static void catches_up(void **state)
{
	struct prr_ack a = {MSS, 4 * MSS, 10 * MSS, MSS, false, false};
	struct prr p;

	(void)state;
	prr_begin(&p, 20 * MSS);
	p.delivered = p.out = 5 * MSS;
	assert_int_equal(prr_on_ack(&p, &a), 5 * MSS);
	p.out += MSS;
	a.safe = true;
	assert_int_equal(prr_on_ack(&p, &a), 6 * MSS);
	p.out += 2 * MSS;
	a.pipe = 10 * MSS;
	assert_int_equal(prr_on_ack(&p, &a), 10 * MSS);
}

/* A flight of nothing does not divide by it. */
static void empty_flight(void **state)
{
	const struct prr_ack a = {0, 2, 1, MSS, false, false};
	struct prr p;

	(void)state;
	prr_begin(&p, 0);
	p.out = 1;
	assert_int_equal(prr_on_ack(&p, &a), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_is_forced),
		cmocka_unit_test(whole_segments),
		cmocka_unit_test(reduces_in_proportion),
		cmocka_unit_test(catches_up),
		cmocka_unit_test(empty_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
