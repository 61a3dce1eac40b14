/* SPDX-License-Identifier: ISC */
/*
 * closing_test.c - RFC 9293 3.5.3, 3.6 and 3.6.1: closing, half-closing,
 * aborting, and what the user learns of it; TIME-WAIT is in time_wait_test.c
 */
#include "unit/rfc/states.h"

/* Figure 12, the end that closes first. */
static void figure_12_active(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(FIN | ACK, 1, 1));
	assert_int_equal(drive_state(d), TERN_TCP_FIN_WAIT_1);
	inject(d, SEG(ACK, 1, 2));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_FIN_WAIT_2);
	inject(d, SEG(FIN | ACK, 1, 2));
	expect(d, SEG(ACK, 2, 2));
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_free(d);
}

/* Figure 12, the other end: FIN only when its user closes, after his text. */
static void figure_12_passive(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(FIN | ACK, 1, 1));
	expect(d, SEG(ACK, 1, 2));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSE_WAIT);
	drive_sleep(d, 3600 * TERN_S);
	expect_nothing(d);
	drive_send(d, 100, 0);
	expect(d, SEG(PSH | ACK, 1, 2, .len = 100));
	inject(d, SEG(ACK, 2, 101));
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(FIN | ACK, 101, 2));
	assert_int_equal(drive_state(d), TERN_TCP_LAST_ACK);
	inject(d, SEG(ACK, 2, 102));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* Figure 13: both close at once. */
static void figure_13(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(FIN | ACK, 1, 1));
	inject(d, SEG(FIN | ACK, 1, 1));
	expect(d, SEG(ACK, 2, 2));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSING);
	inject(d, SEG(ACK, 2, 2));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_free(d);
}

/* A FIN that also acknowledges ours: TIME-WAIT at once. */
static void fin_wait_1_to_time_wait(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(FIN | ACK, 1, 1));
	inject(d, SEG(FIN | ACK, 1, 2));
	expect(d, SEG(ACK, 2, 2));
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_free(d);
}

/* 3.6: "reliably deliver all buffers SENT before the connection was CLOSED":
 * the FIN has the number after the text, and an ACK of the text is none of it.
 */
static void fin_follows_the_text(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .wnd = 1460));
	drive_send(d, 2000, 0);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(ACK, 1, 1, .len = 1460));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_FIN_WAIT_1);
	inject(d, SEG(ACK, 1, 1461, .wnd = 1460));
	expect(d, SEG(FIN | PSH | ACK, 1461, 1, .len = 540));
	inject(d, SEG(ACK, 1, 2001));
	assert_int_equal(drive_state(d), TERN_TCP_FIN_WAIT_1);
	drive_wait(d);
	expect(d, SEG(FIN | ACK, 2001, 1));
	inject(d, SEG(ACK, 1, 2002));
	assert_int_equal(drive_state(d), TERN_TCP_FIN_WAIT_2);
	drive_free(d);
}

/* "All segments preceding and including FIN will be retransmitted until
 * acknowledged": in FIN-WAIT-1, CLOSING and LAST-ACK, with backoff. */
static void fin_is_retransmitted(void **state)
{
	static const struct place p[] = {
		{TERN_TCP_FIN_WAIT_1, 2, 1, false},
		{TERN_TCP_CLOSING, 2, 2, false},
		{TERN_TCP_LAST_ACK, 2, 2, false},
	};
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct drive *d = drive_to(&p[i]);
		tern_time before = 0, now;

		for (k = 0; k < 5; k++) {
			now = drive_wait(d);
			assert_true(now > before * 3 / 2);
			expect(d, SEG(FIN | ACK, 1, p[i].rcv_nxt));
			before = now;
		}
		inject(d, SEG(ACK, p[i].rcv_nxt, 2));
		assert_int_not_equal(drive_state(d), p[i].state);
		drive_sleep(d, 50 * TERN_S);
		expect_nothing(d);
		drive_free(d);
	}
}

/* 3.6: half-closed: receiving goes on in FIN-WAIT-2, for as long as it takes,
 * and is acknowledged. */
static void half_closed_goes_on_receiving(void **state)
{
	struct drive *d = drive_new();
	uint32_t i;

	(void)state;
	drive_server(d);
	to_fin_wait_1(d);
	inject(d, SEG(ACK, 1, 1, .len = 10)); /* before our FIN is ACKed */
	expect(d, SEG(ACK, 2, 11));
	inject(d, SEG(ACK, 11, 2));
	for (i = 0; i < 48; i++) {
		drive_sleep(d, 1800 * TERN_S);
		inject(d, SEG(ACK, 11 + i * 10, 2, .len = 10));
		drive_wait(d);
		expect(d, SEG(ACK, 2, 21 + i * 10));
	}
	assert_int_equal(drive_state(d), TERN_TCP_FIN_WAIT_2);
	assert_int_equal(drive_recv(d, 1000), 490);
	assert_int_equal(tern_send(d->n, d->fd, "x", 1, MSG_NOSIGNAL), -EPIPE);
	drive_free(d);
}

/* SHLD-2: text in a RST is no obstacle, wherever it is good; nor is it text. */
static void shld_2_rst_with_text(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_SYNCHRONIZED; i++) {
		const struct place *p = &synchronized_places[i];
		struct drive *d = drive_to(p);

		inject(d, SEG(RST, p->rcv_nxt, 0, .len = 50));
		expect_nothing(d);
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
		assert_true(drive_recv(d, 100) <= 0);
		drive_free(d);
	}
}

static void shld_2_rst_with_text_before_open(void **state)
{
	const struct place sent = {TERN_TCP_SYN_SENT, 1, 0, true};
	const struct place received = {TERN_TCP_SYN_RECEIVED, 1, 1, false};
	struct drive *d = drive_to(&sent);

	(void)state;
	inject(d, SEG(RST | ACK, 0, 1, .len = 50));
	assert_int_equal(drive_connect(d, d->fd), -ECONNREFUSED);
	drive_free(d);
	d = drive_to(&received);
	inject(d, SEG(RST, 1, 0, .len = 50));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

static short poll_of(struct drive *d)
{
	struct pollfd p = {.fd = d->fd, .events = POLLIN | POLLRDHUP};

	(void)tern_poll(d->n, &p, 1);
	return p.revents;
}

/* MUST-12: closed normally: end of stream, and no error. */
static void must_12_normal_close(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(FIN | ACK, 1, 1, .len = 10));
	assert_int_equal(poll_of(d), POLLIN | POLLRDHUP);
	assert_int_equal(drive_recv(d, 100), 10);
	assert_int_equal(drive_recv(d, 100), 0);
	assert_int_equal(drive_recv(d, 100), 0);
	assert_int_equal(drive_get(d, d->fd, SOL_SOCKET, SO_ERROR), 0);
	drive_free(d);
}

/* MUST-12: aborted: an error, once, after what had arrived. */
static void must_12_abort(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .len = 10));
	inject(d, SEG(RST, 11, 0));
	assert_int_equal(poll_of(d), POLLIN | POLLRDHUP | POLLERR | POLLHUP);
	assert_int_equal(drive_recv(d, 100), 10);
	assert_int_equal(drive_recv(d, 100), -ECONNRESET);
	assert_int_equal(drive_recv(d, 100), 0);
	drive_free(d);
}

/* MUST-12: in every state in which a user may still be there. */
static void must_12_abort_in_each_state(void **state)
{
	static const int error[] = {ECONNRESET, ECONNRESET, ECONNRESET,
				    EPIPE,	ECONNRESET, ECONNRESET};
	size_t i;

	(void)state;
	for (i = 0; i < N_SYNCHRONIZED; i++) {
		const struct place *p = &synchronized_places[i];
		struct drive *d = drive_to(p);

		inject(d, SEG(RST, p->rcv_nxt, 0));
		assert_true(poll_of(d) & POLLERR);
		assert_int_equal(drive_get(d, d->fd, SOL_SOCKET, SO_ERROR),
				 error[i]);
		drive_free(d);
	}
}

/* MAY-1: whoever has called close() cannot read any more; shutdown() can. */
static void may_1_close_is_half_duplex(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	assert_int_equal(drive_recv(d, 1), -EBADF);
	drive_free(d);
	d = drive_new();
	drive_server(d);
	to_fin_wait_1(d);
	inject(d, SEG(ACK, 1, 2, .len = 10));
	assert_int_equal(drive_recv(d, 100), 10);
	drive_free(d);
}

/* SHLD-3: CLOSE while text is unread: RST, and nothing else. */
static void shld_3_close_with_unread_text(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .len = 10));
	expect(d, SEG(ACK, 1, 11));
	assert_int_equal(drive_recv(d, 9), 9);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(RST | ACK, 1, 11));
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* SHLD-3: also in CLOSE-WAIT; but an unread end of stream loses nothing. */
static void shld_3_close_with_unread_end(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(FIN | ACK, 1, 1, .len = 10));
	expect(d, SEG(ACK, 1, 12));
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(RST | ACK, 1, 12));
	drive_free(d);
	d = drive_new();
	drive_server(d);
	to_close_wait(d);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(FIN | ACK, 1, 2));
	drive_free(d);
}

/* SHLD-3: text that arrives after CLOSE: RST, in FIN-WAIT-1 and -2. */
static void shld_3_text_after_close(void **state)
{
	int acked;

	(void)state;
	for (acked = 0; acked < 2; acked++) {
		struct drive *d = drive_new();

		drive_server(d);
		assert_int_equal(tern_close(d->n, d->fd), 0);
		expect(d, SEG(FIN | ACK, 1, 1));
		if (acked)
			inject(d, SEG(ACK, 1, 2));
		inject(d, SEG(ACK, 1, acked ? 2 : 1, .len = 1));
		expect(d, SEG(RST, acked ? 2 : 1, 0));
		expect_nothing(d);
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
		drive_free(d);
	}
}

/* SHLD-3: also if it comes out of order, or with a FIN; but not for text that
 * was received before CLOSE and comes again. */
static void shld_3_other_text_after_close(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(FIN | ACK, 1, 1));
	inject(d, SEG(FIN | ACK, 500, 2, .len = 1));
	expect(d, SEG(RST, 2, 0));
	drive_free(d);

	d = drive_new();
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .len = 10));
	expect(d, SEG(ACK, 1, 11));
	assert_int_equal(drive_recv(d, 10), 10);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(FIN | ACK, 1, 11));
	inject(d, SEG(ACK, 1, 1, .len = 10));
	expect(d, SEG(ACK, 2, 11));
	inject(d, SEG(FIN | ACK, 11, 2));
	expect(d, SEG(ACK, 2, 12));
	assert_int_equal(drive_state(d), TERN_TCP_TIME_WAIT);
	drive_free(d);
}

/* 3.10.5: ABORT: <SEQ=SND.NXT><CTL=RST>; what was queued is thrown away. */
static void abort_sends_rst(void **state)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};
	size_t i;

	(void)state;
	for (i = 0; i < N_SYNCHRONIZED; i++) {
		const struct place *p = &synchronized_places[i];
		struct drive *d = drive_to(p);

		assert_int_equal(tern_setsockopt(d->n, d->fd, SOL_SOCKET,
						 SO_LINGER, &now, sizeof(now)),
				 0);
		assert_int_equal(tern_close(d->n, d->fd), 0);
		expect(d, SEG(RST | ACK, p->snd_nxt, p->rcv_nxt));
		expect_nothing(d);
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
		drive_free(d);
	}
}

/* 3.10.4: CLOSE in SYN-SENT: nothing is sent, and the block is gone. */
static void close_in_syn_sent(void **state)
{
	const struct place sent = {TERN_TCP_SYN_SENT, 1, 0, true};
	struct drive *d = drive_to(&sent);

	(void)state;
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_sleep(d, 100 * TERN_S);
	expect_nothing(d);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figure_12_active),
		cmocka_unit_test(figure_12_passive),
		cmocka_unit_test(figure_13),
		cmocka_unit_test(fin_wait_1_to_time_wait),
		cmocka_unit_test(fin_follows_the_text),
		cmocka_unit_test(fin_is_retransmitted),
		cmocka_unit_test(half_closed_goes_on_receiving),
		cmocka_unit_test(shld_2_rst_with_text),
		cmocka_unit_test(shld_2_rst_with_text_before_open),
		cmocka_unit_test(must_12_normal_close),
		cmocka_unit_test(must_12_abort),
		cmocka_unit_test(must_12_abort_in_each_state),
		cmocka_unit_test(may_1_close_is_half_duplex),
		cmocka_unit_test(shld_3_close_with_unread_text),
		cmocka_unit_test(shld_3_close_with_unread_end),
		cmocka_unit_test(shld_3_text_after_close),
		cmocka_unit_test(shld_3_other_text_after_close),
		cmocka_unit_test(abort_sends_rst),
		cmocka_unit_test(close_in_syn_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
