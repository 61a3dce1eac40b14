/* SPDX-License-Identifier: ISC */
/*
 * attack_orphan_test.c - a peer cannot keep what the user has closed
 *
 * The user has closed; the peer answers everything, so that it counts as alive,
 * but never lets the connection end (CVE-2008-4609, "sockstress").
 */
#include "unit/rfc/drive.h"

#define SOON (2000 * TERN_S)

/* The peer says that its window is closed to whatever comes.  Returns how long
 * the connection lasted. */
static tern_time hold(struct drive *d, uint32_t seq, uint32_t ack)
{
	const tern_time start = d->now;

	while (drive_state(d) != TERN_TCP_CLOSED && d->now - start < SOON) {
		drive_wait(d);
		drive_drain(d);
		inject(d, SEG(ACK, seq, ack, .wnd_zero = true));
	}
	return d->now - start;
}

static void text_in_flight(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 3000, 0);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	assert_true(hold(d, 1, 1) < SOON);
	drive_free(d);
}

static void text_behind_a_closed_window(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
	drive_send(d, 3000, 0);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	assert_true(hold(d, 1, 1) < SOON);
	drive_free(d);
}

static void fin_in_flight(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	assert_true(hold(d, 1, 1) < SOON);
	assert_true(d->states & 1 << TERN_TCP_FIN_WAIT_1);
	drive_free(d);
}

static void last_ack(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(FIN | ACK, 1, 1));
	assert_int_equal(tern_close(d->n, d->fd), 0);
	assert_true(hold(d, 2, 1) < SOON);
	assert_true(d->states & 1 << TERN_TCP_LAST_ACK);
	drive_free(d);
}

static void closing(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	inject(d, SEG(FIN | ACK, 1, 1));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSING);
	assert_true(hold(d, 2, 1) < SOON);
	drive_free(d);
}

/* Neither ACKs nor a FIN that has a gap before it keep FIN-WAIT-2. */
static void fin_wait_2(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	inject(d, SEG(ACK, 1, 2));
	inject(d, SEG(FIN | ACK, 101, 2));
	assert_int_equal(drive_state(d), TERN_TCP_FIN_WAIT_2);
	assert_true(hold(d, 1, 2) <= 61 * TERN_S);
	drive_free(d);
}

/* MUST-37: while there is a user, a closed window is no reason to end. */
static void user_may_wait(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 3000, 0);
	assert_true(hold(d, 1, 1) >= SOON);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_in_flight),
		cmocka_unit_test(text_behind_a_closed_window),
		cmocka_unit_test(fin_in_flight),
		cmocka_unit_test(last_ack),
		cmocka_unit_test(closing),
		cmocka_unit_test(fin_wait_2),
		cmocka_unit_test(user_may_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
