/* SPDX-License-Identifier: ISC */
/*
 * pacing_test.c - earliest departure times: how fast text leaves
 */
#include "tcp/pace.h"
#include "unit/tcp/flight.h"
#include "unit/tcp/opts_of.h"

#ifndef SO_MAX_PACING_RATE
#define SO_MAX_PACING_RATE 47
#endif

/* SO_MAX_PACING_RATE: a quantum, two segments at least, and then as much as the
 * rate allows; ACKs make nothing leave sooner. */
static void at_the_users_rate(void **state)
{
	struct drive *d = flight_new(false);
	uint32_t i;

	(void)state;
	drive_set(d, d->fd, SOL_SOCKET, SO_MAX_PACING_RATE, 100000);
	drive_send(d, 10 * MSS, 0);
	flight_expect(d, 0, 2);
	for (i = 2; i < 10; i += 2) { /* a segment is 10 ms */
		const uint64_t waited = drive_wait(d);

		assert_in_range(waited, 20 * TERN_MS - 20000,
				20 * TERN_MS + 20000);
		flight_expect(d, i, 2);
		flight_ack(d, i);
		expect_nothing(d);
	}
	drive_free(d);
}

/* What was not sent in its time is not made good for. */
static void silence_gives_nothing(void **state)
{
	struct drive *d = flight_new(false);

	(void)state;
	drive_set(d, d->fd, SOL_SOCKET, SO_MAX_PACING_RATE, 100000);
	drive_send(d, 2 * MSS, 0);
	flight_expect(d, 0, 2);
	drive_sleep(d, 50 * TERN_MS);
	flight_ack(d, 2);
	drive_send(d, 6 * MSS, 0);
	flight_expect(d, 2, 2);
	drive_free(d);
}

/* Without a rate all goes at once. */
static void without_a_rate(void **state)
{
	struct drive *d = flight_new(false);

	(void)state;
	assert_int_equal(pace_rate(&d->n->tcp, flight_tcb(d)), 0);
	drive_send(d, 10 * MSS, 0);
	flight_expect(d, 0, 10);
	assert_int_equal(pace_rate(&d->n->tcp, flight_tcb(d)), 0);
	assert_int_equal(pace_budget(&d->n->tcp, flight_tcb(d)), UINT32_MAX);
	drive_free(d);
}

/* tern.tcp_pacing: twice the window in a round trip in slow start, 1.2 times
 * after it; the user's rate is the most. */
static void at_the_windows_rate(void **state)
{
	struct drive *d = flight_of(10, 0);
	struct tcp *tcp = &d->n->tcp;
	struct tcb *t = flight_tcb(d);

	(void)state;
	tcp->tun.pacing = 1;
	t->cc.ssthresh = UINT32_MAX; /* 10000 bytes in 100 ms */
	assert_int_equal(pace_rate(tcp, t), 200000);
	t->cc.ssthresh = 20 * MSS;
	assert_int_equal(pace_rate(tcp, t), 120000);
	t->cc.ssthresh = 20 * MSS + 2;
	assert_int_equal(pace_rate(tcp, t), 200000);
	t->cc.cwnd = 5 * MSS; /* what is in flight counts, if it is more */
	assert_int_equal(pace_rate(tcp, t), 200000);
	opts_of(t)->pacing_less = ~UINT64_C(150000);
	assert_int_equal(pace_rate(tcp, t), 150000);
	opts_of(t)->pacing_less = ~UINT64_C(250000);
	assert_int_equal(pace_rate(tcp, t), 200000);
	t->rtt.srtt_us = 0;
	assert_int_equal(pace_rate(tcp, t), 250000);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_the_users_rate),
		cmocka_unit_test(silence_gives_nothing),
		cmocka_unit_test(without_a_rate),
		cmocka_unit_test(at_the_windows_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
