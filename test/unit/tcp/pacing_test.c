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

/* Text of a connection that paces 2 segments every 2 ms, whose host was away
 * until `late` after the second pair should have left. */
static struct drive *late_by(tern_time late)
{
	struct drive *d = flight_new(false);

	flight_tcb(d)->cc.cwnd = 100 * MSS;
	drive_set(d, d->fd, SOL_SOCKET, SO_MAX_PACING_RATE, 1000000);
	drive_send(d, 40 * MSS, 0);
	flight_expect(d, 0, 2);
	d->now += 2 * TERN_MS + late;
	assert_true(drive_wait(d) < 20000);
	flight_expect(d, 2, 2);
	return d;
}

static void expect_pairs(struct drive *d, uint32_t from, uint32_t n,
			 tern_time apart)
{
	for (; n > 0; n--, from += 2) {
		assert_in_range(drive_wait(d), apart - 50000, apart + 50000);
		flight_expect(d, from, 2);
	}
}

/* What left 4 ms late is made good at twice the rate, and no faster. */
static void late_is_made_good(void **state)
{
	struct drive *d = late_by(4 * TERN_MS);

	(void)state;
	expect_pairs(d, 4, 4, TERN_MS);
	expect_pairs(d, 12, 4, 2 * TERN_MS);
	drive_free(d);
}

/* ... up to 5 ms. */
static void very_late_is_lost(void **state)
{
	struct drive *d = late_by(50 * TERN_MS);

	(void)state;
	expect_pairs(d, 4, 5, TERN_MS);
	expect_pairs(d, 14, 4, 2 * TERN_MS);
	drive_free(d);
}

/* How late it was is known for 5 to 10 s (BBR1-26). */
static void lateness(void **state)
{
	struct drive *d = late_by(4 * TERN_MS);
	struct tcb *t = flight_tcb(d);

	(void)state;
	assert_in_range(pace_lateness_ns(t), 4 * TERN_MS, 4 * TERN_MS + 20000);
	t->flow->lateness.since -= 6 * TERN_S; /* it was so long ago */
	expect_pairs(d, 4, 4, TERN_MS);
	assert_in_range(pace_lateness_ns(t), 4 * TERN_MS, 4 * TERN_MS + 20000);
	t->flow->lateness.since -= 6 * TERN_S;
	expect_pairs(d, 12, 4, 2 * TERN_MS);
	assert_in_range(pace_lateness_ns(t), 0, 50000);
	drive_free(d);
	d = late_by(50 * TERN_MS);
	assert_int_equal(pace_lateness_ns(flight_tcb(d)), 5 * TERN_MS);
	drive_free(d);
}

/* Who has nothing to send any more has nothing to be made good for either. */
static void silence_after_lateness(void **state)
{
	struct drive *d = late_by(4 * TERN_MS);

	(void)state;
	expect_pairs(d, 4, 2, TERN_MS);
	flight_tcb(d)->cc.cwnd = 8 * MSS;
	drive_sleep(d, 10 * TERN_MS);
	expect_nothing(d);
	flight_tcb(d)->cc.cwnd = 100 * MSS;
	flight_ack(d, 8);
	flight_expect(d, 8, 2);
	expect_pairs(d, 10, 4, 2 * TERN_MS);
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
		cmocka_unit_test(late_is_made_good),
		cmocka_unit_test(very_late_is_lost),
		cmocka_unit_test(silence_after_lateness),
		cmocka_unit_test(lateness),
		cmocka_unit_test(without_a_rate),
		cmocka_unit_test(at_the_windows_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
