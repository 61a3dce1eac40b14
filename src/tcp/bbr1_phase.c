/* SPDX-License-Identifier: ISC */
/*
 * bbr1_phase.c - the states of BBR version 1,
 * draft-cardwell-iccrg-bbr-congestion-control-00 4.3
 *
 *	Startup --full pipe--> Drain --queue gone--> ProbeBW
 *
 *	ProbeBW: pacing gains 5/4, 3/4, 1, 1, 1, 1, 1, 1, each for RTprop
 *
 *	ProbeRTT: from anywhere, when RTprop is ten seconds old: four segments
 *	          in flight for 200 ms; back to ProbeBW, or to Startup
 *
 * 5/4 looks for more, until that much is in flight or something is lost; 3/4
 * takes away the queue that it has made, until there is none.  All that share a
 * path see the shortest round trip when one of them is in ProbeRTT, so that
 * their ten seconds end together.
 */
#include "tcp/bbr1.h"

#define PROBE_RTT_NS (BBR1_NS_PER_S / 5)
#define DRAIN_GAIN   (BBR1_UNIT * BBR1_UNIT / BBR1_HIGH_GAIN)
#define UP_GAIN	     (BBR1_UNIT * 5 / 4)
#define DOWN_GAIN    (BBR1_UNIT * 3 / 4)
#define CWND_GAIN    (BBR1_UNIT * 2)

static const uint16_t cycle_gain[BBR1_PHASES] = {
	UP_GAIN,   DOWN_GAIN, BBR1_UNIT, BBR1_UNIT,
	BBR1_UNIT, BBR1_UNIT, BBR1_UNIT, BBR1_UNIT,
};

uint32_t bbr1_pacing_gain(const struct bbr1 *b)
{
	switch ((enum bbr1_state)b->state) {
	case BBR1_STARTUP:
		return BBR1_HIGH_GAIN;
	case BBR1_DRAIN:
		return DRAIN_GAIN;
	case BBR1_PROBE_BW:
		return b->police.is_used ? BBR1_UNIT : cycle_gain[b->cycle_idx];
	case BBR1_PROBE_RTT:
		break;
	}
	return BBR1_UNIT;
}

uint32_t bbr1_cwnd_gain(const struct bbr1 *b)
{
	switch ((enum bbr1_state)b->state) {
	case BBR1_STARTUP:
	case BBR1_DRAIN:
		return BBR1_HIGH_GAIN;
	case BBR1_PROBE_BW:
		return CWND_GAIN;
	case BBR1_PROBE_RTT:
		break;
	}
	return BBR1_UNIT;
}

static void next_phase(struct bbr1_call *k)
{
	k->b->cycle_idx = (k->b->cycle_idx + 1U) % BBR1_PHASES;
	k->b->cycle_stamp = k->at->now;
}

/* 4.3.4.3: with any phase but 3/4, at random, lest flows probe together. */
void bbr1_enter_probe_bw(struct bbr1_call *k)
{
	struct bbr1 *b = k->b;

	b->state = BBR1_PROBE_BW;
	b->cycle_idx = (uint8_t)(BBR1_PHASES - 1 -
				 cc_chance(k->f) % (BBR1_PHASES - 1));
	next_phase(k);
}

static bool is_phase_over(const struct bbr1_call *k)
{
	const struct bbr1 *b = k->b;
	const uint32_t gain = bbr1_pacing_gain(b);
	const uint64_t bw = bbr1_max_bw(b);
	const bool is_full_length =
		k->at->now - b->cycle_stamp > UINT64_C(1000) * b->min_rtt_us;

	if (gain > BBR1_UNIT)
		return is_full_length &&
		       (k->a->lost > 0 ||
			k->a->prior_inflight >= bbr1_inflight(k, bw, gain));
	if (gain < BBR1_UNIT)
		return is_full_length ||
		       k->a->prior_inflight <= bbr1_inflight(k, bw, BBR1_UNIT);
	return is_full_length;
}

void bbr1_update_cycle(struct bbr1_call *k)
{
	if (k->b->state == BBR1_PROBE_BW && is_phase_over(k))
		next_phase(k);
}

/* 4.3.3 */
void bbr1_check_drain(struct bbr1_call *k)
{
	struct bbr1 *b = k->b;
	const uint64_t bw = bbr1_max_bw(b);

	if (b->state == BBR1_STARTUP && b->full_bw_reached)
		b->state = BBR1_DRAIN;
	if (b->state == BBR1_DRAIN &&
	    k->at->inflight <= bbr1_inflight(k, bw, BBR1_UNIT))
		bbr1_enter_probe_bw(k);
}

void bbr1_check_probe_rtt_done(struct bbr1_call *k)
{
	struct bbr1 *b = k->b;

	if (b->probe_rtt_done_stamp == 0 ||
	    k->at->now <= b->probe_rtt_done_stamp)
		return;
	b->min_rtt_stamp = k->at->now; /* when the next one is due */
	k->c->cwnd = max_u32(k->c->cwnd, b->prior_cwnd);
	if (b->full_bw_reached)
		bbr1_enter_probe_bw(k);
	else
		b->state = BBR1_STARTUP;
}

static void handle_probe_rtt(struct bbr1_call *k)
{
	struct bbr1 *b = k->b;

	k->f->mark_app_limited = true; /* low samples say nothing */
	if (b->probe_rtt_done_stamp == 0) {
		if (k->at->inflight > BBR1_MIN_PIPE * k->at->smss)
			return;
		b->probe_rtt_done_stamp = k->at->now + PROBE_RTT_NS;
		b->probe_rtt_round_done = false;
		bbr1_start_round(k);
		return;
	}
	if (b->round_start)
		b->probe_rtt_round_done = true;
	if (b->probe_rtt_round_done)
		bbr1_check_probe_rtt_done(k);
}

/* 4.3.5.  Silence has shown RTprop as well. */
void bbr1_check_probe_rtt(struct bbr1_call *k)
{
	struct bbr1 *b = k->b;

	if (b->state != BBR1_PROBE_RTT && b->min_rtt_expired &&
	    !b->idle_restart) {
		bbr1_save_cwnd(k);
		b->state = BBR1_PROBE_RTT;
		b->probe_rtt_done_stamp = 0;
	}
	if (b->state == BBR1_PROBE_RTT)
		handle_probe_rtt(k);
	if (k->a->delivered > 0)
		b->idle_restart = false;
}
