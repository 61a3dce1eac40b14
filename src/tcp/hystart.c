/* SPDX-License-Identifier: ISC */
/*
 * hystart.c - HyStart++: when slow start has gone far enough, RFC 9406
 *
 * Slow start doubles the window until something is lost, and then it is as
 * much as a whole window.  But before the queue of the bottleneck overflows it
 * fills, and round trips become longer.
 *
 *	slow start --train, or round trips longer--> CSS --a queue--> done
 *	     ^____________no queue after all__________/
 *
 * Conservative Slow Start grows at a quarter of the speed, to find out whether
 * there is a queue, or it was mere jitter.
 *
 * Bursts.  Until the pipe is full a window goes as a burst, and the ACKs of one
 * release the next.  Its head meets an empty queue and its tail the queue that
 * it has made itself, at half its length, as two leave for each ACK: only the
 * head tells of a queue that stays.  So rounds are to begin with a head.  One
 * ends with the last of what the window held at its start, and that is more
 * than SND.NXT: what the ACK that starts it releases has yet to leave.
 *
 * Trains.  A head meets a queue two round trips after the window has outgrown
 * the path, and by then it is four times as large.  What shows earlier is how
 * long the ACKs of a burst keep coming without a gap: at the rate of the
 * bottleneck, so that half a round trip of them, and what leaves for them, is
 * all that the path holds.  That begins CSS as well (the first HyStart, of Ha
 * and Rhee, ended slow start by it).  But ACKs may follow each other for other
 * reasons: no queue after three rounds, and slow start goes on.
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

#define TRAIN_DIVISOR 2 /* of a round trip is a train */
#define GAP_DIVISOR   8 /* of one ends it */
#define TRAIN_ROUNDS  3 /* in which a queue is to show after a train */

static void start_round(struct hystart *h, uint32_t end)
{
	h->window_end = end;
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

/* What is more than jitter. */
static uint32_t longer(uint32_t rtt_us)
{
	return rtt_us + clamp_u32(rtt_us / MIN_RTT_DIVISOR, MIN_RTT_THRESH_US,
				  MAX_RTT_THRESH_US);
}

static void enter_css(struct hystart *h, uint32_t baseline_us, bool by_train)
{
	h->baseline_us = baseline_us;
	h->by_train = by_train;
	h->css_rounds = 0;
}

/* Of a paced sender's ACKs, gaps tell nothing. */
static bool is_train(struct hystart *h, const struct cc_now *at)
{
	const uint64_t rtt_ns = UINT64_C(1000) * at->min_rtt_us;

	if (at->now - h->acked_at > rtt_ns / GAP_DIVISOR)
		h->train_at = at->now;
	h->acked_at = at->now;
	return !at->paced && rtt_ns > 0 &&
	       at->now - h->train_at >= rtt_ns / TRAIN_DIVISOR;
}

/* Into CSS by delay, or out of it. */
static void judge(struct hystart *h)
{
	if (h->n_samples < N_RTT_SAMPLE)
		return;
	if (h->baseline_us == 0) {
		if (h->last_min_us && h->cur_min_us >= longer(h->last_min_us))
			enter_css(h, h->cur_min_us, false);
	} else if (h->cur_min_us < h->baseline_us) {
		if (!h->by_train || h->css_rounds >= TRAIN_ROUNDS)
			h->baseline_us = 0;
	} else if (h->by_train || h->cur_min_us >= longer(h->baseline_us)) {
		h->done = true;
	}
}

uint32_t hystart_on_ack(struct hystart *h, const struct cc_ack *a,
			uint32_t cwnd)
{
	const bool in_css = h->baseline_us != 0;
	const bool train = is_train(h, &a->at);
	uint32_t n = a->acked;

	if (!a->at.paced && !a->counts_all)
		n = min_u32(n, L_UNPACED * a->at.smss);
	if (in_css)
		n /= CSS_GROWTH_DIVISOR;
	take_sample(h, a->rtt_us);
	judge(h);
	if (train && h->baseline_us == 0 && h->last_min_us)
		enter_css(h, longer(h->last_min_us), true);
	if (!h->started) { /* with the first flight, which is under way */
		h->started = true;
		h->window_end = a->at.nxt;
	}
	if ((int32_t)(a->at.una - h->window_end) < 0)
		return n;
	/* The round is over; one in which CSS began counts for it, too. */
	if (h->baseline_us && ++h->css_rounds >= CSS_ROUNDS)
		h->done = true;
	start_round(h, a->at.una + cwnd + n);
	return n;
}
