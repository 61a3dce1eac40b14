/* SPDX-License-Identifier: ISC */
/*
 * bbr1_police.c - BBR version 1 on a path with a policer
 *
 * A policer lets bursts through as long as it has tokens, and then drops what
 * is above its rate.  BtlBw would be the rate of the bursts, and between them
 * much would be lost.  Where intervals of at least four round trips
 * that begin and end with losses
 *
 *	lose a fifth or more of what they deliver, twice in a row
 *	and deliver at the same rate, give or take an eighth,
 *
 * that rate is taken for the policer's, and is used, without probes, for 48
 * round trips; then BBR looks again.
 */
#include "tcp/bbr1.h"

#define ROUNDS_MIN    4
#define ROUNDS_MAX    16
#define ROUNDS_USED   48
#define LOSS_NUM      50 /* of 256 */
#define LOSS_DEN      256
#define SAME_DIVISOR  8
#define SAME_RATE     500 /* bytes a second are the same in any case */
#define NS_PER_MS     UINT64_C(1000000)
#define DELIVERED_MAX (UINT64_C(1) << 44)

static void start_interval(struct bbr1_call *k)
{
	struct bbr1_police *p = &k->b->police;

	p->since = k->at->now;
	p->delivered = k->at->delivered;
	p->lost = k->b->lost;
	p->rounds = 0;
}

void bbr1_police_reset(struct bbr1_call *k)
{
	k->b->police = (struct bbr1_police){0};
	start_interval(k);
}

static bool is_same(uint64_t x, uint64_t y)
{
	const uint64_t diff = x > y ? x - y : y - x;

	return diff <= y / SAME_DIVISOR || diff <= SAME_RATE;
}

static void end_interval(struct bbr1_call *k, uint64_t bw)
{
	struct bbr1_police *p = &k->b->police;

	if (p->bw && is_same(bw, p->bw)) {
		p->bw = (bw + p->bw) / 2;
		p->is_used = true;
		p->rounds = 0;
		return;
	}
	p->bw = bw;
	start_interval(k);
}

static void go_on_using(struct bbr1_call *k)
{
	struct bbr1_police *p = &k->b->police;

	if (k->b->state != BBR1_PROBE_BW || !k->b->round_start ||
	    ++p->rounds < ROUNDS_USED)
		return;
	bbr1_police_reset(k);
	bbr1_enter_probe_bw(k);
}

void bbr1_police_sample(struct bbr1_call *k, bool lost, bool app_limited)
{
	struct bbr1_police *p = &k->b->police;
	uint64_t delivered, ms;

	if (p->is_used) {
		go_on_using(k);
		return;
	}
	if (!p->is_sampling) {
		if (!lost)
			return;
		start_interval(k);
		p->is_sampling = true;
	}
	if (app_limited) { /* it says nothing of a policer */
		bbr1_police_reset(k);
		return;
	}
	p->rounds += k->b->round_start;
	if (p->rounds > ROUNDS_MAX) {
		bbr1_police_reset(k);
		return;
	}
	if (p->rounds < ROUNDS_MIN || !lost)
		return;
	delivered = min_u64(k->at->delivered - p->delivered, DELIVERED_MAX);
	ms = (k->at->now - p->since) / NS_PER_MS;
	if (delivered > 0 && ms > 0 &&
	    (k->b->lost - p->lost) * LOSS_DEN >= delivered * LOSS_NUM)
		end_interval(k, delivered * 1000 / ms);
}
