/* SPDX-License-Identifier: ISC */
/*
 * tlp_test.c - Tail Loss Probe, RFC 8985 7
 */
#include "unit/tcp/flight.h"

static uint32_t cwnd(struct drive *d)
{
	return drive_info(d).cwnd;
}

/* 7.2: two round trips after text was sent. */
static void two_round_trips(void **state)
{
	struct drive *d = flight_of(3, 0);

	(void)state;
	flight_wait(d, 2 * RTT);
	flight_expect(d, 2, 1);
	assert_int_equal(COUNTED(d, TCPLossProbes), 1);
	assert_int_equal(cwnd(d), 10 * MSS);
	drive_free(d);
}

/* 7.2: a single segment may wait for a delayed ACK, too; but RTO comes first,
 * and then it is the probe that goes. */
static void one_segment(void **state)
{
	struct drive *d = flight_of(1, 0);

	(void)state;
	flight_wait(d, RTO);
	flight_expect(d, 0, 1);
	assert_int_equal(COUNTED(d, TCPLossProbes), 1);
	assert_int_equal(COUNTED(d, TCPTimeouts), 0);
	drive_free(d);

	d = flight_of(1, 0);
	flight_tcb(d)->rexmit_at = d->now + 10 * RTO; /* far away */
	repair_arm(&d->n->tcp, flight_tcb(d));
	flight_wait(d, 2 * RTT + 200 * TERN_MS);
	flight_expect(d, 0, 1);
	drive_free(d);
}

/* 7.2: without a round trip to go by, a second. */
static void no_round_trip(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = MSS, .sack_ok = true));
	expect(d, SEG(SYN | ACK, 0, 1));
	drive_wait(d); /* lost: no sample */
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(ACK, 1, 1));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	drive_send(d, 3 * MSS, 0);
	assert_int_equal(drive_drain(d), 3);
	assert_int_equal(flight_tcb(d)->rtt.srtt_us, 0);
	flight_wait(d, TERN_S);
	flight_expect(d, 2, 1);
	assert_int_equal(COUNTED(d, TCPLossProbes), 1);
	drive_free(d);
}

/* 7.2: an ACK puts the probe off: it is for what is in flight then. */
static void put_off(void **state)
{
	struct drive *d = flight_of(6, 0);

	(void)state;
	drive_sleep(d, RTT);
	flight_ack(d, 3);
	flight_wait(d, 2 * RTT);
	flight_expect(d, 5, 1);
	drive_free(d);
}

/* 7.3: unsent text goes first, whatever cwnd says. */
static void new_text(void **state)
{
	struct drive *d = flight_of(10, 5);

	(void)state;
	flight_wait(d, 2 * RTT);
	flight_expect(d, 10, 1);
	assert_int_equal(drive_info(d).retrans, 0);
	/* 7.4.2: its ACK says nothing. */
	flight_ack(d, 11);
	assert_int_equal(COUNTED(d, TCPLossProbeRecovery), 0);
	assert_true(cwnd(d) >= 10 * MSS);
	drive_free(d);
}

/* 7.3: if the peer's window has room, to the octet. */
static void peers_window(void **state)
{
	uint32_t room;

	(void)state;
	for (room = 10 * MSS; room < 11 * MSS + 2; room += MSS) {
		struct drive *d = flight_new(true);

		inject(d, SEG(ACK, 1, 1, .wnd = (uint16_t)room));
		drive_send(d, 15 * MSS, 0);
		flight_expect(d, 0, 10);
		flight_wait(d, 2 * RTT);
		flight_expect(d, room == 11 * MSS ? 10 : 9, 1);
		drive_free(d);
	}
}

/* A tail that Nagle holds back is unsent text, too. */
static void small_tail(void **state)
{
	struct drive *d = flight_of(10, 0);

	(void)state;
	drive_send(d, 10, 0);
	expect_nothing(d);
	flight_wait(d, 2 * RTT);
	expect(d, SEG(ACK | PSH, 1 + 10 * MSS, 1, .len = 10));
	drive_free(d);
}

/* 7.3: the last segment alone goes again, even if it is a short one. */
static void last_segment(void **state)
{
	static const uint32_t lens[] = {2001, 2999, 3000, 3001};
	static const uint32_t last[] = {1, 999, 1000, 1};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(lens); i++) {
		struct drive *d = flight_new(true);

		drive_send(d, lens[i], 0);
		drive_drain(d);
		drive_wait(d);
		expect(d, SEG(ACK | PSH, 1 + lens[i] - last[i], 1,
			      .len = last[i]));
		expect_nothing(d);
		drive_free(d);
	}
}

/* 7.3: the timer starts anew with the probe; after it comes the timeout, not
 * another probe. */
static void one_only(void **state)
{
	struct drive *d = flight_of(3, 0);

	(void)state;
	flight_wait(d, 2 * RTT);
	flight_expect(d, 2, 1);
	flight_wait(d, RTO);
	flight_expect(d, 0, 1);
	assert_int_equal(COUNTED(d, TCPLossProbes), 1);
	assert_int_equal(COUNTED(d, TCPTimeouts), 1);
	drive_free(d);
}

/* 7.3: no other before a round trip was measured. */
static void not_without_sample(void **state)
{
	struct drive *d = flight_of(3, 0);

	(void)state;
	flight_wait(d, 2 * RTT);
	flight_expect(d, 2, 1);
	flight_sack(d, 3, SACK1(2, 3));
	assert_false(flight_tcb(d)->flow->repair.tlp.out);
	drive_send(d, 3 * MSS, 0);
	flight_expect(d, 3, 3);
	drive_wait(d);
	drive_drain(d);
	/* Those three did give a sample: 0 and 1 were sent once. */
	assert_int_equal(COUNTED(d, TCPLossProbes), 2);
	drive_free(d);

	d = flight_of(1, 0);
	drive_wait(d);
	flight_expect(d, 0, 1);
	flight_sack(d, 1, SACK1(0, 1)); /* Karn: no sample */
	drive_send(d, 3 * MSS, 0);
	flight_expect(d, 1, 3);
	drive_wait(d);
	assert_int_equal(COUNTED(d, TCPLossProbes), 1);
	assert_int_equal(COUNTED(d, TCPTimeouts), 1);
	drive_free(d);
}

/* Segments 0 to 2, of which the last was probed with, and 3 behind them. */
static struct drive *probed(void)
{
	struct drive *d = flight_of(3, 0);

	flight_wait(d, 2 * RTT);
	flight_expect(d, 2, 1);
	drive_send(d, MSS, 0);
	flight_expect(d, 3, 1);
	return d;
}

/* 7.4.2: the ACK goes beyond the probe, and no D-SACK has come: it has
 * repaired a loss, which is a congestion event. */
static void repaired(void **state)
{
	struct drive *d = probed();

	(void)state;
	drive_sleep(d, RTT);
	flight_ack(d, 3);
	assert_int_equal(COUNTED(d, TCPLossProbeRecovery), 0); /* not yet */
	assert_true(cwnd(d) >= 10 * MSS);
	flight_ack(d, 4);
	assert_int_equal(COUNTED(d, TCPLossProbeRecovery), 1);
	assert_in_range(cwnd(d), 2 * MSS, 3 * MSS);
	assert_int_equal(drive_info(d).ssthresh, 2 * MSS);
	assert_false(flight_tcb(d)->flow->repair.tlp.out);
	drive_free(d);
}

/* 7.4.2, case 1: a D-SACK of the probe: the original had arrived. */
static void not_needed_dsack(void **state)
{
	struct drive *d = probed();

	(void)state;
	drive_sleep(d, RTT);
	flight_ack(d, 3);
	flight_sack(d, 3, SACK1(2, 3));
	assert_false(flight_tcb(d)->flow->repair.tlp.out);
	flight_ack(d, 4);
	assert_int_equal(COUNTED(d, TCPLossProbeRecovery), 0);
	assert_true(cwnd(d) >= 10 * MSS);
	drive_free(d);
}

/* ... of the probe: a D-SACK of something else is not meant. */
static void other_dsack(void **state)
{
	struct drive *d = probed();

	(void)state;
	drive_sleep(d, RTT);
	flight_ack(d, 3);
	flight_sack(d, 3, SACK1(1, 2));
	assert_true(flight_tcb(d)->flow->repair.tlp.out);
	flight_ack(d, 4);
	assert_int_equal(COUNTED(d, TCPLossProbeRecovery), 1);
	drive_free(d);
}

/* 7.4.2, case 2: a duplicate ACK without SACK: both came. */
static void not_needed_duplicate(void **state)
{
	struct drive *d = probed();

	(void)state;
	drive_sleep(d, RTT);
	flight_ack(d, 3);
	assert_true(flight_tcb(d)->flow->repair.tlp.out);
	flight_ack(d, 3);
	assert_false(flight_tcb(d)->flow->repair.tlp.out);
	flight_ack(d, 4);
	assert_int_equal(COUNTED(d, TCPLossProbeRecovery), 0);
	drive_free(d);
}

/* What carries text is no duplicate, nor is a FIN, predicted or not. */
static void text_and_fin_are_no_duplicates(void **state)
{
	const struct dseg no_duplicates[] = {
		SEG(ACK, 1, 1 + 3 * MSS, .len = 10),
		SEG(ACK | FIN, 1, 1 + 3 * MSS),
	};
	size_t i;

	(void)state;
	for (i = 0; i < 2 * ARRAY_LEN(no_duplicates); i++) {
		struct drive *d = probed();

		drive_sysctl(d, "tern.tcp_prediction", i % 2 ? "1" : "0");
		drive_sleep(d, RTT);
		flight_ack(d, 3);
		inject(d, no_duplicates[i / 2]);
		assert_true(flight_tcb(d)->flow->repair.tlp.out);
		drive_free(d);
	}
}

/* 7.4: the probe's SACK tells RACK what was lost before it. */
static void sacked(void **state)
{
	struct drive *d = flight_of(3, 0);

	(void)state;
	flight_wait(d, 2 * RTT);
	flight_expect(d, 2, 1);
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(2, 3));
	flight_expect(d, 0, 1);
	assert_int_equal(COUNTED(d, TCPTimeouts), 0);
	drive_free(d);
}

/* 7.2: not while something is SACKed or being repaired; that is RACK's. */
static void not_in_disorder(void **state)
{
	struct drive *d = flight_new(true);

	(void)state;
	drive_send(d, 3 * MSS, 0);
	flight_expect(d, 0, 3);
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 2));
	flight_wait(d, RTT / 4);
	flight_expect(d, 0, 1);
	drive_sleep(d, 2 * RTT + TICK);
	assert_int_equal(COUNTED(d, TCPLossProbes), 0);
	drive_free(d);
}

/* net.ipv4.tcp_early_retrans is 0, or RFC 6675 is wanted, or the peer has no
 * SACK. */
static void switched_off(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct drive *d = drive_new();

		if (i == 0)
			drive_sysctl(d, "net.ipv4.tcp_early_retrans", "0");
		if (i == 1)
			drive_sysctl(d, "net.ipv4.tcp_recovery", "0");
		flight_join(d, SEG(SYN, 0, 0, .mss = MSS, .sack_ok = i < 2));
		drive_send(d, 3 * MSS, 0);
		flight_expect(d, 0, 3);
		flight_wait(d, RTO);
		flight_expect(d, 0, 1);
		assert_int_equal(COUNTED(d, TCPLossProbes), 0);
		drive_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_round_trips),
		cmocka_unit_test(one_segment),
		cmocka_unit_test(no_round_trip),
		cmocka_unit_test(put_off),
		cmocka_unit_test(new_text),
		cmocka_unit_test(peers_window),
		cmocka_unit_test(small_tail),
		cmocka_unit_test(last_segment),
		cmocka_unit_test(one_only),
		cmocka_unit_test(not_without_sample),
		cmocka_unit_test(repaired),
		cmocka_unit_test(not_needed_dsack),
		cmocka_unit_test(other_dsack),
		cmocka_unit_test(not_needed_duplicate),
		cmocka_unit_test(text_and_fin_are_no_duplicates),
		cmocka_unit_test(sacked),
		cmocka_unit_test(not_in_disorder),
		cmocka_unit_test(switched_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
