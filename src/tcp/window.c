/* SPDX-License-Identifier: ISC */
/*
 * window.c - RCV.WND: what to offer, RFC 9293 3.8.6.2.2, RFC 7323 2
 *
 * The right edge, t->rcv.adv, only moves right (SHLD-14), and only by steps
 * worth sending for (MUST-39).  With window scaling an edge can be told in
 * units of 2^scale only.  What was offered before is rounded up while there is
 * room for that; else it is rounded down, but rcv.adv remembers the true edge
 * and what comes before it is taken (RFC 7323 2.4).  Always up, the edge would
 * creep on by a byte with each byte that arrives, and no buffer be enough.
 *
 * How large the buffer is, and how much of it is offered, is for autotune.c.
 */
#include "tcp/arrives.h"

#include "tcp/autotune.h"

#define WINDOW_0	 65535U /* offered before anything is known */
#define PRESSED_SEGMENTS 4	/* offered while memory is short */

static uint16_t own_segment(const struct tcp *tcp, const struct tcb *t)
{
	return window_segment(tcp, &t->path, t->opts, t->ts_ok);
}

/* Linux: a segment is kept back, unless two are all there is. */
static uint32_t keep_segment(uint32_t space, uint32_t seg)
{
	return space > 2 * seg ? max_u32(space - seg, 2 * seg) : space;
}

/* RCV.BUFF: what SO_RCVBUF, as read back, leaves beside the overhead; and no
 * more than a window can tell, or each byte read would move the edge. */
static uint32_t full_space(const struct tcp *tcp, const struct tcb *t)
{
	uint32_t space = autotune_text(tcp, t->bufs.rcv);

	if (unlikely(tcp->tun.whole_window))
		space = keep_segment(space, own_segment(tcp, t));
	space = min_u32(space, 65535U << t->rcv_wscale);

	if (t->opts->window_clamp)
		space = min_u32(space, t->opts->window_clamp);
	/* The buffer was made smaller after the scale was agreed on: what is
	 * less than a unit could not be told, and would be no window at all. */
	return max_u32(space, 2U << t->rcv_wscale);
}

uint32_t tcp_window_clamp(const struct tcp *tcp, const struct tcb *t)
{
	if (t->opts->window_clamp || t->state == CLOSED)
		return t->opts->window_clamp;
	if (t->state == SYN_SENT)
		return 65535U << t->rcv_wscale;
	return full_space(tcp, t);
}

/* What is left of `full` beyond RCV.NXT. */
static uint32_t space_in(const struct tcb *t, uint32_t full)
{
	const struct flow *f = t->flow;
	uint32_t used = 0;

	if (f) {
		used = f->recvq.len + f->recvq.lent;
		if (f->recvq.truesize + f->reass.truesize > t->bufs.rcv)
			return 0; /* it costs more than it holds */
	}
	return full > used ? full - used : 0;
}

/* Room for text beyond RCV.NXT. */
uint32_t window_space(const struct tcp *tcp, const struct tcb *t)
{
	return space_in(t, full_space(tcp, t));
}

uint32_t window_first(const struct tcp *tcp, const struct tcb *t)
{
	const uint32_t wnd = tcp_rcv_wnd(t);

	return tcp->tun.whole_window ? min_u32(wnd, full_space(tcp, t))
				     : max_u32(WINDOW_0, wnd);
}

static bool holds_text(const struct tcb *t)
{
	return t->flow && t->flow->recvq.len + t->flow->recvq.lent > 0;
}

/* No more than this is offered, whatever room there is.  Whoever reads what
 * comes can go on, however much memory others hold. */
static uint32_t ceiling(struct tcp *tcp, const struct tcb *t)
{
	if (unlikely(autotune_pressed(tcp)))
		return holds_text(t) && autotune_closed(tcp)
			       ? 0
			       : PRESSED_SEGMENTS * t->mss;
	return t->flow ? t->flow->rcv.ssthresh : window_first(tcp, t);
}

/* MUST-39: "the minimum of Fr * RCV.BUFF and Eff.snd.MSS", Fr = 1/2. */
static uint32_t worth_offering(const struct tcb *t, uint32_t full)
{
	return min_u32(full / 2, t->mss);
}

/* What to offer now, in bytes from RCV.NXT; none, for as long as nobody reads
 * (MAY-8).  `full` is full_space(), `space` window_space(). */
static uint32_t choose(struct tcp *tcp, const struct tcb *t, uint32_t full,
		       uint32_t space)
{
	const uint32_t now = tcp_rcv_wnd(t);

	if (space > now)
		space = min_u32(space, ceiling(tcp, t));
	return space < now + worth_offering(t, full) ? now : space;
}

/* What a header can say of it. */
static uint32_t in_units(const struct tcb *t, uint32_t wnd, uint32_t space,
			 bool always_up)
{
	const uint32_t mask = (1U << t->rcv_wscale) - 1;
	const uint32_t up = (wnd + mask) & ~mask;

	return up <= space || always_up ? up : wnd & ~mask;
}

uint16_t window_last(const struct tcp *tcp, const struct tcb *t)
{
	const uint32_t wnd =
		in_units(t, tcp_rcv_wnd(t), 0, tcp->tun.whole_window);

	return (uint16_t)min_u32(wnd >> t->rcv_wscale, 65535);
}

uint32_t window_next(struct tcp *tcp, const struct tcb *t)
{
	const uint32_t full = full_space(tcp, t);

	return min_u32(space_in(t, full), ceiling(tcp, t));
}

/* FreeBSD: all that is free, each time; nothing if that is little. */
static uint32_t choose_bsd(const struct tcb *t)
{
	const uint32_t full = t->bufs.rcv / 2;
	const uint32_t space = space_in(t, full);

	if (space < full / 4 && space < t->mss)
		return tcp_rcv_wnd(t);
	return max_u32(space, tcp_rcv_wnd(t));
}

/* FreeBSD: once it is known how large segments are, the buffer holds them
 * whole. */
void window_round(struct tcb *t)
{
	const uint32_t space = t->bufs.rcv / 2;

	if (t->mss == 0 || space < t->mss || space > UINT32_MAX / 4)
		return;
	t->bufs.rcv = (space + t->mss - 1) / t->mss * t->mss * 2;
}

/* Does it close, or open again? */
static __attribute__((noinline)) void count_zero(struct tcp *tcp,
						 const struct tcb *t,
						 uint32_t old, uint32_t wnd)
{
	if (wnd == 0 && old != 0)
		env_count(tcp->env, TERN_TcpExtTCPToZeroWindowAdv);
	else if (wnd != 0 && t->was_open)
		env_count(tcp->env, TERN_TcpExtTCPFromZeroWindowAdv);
}

uint16_t window_select(struct tcp *tcp, struct tcb *t)
{
	/* What the last segment said; t->rcv.acked is still of that one. */
	const uint32_t old = seq_len(t->rcv.acked, t->rcv.adv);
	const uint32_t full = full_space(tcp, t);
	const uint32_t space = space_in(t, full);
	uint32_t wnd = tcp->tun.bsd_layout ? choose_bsd(t)
					   : choose(tcp, t, full, space);

	wnd = min_u32(in_units(t, wnd, space, tcp->tun.whole_window),
		      65535U << t->rcv_wscale);
	if (unlikely(wnd == 0 || old == 0))
		count_zero(tcp, t, old, wnd);
	/* SHLD-14 */
	t->rcv.adv = seq_max(t->rcv.adv, seq_add(t->rcv.nxt, wnd));
	return (uint16_t)(wnd >> t->rcv_wscale);
}

static __attribute__((noinline)) bool would_double(struct tcp *tcp,
						   const struct tcb *t)
{
	const uint32_t now = tcp_rcv_wnd(t);
	const uint32_t full = full_space(tcp, t);
	const uint32_t next = choose(tcp, t, full, space_in(t, full));

	return next > now && next >= 2 * now;
}

/* The user has read: is the edge to be moved by a segment of its own?  Only
 * when it would at least double what is offered, and most often it cannot. */
bool window_update_due(struct tcp *tcp, const struct tcb *t)
{
	return ceiling(tcp, t) >= 2 * tcp_rcv_wnd(t) && would_double(tcp, t);
}

uint16_t window_segment(const struct tcp *tcp, const struct net_path *path,
			const struct tcp_opts *o, bool ts)
{
	const uint16_t mss = mss_to_advertise(tcp, path, o);

	return ts && mss > 12 ? mss - 12 : mss;
}

uint16_t window_initial(const struct tcp *tcp, const struct tcp_opts *o,
			uint32_t rcvbuf, uint16_t seg)
{
	uint32_t space = autotune_text(tcp, rcvbuf);

	if (o->window_clamp)
		space = min_u32(space, o->window_clamp);
	if (tcp->tun.whole_window && seg > 0 && space > seg)
		space -= space % seg;
	if (tcp->tun.init_rcv_wnd && seg > 0)
		space = min_u32(space, tcp->tun.init_rcv_wnd * seg);
	return (uint16_t)min_u32(space, 65535);
}

void window_init(const struct tcp *tcp, struct tcb *t, uint16_t told)
{
	const uint16_t own =
		window_initial(tcp, t->opts, t->bufs.rcv, own_segment(tcp, t));
	const uint32_t wnd = max_u32(own, told);

	t->rcv.adv = seq_add(t->rcv.nxt, wnd);
}

/* The smallest scale with which the largest buffer can be offered; in memory,
 * of which text is only a part, so that there is room for less overhead. */
uint8_t window_scale_for(const struct tcp *tcp, const struct tcp_opts *o,
			 uint32_t rcvbuf)
{
	uint32_t space = max_u32(tcp->tun.rmem[2], tcp->tun.rmem_max);
	int bits;

	if (!o->rcvbuf_locked)
		space = max_u32(space, rcvbuf);
	else if (tcp->tun.whole_window)
		space = autotune_text(tcp, rcvbuf);
	else
		space = rcvbuf;
	if (o->window_clamp)
		space = min_u32(space, o->window_clamp);
	bits = 32 - __builtin_clz(space | 65535);
	return (uint8_t)min_u32((uint32_t)bits - 16, TCP_WSCALE_MAX);
}
