/* SPDX-License-Identifier: ISC */
/*
 * cc_bbr.c - BBR version 3, draft-ietf-ccwg-bbr-05
 *
 * Measures what the path delivers and how long it is, and sends at that rate
 * what then belongs in flight: it needs no losses to know that the pipe is
 * full, and takes a few of them (up to 2% of a round trip) for noise.  Here
 * are the events and what comes out of each: pacing rate, send quantum, cwnd
 * (5.6).  bbr.h says what the other files do.
 *
 * ECN (3.7 leaves the answer open, but asks for one): a mark counts as a loss
 * in its round trip, and ends a probe as losses do.
 */
#include <string.h>

#include "tcp/bbr.h"

#define QUANTUM_MAX 65536

/* 5.6.1, by enum bbr_state, in hundredths. */
static const uint16_t pacing_gain[] = {277, 50, BBR_DOWN_GAIN, 100, 100,
				       125, 100};
static const uint16_t cwnd_gain[] = {200, 200, 200, 200, 200, 225, 50};

static struct bbr *of(const struct cc_cold *f)
{
	_Static_assert(sizeof(struct bbr) <= sizeof(f->priv), "CC_PRIVATE");
	return (struct bbr *)(uintptr_t)f->priv;
}

static struct bbr_call call(struct cc *c, struct cc_cold *f,
			    const struct cc_now *at)
{
	of(f)->has_sack = at->has_sack;
	return (struct bbr_call){.b = of(f), .c = c, .f = f, .at = at};
}

/* 5.6.2: there is no bandwidth yet, only a window and a round trip. */
static void init_pacing_rate(struct bbr_call *k)
{
	const uint32_t us = k->at->srtt_us ? k->at->srtt_us : 1000;
	const uint32_t window = max_u32(k->c->cwnd, cc_iw(k->at));

	k->b->seen_rtt = k->at->srtt_us != 0;
	k->f->pacing_rate =
		(uint64_t)window * pacing_gain[BBR_STARTUP] * 10000 / us;
}

static void set_pacing_rate(struct bbr_call *k, uint32_t gain)
{
	const uint64_t rate = min_u64(k->b->bw, UINT64_C(1) << 40) * gain *
			      (100 - BBR_MARGIN) / 10000;

	if (!k->b->seen_rtt && k->at->srtt_us)
		init_pacing_rate(k);
	if (k->b->full_bw_reached || rate > k->f->pacing_rate)
		k->f->pacing_rate = max_u64(rate, 1);
}

/* 5.6.3: what leaves in a millisecond. */
static void set_send_quantum(struct bbr_call *k)
{
	const uint64_t ms = k->f->pacing_rate / 1000;

	k->f->send_quantum =
		max_u32((uint32_t)min_u64(ms, QUANTUM_MAX), 2 * k->at->smss);
}

uint32_t bbr_probe_rtt_cwnd(const struct bbr_call *k)
{
	return max_u32(bbr_bdp(k, k->b->bw, cwnd_gain[BBR_PROBE_RTT]),
		       BBR_MIN_PIPE * k->at->smss);
}

/* 5.6.4.7 */
static void bound_cwnd(struct bbr_call *k)
{
	const struct bbr *b = k->b;
	uint32_t cap = BBR_VOLUME_INF;

	if (b->state == BBR_PROBE_RTT || b->state == BBR_PROBE_BW_CRUISE)
		cap = bbr_inflight_with_headroom(k);
	else if (bbr_in_probe_bw(b))
		cap = b->inflight_longterm;
	cap = min_u32(cap, b->inflight_shortterm);
	cap = max_u32(cap, BBR_MIN_PIPE * k->at->smss);
	k->c->cwnd = min_u32(k->c->cwnd, cap);
}

/* 5.6.4.6 */
static void set_cwnd(struct bbr_call *k)
{
	struct bbr *b = k->b;
	struct cc *c = k->c;
	const uint32_t newly = k->a->delivered;
	uint32_t most = bbr_bdp(k, b->bw, cwnd_gain[b->state]);

	most += max_u32(b->extra_acked[0], b->extra_acked[1]);
	most = bbr_quantize(k, most);
	if (b->full_bw_reached)
		c->cwnd = (uint32_t)min_u64((uint64_t)c->cwnd + newly, most);
	else if (c->cwnd < most || k->at->delivered < cc_iw(k->at))
		c->cwnd = (uint32_t)min_u64((uint64_t)c->cwnd + newly,
					    CC_CWND_MAX);
	c->cwnd = max_u32(c->cwnd, BBR_MIN_PIPE * k->at->smss);
	if (b->state == BBR_PROBE_RTT)
		c->cwnd = min_u32(c->cwnd, bbr_probe_rtt_cwnd(k));
	bound_cwnd(k);
}

/* 5.6.4.4: the last cwnd that neither repair nor ProbeRTT made. */
void bbr_save_cwnd(struct bbr_call *k)
{
	struct bbr *b = k->b;

	if (!b->in_recovery && b->state != BBR_PROBE_RTT)
		b->prior_cwnd = k->c->cwnd;
	else
		b->prior_cwnd = max_u32(b->prior_cwnd, k->c->cwnd);
}

/* 5.2.1 */
static void bbr_init(struct cc *c, struct cc_cold *f, const struct cc_now *at)
{
	struct bbr_call k = call(c, f, at);
	struct bbr *b = k.b;

	memset(b, 0, sizeof(*b));
	b->has_sack = at->has_sack;
	b->min_rtt_us = at->srtt_us ? at->srtt_us : UINT32_MAX;
	b->probe_rtt_min_us = b->min_rtt_us;
	b->min_rtt_stamp = b->probe_rtt_min_stamp = at->now;
	b->extra_acked_start = at->now;
	b->inflight_longterm = BBR_VOLUME_INF;
	b->probe_up_cnt = BBR_VOLUME_INF;
	bbr_reset_short_term(b);
	bbr_save_upon_loss(b);
	init_pacing_rate(&k);
	set_send_quantum(&k);
	bbr_enter_startup(b);
}

/* 5.2.3 */
static void bbr_on_ack(struct cc *c, struct cc_cold *f, const struct cc_ack *a)
{
	struct bbr_call k = call(c, f, &a->at);

	k.a = a;
	k.rate = rate_of(a->rs);
	bbr_update_latest(&k);
	bbr_update_congestion_signals(&k);
	bbr_update_aggregation(&k);
	bbr_check_full_bw(&k);
	bbr_check_startup_done(&k);
	bbr_check_drain_done(&k);
	bbr_update_cycle(&k);
	bbr_update_min_rtt(&k);
	bbr_check_probe_rtt(&k);
	bbr_advance_latest(&k);
	k.b->bw = min_u64(bbr_max_bw(k.b), k.b->bw_shortterm);
	set_pacing_rate(&k, pacing_gain[k.b->state]);
	set_send_quantum(&k);
	set_cwnd(&k);
}

static void bbr_on_lost(struct cc *c, struct cc_cold *f,
			const struct cc_now *at, const struct cc_lost *lost)
{
	struct bbr_call k = call(c, f, at);

	bbr_lost_packet(&k, lost);
}

static void bbr_on_loss(struct cc *c, struct cc_cold *f,
			const struct cc_now *at)
{
	struct bbr_call k = call(c, f, at);

	bbr_save_cwnd(&k);
	bbr_save_upon_loss(k.b);
	k.b->in_recovery = true;
}

static void bbr_on_ecn(struct cc *c, struct cc_cold *f, const struct cc_now *at)
{
	struct bbr_call k = call(c, f, at);

	bbr_note_loss(&k);
	if (k.b->bw_probe_samples)
		bbr_inflight_too_high(&k, at->inflight, at->app_limited);
	else if (k.b->state == BBR_STARTUP)
		k.b->full_bw_reached = true;
}

static void bbr_on_rto(struct cc *c, struct cc_cold *f, const struct cc_now *at,
		       bool again)
{
	struct bbr_call k = call(c, f, at);

	if (!again) {
		bbr_save_cwnd(&k);
		bbr_save_upon_loss(k.b);
	}
	k.b->in_recovery = true;
	c->cwnd = at->smss; /* nothing else is in flight any more */
}

static void bbr_on_recovered(struct cc *c, struct cc_cold *f,
			     const struct cc_now *at)
{
	struct bbr_call k = call(c, f, at);

	k.b->in_recovery = false;
	c->cwnd = max_u32(c->cwnd, k.b->prior_cwnd);
}

/* 5.5.11.2 */
static void bbr_on_undo(struct cc *c, struct cc_cold *f,
			const struct cc_now *at, uint32_t prior_cwnd,
			uint32_t prior_ssthresh)
{
	struct bbr_call k = call(c, f, at);
	struct bbr *b = k.b;

	(void)prior_ssthresh;
	b->loss_in_round = false;
	b->in_recovery = false;
	bbr_reset_full_bw(b);
	b->bw_shortterm = max_u64(b->bw_shortterm, b->undo_bw_shortterm);
	b->inflight_shortterm =
		max_u32(b->inflight_shortterm, b->undo_inflight_shortterm);
	b->inflight_longterm =
		max_u32(b->inflight_longterm, b->undo_inflight_longterm);
	if (b->state != BBR_PROBE_RTT && b->state != b->undo_state) {
		if (b->undo_state == BBR_STARTUP)
			bbr_enter_startup(b);
		else if (b->undo_state == BBR_PROBE_BW_UP)
			bbr_resume_up(&k);
	}
	c->cwnd = max_u32(c->cwnd, max_u32(prior_cwnd, b->prior_cwnd));
}

/* 5.4.1 */
static void bbr_on_start(struct cc *c, struct cc_cold *f,
			 const struct cc_now *at)
{
	struct bbr_call k = call(c, f, at);

	if (!at->app_limited)
		return;
	k.b->idle_restart = true;
	k.b->extra_acked_start = at->now;
	if (bbr_in_probe_bw(k.b))
		set_pacing_rate(&k, 100);
	else if (k.b->state == BBR_PROBE_RTT)
		bbr_check_probe_rtt_done(&k);
}

/* 5.4.2: the model outlives silence, also one that nothing else does. */
static bool bbr_save(const struct cc_cold *f, struct cc_memo *m)
{
	const struct bbr *b = of(f);

	m->rate = bbr_max_bw(b);
	m->first = b->min_rtt_us;
	m->second = b->inflight_longterm;
	return b->full_bw_reached && m->rate > 0;
}

static void bbr_restore(struct cc *c, struct cc_cold *f,
			const struct cc_now *at, const struct cc_memo *m)
{
	struct bbr_call k = call(c, f, at);
	struct bbr *b = k.b;

	b->max_bw_filter[0] = b->bw = m->rate;
	b->min_rtt_us = b->probe_rtt_min_us = m->first;
	b->inflight_longterm = m->second;
	b->full_bw_reached = true;
	bbr_start_down(&k);
	set_pacing_rate(&k, 100);
	set_send_quantum(&k);
}

static uint32_t bbr_info(const struct cc *c, const struct cc_cold *f, void *out,
			 uint32_t len)
{
	const struct bbr *b = of(f);
	const struct cc_bbr_told told = {
		.bw = b->bw,
		.min_rtt_us = b->min_rtt_us,
		.pacing_gain = pacing_gain[b->state] * 256u / 100,
		.cwnd_gain = cwnd_gain[b->state] * 256u / 100,
	};

	(void)c;
	return cc_tell_bbr(&told, out, len);
}

const struct cc_ops cc_bbr = {
	.name = "bbr",
	.owns_cwnd = true,
	.paces = true,
	.init = bbr_init,
	.on_ack = bbr_on_ack,
	.on_loss = bbr_on_loss,
	.on_ecn = bbr_on_ecn,
	.on_rto = bbr_on_rto,
	.on_undo = bbr_on_undo,
	.on_start = bbr_on_start,
	.on_lost = bbr_on_lost,
	.on_recovered = bbr_on_recovered,
	.save = bbr_save,
	.restore = bbr_restore,
	.info = bbr_info,
};
