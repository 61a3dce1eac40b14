/* SPDX-License-Identifier: ISC */
/*
 * dialogue.c - when an ACK may wait, as on Linux (tern.tcp_linux_acks)
 *
 * RFC 9293 3.8.6.3 leaves open how long an ACK waits.  Linux sends it at once
 * until the user has answered text within the time that an ACK waits: then
 * there is a dialogue, and the ACK goes with the next answer.  If none comes in
 * time, the dialogue is over.  At once go no more ACKs in a row than half of
 * the window has segments; and whatever the case, one for more than a full
 * segment, if the user takes what comes.
 *
 * The time is adapted to the pace at which text arrives, between 40 ms and
 * 200 ms (500 ms if nothing tells that somebody waits).
 */
#include "tcp/dialogue.h"

#include "tcp/arrives.h"
#include "tcp/timeout.h"

#define SMALL_LEAST  88	 /* TCP_MIN_MSS */
#define SMALL_PLAUS  536 /* what any path takes */
#define QUICK_MOST   16
#define WAIT_MOST_MS 500
#define WAIT_TALK_MS 200

static uint32_t least_ms(const struct tcp *tcp)
{
	return tcp->tun.delack_min_ms;
}

static void quick(struct tcb *t)
{
	const uint32_t n = tcp_rcv_wnd(t) / (2U * max_u32(t->rcv_mss, 1));

	t->quick_acks = (uint8_t)max_u32(t->quick_acks,
					 clamp_u32(n ? n : 2, 1, QUICK_MOST));
}

/* RMSS: at first what any path takes, then the largest seen. */
static void learn(struct tcb *t, const struct segment *seg)
{
	struct flow *f = t->flow;
	uint32_t len = seg->text_len;

	if (seg->size)
		len = min_u32(len, seg->size);
	if (t->rcv_mss == 0)
		t->rcv_mss = (uint16_t)min_u32(t->mss, SMALL_PLAUS);
	if (len >= t->rcv_mss) {
		t->rcv_mss =
			(uint16_t)min_u32(len, max_u32(t->path_mtu, 41) - 40U);
		f->rcv.small |= seg->flags & PSH ? 1 : 0;
		return;
	}
	if (len >= SMALL_PLAUS ||
	    (len >= SMALL_LEAST && !(seg->flags & (FIN | URG | PSH)))) {
		const bool again = len == f->rcv.last_len;

		f->rcv.last_len = (uint16_t)len;
		if (again) {
			t->rcv_mss = (uint16_t)len;
			return;
		}
	}
	f->rcv.small = f->rcv.small ? 2 : 1;
}

void dialogue_received(const struct tcp *tcp, struct tcb *t,
		       const struct segment *seg)
{
	const uint32_t least = least_ms(tcp);
	struct flow *f = t->flow;
	uint32_t ms;

	if (!f)
		return;
	learn(t, seg);
	if (!f->rcv.ato_ms) {
		quick(t);
		f->rcv.ato_ms = (uint16_t)least;
		return;
	}
	ms = (uint32_t)min_u64((tcp->env->now - f->rcv.text_at) / TERN_MS,
			       UINT32_MAX);
	if (ms <= least / 2)
		f->rcv.ato_ms = (uint16_t)(f->rcv.ato_ms / 2 + least / 2);
	else if (ms < f->rcv.ato_ms)
		f->rcv.ato_ms = (uint16_t)min_u32(f->rcv.ato_ms / 2U + ms,
						  t->rtt.rto_us / 1000);
	else if (ms > t->rtt.rto_us / 1000)
		quick(t);
}

static bool is_read(struct tcp *tcp, const struct tcb *t)
{
	return tcp_readable(t) < t->opts->rcvlowat ||
	       window_next(tcp, t) >= tcp_rcv_wnd(t);
}

static uint32_t wait_ms(const struct tcp *tcp, const struct tcb *t)
{
	const struct flow *f = t->flow;
	const uint32_t least = least_ms(tcp);
	uint32_t most = WAIT_MOST_MS;

	if (f->rcv.ato_ms <= least)
		return least;
	if (t->dialogue || f->rcv.small)
		most = WAIT_TALK_MS;
	if (t->rtt.srtt_us)
		most = min_u32(most, max_u32(t->rtt.srtt_us / 1000, least));
	return min_u32(f->rcv.ato_ms, most);
}

static void delay(const struct tcp *tcp, struct tcb *t)
{
	const uint64_t wait = wait_ms(tcp, t) * TERN_MS;
	struct flow *f = t->flow;

	if (f->ack_at <= tcp->env->now + wait / 4)
		t->ack_now = true;
	else
		f->ack_at = min_u64(f->ack_at, tcp->env->now + wait);
}

void dialogue_owe_ack(struct tcp *tcp, struct tcb *t)
{
	const uint32_t owed = seq_len(t->rcv.acked, t->rcv.nxt);

	if (least_ms(tcp) == 0 || !t->flow ||
	    (owed > t->rcv_mss && is_read(tcp, t)) ||
	    (t->quick_acks > 0 && !t->dialogue) || tcp->tun.quickack)
		t->ack_now = true;
	else
		delay(tcp, t);
}

void dialogue_acked(const struct tcp *tcp, struct tcb *t)
{
	if (!t->flow || (!t->ack_now && !timer_delays_ack(t)))
		return;
	t->flow->rcv.small = 0;
	if (t->quick_acks == 0)
		return;
	t->quick_acks--;
	if (t->quick_acks == 0)
		t->flow->rcv.ato_ms = (uint16_t)least_ms(tcp);
}

void dialogue_answered(const struct tcp *tcp, struct tcb *t)
{
	const struct flow *f = t->flow;

	if (f && f->rcv.ato_ms &&
	    tcp->env->now - f->rcv.text_at < f->rcv.ato_ms * TERN_MS)
		t->dialogue = true;
}

void dialogue_waited(const struct tcp *tcp, struct tcb *t)
{
	struct flow *f = t->flow;

	if (t->dialogue)
		f->rcv.ato_ms = (uint16_t)least_ms(tcp);
	else
		f->rcv.ato_ms = (uint16_t)min_u32(f->rcv.ato_ms * 2U,
						  t->rtt.rto_us / 1000);
	t->dialogue = false;
}

void dialogue_hurry(const struct tcp *tcp, struct tcb *t)
{
	quick(t);
	t->dialogue = false;
	if (t->flow)
		t->flow->rcv.ato_ms = (uint16_t)least_ms(tcp);
}

void dialogue_read(struct tcb *t)
{
	const struct flow *f = t->flow;
	const uint32_t owed = seq_len(t->rcv.acked, t->rcv.nxt);

	if (!timer_delays_ack(t))
		return;
	if (owed > t->rcv_mss ||
	    (f->recvq.len == 0 &&
	     (f->rcv.small > 1 || (f->rcv.small && !t->dialogue))))
		t->ack_now = true;
}

void dialogue_set(struct tcb *t, bool on)
{
	t->dialogue = !on;
	if (!on || !timer_delays_ack(t))
		return;
	t->flow->rcv.small = max_u32(t->flow->rcv.small, 1) & 3U;
	dialogue_read(t);
}
