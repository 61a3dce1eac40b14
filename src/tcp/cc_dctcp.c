/* SPDX-License-Identifier: ISC */
/*
 * cc_dctcp.c - Data Center TCP, RFC 8257
 *
 * Switches mark every packet that finds more than a short queue; the receiver
 * tells of each change (3.2), so that the sender knows the fraction of bytes
 * that were marked.  alpha is its moving average, and the window goes down by
 * alpha / 2 once in a window of data: a little for a little congestion, half
 * when all is marked.  What is lost is answered as Reno does (3.5), and so is
 * growth.  For networks where all switches mark and all ends run this.
 */
#include <string.h>

#include "base/bytes.h"
#include "tcp/cc.h"

#define ALPHA_ONE   (UINT32_C(1) << 20) /* alpha = 1 */
#define ALPHA_SHIFT 4			/* g = 1/16, 3.3 */

struct dctcp {
	uint64_t priv[12];   /* what NewReno keeps */
	uint64_t delivered;  /* DCTCP.BytesAcked in this window */
	uint64_t marked;     /* DCTCP.BytesMarked */
	uint32_t window_end; /* DCTCP.WindowEnd */
	uint32_t alpha;	     /* DCTCP.Alpha */
	bool started;
	bool reduced; /* in this window of data */
};

static struct dctcp *of(const struct cc_cold *f)
{
	_Static_assert(sizeof(struct dctcp) <= sizeof(f->priv), "CC_PRIVATE");
	return (struct dctcp *)(uintptr_t)f->priv;
}

static void dctcp_init(struct cc *c, struct cc_cold *f, const struct cc_now *at)
{
	(void)c;
	(void)at;
	of(f)->alpha = ALPHA_ONE; /* 3.3: all is marked, until it is known */
}

/* 3.3 (8): alpha = (1 - g) alpha + g M */
static void update_alpha(struct dctcp *d)
{
	const uint64_t m = d->delivered ? min_u64(d->marked, d->delivered) *
						  ALPHA_ONE / d->delivered
					: 0;

	d->alpha = (uint32_t)(d->alpha - (d->alpha >> ALPHA_SHIFT) +
			      (m >> ALPHA_SHIFT));
	/* What is less than g units would stay for ever. */
	if (m == 0 && d->alpha < UINT32_C(1) << ALPHA_SHIFT)
		d->alpha = 0;
	d->alpha = min_u32(d->alpha, ALPHA_ONE);
}

static void dctcp_on_ack(struct cc *c, struct cc_cold *f,
			 const struct cc_ack *a)
{
	struct dctcp *d = of(f);

	d->delivered += a->delivered;
	d->marked += a->marked;
	cc_newreno.on_ack(c, f, a);
	if (d->started && (int32_t)(a->at.una - d->window_end) < 0)
		return;
	d->started = true; /* WindowEnd was SND.UNA */
	update_alpha(d);
	d->window_end = a->at.nxt;
	d->delivered = d->marked = 0;
	d->reduced = false;
}

/* 3.3 (9): cwnd = cwnd (1 - alpha / 2) */
static void dctcp_on_ecn(struct cc *c, struct cc_cold *f,
			 const struct cc_now *at)
{
	struct dctcp *d = of(f);
	const uint64_t less = (uint64_t)c->cwnd * d->alpha / (2 * ALPHA_ONE);

	if (d->reduced)
		return;
	d->reduced = true;
	c->ssthresh = max_u32(c->cwnd - (uint32_t)less, 2 * at->smss);
	c->cwnd = c->ssthresh;
	c->acked = 0;
}

static void dctcp_on_loss(struct cc *c, struct cc_cold *f,
			  const struct cc_now *at)
{
	cc_newreno.on_loss(c, f, at);
}

static void dctcp_on_rto(struct cc *c, struct cc_cold *f,
			 const struct cc_now *at, bool again)
{
	cc_newreno.on_rto(c, f, at, again);
}

static void dctcp_on_idle(struct cc *c, struct cc_cold *f,
			  const struct cc_now *at, uint64_t idle_ns,
			  uint64_t rto_ns)
{
	cc_newreno.on_idle(c, f, at, idle_ns, rto_ns);
}

static void dctcp_on_undo(struct cc *c, struct cc_cold *f,
			  const struct cc_now *at, uint32_t prior_cwnd,
			  uint32_t prior_ssthresh)
{
	cc_newreno.on_undo(c, f, at, prior_cwnd, prior_ssthresh);
}

/* struct tcp_dctcp_info of Linux: enabled, CE state (the receiver's, which is
 * not here), alpha in 1/1024, bytes marked and acknowledged in this window. */
static uint32_t dctcp_info(const struct cc *c, const struct cc_cold *f,
			   void *out, uint32_t len)
{
	const struct dctcp *d = of(f);
	struct {
		uint16_t enabled, ce_state;
		uint32_t alpha, ab_ecn, ab_tot;
	} info = {
		.enabled = 1,
		.alpha = d->alpha / (ALPHA_ONE / 1024),
		.ab_ecn = (uint32_t)min_u64(d->marked, UINT32_MAX),
		.ab_tot = (uint32_t)min_u64(d->delivered, UINT32_MAX),
	};

	(void)c;
	len = min_u32(len, sizeof(info));
	memcpy(out, &info, len);
	return len;
}

static bool dctcp_save(const struct cc_cold *f, struct cc_memo *m)
{
	m->rate = 0;
	m->first = of(f)->alpha;
	m->second = 0;
	return of(f)->started;
}

static void dctcp_restore(struct cc *c, struct cc_cold *f,
			  const struct cc_now *at, const struct cc_memo *m)
{
	(void)c;
	(void)at;
	of(f)->alpha = m->first;
}

const struct cc_ops cc_dctcp = {
	.name = "dctcp",
	.wants_ecn = true,
	.init = dctcp_init,
	.on_ack = dctcp_on_ack,
	.on_loss = dctcp_on_loss,
	.on_ecn = dctcp_on_ecn,
	.on_rto = dctcp_on_rto,
	.on_idle = dctcp_on_idle,
	.on_undo = dctcp_on_undo,
	.save = dctcp_save,
	.restore = dctcp_restore,
	.info = dctcp_info,
};
