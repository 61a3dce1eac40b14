/* SPDX-License-Identifier: ISC */
/*
 * bbr_bound_test.c - the bounds that losses set BBR, and how they rise again,
 * draft-ietf-ccwg-bbr-05 5.3.3.6, 5.5.10
 */
#include "unit/tcp/bbr_call.h"

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
		cmocka_unit_test(short_term),  cmocka_unit_test(headroom),
		cmocka_unit_test(first_loss),  cmocka_unit_test(too_high),
		cmocka_unit_test(probe_ends),  cmocka_unit_test(ack_phases),
		cmocka_unit_test(bound_rises), cmocka_unit_test(probe_upward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
