/* SPDX-License-Identifier: ISC */
/*
 * rack_test.c - what RACK knows of a connection, RFC 8985 6.2
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/rack.h"

#define MS UINT64_C(1000000)

static struct seq at(uint32_t u)
{
	return (struct seq){u};
}

/* Step 2: RACK.segment is what left last of all that has arrived, and
 * RACK.rtt the round trip of this ACK. */
static void segment(void **state)
{
	struct rack k;

	(void)state;
	rack_init(&k);
	rack_on_delivered(&k, 150 * MS, 100 * MS, at(2000));
	assert_int_equal(k.rtt_ns, 50 * MS);
	assert_int_equal(k.xmit_at, 100 * MS);
	assert_int_equal(k.end.u, 2000);
	/* Sent before: the round trip is news, the segment is not. */
	rack_on_delivered(&k, 170 * MS, 90 * MS, at(3000));
	assert_int_equal(k.rtt_ns, 80 * MS);
	assert_int_equal(k.xmit_at, 100 * MS);
	assert_int_equal(k.end.u, 2000);
	rack_on_delivered(&k, 180 * MS, 101 * MS, at(1000));
	assert_int_equal(k.xmit_at, 101 * MS);
	assert_int_equal(k.end.u, 1000);
	rack_on_delivered(&k, 101 * MS, 101 * MS, at(1001));
	assert_int_equal(k.rtt_ns, 0);
	rack_on_delivered(&k, 100 * MS, 101 * MS, at(1002)); /* never less */
	assert_int_equal(k.rtt_ns, 0);
}

/* Step 2: of two that left together the later one in the stream counts, also
 * across 2^32. */
static void ties(void **state)
{
	struct rack k;

	(void)state;
	rack_init(&k);
	rack_on_delivered(&k, 150 * MS, 100 * MS, at(UINT32_MAX - 10));
	rack_on_delivered(&k, 150 * MS, 100 * MS, at(5));
	assert_int_equal(k.end.u, 5);
	rack_on_delivered(&k, 150 * MS, 100 * MS, at(UINT32_MAX));
	assert_int_equal(k.end.u, 5);
	rack_on_delivered(&k, 150 * MS, 100 * MS, at(6));
	assert_int_equal(k.end.u, 6);
}

/* Step 3: what was sent once and arrives behind something later came out of
 * order; what was sent again says nothing. */
static void order(void **state)
{
	struct rack k;

	(void)state;
	rack_init(&k);
	k.fack = at(UINT32_MAX - 999); /* 1000 before the wrap */
	assert_int_equal(rack_on_order(&k, at(0), false), 0);
	assert_int_equal(k.fack.u, 0);
	assert_int_equal(rack_on_order(&k, at(2000), true), 0);
	assert_int_equal(k.fack.u, 2000);
	assert_int_equal(rack_on_order(&k, at(2000), false), 0);
	assert_false(k.reordering_seen);
	assert_int_equal(rack_on_order(&k, at(1000), true), 0);
	assert_false(k.reordering_seen);
	assert_int_equal(rack_on_order(&k, at(500), false), 1500);
	assert_true(k.reordering_seen);
	assert_int_equal(k.fack.u, 2000);
}

/* Step 4: reo_wnd_mult grows once in a round with D-SACKs. */
static void round_of_dsacks(void **state)
{
	struct rack k;
	uint32_t i;

	(void)state;
	rack_init(&k);
	assert_int_equal(k.mult, 1);
	rack_on_dsack(&k, at(0xfffff000), at(0x1000));
	assert_int_equal(k.mult, 2);
	rack_on_dsack(&k, at(0xfffff800), at(0x1800));
	rack_on_dsack(&k, at(0xfff), at(0x2000));
	assert_int_equal(k.mult, 2);
	rack_on_dsack(&k, at(0x1000), at(0x3000)); /* SND.UNA is there */
	assert_int_equal(k.mult, 3);
	rack_on_dsack(&k, at(0x2fff), at(0x4000));
	assert_int_equal(k.mult, 3);
	rack_on_dsack(&k, at(0x4000), at(0x5000));
	assert_int_equal(k.mult, 4);
	for (i = 0; i < 70000; i++) /* a peer that never stops */
		rack_on_dsack(&k, at(i * 0x1000), at((i + 1) * 0x1000));
	assert_int_equal(k.mult, UINT16_MAX);
}

/* Step 4: after 16 recoveries without a D-SACK the window is what it was. */
static void sixteen_recoveries(void **state)
{
	struct rack k;
	int i;

	(void)state;
	rack_init(&k);
	rack_on_dsack(&k, at(0), at(1000));
	rack_on_dsack(&k, at(1000), at(2000));
	for (i = 0; i < 15; i++)
		rack_on_exit(&k);
	assert_int_equal(k.mult, 3);
	rack_on_dsack(&k, at(2000), at(3000)); /* 16 more */
	for (i = 0; i < 15; i++)
		rack_on_exit(&k);
	assert_int_equal(k.mult, 4);
	rack_on_exit(&k);
	assert_int_equal(k.mult, 1);
	rack_on_exit(&k);
	rack_on_exit(&k);
	assert_int_equal(k.persist, 0);
	assert_int_equal(k.mult, 1);
}

/* Step 4: RACK.reo_wnd. */
static void window(void **state)
{
	static const struct {
		bool seen, in_recovery;
		uint32_t segs;
		uint16_t mult;
		uint64_t ms;
	} row[] = {
		{false, false, 0, 1, 25}, {false, false, 2, 1, 25},
		{false, false, 3, 1, 0},  {false, false, 4, 1, 0},
		{false, true, 0, 1, 0},	  {false, true, 3, 1, 0},
		{true, false, 3, 1, 25},  {true, true, 3, 1, 25},
		{true, true, 0, 2, 50},	  {true, false, 9, 4, 100},
		{true, false, 0, 5, 120}, {true, false, 0, 65535, 120},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const struct rack_view v = {
			.min_rtt_ns = 100 * MS,
			.srtt_ns = 120 * MS,
			.segs_sacked = row[i].segs,
			.dup_thresh = 3,
			.in_recovery = row[i].in_recovery,
		};
		struct rack k;

		rack_init(&k);
		k.reordering_seen = row[i].seen;
		k.mult = row[i].mult;
		assert_int_equal(rack_window(&k, &v), row[i].ms * MS);
	}
}

/* Step 5: what left before RACK.segment, or with it and stands before it, has
 * been passed; it is lost RACK.rtt + RACK.reo_wnd after it left. */
static void passed(void **state)
{
	struct sent r = {.left = at(UINT32_MAX - 999), .len = 1000};
	struct rack k;

	(void)state;
	rack_init(&k);
	r.stamp.sent_at = 100 * MS; /* it ends at 0 */
	rack_on_delivered(&k, 150 * MS, 100 * MS, at(1));
	assert_true(rack_passed(&k, &r));
	k.end = at(0);
	assert_false(rack_passed(&k, &r));
	k.end = at(UINT32_MAX);
	assert_false(rack_passed(&k, &r));
	r.stamp.sent_at = 99 * MS;
	assert_true(rack_passed(&k, &r));
	r.stamp.sent_at = 101 * MS;
	assert_false(rack_passed(&k, &r));
	assert_int_equal(rack_due(&k, 99 * MS, 7 * MS), (99 + 50 + 7) * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segment),
		cmocka_unit_test(ties),
		cmocka_unit_test(order),
		cmocka_unit_test(round_of_dsacks),
		cmocka_unit_test(sixteen_recoveries),
		cmocka_unit_test(window),
		cmocka_unit_test(passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
