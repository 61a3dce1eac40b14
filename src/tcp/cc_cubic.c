/* SPDX-License-Identifier: ISC */
/*
 * cc_cubic.c - CUBIC, RFC 9438, the default
 *
 *	cwnd |            W_max _______/
 *	     |   \        ____--       '.. convex: looks for more
 *	     |    \    .-'
 *	     |     \  /  concave: back to where the loss was
 *	     |______\/____________________ t, since the congestion event
 *
 *	W_cubic(t) = C (t - K)^3 + W_max	K = cbrt((W_max - cwnd) / C)
 *
 * The window depends on the time since the last event, not on round trips.
 * Where Reno would be faster (short paths), W_est follows what Reno would do.
 * The clock t stands still while the user, not the window, limits what is sent
 * (4.2, 5.8).
 *
 * C = 0.4 segments/s^3 and beta = 0.7.  Windows are in bytes, time is in
 * milliseconds, K the cube root in integers; 4.9's state for an undo is a copy.
 * Slow start ends by HyStart++ (hystart.c).
 */
#include "base/bytes.h"
#include "tcp/cc.h"
#include "tcp/cwv.h"
#include "tcp/hystart.h"

#define NS_PER_MS    UINT64_C(1000000)
#define BETA_NUM     7 /* beta_cubic = 0.7, 4.6 */
#define BETA_DEN     10
#define BETA_ECN_NUM 17 /* 0.85, RFC 8511 4.1 */
#define BETA_ECN_DEN 20
#define ALPHA_NUM    9 /* 3 (1 - beta) / (1 + beta) = 9/17, 4.3 */
#define ALPHA_DEN    17
#define T_MAX_MS     (INT64_C(1) << 18) /* of |t - K|: far past any window */

/* What 4.9 wants back when a loss was none. */
struct epoch {
	uint64_t t_ns;	     /* time in this congestion avoidance */
	uint64_t at;	     /* when t_ns was brought up to date, 0: congestion
				avoidance has not begun */
	uint32_t w_max;	     /* bytes; 0: undefined */
	uint32_t cwnd_prior; /* when the last event was */
	uint32_t k_ms;
	uint32_t w_est;
	uint64_t w_est_part; /* what W_est is more, in 1/ALPHA_DEN bytes times
				cwnd */
};

struct cubic {
	struct cwv cwv; /* where little is sent, nothing else is needed */
	struct epoch now, saved;
	bool after_rto; /* the next epoch has K = 0 (4.8) */
	uint64_t part;	/* what cwnd is more, in bytes times cwnd */
	struct hystart hystart;
};
_Static_assert(offsetof(struct cubic, part) <= CC_OF_RTO, "on_rto()");

static struct cubic *of(struct cc_cold *f)
{
	_Static_assert(sizeof(struct cubic) <= sizeof(f->priv), "CC_PRIVATE");
	return (struct cubic *)f->priv;
}

static uint32_t cube_root(uint64_t v)
{
	uint64_t y = 0;

	for (int s = 63; s >= 0; s -= 3) {
		uint64_t b;

		y <<= 1;
		b = (3 * y * (y + 1) + 1);
		if ((v >> s) >= b) {
			v -= b << s;
			y++;
		}
	}
	return (uint32_t)y;
}

/* K, 4.2 (2): from cwnd_epoch `cwnd` to W_max. */
static uint32_t k_of(uint32_t w_max, uint32_t cwnd, uint32_t smss)
{
	/* seconds^3 = segments / 0.4; ms^3 = 10^9 as many */
	return cube_root(UINT64_C(2500000000) *
			 min_u32(w_max - cwnd, CC_CWND_MAX) / smss);
}

/* W_cubic, 4.2 (1), in bytes. */
static uint32_t w_cubic(const struct epoch *e, uint64_t t_ns, uint32_t smss)
{
	const int64_t t = (int64_t)min_u64(t_ns / NS_PER_MS, INT32_MAX);
	int64_t d = t - e->k_ms;
	int64_t w;

	d = d > T_MAX_MS ? T_MAX_MS : d < -T_MAX_MS ? -T_MAX_MS : d;
	/* 0.4 d^3 / 10^9 segments, in an order that neither overflows nor
	   loses a thousandth of a segment. */
	w = d * d * d / 1000 * smss / 1000 / 2500 + e->w_max;
	if (w < 0)
		return 0;
	return (uint32_t)min_u64((uint64_t)w, CC_CWND_MAX);
}

static void begin_epoch(struct cubic *q, const struct cc *c,
			const struct cc_now *at)
{
	struct epoch *e = &q->now;

	e->t_ns = 0;
	e->at = at->now;
	e->w_est = c->cwnd;
	e->w_est_part = 0;
	q->part = 0;
	if (e->w_max == 0 && e->cwnd_prior == 0) /* 4.10 */
		e->cwnd_prior = c->cwnd;
	if (q->after_rto || e->w_max <= c->cwnd) {
		e->w_max = c->cwnd;
		e->k_ms = 0;
	} else {
		e->k_ms = k_of(e->w_max, c->cwnd, at->smss);
	}
	q->after_rto = false;
}

/* W_est, 4.3 (4): what Reno with the same average would have. */
static void follow_reno(struct epoch *e, const struct cc *c,
			const struct cc_ack *a)
{
	const uint64_t alpha = e->w_est < e->cwnd_prior ? ALPHA_NUM : ALPHA_DEN;
	const uint64_t unit = (uint64_t)ALPHA_DEN * c->cwnd;

	e->w_est_part += alpha * a->at.smss * min_u32(a->acked, c->cwnd);
	e->w_est =
		(uint32_t)min_u64(e->w_est + e->w_est_part / unit, CC_CWND_MAX);
	e->w_est_part %= unit;
}

/* 4.4, 4.5: cwnd + (target - cwnd) / cwnd for each segment acknowledged. */
static void grow_to(struct cubic *q, struct cc *c, uint32_t target,
		    uint32_t acked)
{
	target =
		(uint32_t)clamp_u64(target, c->cwnd, (uint64_t)c->cwnd * 3 / 2);
	q->part += (uint64_t)(target - c->cwnd) * min_u32(acked, c->cwnd);
	if (q->part < c->cwnd)
		return;
	target = (uint32_t)(q->part / c->cwnd);
	q->part %= c->cwnd;
	c->cwnd = min_u32(c->cwnd + target, max_u32(CC_CWND_MAX, c->cwnd));
}

static void avoid_congestion(struct cubic *q, struct cc *c,
			     const struct cc_ack *a)
{
	struct epoch *e = &q->now;
	const uint64_t rtt_ns = UINT64_C(1000) * a->at.srtt_us;

	if (e->at == 0)
		begin_epoch(q, c, &a->at);
	else
		e->t_ns += a->at.now - e->at;
	e->at = a->at.now;
	follow_reno(e, c, a);
	if (w_cubic(e, e->t_ns, a->at.smss) < e->w_est)
		c->cwnd = max_u32(c->cwnd, e->w_est); /* 4.3 */
	else
		grow_to(q, c, w_cubic(e, e->t_ns + rtt_ns, a->at.smss),
			a->acked);
}

/* Returns the bytes that are left for congestion avoidance. */
static uint32_t slow_start(struct cubic *q, struct cc *c,
			   const struct cc_ack *a)
{
	const uint32_t room = c->ssthresh - c->cwnd;
	uint32_t n;

	if (c->ssthresh == CC_SSTHRESH_0) { /* the first one */
		n = hystart_on_ack(&q->hystart, a, c->cwnd);
		c->cwnd = (uint32_t)min_u64((uint64_t)c->cwnd + n, CC_CWND_MAX);
		if (q->hystart.done)
			c->ssthresh = c->cwnd;
		return 0;
	}
	n = a->acked;
	if (!a->counts_all)
		n = min_u32(n, (a->after_rto ? 1 : 2) * a->at.smss);
	c->cwnd += min_u32(n, room);
	return n > room ? n - room : 0;
}

/* 5.8: the time of silence is no time, nor that of an unused window. */
static void cubic_start_clock(struct cc_cold *f, uint64_t now)
{
	if (of(f)->now.at)
		of(f)->now.at = now;
}

static bool cubic_on_unused(struct cc *c, struct cc_cold *f, uint64_t now,
			    uint32_t srtt_us, uint32_t acked)
{
	if (!cwv_on_unused(&of(f)->cwv, c, now, srtt_us, acked))
		return false;
	cubic_start_clock(f, now);
	return true;
}

static void cubic_on_ack(struct cc *c, struct cc_cold *f,
			 const struct cc_ack *a)
{
	struct cubic *q = of(f);
	struct cc_ack rest;

	cwv_on_ack(&q->cwv, c, a);
	if (a->in_recovery || a->acked == 0)
		return;
	if (!a->cwnd_limited) {
		cubic_start_clock(f, a->at.now); /* t stands still */
		return;
	}
	rest = *a;
	if (c->cwnd < c->ssthresh)
		rest.acked = slow_start(q, c, a);
	if (c->cwnd >= c->ssthresh)
		avoid_congestion(q, c, &rest);
}

/* 4.6, 4.7: beta is num/den. */
static void reduce(struct cubic *q, struct cc *c, const struct cc_now *at,
		   uint32_t num, uint32_t den)
{
	struct epoch *e = &q->now;
	const uint32_t volume = cwv_volume(&q->cwv, c, at->inflight);

	q->saved = *e;
	e->cwnd_prior = c->cwnd;
	if (e->w_max && c->cwnd < e->w_max) /* fast convergence */
		e->w_max =
			(uint32_t)((uint64_t)c->cwnd * (den + num) / (2 * den));
	else
		e->w_max = c->cwnd;
	e->at = 0;
	c->ssthresh =
		max_u32((uint32_t)((uint64_t)volume * num / den), 2 * at->smss);
	cwv_reset(&q->cwv);
}

static void cubic_on_loss(struct cc *c, struct cc_cold *f,
			  const struct cc_now *at)
{
	reduce(of(f), c, at, BETA_NUM, BETA_DEN);
}

static void cubic_on_ecn(struct cc *c, struct cc_cold *f,
			 const struct cc_now *at)
{
	if (c->cwnd < c->ssthresh || at->no_abe)
		reduce(of(f), c, at, BETA_NUM, BETA_DEN);
	else
		reduce(of(f), c, at, BETA_ECN_NUM, BETA_ECN_DEN);
	c->cwnd = c->ssthresh;
}

static void cubic_on_rto(struct cc *c, struct cc_cold *f,
			 const struct cc_now *at, bool again)
{
	if (!again) {
		reduce(of(f), c, at, BETA_NUM, BETA_DEN);
		of(f)->after_rto = true;
	}
	c->cwnd = at->smss;
}

/* RFC 5681 4.1.  ssthresh still says where the path was full. */
static void cubic_on_idle(struct cc *c, struct cc_cold *f,
			  const struct cc_now *at, uint64_t idle_ns,
			  uint64_t rto_ns)
{
	(void)idle_ns;
	(void)rto_ns;
	if (c->cwnd <= cc_iw(at))
		return;
	c->cwnd = cc_iw(at);
	of(f)->now.at = 0;
}

/* 4.9 */
static void cubic_on_undo(struct cc *c, struct cc_cold *f,
			  const struct cc_now *at, uint32_t prior_cwnd,
			  uint32_t prior_ssthresh)
{
	struct cubic *q = of(f);

	c->cwnd = max_u32(c->cwnd, prior_cwnd);
	c->ssthresh = max_u32(c->ssthresh, prior_ssthresh);
	q->now = q->saved;
	if (q->now.at)
		q->now.at = at->now;
	q->after_rto = false;
}

/* 4.7: where the path was full the last time; an epoch begins anew. */
static bool cubic_save(const struct cc_cold *f, struct cc_memo *m)
{
	const struct cubic *q = (const void *)f->priv;

	*m = (struct cc_memo){
		.first = q->now.w_max,
		.second = q->now.cwnd_prior,
		.cwv = q->cwv,
	};
	return cwv_knows(&q->cwv) || q->now.w_max != 0;
}

static void cubic_restore(struct cc *c, struct cc_cold *f,
			  const struct cc_now *at, const struct cc_memo *m)
{
	(void)c;
	(void)at;
	of(f)->now.w_max = m->first;
	of(f)->now.cwnd_prior = m->second;
	of(f)->cwv = m->cwv;
}

const struct cc_ops cc_cubic = {
	.name = "cubic",
	.on_ack = cubic_on_ack,
	.on_loss = cubic_on_loss,
	.on_ecn = cubic_on_ecn,
	.on_rto = cubic_on_rto,
	.on_idle = cubic_on_idle,
	.on_undo = cubic_on_undo,
	.start_clock = cubic_start_clock,
	.on_unused = cubic_on_unused,
	.save = cubic_save,
	.restore = cubic_restore,
};
