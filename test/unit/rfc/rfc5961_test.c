/* SPDX-License-Identifier: ISC */
/*
 * rfc5961_test.c - RFC 5961, and RFC 9293 3.10.7.4 as far as it follows it:
 * blind resets (3), SYNs (4) and data (5), and how answers are throttled (7)
 */
#include <netinet/tcp.h>

#include "unit/rfc/drive.h"

static const enum tern_tcp_state open_states[] = {
	TERN_TCP_ESTABLISHED, TERN_TCP_FIN_WAIT_1, TERN_TCP_FIN_WAIT_2,
	TERN_TCP_CLOSE_WAIT,  TERN_TCP_CLOSING,	   TERN_TCP_LAST_ACK,
};
#define N_OPEN (sizeof(open_states) / sizeof(open_states[0]))

static void half_close(struct drive *d, struct dseg fin)
{
	assert_int_equal(tern_shutdown(d->n, d->fd, SHUT_WR), 0);
	drive_pull(d);
	expect(d, fin);
}

static void enter(struct drive *d, enum tern_tcp_state to)
{
	drive_server(d);
	if (to == TERN_TCP_CLOSE_WAIT || to == TERN_TCP_LAST_ACK) {
		inject(d, SEG(FIN | ACK, 1, 1));
		expect(d, SEG(ACK, 1, 2));
		if (to == TERN_TCP_LAST_ACK)
			half_close(d, SEG(FIN | ACK, 1, 2));
	} else if (to != TERN_TCP_ESTABLISHED) {
		half_close(d, SEG(FIN | ACK, 1, 1));
		if (to == TERN_TCP_FIN_WAIT_2)
			inject(d, SEG(ACK, 1, 2));
		if (to == TERN_TCP_CLOSING) {
			inject(d, SEG(FIN | ACK, 1, 1));
			expect(d, SEG(ACK, 2, 2));
		}
	}
	assert_int_equal(drive_state(d), to);
}

/* SND.NXT and RCV.NXT in these states. */
static uint32_t nxt(enum tern_tcp_state s)
{
	return s == TERN_TCP_ESTABLISHED || s == TERN_TCP_CLOSE_WAIT ? 1 : 2;
}

static uint32_t rcv(enum tern_tcp_state s)
{
	return s == TERN_TCP_ESTABLISHED || s == TERN_TCP_FIN_WAIT_1 ||
			       s == TERN_TCP_FIN_WAIT_2
		       ? 1
		       : 2;
}

/* 3.2, first: "outside the current receive window, silently drop". */
static void rst_outside_the_window(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_OPEN; i++) {
		struct drive *d = drive_new();
		uint32_t at, k;

		enter(d, open_states[i]);
		at = rcv(open_states[i]);
		for (k = 1; k < 32; k++) {
			inject(d, SEG(RST, at - (UINT32_C(1) << (k - 1)), 0));
			inject(d,
			       SEG(RST | ACK, at + 65536 + (1U << (k - 1)), 1));
		}
		expect_nothing(d);
		assert_int_equal(drive_state(d), open_states[i]);
		drive_free(d);
	}
}

/* 3.2, second: "exactly matches the next expected sequence number". */
static void rst_at_the_left_edge(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_OPEN; i++) {
		struct drive *d = drive_new();

		enter(d, open_states[i]);
		inject(d, SEG(RST, rcv(open_states[i]), 0));
		expect_nothing(d);
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
		drive_free(d);
	}
}

/* 3.2, third: "within the current receive window": a challenge, and the peer,
 * if it was he, sends the right one. */
static void rst_inside_the_window(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_OPEN; i++) {
		const enum tern_tcp_state s = open_states[i];
		struct drive *d = drive_new();

		enter(d, s);
		inject(d, SEG(RST, rcv(s) + 1, 0));
		expect(d, SEG(ACK, nxt(s), rcv(s)));
		expect_nothing(d);
		inject(d, SEG(RST, rcv(s) + 65000, 0));
		expect(d, SEG(ACK, nxt(s), rcv(s)));
		assert_int_equal(drive_state(d), s);
		inject(d, SEG(RST, rcv(s), 0));
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
		drive_free(d);
	}
}

/* 4.2: "irrespective of the sequence number": a challenge ACK, which a peer
 * that has forgotten the connection answers by the right RST. */
static void syn_in_a_synchronized_state(void **state)
{
	static const uint32_t seqs[] = {0,    1,     2,		 3,
					1000, 70000, 0x80000000, 0xfffffff0};
	size_t i, k;

	(void)state;
	for (i = 0; i < N_OPEN; i++) {
		const enum tern_tcp_state s = open_states[i];
		struct drive *d = drive_new();

		enter(d, s);
		for (k = 0; k < 8; k++) {
			inject(d, SEG(k % 2 ? SYN : SYN | ACK, seqs[k], 1,
				      .mss = 1460));
			expect(d, SEG(ACK, nxt(s), rcv(s)));
			expect_nothing(d);
			assert_int_equal(drive_state(d), s);
		}
		inject(d, SEG(RST, rcv(s), 0));
		assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
		drive_free(d);
	}
}

/* MAY-12: data whose ACK is before SND.UNA - MAX.SND.WND, or beyond SND.NXT,
 * is discarded and answered. */
static void may_12_blind_data(void **state)
{
	struct drive *d = drive_new();
	uint32_t una = 1;
	int i;

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460, .wnd = 5000));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(ACK, 1, 1, .wnd = 5000));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	for (i = 0; i < 20; i++, una += 1000) {
		drive_send(d, 1000, 0);
		expect(d, SEG(PSH | ACK, una, 1, .len = 1000));
		inject(d, SEG(ACK, 1, una + 1000,
			      .wnd = 5000 - 100 * (uint32_t)i));
	}
	drive_send(d, 100, 0);
	expect(d, SEG(PSH | ACK, una, 1, .len = 100));

	inject(d, SEG(PSH | ACK, 1, una - 5001, .len = 10));
	expect(d, SEG(ACK, una + 100, 1));
	inject(d, SEG(PSH | ACK, 1, una + 101, .len = 10));
	expect(d, SEG(ACK, una + 100, 1));
	inject(d, SEG(PSH | ACK, 1, una + 0x7fffffff, .len = 10));
	expect(d, SEG(ACK, una + 100, 1));
	assert_int_equal(drive_recv(d, 100), -EAGAIN);
	assert_int_equal(drive_info(d).unacked, 100);
	inject(d, SEG(PSH | ACK, 1, una - 5000, .len = 10));
	assert_int_equal(drive_recv(d, 100), 10);
	inject(d, SEG(PSH | ACK, 11, una + 100, .len = 10));
	assert_int_equal(drive_recv(d, 100), 10);
	assert_int_equal(drive_info(d).unacked, 0);
	drive_drain(d);
	drive_free(d);
}

/* MAY-12, and "ghost ACKs": SND.UNA - MAX.SND.WND may lie before the first
 * octet there ever was.  What was never sent cannot be acknowledged. */
static void may_12_ghost_acks(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_server(d);
	inject(d, SEG(PSH | ACK, 1, 0xffffffff, .len = 10)); /* ISS - 1 */
	expect(d, SEG(ACK, 1, 1));
	inject(d, SEG(PSH | ACK, 1, 0u - 60000, .len = 10));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_recv(d, 100), -EAGAIN);
	inject(d, SEG(PSH | ACK, 1, 0, .len = 10)); /* ISS: an old one */
	assert_int_equal(drive_recv(d, 100), 10);
	drive_drain(d);
	drive_send(d, 1000, 0);
	expect(d, SEG(PSH | ACK, 1, 11, .len = 1000));
	inject(d, SEG(ACK, 11, 1001));
	inject(d, SEG(PSH | ACK, 11, 0xffffffff, .len = 10));
	expect(d, SEG(ACK, 1001, 11));
	assert_int_equal(drive_recv(d, 100), -EAGAIN);
	drive_free(d);
}

/* 7: ten challenges in five seconds, and then again ten. */
static void challenges_are_throttled(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_server(d);
	for (i = 0; i < 1000; i++)
		inject(d, SEG(i % 2 ? RST : SYN, 1000, 0));
	assert_int_equal(drive_drain(d), 10);
	assert_int_equal(tern_counter(d->n, TERN_TcpExtTCPACKSkippedChallenge),
			 990);
	drive_sleep(d, 4900 * TERN_MS);
	inject(d, SEG(RST, 1000, 0));
	expect_nothing(d);
	drive_sleep(d, 200 * TERN_MS);
	for (i = 0; i < 1000; i++)
		inject(d, SEG(PSH | ACK, 1, 70000, .len = 10));
	assert_int_equal(drive_drain(d), 10);
	inject(d, SEG(RST, 1, 0)); /* and the right one still counts */
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* 7: of each connection by itself: what an attacker spends on one tells him
 * nothing about another (CVE-2016-5696). */
static void challenges_of_connections_are_apart(void **state)
{
	struct drive *d = drive_new();
	uint32_t iss;
	int i;

	(void)state;
	drive_server(d);
	iss = d->iss;
	d->rport = PEER_PORT + 1;
	drive_server(d);
	for (i = 0; i < 1000; i++)
		inject(d, SEG(RST, 1000, 0));
	assert_int_equal(drive_drain(d), 10);
	d->rport = PEER_PORT;
	d->iss = iss;
	for (i = 0; i < 1000; i++) {
		inject(d, SEG(RST, 1000, 0));
		d->rport = PEER_PORT;
	}
	assert_int_equal(drive_drain(d), 10);
	drive_free(d);
}

/* 7, and xarxa: throttled are challenges only.  While the budget is spent,
 * probes, keep-alives, and a FIN that comes again are answered. */
static void what_is_no_challenge_is_not_throttled(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	enter(d, TERN_TCP_CLOSE_WAIT);
	for (i = 0; i < 1000; i++)
		inject(d, SEG(RST, 1000, 0));
	assert_int_equal(drive_drain(d), 10);
	for (i = 0; i < 30; i++) {
		drive_sleep(d, 100 * TERN_MS);
		inject(d, SEG(FIN | ACK, 1, 1));
		expect(d, SEG(ACK, 1, 2));
		inject(d, SEG(RST, 1000, 0));
		expect_nothing(d);
	}
	for (i = 0; i < 30; i++) {
		drive_sleep(d, 100 * TERN_MS);
		inject(d, SEG(ACK, 1, 1)); /* a keep-alive */
		expect(d, SEG(ACK, 1, 2));
		inject(d, SEG(RST, 1000, 0));
		drive_drain(d);
	}
	drive_free(d);
}

/* The same with text: a probe of one octet, an old segment come again. */
static void old_text_is_always_answered(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_server(d);
	inject(d, SEG(PSH | ACK, 1, 1, .len = 100));
	drive_drain(d);
	for (i = 0; i < 1000; i++)
		inject(d, SEG(RST, 1000, 0));
	drive_drain(d);
	for (i = 0; i < 100; i++) {
		inject(d, SEG(PSH | ACK, 1, 1, .len = 100));
		expect(d, SEG(ACK, 1, 101));
		inject(d, SEG(ACK, 100, 1, .len = 1));
		expect(d, SEG(ACK, 1, 101));
		expect_nothing(d);
	}
	drive_free(d);
}

/* 3.2 in SYN-RECEIVED: only the exact RST ends it. */
static void rst_in_syn_received(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	inject(d, SEG(RST, 0, 0));
	inject(d, SEG(RST, 70000, 0));
	expect_nothing(d);
	inject(d, SEG(RST, 2, 0));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_state(d), TERN_TCP_SYN_RECEIVED);
	inject(d, SEG(RST, 1, 0));
	assert_int_equal(drive_state(d), TERN_TCP_CLOSED);
	drive_free(d);
}

/* 7, in SYN-RECEIVED: there is not much to say to a flood. */
static void half_open_answers_are_throttled(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	for (i = 0; i < 1000; i++) {
		inject(d, SEG(RST, 2, 0));
		inject(d, SEG(ACK, 70000, 5));
	}
	assert_in_range(drive_drain(d), 1, 20);
	inject(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_state(d), TERN_TCP_ESTABLISHED);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rst_outside_the_window),
		cmocka_unit_test(rst_at_the_left_edge),
		cmocka_unit_test(rst_inside_the_window),
		cmocka_unit_test(syn_in_a_synchronized_state),
		cmocka_unit_test(may_12_blind_data),
		cmocka_unit_test(may_12_ghost_acks),
		cmocka_unit_test(challenges_are_throttled),
		cmocka_unit_test(challenges_of_connections_are_apart),
		cmocka_unit_test(what_is_no_challenge_is_not_throttled),
		cmocka_unit_test(old_text_is_always_answered),
		cmocka_unit_test(rst_in_syn_received),
		cmocka_unit_test(half_open_answers_are_throttled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
