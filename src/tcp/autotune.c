/* SPDX-License-Identifier: ISC */
/*
 * autotune.c - how large the buffers of a connection are, and the memory of all
 *
 * Receiving.  A window of one bandwidth-delay product keeps a path full, but
 * the receiver knows neither factor.  What it can see is how much the user
 * takes out in one round trip.  If that is more than in the last, the sender
 * was not yet stopped by the path, and may want more: the buffer becomes twice
 * what was taken, for losses are repaired in the second round trip, and as much
 * more as the rate grew ("dynamic right-sizing", Fisk and Feng 2001; Linux does
 * the same).  A user who does not read takes nothing, and has no large buffer.
 *
 * The round trip is that of our own text if we sent any, or of the handshake;
 * then what timestamps say of each segment that arrives; without timestamps the
 * time in which one window of text comes, of which the least counts.
 *
 * What is offered does not jump to the size of the buffer: it begins with
 * 64 KiB, and grows by twice what arrives in order (rcv_ssthresh), so that
 * nobody may send what he never showed to be able to.
 *
 * What waits for a segment that was lost is not taken out either, but shows as
 * well what the path brings: with SACK it makes buffer and window larger by
 * itself.  Else a loss in slow start would stop a sender for the round trips in
 * which it is repaired.  (Without SACK an ACK that moves the edge is no
 * duplicate, and would delay the repair: RFC 5681 2.)
 *
 * Sending.  One congestion window is in flight and one is to be queued, so that
 * an ACK always finds text: the buffer is twice the congestion window, and at
 * first has room for four initial ones, or a single large SEND would wait.
 *
 * Memory of all.  Beyond tcp_mem[1] nothing grows, and a connection is offered
 * four segments more than it holds, until less than tcp_mem[0] is in use;
 * beyond tcp_mem[2] the edge does not move while anything is unread.  What was
 * promised is still taken.
 */
#include "tcp/autotune.h"

#include "tcp/arrives.h"

#define SMALL	      128 /* fewer bytes say nothing of what is to come */
#define IW_SEGMENTS   10
#define SEGMENT_LEAST 1000 /* a small one costs as much memory */
#define PRESSED_SEGS  4

uint32_t autotune_text(const struct tcp *tcp, uint32_t space)
{
	const int32_t scale = tcp->tun.adv_win_scale;

	return scale > 0 ? space - (space >> scale) : space >> -scale;
}

uint32_t autotune_space(const struct tcp *tcp, uint32_t text)
{
	const int32_t scale = tcp->tun.adv_win_scale;
	uint64_t space = text;

	if (scale > 0)
		space = (space << scale) / ((UINT64_C(1) << scale) - 1);
	else
		space <<= -scale;
	return (uint32_t)min_u64(space, UINT32_MAX);
}

bool autotune_measure(struct tcp *tcp)
{
	struct mem *m = &tcp->env->mem;
	const uint64_t high = tcp->tun.mem[1] * AUTOTUNE_PAGE;

	/* Free lists count too, until somebody asks for them. */
	if (mem_used(m) > high)
		(void)mem_reclaim_below(m, m->limit);
	if (!tcp->pressed_at && mem_used(m) > high) {
		tcp->pressed_at = max_u64(tcp->env->now, 1);
		env_count(tcp->env, TERN_TcpExtTCPMemoryPressures);
	} else if (tcp->pressed_at &&
		   mem_used(m) <= tcp->tun.mem[0] * AUTOTUNE_PAGE) {
		env_add(tcp->env, TERN_TcpExtTCPMemoryPressuresChrono,
			(tcp->env->now - tcp->pressed_at) / TERN_MS);
		tcp->pressed_at = 0;
	}
	return tcp->pressed_at != 0;
}

bool autotune_closed(struct tcp *tcp)
{
	return autotune_pressed(tcp) &&
	       mem_used(&tcp->env->mem) > tcp->tun.mem[2] * AUTOTUNE_PAGE;
}

void autotune_init(const struct tcp *tcp, struct flow *f)
{
	const struct tcb *t = f->t;

	f->rcv.ssthresh = window_first(tcp, t);
	f->rcv.taken =
		min_u32(IW_SEGMENTS * mss_advertised(tcp, t), tcp_rcv_wnd(t));
	f->rcv.since = tcp->env->now;
	f->rcv.from = t->rcv.nxt;
	f->rcv.rtt_us = t->rtt.srtt_us;
	f->rcv.window_end = t->rcv.adv;
	f->rcv.window_at = tcp->env->now;
}

/* Samples of timestamps are averaged.  A window's time is the round trip only
 * if the sender filled the window: else it is too long. */
static void take_sample(struct flow *f, uint64_t us, bool of_window)
{
	const uint32_t was = f->rcv.rtt_us;
	const uint32_t rtt = (uint32_t)clamp_u64(us, 1, UINT32_MAX / 8);

	if (was == 0 || (of_window ? rtt < was : !f->rcv.measured))
		f->rcv.rtt_us = rtt;
	else if (!of_window)
		f->rcv.rtt_us = was - was / 8 + rtt / 8;
	f->rcv.measured = true;
}

/* Less than a tick of the clock of timestamps: no more is known than before.
 * Linux takes only the first segment behind one of ours, which is nearer the
 * truth; the others let the buffer grow sooner where losses are many. */
static void sample_timestamp(const struct tcp *tcp, const struct tcb *t,
			     const struct segment *seg)
{
	uint32_t ms;

	if (tcp->tun.linux_acks && seg->opt.ts_ecr == t->flow->rcv.last_ecr)
		return;
	t->flow->rcv.last_ecr = seg->opt.ts_ecr;
	ms = timestamp_now(tcp, conn_ts_offset(&t->conn)) - seg->opt.ts_ecr;
	if (seg->opt.ts_ecr && seg->text_len >= t->rcv_mss && ms > 0 &&
	    ms < 600000)
		take_sample(t->flow, ms * UINT64_C(1000), false);
}

static void sample_window(const struct tcp *tcp, const struct tcb *t)
{
	struct flow *f = t->flow;

	if (seq_lt(t->rcv.nxt, f->rcv.window_end))
		return;
	take_sample(f, (tcp->env->now - f->rcv.window_at) / TERN_US, true);
	f->rcv.window_end = seq_max(t->rcv.adv, seq_add(t->rcv.nxt, t->mss));
	f->rcv.window_at = tcp->env->now;
}

static void open_window(struct tcp *tcp, struct tcb *t, uint32_t len)
{
	struct flow *f = t->flow;
	uint32_t room;

	if (len < SMALL)
		return;
	room = window_space(tcp, t);
	if (f->rcv.ssthresh >= room || autotune_pressed(tcp))
		return;
	f->rcv.ssthresh = min_u32(f->rcv.ssthresh + 2 * max_u32(len, t->mss),
				  max_u32(room, f->rcv.ssthresh));
}

void autotune_received(struct tcp *tcp, struct tcb *t,
		       const struct segment *seg)
{
	if (!t->flow)
		return;
	t->flow->rcv.text_at = tcp->env->now;
	if (t->ts_ok)
		sample_timestamp(tcp, t, seg);
	else
		sample_window(tcp, t);
	open_window(tcp, t, seg->text_len);
}

/* Memory for a user who took `taken` bytes, and before that `last`, with what
 * waits out of order. */
static void widen(struct tcp *tcp, struct tcb *t, uint32_t taken, uint32_t last)
{
	uint64_t text = UINT64_C(2) * taken + UINT64_C(16) * t->mss;
	uint32_t space;

	if (!tcp->tun.moderate_rcvbuf || t->opts->rcvbuf_locked ||
	    autotune_pressed(tcp))
		return;
	text += 2 * (text * (taken - last) / max_u32(last, 1));
	text += seq_len(t->rcv.nxt, reass_end(&t->flow->reass, t->rcv.nxt));
	text = min_u64(text, UINT32_MAX);
	space = autotune_space(tcp, (uint32_t)text);
	t->bufs.rcv = max_u32(t->bufs.rcv, min_u32(space, tcp->tun.rmem[2]));
}

void autotune_held(struct tcp *tcp, struct tcb *t, uint32_t len)
{
	if (!t->flow || !t->sack_ok)
		return;
	widen(tcp, t, t->flow->rcv.taken, t->flow->rcv.taken);
	open_window(tcp, t, len);
}

void autotune_read(struct tcp *tcp, struct tcb *t)
{
	struct flow *f = t->flow;
	const uint64_t ns = tcp->env->now - f->rcv.since;
	struct seq at;
	uint32_t taken;

	if (likely(ns < f->rcv.rtt_us * TERN_US) || f->rcv.rtt_us == 0)
		return;
	at = seq_sub(t->rcv.nxt, f->recvq.len + t->peer_fin);
	taken = seq_len(f->rcv.from, at);
	f->rcv.from = at;
	f->rcv.since = tcp->env->now;
	if (taken <= f->rcv.taken)
		return;
	widen(tcp, t, taken, f->rcv.taken);
	f->rcv.taken = taken;
}

/* Half of the buffer is for overhead, as on Linux: see send_limit(). */
void autotune_send(struct tcp *tcp, struct tcb *t)
{
	const uint64_t iw = IW_SEGMENTS * max_u32(t->mss, SEGMENT_LEAST);
	const uint64_t want = max_u64(UINT64_C(4) * t->cc.cwnd, 8 * iw);

	if (t->opts->sndbuf_locked || want <= t->bufs.snd ||
	    autotune_pressed(tcp))
		return;
	t->bufs.snd =
		max_u32(t->bufs.snd, (uint32_t)min_u64(want, tcp->tun.wmem[2]));
}
