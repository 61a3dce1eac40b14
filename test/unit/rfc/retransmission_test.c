/* SPDX-License-Identifier: ISC */
/*
 * retransmission_test.c - RFC 9293 3.8.1 and 3.8.2: what is required of
 * retransmission and of congestion control
 *
 * The details are in rfc6298_test.c, rfc5681_test.c and rfc6582_test.c.
 */
#include "unit/rfc/drive.h"

#define MSS 1460

/* ESTABLISHED as a client after a round trip of this length. */
static struct drive *after_round_trip(tern_time rtt)
{
	struct drive *d = drive_new();

	assert_int_equal(drive_connect(d, drive_socket(d)), -EINPROGRESS);
	expect(d, SEG(SYN, 0, 0));
	drive_sleep(d, rtt);
	inject(d, SEG(SYN | ACK, 0, 1, .mss = MSS));
	expect(d, SEG(ACK, 1, 1));
	assert_int_equal(drive_connect(d, d->fd), 0);
	return d;
}

/* One byte goes, and its ACK comes after `rtt`. */
static void round_trip(struct drive *d, uint32_t seq, tern_time rtt)
{
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, seq, 1, .len = 1));
	drive_sleep(d, rtt);
	inject(d, SEG(ACK, 1, seq + 1));
}

/* MUST-18: RFC 6298 2.2 and 2.3, computed here with real numbers. */
static void must_18_rto_of_rfc_6298(void **state)
{
	static const uint32_t rtt_ms[] = {500,	100, 300, 50, 1000, 1000,
					  1000, 20,  20,  20, 20,   700};
	struct drive *d = after_round_trip(400 * TERN_MS);
	double srtt = 400, rttvar = 200, rto;
	uint32_t i;

	(void)state;
	assert_in_range(drive_info(d).rto_us, 1199000, 1201000);
	for (i = 0; i < 12; i++) {
		const double r = rtt_ms[i];
		const double err = r > srtt ? r - srtt : srtt - r;

		round_trip(d, 1 + i, rtt_ms[i] * TERN_MS);
		rttvar = 0.75 * rttvar + 0.25 * err;
		srtt = 0.875 * srtt + 0.125 * r;
		rto = 1000 * (srtt + 4 * rttvar);
		assert_in_range(drive_info(d).rto_us, (uint64_t)rto - 1000,
				(uint64_t)rto + 1000);
	}
	drive_free(d);
}

/* MUST-18: the RTO is what the timer goes by. */
static void must_18_timer_goes_by_it(void **state)
{
	struct drive *d = after_round_trip(400 * TERN_MS);

	(void)state;
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 1));
	assert_in_range(drive_wait(d), 1200 * TERN_MS, 1205 * TERN_MS);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 1));
	drive_free(d);
}

/* MUST-18: Karn: no sample of what was sent twice, and the timeout stays
 * doubled until something that was sent once is acknowledged. */
static void must_18_karn(void **state)
{
	struct drive *d = after_round_trip(400 * TERN_MS);
	const tern_time rto = 1200 * TERN_MS;

	(void)state;
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 1));
	assert_in_range(drive_wait(d), rto, rto + 5 * TERN_MS);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 1));
	drive_sleep(d, TERN_S);
	inject(d, SEG(ACK, 1, 2)); /* of the first, or of the second? */
	assert_in_range(drive_info(d).srtt_us, 399000, 401000);
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, 2, 1, .len = 1));
	assert_in_range(drive_wait(d), 2 * rto, 2 * rto + 5 * TERN_MS);
	expect(d, SEG(PSH | ACK, 2, 1, .len = 1));
	inject(d, SEG(ACK, 1, 3));
	round_trip(d, 3, 400 * TERN_MS); /* a good sample */
	assert_in_range(drive_info(d).rto_us, 1000000, 1001000);
	drive_send(d, 1, 0);
	expect(d, SEG(PSH | ACK, 4, 1, .len = 1));
	assert_in_range(drive_wait(d), TERN_S, 1005 * TERN_MS);
	drive_free(d);
}

/* Acknowledges two segments at a time until `n` are; all that comes out must be
 * full.  Returns how many more were sent. */
static uint32_t ack_segments(struct drive *d, uint32_t una, uint32_t n)
{
	uint32_t i, sent = 0;

	for (i = 2; i <= n; i += 2) {
		inject(d, SEG(ACK, 1, una + i * MSS));
		while (drive_take(d)) {
			assert_int_equal(d->last.len, MSS);
			sent++;
		}
	}
	return sent;
}

/* MUST-19: slow start: ten segments, and a window twice as large in each round
 * trip. */
static void must_19_slow_start(void **state)
{
	struct drive *d = drive_new();
	uint32_t una = 1, window = 10, round;

	(void)state;
	drive_accept(
		d, SEG(SYN, 0, 0, .mss = MSS, .wscale_on = true, .wscale = 7));
	drive_send(d, 400 * MSS, 0);
	assert_int_equal(drive_drain(d), 10);
	for (round = 0; round < 3; round++) {
		assert_int_equal(ack_segments(d, una, window), 2 * window);
		una += window * MSS;
		window *= 2;
		assert_int_equal(drive_info(d).unacked, window * MSS);
	}
	drive_free(d);
}

/* MUST-19: congestion avoidance: from ssthresh on one segment more in each
 * round trip.  A timeout makes ssthresh half of the flight. */
static void must_19_congestion_avoidance(void **state)
{
	struct drive *d = drive_new();
	uint32_t una = 1, window, round;

	(void)state;
	drive_server(d);
	drive_send(d, 300 * MSS, 0);
	assert_int_equal(drive_drain(d), 10);
	drive_wait(d);
	expect(d, SEG(ACK, 1, 1, .len = MSS));
	assert_int_equal(drive_info(d).cwnd, MSS);
	assert_int_equal(drive_info(d).ssthresh, 5 * MSS);
	inject(d, SEG(ACK, 1, 1 + 10 * MSS));
	una += 10 * MSS;
	window = (uint32_t)drive_drain(d);
	assert_int_equal(window, 2);
	for (round = 0; window < 5; round++) { /* slow start */
		ack_segments(d, una, window & ~1U);
		una += (window & ~1U) * MSS;
		window = drive_info(d).cwnd / MSS;
		assert_true(round < 5);
	}
	for (round = 0; round < 6; round++) {
		const uint32_t flight = drive_info(d).unacked / MSS;
		uint32_t i;

		for (i = 1; i <= flight; i++) {
			inject(d, SEG(ACK, 1, una + i * MSS));
			drive_drain(d);
		}
		una += flight * MSS;
		assert_in_range(drive_info(d).cwnd, window * MSS,
				(window + 1) * MSS);
		window = drive_info(d).cwnd / MSS;
	}
	assert_in_range(window, 9, 11);
	drive_free(d);
}

/* MUST-19: the timeout doubles each time, up to the greatest of two minutes. */
static void must_19_exponential_backoff(void **state)
{
	struct drive *d = after_round_trip(400 * TERN_MS);
	tern_time rto = 1200 * TERN_MS;
	int i;

	(void)state;
	drive_send(d, 100, 0);
	expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
	for (i = 0; i < 10; i++) {
		assert_in_range(drive_wait(d), rto, rto + 5 * TERN_MS);
		expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
		expect_nothing(d);
		rto *= 2;
		if (rto > 120 * TERN_S)
			rto = 120 * TERN_S;
	}
	drive_free(d);
}

/* MAY-4: what is sent again as it was has the same IP identification, 0 with
 * DF; nothing goes by it. */
static void may_4_same_ip_id(void **state)
{
	struct drive *d = drive_new();
	int i;

	(void)state;
	drive_server(d);
	drive_send(d, 100, 0);
	for (i = 0; i < 3; i++) {
		drive_wait(d);
		expect(d, SEG(PSH | ACK, 1, 1, .len = 100));
		assert_int_equal(d->last_ip_id, 0);
		assert_true(d->last_df);
	}
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_18_rto_of_rfc_6298),
		cmocka_unit_test(must_18_timer_goes_by_it),
		cmocka_unit_test(must_18_karn),
		cmocka_unit_test(must_19_slow_start),
		cmocka_unit_test(must_19_congestion_avoidance),
		cmocka_unit_test(must_19_exponential_backoff),
		cmocka_unit_test(may_4_same_ip_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
