/* SPDX-License-Identifier: ISC */
/*
 * frto_test.c - was the timeout needed? RFC 5682 2.1 (without SACK) and 3.1
 */
#include "unit/tcp/flight.h"

/* Segments 0 to 5 have been in flight until RTO; `more` are queued behind.  The
 * first has gone again. */
static struct drive *timed_out(bool sack, uint32_t more)
{
	struct drive *d = drive_new();

	drive_sysctl(d, "net.ipv4.tcp_early_retrans", "0");
	flight_join(d, SEG(SYN, 0, 0, .mss = MSS, .sack_ok = sack));
	flight_tcb(d)->cc.cwnd = 6 * MSS;
	drive_send(d, (6 + more) * MSS, 0);
	flight_expect(d, 0, 6);
	flight_wait(d, RTO);
	flight_expect(d, 0, 1);
	assert_int_equal(COUNTED(d, TCPTimeouts), 1);
	return d;
}

static void assert_spurious(struct drive *d, uint64_t n)
{
	assert_int_equal(COUNTED(d, TCPSpuriousRTOs), n);
	if (n > 0)
		assert_in_range(drive_info(d).cwnd, 6 * MSS, 12 * MSS);
	else
		assert_in_range(drive_info(d).cwnd, MSS, 3 * MSS);
}

/* (2) b: the first ACK advances: two new segments, nothing again.  (3) b: the
 * second acknowledges what was sent once only: the timeout was spurious. */
static void spurious(void **state)
{
	int sack;

	(void)state;
	for (sack = 0; sack < 2; sack++) {
		struct drive *d = timed_out(sack, 20);

		flight_ack(d, 1);
		flight_expect(d, 6, 2);
		assert_spurious(d, 0);
		flight_ack(d, 2);
		assert_spurious(d, 1);
		assert_true(drive_take(d)); /* new text only */
		assert_int_equal(d->last.seq, 1 + 8 * MSS);
		assert_int_equal(drive_info(d).retrans, 1);
		drive_free(d);
	}
}

/* (3) a: the second ACK is a duplicate: it was needed. */
static void needed(void **state)
{
	struct drive *d = timed_out(false, 20);

	(void)state;
	flight_ack(d, 1);
	flight_expect(d, 6, 2);
	flight_ack(d, 1);
	assert_spurious(d, 0);
	drive_drain(d);
	flight_ack(d, 2); /* decided already */
	assert_spurious(d, 0);
	drive_free(d);
}

/* 3.1: the same, where the duplicate SACKs new text. */
static void needed_with_sack(void **state)
{
	struct drive *d = timed_out(true, 20);

	(void)state;
	flight_ack(d, 1);
	flight_expect(d, 6, 2);
	flight_sack(d, 1, SACK1(6, 7));
	assert_spurious(d, 0);
	assert_true(drive_take(d));
	assert_int_equal(d->last.seq, 1 + 1 * MSS);
	drive_drain(d);
	flight_sack(d, 2, SACK1(6, 7));
	assert_spurious(d, 0);
	drive_free(d);
}

/* 3.1 (3): a SACK for what was sent once, before the timeout, is as good as an
 * ACK: it had only been late. */
static void spurious_by_sack(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 1; i < 7; i++) { /* the last of it, too, but no new text */
		struct drive *d = timed_out(true, 20);

		flight_ack(d, 1);
		flight_expect(d, 6, 2);
		flight_sack(d, 1, SACK1(i, i + 1));
		assert_int_equal(COUNTED(d, TCPSpuriousRTOs), i < 6);
		drive_free(d);
	}
}

/* (2) a: the first ACK is a duplicate: repair as usual, for what follows. */
static void first_is_duplicate(void **state)
{
	struct drive *d = timed_out(false, 20);

	(void)state;
	flight_ack(d, 0);
	flight_ack(d, 1);
	flight_expect(d, 1, 2);
	flight_ack(d, 2);
	assert_spurious(d, 0);
	drive_free(d);
}

/* 3.1 (2) a: with SACK a duplicate says nothing yet. */
static void first_is_duplicate_with_sack(void **state)
{
	struct drive *d = timed_out(true, 20);

	(void)state;
	flight_sack(d, 0, SACK1(4, 5));
	expect_nothing(d);
	flight_ack(d, 1);
	assert_true(drive_take(d));
	assert_int_equal(d->last.seq, 1 + 6 * MSS);
	drive_drain(d);
	flight_ack(d, 2);
	assert_spurious(d, 1);
	drive_free(d);
}

/* (2) a: the first ACK covers all that was in flight: nothing can be told. */
static void first_covers_all(void **state)
{
	int sack;

	(void)state;
	for (sack = 0; sack < 2; sack++) {
		struct drive *d = timed_out(sack, 20);

		flight_ack(d, 6);
		flight_expect(d, 6, 2); /* slow start */
		flight_ack(d, 7);
		assert_spurious(d, 0);
		drive_free(d);
	}
}

/* (2) b: without new text, or without a window for it, repair as usual. */
static void nothing_new(void **state)
{
	int sack;

	(void)state;
	for (sack = 0; sack < 2; sack++) {
		struct drive *d = timed_out(sack, 0);

		flight_ack(d, 1);
		flight_expect(d, 1, 2);
		flight_ack(d, 2);
		assert_spurious(d, 0);
		drive_free(d);
	}
}

/* The window that the peer has advertised is full. */
static void no_window(void **state)
{
	int sack;

	(void)state;
	for (sack = 0; sack < 2; sack++) {
		struct drive *d = drive_new();

		drive_sysctl(d, "net.ipv4.tcp_early_retrans", "0");
		flight_join(d, SEG(SYN, 0, 0, .mss = MSS, .sack_ok = sack));
		inject(d, SEG(ACK, 1, 1, .wnd = 6 * MSS));
		drive_send(d, 10 * MSS, 0);
		flight_expect(d, 0, 6);
		flight_wait(d, RTO);
		flight_expect(d, 0, 1);
		/* ACK and window move together: there is no room. */
		inject(d, SEG(ACK, 1, 1 + MSS, .wnd = 5 * MSS));
		flight_expect(d, 1, 2);
		drive_free(d);
	}
}

/* (2) a: it acknowledges not all of what went again. */
static void first_covers_a_part(void **state)
{
	int sack;

	(void)state;
	for (sack = 0; sack < 2; sack++) {
		struct drive *d = timed_out(sack, 20);

		inject(d, SEG(ACK, 1, MSS));
		drive_drain(d);
		flight_ack(d, 1);
		flight_ack(d, 2);
		assert_spurious(d, 0);
		drive_free(d);
	}
}

/* (1): not if a timeout is under repair already. */
static void not_again(void **state)
{
	int sack;

	(void)state;
	for (sack = 0; sack < 2; sack++) {
		struct drive *d = timed_out(sack, 20);

		flight_wait(d, 2 * RTO);
		flight_expect(d, 0, 1);
		flight_ack(d, 1);
		flight_expect(d, 1, 2);
		flight_ack(d, 2);
		assert_spurious(d, 0);
		drive_free(d);
	}
}

/* net.ipv4.tcp_frto is 0. */
static void switched_off(void **state)
{
	int sack;

	(void)state;
	for (sack = 0; sack < 2; sack++) {
		struct drive *d = drive_new();

		drive_sysctl(d, "net.ipv4.tcp_frto", "0");
		drive_sysctl(d, "net.ipv4.tcp_early_retrans", "0");
		flight_join(d, SEG(SYN, 0, 0, .mss = MSS, .sack_ok = sack));
		drive_send(d, 20 * MSS, 0);
		flight_expect(d, 0, 10);
		flight_wait(d, RTO);
		flight_expect(d, 0, 1);
		flight_ack(d, 1);
		flight_expect(d, 1, 2);
		drive_free(d);
	}
}

/* A window update, or an ACK from before, is neither. */
static void says_nothing(void **state)
{
	struct drive *d = timed_out(false, 20);

	(void)state;
	flight_ack(d, 1);
	flight_expect(d, 6, 2);
	inject(d, SEG(ACK, 1, 1 + MSS, .wnd = 60000));
	inject(d, SEG(ACK, 1, 1));
	assert_spurious(d, 0);
	flight_ack(d, 2);
	assert_spurious(d, 1);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spurious),
		cmocka_unit_test(needed),
		cmocka_unit_test(needed_with_sack),
		cmocka_unit_test(spurious_by_sack),
		cmocka_unit_test(first_is_duplicate),
		cmocka_unit_test(first_is_duplicate_with_sack),
		cmocka_unit_test(first_covers_all),
		cmocka_unit_test(first_covers_a_part),
		cmocka_unit_test(nothing_new),
		cmocka_unit_test(no_window),
		cmocka_unit_test(not_again),
		cmocka_unit_test(switched_off),
		cmocka_unit_test(says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
