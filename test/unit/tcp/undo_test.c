/* SPDX-License-Identifier: ISC */
/*
 * undo_test.c - reductions that were not needed: the Eifel algorithm (RFC 3522,
 * RFC 4015), D-SACK (RFC 3708)
 */
#include "unit/tcp/flight.h"

static uint32_t cwnd(struct drive *d)
{
	return drive_info(d).cwnd;
}

/* Segments of 1000 bytes and a Timestamps option; n of them are in flight, and
 * a round trip has passed.  *ts is their TSval. */
static struct drive *stamped(uint32_t n, uint32_t more, uint32_t *ts)
{
	struct drive *d = drive_new();
	uint32_t i;

	drive_sysctl(d, "net.ipv4.tcp_early_retrans", "0");
	flight_join(d, SEG(SYN, 0, 0, .mss = MSS + 12, .sack_ok = true,
			   .ts = true, .ts_val = 1000));
	drive_send(d, (n + more) * MSS, 0);
	for (i = 0; i < n; i++) {
		assert_true(drive_take(d));
		assert_int_equal(d->last.len, MSS);
		*ts = d->last.ts_val;
	}
	expect_nothing(d);
	return d;
}

static void ack_ts(struct drive *d, uint32_t i, uint32_t ecr)
{
	inject(d, SEG(ACK, 1, 1 + i * MSS, .ts = true, .ts_val = 1001,
		      .ts_ecr = ecr));
}

static void sack_ts(struct drive *d, uint32_t i, uint32_t from, uint32_t to,
		    uint32_t ecr)
{
	inject(d, SEG(ACK, 1, 1 + i * MSS, .ts = true, .ts_val = 1001,
		      .ts_ecr = ecr, .n_sack = 1,
		      .sack = {{1 + from * MSS, 1 + to * MSS}}));
}

/* Segment 0 has gone again, for three that came before it.  Returns the TSval
 * with which it did. */
static uint32_t fast(struct drive *d, uint32_t ts)
{
	drive_sleep(d, RTT);
	sack_ts(d, 0, 1, 4, ts);
	assert_true(drive_take(d));
	assert_int_equal(d->last.seq, 1);
	assert_int_equal(d->last.ts_val - ts, 100);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_FAST);
	assert_int_equal(drive_info(d).ssthresh, 5 * MSS);
	drive_sleep(d, 10 * TERN_MS);
	return ts + 100;
}

static void assert_undone(struct drive *d)
{
	assert_true(flight_tcb(d)->recovery < RECOVERY_FAST);
	assert_in_range(cwnd(d), 10 * MSS, 20 * MSS);
	assert_true(drive_info(d).ssthresh > 10 * MSS);
	assert_int_equal(flight_tcb(d)->flow->sent.n_lost, 0);
}

/* The peer has told a D-SACK before, RFC 3522 3.2 (5). */
static void tells_dsacks(struct drive *d)
{
	flight_tcb(d)->flow->repair.n_dsack = 1;
}

/* RFC 3522 3.2 (4): the ACK echoes a time before the retransmission: what it
 * acknowledges is the original. */
static void eifel_full(void **state)
{
	uint32_t ts;
	struct drive *d = stamped(10, 0, &ts);
	const uint32_t again = fast(d, ts);

	(void)state;
	tells_dsacks(d);
	ack_ts(d, 10, again - 1);
	assert_undone(d);
	assert_int_equal(COUNTED(d, TCPFullUndo), 1);
	assert_int_equal(COUNTED(d, TCPPartialUndo), 0);
	drive_free(d);
}

/* RFC 3522 3.2 (5), 3.3: it is for all that is outstanding, and nobody knows
 * whether the peer would tell a D-SACK: a window of ACKs may have been lost. */
static void eifel_all_acks_lost(void **state)
{
	uint32_t ts;
	struct drive *d = stamped(10, 0, &ts);
	const uint32_t again = fast(d, ts);

	(void)state;
	ack_ts(d, 10, again - 1);
	assert_int_equal(COUNTED(d, TCPFullUndo), 0);
	assert_int_equal(cwnd(d), 5 * MSS);
	drive_free(d);
}

static void eifel_partial(void **state)
{
	uint32_t ts;
	struct drive *d = stamped(10, 0, &ts);

	(void)state;
	fast(d, ts);
	ack_ts(d, 4, ts);
	assert_undone(d);
	assert_int_equal(COUNTED(d, TCPPartialUndo), 1);
	assert_int_equal(COUNTED(d, TCPFullUndo), 0);
	assert_int_equal(COUNTED(d, TCPSpuriousRTOs), 0);
	drive_free(d);
}

/* It was answered itself: the time is not before that of the retransmission. */
static void eifel_needed(void **state)
{
	uint32_t ts;
	struct drive *d = stamped(10, 0, &ts);
	const uint32_t again = fast(d, ts);

	(void)state;
	ack_ts(d, 4, again);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_FAST);
	assert_int_equal(COUNTED(d, TCPPartialUndo), 0);
	ack_ts(d, 10, again);
	assert_int_equal(COUNTED(d, TCPFullUndo), 0);
	assert_int_equal(cwnd(d), 5 * MSS);
	drive_free(d);
}

/* RFC 7323 3.2: an echo of 0 is none. */
static void eifel_echo_of_nothing(void **state)
{
	uint32_t ts;
	struct drive *d = stamped(10, 0, &ts);

	(void)state;
	fast(d, ts);
	/* It would be a time before the retransmission. */
	assert_true((int32_t)flight_tcb(d)->flow->repair.undo.rexmit_ts > 0);
	ack_ts(d, 4, 0);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_FAST);
	drive_free(d);
}

/* Takes all that is sent.  Returns the TSval of segment i, 0 if it is not
 * among it. */
static uint32_t take_all(struct drive *d, uint32_t i)
{
	uint32_t ts = 0;

	while (drive_take(d))
		if (d->last.seq == 1 + i * MSS)
			ts = d->last.ts_val;
	return ts;
}

/* What one repair sent again arrives in the next one, which has sent something
 * again later: the ACK echoes a time before that, and proves nothing. */
static void eifel_of_the_last_repair(void **state)
{
	uint32_t ts, again;
	struct drive *d = stamped(10, 30, &ts);
	const uint32_t first = fast(d, ts);

	(void)state;
	tells_dsacks(d);
	sack_ts(d, 0, 1, 10, ts); /* 10, 11, ... go */
	(void)take_all(d, 0);
	drive_sleep(d, RTT);
	sack_ts(d, 0, 11, 12, ts); /* 10, after `recover', was lost */
	again = take_all(d, 10);
	assert_true(again > first);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_FAST);
	drive_sleep(d, 10 * TERN_MS);
	sack_ts(d, 10, 11, 12, first); /* that repair is over */
	assert_true(flight_tcb(d)->recovery < RECOVERY_FAST);
	sack_ts(d, 10, 13, 14, first);
	drive_sleep(d, 30 * TERN_MS); /* so was 12, RACK says */
	assert_true(take_all(d, 12) > again);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_FAST);
	ack_ts(d, 12, again);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_FAST);
	assert_int_equal(COUNTED(d, TCPPartialUndo), 0);
	assert_int_equal(COUNTED(d, TCPFullUndo), 0);
	drive_free(d);
}

/* RFC 3522 3.2 (4): the first *acceptable* ACK.  Duplicates echo what came
 * before the hole, always. */
static void eifel_not_by_duplicate(void **state)
{
	uint32_t ts;
	struct drive *d = stamped(10, 0, &ts);

	(void)state;
	fast(d, ts);
	sack_ts(d, 0, 1, 5, ts);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_FAST);
	assert_true(cwnd(d) < 10 * MSS);
	drive_free(d);
}

/* Nothing has gone again yet, so nothing can have gone in vain. */
static void eifel_nothing_sent_again(void **state)
{
	struct undo *u;
	uint32_t ts;
	struct drive *d = stamped(10, 0, &ts);

	(void)state;
	fast(d, ts);
	u = &flight_tcb(d)->flow->repair.undo;
	u->rexmitted = false;
	ack_ts(d, 4, ts);
	assert_int_equal(COUNTED(d, TCPPartialUndo), 0);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_FAST);
	drive_free(d);
}

/* The same after a timeout: one counter more (RFC 3522, spurious timeout). */
static void eifel_timeout(void **state)
{
	uint32_t ts;
	struct drive *d = stamped(10, 0, &ts);

	(void)state;
	drive_wait(d);
	flight_expect(d, 0, 1);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_LOSS);
	assert_int_equal(cwnd(d), MSS);
	tells_dsacks(d);
	ack_ts(d, 10, ts);
	assert_undone(d);
	assert_int_equal(COUNTED(d, TCPLossUndo), 1);
	assert_int_equal(COUNTED(d, TCPSpuriousRTOs), 1);
	assert_int_equal(COUNTED(d, TCPFullUndo), 0);
	drive_free(d);
}

/* ... and what was taken for lost is not sent again. */
static void flies_again(void **state)
{
	uint32_t ts;
	struct drive *d = stamped(10, 0, &ts);

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_frto", "0");
	drive_wait(d);
	flight_expect(d, 0, 1);
	assert_int_equal(flight_tcb(d)->flow->sent.n_lost, 9 * MSS);
	ack_ts(d, 1, ts);
	expect_nothing(d);
	assert_undone(d);
	assert_int_equal(sentq_pipe(&flight_tcb(d)->flow->sent), 9 * MSS);
	drive_free(d);
}

/* RFC 3522 needs timestamps: an option that was not agreed on says nothing. */
static void eifel_not_agreed(void **state)
{
	struct drive *d = flight_of(10, 0);
	uint32_t ms;

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 4));
	flight_expect(d, 0, 1);
	ms = flight_tcb(d)->flow->repair.undo.rexmit_ts;
	inject(d, SEG(ACK, 1, 1 + 4 * MSS, .ts = true, .ts_val = 1,
		      .ts_ecr = ms - 50));
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_FAST);
	drive_free(d);
}

/* Of ten segments the first seems lost, and goes again. */
static struct drive *repairing(void)
{
	struct drive *d = flight_of(10, 0);

	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 4));
	flight_expect(d, 0, 1);
	return d;
}

/* RFC 3708 2: D-SACKs have told of all that was sent again. */
static void dsack(void **state)
{
	struct drive *d = repairing();

	(void)state;
	drive_sleep(d, 10 * TERN_MS);
	flight_ack(d, 8);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_FAST);
	flight_sack(d, 8, SACK1(0, 1));
	assert_undone(d);
	assert_int_equal(COUNTED(d, TCPDSACKUndo), 1);
	drive_free(d);
}

/* ... all, not some of it. */
static void dsack_of_a_part(void **state)
{
	struct drive *d = flight_of(10, 0);

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK2(1, 2, 3, 10));
	assert_int_equal(drive_drain(d), 2); /* 0 and 2 */
	drive_sleep(d, 10 * TERN_MS);
	flight_sack(d, 10, SACK1(0, 1));
	assert_int_equal(COUNTED(d, TCPDSACKUndo), 0);
	assert_int_equal(cwnd(d), 5 * MSS);
	drive_send(d, MSS, 0);
	flight_expect(d, 10, 1);
	flight_sack(d, 10, SACK1(2, 3)); /* even now, recovery is over */
	assert_int_equal(COUNTED(d, TCPDSACKUndo), 1);
	assert_in_range(cwnd(d), 10 * MSS, 20 * MSS);
	drive_free(d);
}

/* What was sent again before this reduction was another one's doing. */
static void dsack_of_another(void **state)
{
	struct drive *d = repairing();

	(void)state;
	drive_sleep(d, 10 * TERN_MS);
	flight_ack(d, 10);
	drive_send(d, 5 * MSS, 0);
	flight_expect(d, 10, 5);
	drive_sleep(d, RTT);
	flight_sack(d, 10, SACK1(11, 14));
	flight_expect(d, 10, 1);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_FAST);
	drive_sleep(d, 10 * TERN_MS);
	flight_sack(d, 10, SACK2(0, 1, 11, 14));
	assert_int_equal(COUNTED(d, TCPDSACKRecv), 1);
	assert_int_equal(COUNTED(d, TCPDSACKUndo), 0);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_FAST);
	drive_free(d);
}

/* It may come when nothing is in flight any more. */
static void dsack_afterwards(void **state)
{
	struct drive *d = repairing();

	(void)state;
	drive_sleep(d, 10 * TERN_MS);
	flight_ack(d, 10);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_OPEN);
	assert_int_equal(cwnd(d), 5 * MSS);
	flight_sack(d, 10, SACK1(0, 1));
	assert_undone(d);
	assert_int_equal(COUNTED(d, TCPDSACKUndo), 1);
	drive_free(d);
}

/* ... but then, too, it must be about what repair has sent again: not about a
 * tail loss probe that was not needed. */
static void dsack_of_a_probe(void **state)
{
	struct drive *d = repairing();

	(void)state;
	drive_sleep(d, RTT);
	flight_ack(d, 10);
	drive_send(d, 2 * MSS, 0);
	flight_expect(d, 10, 2);
	(void)drive_wait(d);
	flight_expect(d, 11, 1);
	assert_int_equal(COUNTED(d, TCPLossProbes), 1);
	flight_sack(d, 12, SACK1(11, 12));
	assert_int_equal(COUNTED(d, TCPDSACKRecv), 1);
	assert_int_equal(COUNTED(d, TCPDSACKUndo), 0);
	assert_true(cwnd(d) < 7 * MSS);
	/* It is no sign of reordering either. */
	assert_int_equal(flight_tcb(d)->flow->repair.rack.mult, 1);
	drive_free(d);
}

/* A reduction is taken back once. */
static void once(void **state)
{
	struct drive *d = repairing();

	(void)state;
	flight_sack(d, 4, SACK1(0, 1));
	assert_int_equal(COUNTED(d, TCPDSACKUndo), 1);
	flight_ack(d, 10);
	flight_tcb(d)->cc.cwnd = 2 * MSS;
	flight_sack(d, 10, SACK1(0, 1));
	assert_int_equal(COUNTED(d, TCPDSACKUndo), 1);
	assert_int_equal(cwnd(d), 2 * MSS);
	drive_free(d);
}

/* It had come late, so the path reorders: RACK waits from now on. */
static void reordering_is_known(void **state)
{
	struct drive *d = repairing();

	(void)state;
	assert_false(flight_tcb(d)->flow->repair.rack.reordering_seen);
	flight_sack(d, 4, SACK1(0, 1));
	assert_true(flight_tcb(d)->flow->repair.rack.reordering_seen);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eifel_full),
		cmocka_unit_test(eifel_all_acks_lost),
		cmocka_unit_test(eifel_partial),
		cmocka_unit_test(eifel_needed),
		cmocka_unit_test(eifel_echo_of_nothing),
		cmocka_unit_test(eifel_of_the_last_repair),
		cmocka_unit_test(eifel_not_by_duplicate),
		cmocka_unit_test(eifel_nothing_sent_again),
		cmocka_unit_test(eifel_timeout),
		cmocka_unit_test(flies_again),
		cmocka_unit_test(eifel_not_agreed),
		cmocka_unit_test(dsack),
		cmocka_unit_test(dsack_of_a_part),
		cmocka_unit_test(dsack_of_another),
		cmocka_unit_test(dsack_afterwards),
		cmocka_unit_test(dsack_of_a_probe),
		cmocka_unit_test(once),
		cmocka_unit_test(reordering_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
