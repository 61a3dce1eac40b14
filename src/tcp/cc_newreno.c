/* SPDX-License-Identifier: ISC */
/*
 * cc_newreno.c - slow start and congestion avoidance, RFC 5681, RFC 3465
 *
 * Windows grow by bytes acknowledged, not by ACKs, so that a peer gains nothing
 * by cutting one ACK into many (RFC 3465; "ACK division").  In slow start an
 * ACK counts for at most L = 2 SMSS, and after a timeout L = 1 SMSS (RFC 3465
 * 2.2, 2.3).  In congestion avoidance the window grows by one SMSS each time a
 * whole window was acknowledged.
 *
 * The window does not grow while the application, not the window, limits what
 * is sent: cwnd would come to stand for a capacity nobody has tried (RFC 7661,
 * cwv.c).
 *
 * Fast retransmit, fast recovery and what makes it "New" (RFC 6582) are repair,
 * which is the caller's.  Here are only the sizes.
 */
#include <stddef.h>

#include "base/bytes.h"
#include "tcp/cc.h"
#include "tcp/cwv.h"

#define ABE_PERCENT 80 /* beta_ecn, RFC 8511 4.1 */

static void grow(struct cc *c, uint32_t n)
{
	c->cwnd = (uint32_t)min_u64((uint64_t)c->cwnd + n,
				    max_u32(CC_CWND_MAX, c->cwnd));
}

static struct cwv *cwv_of(struct cc_cold *f)
{
	_Static_assert(sizeof(struct cwv) <= sizeof(f->priv), "CC_PRIVATE");
	return (struct cwv *)f->priv;
}

/* RFC 5681 (4): half of what is in flight, but at least two segments. */
static uint32_t half_flight(uint32_t flight, uint32_t smss)
{
	return max_u32(flight / 2, 2 * smss);
}

/* MUST-19.  RFC 5681 (2) with L.  Returns the bytes that did not count towards
 * it. */
static uint32_t slow_start(struct cc *c, const struct cc_ack *a)
{
	uint32_t limit = a->after_rto ? a->at.smss : 2 * a->at.smss;
	uint32_t n = a->counts_all ? a->acked : min_u32(a->acked, limit);
	uint32_t room = c->ssthresh - c->cwnd;

	grow(c, min_u32(n, room));
	return n > room ? n - room : 0;
}

/* MUST-19.  RFC 5681 (3), in bytes. */
static void congestion_avoidance(struct cc *c, uint32_t acked, uint32_t smss)
{
	c->acked += min_u32(acked, c->cwnd);
	if (c->acked < c->cwnd)
		return;
	c->acked -= c->cwnd;
	grow(c, smss);
}

static void newreno_on_ack(struct cc *c, struct cc_cold *f,
			   const struct cc_ack *a)
{
	uint32_t acked = a->acked;

	cwv_on_ack(cwv_of(f), c, a);
	if (!a->cwnd_limited || a->in_recovery)
		return;
	if (c->cwnd < c->ssthresh)
		acked = slow_start(c, a);
	if (c->cwnd >= c->ssthresh)
		congestion_avoidance(c, acked, a->at.smss);
}

static bool newreno_on_unused(struct cc *c, struct cc_cold *f, uint64_t now,
			      uint32_t srtt_us, uint32_t acked)
{
	return cwv_on_unused(cwv_of(f), c, now, srtt_us, acked);
}

static void newreno_on_loss(struct cc *c, struct cc_cold *f,
			    const struct cc_now *at)
{
	const uint32_t volume = cwv_volume(cwv_of(f), c, at->inflight);

	c->ssthresh = half_flight(volume, at->smss);
	c->acked = 0;
	cwv_reset(cwv_of(f));
}

/*
 * RFC 8511 4.1, ABE: a mark comes from a short queue, and less than half need
 * be given up.  In slow start the window is far too large, as for a loss.
 */
static void newreno_on_ecn(struct cc *c, struct cc_cold *f,
			   const struct cc_now *at)
{
	const bool slow_start = c->cwnd < c->ssthresh;

	newreno_on_loss(c, f, at);
	if (!slow_start && !at->no_abe)
		c->ssthresh = max_u32(
			(uint32_t)((uint64_t)at->inflight * ABE_PERCENT / 100),
			2 * at->smss);
	c->cwnd = c->ssthresh;
}

/* RFC 5681 3.1: the loss window is one segment, whatever IW was. */
static void newreno_on_rto(struct cc *c, struct cc_cold *f,
			   const struct cc_now *at, bool again)
{
	cwv_reset(cwv_of(f));
	if (!again)
		c->ssthresh = half_flight(at->inflight, at->smss);
	c->cwnd = at->smss;
	c->acked = 0;
}

/* RFC 5681 4.1: the restart window is min(IW, cwnd). */
static void newreno_on_idle(struct cc *c, struct cc_cold *f,
			    const struct cc_now *at, uint64_t idle_ns,
			    uint64_t rto_ns)
{
	(void)f;
	(void)idle_ns;
	(void)rto_ns;
	c->cwnd = min_u32(c->cwnd, cc_iw(at));
	c->acked = 0;
}

static void newreno_on_undo(struct cc *c, struct cc_cold *f,
			    const struct cc_now *at, uint32_t prior_cwnd,
			    uint32_t prior_ssthresh)
{
	(void)f;
	(void)at;
	c->cwnd = max_u32(c->cwnd, prior_cwnd);
	c->ssthresh = max_u32(c->ssthresh, prior_ssthresh);
}

static bool newreno_save(const struct cc_cold *f, struct cc_memo *m)
{
	*m = (struct cc_memo){.cwv = *(const struct cwv *)f->priv};
	return cwv_knows(&m->cwv);
}

static void newreno_restore(struct cc *c, struct cc_cold *f,
			    const struct cc_now *at, const struct cc_memo *m)
{
	(void)c;
	(void)at;
	*cwv_of(f) = m->cwv;
}

const struct cc_ops cc_newreno = {
	.name = "reno",
	.wants_ecn = false,
	.on_ack = newreno_on_ack,
	.on_loss = newreno_on_loss,
	.on_ecn = newreno_on_ecn,
	.on_rto = newreno_on_rto,
	.on_idle = newreno_on_idle,
	.on_undo = newreno_on_undo,
	.on_unused = newreno_on_unused,
	.save = newreno_save,
	.restore = newreno_restore,
};
