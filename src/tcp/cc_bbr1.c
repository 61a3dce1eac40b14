/* SPDX-License-Identifier: ISC */
/*
 * cc_bbr1.c - BBR version 1, draft-cardwell-iccrg-bbr-congestion-control-00
 *
 * The version that Linux has under the name of `bbr`, so that most of the BBR
 * that one may share a path with is this.  Like version 3 (cc_bbr.c) it
 * measures what the path delivers and how long it is, and sends at that rate
 * what then belongs in flight; but losses slow it down only for a round trip,
 * and it knows no bound but twice the bandwidth-delay product.  So it holds its
 * own beside its like, takes more than its share beside others, and floods a
 * short queue.  Where it does not meet its like, version 3 does better.
 *
 * Here are the events and what comes out of each: pacing rate, send quantum,
 * cwnd (4.2).  bbr1.h says what the other files do.
 */
#include <string.h>

#include "tcp/bbr1.h"

#define QUANTUM_MAX 65536
#define MARGIN	    1 /* percent of the rate, lest a queue stay for ever */

static struct bbr1 *of(const struct cc_cold *f)
{
	_Static_assert(sizeof(struct bbr1) <= sizeof(f->priv), "CC_PRIVATE");
	return (struct bbr1 *)(uintptr_t)f->priv;
}

static struct bbr1_call call(struct cc *c, struct cc_cold *f,
			     const struct cc_now *at)
{
	return (struct bbr1_call){.b = of(f), .c = c, .f = f, .at = at};
}

/* 4.2.1: there is no bandwidth yet, only a window and a round trip. */
static void init_pacing_rate(struct bbr1_call *k)
{
	const uint32_t us = k->at->srtt_us ? k->at->srtt_us : 1000;
	const uint64_t window = max_u32(k->c->cwnd, cc_iw(k->at));

	k->b->seen_rtt = k->at->srtt_us != 0;
	k->f->pacing_rate = window * 1000000 / us * BBR1_HIGH_GAIN / BBR1_UNIT;
}

static void set_pacing_rate(struct bbr1_call *k, uint32_t gain)
{
	const uint64_t rate =
		bbr1_bw(k->b) * gain / BBR1_UNIT * (100 - MARGIN) / 100;

	if (!k->b->seen_rtt && k->at->srtt_us)
		init_pacing_rate(k);
	if (k->b->full_bw_reached || rate > k->f->pacing_rate)
		k->f->pacing_rate = max_u64(rate, 1);
}

/* 4.2.2: what leaves in a millisecond. */
static void set_send_quantum(struct bbr1_call *k)
{
	const uint64_t ms = k->f->pacing_rate / 1000;

	k->f->send_quantum =
		max_u32((uint32_t)min_u64(ms, QUANTUM_MAX), 2 * k->at->smss);
}

/* 4.2.3.4: the last cwnd that neither repair nor ProbeRTT made. */
void bbr1_save_cwnd(struct bbr1_call *k)
{
	struct bbr1 *b = k->b;

	if (!b->in_recovery && b->state != BBR1_PROBE_RTT)
		b->prior_cwnd = k->c->cwnd;
	else
		b->prior_cwnd = max_u32(b->prior_cwnd, k->c->cwnd);
}

/* 4.2.3.4: cwnd is as before the losses. */
static void leave_recovery(struct bbr1_call *k)
{
	struct bbr1 *b = k->b;

	b->in_recovery = b->recovery_begins = false;
	b->packet_conservation = b->goes_on = false;
	k->c->cwnd = max_u32(k->c->cwnd, b->prior_cwnd);
}

/* All is repaired, unless more was lost meanwhile: then the recovery goes on,
 * as on Linux, until what is in flight now has arrived.  Else, with losses in
 * each round trip, each would be the first of another recovery, in which cwnd
 * cannot grow, and 5/4 would never fill the queue that 1% of margin and what is
 * lost take away again. */
static void end_recovery(struct bbr1_call *k)
{
	struct bbr1 *b = k->b;

	if (k->at->unrepaired == 0) {
		leave_recovery(k);
		return;
	}
	b->recovery_begins = b->packet_conservation = false;
	b->goes_on = true;
	b->recover = k->at->nxt;
}

/* 4.2.3.4: what is lost has left the network; in the first round trip of a
 * recovery only as much is sent as is delivered.  Returns true if that is all
 * there is to say about cwnd. */
static bool modulate_cwnd(struct bbr1_call *k)
{
	struct bbr1 *b = k->b;
	struct cc *c = k->c;
	const uint32_t conserve = k->at->inflight + k->a->delivered;

	if (b->goes_on && (int32_t)(k->at->una - b->recover) >= 0)
		end_recovery(k);
	c->cwnd -= min_u32(k->a->lost, c->cwnd);
	c->cwnd = max_u32(c->cwnd, k->at->smss);
	if (b->recovery_begins) {
		b->recovery_begins = false;
		b->packet_conservation = true;
		bbr1_start_round(k);
		c->cwnd = conserve;
	}
	if (b->packet_conservation)
		c->cwnd = max_u32(c->cwnd, conserve);
	return b->packet_conservation;
}

/* 4.2.3.3 */
static void grow_cwnd(struct bbr1_call *k)
{
	const struct bbr1 *b = k->b;
	struct cc *c = k->c;
	const uint64_t grown = (uint64_t)c->cwnd + k->a->delivered;
	uint32_t target = bbr1_bdp(k, bbr1_bw(b), bbr1_cwnd_gain(b));

	if (b->full_bw_reached)
		target += max_u32(b->extra_acked[0], b->extra_acked[1]);
	target = bbr1_quantize(k, target);
	if (b->full_bw_reached)
		c->cwnd = (uint32_t)min_u64(grown, target);
	else if (c->cwnd < target || k->at->delivered < cc_iw(k->at))
		c->cwnd = (uint32_t)min_u64(grown, CC_CWND_MAX);
	c->cwnd = max_u32(c->cwnd, BBR1_MIN_PIPE * k->at->smss);
}

static void set_cwnd(struct bbr1_call *k)
{
	if (k->a->delivered > 0 && !modulate_cwnd(k))
		grow_cwnd(k);
	if (k->b->state == BBR1_PROBE_RTT)
		k->c->cwnd = min_u32(k->c->cwnd, BBR1_MIN_PIPE * k->at->smss);
}

/* 4.3.1 */
static void bbr1_init(struct cc *c, struct cc_cold *f, const struct cc_now *at)
{
	struct bbr1_call k = call(c, f, at);
	struct bbr1 *b = k.b;

	memset(b, 0, sizeof(*b));
	b->min_rtt_us = at->min_rtt_us ? at->min_rtt_us : BBR1_NO_RTT;
	b->min_rtt_stamp = b->ack_epoch_at = at->now;
	b->state = BBR1_STARTUP;
	bbr1_start_round(&k);
	bbr1_police_reset(&k);
	init_pacing_rate(&k);
	set_send_quantum(&k);
}

static void bbr1_on_ack(struct cc *c, struct cc_cold *f, const struct cc_ack *a)
{
	struct bbr1_call k = call(c, f, &a->at);

	k.a = a;
	bbr1_update_round(&k);
	bbr1_police_sample(&k, a->lost > 0, a->rs->is_app_limited);
	bbr1_update_bw(&k);
	bbr1_update_aggregation(&k);
	bbr1_update_cycle(&k);
	bbr1_check_full_pipe(&k);
	bbr1_check_drain(&k);
	bbr1_update_min_rtt(&k);
	bbr1_check_probe_rtt(&k);
	set_pacing_rate(&k, bbr1_pacing_gain(k.b));
	set_send_quantum(&k);
	set_cwnd(&k);
}

static void bbr1_on_lost(struct cc *c, struct cc_cold *f,
			 const struct cc_now *at, const struct cc_lost *lost)
{
	(void)c;
	(void)at;
	of(f)->lost += lost->len;
}

static void bbr1_on_loss(struct cc *c, struct cc_cold *f,
			 const struct cc_now *at)
{
	struct bbr1_call k = call(c, f, at);

	bbr1_save_cwnd(&k);
	k.b->recovery_begins = !k.b->in_recovery;
	k.b->in_recovery = true;
	k.b->goes_on = false;
}

/* Marks tell of a queue, which is what BtlBw and RTprop know better. */
static void bbr1_on_ecn(struct cc *c, struct cc_cold *f,
			const struct cc_now *at)
{
	(void)c;
	(void)f;
	(void)at;
}

/* The path may be another one now: Startup, if it still is, goes on until three
 * rounds bring nothing; a round begins. */
static void bbr1_on_rto(struct cc *c, struct cc_cold *f,
			const struct cc_now *at, bool again)
{
	struct bbr1_call k = call(c, f, at);
	struct bbr1 *b = k.b;

	if (!again)
		bbr1_save_cwnd(&k);
	b->in_recovery = true;
	b->recovery_begins = b->packet_conservation = b->goes_on = false;
	b->full_bw = 0;
	b->round_start = true;
	bbr1_police_sample(&k, true, false);
	c->cwnd = at->smss; /* nothing else is in flight any more */
}

static void bbr1_on_recovered(struct cc *c, struct cc_cold *f,
			      const struct cc_now *at)
{
	struct bbr1_call k = call(c, f, at);

	end_recovery(&k);
}

static void bbr1_on_undo(struct cc *c, struct cc_cold *f,
			 const struct cc_now *at, uint32_t prior_cwnd,
			 uint32_t prior_ssthresh)
{
	struct bbr1_call k = call(c, f, at);

	(void)prior_ssthresh;
	k.b->full_bw = 0; /* the losses may have hidden that it grew */
	k.b->full_bw_count = 0;
	bbr1_police_reset(&k);
	leave_recovery(&k);
	c->cwnd = max_u32(c->cwnd, prior_cwnd);
}

/* 4.3.4.4: after silence at BtlBw itself, to fill the pipe without a queue. */
static void bbr1_on_start(struct cc *c, struct cc_cold *f,
			  const struct cc_now *at)
{
	struct bbr1_call k = call(c, f, at);

	if (!at->app_limited)
		return;
	k.b->idle_restart = true;
	k.b->ack_epoch_at = at->now;
	k.b->ack_epoch_acked = 0;
	if (k.b->state == BBR1_PROBE_BW)
		set_pacing_rate(&k, BBR1_UNIT);
	else if (k.b->state == BBR1_PROBE_RTT)
		bbr1_check_probe_rtt_done(&k);
}

static bool bbr1_save(const struct cc_cold *f, struct cc_memo *m)
{
	const struct bbr1 *b = of(f);

	m->rate = bbr1_max_bw(b);
	m->first = b->min_rtt_us;
	m->second = 0;
	return b->full_bw_reached && m->rate > 0;
}

static void bbr1_restore(struct cc *c, struct cc_cold *f,
			 const struct cc_now *at, const struct cc_memo *m)
{
	struct bbr1_call k = call(c, f, at);

	k.b->bw[0] = m->rate;
	k.b->min_rtt_us = m->first;
	k.b->full_bw_reached = true;
	bbr1_enter_probe_bw(&k);
	set_pacing_rate(&k, BBR1_UNIT);
	set_send_quantum(&k);
}

static uint32_t bbr1_info(const struct cc *c, const struct cc_cold *f,
			  void *out, uint32_t len)
{
	const struct bbr1 *b = of(f);
	const struct cc_bbr_told told = {
		.bw = bbr1_bw(b),
		.min_rtt_us = b->min_rtt_us,
		.pacing_gain = bbr1_pacing_gain(b),
		.cwnd_gain = bbr1_cwnd_gain(b),
	};

	(void)c;
	return cc_tell_bbr(&told, out, len);
}

const struct cc_ops cc_bbr1 = {
	.name = "bbr1",
	.owns_cwnd = true,
	.paces = true,
	.limits_are_path = true,
	.init = bbr1_init,
	.on_ack = bbr1_on_ack,
	.on_loss = bbr1_on_loss,
	.on_ecn = bbr1_on_ecn,
	.on_rto = bbr1_on_rto,
	.on_undo = bbr1_on_undo,
	.on_start = bbr1_on_start,
	.on_lost = bbr1_on_lost,
	.on_recovered = bbr1_on_recovered,
	.save = bbr1_save,
	.restore = bbr1_restore,
	.info = bbr1_info,
};
