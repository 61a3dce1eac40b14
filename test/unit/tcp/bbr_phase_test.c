/* SPDX-License-Identifier: ISC */
/*
 * bbr_phase_test.c - the states of BBR, draft-ietf-ccwg-bbr-05 5.3, each edge
 * by itself
 */
#include "unit/tcp/bbr_call.h"

static void in_startup(struct event *e)
{
	event_init(e);
	e->b.state = BBR_STARTUP;
	e->b.full_bw_reached = false;
	e->b.loss_round_start = true;
	e->b.loss_events = 5;
	e->b.inflight_latest = BDP / 2;
	e->a.lost = 1000;
	e->a.in_recovery = true;
	e->rs.lost = 4829;
}

/* 5.3.1.3: six losses, clearly more than 2 % and a recovery in one round say
 * that the pipe is full. */
static void startup_losses(void **state)
{
	struct event e;
	int i;

	(void)state;
	in_startup(&e);
	bbr_check_startup_done(&e.k);
	assert_true(e.b.full_bw_reached);
	assert_int_equal(e.b.state, BBR_DRAIN);
	assert_int_equal(e.b.inflight_longterm, BDP);
	assert_int_equal(e.b.loss_events, 0);
	for (i = 0; i < 5; i++) {
		in_startup(&e);
		if (i == 0)
			e.b.loss_events = 4;
		if (i == 1)
			e.rs.lost = 4828;
		if (i == 2)
			e.a.in_recovery = false;
		if (i == 3)
			e.b.loss_round_start = false;
		if (i == 4)
			e.a.lost = 0;
		bbr_check_startup_done(&e.k);
		assert_false(e.b.full_bw_reached);
		assert_int_equal(e.b.state, BBR_STARTUP);
		assert_int_equal(e.b.loss_events, i == 3 ? 6 : 0);
	}
	in_startup(&e);
	e.b.inflight_latest = 2 * BDP; /* what arrived is the least */
	bbr_check_startup_done(&e.k);
	assert_int_equal(e.b.inflight_longterm, 2 * BDP);
	in_startup(&e);
	e.b.loss_round_start = false;
	e.b.loss_events = UINT8_MAX;
	bbr_check_startup_done(&e.k);
	assert_int_equal(e.b.loss_events, UINT8_MAX);
}

/* Without SACK nobody can count them: one is enough. */
static void startup_losses_without_sack(void **state)
{
	struct event e;

	(void)state;
	in_startup(&e);
	e.b.has_sack = false;
	e.b.loss_events = 0;
	e.rs.lost = 0;
	bbr_check_startup_done(&e.k);
	assert_int_equal(e.b.state, BBR_DRAIN);
	in_startup(&e);
	e.b.has_sack = false;
	e.b.loss_events = 0;
	e.a.lost = 0;
	bbr_check_startup_done(&e.k);
	assert_int_equal(e.b.state, BBR_STARTUP);
}

/* 5.3.1.1: a full pipe ends Startup, and nothing else; losses after it say
 * nothing any more. */
static void startup_done(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	e.b.state = BBR_STARTUP;
	e.b.round_count = 9;
	bbr_check_startup_done(&e.k);
	assert_int_equal(e.b.state, BBR_DRAIN);
	assert_int_equal(e.b.drain_start_round, 9);
	in_startup(&e);
	e.b.full_bw_reached = true;
	e.b.state = BBR_PROBE_BW_UP;
	bbr_check_startup_done(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_UP);
	assert_int_equal(e.b.inflight_longterm, BBR_VOLUME_INF);
	assert_int_equal(e.b.loss_events, 5);
}

/* 5.3.2: Drain ends when the queue is gone, or after three rounds. */
static void drain(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	e.b.state = BBR_DRAIN;
	e.b.round_count = e.b.drain_start_round = 10;
	e.at.inflight = BDP + 1;
	bbr_check_drain_done(&e.k);
	assert_int_equal(e.b.state, BBR_DRAIN);
	e.b.round_count = 13;
	bbr_check_drain_done(&e.k);
	assert_int_equal(e.b.state, BBR_DRAIN);
	e.b.round_count = 14;
	bbr_check_drain_done(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_DOWN);
	event_init(&e);
	e.b.state = BBR_DRAIN;
	bbr_check_drain_done(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_DOWN);
	event_init(&e);
	bbr_check_drain_done(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_CRUISE);
}

/* 5.3.3.1: DOWN begins with new signals, a new wait of 2 to 3 s, and a round.
 */
static void down_begins(void **state)
{
	bool odd = false, even = false;
	struct event e;
	int i;

	(void)state;
	for (i = 0; i < 64; i++) {
		event_init(&e);
		e.f.seed = (uint32_t)i;
		e.b.loss_in_round = true;
		e.b.bw_latest = e.b.probe_up_cnt = 7;
		bbr_start_down(&e.k);
		assert_false(e.b.loss_in_round);
		assert_int_equal(e.b.bw_latest, 0);
		assert_int_equal(e.b.probe_up_cnt, BBR_VOLUME_INF);
		assert_int_equal(e.b.cycle_stamp, NOW);
		assert_int_equal(e.b.ack_phase, BBR_ACKS_PROBE_STOPPING);
		assert_int_equal(e.b.next_round_delivered, e.at.delivered);
		assert_in_range(e.b.bw_probe_wait_ns, 2 * SEC, 3 * SEC - 1);
		assert_in_range(e.b.rounds_since_bw_probe, 0, 1);
		odd |= e.b.rounds_since_bw_probe == 1;
		even |= e.b.rounds_since_bw_probe == 0;
	}
	assert_true(odd && even);
}

/* 5.3.3.5.3: the time has come, to the nanosecond, or Reno would have lost
 * something: BDP in segments, 63 at most, rounds ago. */
static void time_to_probe(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	e.b.cycle_stamp = NOW - 2 * SEC;
	e.b.bw_probe_wait_ns = 2 * SEC;
	e.b.rounds_since_bw_probe = 62;
	bbr_update_cycle(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_CRUISE);
	e.b.rounds_since_bw_probe = 63;
	bbr_update_cycle(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_REFILL);
	event_init(&e);
	e.b.cycle_stamp = NOW - 2 * SEC;
	e.b.bw_probe_wait_ns = 2 * SEC;
	e.c.cwnd = 10 * SMSS;
	e.b.rounds_since_bw_probe = 9;
	bbr_update_cycle(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_CRUISE);
	e.b.rounds_since_bw_probe = 10;
	bbr_update_cycle(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_REFILL);
	event_init(&e);
	e.b.cycle_stamp = NOW - 2 * SEC - 1;
	e.b.bw_probe_wait_ns = 2 * SEC;
	bbr_update_cycle(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_REFILL);
}

/* 5.3.3.3: REFILL forgets the short-term bounds, lasts a round, and then what
 * UP does is judged. */
static void refill(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	e.b.bw_shortterm = e.b.inflight_shortterm = 5;
	e.b.bw_probe_up_rounds = 3;
	e.b.bw_probe_up_acks = 9;
	e.b.next_round_delivered = 1;
	bbr_update_cycle(&e.k); /* the last probe was long ago */
	assert_int_equal(e.b.state, BBR_PROBE_BW_REFILL);
	assert_int_equal(e.b.bw_shortterm, BBR_RATE_INF);
	assert_int_equal(e.b.inflight_shortterm, BBR_VOLUME_INF);
	assert_int_equal(e.b.bw_probe_up_rounds, 0);
	assert_int_equal(e.b.bw_probe_up_acks, 0);
	assert_int_equal(e.b.ack_phase, BBR_ACKS_REFILLING);
	assert_int_equal(e.b.next_round_delivered, e.at.delivered);
	bbr_update_cycle(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_REFILL);
	assert_false(e.b.bw_probe_samples);
	e.b.round_start = true;
	e.b.full_bw_now = true;
	e.b.full_bw_count = 3;
	e.b.probe_up_cnt = 3;
	e.at.delivered++;
	bbr_update_cycle(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_UP);
	assert_true(e.b.bw_probe_samples);
	assert_int_equal(e.b.ack_phase, BBR_ACKS_PROBE_STARTING);
	assert_int_equal(e.b.next_round_delivered, e.at.delivered);
	assert_int_equal(e.b.full_bw, RATE);
	assert_int_equal(e.b.full_bw_count, 0);
	assert_false(e.b.full_bw_now);
	assert_int_equal(e.b.probe_up_cnt, BBR_VOLUME_INF);
}

/* 5.3.3.1: DOWN ends when the room for others is there and the queue gone. */
static void cruise(void **state)
{
	struct event e;
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		event_init(&e);
		e.b.state = BBR_PROBE_BW_DOWN;
		e.b.cycle_stamp = NOW;
		e.b.bw_probe_wait_ns = SEC;
		e.b.inflight_longterm = 200000; /* 170000 with headroom */
		e.at.inflight = i == 0 ? BDP + 1 : BDP;
		if (i > 1)
			e.b.inflight_longterm = 100000; /* 85000 */
		if (i == 3)
			e.at.inflight = 85000;
		e.rs.tx_in_flight = 0;
		bbr_update_cycle(&e.k);
		assert_int_equal(e.b.state, i % 2 ? BBR_PROBE_BW_CRUISE
						  : BBR_PROBE_BW_DOWN);
		assert_int_equal(e.b.rounds_to_speed, i % 2 ? 2 : 0);
	}
	/* The time to probe may come before. */
	event_init(&e);
	e.b.state = BBR_PROBE_BW_DOWN;
	bbr_update_cycle(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_REFILL);
}

/* 5.3.3.4: UP ends when the rate grows no more, unless the bound held it. */
static void up_ends(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	e.b.state = BBR_PROBE_BW_UP;
	bbr_update_cycle(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_UP);
	e.b.full_bw_now = true;
	e.a.cwnd_limited = true;
	e.a.delivered = 0; /* else it would rise */
	e.c.cwnd = e.b.inflight_longterm = N_CWND;
	bbr_update_cycle(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_UP);
	assert_false(e.b.full_bw_now);
	assert_int_equal(e.b.full_bw, RATE);
	e.b.full_bw_now = true;
	e.b.inflight_longterm = N_CWND + 1;
	bbr_update_cycle(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_DOWN);
	event_init(&e);
	e.b.state = BBR_PROBE_BW_UP;
	e.b.full_bw_now = true;
	e.b.inflight_longterm = N_CWND;
	bbr_update_cycle(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_DOWN);
}

/* 5.3.3: no cycle before the pipe was full; none in the other states. */
static void no_cycle(void **state)
{
	static const uint8_t states[] = {BBR_STARTUP, BBR_DRAIN, BBR_PROBE_RTT};
	struct event e;
	size_t i;

	(void)state;
	event_init(&e);
	e.b.full_bw_reached = false;
	bbr_update_cycle(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_CRUISE);
	for (i = 0; i < ARRAY_LEN(states); i++) {
		event_init(&e);
		e.b.state = states[i];
		e.b.round_start = e.b.full_bw_now = true;
		bbr_update_cycle(&e.k);
		assert_int_equal(e.b.state, states[i]);
	}
}

/* 5.3.4: ProbeRTT begins when the shortest round trip is old, but not with the
 * first text after silence, which has measured it anew. */
static void probe_rtt_begins(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	bbr_check_probe_rtt(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_CRUISE);
	assert_false(e.f.mark_app_limited);
	e.b.probe_rtt_expired = e.b.idle_restart = true;
	e.a.delivered = 0;
	bbr_check_probe_rtt(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_CRUISE);
	assert_true(e.b.idle_restart);
	e.a.delivered = 1;
	bbr_check_probe_rtt(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_CRUISE);
	assert_false(e.b.idle_restart);
	e.b.probe_rtt_done_stamp = 1;
	e.b.next_round_delivered = 1;
	bbr_check_probe_rtt(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_RTT);
	assert_int_equal(e.b.prior_cwnd, N_CWND);
	assert_int_equal(e.b.probe_rtt_done_stamp, 0);
	assert_int_equal(e.b.ack_phase, BBR_ACKS_PROBE_STOPPING);
	assert_int_equal(e.b.next_round_delivered, e.at.delivered);
	assert_true(e.f.mark_app_limited);
}

/* 5.3.4.3: 200 ms and a round from when the flight has come down; then what was
 * before comes back. */
static void probe_rtt(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	e.b.state = BBR_PROBE_RTT;
	e.b.prior_cwnd = 2 * N_CWND;
	e.at.inflight = BDP / 2 + 1;
	bbr_check_probe_rtt(&e.k);
	assert_int_equal(e.b.probe_rtt_done_stamp, 0);
	e.at.inflight = BDP / 2;
	e.b.probe_rtt_round_done = true;
	e.b.next_round_delivered = 1;
	bbr_check_probe_rtt(&e.k);
	assert_int_equal(e.b.probe_rtt_done_stamp, NOW + SEC / 5);
	assert_false(e.b.probe_rtt_round_done);
	assert_int_equal(e.b.next_round_delivered, e.at.delivered);
	e.at.now += SEC;
	bbr_check_probe_rtt(&e.k); /* no round yet */
	assert_int_equal(e.b.state, BBR_PROBE_RTT);
	e.at.now = NOW + SEC / 5;
	e.b.round_start = true;
	bbr_check_probe_rtt(&e.k); /* not longer than 200 ms yet */
	assert_int_equal(e.b.state, BBR_PROBE_RTT);
	assert_true(e.b.probe_rtt_round_done);
	e.b.round_start = false;
	e.at.now++;
	e.b.bw_shortterm = 1;
	bbr_check_probe_rtt(&e.k);
	assert_int_equal(e.b.state, BBR_PROBE_BW_CRUISE);
	assert_int_equal(e.b.probe_rtt_min_stamp, NOW + SEC / 5 + 1);
	assert_int_equal(e.c.cwnd, 2 * N_CWND);
	assert_int_equal(e.b.bw_shortterm, BBR_RATE_INF);
	assert_int_equal(e.b.cycle_stamp, e.at.now);
}

/* 5.3.4.4: ... or to Startup, if the pipe was never full. */
static void probe_rtt_to_startup(void **state)
{
	struct event e;

	(void)state;
	event_init(&e);
	e.b.state = BBR_PROBE_RTT;
	e.b.full_bw_reached = false;
	bbr_check_probe_rtt_done(&e.k); /* it has not begun */
	assert_int_equal(e.b.state, BBR_PROBE_RTT);
	e.b.probe_rtt_done_stamp = NOW - 1;
	bbr_check_probe_rtt_done(&e.k);
	assert_int_equal(e.b.state, BBR_STARTUP);
	assert_int_equal(e.c.cwnd, N_CWND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(startup_losses),
		cmocka_unit_test(startup_losses_without_sack),
		cmocka_unit_test(startup_done),
		cmocka_unit_test(drain),
		cmocka_unit_test(down_begins),
		cmocka_unit_test(time_to_probe),
		cmocka_unit_test(refill),
		cmocka_unit_test(cruise),
		cmocka_unit_test(up_ends),
		cmocka_unit_test(no_cycle),
		cmocka_unit_test(probe_rtt_begins),
		cmocka_unit_test(probe_rtt),
		cmocka_unit_test(probe_rtt_to_startup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
