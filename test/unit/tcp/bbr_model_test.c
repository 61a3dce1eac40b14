/* SPDX-License-Identifier: ISC */
/*
 * bbr_model_test.c - what BBR knows of the path, draft-ietf-ccwg-bbr-05 5.5,
 * each rule by itself
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

/* 5.5.10.3: after a round with a loss the short-term bounds come down to what
 * was delivered, by no more than 0.7; not in Startup, REFILL and UP, nor in
 * ProbeRTT and while the pipe fills after it. */
static void short_term(void **state)
{
	static const bool adapts[] = {false, true,  true, true,
				      false, false, false};
	struct event e;
	uint8_t s;

	(void)state;
	for (s = BBR_STARTUP; s <= BBR_PROBE_RTT; s++) {
		event_init(&e);
		e.b.state = s;
		e.b.loss_in_round = e.b.loss_round_start = true;
		e.b.bw_latest = RATE / 2;
		e.b.inflight_latest = 10000;
		bbr_update_congestion_signals(&e.k);
		assert_false(e.b.loss_in_round);
		assert_int_equal(e.b.bw_shortterm,
				 adapts[s] ? RATE * 7 / 10 : BBR_RATE_INF);
		assert_int_equal(e.b.inflight_shortterm,
				 adapts[s] ? N_CWND * 7 / 10 : BBR_VOLUME_INF);
	}
	event_init(&e);
	e.b.loss_in_round = e.b.loss_round_start = true;
	e.b.rounds_to_fill = 1;
	bbr_update_congestion_signals(&e.k);
	assert_true(e.b.bw_shortterm == BBR_RATE_INF);
	/* Nine tenths, which is what DOWN sends, count as all of it, also in
	 * the two round trips after; but not if it lost more than noise. */
	for (s = 0; s < 4; s++) {
		event_init(&e);
		e.b.state = s & 1 ? BBR_PROBE_BW_CRUISE : BBR_PROBE_BW_DOWN;
		e.b.rounds_to_speed = s & 1;
		e.b.loss_in_round = e.b.loss_round_start = true;
		e.b.bw_latest = 900000;
		e.b.inflight_latest = 180000;
		e.rs.lost = s & 2 ? BDP : 0;
		bbr_update_congestion_signals(&e.k);
		assert_int_equal(e.b.bw_shortterm, s & 2 ? 927000 : 1030000);
		assert_int_equal(e.b.inflight_shortterm,
				 s & 2 ? 185400 : 206000);
	}
	/* From where they are, not the start; what arrived is the least, and
	 * 3 % more: the margin of the pacing, and losses that are noise. */
	event_init(&e);
	e.b.loss_in_round = e.b.loss_round_start = true;
	e.b.bw_shortterm = 1000;
	e.b.inflight_shortterm = 1000;
	bbr_update_congestion_signals(&e.k);
	assert_int_equal(e.b.bw_shortterm, 700);
	assert_int_equal(e.b.inflight_shortterm, 700);
	e.b.loss_in_round = true;
	e.b.bw_latest = 650;
	e.b.inflight_latest = 690;
	bbr_update_congestion_signals(&e.k);
	assert_int_equal(e.b.bw_shortterm, 669);
	assert_int_equal(e.b.inflight_shortterm, 710);
	/* Without a loss, or before the round is over, nothing. */
	bbr_update_congestion_signals(&e.k);
	assert_int_equal(e.b.bw_shortterm, 669);
	e.b.loss_in_round = true;
	e.b.loss_round_start = false;
	e.b.bw_latest = 0;
	bbr_update_congestion_signals(&e.k);
	assert_int_equal(e.b.bw_shortterm, 669);
	assert_true(e.b.loss_in_round);
	bbr_reset_congestion_signals(&e.b);
	assert_false(e.b.loss_in_round);
	assert_int_equal(e.b.inflight_latest, 0);
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

/* 5.3.3.6: 15 % of the bound, a segment at least, is left to others. */
static void headroom(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	assert_int_equal(bbr_inflight_with_headroom(&e.k), BBR_VOLUME_INF);
	e.b.inflight_longterm = 100000;
	assert_int_equal(bbr_inflight_with_headroom(&e.k), 85000);
	e.b.inflight_longterm = 6000;
	assert_int_equal(bbr_inflight_with_headroom(&e.k), 5000);
	e.b.inflight_longterm = 4500;
	assert_int_equal(bbr_inflight_with_headroom(&e.k), 4000);
	e.b.inflight_longterm = 500;
	assert_int_equal(bbr_inflight_with_headroom(&e.k), 4000);
}

/* 5.5.10.2, 5.5.11.1: what is known before the first loss of a round is saved,
 * and that round ends with what is sent now. */
static void first_loss(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	e.b.bw_shortterm = 1;
	e.b.inflight_shortterm = 2;
	e.b.inflight_longterm = 3;
	e.at.delivered = 6000000;
	bbr_note_loss(&e.k);
	assert_true(e.b.loss_in_round);
	assert_int_equal(e.b.loss_round_delivered, 6000000);
	assert_int_equal(e.b.undo_state, BBR_PROBE_BW_CRUISE);
	assert_int_equal(e.b.undo_bw_shortterm, 1);
	assert_int_equal(e.b.undo_inflight_shortterm, 2);
	assert_int_equal(e.b.undo_inflight_longterm, 3);
	e.b.inflight_longterm = 4;
	e.at.delivered = 7000000;
	bbr_note_loss(&e.k);
	assert_int_equal(e.b.loss_round_delivered, 6000000);
	assert_int_equal(e.b.undo_inflight_longterm, 3);
}

static void lose(struct event *e, uint32_t len, uint32_t since, uint32_t tx)
{
	const struct cc_lost lost = {
		.len = len, .lost_since = since, .tx_in_flight = tx};

	bbr_lost_packet(&e->k, &lost);
}

/* 5.5.10.2: more than 2 % of what was in flight, and two standard deviations of
 * two segments, is too much, of a probe; the bound is where in the burst that
 * came about. */
static void too_high(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	lose(&e, 1000, 50000, 100000); /* no probe */
	assert_int_equal(e.b.inflight_longterm, BBR_VOLUME_INF);
	e.b.bw_probe_samples = true;
	lose(&e, 1000, 4828, 100000);
	assert_true(e.b.bw_probe_samples);
	lose(&e, 1000, 4829, 100000);
	assert_false(e.b.bw_probe_samples);
	assert_in_range(e.b.inflight_longterm, 99000, 100000);
	/* The whole burst but its start was within the 2 %. */
	event_init(&e);
	e.b.bw_probe_samples = true;
	lose(&e, 10000, 10000, 200000); /* of 190000 before it 3800 could go */
	assert_int_equal(e.b.inflight_longterm, 190000 + 3800 * 50 / 49);
	/* What was lost before it was too much by itself. */
	event_init(&e);
	e.b.bw_probe_samples = true;
	lose(&e, 1000, 9000, 200000);
	assert_int_equal(e.b.inflight_longterm, 199000);
	/* Without SACK one loss is too much; the target times 0.7 is the least.
	 */
	event_init(&e);
	e.b.bw_probe_samples = true;
	e.b.has_sack = false;
	lose(&e, 0, 0, 50000);
	assert_true(e.b.bw_probe_samples);
	lose(&e, 1000, 1, 50000);
	assert_false(e.b.bw_probe_samples);
	assert_int_equal(e.b.inflight_longterm, BDP * 7 / 10);
}

/* ... and the probe ends; what the user held back sets no bound. */
static void probe_ends(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	e.b.state = BBR_PROBE_BW_UP;
	bbr_inflight_too_high(&e.k, 90000, false);
	assert_int_equal(e.b.state, BBR_PROBE_BW_DOWN);
	assert_int_equal(e.b.inflight_longterm, 90000);
	event_init(&e);
	e.b.state = BBR_PROBE_BW_REFILL;
	bbr_inflight_too_high(&e.k, 90000, true);
	assert_int_equal(e.b.state, BBR_PROBE_BW_REFILL);
	assert_int_equal(e.b.inflight_longterm, BBR_VOLUME_INF);
}

/* 5.3.3.6: a round after it began, what a probe does is seen in the ACKs; a
 * round after it ended, no more, and a cycle of the filter is over. */
static void ack_phases(void **state)
{
	struct event e;
	int i;

	(void)state;
	event_init(&e);
	e.b.ack_phase = BBR_ACKS_PROBE_STARTING;
	bbr_adapt_long_term(&e.k);
	assert_int_equal(e.b.ack_phase, BBR_ACKS_PROBE_STARTING);
	e.b.round_start = true;
	bbr_adapt_long_term(&e.k);
	assert_int_equal(e.b.ack_phase, BBR_ACKS_PROBE_FEEDBACK);
	for (i = 0; i < 3; i++) {
		event_init(&e);
		e.b.bw_probe_samples = true;
		e.b.ack_phase = BBR_ACKS_PROBE_STOPPING;
		bbr_adapt_long_term(&e.k);
		assert_true(e.b.bw_probe_samples);
		e.b.round_start = true;
		e.rs.is_app_limited = i == 1;
		e.b.state = i == 2 ? BBR_PROBE_RTT : BBR_PROBE_BW_DOWN;
		bbr_adapt_long_term(&e.k);
		assert_false(e.b.bw_probe_samples);
		assert_int_equal(e.b.ack_phase, BBR_ACKS_INIT);
		assert_int_equal(e.b.max_bw_filter[0], i ? 0 : RATE);
	}
}

/* 5.3.3.6: what went without losses was not too much. */
static void bound_rises(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	bbr_adapt_long_term(&e.k);
	assert_int_equal(e.b.inflight_longterm, BBR_VOLUME_INF);
	e.b.inflight_longterm = 50000;
	e.rs.lost = 4829;
	bbr_adapt_long_term(&e.k);
	assert_int_equal(e.b.inflight_longterm, 50000);
	e.rs.lost = 4828;
	e.rs.has_data = false;
	bbr_adapt_long_term(&e.k);
	assert_int_equal(e.b.inflight_longterm, 50000);
	e.rs.has_data = true;
	bbr_adapt_long_term(&e.k);
	assert_int_equal(e.b.inflight_longterm, BDP);
	e.rs.tx_in_flight = 1000;
	e.rs.lost = 0;
	e.a.cwnd_limited = true;
	bbr_adapt_long_term(&e.k); /* not in UP */
	assert_int_equal(e.b.inflight_longterm, BDP);
}

/* 5.3.3.6: in UP the bound rises by 1, 2, 4 ... segments a round, as cwnd is
 * used up. */
static void probe_upward(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	e.b.state = BBR_PROBE_BW_UP;
	e.b.inflight_longterm = N_CWND;
	bbr_adapt_long_term(&e.k); /* cwnd is not used */
	assert_int_equal(e.b.probe_up_cnt, BBR_VOLUME_INF);
	e.a.cwnd_limited = true;
	e.b.inflight_longterm = N_CWND + 1; /* cwnd does not reach it */
	bbr_adapt_long_term(&e.k);
	assert_int_equal(e.b.probe_up_cnt, BBR_VOLUME_INF);
	e.b.inflight_longterm = N_CWND;
	e.a.delivered = 400;
	bbr_adapt_long_term(&e.k); /* one byte for each 150 */
	assert_int_equal(e.b.probe_up_cnt, N_CWND / SMSS);
	assert_int_equal(e.b.bw_probe_up_rounds, 1);
	assert_int_equal(e.b.inflight_longterm, N_CWND + 2);
	assert_int_equal(e.b.bw_probe_up_acks, 100);
	e.c.cwnd = N_CWND + 2;
	e.b.round_start = true;
	bbr_adapt_long_term(&e.k);
	assert_int_equal(e.b.inflight_longterm, N_CWND + 5);
	assert_int_equal(e.b.bw_probe_up_acks, 50);
	assert_int_equal(e.b.probe_up_cnt, (N_CWND + 2) / (2 * SMSS));
	e.c.cwnd = N_CWND + 5;
	bbr_adapt_long_term(&e.k);
	assert_int_equal(e.b.probe_up_cnt, (N_CWND + 5) / (4 * SMSS));
	/* A byte for each byte is the most. */
	e.b.bw_probe_up_rounds = 30;
	e.b.inflight_longterm = e.c.cwnd;
	bbr_adapt_long_term(&e.k);
	assert_int_equal(e.b.probe_up_cnt, 1);
	assert_int_equal(e.b.bw_probe_up_rounds, 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds),
		cmocka_unit_test(max_bw),
		cmocka_unit_test(two_cycles),
		cmocka_unit_test(latest),
		cmocka_unit_test(short_term),
		cmocka_unit_test(aggregation),
		cmocka_unit_test(aggregation_window),
		cmocka_unit_test(full_pipe),
		cmocka_unit_test(min_rtt),
		cmocka_unit_test(min_rtt_met_again),
		cmocka_unit_test(volume),
		cmocka_unit_test(headroom),
		cmocka_unit_test(first_loss),
		cmocka_unit_test(too_high),
		cmocka_unit_test(probe_ends),
		cmocka_unit_test(ack_phases),
		cmocka_unit_test(bound_rises),
		cmocka_unit_test(probe_upward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
