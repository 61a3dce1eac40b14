/* SPDX-License-Identifier: ISC */
/*
 * timers_test.c - which timer of a connection runs, and that the trace tells
 * when it has expired, RFC 9293 3.10.8
 */
#include <netinet/tcp.h>

#include "unit/rfc/states.h"

/* This one runs and no other is nearer; it is told when it expires. */
static void expect_timer(struct drive *d, enum tern_tcp_timer timer)
{
	const struct tern_sockinfo i = drive_info(d);

	assert_int_equal(i.timer, timer);
	assert_true(i.timer_at > d->now && i.timer_at < TERN_NEVER);
	assert_int_equal(d->timers & 1U << timer, 0);
	drive_sleep(d, i.timer_at - d->now + 2 * TERN_MS);
	assert_int_equal(d->timers, 1U << timer);
	d->timers = 0;
}

static void none_runs(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_int_equal(drive_info(d).timer, TERN_TIMER_NONE);
	assert_int_equal(drive_info(d).timer_at, TERN_NEVER);
	drive_free(d);
}

/* What has no timers says so, and nothing else that it does not know. */
static void listener_has_none(void **state)
{
	struct drive *d = drive_new();
	struct tern_sockinfo i;
	uint64_t cursor = 0;

	(void)state;
	drive_listen(d, 1);
	assert_int_equal(tern_sockets(d->n, &cursor, &i, 1), 1);
	assert_int_equal(i.state, TERN_TCP_LISTEN);
	assert_int_equal(i.timer, TERN_TIMER_NONE);
	assert_int_equal(i.srtt_us, 0);
	assert_int_equal(i.retries, 0);
	assert_int_equal(i.mss, 0);
	assert_int_equal(i.cwnd, 0);
	drive_free(d);
}

static void text_is_unacknowledged(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_client(d);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	expect_timer(d, TERN_TIMER_RETRANSMIT);
	drive_free(d);
}

static void window_is_zero(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_client(d);
	inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
	drive_send(d, 10, 0);
	expect_timer(d, TERN_TIMER_PERSIST);
	drive_free(d);
}

static void ack_is_delayed(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_QUICKACK, 0);
	inject(d, SEG(PSH | ACK, 1, 1, .len = 10));
	expect_timer(d, TERN_TIMER_DELAYED_ACK);
	expect(d, SEG(ACK, 1, 11));
	drive_free(d);
}

static void connection_is_idle(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	expect_timer(d, TERN_TIMER_KEEPALIVE);
	expect(d, SEG(ACK, 0, 1));
	assert_int_equal(drive_info(d).timer, TERN_TIMER_KEEPALIVE);
	drive_free(d);
}

static void nobody_waits_in_fin_wait_2(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	expect(d, SEG(FIN | ACK, 1, 1));
	inject(d, SEG(ACK, 1, 2));
	assert_int_equal(drive_info(d).fd, -1);
	expect_timer(d, TERN_TIMER_FIN_WAIT_2);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

static void text_is_corked(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_CORK, 1);
	drive_send(d, 10, 0);
	expect_timer(d, TERN_TIMER_CORK);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	drive_free(d);
}

static void both_have_closed(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	to_later_state(d, TERN_TCP_TIME_WAIT);
	d->timers = 0;
	expect_timer(d, TERN_TIMER_TIME_WAIT);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_runs),
		cmocka_unit_test(listener_has_none),
		cmocka_unit_test(text_is_unacknowledged),
		cmocka_unit_test(window_is_zero),
		cmocka_unit_test(ack_is_delayed),
		cmocka_unit_test(connection_is_idle),
		cmocka_unit_test(nobody_waits_in_fin_wait_2),
		cmocka_unit_test(text_is_corked),
		cmocka_unit_test(both_have_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
