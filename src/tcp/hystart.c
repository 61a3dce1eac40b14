/* SPDX-License-Identifier: ISC */
/*
 * hystart.c - HyStart++: when slow start has gone far enough, RFC 9406
 *
 * Slow start doubles the window until something is lost, and then it is as
 * much as a whole window.  But before the queue of the bottleneck overflows it
 * fills, and round trips become longer.
 *
 *	slow start --round trips longer--> CSS --5 rounds--> done
 *	     ^_________shorter again________/
 *
 * Conservative Slow Start grows at a quarter of the speed, to find out whether
 * the delay was a queue or mere jitter.
 */
#include "tcp/hystart.h"

#include "base/bytes.h"
#include "tcp/cc.h"

/* RFC 9406 4.3. */
#define MIN_RTT_THRESH_US  4000
#define MAX_RTT_THRESH_US  16000
#define MIN_RTT_DIVISOR	   8
#define N_RTT_SAMPLE	   8
#define CSS_GROWTH_DIVISOR 4
#define CSS_ROUNDS	   5
#define L_UNPACED	   8 /* SMSS that one ACK counts for at most */

static void start_round(struct hystart *h, uint32_t nxt)
{
	h->window_end = nxt;
	h->last_min_us = h->cur_min_us;
	h->cur_min_us = 0;
	h->n_samples = 0;
}

static void take_sample(struct hystart *h, uint32_t rtt_us)
{
	if (rtt_us == 0)
		return;
	if (h->cur_min_us == 0 || rtt_us < h->cur_min_us)
		h->cur_min_us = rtt_us;
	if (h->n_samples < N_RTT_SAMPLE)
		h->n_samples++;
}

static bool delay_grew(const struct hystart *h)
{
	const uint32_t thresh = clamp_u32(h->last_min_us / MIN_RTT_DIVISOR,
					  MIN_RTT_THRESH_US, MAX_RTT_THRESH_US);

	return h->last_min_us > 0 &&
	       h->cur_min_us >= (uint64_t)h->last_min_us + thresh;
}

/* Into CSS, or back out of it. */
static void judge(struct hystart *h)
{
	if (h->n_samples < N_RTT_SAMPLE)
		return;
	if (h->baseline_us == 0) {
		if (delay_grew(h)) {
			h->baseline_us = h->cur_min_us;
			h->css_rounds = 0;
		}
	} else if (h->cur_min_us < h->baseline_us) {
		h->baseline_us = 0;
	}
}

uint32_t hystart_on_ack(struct hystart *h, const struct cc_ack *a, bool paced)
{
	const bool in_css = h->baseline_us != 0;
	uint32_t n = a->acked;

	if (!paced && !a->counts_all)
		n = min_u32(n, L_UNPACED * a->at.smss);
	if (in_css)
		n /= CSS_GROWTH_DIVISOR;
	take_sample(h, a->rtt_us);
	judge(h);
	if (h->started && (int32_t)(a->at.una - h->window_end) < 0)
		return n;
	/* The round is over; one in which CSS began counts for it, too. */
	if (h->started && h->baseline_us && ++h->css_rounds >= CSS_ROUNDS)
		h->done = true;
	h->started = true;
	start_round(h, a->at.nxt);
	return n;
}
