/* SPDX-License-Identifier: ISC */
/*
 * push_test.c - RFC 9293 3.9.1.2 and 3.9.1.3: the PSH flag, and when what the
 * user has sent goes out
 */
#include <netinet/tcp.h>

#include "unit/rfc/drive.h"

/* MAY-15: MSG_MORE is SEND without the push flag, its absence SEND with it. */
static void may_15_send_takes_a_push_flag(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 10, MSG_MORE);
	expect_nothing(d);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 20));
	expect_nothing(d);
	drive_free(d);
}

/* MAY-16: what is not pushed is joined; here a hundred SENDs. */
static void may_16_sends_are_joined(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_server(d);
	for (i = 0; i < 99; i++)
		drive_send(d, 1, MSG_MORE);
	expect_nothing(d);
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	expect_nothing(d);
	drive_free(d);
}

/* MAY-16: a full segment goes, whether or not more follows; the rest waits. */
static void may_16_a_full_segment_does_not_wait(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 1459, MSG_MORE);
	expect_nothing(d);
	drive_send(d, 1, MSG_MORE);
	expect(d, SEG(ACK, 1, 1, .len = 1460));
	drive_send(d, 1461, MSG_MORE);
	expect(d, SEG(ACK, 1461, 1, .len = 1460));
	expect_nothing(d);
	drive_free(d);
}

/* SHLD-27: two pushed SENDs that wait for the same ACK leave as one segment
 * with one PSH: it is no record mark. */
static void shld_27_push_marks_are_collapsed(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 1));
	drive_send(d, 300, 0); /* Nagle holds them */
	drive_send(d, 400, 0);
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 2));
	expect(d, SEG(PSH | ACK, 2, 1, .len = 700));
	expect_nothing(d);
	drive_free(d);
}

/* SHLD-27, SHLD-28: pushed SENDs make the largest segments, and the marks
 * inside are gone. */
static void shld_27_pushed_sends_fill_segments(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
	for (i = 0; i < 10; i++)
		drive_send(d, 300, 0);
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 1));
	expect(d, SEG(ACK, 1, 1, .len = 1460));
	expect(d, SEG(ACK, 1461, 1, .len = 1460));
	expect(d, SEG(PSH | ACK, 2921, 1, .len = 80));
	expect_nothing(d);
	drive_free(d);
}

/* MUST-60: a SEND is on its way at once when nothing holds it. */
static void must_60_nothing_is_held(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 1));
	drive_free(d);
}

/* MUST-60: not even MSG_MORE, and no more to come, holds it for ever.  What
 * goes then is the last there is, so it has PSH (MUST-61). */
static void must_60_more_is_not_for_ever(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 10, MSG_MORE);
	drive_sleep(d, 199 * TERN_MS);
	expect_nothing(d);
	drive_sleep(d, 3 * TERN_MS);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	drive_free(d);
}

static void must_60_cork_is_not_for_ever(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_CORK, 1);
	drive_send(d, 10, 0);
	drive_sleep(d, 199 * TERN_MS);
	expect_nothing(d);
	drive_sleep(d, 3 * TERN_MS);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	inject(d, SEG(ACK, 1, 11));
	drive_send(d, 10, 0); /* a new wait begins */
	expect_nothing(d);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_CORK, 0);
	drive_pull(d);
	expect(d, SEG(PSH | ACK, 11, 1, .len = 10));
	drive_free(d);
}

/* MUST-60: Nagle waits for an ACK, and retransmission for that. */
static void must_60_nagle_is_not_for_ever(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 1));
	drive_send(d, 1, 0);
	drive_sleep(d, 300 * TERN_MS);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 1));
	inject(d, SEG(ACK, 1, 2));
	expect(d, SEG(PSH | ACK, 2, 1, .len = 1));
	drive_free(d);
}

/* MUST-60: CLOSE pushes. */
static void must_60_close_pushes(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_CORK, 1);
	drive_send(d, 10, MSG_MORE);
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	expect(d, SEG(FIN | PSH | ACK, 1, 1, .len = 10));
	drive_free(d);
}

/* MUST-61: PSH when nothing more is queued, and only then. */
static void must_61_last_segment_has_psh(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 4000, 0);
	expect(d, SEG(ACK, 1, 1, .len = 1460));
	expect(d, SEG(ACK, 1461, 1, .len = 1460));
	expect(d, SEG(PSH | ACK, 2921, 1, .len = 1080));
	expect_nothing(d);
	drive_free(d);
}

/* MUST-61: also if the last one is full. */
static void must_61_full_last_segment_has_psh(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 2920, 0);
	expect(d, SEG(ACK, 1, 1, .len = 1460));
	expect(d, SEG(PSH | ACK, 1461, 1, .len = 1460));
	drive_free(d);
}

/* MUST-61: the last that the window lets through is not the last queued. */
static void must_61_no_psh_at_the_windows_edge(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .wnd = 2920));
	drive_send(d, 4380, 0);
	expect(d, SEG(ACK, 1, 1, .len = 1460));
	expect(d, SEG(ACK, 1461, 1, .len = 1460));
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 2921, .wnd = 2920));
	expect(d, SEG(PSH | ACK, 2921, 1, .len = 1460));
	drive_free(d);
}

/* MUST-61: PSH is not lost when the segment was. */
static void must_61_retransmission_has_psh(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 2000, 0);
	expect(d, SEG(ACK, 1, 1, .len = 1460));
	expect(d, SEG(PSH | ACK, 1461, 1, .len = 540));
	inject(d, SEG(ACK, 1, 1461));
	expect_nothing(d);
	drive_sleep(d, 2 * TERN_S);
	expect(d, SEG(PSH | ACK, 1461, 1, .len = 540));
	drive_free(d);
}

/* SHLD-28: in bulk all but the last are full. */
static void shld_28_full_segments(void **state)
{
	struct drive *d = drive_new();
	uint32_t seq = 1, acked = 1;

	(void)state;
	drive_server(d);
	drive_send(d, 100 * 1460 + 7, 0);
	while (seq < 1 + 100 * 1460) {
		expect(d, SEG(ACK, seq, 1, .len = 1460));
		seq += 1460;
		if (seq - acked == 2920) { /* as a receiver would */
			inject(d, SEG(ACK, 1, seq));
			acked = seq;
		}
	}
	expect(d, SEG(PSH | ACK, seq, 1, .len = 7));
	expect_nothing(d);
	drive_free(d);
}

/* MAY-17 is not used: PSH neither ends a RECEIVE nor is needed for one. */
static void may_17_psh_is_not_reported(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(PSH | ACK, 1, 1, .len = 100));
	inject(d, SEG(ACK, 101, 1, .len = 100));
	assert_int_equal(drive_recv(d, 1000), 200);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(may_15_send_takes_a_push_flag),
		cmocka_unit_test(may_16_sends_are_joined),
		cmocka_unit_test(may_16_a_full_segment_does_not_wait),
		cmocka_unit_test(shld_27_push_marks_are_collapsed),
		cmocka_unit_test(shld_27_pushed_sends_fill_segments),
		cmocka_unit_test(must_60_nothing_is_held),
		cmocka_unit_test(must_60_more_is_not_for_ever),
		cmocka_unit_test(must_60_cork_is_not_for_ever),
		cmocka_unit_test(must_60_nagle_is_not_for_ever),
		cmocka_unit_test(must_60_close_pushes),
		cmocka_unit_test(must_61_last_segment_has_psh),
		cmocka_unit_test(must_61_full_last_segment_has_psh),
		cmocka_unit_test(must_61_no_psh_at_the_windows_edge),
		cmocka_unit_test(must_61_retransmission_has_psh),
		cmocka_unit_test(shld_28_full_segments),
		cmocka_unit_test(may_17_psh_is_not_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
