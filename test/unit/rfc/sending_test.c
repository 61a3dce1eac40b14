/* SPDX-License-Identifier: ISC */
/*
 * sending_test.c - RFC 9293 3.7.4, 3.8.6.2.1, 3.9.2: when data is sent, and TTL
 */
#include <netinet/tcp.h>

#include "unit/rfc/drive.h"

/* MUST-49: by the stack's tunable, for every kind of segment. */
static void must_49_ttl_by_tunable(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_sysctl(d, "net.ipv4.ip_default_ttl", "99");
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_int_equal(d->last_ttl, 99);
	inject(d, SEG(ACK, 1, 1));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	assert_int_equal(d->last_ttl, 99);
	inject(d, SEG(ACK, 1, 11, .len = 5));
	drive_sleep(d, 499 * TERN_MS);
	expect(d, SEG(ACK, 11, 6));
	assert_int_equal(d->last_ttl, 99);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	drive_pull(d);
	expect(d, SEG(RST | ACK, 11, 6));
	assert_int_equal(d->last_ttl, 99);
	inject(d, SEG(ACK, 6, 11)); /* there is no connection any more */
	expect(d, SEG(RST, 11, 0));
	assert_int_equal(d->last_ttl, 99);
	drive_free(d);
}

/* MUST-49: by IP_TTL, for one connection, from its SYN on. */
static void must_49_ttl_by_option(void **state)
{
	struct drive *d = drive_new();
	const int fd = drive_socket(d);

	(void)state;
	assert_int_equal(drive_get(d, fd, IPPROTO_IP, IP_TTL), 64);
	drive_set(d, fd, IPPROTO_IP, IP_TTL, 7);
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_int_equal(d->last_ttl, 7);
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(d->last_ttl, 7);
	drive_set(d, fd, IPPROTO_IP, IP_TTL, 255);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	assert_int_equal(d->last_ttl, 255);
	drive_set(d, fd, IPPROTO_IP, IP_TTL, -1); /* the stack's again */
	inject(d, SEG(ACK, 1, 11));
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 11, 1, .len = 10));
	assert_int_equal(d->last_ttl, 64);
	drive_free(d);
}

/* MUST-49: a listener's goes to the SYN,ACK and is inherited. */
static void must_49_ttl_of_listener(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	drive_set(d, d->lfd, IPPROTO_IP, IP_TTL, 33);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_int_equal(d->last_ttl, 33);
	inject(d, SEG(ACK, 1, 1));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_int_equal(drive_get(d, d->fd, IPPROTO_IP, IP_TTL), 33);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	assert_int_equal(d->last_ttl, 33);
	drive_free(d);
}

/* MUST-38, rule (1): full segments go, the rest of the window is left. */
static void must_38_only_full_segments_into_the_window(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .wnd = 3000));
	drive_send(d, 20000, 0);
	expect(d, SEG(ACK, 1, 1, .len = 1460));
	expect(d, SEG(ACK, 1461, 1, .len = 1460));
	expect_nothing(d);
	/* A byte of window at a time does not tempt it. */
	for (uint32_t i = 1; i < 1380; i += 100) {
		inject(d, SEG(ACK, 1, 1, .wnd = 3000 + i));
		expect_nothing(d);
	}
	inject(d, SEG(ACK, 1, 1, .wnd = 4380));
	expect(d, SEG(ACK, 2921, 1, .len = 1460));
	expect_nothing(d);
	drive_free(d);
}

/* MUST-38, rule (2): the last of the queue goes when it fits whole. */
static void must_38_all_that_is_queued_if_it_fits(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .wnd = 1000));
	drive_send(d, 1000, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 1000));
	inject(d, SEG(ACK, 1, 1001, .wnd = 1000));
	drive_send(d, 1001, 0); /* one byte too much */
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 1001, .wnd = 1001));
	expect(d, SEG(PSH | ACK, 1001, 1, .len = 1001));
	drive_free(d);
}

/* MUST-38, rule (3): to a peer with little memory, half of its largest
 * window. */
static void must_38_half_of_the_largest_window(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460, .wnd = 1000));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(ACK, 1, 1, .wnd = 1000));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	drive_send(d, 5000, 0);
	expect(d, SEG(ACK, 1, 1, .len = 1000));
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 1001, .wnd = 499));
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 1001, .wnd = 500));
	expect(d, SEG(ACK, 1001, 1, .len = 500));
	expect_nothing(d);
	drive_free(d);
}

/* MUST-38, rule (4): after 0.1 to 1 second what fits goes nevertheless, and so
 * the connection does not stand still. */
static void must_38_override_timeout(void **state)
{
	struct drive *d = drive_new();
	uint32_t at = 1;
	tern_time began;
	int i;

	(void)state;
	drive_server(d);
	inject(d, SEG(ACK, 1, 1, .wnd = 80));
	drive_send(d, 20000, 0);
	for (i = 0; i < 20; i++) {
		expect_nothing(d);
		began = d->now;
		drive_sleep(d, 99 * TERN_MS);
		while (!drive_take(d) && d->now - began <= TERN_S)
			drive_sleep(d, TERN_MS);
		assert_in_range(d->now - began, 100 * TERN_MS, TERN_S);
		assert_int_equal(d->last.seq, at);
		assert_int_equal(d->last.len, 80);
		at += 80;
		inject(d, SEG(ACK, 1, at, .wnd = 80));
	}
	inject(d, SEG(ACK, 1, at, .wnd = 1460));
	expect(d, SEG(ACK, at, 1, .len = 1460));
	drive_free(d);
}

/* SHLD-7: while a short segment is in flight the next waits, and what waits is
 * joined. */
static void shld_7_nagle_joins_short_segments(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_server(d);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	for (i = 0; i < 10; i++)
		drive_send(d, 7, 0);
	drive_sleep(d, 100 * TERN_MS);
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 11));
	expect(d, SEG(PSH | ACK, 11, 1, .len = 70));
	expect_nothing(d);
	drive_free(d);
}

/* SHLD-7: "or until the TCP endpoint can send a full-sized segment". */
static void shld_7_full_segments_do_not_wait(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	drive_send(d, 1459, 0);
	expect_nothing(d);
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, 11, 1, .len = 1460));
	drive_send(d, 2000, 0);
	expect(d, SEG(ACK, 1471, 1, .len = 1460));
	expect_nothing(d);
	/* Only the short one counts, appendix A.3. */
	inject(d, SEG(ACK, 1, 11));
	expect(d, SEG(PSH | ACK, 2931, 1, .len = 540));
	drive_free(d);
}

/* SHLD-7, appendix A.3: a request of a segment and a half goes at once, so
 * that no delayed ACK holds up its end. */
static void shld_7_tail_of_one_send_does_not_wait(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 2000, 0);
	expect(d, SEG(ACK, 1, 1, .len = 1460));
	expect(d, SEG(PSH | ACK, 1461, 1, .len = 540));
	drive_send(d, 5, 0); /* that now was short: this one waits */
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 1461));
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 2001));
	expect(d, SEG(PSH | ACK, 2001, 1, .len = 5));
	drive_free(d);
}

/* SHLD-7: a FIN ends the waiting: nothing will be joined any more. */
static void shld_7_nothing_waits_after_close(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	drive_send(d, 10, 0);
	expect_nothing(d);
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	drive_pull(d);
	expect(d, SEG(FIN | PSH | ACK, 11, 1, .len = 10));
	drive_free(d);
}

/* MUST-17: TCP_NODELAY, and off unless asked for. */
static void must_17_nodelay(void **state)
{
	struct drive *d = drive_new();
	int other;

	(void)state;
	drive_server(d);
	assert_int_equal(drive_get(d, d->fd, IPPROTO_TCP, TCP_NODELAY), 0);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_NODELAY, 1);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 11, 1, .len = 10));
	other = drive_socket(d); /* of one connection, not of all */
	assert_int_equal(drive_get(d, other, IPPROTO_TCP, TCP_NODELAY), 0);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_NODELAY, 0);
	drive_send(d, 10, 0);
	expect_nothing(d);
	drive_free(d);
}

/* MUST-17: in the midst of a connection, what waits goes. */
static void must_17_nodelay_sends_what_waits(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	drive_send(d, 10, 0);
	expect_nothing(d);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_NODELAY, 1);
	expect(d, SEG(PSH | ACK, 11, 1, .len = 10));
	drive_free(d);
}

/* MUST-17: "in all cases, sending data is also subject to" the congestion
 * window, and to SWS avoidance. */
static void must_17_nodelay_keeps_to_windows(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_NODELAY, 1);
	drive_send(d, 15 * 1460, 0);
	for (i = 0; i < 10; i++)
		expect(d, SEG(ACK, 1 + 1460U * (uint32_t)i, 1, .len = 1460));
	expect_nothing(d);
	inject(d, SEG(ACK, 1, 14601, .wnd = 100));
	expect_nothing(d);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_49_ttl_by_tunable),
		cmocka_unit_test(must_49_ttl_by_option),
		cmocka_unit_test(must_49_ttl_of_listener),
		cmocka_unit_test(must_38_only_full_segments_into_the_window),
		cmocka_unit_test(must_38_all_that_is_queued_if_it_fits),
		cmocka_unit_test(must_38_half_of_the_largest_window),
		cmocka_unit_test(must_38_override_timeout),
		cmocka_unit_test(shld_7_nagle_joins_short_segments),
		cmocka_unit_test(shld_7_full_segments_do_not_wait),
		cmocka_unit_test(shld_7_tail_of_one_send_does_not_wait),
		cmocka_unit_test(shld_7_nothing_waits_after_close),
		cmocka_unit_test(must_17_nodelay),
		cmocka_unit_test(must_17_nodelay_sends_what_waits),
		cmocka_unit_test(must_17_nodelay_keeps_to_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
