/* SPDX-License-Identifier: ISC */
/*
 * bbr_model_test.c - what BBR knows of the path, draft-ietf-ccwg-bbr-05 5.5,
 * each rule by itself
 *
 * What losses teach it is bbr_bound_test.c.
 */
#include "unit/tcp/bbr_call.h"

/* 5.5.1: a round ends when something is acknowledged that was sent after it
 * began. */
static void rounds(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	e.rs.prior_delivered = 4999999;
	bbr_update_congestion_signals(&e.k);
	assert_false(e.b.round_start);
	assert_int_equal(e.b.round_count, 0);
	e.rs.prior_delivered = 5000000;
	bbr_update_congestion_signals(&e.k);
	assert_true(e.b.round_start);
	assert_int_equal(e.b.round_count, 1);
	assert_int_equal(e.b.rounds_since_bw_probe, 1);
	assert_int_equal(e.b.next_round_delivered, e.at.delivered);
	e.at.delivered += 100;
	e.rs.prior_delivered = 6000000;
	e.rs.has_data = false;
	bbr_update_congestion_signals(&e.k);
	assert_false(e.b.round_start);
	assert_int_equal(e.b.round_count, 1);
	e.rs.has_data = true;
	bbr_update_congestion_signals(&e.k);
	assert_int_equal(e.b.next_round_delivered, 5000100);
	/* ProbeRTT and DOWN are over in two of them. */
	event_init(&e);
	e.b.rounds_to_fill = e.b.rounds_to_speed = 2;
	e.rs.prior_delivered = 4999999;
	bbr_update_congestion_signals(&e.k);
	assert_int_equal(e.b.rounds_to_fill, 2);
	assert_int_equal(e.b.rounds_to_speed, 2);
	for (int i = 1; i >= -1; i--) {
		e.rs.prior_delivered = e.at.delivered;
		bbr_update_congestion_signals(&e.k);
		assert_int_equal(e.b.rounds_to_fill, i > 0);
		assert_int_equal(e.b.rounds_to_speed, i > 0);
	}
}

/* 5.5.5: the greatest rate; what the user held back counts if it is more. */
static void max_bw(void **state)
{
	static const struct {
		uint64_t rate;
		bool limited;
		uint64_t max;
	} row[] = {
		{RATE / 2, false, RATE},     {RATE / 2, true, RATE},
		{RATE, true, RATE},	     {RATE + 1, true, RATE + 1},
		{RATE + 1, false, RATE + 1},
	};
	size_t i;
	struct event e;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		event_init(&e);
		e.k.rate = row[i].rate;
		e.rs.is_app_limited = row[i].limited;
		bbr_update_congestion_signals(&e.k);
		assert_int_equal(bbr_max_bw(&e.b), row[i].max);
	}
	/* Less than the most is worth remembering in a cycle of its own, if
	 * the path made it so. */
	for (i = 0; i < 2; i++) {
		event_init(&e);
		bbr_advance_max_bw(&e.b);
		e.k.rate = RATE / 2;
		e.rs.is_app_limited = i;
		bbr_update_congestion_signals(&e.k);
		assert_int_equal(e.b.max_bw_filter[1], i ? 0 : RATE / 2);
		assert_int_equal(bbr_max_bw(&e.b), RATE);
	}
}

/* 5.5.6: two cycles are remembered, and one without a sample is none. */
static void two_cycles(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	bbr_advance_max_bw(&e.b);
	bbr_advance_max_bw(&e.b);
	assert_int_equal(bbr_max_bw(&e.b), RATE);
	e.k.rate = RATE / 4;
	bbr_update_congestion_signals(&e.k);
	bbr_advance_max_bw(&e.b);
	assert_int_equal(bbr_max_bw(&e.b), RATE / 4);
}

/* 5.5.10.3: the most of a round of losses, which is a round trip of its own. */
static void latest(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	e.b.bw_latest = RATE / 2;
	e.b.inflight_latest = 30000;
	bbr_update_latest(&e.k);
	assert_int_equal(e.b.bw_latest, RATE);
	assert_int_equal(e.b.inflight_latest, 100000);
	assert_false(e.b.loss_round_start);
	e.k.rate = 1;
	e.rs.delivered = 1;
	bbr_update_latest(&e.k);
	assert_int_equal(e.b.bw_latest, RATE);
	assert_int_equal(e.b.inflight_latest, 100000);
	bbr_advance_latest(&e.k);
	assert_int_equal(e.b.bw_latest, RATE);
	e.rs.prior_delivered = 5000000;
	e.at.delivered = 5000007;
	bbr_update_latest(&e.k);
	assert_true(e.b.loss_round_start);
	assert_int_equal(e.b.loss_round_delivered, 5000007);
	assert_int_equal(e.b.bw_latest, RATE);
	bbr_advance_latest(&e.k); /* the next one begins with this sample */
	assert_int_equal(e.b.bw_latest, 1);
	assert_int_equal(e.b.inflight_latest, 1);
	e.rs.prior_delivered = 6000000;
	e.rs.has_data = false;
	bbr_update_latest(&e.k);
	assert_false(e.b.loss_round_start);
	assert_int_equal(e.b.inflight_latest, 1);
}

/* 5.5.9: what came beyond what the rate explains. */
static void aggregation(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	e.b.extra_acked_start = NOW - SEC / 100; /* 10000 bytes */
	e.b.extra_acked_delivered = 15000;
	bbr_update_aggregation(&e.k);
	assert_int_equal(e.b.extra_acked_delivered, 17000);
	assert_int_equal(e.b.extra_acked[0], 7000);
	/* No more than was expected: a new stretch begins, of this ACK. */
	e.b.extra_acked_delivered = 10000;
	bbr_update_aggregation(&e.k);
	assert_int_equal(e.b.extra_acked_delivered, 2000);
	assert_int_equal(e.b.extra_acked_start, NOW);
	assert_int_equal(e.b.extra_acked[0], 7000);
	/* Never more than cwnd. */
	e.a.delivered = 1000000;
	bbr_update_aggregation(&e.k);
	assert_int_equal(e.b.extra_acked[0], N_CWND);
}

/* 5.5.9: it is the most of ten rounds, here in two halves; of one, as long as
 * the pipe is not known. */
static void aggregation_window(void **state)
{
	struct event e;
	int full;

	(void)state;
	for (full = 0; full < 2; full++) {
		event_init(&e);
		e.b.full_bw_reached = full;
		e.b.extra_acked_start = NOW;
		e.b.extra_acked_delivered = 100;
		e.b.extra_acked[0] = 50000;
		e.b.extra_acked_round = 10;
		e.b.round_count = full ? 14 : 10;
		e.b.round_start = true;
		bbr_update_aggregation(&e.k);
		assert_int_equal(e.b.extra_acked[0], 50000);
		e.b.round_count++;
		e.b.round_start = false;
		bbr_update_aggregation(&e.k);
		assert_int_equal(e.b.extra_acked[0], 50000);
		e.b.round_start = true;
		e.b.extra_acked_delivered = 100;
		bbr_update_aggregation(&e.k);
		assert_int_equal(e.b.extra_acked[0], 2100);
		assert_int_equal(e.b.extra_acked[1], 50000);
		assert_int_equal(e.b.extra_acked_round, e.b.round_count);
	}
}

/* 5.3.1.2: three rounds in which the rate has not grown by a quarter. */
static void full_pipe(void **state)
{
	struct event e;
	int i;

	(void)state;
	event_init(&e);
	e.b.full_bw_reached = false;
	e.b.round_start = true;
	e.b.full_bw = RATE * 4 / 5;
	e.b.full_bw_count = 2;
	bbr_check_full_bw(&e.k); /* exactly a quarter more */
	assert_int_equal(e.b.full_bw, RATE);
	assert_int_equal(e.b.full_bw_count, 0);
	e.k.rate = RATE * 5 / 4 - 1;
	for (i = 0; i < 3; i++) {
		assert_false(e.b.full_bw_now || e.b.full_bw_reached);
		e.b.round_start = false;
		bbr_check_full_bw(&e.k);
		e.b.round_start = true;
		e.rs.is_app_limited = true;
		bbr_check_full_bw(&e.k);
		e.rs.is_app_limited = false;
		assert_int_equal(e.b.full_bw_count, i);
		bbr_check_full_bw(&e.k);
	}
	assert_true(e.b.full_bw_now && e.b.full_bw_reached);
	e.k.rate = 10 * RATE;
	bbr_check_full_bw(&e.k); /* until it is reset */
	assert_int_equal(e.b.full_bw, RATE);
	bbr_reset_full_bw(&e.b);
	assert_false(e.b.full_bw_now);
	assert_int_equal(e.b.full_bw_count, 0);
	assert_int_equal(e.b.full_bw, 0);
	assert_true(e.b.full_bw_reached);
}

/* 5.3.4.3: the shortest round trip of ten seconds, looked for anew after 5 s.
 */
static void min_rtt(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	e.a.rtt_us = 110000;
	e.b.probe_rtt_min_stamp = e.b.min_rtt_stamp = NOW - 5 * SEC;
	bbr_update_min_rtt(&e.k);
	assert_false(e.b.probe_rtt_expired);
	assert_int_equal(e.b.probe_rtt_min_us, 100000);
	e.at.now++;
	bbr_update_min_rtt(&e.k);
	assert_true(e.b.probe_rtt_expired);
	assert_int_equal(e.b.probe_rtt_min_us, 110000);
	assert_int_equal(e.b.probe_rtt_min_stamp, NOW + 1);
	assert_int_equal(e.b.min_rtt_us, 100000);
	assert_int_equal(e.b.min_rtt_stamp, NOW - 5 * SEC);
	e.b.min_rtt_stamp = e.at.now - 10 * SEC;
	bbr_update_min_rtt(&e.k);
	assert_int_equal(e.b.min_rtt_us, 100000);
	e.b.min_rtt_stamp--;
	bbr_update_min_rtt(&e.k);
	assert_int_equal(e.b.min_rtt_us, 110000);
	assert_int_equal(e.b.min_rtt_stamp, NOW + 1);
	/* A shorter one is both at once; none is not 0. */
	e.a.rtt_us = 0;
	bbr_update_min_rtt(&e.k);
	assert_int_equal(e.b.min_rtt_us, 110000);
	e.a.rtt_us = 90000;
	bbr_update_min_rtt(&e.k);
	assert_int_equal(e.b.probe_rtt_min_us, 90000);
	assert_int_equal(e.b.min_rtt_us, 90000);
}

/* A sample within a sixteenth of min_rtt has met it again: ProbeRTT is due 5 s
 * later, but no more than 10 s after what it is to refresh; and neither is what
 * it was raised. */
static void min_rtt_met_again(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	e.b.probe_rtt_min_stamp = e.b.min_rtt_stamp = NOW - 4 * SEC;
	e.a.rtt_us = 106251;
	bbr_update_min_rtt(&e.k);
	assert_int_equal(e.b.min_rtt_stamp, NOW - 4 * SEC);
	e.a.rtt_us = 0;
	bbr_update_min_rtt(&e.k);
	assert_int_equal(e.b.min_rtt_stamp, NOW - 4 * SEC);
	e.a.rtt_us = 106250;
	bbr_update_min_rtt(&e.k);
	assert_int_equal(e.b.min_rtt_stamp, NOW);
	assert_int_equal(e.b.min_rtt_us, 100000);
	assert_int_equal(e.b.probe_rtt_min_us, 100000);
	assert_int_equal(e.b.probe_rtt_min_stamp, NOW - 4 * SEC);
	/* 5 s after that ... */
	e.a.rtt_us = 200000;
	e.at.now = NOW + 5 * SEC;
	bbr_update_min_rtt(&e.k);
	assert_false(e.b.probe_rtt_expired);
	e.at.now++;
	bbr_update_min_rtt(&e.k);
	assert_true(e.b.probe_rtt_expired);
	assert_int_equal(e.b.probe_rtt_min_us, 200000);
	assert_int_equal(e.b.min_rtt_us, 100000);
	/* ... or 10 s after the other. */
	event_init(&e);
	e.b.probe_rtt_min_stamp = NOW - 10 * SEC;
	e.b.min_rtt_stamp = NOW - 1;
	bbr_update_min_rtt(&e.k);
	assert_false(e.b.probe_rtt_expired);
	e.at.now++;
	bbr_update_min_rtt(&e.k);
	assert_true(e.b.probe_rtt_expired);
	/* None is known: nothing comes close to it. */
	event_init(&e);
	e.b.min_rtt_us = e.b.probe_rtt_min_us = UINT32_MAX;
	e.a.rtt_us = 0;
	bbr_update_min_rtt(&e.k);
	assert_int_equal(e.b.min_rtt_stamp, NOW - SEC);
}

/* 5.6.4.2: bandwidth times delay times gain; IW while one is not known. */
static void volume(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	assert_int_equal(bbr_bdp(&e.k, RATE, 100), BDP);
	assert_int_equal(bbr_bdp(&e.k, RATE, 225), BDP * 9 / 4);
	assert_int_equal(bbr_bdp(&e.k, 0, 100), 10 * SMSS);
	assert_int_equal(bbr_bdp(&e.k, UINT64_MAX / 2, 100), CC_CWND_MAX);
	e.b.min_rtt_us = UINT32_MAX;
	assert_int_equal(bbr_bdp(&e.k, RATE, 100), 10 * SMSS);
	/* BBRQuantizationBudget(): three bursts, four segments; two more in UP.
	 */
	e.f.send_quantum = 2000;
	assert_int_equal(bbr_quantize(&e.k, 5999), 6000);
	assert_int_equal(bbr_quantize(&e.k, 6001), 6001);
	e.f.send_quantum = 1000;
	assert_int_equal(bbr_quantize(&e.k, 3500), 4000);
	e.b.state = BBR_PROBE_BW_UP;
	assert_int_equal(bbr_quantize(&e.k, 6000), 8000);
	e.b.min_rtt_us = 100000;
	assert_int_equal(bbr_inflight(&e.k, RATE, 100), BDP + 2000);
	e.c.cwnd = BDP - 1;
	assert_int_equal(bbr_target_inflight(&e.k), BDP - 1);
	e.c.cwnd = BDP + 1;
	assert_int_equal(bbr_target_inflight(&e.k), BDP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds),
		cmocka_unit_test(max_bw),
		cmocka_unit_test(two_cycles),
		cmocka_unit_test(latest),
		cmocka_unit_test(aggregation),
		cmocka_unit_test(aggregation_window),
		cmocka_unit_test(full_pipe),
		cmocka_unit_test(min_rtt),
		cmocka_unit_test(min_rtt_met_again),
		cmocka_unit_test(volume),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
