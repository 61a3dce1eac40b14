/* SPDX-License-Identifier: ISC */
/*
 * ack_test.c - an ACK costs no more when more is in flight
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ACK_MEASURE_ONLY
#include "bench/ack/ack.c"

#define TRIES 5 /* the machine has other things to do, too */

/* Every second segment SACKed, and then one hole filled after the other: at
 * 64 MiB at most four times as long as at 1 MiB. */
static void an_ack_with_64_mib_in_flight(void **state)
{
	(void)state;
	for (int i = 0; i < TRIES; i++) {
		const struct ack_cost few = ack_least(MIB, 10);
		const struct ack_cost many = ack_least(64 * MIB, 2);

		if (many.sack <= 4 * few.sack && many.repair <= 4 * few.repair)
			return;
	}
	fail();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ack_with_64_mib_in_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
