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
 */
#include "tcp/arrives.h"

/* RCV.BUFF: half of SO_RCVBUF, as read back, is for overhead, as on Linux; and
 * no more than a window can tell, or each byte read would move the edge. */
static uint32_t full_space(const struct tcb *t)
{
	uint32_t space = min_u32(t->opts.rcvbuf / 2, 65535U << t->rcv_wscale);

	if (t->opts.window_clamp)
		space = min_u32(space, t->opts.window_clamp);
	/* The buffer was made smaller after the scale was agreed on: what is
	 * less than a unit could not be told, and would be no window at all. */
	return max_u32(space, 2U << t->rcv_wscale);
}

/* What is left of `full` beyond RCV.NXT. */
static uint32_t space_in(const struct tcb *t, uint32_t full)
{
	const struct flow *f = t->flow;
	uint32_t used = 0;

	if (f) {
		used = f->recvq.len;
		if (f->recvq.truesize + f->reass.truesize > t->opts.rcvbuf)
			return 0; /* it costs more than it holds */
	}
	return full > used ? full - used : 0;
}

/* Room for text beyond RCV.NXT. */
uint32_t window_space(const struct tcb *t)
{
	return space_in(t, full_space(t));
}

/* MUST-39: "the minimum of Fr * RCV.BUFF and Eff.snd.MSS", Fr = 1/2. */
static uint32_t worth_offering(const struct tcb *t)
{
	return min_u32(full_space(t) / 2, t->mss);
}

/* What to offer now, in bytes from RCV.NXT; none, for as long as nobody reads
 * (MAY-8). */
static uint32_t choose(const struct tcb *t)
{
	const uint32_t now = tcp_rcv_wnd(t);
	const uint32_t space = window_space(t);

	if (space < now + worth_offering(t))
		return now;
	return space;
}

/* What a header can say of it. */
static uint32_t in_units(const struct tcb *t, uint32_t wnd)
{
	const uint32_t mask = (1U << t->rcv_wscale) - 1;
	const uint32_t up = (wnd + mask) & ~mask;

	return up <= window_space(t) ? up : wnd & ~mask;
}

/* FreeBSD: all that is free, each time; nothing if that is little. */
static uint32_t choose_bsd(const struct tcb *t)
{
	const uint32_t full = t->opts.rcvbuf / 2;
	const uint32_t space = space_in(t, full);

	if (space < full / 4 && space < t->mss)
		return tcp_rcv_wnd(t);
	return max_u32(space, tcp_rcv_wnd(t));
}

/* FreeBSD: once it is known how large segments are, the buffer holds them
 * whole. */
void window_round(struct tcb *t)
{
	const uint32_t space = t->opts.rcvbuf / 2;

	if (t->mss == 0 || space < t->mss || space > UINT32_MAX / 4)
		return;
	t->opts.rcvbuf = (space + t->mss - 1) / t->mss * t->mss * 2;
}

uint16_t window_select(const struct tcp *tcp, struct tcb *t)
{
	/* What the last segment said; t->rcv.acked is still of that one. */
	const uint32_t old = seq_len(t->rcv.acked, t->rcv.adv);
	uint32_t wnd = tcp->tun.bsd_layout ? choose_bsd(t) : choose(t);

	wnd = min_u32(in_units(t, wnd), 65535U << t->rcv_wscale);
	if (wnd == 0 && old > 0)
		env_count(tcp->env, TERN_TcpExtTCPToZeroWindowAdv);
	else if (wnd > 0 && old == 0 && t->was_open)
		env_count(tcp->env, TERN_TcpExtTCPFromZeroWindowAdv);
	/* SHLD-14 */
	t->rcv.adv = seq_max(t->rcv.adv, seq_add(t->rcv.nxt, wnd));
	return (uint16_t)(wnd >> t->rcv_wscale);
}

/* The user has read: is the edge to be moved by a segment of its own?  Only
 * when it would at least double what is offered, or half the buffer is. */
bool window_update_due(const struct tcb *t)
{
	const uint32_t now = tcp_rcv_wnd(t);
	const uint32_t next = choose(t);

	if (next <= now)
		return false;
	return next >= 2 * now || next - now >= full_space(t) / 2;
}

uint16_t window_initial(const struct tcp *tcp, const struct tcp_opts *o)
{
	uint32_t space = o->rcvbuf / 2;

	(void)tcp;
	if (o->window_clamp)
		space = min_u32(space, o->window_clamp);
	return (uint16_t)min_u32(space, 65535);
}

void window_init(const struct tcp *tcp, struct tcb *t)
{
	t->rcv.adv = seq_add(t->rcv.nxt, window_initial(tcp, &t->opts));
}

/* The smallest scale with which the largest buffer can be offered. */
uint8_t window_scale_for(const struct tcp *tcp, const struct tcp_opts *o)
{
	uint32_t space = max_u32(o->rcvbuf, tcp->tun.rmem[2]);
	uint8_t scale = 0;

	if (o->rcvbuf_locked)
		space = o->rcvbuf;
	if (o->window_clamp)
		space = min_u32(space, o->window_clamp);
	while (scale < TCP_WSCALE_MAX && (space >> scale) > 65535)
		scale++;
	return scale;
}
