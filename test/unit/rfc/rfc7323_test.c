/* SPDX-License-Identifier: ISC */
/*
 * rfc7323_test.c - RFC 7323: window scale, timestamps, PAWS
 */
#include <netinet/tcp.h>

#include "unit/rfc/drive.h"

#define DAY   (86400 * TERN_S)
#define TSVAL 1000 /* of the peer's SYN */

/* A server with timestamps; the peer's SYN carried TSVAL. */
static struct drive *stamped(void)
{
	struct drive *d = drive_new();

	drive_accept(d,
		     SEG(SYN, 0, 0, .mss = 1460, .ts = true, .ts_val = TSVAL));
	return d;
}

/* An acceptable segment of the peer with a timestamp. */
#define STAMPED(f, s, a, v, ...) \
	SEG(f, s, a, .ts = true, .ts_val = (v), __VA_ARGS__)

/* 2.2: in a SYN, and in the SYN,ACK if it was in the SYN. */
static void scale_is_offered_in_syns(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_true(d->last.wscale_on);
	assert_in_range(d->last.wscale, 1, 14);
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460, .wscale_on = true,
		      .wscale = 3));
	expect(d, SEG(ACK, 1, 1));
	assert_false(d->last.wscale_on);
	drive_free(d);

	d = drive_new();
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460, .wscale_on = true, .wscale = 0));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_true(d->last.wscale_on);
	drive_free(d);

	d = drive_new();
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_false(d->last.wscale_on);
	drive_free(d);
}

/* 2.2: "the window field in a segment where the SYN bit is set MUST NOT be
 * scaled"; all others are. */
static void window_of_the_peer_is_scaled(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460, .wnd = 3000, .wscale_on = true,
		      .wscale = 7));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(ACK, 1, 1, .wnd = 100));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_int_equal(drive_info(d).snd_wnd, 12800);
	drive_free(d);

	d = drive_new();
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460, .wnd = 3000,
		      .wscale_on = true, .wscale = 7));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_info(d).snd_wnd, 3000);
	inject(d, SEG(ACK, 1, 1, .wnd = 65535));
	assert_int_equal(drive_info(d).snd_wnd, 65535 << 7);
	drive_free(d);
}

/* 2.2, the other way round. */
static void own_window_is_scaled(void **state)
{
	struct drive *d = drive_new();
	uint8_t scale;
	uint32_t i;

	(void)state;
	drive_listen(d, 8);
	drive_set(d, d->lfd, SOL_SOCKET, SO_RCVBUF, 1 << 20);
	inject(d, SEG(SYN, 0, 0, .mss = 1460, .wscale_on = true));
	expect(d, SEG(SYN | ACK, 0, 1));
	scale = d->last.wscale;
	assert_int_equal(d->last.wnd, 65535);
	inject(d, SEG(ACK, 1, 1));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	for (i = 0; i < 200; i++) { /* it grows with what arrives */
		inject(d, SEG(PSH | ACK, 1 + i * 1000, 1, .len = 1000));
		drive_sleep(d, 100 * TERN_MS);
		assert_true(drive_take(d));
	}
	assert_true(d->last.wnd << scale > 400000);
	assert_true(d->last.wnd << scale <= 1 << 20);
	drive_free(d);
}

/* 2.3: "if a Window Scale option is received with a shift.cnt value larger than
 * 14 ... use 14" (T5). */
static void t5_scale_above_14(void **state)
{
	int shift;

	(void)state;
	for (shift = 13; shift < 256; shift += shift < 17 ? 1 : 60) {
		struct drive *d = drive_new();

		drive_listen(d, 8);
		inject(d, SEG(SYN, 0, 0, .mss = 1460, .wscale_on = true,
			      .wscale = (uint8_t)shift));
		expect(d, SEG(SYN | ACK, 0, 1));
		inject(d, SEG(ACK, 1, 1));
		assert_int_equal(drive_info(d).snd_wnd,
				 65535U << (shift > 14 ? 14 : shift));
		drive_free(d);
	}
}

/* 2.4: rounding may take back less than a unit of what was offered; but all
 * that was in any window offered is taken. */
static void what_was_offered_is_honoured(void **state)
{
	struct drive *d = drive_new();
	uint32_t edge = 0, nxt = 1, seed = 7, n, now;
	uint8_t scale;
	int i;

	(void)state;
	drive_listen(d, 8);
	drive_set(d, d->lfd, SOL_SOCKET, SO_RCVBUF, 3 << 20);
	inject(d, SEG(SYN, 0, 0, .mss = 1460, .wscale_on = true));
	expect(d, SEG(SYN | ACK, 0, 1));
	scale = d->last.wscale;
	assert_true(scale > 2);
	inject(d, SEG(ACK, 1, 1));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	for (i = 0; i < 8000; i++) {
		seed = seed * 1103515245 + 12345;
		n = (seed >> 16) % 1460 + 1;
		if (i > 100 && edge - nxt < n)
			break; /* it is full */
		inject(d, SEG(PSH | ACK, nxt, 1, .len = n));
		nxt += n;
		drive_sleep(d, 50 * TERN_MS);
		while (drive_take(d)) {
			now = d->last.ack + ((uint32_t)d->last.wnd << scale);
			assert_true(now + (1U << scale) > edge);
			edge = now > edge ? now : edge;
		}
	}
	assert_int_equal(drive_info(d).recv_q, nxt - 1);
	n = edge - nxt;
	inject(d, SEG(PSH | ACK, nxt, 1, .len = n));
	assert_int_equal(drive_info(d).recv_q, edge - 1);
	drive_drain(d);
	drive_free(d);
}

/* 3.2: offered in the SYN; in the SYN,ACK if the SYN had it. */
static void timestamps_are_offered_in_syns(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_true(d->last.ts);
	assert_int_equal(d->last.ts_ecr, 0);
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460)); /* but not accepted */
	expect(d, SEG(ACK, 1, 1));
	assert_false(d->last.ts);
	drive_send(d, 10, 0);
	assert_true(drive_take(d));
	assert_false(d->last.ts);
	inject(d, SEG(ACK, 1, 11, .ts = true, .ts_val = 5)); /* ignored */
	assert_int_equal(drive_info(d).unacked, 0);
	drive_free(d);

	d = drive_new();
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_false(d->last.ts);
	drive_free(d);
}

static void expect_stamped(struct drive *d, struct dseg s, uint32_t ecr)
{
	expect(d, s);
	assert_true(d->last.ts);
	assert_int_equal(d->last.ts_ecr, ecr);
}

/* 3.2: "MUST be sent in every non-RST segment", and SHOULD in a RST. */
static void timestamps_are_in_every_segment(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, STAMPED(SYN, 0, 0, 7, .mss = 1460));
	expect_stamped(d, SEG(SYN | ACK, 0, 1), 7);
	drive_sleep(d, 1100 * TERN_MS);
	expect_stamped(d, SEG(SYN | ACK, 0, 1), 7); /* again */
	inject(d, STAMPED(ACK, 70000, 1, 8));	    /* half-open still */
	expect_stamped(d, SEG(ACK, 1, 1), 7);
	inject(d, STAMPED(ACK, 1, 1, 9));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	drive_send(d, 10, 0);
	expect_stamped(d, SEG(PSH | ACK, 1, 1, .len = 10), 9);
	drive_sleep(d, 3500 * TERN_MS);
	expect_stamped(d, SEG(PSH | ACK, 1, 1, .len = 10), 9); /* again */
	inject(d, STAMPED(ACK, 1, 11, 10, .wnd_zero = true));
	drive_send(d, 10, 0);
	drive_sleep(d, 5 * TERN_S);
	expect_stamped(d, SEG(ACK, 10, 1), 10); /* a window probe */
	drive_drain(d);
	inject(d, SEG(RST, 1000, 0));
	expect_stamped(d, SEG(ACK, 11, 1), 10); /* a challenge */
	inject(d, STAMPED(ACK, 1, 11, 11));
	expect_stamped(d, SEG(PSH | ACK, 11, 1, .len = 10), 11);
	inject(d, STAMPED(ACK, 1, 21, 12));
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	drive_pull(d);
	expect_stamped(d, SEG(FIN | ACK, 21, 1), 12);
	inject(d, STAMPED(FIN | ACK, 1, 22, 13));
	expect_stamped(d, SEG(ACK, 22, 2), 13);
	inject(d, STAMPED(FIN | ACK, 1, 22, 14)); /* to TIME-WAIT */
	expect(d, SEG(ACK, 22, 2));
	assert_true(d->last.ts);
	drive_free(d);

	d = stamped();
	inject(d, STAMPED(PSH | ACK, 1, 1, TSVAL + 1, .len = 5));
	drive_drain(d);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	drive_pull(d);
	expect_stamped(d, SEG(RST | ACK, 1, 6), TSVAL + 1);
	drive_free(d);
}

/* 3.2: "SHOULD silently drop", "MUST NOT abort" when it is missing; a RST may
 * come without (T36). */
static void segments_without_timestamp_are_dropped(void **state)
{
	struct drive *d = stamped();

	(void)state;
	drive_send(d, 10, 0);
	drive_drain(d);
	inject(d, SEG(PSH | ACK, 1, 11, .len = 10));
	inject(d, SEG(FIN | ACK, 1, 11));
	inject(d, SEG(SYN, 1, 0));
	expect_nothing(d);
	assert_int_equal(drive_recv(d, 10), -EAGAIN);
	assert_int_equal(drive_info(d).unacked, 10);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	assert_int_equal(tern_drops(d->n, TERN_DROP_TCP_NO_TIMESTAMP), 3);
	inject(d, SEG(RST, 1, 0));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* 4.3 (A): with a delayed ACK the timestamp of the earliest segment that it
 * acknowledges is echoed. */
static void delayed_ack_echoes_the_earliest(void **state)
{
	struct drive *d = stamped();

	(void)state;
	drive_set(d, d->fd, IPPROTO_TCP, TCP_QUICKACK, 0);
	inject(d, STAMPED(ACK, 1, 1, TSVAL + 10, .len = 100));
	drive_sleep(d, 10 * TERN_MS);
	inject(d, STAMPED(ACK, 101, 1, TSVAL + 20, .len = 50));
	drive_sleep(d, 490 * TERN_MS);
	expect_stamped(d, SEG(ACK, 1, 151), TSVAL + 10);
	inject(d, STAMPED(ACK, 151, 1, TSVAL + 30, .len = 50));
	drive_sleep(d, 490 * TERN_MS);
	expect_stamped(d, SEG(ACK, 1, 201), TSVAL + 30);
	drive_free(d);
}

/* 4.3 (B): beyond a hole nothing is echoed anew; (C): the segment that fills it
 * is, for it is in order. */
static void hole_keeps_the_echo(void **state)
{
	struct drive *d = stamped();

	(void)state;
	inject(d, STAMPED(ACK, 1, 1, TSVAL + 1, .len = 100));
	expect_stamped(d, SEG(ACK, 1, 101), TSVAL + 1);
	inject(d, STAMPED(ACK, 201, 1, TSVAL + 5, .len = 100));
	expect_stamped(d, SEG(ACK, 1, 101), TSVAL + 1);
	inject(d, STAMPED(ACK, 301, 1, TSVAL + 6, .len = 100));
	expect_stamped(d, SEG(ACK, 1, 101), TSVAL + 1);
	inject(d, STAMPED(ACK, 101, 1, TSVAL + 3, .len = 100));
	expect_stamped(d, SEG(ACK, 1, 401), TSVAL + 3);
	drive_free(d);
}

/* 5.3 R1: an older timestamp: an ACK, and the segment is dropped. */
static void paws_drops_old_segments(void **state)
{
	static const uint32_t back[] = {1, 500, 0x7fffffff};
	struct drive *d = stamped();
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		inject(d, STAMPED(PSH | ACK, 1, 1, TSVAL - back[i], .len = 10));
		expect_stamped(d, SEG(ACK, 1, 1), TSVAL);
		assert_int_equal(drive_recv(d, 100), -EAGAIN);
		assert_int_equal(tern_drops(d->n, TERN_DROP_TCP_PAWS), i + 1);
	}
	inject(d, STAMPED(PSH | ACK, 1, 1, TSVAL, .len = 10)); /* equal */
	assert_int_equal(drive_recv(d, 100), 10);
	drive_drain(d);
	drive_free(d);
}

/* 5.3: it is modular (T36): half the circle ahead is new. */
static void t36_timestamps_wrap(void **state)
{
	struct drive *d = drive_new();
	uint32_t v = 0xfffffff0, nxt = 1;
	int i;

	(void)state;
	drive_accept(d, SEG(SYN, 0, 0, .mss = 1460, .ts = true, .ts_val = v));
	for (i = 0; i < 8; i++) {
		v += i < 4 ? 10 : 0x7fffffff;
		inject(d, STAMPED(PSH | ACK, nxt, 1, v, .len = 10));
		nxt += 10;
		assert_int_equal(drive_recv(d, 100), 10);
	}
	drive_drain(d);
	drive_free(d);
}

/* 5.2: "RST segments ... SHOULD NOT be subjected to the PAWS check". */
static void paws_does_not_stop_a_rst(void **state)
{
	struct drive *d = stamped();

	(void)state;
	inject(d, STAMPED(RST, 1, 0, TSVAL - 1000));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* 5.5: after 24 days of silence TS.Recent means nothing. */
static void recent_timestamp_grows_old(void **state)
{
	struct drive *d = stamped();

	(void)state;
	drive_sleep(d, 23 * DAY);
	inject(d, STAMPED(PSH | ACK, 1, 1, TSVAL - 5, .len = 10));
	assert_int_equal(drive_recv(d, 100), -EAGAIN);
	drive_drain(d);
	drive_sleep(d, 2 * DAY);
	inject(d, STAMPED(PSH | ACK, 1, 1, TSVAL - 5, .len = 10));
	assert_int_equal(drive_recv(d, 100), 10);
	/* From now on that is the recent one. */
	inject(d, STAMPED(PSH | ACK, 11, 1, TSVAL - 6, .len = 10));
	assert_int_equal(drive_recv(d, 100), -EAGAIN);
	drive_drain(d);
	drive_free(d);
}

/* 5.4: a tick is a millisecond, for ever; and the clock of each tuple has its
 * own beginning (T37). */
static void t37_timestamp_clock(void **state)
{
	struct drive *d = stamped();
	uint32_t first, other;
	int i;

	(void)state;
	drive_send(d, 1, 0);
	assert_true(drive_take(d));
	first = d->last.ts_val;
	inject(d, STAMPED(ACK, 1, 2, TSVAL));
	for (i = 1; i < 60; i++) { /* 49.7 days are 2^32 ms */
		drive_sleep(d, DAY);
		drive_send(d, 1, 0);
		assert_true(drive_take(d));
		other = first + (uint32_t)((uint64_t)i * 86400000);
		assert_int_equal(d->last.ts_val, other);
		inject(d, STAMPED(ACK, 1, 2 + (uint32_t)i, TSVAL));
	}
	drive_free(d);

	d = stamped();
	drive_send(d, 1, 0);
	assert_true(drive_take(d));
	assert_int_equal(d->last.ts_val, first); /* it belongs to the tuple */
	drive_free(d);
	d = drive_new();
	d->rport = PEER_PORT + 1;
	drive_accept(d, SEG(SYN, 0, 0, .mss = 1460, .ts = true));
	drive_send(d, 1, 0);
	assert_true(drive_take(d));
	assert_true(d->last.ts_val - first > 10000 &&
		    first - d->last.ts_val > 10000);
	drive_free(d);
}

/* 4.1: a sample is taken only if SND.UNA moves; and TSecr is not believed if
 * it cannot be (T36, T44). */
static void t36_forged_echoes(void **state)
{
	static const uint32_t ahead[] = {1000, 100000000, 0x70000000};
	struct drive *d = stamped();
	struct tern_sockinfo before;
	uint32_t sent, nxt = 1;
	size_t i;

	(void)state;
	before = drive_info(d);
	for (i = 0; i < 6; i++) {
		drive_send(d, 10, 0);
		assert_true(drive_take(d));
		sent = d->last.ts_val;
		do
			drive_sleep(d, TERN_S);
		while (drive_drain(d) == 0); /* now only TSecr can tell */
		inject(d, STAMPED(ACK, 1, nxt, TSVAL, .ts_ecr = sent));
		assert_int_equal(drive_info(d).srtt_us, before.srtt_us);
		nxt += 10;
		inject(d, STAMPED(ACK, 1, nxt, TSVAL,
				  .ts_ecr = i < 3   ? sent + 5000 + ahead[i]
					    : i < 5 ? 0
						    : sent - 700000));
		assert_int_equal(drive_info(d).srtt_us, before.srtt_us);
		assert_int_equal(drive_info(d).unacked, 0);
	}
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scale_is_offered_in_syns),
		cmocka_unit_test(window_of_the_peer_is_scaled),
		cmocka_unit_test(own_window_is_scaled),
		cmocka_unit_test(t5_scale_above_14),
		cmocka_unit_test(what_was_offered_is_honoured),
		cmocka_unit_test(timestamps_are_offered_in_syns),
		cmocka_unit_test(timestamps_are_in_every_segment),
		cmocka_unit_test(segments_without_timestamp_are_dropped),
		cmocka_unit_test(delayed_ack_echoes_the_earliest),
		cmocka_unit_test(hole_keeps_the_echo),
		cmocka_unit_test(paws_drops_old_segments),
		cmocka_unit_test(t36_timestamps_wrap),
		cmocka_unit_test(paws_does_not_stop_a_rst),
		cmocka_unit_test(recent_timestamp_grows_old),
		cmocka_unit_test(t37_timestamp_clock),
		cmocka_unit_test(t36_forged_echoes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
