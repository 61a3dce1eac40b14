/* SPDX-License-Identifier: ISC */
/*
 * burst.c - how much new text goes at a time, as a stack with TSO would cut it
 *
 * Linux hands its device frames of several segments, and sets PSH on the last
 * segment of each, so that a receiver that gathers segments knows that no more
 * will come soon.  A frame has as many segments as
 *
 *	- leave in a millisecond at the rate of pacing, and more on a short
 *	  path, but at least tcp_min_tso_segs;
 *	- the windows have room for, up to half the congestion window.
 *
 * Of a long write() it sends a first frame as soon as half the peer's window is
 * filled, and when more than that has come all that it has, with PSH behind it:
 * no frame goes beyond such a mark.
 *
 * Text that could go, but would fill neither a frame nor a third of the window,
 * waits for the next ACK if the last text left less than a millisecond ago and
 * that ACK is due within another.
 *
 * Here the link decides on the size of frames.  With tcp_min_tso_segs at 0, its
 * default, there are no bursts in this sense: nothing waits, and PSH is only on
 * what the user has sent last.  RFC 9293 3.9.1.2 asks for that (MUST-61), and
 * leaves PSH on other segments to the sender.
 */
#include "tcp/burst.h"

#include "tcp/eor.h"
#include "tcp/pace.h"
#include "tcp/plan.h"

#define FRAME_MAX     65215U /* what a device takes, less headers */
#define SHORT_RTT_LOG 9	     /* as tcp_tso_rtt_log is set on Linux */
#define WIN_DIVISOR   3	     /* and tcp_tso_win_divisor */

/* Segments are no longer than half the peer's largest window. */
static uint32_t seg_len(const struct tcb *t)
{
	return clamp_u32(t->snd.wnd_max / 2, 1, t->mss);
}

/* Segments of a frame, whatever the windows say. */
static uint32_t frame_segs(const struct tcp *tcp, const struct tcb *t)
{
	const uint64_t rate = pace_window_rate(tcp, t);
	const uint32_t shift = t->rtt.min_us >> SHORT_RTT_LOG;
	uint64_t bytes = rate ? rate >> 10 : FRAME_MAX;

	if (shift < 32)
		bytes += FRAME_MAX >> shift;
	bytes = min_u64(bytes, FRAME_MAX);
	return max_u32((uint32_t)bytes / t->mss, tcp->tun.min_tso_segs);
}

/* Is the next ACK about to come? */
static bool ack_is_near(const struct tcp *tcp, const struct tcb *t)
{
	const uint64_t now = tcp->env->now;
	const uint64_t srtt_ns = (uint64_t)t->rtt.srtt_us * TERN_US;
	const struct sent *r = t->flow->sent.first;

	if (!r || t->recovery >= RECOVERY_FAST ||
	    now - t->tally->sent_at > TERN_MS)
		return false;
	return r->stamp.sent_at + srtt_ns <=
	       now + min_u64(srtt_ns / 2, TERN_MS);
}

static bool should_wait(const struct tcp *tcp, const struct tcb *t,
			uint32_t room, uint32_t frame)
{
	const uint32_t window = min_u32(t->snd.wnd, t->cc.cwnd);

	if (room >= frame || room >= window / WIN_DIVISOR || t->fin_queued)
		return false;
	return room < output_unsent(t) && ack_is_near(tcp, t);
}

/* How long the burst is that may go now. */
static uint32_t length(const struct tcb *t, uint32_t segs, uint32_t to_mark)
{
	const uint32_t half = max_u32(t->cc.cwnd / t->mss / 2, 1);
	const uint32_t cwnd = plan_cwnd_room(t) / t->mss;
	const uint32_t most = min_u32(min_u32(half, cwnd), segs) * seg_len(t);
	const uint32_t needed = min_u32(min_u32(output_unsent(t), to_mark),
					plan_window_room(t));

	if (most <= needed)
		return most;
	return plan_may_send_tail(t) ? needed : needed - needed % t->mss;
}

/*
 * A buffer takes as many segments as half the largest window has.  When it is
 * full for the first time a frame goes, and the buffer is filled again: that is
 * more than half the window.
 */
static uint32_t find_mark(struct tcb *t, uint32_t segs)
{
	const uint32_t most = min_u32(t->snd.wnd_max / 2, FRAME_MAX);
	const uint32_t buffer = max_u32(most - most % seg_len(t), 1);
	const uint32_t unsent = output_unsent(t);
	const uint32_t first = min_u32(length(t, segs, unsent), buffer);

	t->flow->burst.mark =
		seq_add(t->snd.nxt, min_u32(first + buffer, unsent));
	return first;
}

void burst_begin(const struct tcp *tcp, struct tcb *t)
{
	struct flow *f = t->flow;
	uint32_t segs, room, len;

	if (likely(tcp->tun.min_tso_segs == 0) || !f || t->mss == 0)
		return;
	if (f->burst.on && seq_lt(t->snd.nxt, f->burst.end))
		return;
	f->burst.held_room = 0;
	if (output_unsent(t) <= seg_len(t) || t->urgent_out) {
		f->burst.on = f->burst.on && seq_lt(t->snd.nxt, f->burst.mark);
		return;
	}
	segs = frame_segs(tcp, t);
	room = min_u32(plan_cwnd_room(t), plan_window_room(t));
	if (room > 0 && should_wait(tcp, t, room, segs * t->mss)) {
		f->burst.held_room = room;
		return;
	}
	if (!f->burst.on || !seq_lt(t->snd.nxt, f->burst.mark))
		len = find_mark(t, segs);
	else
		len = length(t, segs, seq_len(t->snd.nxt, f->burst.mark));
	f->burst.on = true;
	/* One segment is none of that; none goes beyond a mark of MSG_EOR. */
	len = len > seg_len(t) ? len : 0;
	f->burst.end = seq_add(t->snd.nxt, eor_limit(t, t->snd.nxt, len));
}
