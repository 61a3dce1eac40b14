/* SPDX-License-Identifier: ISC */
/*
 * rfc6298_test.c - RFC 6298: the retransmission timer, seen from outside
 *
 * That an estimator of its own computes the same is in tcp/rtt_test.c.
 */
#include "unit/rfc/drive.h"

#define MS(n) ((uint32_t)(n)*1000) /* in microseconds */

/* The time until the stack sends something, which is taken. */
static tern_time until_next(struct drive *d)
{
	const tern_time began = d->now;

	while (!drive_take(d)) {
		tern_time next = tern_deadline(d->n);

		assert_true(next != TERN_NEVER);
		drive_sleep(d, next > d->now ? next - d->now : 1);
	}
	return d->now - began;
}

static void assert_rto(tern_time got, tern_time want)
{
	assert_in_range(got, want, want + TERN_MS);
}

/* A client whose SYN was answered after that time. */
static struct drive *client_after(tern_time rtt)
{
	struct drive *d = drive_new();

	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	drive_sleep(d, rtt);
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	expect(d, SEG(ACK, 1, 1));
	return d;
}

/* Sends n bytes, which are acknowledged after that time. */
static void exchange(struct drive *d, uint32_t *nxt, uint32_t n, tern_time rtt)
{
	drive_send(d, n, 0);
	while (n > 0) {
		assert_true(drive_take(d));
		assert_int_equal(d->last.seq, *nxt);
		*nxt += d->last.len;
		n -= d->last.len;
	}
	drive_sleep(d, rtt);
	inject(d, SEG(ACK, 1, *nxt));
}

/* 2.1: one second until there is a sample. */
static void initial_rto(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_rto(until_next(d), TERN_S);
	drive_free(d);
}

/* 2.2: SRTT <- R, RTTVAR <- R/2, RTO <- SRTT + 4 * RTTVAR. */
static void first_sample(void **state)
{
	struct drive *d = client_after(300 * TERN_MS);

	(void)state;
	assert_int_equal(drive_info(d).srtt_us, MS(300));
	assert_int_equal(drive_info(d).rttvar_us, MS(150));
	assert_int_equal(drive_info(d).rto_us, MS(900));
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 1));
	assert_rto(until_next(d), 900 * TERN_MS);
	drive_free(d);
}

/* 2.2, for a server: from SYN,ACK to its acknowledgement. */
static void first_sample_of_a_server(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	drive_sleep(d, 400 * TERN_MS);
	inject(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_info(d).srtt_us, MS(400));
	assert_int_equal(drive_info(d).rto_us, MS(1200));
	drive_free(d);
}

/* 2.3: RTTVAR with the old SRTT, then SRTT. */
static void further_samples(void **state)
{
	struct drive *d = client_after(300 * TERN_MS);
	double srtt = 300000, rttvar = 150000, r, err;
	uint32_t nxt = 1, seed = 1;
	int i;

	(void)state;
	exchange(d, &nxt, 1, 500 * TERN_MS);
	assert_int_equal(drive_info(d).srtt_us, MS(325));
	assert_int_equal(drive_info(d).rttvar_us, 162500);
	assert_int_equal(drive_info(d).rto_us, MS(975));
	srtt = 325000;
	rttvar = 162500;
	for (i = 0; i < 300; i++) {
		seed = seed * 1103515245 + 12345;
		r = (seed >> 16) % 600 + 150;
		exchange(d, &nxt, 1, (tern_time)r * TERN_MS);
		r *= 1000;
		err = srtt > r ? srtt - r : r - srtt;
		rttvar = 0.75 * rttvar + 0.25 * err;
		srtt = 0.875 * srtt + 0.125 * r;
		assert_in_range(drive_info(d).srtt_us, srtt - 2, srtt + 2);
		assert_in_range(drive_info(d).rttvar_us, rttvar - 2,
				rttvar + 2);
		assert_in_range(drive_info(d).rto_us, srtt + 4 * rttvar - 9,
				srtt + 4 * rttvar + 9);
	}
	drive_free(d);
}

/* 2.4: a least RTO, which is a tunable; the RFC's second can be had. */
static void least_rto(void **state)
{
	struct drive *d = client_after(TERN_MS);
	uint32_t nxt = 1;

	(void)state;
	assert_int_equal(drive_info(d).rto_us, MS(200));
	drive_sysctl(d, "tern.tcp_rto_min_ms", "1000");
	exchange(d, &nxt, 1, TERN_MS);
	assert_int_equal(drive_info(d).rto_us, MS(1000));
	drive_send(d, 1, 0);
	assert_true(drive_take(d));
	assert_rto(until_next(d), TERN_S);
	drive_free(d);
}

/* 2.5: a greatest RTO, of at least 60 s. */
static void greatest_rto(void **state)
{
	struct drive *d = drive_new();
	tern_time most = 0, t;
	int i;

	(void)state;
	drive_server(d);
	drive_send(d, 1, 0);
	assert_true(drive_take(d));
	for (i = 0; i < 15; i++) {
		t = until_next(d);
		most = t > most ? t : most;
	}
	assert_rto(most, 120 * TERN_S);
	assert_rto(t, 120 * TERN_S);
	drive_free(d);
}

/* 3, Karn: no sample from what was sent twice. */
static void no_sample_of_a_retransmission(void **state)
{
	struct drive *d = client_after(100 * TERN_MS);
	struct tern_sockinfo before = drive_info(d), after;

	(void)state;
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	assert_rto(until_next(d), 300 * TERN_MS);
	drive_sleep(d, 50 * TERN_MS);
	inject(d, SEG(ACK, 1, 11));
	after = drive_info(d);
	assert_int_equal(after.srtt_us, before.srtt_us);
	assert_int_equal(after.rttvar_us, before.rttvar_us);
	drive_free(d);
}

/* 3: nor from the handshake, if a SYN was sent twice. */
static void no_sample_of_a_syn_sent_twice(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	drive_sleep(d, 1500 * TERN_MS);
	expect(d, SEG(SYN, 0, 0));
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	assert_int_equal(drive_info(d).srtt_us, 0);
	drive_free(d);
}

/* 3: with timestamps there is one: TSecr tells which of the two it was. */
static void timestamps_tell(void **state)
{
	struct drive *d = drive_new();
	struct dseg again;

	(void)state;
	drive_accept(d, SEG(SYN, 0, 0, .mss = 1460, .ts = true, .ts_val = 1));
	drive_send(d, 10, 0);
	assert_true(drive_take(d));
	(void)until_next(d);
	again = d->last;
	drive_sleep(d, 80 * TERN_MS);
	inject(d, SEG(ACK, 1, 11, .ts = true, .ts_val = 2,
		      .ts_ecr = again.ts_val));
	assert_in_range(drive_info(d).srtt_us, MS(5), MS(80));
	assert_in_range(drive_info(d).rttvar_us, 1, MS(80));
	drive_free(d);
}

/* 5.1, 5.2: the timer runs while something is in flight, and no longer. */
static void timer_runs_while_in_flight(void **state)
{
	struct drive *d = client_after(100 * TERN_MS);
	int i;
	uint32_t nxt = 1;

	(void)state;
	drive_sleep(d, 2 * TERN_S);
	assert_int_equal(tern_deadline(d->n), TERN_NEVER);
	for (i = 0; i < 5; i++) {
		drive_send(d, 10, 0);
		expect(d, SEG(PSH | ACK, nxt, 1, .len = 10));
		assert_int_equal(drive_info(d).timer, TERN_TIMER_RETRANSMIT);
		nxt += 10;
		inject(d, SEG(ACK, 1, nxt));
		assert_int_equal(drive_info(d).timer, TERN_TIMER_NONE);
	}
	drive_sleep(d, 100 * TERN_S);
	expect_nothing(d);
	drive_free(d);
}

/* 5.1: what is sent while it runs does not start it again. */
static void sending_does_not_restart_it(void **state)
{
	struct drive *d = client_after(100 * TERN_MS);
	uint32_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		drive_send(d, 1460, 0);
		expect(d, SEG(PSH | ACK, 1 + 1460 * i, 1, .len = 1460));
		drive_sleep(d, 50 * TERN_MS);
	}
	assert_rto(until_next(d), 50 * TERN_MS);
	assert_int_equal(d->last.seq, 1);
	drive_free(d);
}

/* 5.3: an ACK of something new does. */
static void new_ack_restarts_it(void **state)
{
	struct drive *d = client_after(100 * TERN_MS);
	tern_time rto;

	(void)state;
	drive_send(d, 3 * 1460, 0);
	assert_int_equal(drive_drain(d), 3);
	drive_sleep(d, 250 * TERN_MS);
	inject(d, SEG(ACK, 1, 1461));
	rto = drive_info(d).rto_us * TERN_US;
	inject(d, SEG(ACK, 1, 1461)); /* an old one does not */
	drive_sleep(d, 100 * TERN_MS);
	inject(d, SEG(ACK, 1, 1461));
	expect_nothing(d);
	assert_rto(until_next(d), rto - 100 * TERN_MS);
	assert_int_equal(d->last.seq, 1461);
	drive_free(d);
}

/* 5.4, 5.5, 5.6: the earliest segment, alone; the time doubles. */
static void earliest_and_doubling(void **state)
{
	struct drive *d = client_after(100 * TERN_MS);
	tern_time rto = 300 * TERN_MS;
	int i;

	(void)state;
	drive_sysctl(d, "net.ipv4.tcp_mtu_probing", "0"); /* no smaller */
	drive_send(d, 5 * 1460, 0);
	assert_int_equal(drive_drain(d), 5);
	for (i = 0; i < 8; i++) {
		assert_rto(until_next(d), rto);
		assert_int_equal(d->last.seq, 1);
		assert_int_equal(d->last.len, 1460);
		expect_nothing(d);
		rto *= 2;
	}
	drive_free(d);
}

/* 5.7: a SYN was lost, and there is no sample: 3 s for the data. */
static void three_seconds_after_a_lost_syn(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	assert_rto(until_next(d), TERN_S);
	inject(d, SEG(SYN | ACK, 0, 1, .mss = 1460));
	expect(d, SEG(ACK, 1, 1));
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	assert_rto(until_next(d), 3 * TERN_S);
	drive_free(d);
}

/* 5.7, for a server whose SYN,ACK was lost. */
static void three_seconds_after_a_lost_syn_ack(void **state)
{
	struct drive *d = drive_new();

	(void)state;
	drive_listen(d, 8);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	assert_rto(until_next(d), TERN_S);
	inject(d, SEG(ACK, 1, 1));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	drive_send(d, 10, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 10));
	assert_rto(until_next(d), 3 * TERN_S);
	drive_free(d);
}

/* 4: at least one sample in each round trip, be there a loss or not. */
static void one_sample_each_round_trip(void **state)
{
	struct drive *d = client_after(300 * TERN_MS);
	uint32_t nxt = 1;
	int i;

	(void)state;
	for (i = 0; i < 30; i++) /* the estimate follows in a few rounds */
		exchange(d, &nxt, 4 * 1460, 500 * TERN_MS);
	assert_in_range(drive_info(d).srtt_us, MS(480), MS(500));
	for (i = 0; i < 40; i++)
		exchange(d, &nxt, 4 * 1460, 50 * TERN_MS);
	assert_in_range(drive_info(d).srtt_us, MS(50), MS(60));
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(initial_rto),
		cmocka_unit_test(first_sample),
		cmocka_unit_test(first_sample_of_a_server),
		cmocka_unit_test(further_samples),
		cmocka_unit_test(least_rto),
		cmocka_unit_test(greatest_rto),
		cmocka_unit_test(no_sample_of_a_retransmission),
		cmocka_unit_test(no_sample_of_a_syn_sent_twice),
		cmocka_unit_test(timestamps_tell),
		cmocka_unit_test(timer_runs_while_in_flight),
		cmocka_unit_test(sending_does_not_restart_it),
		cmocka_unit_test(new_ack_restarts_it),
		cmocka_unit_test(earliest_and_doubling),
		cmocka_unit_test(three_seconds_after_a_lost_syn),
		cmocka_unit_test(three_seconds_after_a_lost_syn_ack),
		cmocka_unit_test(one_sample_each_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
