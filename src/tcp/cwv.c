/* SPDX-License-Identifier: ISC */
/*
 * cwv.c - is the congestion window still what the path was seen to carry?
 * RFC 7661
 *
 * pipeACK is the most that was acknowledged in one round trip of the sampling
 * period (three round trips, but at least a second; 4.2).  The window is
 * validated while it was in use, or pipeACK is at least half of it (4.3).  A
 * user who sends less keeps his window for five minutes, so that the next
 * burst starts from it; but it does not grow, and a loss is answered from what
 * was really sent (4.4).
 */
#include "tcp/cwv.h"

#include "base/bytes.h"
#include "tcp/cc.h"

#define NS_PER_S UINT64_C(1000000000)
#define NVP_NS	 (300 * NS_PER_S)

static void sample(struct cwv *v, uint64_t now, uint32_t srtt_us,
		   uint32_t acked)
{
	const uint64_t rtt = UINT64_C(1000) * srtt_us;

	if (v->round_at == 0)
		v->round_at = v->period_at = now;
	v->round = (uint32_t)min_u64((uint64_t)v->round + acked, UINT32_MAX);
	if (now - v->round_at < rtt)
		return;
	if (now - v->period_at >= max_u64(3 * rtt, NS_PER_S)) {
		v->prior = v->best;
		v->best = 0;
		v->period_at = now;
	}
	v->best = max_u32(v->best, v->round);
	v->round = 0;
	v->round_at = now;
	v->defined = true;
}

uint32_t cwv_pipe_ack(const struct cwv *v)
{
	return v->defined ? max_u32(v->best, v->prior) : UINT32_MAX;
}

/* 4.4.3: nobody knows the path after that long. */
static void give_back(struct cc *c, const struct cc_now *at)
{
	c->ssthresh =
		max_u32(c->ssthresh, (uint32_t)((uint64_t)c->cwnd * 3 / 4));
	c->cwnd = max_u32(c->cwnd / 2, min_u32(c->cwnd, cc_iw(at)));
}

/* 4.3 */
static void validate(struct cwv *v, bool valid, uint64_t now)
{
	if (valid)
		v->since = 0;
	else if (v->since == 0)
		v->since = now;
}

static bool is_half_used(const struct cwv *v, const struct cc *c)
{
	return cwv_pipe_ack(v) >= c->cwnd / 2;
}

static bool is_over(const struct cwv *v, uint64_t now)
{
	return v->since && now - v->since >= NVP_NS;
}

void cwv_on_ack(struct cwv *v, struct cc *c, const struct cc_ack *a)
{
	sample(v, a->at.now, a->at.srtt_us, a->acked);
	validate(v, a->cwnd_limited || is_half_used(v, c), a->at.now);
	if (!is_over(v, a->at.now))
		return;
	give_back(c, &a->at);
	v->since = 0;
}

bool cwv_on_unused(struct cwv *v, const struct cc *c, uint64_t now,
		   uint32_t srtt_us, uint32_t acked)
{
	if (unlikely(is_over(v, now)))
		return false;
	sample(v, now, srtt_us, acked);
	validate(v, is_half_used(v, c), now);
	return true;
}

uint32_t cwv_volume(const struct cwv *v, const struct cc *c, uint32_t flight)
{
	if (v->since == 0 || !v->defined)
		return flight;
	return max_u32(flight, min_u32(cwv_pipe_ack(v), c->cwnd));
}

void cwv_reset(struct cwv *v)
{
	*v = (struct cwv){0};
}

bool cwv_knows(const struct cwv *v)
{
	return v->round_at || v->since;
}
