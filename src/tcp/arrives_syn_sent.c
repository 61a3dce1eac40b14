/* SPDX-License-Identifier: ISC */
/*
 * arrives_syn_sent.c - SEGMENT ARRIVES in SYN-SENT, RFC 9293 3.10.7.3
 *
 * First ACK, second RST, fourth SYN, fifth the rest, in the RFC's order; there
 * is no security and compartment, and so no third step.  With a SYN but no
 * acceptable ACK both ends are opening at once (MUST-10): SYN-RECEIVED.
 */
#include "tcp/arrives.h"

#include <errno.h>

#include "tcp/ecn.h"
#include "tcp/fastopen.h"
#include "tcp/life.h"
#include "tcp/output.h"
#include "tcp/state.h"
#include "tcp/timeout.h"
#include "tcp/uto.h"

/* Two ticks of Linux, which has 100 to 1000 of them in a second. */
#define SYN_AGAIN_NS (6 * TERN_MS)

static enum verdict check_ack(struct tcp *tcp, struct tcb *t,
			      struct segment *seg)
{
	const struct tern_tuple tuple = conn_tuple(&t->conn);

	if (!(seg->flags & ACK))
		return NEXT;
	if (seq_lt(t->snd.iss, seg->ack) && seq_le(seg->ack, t->snd.nxt))
		return NEXT;
	if (!(seg->flags & RST))
		reply_reset(tcp, seg, &tuple);
	/* Linux: what was there has been reset, and the SYN may go again. */
	if (tcp->tun.linux_acks && t->retries == 0)
		t->rexmit_at = tcp->env->now + SYN_AGAIN_NS;
	return tcb_drop(tcp, t, TERN_DROP_TCP_ACK);
}

static enum verdict check_rst(struct tcp *tcp, struct tcb *t,
			      const struct segment *seg)
{
	if (!(seg->flags & RST))
		return NEXT;
	if (!(seg->flags & ACK)) /* cannot be about our SYN */
		return tcb_drop(tcp, t, TERN_DROP_TCP_RST_SEQ);
	env_count(tcp->env, TERN_TcpAttemptFails);
	tcp_end(tcp, t, -ECONNREFUSED);
	return DROP;
}

/* What both SYNs have in common holds from now on. */
static void agree(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	const struct tcp_options *o = &seg->opt;

	t->send_mss = mss_from_option(tcp, o);
	t->ts_ok = t->ts_ok && (o->present & TERN_OPT_TIMESTAMPS);
	t->sack_ok = t->sack_ok && (o->present & TERN_OPT_SACK_PERM);
	t->wscale_ok = t->wscale_ok && (o->present & TERN_OPT_WSCALE);
	if (t->wscale_ok)
		t->snd_wscale = o->wscale;
	else
		t->rcv_wscale = 0;
	if (t->ts_ok) {
		t->ts_recent = o->ts_val;
		t->ts_recent_ms = (uint32_t)(tcp->env->now / TERN_MS);
	}
}

static void set_peer(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	const uint16_t told = (uint16_t)seq_len(t->rcv.nxt, t->rcv.adv);

	t->rcv.irs = seg->seq;
	t->rcv.nxt = t->rcv.up = t->rcv.acked = seq_add(seg->seq, 1);
	agree(tcp, t, seg);
	ecn_agree(tcp, t, seg);
	window_init(tcp, t, told);
	t->snd.wnd = t->snd.wnd_max = seg->wnd; /* never scaled in a SYN */
	t->snd.wl1 = seg->seq;
	t->snd.wl2 = seg->ack;
}

/* "If SND.UNA > ISS (our SYN has been ACKed)". */
static void open_established(struct tcp *tcp, struct tcb *t,
			     struct segment *seg)
{
	/* Text of a SYN (RFC 7413) was held back by no window: there is none
	 * before the next line, and none that its ACK could make grow. */
	t->cwnd_limited = false;
	ack_advance(tcp, t, seg);
	established_init(tcp, t);
	ecn_established(tcp, t, seg);
	fastopen_syn_ack(tcp, t, seg);
	uto_arrived(t, seg);
	tcp_set_state(tcp, t, ESTABLISHED);
	t->ack_now = true;
	tcp_notify(tcp, t, TCP_READY_OUT);

	/* The rest of the segment goes on at the sixth step; the urgent
	 * pointer counts from the SYN. */
	urgent_process(tcp, t, seg);
	seg->flags &= (uint16_t)~SYN;
	seg->seq = seq_add(seg->seq, 1);
	seg->len--;
	text_process(tcp, t, seg);
	fin_process(tcp, t, seg);
}

/* MUST-10: both SYNs have crossed: <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK> is
 * owed, for the first time if our SYN has not left yet.  Text in this segment
 * will come again. */
static void open_crossed(struct tcp *tcp, struct tcb *t)
{
	mss_update(tcp, t);
	tcp_set_state(tcp, t, SYN_RECEIVED);
	t->rexmit_now = !seq_eq(t->snd.nxt, t->snd.iss);
	t->rtt_start = 0;
}

void arrives_syn_sent(struct tcp *tcp, struct tcb *t, struct segment *seg)
{
	if (check_ack(tcp, t, seg) == DROP) /* First */
		return;
	if (check_rst(tcp, t, seg) == DROP) /* Second */
		return;
	/* Third: DEPARTS 3.10.7.3: no security and compartment. */
	if (!(seg->flags & SYN)) { /* Fifth */
		tcb_drop(tcp, t, TERN_DROP_TCP_FLAGS);
		return;
	}
	segment_is_alive(tcp, t);
	set_peer(tcp, t, seg); /* Fourth */
	if (seg->flags & ACK)
		open_established(tcp, t, seg);
	else
		open_crossed(tcp, t);
}
