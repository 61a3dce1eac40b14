/* SPDX-License-Identifier: ISC */
/*
 * acks_test.c - RFC 9293 3.8.6.2.2, 3.8.6.3 and 3.10.7.4: when an ACK is sent,
 * and when it moves the window
 */
#include <netinet/tcp.h>

#include "unit/rfc/drive.h"

/* ESTABLISHED, and past the start of a connection, where each segment is
 * acknowledged at once.  RCV.NXT is 1 + 2920, SND.NXT is 2. */
#define NXT 2921

static struct drive *settled(void)
{
	struct drive *d = drive_new();

	drive_server(d);
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 1));
	inject(d, SEG(ACK, 1, 2, .len = 1460));
	inject(d, SEG(ACK, 1461, 2, .len = 1460));
	drive_sleep(d, TERN_S);
	assert_true(drive_drain(d) >= 1);
	return d;
}

/* SHLD-18: the ACK of one segment waits for a second, or for text. */
static void shld_18_ack_is_delayed(void **state)
{
	struct drive *d = settled();

	(void)state;
	inject(d, SEG(ACK, NXT, 2, .len = 1460));
	expect_nothing(d);
	drive_wait(d);
	expect(d, SEG(ACK, 2, NXT + 1460));
	expect_nothing(d);
	drive_sleep(d, 10 * TERN_S); /* once is enough */
	expect_nothing(d);
	drive_free(d);
}

static void shld_18_text_carries_it(void **state)
{
	struct drive *d = settled();

	(void)state;
	inject(d, SEG(ACK, NXT, 2, .len = 1460));
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 2, NXT + 1460, .len = 10));
	inject(d, SEG(ACK, NXT + 1460, 12));
	drive_sleep(d, 10 * TERN_S);
	expect_nothing(d);
	drive_free(d);
}

/* MUST-40: less than half a second, from the text that waits longest on. */
static void must_40_delay_is_under_half_a_second(void **state)
{
	struct drive *d = settled();

	(void)state;
	inject(d, SEG(ACK, NXT, 2, .len = 10));
	drive_sleep(d, 20 * TERN_MS);
	inject(d, SEG(ACK, NXT + 10, 2, .len = 10)); /* starts nothing anew */
	expect_nothing(d);
	assert_in_range(drive_wait(d), 1, 22 * TERN_MS);
	expect(d, SEG(ACK, 2, NXT + 20));
	drive_free(d);
}

/* MUST-40: and nobody can ask for more than that. */
static void must_40_longest_delay(void **state)
{
	struct drive *d;

	(void)state;
	d = drive_new();
	assert_int_equal(tern_sysctl_set(d->n, "tern.tcp_delack_min_ms", "500"),
			 -EINVAL);
	drive_free(d);

	d = settled();
	drive_sysctl(d, "tern.tcp_delack_min_ms", "499");
	inject(d, SEG(ACK, NXT, 2, .len = 10));
	assert_in_range(drive_wait(d), 1, 500 * TERN_MS - 1);
	expect(d, SEG(ACK, 2, NXT + 10));
	drive_free(d);
}

/* SHLD-19: every second full-sized segment. */
static void shld_19_every_second_full_segment(void **state)
{
	struct drive *d = settled();
	uint32_t i;

	(void)state;
	for (i = 0; i < 20; i += 2) {
		inject(d, SEG(ACK, NXT + i * 1460, 2, .len = 1460));
		expect_nothing(d);
		inject(d, SEG(ACK, NXT + (i + 1) * 1460, 2, .len = 1460));
		expect(d, SEG(ACK, 2, NXT + (i + 2) * 1460));
	}
	drive_free(d);
}

/* SHLD-19: or 2*RMSS bytes, in segments of whatever size. */
static void shld_19_every_2_rmss_of_text(void **state)
{
	struct drive *d = settled();
	uint32_t seq = NXT, acked = NXT, i;

	(void)state;
	for (i = 0; i < 300; i++) {
		const uint32_t len = 1 + i * 97 % 1460;

		inject(d, SEG(ACK, seq, 2, .len = len));
		seq += len;
		while (drive_take(d))
			acked = d->last.ack;
		assert_true(drive_recv(d, 10000) > 0);
		assert_true(seq - acked < 2 * 1460);
	}
	drive_free(d);
}

/* SHLD-19 is "at least": at the start of a connection, where the peer's window
 * is small, each segment is acknowledged at once. */
static void shld_19_first_segments_at_once(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .len = 1460));
	expect(d, SEG(ACK, 1, 1461));
	inject(d, SEG(ACK, 1461, 1, .len = 1460));
	expect(d, SEG(ACK, 1, 2921));
	drive_free(d);
}

/* MUST-58: many segments that are processed together need one ACK. */
static void must_58_one_ack_for_a_batch(void **state)
{
	struct drive *d = settled();
	uint32_t i;

	(void)state;
	drive_hold(d);
	for (i = 0; i < 32; i++)
		inject(d, SEG(ACK, NXT + i * 1460, 2, .len = 1460));
	drive_deliver(d);
	expect(d, SEG(ACK, 2, NXT + 32 * 1460));
	expect_nothing(d);
	drive_free(d);
}

/* MUST-58: text that is due anyway is ACK enough. */
static void must_58_ack_rides_on_text(void **state)
{
	struct drive *d = settled();

	(void)state;
	drive_hold(d);
	inject(d, SEG(ACK, NXT, 2, .len = 1460));
	inject(d, SEG(ACK, NXT + 1460, 2, .len = 1460));
	inject(d, SEG(FIN | ACK, NXT + 2920, 2));
	assert_int_equal(tern_send(d->n, d->fd, "answer", 6, 0), 6);
	drive_deliver(d);
	expect(d, SEG(PSH | ACK, 2, NXT + 2921, .len = 6));
	expect_nothing(d);
	drive_free(d);
}

/* MUST-59: ten segments wait for one; when it comes there is one ACK, of all
 * of them. */
static void must_59_gap_is_filled(void **state)
{
	struct drive *d = settled();
	uint32_t i;

	(void)state;
	for (i = 1; i <= 10; i++) {
		inject(d, SEG(ACK, NXT + i * 1460, 2, .len = 1460));
		expect(d, SEG(ACK, 2, NXT));
	}
	inject(d, SEG(ACK, NXT, 2, .len = 1460));
	expect(d, SEG(ACK, 2, NXT + 11 * 1460));
	expect_nothing(d);
	assert_int_equal(drive_info(d).bytes_received, NXT - 1 + 11 * 1460);
	drive_free(d);
}

/* MUST-59: the same if all eleven come at once: no ACK of what was true only
 * in the midst of it. */
static void must_59_batch_out_of_order(void **state)
{
	struct drive *d = settled();
	uint32_t i;

	(void)state;
	drive_hold(d);
	for (i = 1; i <= 10; i++)
		inject(d, SEG(ACK, NXT + i * 1460, 2, .len = 1460));
	inject(d, SEG(ACK, NXT, 2, .len = 1460));
	drive_deliver(d);
	expect(d, SEG(ACK, 2, NXT + 11 * 1460));
	expect_nothing(d);
	drive_free(d);
}

/* MUST-59 and RFC 5681 4.2: one ACK for each segment out of order, as if they
 * had come one by one; the first of them acknowledges what was in order. */
static void must_59_order_then_gap(void **state)
{
	struct drive *d = settled();
	uint32_t i;

	(void)state;
	drive_hold(d);
	inject(d, SEG(ACK, NXT, 2, .len = 1460));
	for (i = 2; i <= 4; i++)
		inject(d, SEG(ACK, NXT + i * 1460, 2, .len = 1460));
	drive_deliver(d);
	for (i = 0; i < 3; i++)
		expect(d, SEG(ACK, 2, NXT + 1460));
	expect_nothing(d);
	drive_free(d);
}

/* SHLD-31: segments out of order are held; the peer need not send them again.
 * Last first, then every second one. */
static void shld_31_out_of_order_is_held(void **state)
{
	struct drive *d = settled();
	uint8_t p[20 * 100 + NXT];
	uint32_t i;

	(void)state;
	assert_int_equal(drive_recv(d, NXT - 1), NXT - 1);
	drive_drain(d);
	for (i = 0; i < 20; i++) {
		const uint32_t at = (i < 10 ? 19 - 2 * i : 2 * i - 20) * 100;

		inject(d, SEG(ACK, NXT + at, 2, .len = 100,
			      .text_from = (uint8_t)at));
	}
	assert_int_equal(tern_recv(d->n, d->fd, p, sizeof(p), 0), 2000);
	for (i = 0; i < 2000; i++)
		assert_int_equal(p[i], (uint8_t)i);
	drive_free(d);
}

/* MAY-13: a segment out of order is acknowledged at once, and so is one that
 * fills a part of a gap (RFC 5681 4.2). */
static void may_13_out_of_order_at_once(void **state)
{
	struct drive *d = settled();

	(void)state;
	inject(d, SEG(ACK, NXT + 300, 2, .len = 100));
	expect(d, SEG(ACK, 2, NXT));
	inject(d, SEG(ACK, NXT, 2, .len = 100));
	expect(d, SEG(ACK, 2, NXT + 100));
	inject(d, SEG(ACK, NXT + 200, 2, .len = 100));
	expect(d, SEG(ACK, 2, NXT + 100));
	inject(d, SEG(ACK, NXT + 100, 2, .len = 100));
	expect(d, SEG(ACK, 2, NXT + 400));
	inject(d, SEG(ACK, NXT, 2, .len = 100)); /* a duplicate */
	expect(d, SEG(ACK, 2, NXT + 400));
	expect_nothing(d);
	drive_free(d);
}

/* RFC 5681 2: an ACK with text is no duplicate, so text that happens to go at
 * the same time does not take the place of one (4.2). */
static void may_13_duplicate_beside_text(void **state)
{
	struct drive *d = settled();

	(void)state;
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 2, NXT, .len = 10));
	drive_send(d, 10, 0); /* waits for the ACK of the first */
	expect_nothing(d);
	inject(d, SEG(ACK, NXT + 300, 12, .len = 100));
	expect(d, SEG(PSH | ACK, 12, NXT, .len = 10));
	expect(d, SEG(ACK, 22, NXT));
	expect_nothing(d);
	drive_free(d);
}

/* The ACK of three full segments that fill a buffer of `bytes`. */
static struct drive *full(int bytes)
{
	struct drive *d = drive_new();
	uint32_t seq = 1;

	drive_small_server(d, bytes);
	for (; seq < 1U + (uint32_t)bytes; seq += d->last.len) {
		const uint32_t left = (uint32_t)bytes + 1 - seq;

		inject(d, SEG(ACK, seq, 1, .len = left < 1460 ? left : 1460));
		d->last.len = left < 1460 ? left : 1460;
	}
	drive_sleep(d, TERN_S);
	while (d->q_tail - d->q_head > 1)
		assert_true(drive_take(d));
	expect(d, SEG(ACK, 1, (uint32_t)bytes + 1, .wnd_zero = true));
	return d;
}

/* MUST-39: the window opens by Eff.snd.MSS, though the reader takes a byte at
 * a time. */
static void must_39_window_opens_by_a_segment(void **state)
{
	struct drive *d = full(20000);
	int i;

	(void)state;
	for (i = 0; i < 1459; i++)
		assert_int_equal(drive_recv(d, 1), 1);
	expect_nothing(d);
	inject(d, SEG(ACK, 20001, 1, .len = 1)); /* a probe */
	expect(d, SEG(ACK, 1, 20001, .wnd_zero = true));
	assert_int_equal(drive_recv(d, 1), 1);
	expect(d, SEG(ACK, 1, 20001, .wnd = 1460));
	for (i = 0; i < 1459; i++)
		assert_int_equal(drive_recv(d, 1), 1);
	expect_nothing(d);
	inject(d, SEG(ACK, 20000, 1)); /* asked, the edge is where it was */
	expect(d, SEG(ACK, 1, 20001, .wnd = 1460));
	drive_free(d);
}

/* MUST-39: by half of the buffer if that is less. */
static void must_39_window_opens_by_half_the_buffer(void **state)
{
	struct drive *d = full(2000);
	int i;

	(void)state;
	for (i = 0; i < 999; i++)
		assert_int_equal(drive_recv(d, 1), 1);
	expect_nothing(d);
	inject(d, SEG(ACK, 2000, 1));
	expect(d, SEG(ACK, 1, 2001, .wnd_zero = true));
	assert_int_equal(drive_recv(d, 1), 1);
	expect(d, SEG(ACK, 1, 2001, .wnd = 1000));
	drive_free(d);
}

/* MUST-39: a reader who keeps up costs no ACKs of his own, and does not move
 * the edge by single bytes. */
static void must_39_reader_keeps_up(void **state)
{
	struct drive *d = settled();
	uint32_t edge = 0, i, n = 0;

	(void)state;
	assert_int_equal(drive_recv(d, NXT), NXT - 1);
	drive_drain(d);
	for (i = 0; i < 2000; i++) {
		inject(d, SEG(ACK, NXT + i, 2, .len = 1));
		assert_int_equal(drive_recv(d, 1), 1);
		expect_nothing(d);
		if (i % 100)
			continue;
		assert_true(drive_wait(d) < 500 * TERN_MS);
		expect(d, SEG(ACK, 2, NXT + i + 1));
		if (edge && d->last.ack + d->last.wnd != edge)
			assert_true(d->last.ack + d->last.wnd >= edge + 1460);
		n += d->last.ack + d->last.wnd != edge;
		edge = d->last.ack + d->last.wnd;
	}
	assert_in_range(n, 2, 3);
	drive_free(d);
}

/* SHLD-18: two full segments may come as one, as a link that joins them hands
 * them over; it tells how long they were. */
static void shld_18_joined_segments_count_each(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_QUICKACK, 0);
	for (uint32_t at = 1; at < 10000; at += 2000) {
		drive_hold(d);
		inject(d, SEG(ACK, at, 1, .len = 2000));
		d->in[0].gso_size = 1000;
		drive_deliver(d);
		expect(d, SEG(ACK, 1, at + 2000));
	}
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shld_18_joined_segments_count_each),
		cmocka_unit_test(shld_18_ack_is_delayed),
		cmocka_unit_test(shld_18_text_carries_it),
		cmocka_unit_test(must_40_delay_is_under_half_a_second),
		cmocka_unit_test(must_40_longest_delay),
		cmocka_unit_test(shld_19_every_second_full_segment),
		cmocka_unit_test(shld_19_every_2_rmss_of_text),
		cmocka_unit_test(shld_19_first_segments_at_once),
		cmocka_unit_test(must_58_one_ack_for_a_batch),
		cmocka_unit_test(must_58_ack_rides_on_text),
		cmocka_unit_test(must_59_gap_is_filled),
		cmocka_unit_test(must_59_batch_out_of_order),
		cmocka_unit_test(must_59_order_then_gap),
		cmocka_unit_test(shld_31_out_of_order_is_held),
		cmocka_unit_test(may_13_out_of_order_at_once),
		cmocka_unit_test(may_13_duplicate_beside_text),
		cmocka_unit_test(must_39_window_opens_by_a_segment),
		cmocka_unit_test(must_39_window_opens_by_half_the_buffer),
		cmocka_unit_test(must_39_reader_keeps_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
