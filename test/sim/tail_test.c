/* SPDX-License-Identifier: ISC */
/*
 * tail_test.c - responses whose last segments are lost: RFC 8985 7
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TAIL_MEASURE_ONLY
#include "bench/tail/tail.c"

#define RTT_MS	   20
#define RTO_MIN_MS 200
#define COUNT	   5000

static const struct tail_path path = {
	.loss_ppm = 10000,
	.rtt_ms = RTT_MS,
	.mbit = 100,
	.bytes = 10000,
	.count = COUNT,
};

/* Of 10 KB, under 1% loss: the 99th percentile is less than three round trips
 * and the least retransmission timeout. */
static void the_99th_percentile(void **state)
{
	tern_time *took = tail_measure(&path, true);

	(void)state;
	assert_in_range(tail_p99(took, COUNT), RTT_MS * TERN_MS,
			(3 * RTT_MS + RTO_MIN_MS) * TERN_MS);
	free(took);
}

static uint32_t n_above(const tern_time *took, tern_time ns)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < COUNT; i++)
		n += took[i] > ns;
	return n;
}

/* Fewer responses wait for a timer than without probes. */
static void probes_are_sooner_than_timeouts(void **state)
{
	tern_time *with = tail_measure(&path, true);
	tern_time *without = tail_measure(&path, false);

	(void)state;
	assert_true(n_above(with, 100 * TERN_MS) <
		    n_above(without, 100 * TERN_MS));
	free(with);
	free(without);
}

/* Probes that were not needed are no sign of reordering: nothing is taken for
 * lost later because of them.  The last of 70 segments is short, and its ACK
 * is delayed: there are many. */
static void needless_probes_do_not_slow_repair(void **state)
{
	struct tail_path longer = path;
	tern_time *with, *without;

	(void)state;
	longer.bytes = 100000;
	with = tail_measure(&longer, true);
	without = tail_measure(&longer, false);
	assert_true(with[COUNT / 2] <= without[COUNT / 2] * 102 / 100);
	free(with);
	free(without);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_99th_percentile),
		cmocka_unit_test(probes_are_sooner_than_timeouts),
		cmocka_unit_test(needless_probes_do_not_slow_repair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
