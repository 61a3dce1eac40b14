/* SPDX-License-Identifier: ISC */
/*
 * zero_window_test.c - RFC 9293 3.8.6.1: zero-window probing, from both ends
 */
#include "unit/rfc/drive.h"

#define RTT (200 * TERN_MS)
#define RTO (600 * TERN_MS) /* RFC 6298 2.2: R + 4 * R/2 */

/* RTO is 600 ms; the peer has closed its window on an empty queue. */
static struct drive *closed_by_peer(void)
{
	struct drive *d = drive_new();

	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	drive_sleep(d, RTT);
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_connect(d, d->fd), 0);
	assert_in_range(drive_info(d).rto_us, 600000, 601000);
	inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
	return d;
}

/* The next probe must come in `ns`, give or take a tick of the timers. */
static void expect_probe_in(struct drive *d, tern_time ns)
{
	assert_in_range(drive_wait(d), ns, ns + 5 * TERN_MS);
	expect(d, SEG(ACK, 0, 1));
	expect_nothing(d);
}

/* MUST-36: nothing else could tell us that the window is open again, should
 * the peer's word of it be lost. */
static void must_36_zero_window_is_probed(void **state)
{
	struct drive *d = closed_by_peer();

	(void)state;
	drive_send(d, 5000, 0);
	expect_nothing(d);
	drive_sleep(d, TERN_S);
	expect(d, SEG(ACK, 0, 1)); /* not acceptable: it must be answered */
	inject(d, SEG(ACK, 1, 1, .wnd = 3000));
	expect(d, SEG(ACK, 1, 1, .len = 1460));
	expect(d, SEG(ACK, 1461, 1, .len = 1460));
	expect_nothing(d);
	drive_free(d);
}

/* MUST-36: a FIN takes a place in the window too. */
static void must_36_probed_for_a_fin(void **state)
{
	struct drive *d = closed_by_peer();

	(void)state;
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	expect_nothing(d);
	expect_probe_in(d, RTO);
	inject(d, SEG(ACK, 1, 1, .wnd = 1));
	expect(d, SEG(FIN | ACK, 1, 1));
	drive_free(d);
}

/* MUST-36: no probes as long as there is nothing to send. */
static void must_36_nothing_to_send_nothing_to_ask(void **state)
{
	struct drive *d = closed_by_peer();

	(void)state;
	drive_sleep(d, 3600 * TERN_S);
	expect_nothing(d);
	drive_send(d, 1, 0);
	expect_probe_in(d, RTO);
	drive_free(d);
}

/* SHLD-29: not before the window was zero for one RTO, and not much later. */
static void shld_29_first_probe_after_one_rto(void **state)
{
	struct drive *d = closed_by_peer();

	(void)state;
	drive_send(d, 100, 0);
	expect_probe_in(d, RTO);
	drive_free(d);
}

/* SHLD-29: the same if the ACK of what was in flight closes it. */
static void shld_29_closed_by_an_ack(void **state)
{
	struct drive *d = drive_new();
	tern_time rto;

	(void)state;
	drive_server(d);
	drive_send(d, 65535 + 100, 0);
	assert_int_equal(drive_drain(d), 10);
	drive_sleep(d, 100 * TERN_MS);
	inject(d, SEG(ACK, 1, drive_info(d).unacked + 1, .wnd_zero = true));
	expect_nothing(d);
	assert_int_equal(drive_info(d).unacked, 0);
	rto = drive_info(d).rto_us * TERN_US;
	assert_in_range(drive_wait(d), rto, rto + 5 * TERN_MS);
	expect(d, SEG(ACK, ANY, 1, .len = 0));
	drive_free(d);
}

/* SHLD-30: the interval doubles, answered or not, up to the greatest RTO. */
static void shld_30_interval_doubles(void **state)
{
	struct drive *d = closed_by_peer();
	tern_time interval = RTO;
	int i;

	(void)state;
	drive_send(d, 100, 0);
	for (i = 0; i < 12; i++) {
		expect_probe_in(d, interval);
		inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
		interval *= 2;
		if (interval > 120 * TERN_S)
			interval = 120 * TERN_S;
	}
	drive_free(d);
}

/* SHLD-30: a window that was open meanwhile begins anew. */
static void shld_30_begins_anew(void **state)
{
	struct drive *d = closed_by_peer();

	(void)state;
	drive_send(d, 100, 0);
	expect_probe_in(d, RTO);
	inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
	expect_probe_in(d, 2 * RTO);
	inject(d, SEG(ACK, 1, 1, .wnd = 100));
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	drive_sleep(d, RTT);
	inject(d, SEG(ACK, 1, 101, .wnd_zero = true));
	drive_send(d, 100, 0);
	assert_in_range(drive_wait(d), RTO / 2, RTO);
	expect(d, SEG(ACK, 100, 1));
	drive_free(d);
}

/* MUST-37: "printer out of paper" for three days. */
static void must_37_open_while_probes_are_answered(void **state)
{
	struct drive *d = closed_by_peer();
	const tern_time end = d->now + 72 * 3600 * TERN_S;
	int n = 0;

	(void)state;
	drive_send(d, 100, 0);
	while (d->now < end) {
		drive_sleep(d, TERN_S);
		while (drive_take(d)) {
			n++;
			inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
		}
	}
	assert_in_range(n, 72 * 30 - 20, 72 * 30 + 20);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	inject(d, SEG(ACK, 1, 1));
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	drive_free(d);
}

/* MUST-37: an answer now and then is enough to start the count anew. */
static void must_37_most_answers_lost(void **state)
{
	struct drive *d = closed_by_peer();
	const tern_time end = d->now + 24 * 3600 * TERN_S;
	int n = 0;

	(void)state;
	drive_send(d, 100, 0);
	while (d->now < end) {
		drive_sleep(d, TERN_S);
		while (drive_take(d))
			if (++n % 14 == 0)
				inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
	}
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);
}

/* ... but a peer that never answers is gone, R2. */
static void must_37_unanswered_probes_end_it(void **state)
{
	struct drive *d = closed_by_peer();

	(void)state;
	drive_send(d, 100, 0);
	drive_sleep(d, 3600 * TERN_S);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	assert_int_equal(drive_recv(d, 1), -ETIMEDOUT);
	drive_free(d);
}

/* MAY-8: nobody reads for a day.  Each probe, with a byte of new text or with
 * an old number, is answered by RCV.NXT and a window of 0. */
static void may_8_window_stays_closed(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_small_server(d, 3000);
	inject(d, SEG(ACK, 1, 1, .len = 1000));
	inject(d, SEG(ACK, 1001, 1, .len = 1000));
	inject(d, SEG(ACK, 2001, 1, .len = 1000));
	drive_sleep(d, TERN_S);
	drive_drain(d);
	for (i = 0; i < 24 * 30; i++) {
		drive_sleep(d, 60 * TERN_S);
		inject(d, SEG(ACK, 3001, 1, .len = 1));
		expect(d, SEG(ACK, 1, 3001, .wnd_zero = true));
		drive_sleep(d, 60 * TERN_S);
		inject(d, SEG(ACK, 3000, 1));
		expect(d, SEG(ACK, 1, 3001, .wnd_zero = true));
		expect_nothing(d);
	}
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	assert_int_equal(drive_recv(d, 5000), 3000);
	expect(d, SEG(ACK, 1, 3001, .wnd = 3000));
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_36_zero_window_is_probed),
		cmocka_unit_test(must_36_probed_for_a_fin),
		cmocka_unit_test(must_36_nothing_to_send_nothing_to_ask),
		cmocka_unit_test(shld_29_first_probe_after_one_rto),
		cmocka_unit_test(shld_29_closed_by_an_ack),
		cmocka_unit_test(shld_30_interval_doubles),
		cmocka_unit_test(shld_30_begins_anew),
		cmocka_unit_test(must_37_open_while_probes_are_answered),
		cmocka_unit_test(must_37_most_answers_lost),
		cmocka_unit_test(must_37_unanswered_probes_end_it),
		cmocka_unit_test(may_8_window_stays_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
