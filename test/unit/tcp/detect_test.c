/* SPDX-License-Identifier: ISC */
/*
 * detect_test.c - what is taken for lost: by time, RFC 8985 6.2 and 6.3, by
 * count, RFC 6675 4 and 5, and what a peer has thrown away, RFC 2018 8
 */
#include <netinet/tcp.h>

#include "unit/tcp/flight.h"

/* 8985 6.2 step 4: without reordering DupThresh SACKed segments are enough. */
static void dup_thresh(void **state)
{
	struct drive *d = flight_of(10, 0);

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 3));
	expect_nothing(d);
	flight_sack(d, 0, SACK1(1, 4));
	flight_expect(d, 0, 1);
	drive_free(d);
}

/* 6.2 step 5, reordering timer: a quarter of a round trip after the first
 * segment SACKed what left before is lost. */
static void reordering_timer(void **state)
{
	struct drive *d = flight_of(10, 0);

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(2, 3));
	flight_wait(d, RTT / 4);
	flight_expect(d, 0, 1);
	/* Segment 1 waits for cwnd; what comes after 2 is not lost. */
	assert_int_equal(flight_tcb(d)->flow->sent.n_lost, MSS);
	assert_int_equal(COUNTED(d, TCPSackRecovery), 1);
	drive_free(d);
}

/* The segments of ten that were taken for lost, as bits; they may have gone
 * again. */
static uint32_t lost_of(struct drive *d)
{
	const struct tcb *t = flight_tcb(d);
	const struct sent *r = t->flow->sent.first;
	uint32_t lost = 0;

	for (; r; r = sentq_next(r)) {
		const uint32_t at = seq_len(t->snd.una, r->left) / MSS;

		if (r->fate == SENT_LOST || r->again)
			lost |= ((1U << r->len / MSS) - 1) << at;
	}
	return lost;
}

/* 6.2 step 4: once repair is under way nothing waits any more, if no reordering
 * was seen: however few are SACKed. */
static void no_window_in_recovery(void **state)
{
	struct drive *d = flight_of(10, 0);

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 2));
	flight_wait(d, RTT / 4);
	assert_int_equal(lost_of(d), 0x1);
	flight_sack(d, 0, SACK2(1, 2, 3, 4));
	assert_int_equal(lost_of(d), 0x5);
	drive_free(d);
}

/* What comes in that time was only late: the timer stands still. */
static void late_not_lost(void **state)
{
	struct drive *d = flight_of(4, 0);

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 2));
	drive_sleep(d, RTT / 5);
	flight_ack(d, 4);
	expect_nothing(d);
	drive_sleep(d, 2 * RTT);
	expect_nothing(d);
	assert_int_equal(drive_info(d).retrans, 0);
	/* It was reordering: three SACKed segments are not enough now. */
	drive_send(d, 10 * MSS, 0);
	flight_expect(d, 4, 10);
	drive_sleep(d, RTT);
	flight_sack(d, 4, SACK1(5, 9));
	flight_wait(d, RTT / 4);
	flight_expect(d, 4, 1);
	drive_free(d);
}

/* What left later than what has arrived is not lost, however long ago. */
static void younger_flies(void **state)
{
	struct drive *d = flight_new(true);

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_early_retrans", "0");
	drive_send(d, 2 * MSS, 0);
	flight_expect(d, 0, 2);
	drive_sleep(d, RTT / 2);
	drive_send(d, 2 * MSS, 0);
	flight_expect(d, 2, 2);
	drive_sleep(d, RTT / 2);
	flight_sack(d, 0, SACK1(1, 2));
	flight_wait(d, RTT / 4);
	flight_expect(d, 0, 1);
	assert_int_equal(flight_tcb(d)->flow->sent.n_lost, 0);
	assert_int_equal(sentq_pipe(&flight_tcb(d)->flow->sent), 3 * MSS);
	drive_free(d);
}

/* A retransmission that is lost too is found by what left after it. */
static void lost_retransmission(void **state)
{
	struct drive *d = flight_of(10, 10);

	(void)state;
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 4));
	flight_expect(d, 0, 1);
	drive_sleep(d, TERN_MS);
	flight_sack(d, 0, SACK1(1, 9)); /* cwnd lets new text go */
	assert_true(drive_take(d));
	assert_int_equal(d->last.seq, 1 + 10 * MSS);
	drive_drain(d);
	drive_sleep(d, RTT);
	assert_int_equal(COUNTED(d, TCPLostRetransmit), 0);
	flight_sack(d, 0, SACK1(1, 11));
	assert_int_equal(COUNTED(d, TCPLostRetransmit), 1);
	assert_true(drive_take(d));
	assert_int_equal(d->last.seq, 1);
	drive_free(d);
}

/* 6.3: the timeout takes the first for lost, and what is older than RACK.rtt
 * and the window; what has just left is not. */
static void timeout_by_time(void **state)
{
	struct drive *d = flight_new(true);

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_early_retrans", "0");
	drive_sysctl(d, "net.ipv4.tcp_frto", "0");
	drive_send(d, MSS, 0); /* so that RACK.rtt is known */
	flight_expect(d, 0, 1);
	drive_sleep(d, RTT);
	flight_ack(d, 1);
	drive_send(d, 2 * MSS, 0);
	flight_expect(d, 1, 2);
	drive_sleep(d, 200 * TERN_MS);
	drive_send(d, 2 * MSS, 0);
	flight_expect(d, 3, 2);
	drive_wait(d);
	flight_expect(d, 1, 1);
	assert_int_equal(flight_tcb(d)->recovery, RECOVERY_LOSS);
	assert_int_equal(flight_tcb(d)->flow->sent.n_lost, MSS);
	assert_int_equal(sentq_pipe(&flight_tcb(d)->flow->sent), 3 * MSS);
	drive_free(d);
}

/* The first segment of what left in one burst, if all of it is young. */
static void timeout_first_only(void **state)
{
	struct drive *d = flight_new(true);

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_early_retrans", "0");
	drive_send(d, MSS, 0);
	flight_expect(d, 0, 1);
	drive_sleep(d, RTT);
	flight_ack(d, 1);
	drive_send(d, 4 * MSS, 0);
	flight_expect(d, 1, 4);
	/* A round trip so long that nothing is overdue when RTO comes. */
	flight_tcb(d)->flow->repair.rack.rtt_ns = TERN_S;
	drive_wait(d);
	flight_expect(d, 1, 1);
	assert_int_equal(flight_tcb(d)->flow->sent.n_lost, 0);
	assert_int_equal(sentq_pipe(&flight_tcb(d)->flow->sent), 4 * MSS);
	drive_free(d);
}

/* 6675 4 IsLost(): three runs, or more than two segments, SACKed above it. */
static void is_lost(void **state)
{
	static const struct {
		struct blocks b;
		uint32_t lost;
	} row[] = {
		{{1, {{1, 3}}}, 0x0},
		{{1, {{1, 4}}}, 0x1},
		{{1, {{2, 5}}}, 0x3},
		{{2, {{1, 2}, {3, 4}}}, 0x0},
		{{2, {{1, 2}, {3, 5}}}, 0x1},
		{{2, {{1, 3}, {4, 5}}}, 0x1},
		{{2, {{2, 3}, {6, 9}}}, 0x3b},
		{{3, {{1, 2}, {3, 4}, {5, 6}}}, 0x1},
		{{3, {{2, 3}, {4, 5}, {6, 7}}}, 0x3},
		{{3, {{3, 4}, {6, 7}, {8, 9}}}, 0x7},
		{{4, {{1, 2}, {3, 4}, {5, 6}, {7, 8}}}, 0x5},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		struct drive *d = flight_by_count(10, 0);

		flight_sack(d, 0, row[i].b);
		if (lost_of(d) != row[i].lost)
			fail_msg("row %zu: lost %x", i, lost_of(d));
		assert_int_equal(COUNTED(d, TCPSackRecovery), row[i].lost != 0);
		drive_free(d);
	}
}

/* By count nothing waits for a timer. */
static void no_reordering_timer(void **state)
{
	struct drive *d = flight_by_count(10, 0);

	(void)state;
	flight_sack(d, 0, SACK1(2, 3));
	drive_sleep(d, RTO - RTT - TICK); /* RTO began when they left */
	expect_nothing(d);
	assert_int_equal(d->timers & 1U << TERN_TIMER_REORDER, 0);
	drive_free(d);
}

/* n segments of 100 bytes. */
static struct drive *small_ones(int n)
{
	struct drive *d = flight_by_count(0, 0);
	int i;

	drive_set(d, d->fd, IPPROTO_TCP, TCP_NODELAY, 1);
	for (i = 0; i < n; i++)
		drive_send(d, 100, 0);
	assert_int_equal(drive_drain(d), n);
	return d;
}

static void sack_bytes(struct drive *d, uint32_t ack, uint32_t left,
		       uint32_t right)
{
	inject(d, SEG(ACK, 1, 1 + ack, .n_sack = 1,
		      .sack = {{1 + left, 1 + right}}));
}

/* 6675 5: the third duplicate ACK is enough, though IsLost() is not sure;
 * but a duplicate is only what says something new (2). */
static void third_duplicate(void **state)
{
	struct drive *d = small_ones(9);
	int i;

	(void)state;
	for (i = 0; i < 5; i++)
		sack_bytes(d, 0, 100, 200);
	expect_nothing(d);
	sack_bytes(d, 0, 100, 300);
	expect_nothing(d);
	sack_bytes(d, 0, 100, 400);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	drive_free(d);
}

/* 6675 5 (B): an ACK that advances ends the row. */
static void duplicates_in_a_row(void **state)
{
	struct drive *d = small_ones(9);

	(void)state;
	sack_bytes(d, 0, 200, 300);
	sack_bytes(d, 0, 200, 400);
	sack_bytes(d, 100, 200, 500);
	sack_bytes(d, 100, 200, 600);
	sack_bytes(d, 100, 200, 700);
	expect_nothing(d);
	sack_bytes(d, 100, 200, 800);
	expect(d, SEG(PSH | ACK, 101, 1, .len = 100));
	drive_free(d);
}

/* RFC 2018 8: at the timeout the first segment was SACKed once, and still is
 * not acknowledged: the peer has thrown it away, and all goes again. */
static void reneged(void **state)
{
	struct drive *d = flight_of(6, 0);
	uint32_t i;

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_frto", "0");
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK1(1, 6));
	flight_expect(d, 0, 1);
	drive_sleep(d, RTT);
	flight_ack(d, 1); /* and not 6 */
	expect_nothing(d);
	drive_wait(d);
	assert_int_equal(COUNTED(d, TCPSACKReneging), 1);
	assert_int_equal(flight_tcb(d)->flow->sent.n_sacked, 0);
	for (i = 1; i < 6; i++) {
		assert_true(drive_take(d));
		assert_int_equal(d->last.seq, 1 + i * MSS);
		flight_ack(d, i + 1);
	}
	expect_nothing(d);
	drive_free(d);
}

/* It has not, if the first segment was never SACKed: what was stays so (RFC
 * 6675 5.1). */
static void not_reneged(void **state)
{
	struct drive *d = flight_of(6, 0);

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_frto", "0");
	drive_sleep(d, RTT);
	flight_sack(d, 0, SACK2(1, 2, 3, 6));
	assert_int_equal(drive_drain(d), 2);
	drive_wait(d);
	assert_int_equal(COUNTED(d, TCPTimeouts), 1);
	assert_int_equal(COUNTED(d, TCPSACKReneging), 0);
	flight_expect(d, 0, 1);
	flight_sack(d, 1, SACK2(1, 2, 3, 6));
	flight_expect(d, 2, 1); /* 1 had arrived */
	flight_ack(d, 6);
	expect_nothing(d);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dup_thresh),
		cmocka_unit_test(reordering_timer),
		cmocka_unit_test(no_window_in_recovery),
		cmocka_unit_test(late_not_lost),
		cmocka_unit_test(younger_flies),
		cmocka_unit_test(lost_retransmission),
		cmocka_unit_test(timeout_by_time),
		cmocka_unit_test(timeout_first_only),
		cmocka_unit_test(is_lost),
		cmocka_unit_test(no_reordering_timer),
		cmocka_unit_test(third_duplicate),
		cmocka_unit_test(duplicates_in_a_row),
		cmocka_unit_test(reneged),
		cmocka_unit_test(not_reneged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
