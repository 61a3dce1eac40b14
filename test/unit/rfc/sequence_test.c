/* SPDX-License-Identifier: ISC */
/*
 * sequence_test.c - RFC 9293 3.10.7.4: the sequence number check (Table 6),
 * segments that lie partly in the window, FIN out of order; and PAWS, RFC 7323
 */
#include "unit/rfc/states.h"

static const struct place established = {TERN_TCP_ESTABLISHED, 1, 1, false};

/* The next `len` bytes to be read must be from + 0, 1, 2 ... */
static void expect_text(struct drive *d, uint32_t len, uint32_t from)
{
	uint8_t p[STATES_WND];
	uint32_t i;

	assert_int_equal(tern_recv(d->n, d->fd, p, sizeof(p), 0), len);
	for (i = 0; i < len; i++)
		assert_int_equal(p[i], (uint8_t)(from + i));
}

/* Byte n of the stream has value n. */
#define TEXT(s, l, ...) \
	SEG(ACK, s, 1, .len = (l), .text_from = (uint8_t)(s), __VA_ARGS__)

/* SEG.LEN > 0: the right edge, and one before it. */
static void text_at_the_right_edge(void **state)
{
	struct drive *d = drive_to(&established);

	(void)state;
	inject(d, TEXT(1 + STATES_WND, 1));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(d->last_drop, TERN_DROP_TCP_SEQ);
	d->last_drop = TERN_DROP_NONE;
	inject(d, TEXT(STATES_WND, 1));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(d->last_drop, TERN_DROP_NONE);
	for (uint32_t seq = 1; seq < STATES_WND; seq += 1111)
		inject(d, TEXT(seq, 1111));
	drive_drain(d);
	expect_text(d, STATES_WND, 1);
	drive_free(d);
}

/* SEG.LEN = 0: accepted up to the right edge itself, where a peer that has
 * filled the window stands; not beyond. */
static void bare_ack_at_the_right_edge(void **state)
{
	struct drive *d = drive_to(&established);

	(void)state;
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	inject(d, SEG(ACK, 1 + STATES_WND, 6));
	assert_int_equal(drive_info(d).unacked, 5);
	inject(d, SEG(ACK, 2 + STATES_WND, 11));
	assert_int_equal(drive_info(d).unacked, 5);
	inject(d, SEG(ACK, 0, 11));
	assert_int_equal(drive_info(d).unacked, 5);
	inject(d, SEG(ACK, 1, 11));
	assert_int_equal(drive_info(d).unacked, 0);
	drive_free(d);
}

/* What is not an ACK is held to Table 6: without an octet, too, it must lie
 * before the right edge. */
static void bare_segment_at_the_right_edge(void **state)
{
	struct drive *d = drive_to(&established);

	(void)state;
	inject(d, SEG(0, STATES_WND, 0));
	expect_nothing(d);
	assert_int_equal(d->last_drop, TERN_DROP_TCP_NO_ACK);
	inject(d, SEG(0, 1 + STATES_WND, 0));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(d->last_drop, TERN_DROP_TCP_SEQ);
	drive_free(d);
}

/* What lies behind a FIN is not kept: no FIN is followed by text. */
static void text_behind_fin_is_freed(void **state)
{
	struct drive *d = drive_to(&established);

	(void)state;
	inject(d, SEG(ACK, 501, 1, .len = 100));
	expect(d, SEG(ACK, 1, 1));
	assert_true(tern_memory(d->n, TERN_MEM_RECV) > 0);
	inject(d, SEG(FIN | ACK, 1, 1));
	expect(d, SEG(ACK, 1, 2));
	assert_int_equal(tern_memory(d->n, TERN_MEM_RECV), 0);
	drive_free(d);
}

/* "If a segment's contents straddle the boundary between old and new, only
 * the new parts are processed." */
static void front_is_cut(void **state)
{
	struct drive *d = drive_to(&established);

	(void)state;
	inject(d, TEXT(1, 100));
	expect(d, SEG(ACK, 1, 101));
	inject(d, TEXT(51, 50)); /* all of it old */
	expect(d, SEG(ACK, 1, 101));
	inject(d, TEXT(51, 51)); /* one byte is new */
	expect(d, SEG(ACK, 1, 102));
	inject(d, SEG(ACK, 1, 1, .len = 200, .text_from = 1));
	expect(d, SEG(ACK, 1, 201));
	expect_text(d, 200, 1);
	drive_free(d);
}

/* What lies beyond the right edge is cut, and a FIN with it. */
static void back_is_cut(void **state)
{
	struct drive *d = drive_to(&established);
	uint32_t i;

	(void)state;
	for (i = 0; i < 9; i++)
		inject(d, TEXT(1 + i * 1000, 1000));
	drive_drain(d);
	inject(d,
	       SEG(FIN | ACK, 9001, 1, .len = 1001, .text_from = 9001 & 255));
	expect(d, SEG(ACK, 1, 10001, .wnd_zero = true));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	expect_text(d, 10000, 1);
	drive_drain(d);
	inject(d,
	       SEG(FIN | ACK, 9001, 1, .len = 1001, .text_from = 9001 & 255));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSE_WAIT);
	expect_text(d, 1, 10001);
	assert_int_equal(drive_recv(d, 1), 0);
	drive_free(d);
}

/* Table 6 asks for one end of the segment inside the window: one that begins
 * before it and ends behind it is not acceptable. */
static void larger_than_the_window(void **state)
{
	struct drive *d = drive_to(&established);

	(void)state;
	inject(d, TEXT(1, 5000));
	drive_drain(d);
	inject(d, SEG(ACK, 5000, 1, .len = 5002));
	expect(d, SEG(ACK, 1, 5001));
	inject(d, SEG(ACK, 5000, 1, .len = 5001, .text_from = (uint8_t)5000));
	expect(d, SEG(ACK, 1, 10001, .wnd_zero = true));
	expect_text(d, 10000, 1);
	drive_free(d);
}

/* Of bytes that come twice, the first are kept, whatever the second say; in
 * order and out of order. */
static void first_bytes_are_kept(void **state)
{
	static const uint8_t expected[25] = {
		100, 101, 102, 103, 104, 200, 201, 202, 203, 204, 11,  12, 13,
		14,  15,  16,  17,  18,	 19,  20,  215, 216, 217, 218, 219};
	struct drive *d = drive_to(&established);
	uint8_t p[100];

	(void)state;
	inject(d, TEXT(11, 10));
	inject(d, SEG(ACK, 6, 1, .len = 20, .text_from = 200));
	inject(d, SEG(ACK, 1, 1, .len = 5, .text_from = 100));
	inject(d, SEG(ACK, 1, 1, .len = 25, .text_from = 150));
	drive_drain(d);
	assert_int_equal(tern_recv(d->n, d->fd, p, 100, 0), 25);
	assert_memory_equal(p, expected, 25);
	drive_free(d);
}

/* A FIN may come before the text in front of it; it counts when that is
 * here, and once. */
static void fin_out_of_order(void **state)
{
	struct drive *d = drive_to(&established);

	(void)state;
	inject(d, SEG(FIN | ACK, 201, 1)); /* without text */
	expect(d, SEG(ACK, 1, 1));
	inject(d, SEG(FIN | ACK, 101, 1, .len = 100, .text_from = 101));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	inject(d, TEXT(1, 100));
	expect(d, SEG(ACK, 1, 202));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSE_WAIT);
	expect_text(d, 200, 1);
	assert_int_equal(drive_recv(d, 1), 0);
	drive_free(d);
}

/* Text behind a FIN does not exist, whichever comes first. */
static void text_behind_fin(void **state)
{
	struct drive *d = drive_to(&established);

	(void)state;
	inject(d, SEG(FIN | ACK, 101, 1));
	inject(d, TEXT(101, 100));
	inject(d, TEXT(201, 100));
	inject(d, TEXT(51, 200));
	drive_drain(d);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	inject(d, TEXT(1, 50));
	expect(d, SEG(ACK, 1, 102));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSE_WAIT);
	inject(d, TEXT(102, 100));
	assert_int_equal(d->last_drop, TERN_DROP_TCP_AFTER_FIN);
	expect_text(d, 100, 1);
	assert_int_equal(drive_recv(d, 1), 0);
	drive_free(d);
}

/* A FIN that comes again is acknowledged again, in each state after it. */
static void fin_again(void **state)
{
	static const struct place p[] = {
		{TERN_TCP_CLOSE_WAIT, 1, 2, false},
		{TERN_TCP_CLOSING, 2, 2, false},
		{TERN_TCP_LAST_ACK, 2, 2, false},
		{TERN_TCP_TIME_WAIT, 2, 2, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct drive *d = drive_to(&p[i]);

		inject(d, SEG(FIN | ACK, 1, 1));
		expect(d, SEG(ACK, p[i].snd_nxt, 2));
		expect_nothing(d);
		assert_int_equal(drive_state(d), p[i].state);
		drive_free(d);
	}
}

/* A FIN in the segment that fills a gap, together with the text held. */
static void fin_with_a_gap(void **state)
{
	struct drive *d = drive_to(&established);

	(void)state;
	inject(d, TEXT(51, 50));
	expect(d, SEG(ACK, 1, 1));
	inject(d, SEG(FIN | ACK, 1, 1, .len = 100, .text_from = 1));
	expect(d, SEG(ACK, 1, 102));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSE_WAIT);
	expect_text(d, 100, 1);
	drive_free(d);
}

/* ESTABLISHED with timestamps; TS.Recent is 1000. */
static struct drive *with_timestamps(void)
{
	struct drive *d = drive_new();

	drive_accept(d,
		     SEG(SYN, 0, 0, .mss = 1460, .ts = true, .ts_val = 1000));
	return d;
}

#define TS(s, l, v) TEXT(s, l, .ts = true, .ts_val = (v), .ts_ecr = 0)

/* RFC 7323 5.3: an old timestamp makes a segment unacceptable; the same one
 * does not; "old" is modulo 2^32. */
static void paws_drops_old_segments(void **state)
{
	struct drive *d = with_timestamps();

	(void)state;
	inject(d, TS(1, 10, 999));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(d->last_drop, TERN_DROP_TCP_PAWS);
	inject(d, TS(1, 10, 1000));
	expect(d, SEG(ACK, 1, 11));
	inject(d, TS(11, 10, 1000U + 0x7fffffff));
	expect(d, SEG(ACK, 1, 21));
	inject(d, TS(21, 10, 1000));
	expect(d, SEG(ACK, 1, 21));
	inject(d, TS(21, 10, 500)); /* wrapped: newer */
	expect(d, SEG(ACK, 1, 31));
	expect_text(d, 30, 1);
	drive_free(d);
}

/* RFC 7323 5.2: PAWS is not for RST; FIN, ACK and SYN it is for. */
static void paws_and_flags(void **state)
{
	struct drive *d = with_timestamps();

	(void)state;
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	inject(d, SEG(ACK, 1, 11, .ts = true, .ts_val = 999));
	inject(d, SEG(FIN | ACK, 1, 11, .ts = true, .ts_val = 999));
	drive_drain(d);
	assert_int_equal(drive_info(d).unacked, 10);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	inject(d, SEG(RST, 1, 0, .ts = true, .ts_val = 1));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* RFC 7323 3.2: a segment without the option is dropped in silence; a RST
 * without it is good. */
static void timestamp_missing(void **state)
{
	struct drive *d = with_timestamps();

	(void)state;
	inject(d, TEXT(1, 10));
	expect_nothing(d);
	assert_int_equal(d->last_drop, TERN_DROP_TCP_NO_TIMESTAMP);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	inject(d, SEG(RST, 1, 0));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* RFC 7323 4.3: what is echoed is the timestamp of the segment that the ACK
 * answers: the earliest not acknowledged, and none out of order. */
static void timestamp_echoed(void **state)
{
	struct drive *d = with_timestamps();

	(void)state;
	drive_send(d, 1, 0); /* now ACKs are delayed */
	expect(d, SEG(PSH | ACK, 1, 1, .len = 1));
	inject(d, TS(1, 100, 1001));
	inject(d, TS(101, 10, 1002));
	drive_wait(d);
	expect(d, SEG(ACK, 2, 111));
	assert_int_equal(d->last.ts_ecr, 1001);
	inject(d, TS(211, 10, 1003)); /* a gap before it */
	expect(d, SEG(ACK, 2, 111));
	assert_int_equal(d->last.ts_ecr, 1001);
	inject(d, TS(111, 100, 1004));
	expect(d, SEG(ACK, 2, 221));
	assert_int_equal(d->last.ts_ecr, 1004);
	drive_free(d);
}

/* RFC 7323 5.5: after 24 days of silence TS.Recent says nothing any more. */
static void paws_after_24_days(void **state)
{
	struct drive *d = with_timestamps();

	(void)state;
	drive_sleep(d, UINT64_C(23) * 24 * 3600 * TERN_S);
	inject(d, TS(1, 10, 999));
	expect(d, SEG(ACK, 1, 1));
	drive_sleep(d, UINT64_C(1) * 24 * 3600 * TERN_S);
	inject(d, TS(1, 10, 999));
	expect(d, SEG(ACK, 1, 11));
	assert_int_equal(d->last.ts_ecr, 999);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_at_the_right_edge),
		cmocka_unit_test(bare_ack_at_the_right_edge),
		cmocka_unit_test(bare_segment_at_the_right_edge),
		cmocka_unit_test(text_behind_fin_is_freed),
		cmocka_unit_test(front_is_cut),
		cmocka_unit_test(back_is_cut),
		cmocka_unit_test(larger_than_the_window),
		cmocka_unit_test(first_bytes_are_kept),
		cmocka_unit_test(fin_out_of_order),
		cmocka_unit_test(text_behind_fin),
		cmocka_unit_test(fin_again),
		cmocka_unit_test(fin_with_a_gap),
		cmocka_unit_test(paws_drops_old_segments),
		cmocka_unit_test(paws_and_flags),
		cmocka_unit_test(timestamp_missing),
		cmocka_unit_test(timestamp_echoed),
		cmocka_unit_test(paws_after_24_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
