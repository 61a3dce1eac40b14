/* SPDX-License-Identifier: ISC */
/*
 * window_test.c - RFC 9293 3.1, 3.4 and 3.8.6: windows, and windows that shrink
 *
 * Zero windows that stay are in zero_window_test.c.
 */
#include "unit/rfc/drive.h"

/* How many bytes of new text come out, in segments of 1460. */
static uint32_t sent_bytes(struct drive *d, uint32_t seq)
{
	uint32_t n = 0;

	while (drive_take(d)) {
		assert_int_equal(d->last.seq, seq + n);
		n += d->last.len;
	}
	return n;
}

/* MUST-1: 0x8000 and more are large windows, not negative ones. */
static void must_1_window_is_unsigned(void **state)
{
	static const uint32_t wnd[] = {0x7fff, 0x8000, 0x8001, 0xffff};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct drive *d = drive_new();

		drive_sysctl(d, "tern.tcp_init_cwnd", "100");
		drive_server(d);
		inject(d, SEG(ACK, 1, 1, .wnd = wnd[i]));
		drive_send(d, 100000, 0);
		assert_int_equal(sent_bytes(d, 1), wnd[i] / 1460 * 1460);
		drive_free(d);
	}
}

/* REC-1: 65535 scaled by 14 is a window of 1 GiB less 16 KiB. */
static void rec_1_window_has_32_bits(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_accept(d, SEG(SYN, 0, 0, .mss = 1460, .wscale_on = true,
			    .wscale = 14));
	inject(d, SEG(ACK, 1, 1, .wnd = 65535));
	assert_int_equal(drive_info(d).snd_wnd, 65535U << 14);
	drive_free(d);
}

/* REC-1: a window beyond 2^16 is used to its edge, across the wrap of the
 * sequence numbers too. */
static void rec_1_window_arithmetic_has_32_bits(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_sysctl(d, "tern.tcp_init_cwnd", "100");
	drive_wrap_iss(d, 70000);
	drive_accept(
		d, SEG(SYN, 0, 0, .mss = 1460, .wscale_on = true, .wscale = 2));
	assert_int_equal(d->iss, UINT32_MAX - 69999);
	inject(d, SEG(ACK, 1, 1, .wnd = 73 * 365)); /* 73 segments */
	drive_send(d, 200000, 0);
	assert_int_equal(sent_bytes(d, 1), 73 * 1460);
	drive_free(d);
}

/* The window as last offered. */
struct offer {
	uint32_t edge, wnd;
	unsigned int scale;
};

/* Takes the ACK that is due, if any; the edge must not have moved left. */
static void check_offer(struct drive *d, struct offer *o)
{
	while (drive_take(d)) {
		o->wnd = d->last.wnd << o->scale;
		assert_true(d->last.ack + o->wnd >= o->edge);
		o->edge = d->last.ack + o->wnd;
	}
}

/* SHLD-14: nobody reads, and the right edge stays where it is. */
static void shld_14_edge_stays(void **state)
{
	struct drive *d = drive_new();
	struct offer o = {.edge = 30001};
	uint32_t seq;

	(void)state;
	drive_small_server(d, 30000);
	for (seq = 1; seq < 30001; seq += 10) {
		inject(d, SEG(ACK, seq, 1, .len = 10));
		drive_sleep(d, 300 * TERN_MS);
		check_offer(d, &o);
	}
	assert_int_equal(o.edge, 30001);
	assert_int_equal(o.wnd, 0);
	drive_free(d);
}

/* SHLD-14: a buffer made smaller takes nothing back that was promised. */
static void shld_14_smaller_buffer(void **state)
{
	struct drive *d = drive_new();
	struct offer o = {.edge = 30001};
	uint32_t seq;

	(void)state;
	drive_small_server(d, 30000);
	inject(d, SEG(ACK, 1, 1, .len = 1000));
	expect(d, SEG(ACK, 1, 1001, .wnd = 29000));
	drive_set(d, d->fd, SOL_SOCKET, SO_RCVBUF, 3000);
	for (seq = 1001; seq < 30001; seq += 1000) {
		inject(d, SEG(ACK, seq, 1, .len = 1000));
		drive_sleep(d, 300 * TERN_MS);
		check_offer(d, &o);
	}
	assert_int_equal(drive_info(d).bytes_received, 30000);
	assert_int_equal(drive_recv(d, 40000), 30000);
	drive_free(d);
}

/* SHLD-14 and RFC 7323 2.4: with a scale the window can be told in units only.
 * Rounding may take less than a unit back in words, but what was ever promised
 * is taken; and the edge does not creep on while nobody reads. */
static void shld_14_scaled_window(void **state)
{
	struct drive *d = drive_new();
	uint32_t seq, wnd = 1, edge = 0, now;
	unsigned int scale;

	(void)state;
	drive_listen(d, 8);
	drive_set(d, d->lfd, SOL_SOCKET, SO_RCVBUF, 70000);
	drive_accept(d, SEG(SYN, 0, 0, .mss = 1460, .wscale_on = true));
	scale = drive_info(d).rcv_wscale;
	assert_int_equal(scale, 2);
	for (seq = 1; wnd > 0 && seq < 80000; seq++) {
		inject(d, SEG(ACK, seq, 1, .len = 1));
		while (drive_take(d)) {
			wnd = (uint32_t)d->last.wnd << scale;
			now = d->last.ack + wnd;
			assert_true(now + (1U << scale) > edge);
			edge = now > edge ? now : edge;
		}
	}
	assert_in_range(edge, 70001 - 3, 70001);
	if (edge > seq) /* less than a unit is left of it, and good */
		inject(d, SEG(ACK, seq, 1, .len = edge - seq));
	assert_int_equal(drive_info(d).bytes_received, edge - 1);
	drive_free(d);
}

/* Five segments are in flight, then the peer acknowledges one and takes back
 * all but `wnd`. */
static struct drive *shrunk(uint32_t wnd)
{
	struct drive *d = drive_new();
	uint32_t i;

	drive_server(d);
	drive_send(d, 5 * 1460, 0);
	for (i = 0; i < 4; i++)
		expect(d, SEG(ACK, 1 + i * 1460, 1, .len = 1460));
	expect(d, SEG(PSH | ACK, 5841, 1, .len = 1460));
	inject(d, SEG(ACK, 1, 1461, .wnd = wnd, .wnd_zero = wnd == 0));
	expect_nothing(d);
	return d;
}

/* SHLD-15: nothing new beyond the edge, and none before it either: it was all
 * sent. */
static void shld_15_no_new_text_beyond_the_edge(void **state)
{
	static const uint32_t wnd[] = {0, 1, 1460, 5839, 5840};
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		struct drive *d = shrunk(wnd[i]);

		drive_send(d, 3000, 0);
		expect_nothing(d);
		inject(d, SEG(ACK, 1, 1461, .wnd = 5840 + 1460));
		expect(d, SEG(ACK, 7301, 1, .len = 1460));
		expect_nothing(d);
		drive_free(d);
	}
}

/* SHLD-16: what is old and inside the edge is retransmitted as ever. */
static void shld_16_old_text_inside_the_edge(void **state)
{
	struct drive *d = shrunk(2920);

	(void)state;
	drive_sleep(d, 300 * TERN_MS);
	expect(d, SEG(ACK, 1461, 1, .len = 1460));
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 2921, .wnd = 1460)); /* cwnd is two now */
	expect(d, SEG(ACK, 2921, 1, .len = 1460));
	expect_nothing(d); /* 4381 is beyond the edge */
	inject(d, SEG(ACK, 1, 4381, .wnd = 2920));
	expect(d, SEG(ACK, 4381, 1, .len = 1460));
	expect(d, SEG(PSH | ACK, 5841, 1, .len = 1460));
	inject(d, SEG(ACK, 1, 7301));
	expect_nothing(d);
	drive_free(d);
}

/* SHLD-16: when the window opens again, what had met it closed goes at once,
 * and does not wait for a timeout that has grown to minutes meanwhile. */
static void shld_16_window_opens_again(void **state)
{
	struct drive *d = shrunk(0);
	int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		drive_wait(d);
		expect(d, SEG(ACK, 1461, 1, .len = 1460));
		inject(d, SEG(ACK, 1, 1461, .wnd_zero = true));
		expect_nothing(d);
	}
	inject(d, SEG(ACK, 1, 1461));
	expect(d, SEG(ACK, 1461, 1, .len = 1460));
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 2921));
	expect(d, SEG(ACK, 2921, 1, .len = 1460));
	expect(d, SEG(ACK, 4381, 1, .len = 1460));
	drive_free(d);
}

/* MAY-7: the oldest segment is sent again even if it lies beyond the edge; it
 * is what probes the window. */
static void may_7_old_text_beyond_the_edge(void **state)
{
	struct drive *d = shrunk(500);

	(void)state;
	drive_sleep(d, 300 * TERN_MS);
	expect(d, SEG(ACK, 1461, 1, .len = 1460));
	expect_nothing(d);
	drive_free(d);
}

/* SHLD-17: for hours the peer acknowledges nothing more, but it answers. */
static void shld_17_no_timeout_beyond_the_edge(void **state)
{
	struct drive *d = shrunk(0);
	int n = 0;

	(void)state;
	while (d->now < 1000 * TERN_S + 12 * 3600 * TERN_S) {
		drive_sleep(d, TERN_S);
		while (drive_take(d)) {
			n++;
			assert_int_equal(d->last.seq, 1461);
			inject(d, SEG(ACK, 1, 1461, .wnd_zero = true));
		}
	}
	assert_in_range(n, 300, 400); /* every two minutes */
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	inject(d, SEG(ACK, 1, 7301));
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 7301, 1, .len = 10));
	drive_free(d);
}

/* MUST-34: shrunk by whatever, all is sent in the end, and nothing twice
 * without need. */
static void must_34_usable_window_negative(void **state)
{
	static const uint32_t wnd[] = {0,    1,	   729,	 1459, 1460, 1461,
				       2920, 5839, 5840, 5841, 7300};
	size_t i;

	(void)state;
	for (i = 0; i < 11; i++) {
		struct drive *d = shrunk(wnd[i]);
		uint32_t una = 1461, edge = 1461 + wnd[i], n = 0;

		drive_send(d, 2 * 1460, 0);
		while (una < 10221 && n++ < 100) {
			drive_sleep(d, 100 * TERN_MS);
			while (drive_take(d)) {
				const uint32_t end = d->last.seq + d->last.len;

				if (d->last.len == 0) /* a window probe */
					inject(d, SEG(ACK, 1, una));
				if (d->last.seq > una || end <= una)
					continue; /* a hole, or old */
				if (end > edge)
					edge = end; /* it grows again */
				una = end;
				inject(d, SEG(ACK, 1, una, .wnd = edge - una,
					      .wnd_zero = edge == una));
			}
		}
		assert_int_equal(una, 10221);
		assert_int_equal(drive_info(d).unacked, 0);
		drive_free(d);
	}
}

/* MUST-35: shrunk to zero, with text in flight: what is in flight probes it,
 * at intervals that double. */
static void must_35_shrunk_to_zero_is_probed(void **state)
{
	struct drive *d = shrunk(0);
	tern_time last = d->now, gap = 0;
	int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		while (!drive_take(d))
			drive_sleep(d, 5 * TERN_MS);
		assert_int_equal(d->last.seq, 1461);
		if (i > 1)
			assert_in_range(d->now - last, 2 * gap - 10 * TERN_MS,
					2 * gap + 10 * TERN_MS);
		gap = d->now - last;
		last = d->now;
		inject(d, SEG(ACK, 1, 1461, .wnd_zero = true));
	}
	drive_free(d);
}

/* MUST-35: shrunk to zero when all was acknowledged: the persist timer. */
static void must_35_shrunk_with_nothing_in_flight(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
	drive_send(d, 100, 0);
	expect_nothing(d);
	drive_sleep(d, 300 * TERN_MS);
	expect(d, SEG(ACK, 0, 1));
	inject(d, SEG(ACK, 1, 1));
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	drive_free(d);
}

/* A receiver whose window is closed; RCV.NXT is 3001. */
static struct drive *closed_window(void)
{
	struct drive *d = drive_new();

	drive_small_server(d, 3000);
	drive_send(d, 100, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	inject(d, SEG(ACK, 1, 1, .len = 1000));
	inject(d, SEG(ACK, 1001, 1, .len = 1000));
	inject(d, SEG(ACK, 2001, 1, .len = 1000));
	drive_sleep(d, 100 * TERN_MS);
	drive_drain(d);
	assert_int_equal(drive_info(d).rcv_wnd, 0);
	return d;
}

/* MUST-66: RST at RCV.NXT ends the connection; elsewhere it does not. */
static void must_66_rst_in_zero_window(void **state)
{
	struct drive *d = closed_window();

	(void)state;
	inject(d, SEG(RST, 3002, 0));
	inject(d, SEG(RST, 3000, 0));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	inject(d, SEG(RST, 3001, 0));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	assert_int_equal(drive_recv(d, 5000), 3000);
	assert_int_equal(drive_recv(d, 5000), -ECONNRESET);
	drive_free(d);
}

static void must_66_ack_in_zero_window(void **state)
{
	struct drive *d = closed_window();

	(void)state;
	assert_int_equal(drive_info(d).unacked, 100);
	inject(d, SEG(ACK, 3001, 51));
	assert_int_equal(drive_info(d).unacked, 50);
	/* Also in a segment with text that does not fit. */
	inject(d, SEG(ACK, 3001, 101, .len = 500));
	assert_int_equal(drive_info(d).unacked, 0);
	expect(d, SEG(ACK, 101, 3001, .wnd_zero = true));
	assert_int_equal(drive_recv(d, 5000), 3000);
	drive_free(d);
}

static void must_66_urg_in_zero_window(void **state)
{
	struct drive *d = closed_window();
	struct pollfd p = {.fd = d->fd, .events = POLLPRI};

	(void)state;
	assert_int_equal(tern_poll(d->n, &p, 1), 0);
	inject(d, SEG(URG | ACK, 3001, 1, .len = 10, .up = 10));
	expect(d, SEG(ACK, 101, 3001, .wnd_zero = true));
	assert_int_equal(tern_poll(d->n, &p, 1), 1);
	assert_int_equal(p.revents, POLLPRI);
	drive_free(d);
}

/* MUST-66: text and FIN, however, are not taken. */
static void must_66_fin_waits_for_the_window(void **state)
{
	struct drive *d = closed_window();

	(void)state;
	inject(d, SEG(FIN | ACK, 3001, 101, .len = 1));
	expect(d, SEG(ACK, 101, 3001, .wnd_zero = true));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	assert_int_equal(drive_recv(d, 5000), 3000);
	expect(d, SEG(ACK, 101, 3001, .wnd = 3000));
	inject(d, SEG(FIN | ACK, 3001, 101, .len = 1));
	expect(d, SEG(ACK, 101, 3003));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSE_WAIT);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_1_window_is_unsigned),
		cmocka_unit_test(rec_1_window_has_32_bits),
		cmocka_unit_test(rec_1_window_arithmetic_has_32_bits),
		cmocka_unit_test(shld_14_edge_stays),
		cmocka_unit_test(shld_14_smaller_buffer),
		cmocka_unit_test(shld_14_scaled_window),
		cmocka_unit_test(shld_15_no_new_text_beyond_the_edge),
		cmocka_unit_test(shld_16_old_text_inside_the_edge),
		cmocka_unit_test(shld_16_window_opens_again),
		cmocka_unit_test(may_7_old_text_beyond_the_edge),
		cmocka_unit_test(shld_17_no_timeout_beyond_the_edge),
		cmocka_unit_test(must_34_usable_window_negative),
		cmocka_unit_test(must_35_shrunk_to_zero_is_probed),
		cmocka_unit_test(must_35_shrunk_with_nothing_in_flight),
		cmocka_unit_test(must_66_rst_in_zero_window),
		cmocka_unit_test(must_66_ack_in_zero_window),
		cmocka_unit_test(must_66_urg_in_zero_window),
		cmocka_unit_test(must_66_fin_waits_for_the_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
