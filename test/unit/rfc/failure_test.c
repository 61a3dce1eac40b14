/* SPDX-License-Identifier: ISC */
/*
 * failure_test.c - RFC 9293 3.8.3: R1, R2, and how connections fail
 */
#include <netinet/tcp.h>

#include "unit/rfc/drive.h"
#include "unit/rfc/drive_ether.h"

/* The time until the stack sends something, which is taken; at most a day. */
static tern_time until_next(struct drive *d)
{
	const tern_time began = d->now;

	while (!drive_take(d)) {
		tern_time next = tern_deadline(d->n);

		assert_true(next != TERN_NEVER);
		assert_true(d->now - began < 86400 * TERN_S);
		drive_sleep(d, next > d->now ? next - d->now : 1);
	}
	return d->now - began;
}

/* Time passes, at most `most`, until the connection is closed. */
static tern_time until_closed(struct drive *d, tern_time most)
{
	const tern_time began = d->now;

	while (drive_state(d) != TERN_TCP_CLOSED && d->now - began < most)
		drive_sleep(d, TERN_S);
	return d->now - began;
}

static void assert_about(tern_time got, tern_time want)
{
	assert_in_range(got, want - want / 100, want + want / 100 + TERN_MS);
}

/* MUST-20 (c): the segment is sent again until R2, then it is over. */
static void must_20_r2_closes(void **state)
{
	struct drive *d = drive_new();
	tern_time rto = 200 * TERN_MS;
	int i;

	(void)state;
	drive_server(d);
	drive_send(d, 100, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	for (i = 0; i < 15; i++) {
		assert_about(until_next(d), rto);
		assert_int_equal(d->last.seq, 1);
		assert_int_equal(d->last.len, 100);
		assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
		rto = rto < 60 * TERN_S ? 2 * rto : 120 * TERN_S;
	}
	drive_sleep(d, 119 * TERN_S);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_sleep(d, 3 * TERN_S);
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	assert_int_equal(drive_recv(d, 10), -ETIMEDOUT);
	assert_int_equal(drive_recv(d, 10), 0);
	assert_int_equal(tern_deadline(d->n), TERN_NEVER);
	drive_free(d);
}

/* MUST-20 (a): it is the retransmissions of one segment that are counted. */
static void must_20_progress_starts_anew(void **state)
{
	struct drive *d = drive_new();
	uint32_t una = 1;
	int i, k;

	(void)state;
	drive_server(d);
	drive_send(d, 10 * 1460, 0);
	assert_int_equal(drive_drain(d), 10);
	for (k = 0; k < 9; k++) {
		for (i = 0; i < 14; i++) {
			(void)until_next(d);
			assert_int_equal(d->last.seq, una);
			(void)drive_drain(d);
		}
		una += 1460;
		inject(d, SEG(ACK, 1, una));
		(void)drive_drain(d);
		assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	}
	drive_free(d);
}

/* MUST-20 (c), for a FIN that nobody acknowledges. */
static void must_20_r2_of_a_fin(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	drive_pull(d);
	expect(d, SEG(FIN | ACK, 1, 1));
	assert_in_range(until_closed(d, 3600 * TERN_S), 100 * TERN_S,
			1000 * TERN_S);
	assert_int_equal(drive_recv(d, 10), -ETIMEDOUT);
	drive_free(d);
}

/* MUST-20 (b): at R1, not before (SHLD-10), IP is told that the next hop may
 * be dead: it asks for it, and takes another if there is no answer. */
static void must_20_r1_is_negative_advice(void **state)
{
	struct ether *e = ether_new();
	int i;

	(void)state;
	ether_open(e);
	e->gateway[0].alive = false;
	ether_send(e, 100);
	for (i = 0; i < 2; i++) {
		ether_until_segment(e);
		assert_int_equal(e->last_hop, 0);
		assert_int_equal(e->gateway[0].n_asked, 0);
	}
	ether_until_segment(e); /* the third: R1 */
	for (i = 0; e->last_hop == 0 && i < 10; i++)
		ether_until_segment(e);
	assert_true(e->gateway[0].n_asked > 0);
	assert_int_equal(e->last_hop, 1);
	assert_int_equal(e->last_src, STACK_ADDR); /* MUST-45 */
	ether_free(e);
}

/* MUST-22: so are those of a SYN, by the same rules. */
static void must_22_r1_of_a_syn(void **state)
{
	struct ether *e = ether_new();
	int i;

	(void)state;
	ether_open(e); /* the way is known */
	e->gateway[0].alive = false;
	e->rport = 99;
	ether_connect(e);
	ether_until_segment(e);
	for (i = 0; e->last_hop == 0 && i < 7; i++)
		ether_until_segment(e);
	assert_true(e->gateway[0].n_asked > 0);
	assert_int_equal(e->last_hop, 1);
	ether_free(e);
}

/* RFC 2923 2.1: the path swallows what is larger than 1200 octets, and no ICMP
 * message says so.  At R1 smaller segments are tried, and the rest goes on. */
static void black_hole(void **state)
{
	struct drive *d = drive_new();
	uint32_t una = 1;
	int i;

	(void)state;
	drive_server(d);
	drive_send(d, 20 * 1460, 0);
	for (i = 0; i < 3; i++) {
		while (drive_take(d))
			assert_int_equal(d->last.len, 1460);
		(void)until_next(d);
		assert_int_equal(d->last.seq, 1);
	}
	assert_int_equal(d->last.len, 1024);
	while (una < 1 + 20 * 1460) {
		assert_int_equal(d->last.seq, una);
		assert_true(d->last.len <= 1024);
		una += d->last.len;
		inject(d, SEG(ACK, 1, una));
		drive_take(d);
	}
	assert_true(tern_counter(d->n, TERN_TcpExtTCPTimeouts) == 3);
	drive_free(d);
}

/* RFC 2923 2.1: what is small anyway is not made smaller by an outage. */
static void no_black_hole(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_server(d);
	drive_send(d, 900, 0);
	for (i = 0; i < 8; i++)
		(void)until_next(d);
	inject(d, SEG(ACK, 1, 901));
	drive_send(d, 5000, 0);
	assert_true(drive_take(d));
	assert_int_equal(d->last.len, 1460);
	drive_drain(d);
	drive_free(d);
}

/* MUST-21: shorter than the stack's, for one connection. */
static void must_21_user_timeout(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	assert_int_equal(drive_get(d, d->fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 30000);
	drive_sleep(d, 3600 * TERN_S); /* nothing is outstanding */
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_send(d, 100, 0);
	drive_sleep(d, 29 * TERN_S);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_sleep(d, 1100 * TERN_MS);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	assert_int_equal(drive_recv(d, 10), -ETIMEDOUT);
	drive_free(d);
}

/* MUST-21: longer than the stack's, up to "infinity". */
static void must_21_user_timeout_of_a_week(void **state)
{
	struct drive *d = drive_new();
	int n;

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 7 * 86400 * 1000);
	drive_send(d, 100, 0);
	for (n = 0; n < 7 * 24 - 1; n++) {
		drive_sleep(d, 3600 * TERN_S);
		assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
		assert_true(drive_drain(d) > 0); /* it goes on trying */
	}
	inject(d, SEG(ACK, 1, 101)); /* and succeeds */
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, 101, 1, .len = 1));
	drive_free(d);
}

/* MUST-21: what is queued while the window is closed counts too. */
static void must_21_user_timeout_of_closed_window(void **state)
{
	struct drive *d = drive_new();
	tern_time began;

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 60000);
	inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
	drive_send(d, 100, 0);
	began = d->now;
	while (drive_state(d) != TERN_TCP_CLOSED &&
	       d->now - began < 200 * TERN_S) {
		drive_sleep(d, TERN_S);
		while (drive_take(d))
			inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
	}
	assert_in_range(d->now - began, 60 * TERN_S, 130 * TERN_S);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* SHLD-9, SHLD-10: the user is told at the third retransmission, once, and the
 * connection goes on. */
static void shld_9_user_is_told_at_r1(void **state)
{
	struct drive *d = drive_new();
	struct pollfd p = {.events = POLLIN};
	int i;

	(void)state;
	drive_server(d);
	drive_set(d, d->fd, IPPROTO_IP, IP_RECVERR, 1);
	p.fd = d->fd;
	drive_send(d, 100, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	for (i = 0; i < 3; i++) {
		assert_int_equal(tern_poll(d->n, &p, 1), 0);
		(void)until_next(d);
	}
	assert_int_equal(tern_poll(d->n, &p, 1), 1);
	assert_int_equal(p.revents, POLLERR);
	assert_int_equal(drive_get(d, d->fd, SOL_SOCKET, SO_ERROR), ETIMEDOUT);
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	for (i = 0; i < 8; i++) {
		(void)until_next(d);
		assert_int_equal(tern_poll(d->n, &p, 1), 0);
	}
	inject(d, SEG(ACK, 1, 101));
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, 101, 1, .len = 1));
	for (i = 0; i < 3; i++) /* the next failure is another */
		(void)until_next(d);
	assert_int_equal(tern_poll(d->n, &p, 1), 1);
	assert_int_equal(p.revents, POLLERR);
	drive_free(d);
}

/* SHLD-9: "unless such information has been disabled", which it is. */
static void shld_9_only_if_asked_for(void **state)
{
	struct drive *d = drive_new();
	struct pollfd p = {.events = POLLIN};
	int i;

	(void)state;
	drive_server(d);
	p.fd = d->fd;
	drive_send(d, 100, 0);
	for (i = 0; i < 12; i++)
		(void)until_next(d);
	assert_int_equal(tern_poll(d->n, &p, 1), 0);
	assert_int_equal(drive_get(d, d->fd, SOL_SOCKET, SO_ERROR), 0);
	drive_free(d);
}

/* SHLD-10: R1 is 3 retransmissions unless set otherwise. */
static void shld_10_r1_is_three(void **state)
{
	struct drive *d = drive_new();
	char value[16];

	(void)state;
	assert_int_equal(tern_sysctl_get(d->n, "net.ipv4.tcp_retries1", value,
					 sizeof(value)),
			 1);
	assert_string_equal(value, "3");
	drive_free(d);
}

/* SHLD-11: at least 100 s, with the shortest RTO and the fewest retries. */
static void shld_11_r2_is_100_s(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_retries2", "0");
	drive_server(d);
	drive_send(d, 100, 0);
	assert_in_range(until_closed(d, 3600 * TERN_S), 100 * TERN_S,
			220 * TERN_S);
	assert_int_equal(drive_recv(d, 10), -ETIMEDOUT);
	drive_free(d);
}

/* SHLD-11: also for what nobody waits for any more. */
static void shld_11_r2_after_close(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	drive_send(d, 100, 0);
	assert_int_equal(tern_close(d->n, d->fd), 0);
	assert_in_range(until_closed(d, 3600 * TERN_S), 100 * TERN_S,
			220 * TERN_S);
	drive_free(d);
}

/* MUST-22, MUST-23: a SYN is sent again at 1, 3, 7 ... s, and given up after
 * more than three minutes. */
static void must_23_syn_for_three_minutes(void **state)
{
	struct drive *d = drive_new();
	tern_time rto = TERN_S;
	struct dseg first;
	int i;

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	first = d->last;
	for (i = 0; i < 7; i++) {
		assert_about(until_next(d), rto);
		assert_int_equal(d->last.flags, SYN);
		assert_int_equal(d->last.seq, 0);
		assert_int_equal(d->last.mss, first.mss);
		assert_int_equal(d->last.wnd, first.wnd);
		assert_int_equal(drive_connect(d, d->fd), -EALREADY);
		rto *= 2;
	}
	drive_sleep(d, 53 * TERN_S); /* three minutes */
	assert_int_equal(drive_state(d), TERN_TCP_SYN_SENT);
	assert_in_range(until_closed(d, 300 * TERN_S), 60 * TERN_S,
			70 * TERN_S);
	expect_nothing(d);
	assert_int_equal(drive_connect(d, d->fd), -ETIMEDOUT);
	drive_free(d);
}

/* MUST-22: the answer may come at the last moment. */
static void must_22_late_syn_ack(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	drive_sleep(d, 246 * TERN_S);
	assert_int_equal(drive_drain(d), 8);
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_connect(d, d->fd), 0);
	drive_free(d);
}

/* MUST-22: the user may wait less, or give up. */
static void must_22_user_may_give_up(void **state)
{
	struct drive *d = drive_new();
	const int fd = drive_socket(d);

	(void)state;
	drive_set(d, fd, IPPROTO_TCP, TCP_SYNCNT, 2);
	assert_int_equal(drive_connect(d, fd), -EINPROGRESS);
	drive_sleep(d, 6900 * TERN_MS);
	assert_int_equal(drive_drain(d), 3);
	assert_int_equal(drive_state(d), TERN_TCP_SYN_SENT);
	drive_sleep(d, 200 * TERN_MS);
	assert_int_equal(drive_connect(d, fd), -ETIMEDOUT);

	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_int_equal(tern_close(d->n, d->fd), 0);
	drive_sleep(d, 300 * TERN_S);
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* MUST-22: the SYN of a passive OPEN goes with a SYN,ACK, which is sent again
 * likewise; nobody is told, for nobody knows of it. */
static void must_22_syn_ack(void **state)
{
	struct drive *d = drive_new();
	tern_time rto = TERN_S;
	int i;

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	for (i = 0; i < 5; i++) {
		assert_about(until_next(d), rto);
		assert_int_equal(d->last.flags, SYN | ACK);
		assert_int_equal(d->last.seq, 0);
		rto *= 2;
	}
	drive_sleep(d, 33 * TERN_S);
	expect_nothing(d);
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	assert_int_equal(tern_accept(d->n, d->lfd, NULL, NULL), -EAGAIN);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_20_r2_closes),
		cmocka_unit_test(must_20_progress_starts_anew),
		cmocka_unit_test(must_20_r2_of_a_fin),
		cmocka_unit_test(must_20_r1_is_negative_advice),
		cmocka_unit_test(must_22_r1_of_a_syn),
		cmocka_unit_test(black_hole),
		cmocka_unit_test(no_black_hole),
		cmocka_unit_test(must_21_user_timeout),
		cmocka_unit_test(must_21_user_timeout_of_a_week),
		cmocka_unit_test(must_21_user_timeout_of_closed_window),
		cmocka_unit_test(shld_9_user_is_told_at_r1),
		cmocka_unit_test(shld_9_only_if_asked_for),
		cmocka_unit_test(shld_10_r1_is_three),
		cmocka_unit_test(shld_11_r2_is_100_s),
		cmocka_unit_test(shld_11_r2_after_close),
		cmocka_unit_test(must_23_syn_for_three_minutes),
		cmocka_unit_test(must_22_late_syn_ack),
		cmocka_unit_test(must_22_user_may_give_up),
		cmocka_unit_test(must_22_syn_ack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
