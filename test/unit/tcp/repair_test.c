/* SPDX-License-Identifier: ISC */
/*
 * repair_test.c - repair with SACK: windows (RFC 5681, RFC 9937), what goes
 * again and in which order (RFC 6675 4, NextSeg), and round trips (RFC 6298 3)
 */
#include "unit/tcp/flight.h"

static uint32_t cwnd(struct drive *d)
{
	return drive_info(d).cwnd;
}

/* RFC 9937: RecoverFS is 10 segments less what had been SACKed before the ACK
 * that begins it; ssthresh is 5. */
static void half_the_window(void **state)
{
	struct drive *d = flight_of(10, 20);
	int i, sent = 0;

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 4));
	flight_expect(d, 0, 1); /* it goes, whatever the count says */
	assert_int_equal(drive_info(d).ssthresh, 5 * MSS);
	assert_int_equal(COUNTED(d, TCPSackRecovery), 1);
	/* One for every two that arrive, as long as more than ssthresh are in
	 * flight. */
	for (i = 5; i <= 10; i++) {
		flight_sack(d, 0, SACK1(1, (uint32_t)i));
		sent += drive_drain(d);
	}
	assert_int_equal(sent, 4); /* 9 * 5 / 10, rounded up, less the first */
	assert_int_equal(sentq_pipe(&flight_tcb(d)->flow->sent), 5 * MSS);
	flight_ack(d, 10);
	assert_int_equal(cwnd(d), 5 * MSS); /* and at the end all of it */
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_OPEN);
	drive_free(d);
}

/* RFC 9937: below ssthresh one more than arrived while all goes well, only as
 * many while losses go on. */
static void below_ssthresh(void **state)
{
	struct drive *d = flight_of(10, 30);

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(7, 10)); /* seven lost at once */
	assert_int_equal(flight_tcb(d)->flow->sent.n_lost +
				 flight_tcb(d)->flow->sent.n_again,
			 7 * MSS);
	flight_expect(d, 0, 3); /* pipe is 0: as many as came */
	drive_sleep(d, RTT);
	flight_sack(d, 1, SACK1(7, 10)); /* SafeACK */
	flight_expect(d, 3, 2);
	flight_sack(d, 2, SACK1(7, 10));
	flight_expect(d, 5, 2);
	flight_sack(d, 3, SACK1(7, 10)); /* up to ssthresh */
	flight_expect(d, 10, 1);
	drive_free(d);
}

/* RFC 6675 5 (4.1): half of what was in flight, not of cwnd. */
static void half_the_flight(void **state)
{
	struct drive *d = flight_of(6, 0);

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 4));
	assert_int_equal(drive_info(d).ssthresh, 3 * MSS);
	drive_free(d);
}

/* What limited transmit, or a probe, has sent beyond cwnd does not count. */
static void flight_beyond_cwnd(void **state)
{
	struct drive *d = flight_of(10, 1);

	(void)state;
	drive_sleep(d, 2 * RTT + TICK); /* a tail loss probe: segment 10 */
	flight_expect(d, 10, 1);
	flight_sack(d, 0, SACK1(1, 4));
	assert_int_equal(drive_info(d).ssthresh, 5 * MSS);
	drive_free(d);
}

/* RFC 6675 4, NextSeg (1) before (2): what is lost goes before new text. */
static void lost_before_new(void **state)
{
	struct drive *d = flight_of(10, 20);

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK2(1, 2, 3, 9));
	assert_true(drive_take(d));
	assert_int_equal(d->last.seq, 1);
	assert_true(drive_take(d));
	assert_int_equal(d->last.seq, 1 + 2 * MSS);
	drive_free(d);
}

/* NextSeg (3): a hole of which nobody knows goes when there is nothing else; it
 * counts twice in the pipe, and once only goes. */
static void holes(void **state)
{
	struct drive *d = flight_by_count(10, 0);
	const struct sentq *q = &flight_tcb(d)->flow->sent;

	(void)state;
	flight_sack(d, 0, SACK2(1, 4, 5, 7)); /* 0 is lost, 4 perhaps not */
	flight_expect(d, 0, 1);
	assert_int_equal(q->n_lost, 0);
	assert_int_equal(sentq_pipe(q), 5 * MSS); /* 0, 4, 7, 8, 9 */
	flight_sack(d, 1, SACK2(2, 4, 5, 7));	  /* 5 are allowed */
	flight_expect(d, 4, 1);
	assert_int_equal(q->n_twice, MSS);
	assert_int_equal(sentq_pipe(q), 5 * MSS); /* 4 twice, 7, 8, 9 */
	flight_ack(d, 7);
	flight_expect(d, 9, 1);		   /* (4) */
	assert_int_equal(q->n_twice, MSS); /* that one alone */
	flight_ack(d, 10);
	assert_int_equal(q->n_twice, 0);
	drive_free(d);
}

/* ... but new text goes first, (2). */
static void new_before_holes(void **state)
{
	struct drive *d = flight_by_count(10, 10);

	(void)state;
	flight_sack(d, 0, SACK2(1, 4, 5, 7));
	flight_expect(d, 0, 1);
	flight_sack(d, 1, SACK2(2, 4, 5, 7));
	flight_expect(d, 10, 1);
	drive_free(d);
}

/* NextSeg (4): the last segment, once in a recovery. */
static void rescue(void **state)
{
	struct drive *d = flight_by_count(10, 0);

	(void)state;
	flight_sack(d, 0, SACK1(1, 4));
	flight_expect(d, 0, 1);
	assert_false(flight_tcb(d)->flow->repair.rescued);
	flight_sack(d, 1, SACK1(1, 6));
	flight_expect(d, 9, 1);
	assert_true(flight_tcb(d)->flow->repair.rescued);
	flight_sack(d, 1, SACK1(1, 9));
	expect_nothing(d);
	drive_free(d);
}

/* ... if nothing says that it has arrived, and it has not gone again. */
static void no_rescue(void **state)
{
	struct drive *d = flight_by_count(10, 0);

	(void)state;
	flight_sack(d, 0, SACK2(1, 4, 9, 10));
	flight_expect(d, 0, 1);
	flight_sack(d, 1, SACK2(1, 6, 9, 10));
	assert_int_equal(COUNTED(d, TCPTimeouts), 0);
	while (drive_take(d))
		assert_int_not_equal(d->last.seq, 1 + 9 * MSS);
	assert_false(flight_tcb(d)->flow->repair.rescued);
	drive_free(d);
	d = flight_by_count(10, 0);
	flight_sack(d, 0, SACK1(1, 4));
	flight_expect(d, 0, 1);
	flight_tcb(d)->flow->sent.last->again = true;
	flight_tcb(d)->flow->sent.n_again +=
		flight_tcb(d)->flow->sent.last->len;
	flight_sack(d, 1, SACK1(1, 6));
	expect_nothing(d);
	drive_free(d);
}

/* By time there is none of that: RACK and the probe find what is lost. */
static void no_rescue_by_time(void **state)
{
	struct drive *d = flight_of(10, 0);

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 4));
	flight_expect(d, 0, 1);
	flight_sack(d, 1, SACK1(1, 6));
	expect_nothing(d);
	drive_free(d);
}

/* SHLD-16: what is lost waits for the peer's window, too. */
static void peers_window(void **state)
{
	struct drive *d = flight_of(10, 0);
	struct dseg s = SEG(ACK, 1, 1, .wnd = 3 * MSS - 1);

	(void)state;
	drive_sleep(d, RTT);
	s.n_sack = 1;
	s.sack[0].left = 1 + 2 * MSS;
	s.sack[0].right = 1 + 3 * MSS;
	inject(d, s);
	s.sack[0].left = 1 + 7 * MSS;
	s.sack[0].right = 1 + 10 * MSS;
	inject(d, s);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_FAST);
	flight_expect(d, 0, 2); /* 3 is beyond the edge */
	s.wnd = 4 * MSS;
	s.ack = 1 + MSS;
	inject(d, s);
	flight_expect(d, 3, 2);
	drive_free(d);
}

/* The window opens again after a timeout: all that met it closed goes again. */
static void reopened(void **state)
{
	struct drive *d = flight_new(true);

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_early_retrans", "0");
	drive_sysctl(d, "net.ipv4.tcp_frto", "0");
	drive_send(d, 4 * MSS, 0);
	flight_expect(d, 0, 4);
	inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
	drive_wait(d);
	flight_expect(d, 0, 1); /* MAY-7 */
	flight_tcb(d)->cc.cwnd = 10 * MSS;
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 1, .wnd = 60000));
	flight_expect(d, 0, 4);
	drive_free(d);
}

/* RFC 5681 3.1: a timeout leaves one segment and half of the flight; the second
 * one of the same text changes neither. */
static void timeouts(void **state)
{
	struct drive *d = flight_new(true);

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_early_retrans", "0");
	drive_send(d, 8 * MSS, 0);
	flight_expect(d, 0, 8);
	flight_wait(d, RTO);
	flight_expect(d, 0, 1);
	assert_int_equal(cwnd(d), MSS);
	assert_int_equal(drive_info(d).ssthresh, 4 * MSS);
	flight_wait(d, 2 * RTO);
	flight_expect(d, 0, 1);
	assert_int_equal(cwnd(d), MSS);
	assert_int_equal(drive_info(d).ssthresh, 4 * MSS);
	/* Slow start; RFC 3465 2.3: by one segment for each ACK. */
	flight_ack(d, 4);
	assert_int_equal(cwnd(d), 2 * MSS);
	flight_expect(d, 4, 2);
	flight_ack(d, 8);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_OPEN);
	drive_free(d);
}

/* A timeout of something else is another event. */
static void timeout_of_another(void **state)
{
	struct drive *d = flight_new(true);

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_early_retrans", "0");
	drive_sysctl(d, "net.ipv4.tcp_frto", "0");
	drive_send(d, 8 * MSS, 0);
	flight_expect(d, 0, 8);
	flight_wait(d, RTO);
	flight_expect(d, 0, 1);
	flight_ack(d, 1);
	flight_expect(d, 1, 2);
	drive_wait(d);
	flight_expect(d, 1, 1);
	assert_int_equal(cwnd(d), MSS);
	assert_int_equal(drive_info(d).ssthresh, 7 * MSS / 2);
	drive_free(d);
}

/* A timeout ends a fast recovery, which did not help. */
static void timeout_in_recovery(void **state)
{
	struct drive *d = flight_of(10, 0);

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 10));
	flight_expect(d, 0, 1);
	drive_wait(d);
	flight_expect(d, 0, 1);
	assert_int_equal(COUNTED(d, TCPSackRecoveryFail), 1);
	assert_int_equal(cwnd(d), MSS);
	flight_ack(d, 10);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_OPEN);
	drive_free(d);
}

/* No second reduction for what was in flight at the first one; one for what
 * comes after `recover'. */
static void one_reduction(void **state)
{
	struct drive *d = flight_of(10, 10);

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 4));
	drive_drain(d);
	flight_sack(d, 0, SACK2(1, 4, 5, 10));
	drive_drain(d);
	assert_int_equal(COUNTED(d, TCPSackRecovery), 1);
	assert_int_equal(drive_info(d).ssthresh, 5 * MSS);
	flight_ack(d, 10);
	drive_drain(d);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_OPEN);
	drive_sleep(d, RTT);
	flight_sack(d, 10, SACK1(11, 14));
	assert_int_equal(COUNTED(d, TCPSackRecovery), 2);
	drive_free(d);
}

/* SACK without loss is disorder, which ends with the ACK that covers it. */
static void disorder(void **state)
{
	struct drive *d = flight_of(10, 0);

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 2));
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_DISORDER);
	flight_ack(d, 2);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_OPEN);
	assert_true(cwnd(d) >= 10 * MSS);
	drive_free(d);
}

/* RFC 6298 3, Karn: what was sent twice gives no round trip; what was SACKed
 * does, though SND.UNA stands still. */
static void round_trips(void **state)
{
	struct drive *d = flight_of(10, 0);
	struct tcb *t = flight_tcb(d);

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 10));
	flight_expect(d, 0, 1);
	drive_sleep(d, 150 * TERN_MS);
	flight_ack(d, 10);
	assert_int_equal(t->rtt.srtt_us, 100000);
	drive_free(d);
}

/* RFC 6298 5.3: the timer starts anew when something new is acknowledged; what
 * is SACKed only is not. */
static void sack_is_no_progress(void **state)
{
	struct drive *d = flight_by_count(10, 0);
	struct tcb *t = flight_tcb(d);
	const uint64_t since = t->stalled_at;

	(void)state;
	t->retries = 3;
	flight_sack(d, 0, SACK1(1, 2));
	assert_int_equal(t->retries, 3);
	assert_int_equal(t->stalled_at, since);
	flight_wait(d, RTO - RTT);
	flight_expect(d, 0, 1);
	drive_free(d);
}

/* RFC 8985 6.2 step 2: a retransmission that is answered within less than the
 * shortest round trip was not answered itself: RACK does not learn from it. */
static void doubtful(void **state)
{
	struct drive *d = flight_of(10, 0);
	const struct rack *k = &flight_tcb(d)->flow->repair.rack;
	uint64_t xmit_at;

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 4));
	flight_expect(d, 0, 1);
	xmit_at = k->xmit_at;
	drive_sleep(d, RTT - 1);
	flight_ack(d, 4);
	assert_int_equal(k->xmit_at, xmit_at);
	assert_int_equal(k->rtt_ns, RTT);
	drive_free(d);

	d = flight_of(10, 0);
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 4));
	flight_expect(d, 0, 1);
	drive_sleep(d, RTT);
	flight_ack(d, 4);
	k = &flight_tcb(d)->flow->repair.rack;
	assert_int_equal(k->xmit_at, xmit_at + RTT);
	assert_int_equal(k->rtt_ns, RTT);
	drive_free(d);
}

/* net.ipv4.tcp_reordering is DupThresh; it grows with what is seen, up to
 * tcp_max_reordering. */
static void reordering(void **state)
{
	static const uint32_t max[] = {300, 4};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(max); i++) {
		struct drive *d = drive_new();
		const struct repair *p;

		if (max[i] == 4)
			drive_sysctl(d, "net.ipv4.tcp_max_reordering", "4");
		flight_join(d, SEG(SYN, 0, 0, .mss = MSS, .sack_ok = true));
		drive_send(d, 10 * MSS, 0);
		flight_expect(d, 0, 10);
		p = &flight_tcb(d)->flow->repair;
		assert_int_equal(p->reordering, 3);
		flight_sack(d, 0, SACK1(8, 9));
		flight_sack(d, 0, SACK2(7, 9, 7, 9));
		assert_int_equal(p->reordering, 3);   /* one behind */
		flight_sack(d, 0, SACK2(2, 3, 7, 9)); /* six behind */
		assert_int_equal(p->reordering, min_u32(7, max[i]));
		drive_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(half_the_window),
		cmocka_unit_test(below_ssthresh),
		cmocka_unit_test(half_the_flight),
		cmocka_unit_test(flight_beyond_cwnd),
		cmocka_unit_test(lost_before_new),
		cmocka_unit_test(holes),
		cmocka_unit_test(new_before_holes),
		cmocka_unit_test(rescue),
		cmocka_unit_test(no_rescue),
		cmocka_unit_test(no_rescue_by_time),
		cmocka_unit_test(peers_window),
		cmocka_unit_test(reopened),
		cmocka_unit_test(timeouts),
		cmocka_unit_test(timeout_of_another),
		cmocka_unit_test(timeout_in_recovery),
		cmocka_unit_test(one_reduction),
		cmocka_unit_test(disorder),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(sack_is_no_progress),
		cmocka_unit_test(doubtful),
		cmocka_unit_test(reordering),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
