/* SPDX-License-Identifier: ISC */
/*
 * keepalive_test.c - RFC 9293 3.8.4: keep-alives
 */
#include <netinet/tcp.h>

#include "unit/rfc/drive.h"

#define HOUR (3600 * TERN_S)
#define TICK (2 * TERN_MS) /* timers fire up to a tick late */

/* The probe: no text, one octet before what is next. */
static void expect_probe(struct drive *d, uint32_t nxt)
{
	expect(d, SEG(ACK, nxt - 1, 1));
}

static struct drive *keeping_server(void)
{
	struct drive *d = drive_new();

	drive_server(d);
	drive_set(d, d->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	return d;
}

/* MAY-5: the probe is answered, and the connection lives. */
static void may_5_keep_alive(void **state)
{
	struct drive *d = keeping_server();
	int i;

	(void)state;
	for (i = 0; i < 12; i++) {
		drive_sleep(d, 2 * HOUR + TICK);
		expect_probe(d, 1);
		inject(d, SEG(ACK, 1, 1));
		expect_nothing(d);
	}
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);
}

/* MAY-5: what it is for.  MUST-29: it takes all nine probes. */
static void may_5_dead_peer_is_found(void **state)
{
	struct drive *d = keeping_server();
	int i;

	(void)state;
	drive_sleep(d, 2 * HOUR + TICK);
	for (i = 0; i < 9; i++) {
		expect_probe(d, 1);
		expect_nothing(d);
		assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
		drive_sleep(d, 75 * TERN_S + TICK);
	}
	expect(d, SEG(RST | ACK, 1, 1));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	assert_int_equal(drive_recv(d, 1), -ETIMEDOUT);
	assert_int_equal(drive_recv(d, 1), 0);
	drive_free(d);
}

/* MAY-5: a peer that has forgotten the connection says so. */
static void may_5_rebooted_peer_is_found(void **state)
{
	struct drive *d = keeping_server();

	(void)state;
	drive_sleep(d, 2 * HOUR + TICK);
	expect_probe(d, 1);
	inject(d, SEG(RST, 1, 0));
	assert_int_equal(drive_recv(d, 1), -ECONNRESET);
	drive_free(d);
}

/* MUST-24: on and off, for one connection. */
static void must_24_on_and_off(void **state)
{
	struct drive *d = keeping_server();
	int other = drive_socket(d);

	(void)state;
	assert_int_equal(drive_get(d, d->fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(drive_get(d, other, SOL_SOCKET, SO_KEEPALIVE), 0);
	assert_int_equal(tern_close(d->n, other), 0);
	drive_sleep(d, HOUR);
	drive_set(d, d->fd, SOL_SOCKET, SO_KEEPALIVE, 0);
	drive_sleep(d, 24 * HOUR);
	expect_nothing(d);
	assert_int_equal(tern_deadline(d->n), TERN_NEVER);
	drive_set(d, d->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	drive_sleep(d, TICK); /* it has been idle for long enough */
	expect_probe(d, 1);
	drive_set(d, d->fd, SOL_SOCKET, SO_KEEPALIVE, 0); /* unanswered */
	drive_sleep(d, 24 * HOUR);
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);
}

/* MUST-24: set on a socket before it connects, or on a listener. */
static void must_24_before_the_connection(void **state)
{
	struct drive *d = drive_new();
	const int fd = drive_socket(d);

	(void)state;
	drive_set(d, fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	drive_set(d, fd, IPPROTO_TCP, TCP_KEEPIDLE, 10);
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	expect(d, SEG(ACK, 1, 1));
	drive_sleep(d, 10 * TERN_S + TICK);
	expect_probe(d, 1);
	drive_free(d);

	d = drive_new();
	drive_listen(d, 8);
	drive_set(d, d->lfd, SOL_SOCKET, SO_KEEPALIVE, 1);
	drive_set(d, d->lfd, IPPROTO_TCP, TCP_KEEPIDLE, 10);
	drive_server(d);
	drive_sleep(d, 10 * TERN_S + TICK);
	expect_probe(d, 1);
	drive_free(d);
}

/* MUST-25: off, however long nothing happens. */
static void must_25_off_by_default(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_int_equal(drive_get(d, d->fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	assert_int_equal(drive_get(d, d->lfd, SOL_SOCKET, SO_KEEPALIVE), 0);
	drive_sleep(d, 100 * 24 * HOUR);
	expect_nothing(d);
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 1));
	drive_free(d);
}

/* MUST-26: not while something sent is outstanding; retransmissions tell. */
static void must_26_not_while_data_is_outstanding(void **state)
{
	struct drive *d = keeping_server();

	(void)state;
	drive_set(d, d->fd, IPPROTO_TCP, TCP_KEEPIDLE, 10);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_KEEPCNT, 2);
	drive_send(d, 100, 0);
	drive_sleep(d, 600 * TERN_S);
	while (drive_take(d)) {
		assert_int_equal(d->last.seq, 1);
		assert_int_equal(d->last.len, 100);
	}
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	inject(d, SEG(ACK, 1, 101));
	drive_sleep(d, 9900 * TERN_MS);
	expect_nothing(d);
	drive_sleep(d, 200 * TERN_MS); /* the interval begins with the ACK */
	expect_probe(d, 101);
	drive_free(d);
}

/* MUST-26: not while a closed window is probed either. */
static void must_26_not_while_the_window_is_probed(void **state)
{
	struct drive *d = keeping_server();
	tern_time began = d->now;

	(void)state;
	drive_set(d, d->fd, IPPROTO_TCP, TCP_KEEPIDLE, 10);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_KEEPCNT, 2);
	inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
	drive_send(d, 100, 0);
	while (d->now - began < HOUR) {
		drive_sleep(d, TERN_S);
		while (drive_take(d))
			inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
	}
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	assert_int_equal(tern_counter(d->n, TERN_TcpExtTCPKeepAlive), 0);
	drive_free(d);
}

/* MUST-26: not before the interval has passed without data or ACK. */
static void must_26_what_arrives_starts_the_interval(void **state)
{
	struct drive *d = keeping_server();

	(void)state;
	drive_sleep(d, 2 * HOUR - TERN_S);
	inject(d, SEG(ACK, 1, 1, .len = 1));
	drive_drain(d);
	drive_sleep(d, 2 * HOUR - TERN_S);
	expect_nothing(d);
	inject(d, SEG(ACK, 2, 1)); /* an ACK alone */
	drive_sleep(d, 2 * HOUR - TERN_S);
	expect_nothing(d);
	drive_sleep(d, 2 * TERN_S);
	expect(d, SEG(ACK, 0, 2));
	drive_free(d);
}

/* MUST-27: by option for one connection, by tunable for all. */
static void must_27_interval_is_configurable(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_keepalive_time", "100");
	drive_sysctl(d, "net.ipv4.tcp_keepalive_intvl", "20");
	drive_sysctl(d, "net.ipv4.tcp_keepalive_probes", "3");
	drive_server(d);
	drive_set(d, d->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	assert_int_equal(drive_get(d, d->fd, IPPROTO_TCP, TCP_KEEPIDLE), 100);
	drive_sleep(d, 99 * TERN_S);
	expect_nothing(d);
	drive_sleep(d, TERN_S + TICK);
	expect_probe(d, 1);
	drive_sleep(d, 20 * TERN_S + TICK);
	expect_probe(d, 1);
	inject(d, SEG(ACK, 1, 1));

	drive_set(d, d->fd, IPPROTO_TCP, TCP_KEEPIDLE, 30);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_KEEPCNT, 2);
	drive_sleep(d, 29 * TERN_S);
	expect_nothing(d);
	drive_sleep(d, TERN_S + TICK);
	expect_probe(d, 1);
	drive_sleep(d, 5 * TERN_S + TICK);
	expect_probe(d, 1);
	drive_sleep(d, 5 * TERN_S + TICK);
	expect(d, SEG(RST | ACK, 1, 1));
	drive_free(d);
}

/* MUST-28: two hours, to the millisecond. */
static void must_28_two_hours(void **state)
{
	struct drive *d = keeping_server();

	(void)state;
	assert_int_equal(drive_get(d, d->fd, IPPROTO_TCP, TCP_KEEPIDLE), 7200);
	drive_sleep(d, 2 * HOUR - TERN_MS);
	expect_nothing(d);
	drive_sleep(d, 2 * TERN_MS);
	expect_probe(d, 1);
	drive_free(d);
}

/* MUST-29: eight probes get lost, the answer to the ninth counts. */
static void must_29_lost_probes_mean_nothing(void **state)
{
	struct drive *d = keeping_server();
	int round, i;

	(void)state;
	for (round = 0; round < 3; round++) {
		drive_sleep(d, 2 * HOUR - TERN_MS);
		expect_nothing(d);
		drive_sleep(d, TERN_MS + TICK);
		for (i = 0; i < 8; i++) {
			expect_probe(d, 1);
			drive_sleep(d, 75 * TERN_S + TICK);
		}
		expect_probe(d, 1);
		inject(d, SEG(ACK, 1, 1));
	}
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);
}

/* MUST-29: nor does one lost probe end a connection that has a user timeout,
 * however short. */
static void must_29_with_user_timeout(void **state)
{
	struct drive *d = keeping_server();

	(void)state;
	drive_set(d, d->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 30000);
	drive_sleep(d, 2 * HOUR + TICK);
	expect_probe(d, 1);
	drive_sleep(d, 75 * TERN_S + TICK);
	expect_probe(d, 1);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_sleep(d, 75 * TERN_S + TICK);
	expect(d, SEG(RST | ACK, 1, 1));
	drive_free(d);
}

/* SHLD-12: no octet of data, also when there was data before. */
static void shld_12_no_data(void **state)
{
	struct drive *d = keeping_server();

	(void)state;
	drive_send(d, 100, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	inject(d, SEG(ACK, 1, 101, .len = 50));
	drive_sleep(d, 2 * HOUR + TICK);
	expect(d, SEG(ACK, 101, 51)); /* delayed */
	assert_true(drive_take(d));
	assert_int_equal(d->last.flags, ACK);
	assert_int_equal(d->last.seq, 100);
	assert_int_equal(d->last.ack, 51);
	assert_int_equal(d->last.len, 0);
	expect_nothing(d);
	drive_free(d);
}

/* MAY-6, the other way round: the garbage octet of an old peer's keep-alive is
 * not taken for data, and is answered. */
static void may_6_garbage_octet_of_the_peer(void **state)
{
	struct drive *d = drive_new();
	uint32_t len;
	int i;

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .len = 10));
	drive_drain(d);
	assert_int_equal(drive_recv(d, 100), 10);
	drive_drain(d);
	for (i = 0; i < 20; i++) {
		drive_sleep(d, 75 * TERN_S + TICK);
		len = (uint32_t)i % 2;
		inject(d, SEG(ACK, 10, 1, .len = len, .text_from = 99));
		expect(d, SEG(ACK, 1, 11));
		expect_nothing(d);
		assert_int_equal(drive_recv(d, 100), -EAGAIN);
	}
	drive_free(d);
}

/* Whoever only knows the tuple cannot keep a dead connection alive. */
static void blind_segments_do_not_count(void **state)
{
	struct drive *d = keeping_server();
	int i;

	(void)state;
	drive_set(d, d->fd, IPPROTO_TCP, TCP_KEEPIDLE, 10);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_KEEPCNT, 2);
	for (i = 0; i < 20; i++) {
		drive_sleep(d, TERN_S);
		inject(d, SEG(ACK, 0x40000000, 1, .len = 1));
	}
	assert_int_equal(drive_recv(d, 1), -ETIMEDOUT);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(may_5_keep_alive),
		cmocka_unit_test(blind_segments_do_not_count),
		cmocka_unit_test(may_5_dead_peer_is_found),
		cmocka_unit_test(may_5_rebooted_peer_is_found),
		cmocka_unit_test(must_24_on_and_off),
		cmocka_unit_test(must_24_before_the_connection),
		cmocka_unit_test(must_25_off_by_default),
		cmocka_unit_test(must_26_not_while_data_is_outstanding),
		cmocka_unit_test(must_26_not_while_the_window_is_probed),
		cmocka_unit_test(must_26_what_arrives_starts_the_interval),
		cmocka_unit_test(must_27_interval_is_configurable),
		cmocka_unit_test(must_28_two_hours),
		cmocka_unit_test(must_29_lost_probes_mean_nothing),
		cmocka_unit_test(must_29_with_user_timeout),
		cmocka_unit_test(shld_12_no_data),
		cmocka_unit_test(may_6_garbage_octet_of_the_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
