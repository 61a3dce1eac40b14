/* SPDX-License-Identifier: ISC */
/*
 * bbr_phase.c - the states of BBR, draft-ietf-ccwg-bbr-05 5.3
 *
 *	Startup --full pipe--> Drain --queue gone--> ProbeBW
 *
 *	ProbeBW:  DOWN --> CRUISE --> REFILL --> UP --> DOWN ...
 *
 *	ProbeRTT: from anywhere, when the shortest round trip is 5 s old;
 *	          back to CRUISE, or to Startup
 *
 * Most of the time is spent in CRUISE, at the rate that the path delivers.
 * Every two to three seconds, or as often as Reno would lose something, UP
 * tries whether there is more; DOWN takes the queue away that it has made.
 */
#include "tcp/bbr.h"

#define PROBE_RTT_NS	UINT64_C(200000000)
#define FULL_LOSS_COUNT 6 /* BBRStartupFullLossCnt */
#define DRAIN_ROUNDS	3
#define RENO_ROUNDS	63
#define PROBE_WAIT_NS	(2 * BBR_NS_PER_S)
#define PROBE_SPREAD_NS BBR_NS_PER_S

void bbr_enter_startup(struct bbr *b)
{
	b->state = BBR_STARTUP;
}

/* 5.3.1.3: many losses in each round trip say that the pipe is full, too. */
static void check_startup_loss(struct bbr_call *k)
{
	struct bbr *b = k->b;
	const struct rate_sample *rs = k->a->rs;
	bool high;

	if (b->full_bw_reached)
		return;
	if (k->a->lost > 0 && b->loss_events < UINT8_MAX)
		b->loss_events++;
	if (!b->loss_round_start)
		return;
	if (b->has_sack)
		high = b->loss_events >= FULL_LOSS_COUNT &&
		       bbr_is_too_high(k, rs->lost, rs->tx_in_flight);
	else
		high = b->loss_events > 0;
	b->loss_events = 0;
	if (!high || !k->a->in_recovery)
		return;
	b->full_bw_reached = true;
	b->inflight_longterm =
		max_u32(bbr_bdp(k, bbr_max_bw(b), 100), b->inflight_latest);
}

void bbr_check_startup_done(struct bbr_call *k)
{
	check_startup_loss(k);
	if (k->b->state != BBR_STARTUP || !k->b->full_bw_reached)
		return;
	k->b->state = BBR_DRAIN;
	k->b->drain_start_round = k->b->round_count;
}

void bbr_check_drain_done(struct bbr_call *k)
{
	struct bbr *b = k->b;

	if (b->state != BBR_DRAIN)
		return;
	if (k->at->inflight <= bbr_inflight(k, b->bw, 100) ||
	    b->round_count > b->drain_start_round + DRAIN_ROUNDS)
		bbr_start_down(k);
}

/* BBRPickProbeWait: at random, lest flows probe together. */
static void pick_probe_wait(struct bbr_call *k)
{
	k->b->rounds_since_bw_probe = cc_chance(k->f) & 1;
	k->b->bw_probe_wait_ns =
		PROBE_WAIT_NS + cc_chance(k->f) % PROBE_SPREAD_NS;
}

void bbr_start_down(struct bbr_call *k)
{
	struct bbr *b = k->b;

	bbr_reset_congestion_signals(b);
	b->probe_up_cnt = BBR_VOLUME_INF;
	pick_probe_wait(k);
	b->cycle_stamp = k->at->now;
	b->ack_phase = BBR_ACKS_PROBE_STOPPING;
	bbr_start_round(k);
	b->state = BBR_PROBE_BW_DOWN;
}

static void start_refill(struct bbr_call *k)
{
	struct bbr *b = k->b;

	bbr_reset_short_term(b);
	b->bw_probe_up_rounds = 0;
	b->bw_probe_up_acks = 0;
	b->ack_phase = BBR_ACKS_REFILLING;
	bbr_start_round(k);
	b->state = BBR_PROBE_BW_REFILL;
}

void bbr_start_up(struct bbr_call *k)
{
	struct bbr *b = k->b;

	b->ack_phase = BBR_ACKS_PROBE_STARTING;
	bbr_start_round(k);
	bbr_reset_full_bw(b);
	b->full_bw = k->rate;
	b->probe_up_cnt = BBR_VOLUME_INF; /* the slope: with the first ACK */
	b->state = BBR_PROBE_BW_UP;
}

/* The draft leaves it at StartProbeBW_UP: then losses would not end this probe,
 * since those that ended it before have been answered (5.5.10.2). */
void bbr_resume_up(struct bbr_call *k)
{
	bbr_start_up(k);
	k->b->bw_probe_samples = true;
}

/* 5.3.3.5.3: as often as Reno would meet a loss, but at least every 2-3 s. */
static bool is_time_to_probe(struct bbr_call *k)
{
	struct bbr *b = k->b;
	const uint32_t reno = bbr_target_inflight(k) / max_u32(k->at->smss, 1);

	if (k->at->now <= b->cycle_stamp + b->bw_probe_wait_ns &&
	    b->rounds_since_bw_probe < min_u32(reno, RENO_ROUNDS))
		return false;
	start_refill(k);
	return true;
}

static bool is_time_to_cruise(const struct bbr_call *k)
{
	const uint32_t inflight = k->at->inflight;

	return inflight <= bbr_inflight_with_headroom(k) &&
	       inflight <= bbr_inflight(k, bbr_max_bw(k->b), 100);
}

static bool is_time_to_go_down(struct bbr_call *k)
{
	struct bbr *b = k->b;

	if (k->a->cwnd_limited && k->c->cwnd >= b->inflight_longterm) {
		bbr_reset_full_bw(b); /* it is the bound that limits */
		b->full_bw = k->rate;
		return false;
	}
	return b->full_bw_now;
}

void bbr_update_cycle(struct bbr_call *k)
{
	struct bbr *b = k->b;

	if (!b->full_bw_reached)
		return;
	bbr_adapt_long_term(k);
	switch ((enum bbr_state)b->state) {
	case BBR_STARTUP:
	case BBR_DRAIN:
	case BBR_PROBE_RTT:
		break;
	case BBR_PROBE_BW_DOWN:
		if (is_time_to_probe(k) || !is_time_to_cruise(k))
			break;
		b->state = BBR_PROBE_BW_CRUISE;
		b->rounds_to_speed = 2; /* as after ProbeRTT */
		break;
	case BBR_PROBE_BW_CRUISE:
		is_time_to_probe(k);
		break;
	case BBR_PROBE_BW_REFILL:
		if (!b->round_start)
			break;
		b->bw_probe_samples = true;
		bbr_start_up(k);
		break;
	case BBR_PROBE_BW_UP:
		if (is_time_to_go_down(k))
			bbr_start_down(k);
		break;
	}
}

/* 5.3.4.4 */
static void exit_probe_rtt(struct bbr_call *k)
{
	bbr_reset_short_term(k->b);
	if (!k->b->full_bw_reached) {
		bbr_enter_startup(k->b);
		return;
	}
	bbr_start_down(k);
	k->b->rounds_to_fill = 2;
	k->b->state = BBR_PROBE_BW_CRUISE;
}

void bbr_check_probe_rtt_done(struct bbr_call *k)
{
	struct bbr *b = k->b;

	if (b->probe_rtt_done_stamp == 0 ||
	    k->at->now <= b->probe_rtt_done_stamp)
		return;
	b->probe_rtt_min_stamp = k->at->now; /* when the next one is due */
	k->c->cwnd = max_u32(k->c->cwnd, b->prior_cwnd);
	exit_probe_rtt(k);
}

static void handle_probe_rtt(struct bbr_call *k)
{
	struct bbr *b = k->b;

	k->f->mark_app_limited = true; /* low samples say nothing */
	if (b->probe_rtt_done_stamp == 0) {
		if (k->at->inflight > bbr_probe_rtt_cwnd(k))
			return;
		b->probe_rtt_done_stamp = k->at->now + PROBE_RTT_NS;
		b->probe_rtt_round_done = false;
		bbr_start_round(k);
		return;
	}
	if (b->round_start)
		b->probe_rtt_round_done = true;
	if (b->probe_rtt_round_done)
		bbr_check_probe_rtt_done(k);
}

void bbr_check_probe_rtt(struct bbr_call *k)
{
	struct bbr *b = k->b;

	if (b->state != BBR_PROBE_RTT && b->probe_rtt_expired &&
	    !b->idle_restart) {
		bbr_save_cwnd(k);
		b->state = BBR_PROBE_RTT;
		b->probe_rtt_done_stamp = 0;
		b->ack_phase = BBR_ACKS_PROBE_STOPPING;
		bbr_start_round(k);
	}
	if (b->state == BBR_PROBE_RTT)
		handle_probe_rtt(k);
	if (k->a->delivered > 0)
		b->idle_restart = false;
}
