/* SPDX-License-Identifier: ISC */
/*
 * arrives.c - SEGMENT ARRIVES: which section; and 3.10.7.1, CLOSED
 *
 * LISTEN (arrives_listen.c), the SYN queue (synq.c) and TIME-WAIT (timewait.c)
 * are not control blocks and are picked in input.c.
 */
#include "tcp/arrives.h"

#include "tcp/autotune.h"
#include "tcp/congest.h"
#include "tcp/life.h"
#include "tcp/output.h"
#include "tcp/state.h"
#include "tcp/timeout.h"
#include "tcp/uto.h"

enum verdict segment_drop(struct tcp *tcp, const struct tern_tuple *tuple,
			  enum tern_drop reason)
{
	env_drop(tcp->env, reason, tuple);
	return DROP;
}

enum verdict tcb_drop(struct tcp *tcp, const struct tcb *t,
		      enum tern_drop reason)
{
	const struct tern_tuple tuple = conn_tuple(&t->conn);

	return segment_drop(tcp, &tuple, reason);
}

/*
 * 3.10.7.1: "all data in the incoming segment is discarded"; a RST is never
 * answered, anything else is, with a reset.
 */
void arrives_closed(struct tcp *tcp, struct segment *seg,
		    const struct tern_tuple *tuple)
{
	segment_drop(tcp, tuple, TERN_DROP_TCP_NO_SOCKET);
	if (!(seg->flags & RST))
		reply_reset(tcp, seg, tuple);
}

void tcp_segment_arrives(struct tcp *tcp, struct tcb *t, struct segment *seg)
{
	t->segs_in++;
	if (t->state == SYN_SENT) {
		arrives_syn_sent(tcp, t, seg);
	} else {
		if (!(seg->flags & SYN)) /* RFC 7323 2.2 */
			seg->wnd <<= t->snd_wscale;
		if (!arrives_fast(tcp, t, seg))
			arrives_other(tcp, t, seg);
	}
	tcp_settle(tcp, t);
}

/*
 * What ESTABLISHED begins with, whichever way it was reached: RFC 6298 5.7,
 * RFC 5681 3.1, RFC 6928.
 */
void established_init(struct tcp *tcp, struct tcb *t)
{
	uint32_t iw;

	mss_update(tcp, t);
	if (tcp->tun.bsd_layout)
		window_round(t);
	iw = cc_initial_window(t->mss, tcp->tun.init_cwnd);
	if (t->syn_lost_twice)
		iw = t->mss;
	t->cc.cwnd = iw;
	t->cc.ssthresh = CC_SSTHRESH_0;
	t->cc.acked = 0;
	autotune_send(tcp, t);
	t->slow_after_rto = false;
	if (t->syn_rexmitted && t->rtt.srtt_us == 0)
		t->rtt.rto_us = max_u32(t->rtt.rto_us, 3000000);
	t->was_open = true;
	t->snd.rtx = t->snd.una;
	t->recover = t->snd.iss;
	t->backoff = 0;
	if (t->tally)
		t->tally->sent_at = t->tally->opened_at = tcp->env->now;
	t->quick_acks = (uint8_t)tcp->tun.quick_acks;
	/* A cold half that was there before the windows were. */
	if (t->flow) {
		t->flow->sml = t->snd.una;
		congest_again(tcp, t);
	}
	plpmtud_established(tcp, t);
	uto_changed(tcp, t);
	net_confirm(tcp->net, &t->path);
}
