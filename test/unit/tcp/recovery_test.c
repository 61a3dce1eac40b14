/* SPDX-License-Identifier: ISC */
/*
 * recovery_test.c - fast recovery of what has no records: a FIN that left while
 * there was no cold half
 */
#include <sys/socket.h>

#include "unit/tcp/flight.h"

/* Duplicates for it begin a fast recovery, and all of its parts: repair with
 * SACK may have to end it. */
static void a_fin_without_a_record(void **state)
{
	struct drive *d = flight_new(true);
	int i;

	(void)state;
	drive_sleep(d, 2 * TERN_S);
	assert_null(flight_tcb(d)->flow);
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	expect(d, SEG(FIN | ACK, 1, 1));
	inject(d, SEG(PSH | ACK, 1, 1, .len = 10)); /* there is one now */
	expect(d, SEG(ACK, 2, 11));
	for (i = 0; i < 3; i++)
		inject(d, SEG(ACK, 11, 1));
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_FAST);
	assert_int_equal(flight_tcb(d)->flow->sent.n, 0);
	assert_int_equal(flight_tcb(d)->flow->repair.prr.fs, 1);
	expect(d, SEG(FIN | ACK, 1, 11));
	inject(d, SEG(ACK, 11, 2));
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_OPEN);
	assert_int_equal(flight_tcb(d)->state, FIN_WAIT_2);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fin_without_a_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
