/* SPDX-License-Identifier: ISC */
/*
 * rfc6582_test.c - fast retransmit and fast recovery: RFC 5681 3.2, RFC 6582
 * (NewReno), RFC 3042 (limited transmit)
 */
#include "unit/rfc/drive.h"

#define MSS 1460U

static uint32_t cwnd(struct drive *d)
{
	return drive_info(d).cwnd;
}

/* ESTABLISHED with segments 0 to 9 in flight, and `more` queued behind. */
static struct drive *in_flight(uint32_t more)
{
	struct drive *d = drive_new();

	drive_server(d);
	drive_send(d, (10 + more) * MSS, 0);
	assert_int_equal(drive_drain(d), 10);
	return d;
}

/* The peer acknowledges all before segment i. */
static void ack(struct drive *d, uint32_t i)
{
	inject(d, SEG(ACK, 1, 1 + i * MSS));
}

/* The stack sends segment i, full-sized. */
static void expect_segment(struct drive *d, uint32_t i)
{
	expect(d, SEG(ACK, 1 + i * MSS, 1, .len = MSS));
}

/* 5681 3.2: the third duplicate sends the segment again, two do not. */
static void three_duplicates(void **state)
{
	struct drive *d = in_flight(0);

	(void)state;
	ack(d, 0);
	ack(d, 0);
	expect_nothing(d);
	ack(d, 0);
	expect_segment(d, 0);
	expect_nothing(d);
	drive_free(d);
}

/* 5681 3.2 (2), (3): ssthresh is half the flight, cwnd three more. */
static void window_in_recovery(void **state)
{
	struct drive *d = in_flight(0);
	uint32_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		ack(d, 0);
	assert_int_equal(drive_info(d).ssthresh, 5 * MSS);
	assert_int_equal(cwnd(d), 8 * MSS);
	ack(d, 0); /* (4): each further one adds a segment */
	assert_int_equal(cwnd(d), 9 * MSS);
	ack(d, 0);
	assert_int_equal(cwnd(d), 10 * MSS);
	drive_drain(d);
	drive_free(d);
}

/* 5681 3.2 (5), and new data when the inflated window allows it. */
static void new_data_in_recovery(void **state)
{
	struct drive *d = in_flight(20);
	uint32_t i;

	(void)state;
	ack(d, 0);
	expect_segment(d, 10); /* limited transmit */
	ack(d, 0);
	expect_segment(d, 11);
	ack(d, 0);
	expect_segment(d, 0);
	expect_nothing(d);
	/* 12 in flight, cwnd 8: four duplicates fill it, the next lets go. */
	for (i = 0; i < 4; i++) {
		ack(d, 0);
		expect_nothing(d);
	}
	ack(d, 0);
	expect_segment(d, 12);
	expect_nothing(d);
	drive_free(d);
}

/* 3042: the first and the second duplicate let one new segment go each; cwnd
 * does not change. */
static void rfc_3042_limited_transmit(void **state)
{
	struct drive *d = in_flight(20);

	(void)state;
	ack(d, 0);
	expect_segment(d, 10);
	expect_nothing(d);
	assert_int_equal(cwnd(d), 10 * MSS);
	ack(d, 0);
	expect_segment(d, 11);
	expect_nothing(d);
	assert_int_equal(cwnd(d), 10 * MSS);
	/* 5681 3.2 (2): they do not count for ssthresh. */
	ack(d, 0);
	assert_int_equal(drive_info(d).ssthresh, 5 * MSS);
	drive_drain(d);
	drive_free(d);
}

/* 3042: only if the peer's window has room. */
static void rfc_3042_peers_window(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = MSS, .wnd = 10 * MSS));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(ACK, 1, 1, .wnd = 10 * MSS));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	drive_send(d, 30 * MSS, 0);
	assert_int_equal(drive_drain(d), 10);
	for (i = 0; i < 2; i++) {
		inject(d, SEG(ACK, 1, 1, .wnd = 10 * MSS));
		expect_nothing(d);
	}
	drive_free(d);
}

/* 5681 2: what is not a duplicate: it has text, another window, SYN or FIN, or
 * nothing is outstanding. */
static void what_is_no_duplicate(void **state)
{
	struct drive *d = in_flight(0);
	uint32_t i;

	(void)state;
	for (i = 0; i < 10; i++)
		inject(d, SEG(ACK, 1 + i, 1, .len = 1));
	for (i = 0; i < 10; i++)
		inject(d, SEG(ACK, 11, 1, .wnd = 60000 + i));
	assert_int_equal(tern_counter(d->n, TERN_TcpExtTCPFastRetrans), 0);
	assert_int_equal(drive_info(d).ssthresh, UINT32_MAX);
	drive_drain(d);
	drive_free(d);

	d = drive_new();
	drive_server(d);
	for (i = 0; i < 10; i++)
		ack(d, 0);
	drive_send(d, 20 * MSS, 0);
	assert_int_equal(drive_drain(d), 10);
	ack(d, 0);
	ack(d, 0);
	assert_int_equal(tern_counter(d->n, TERN_TcpExtTCPFastRetrans), 0);
	drive_drain(d);
	drive_free(d);
}

/* 6582 3.2 step 3, full acknowledgment: min(ssthresh, flight + MSS). */
static void full_acknowledgment(void **state)
{
	struct drive *d = in_flight(0);
	uint32_t i;

	(void)state;
	for (i = 0; i < 9; i++)
		ack(d, 0);
	drive_drain(d);
	ack(d, 10);
	assert_int_equal(cwnd(d), 2 * MSS); /* nothing is in flight */
	assert_int_equal(drive_info(d).ssthresh, 5 * MSS);
	drive_free(d);

	d = in_flight(20);
	for (i = 0; i < 9; i++)
		ack(d, 0);
	drive_drain(d); /* 12 and beyond are new, 10 and 11 limited transmit */
	ack(d, 12);
	assert_int_equal(cwnd(d), 3 * MSS); /* two in flight */
	drive_free(d);
}

/* 6582 3.2 step 3, partial acknowledgment: the next hole at once, and the
 * window less what was acknowledged, plus one. */
static void partial_acknowledgment(void **state)
{
	struct drive *d = in_flight(0);
	uint32_t i;

	(void)state;
	for (i = 0; i < 7; i++) /* 0, 4 and 6 were lost */
		ack(d, 0);
	expect_segment(d, 0);
	assert_int_equal(cwnd(d), 12 * MSS);
	ack(d, 4);
	expect_segment(d, 4);
	expect_nothing(d);
	assert_int_equal(cwnd(d), 9 * MSS); /* 12 - 4 + 1 */
	ack(d, 6);
	expect_segment(d, 6);
	expect_nothing(d);
	assert_int_equal(cwnd(d), 8 * MSS); /* 9 - 2 + 1 */
	ack(d, 10);
	expect_nothing(d);
	assert_int_equal(tern_counter(d->n, TERN_TcpExtTCPTimeouts), 0);
	assert_int_equal(drive_info(d).ssthresh, 5 * MSS); /* one reduction */
	drive_free(d);
}

/* 6582 4, "impatient": only the first partial acknowledgment restarts the
 * timer, so that many losses in one window end in slow start. */
static void impatient_timer(void **state)
{
	struct drive *d = in_flight(0);
	uint32_t i;

	(void)state;
	for (i = 0; i < 6; i++)
		ack(d, 0);
	expect_segment(d, 0);
	for (i = 1; i < 9; i++) {
		drive_sleep(d, 150 * TERN_MS);
		if (tern_counter(d->n, TERN_TcpExtTCPTimeouts) > 0)
			break;
		ack(d, i);
		drive_drain(d);
	}
	assert_int_equal(tern_counter(d->n, TERN_TcpExtTCPTimeouts), 1);
	assert_in_range(i, 2, 4);
	drive_drain(d);
	drive_free(d);
}

/* 6582 3.2 step 2: duplicates that the recovery itself has caused begin no
 * other: not before `recover` was passed. */
static void no_second_fast_retransmit(void **state)
{
	struct drive *d = in_flight(0);
	uint32_t i;

	(void)state;
	for (i = 0; i < 6; i++)
		ack(d, 0);
	expect_segment(d, 0);
	ack(d, 10);
	drive_send(d, MSS, 0);
	expect(d, SEG(PSH | ACK, 1 + 10 * MSS, 1, .len = MSS));
	for (i = 0; i < 10; i++)
		ack(d, 10);
	/* SND.UNA is `recover`, not beyond it. */
	expect_nothing(d);
	assert_int_equal(tern_counter(d->n, TERN_TcpExtTCPRenoRecovery), 1);
	drive_free(d);
}

/* 6582 4.1 and step 4: after a timeout, duplicates of what was in flight then
 * start no fast retransmit. */
static void no_fast_retransmit_after_timeout(void **state)
{
	struct drive *d = in_flight(0);
	uint32_t i;

	(void)state;
	drive_sleep(d, 250 * TERN_MS);
	expect_segment(d, 0);
	for (i = 0; i < 9; i++)
		ack(d, 0);
	expect_nothing(d);
	ack(d, 5);
	drive_drain(d);
	for (i = 0; i < 9; i++)
		ack(d, 5);
	assert_int_equal(tern_counter(d->n, TERN_TcpExtTCPRenoRecovery), 0);
	drive_free(d);
}

/* And beyond `recover` they do again. */
static void recovery_after_recovery(void **state)
{
	struct drive *d = in_flight(40);
	uint32_t at = 0, round, i;

	(void)state;
	for (round = 1; round < 4; round++) {
		for (i = 0; i < 3; i++)
			ack(d, at);
		assert_int_equal(tern_counter(d->n, TERN_TcpExtTCPRenoRecovery),
				 round);
		drive_drain(d);
		for (i = 0; i < 13; i++) { /* past all that was in flight */
			ack(d, ++at);
			drive_drain(d);
		}
	}
	drive_free(d);
}

/* T23: a thousand duplicates with ten segments in flight do not let more go
 * than ten segments could have caused. */
static void t23_forged_duplicates(void **state)
{
	struct drive *d = in_flight(400);
	uint32_t sent = 0;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		ack(d, 0);
		while (drive_take(d))
			if (d->last.seq >= 1 + 10 * MSS)
				sent++;
	}
	assert_in_range(sent, 2, 11);
	drive_free(d);
}

/* T12: the same with a lot in flight: none is sent twice. */
static void t12_flood_of_duplicates(void **state)
{
	struct drive *d = in_flight(0);
	int i, n = 0;

	(void)state;
	for (i = 0; i < 10000; i++) {
		ack(d, 0);
		n += drive_drain(d);
	}
	assert_int_equal(n, 1);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_duplicates),
		cmocka_unit_test(window_in_recovery),
		cmocka_unit_test(new_data_in_recovery),
		cmocka_unit_test(rfc_3042_limited_transmit),
		cmocka_unit_test(rfc_3042_peers_window),
		cmocka_unit_test(what_is_no_duplicate),
		cmocka_unit_test(full_acknowledgment),
		cmocka_unit_test(partial_acknowledgment),
		cmocka_unit_test(impatient_timer),
		cmocka_unit_test(no_second_fast_retransmit),
		cmocka_unit_test(no_fast_retransmit_after_timeout),
		cmocka_unit_test(recovery_after_recovery),
		cmocka_unit_test(t23_forged_duplicates),
		cmocka_unit_test(t12_flood_of_duplicates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
