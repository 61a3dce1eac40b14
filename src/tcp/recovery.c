/* SPDX-License-Identifier: ISC */
/*
 * recovery.c - fast retransmit and fast recovery without SACK: RFC 5681 3.2,
 * RFC 6582 (NewReno), RFC 3042 (limited transmit); and what a timeout begins
 *
 *	OPEN --dup ACK--> DISORDER --third--> FAST --full ACK--> OPEN
 *	  \______________________ RTO _________ | ________________/
 *	                          v             v
 *	                        LOSS, until SND.UNA reaches `recover`
 *
 * Everything before `recover` was sent before the loss was noticed.
 */
#include "tcp/arrives.h"

#include "tcp/congest.h"
#include "tcp/delivery.h"
#include "tcp/ecn.h"
#include "tcp/timeout.h"

#define DUP_THRESH 3

void recovery_trace(struct tcp *tcp, const struct tcb *t)
{
	struct tern_event ev = {.type = TERN_EV_CWND};

	if (!env_traced(tcp->env))
		return;
	ev.tuple = conn_tuple(&t->conn);
	ev.u.cwnd.cwnd = t->cc.cwnd;
	ev.u.cwnd.ssthresh = t->cc.ssthresh;
	env_trace(tcp->env, &ev);
}

/* RFC 6582 3.2 step 2: not for segments sent before the last recovery. */
static bool may_enter(const struct tcb *t)
{
	return seq_lt(t->recover, t->snd.una);
}

static void enter_fast(struct tcp *tcp, struct tcb *t)
{
	const uint32_t flight = tcp_flight(t);
	const uint32_t dups = DUP_THRESH * t->mss;

	if (plpmtud_excuses(tcp, t))
		return;
	undo_begin(t);
	/* What limited transmit sent, beyond cwnd, does not count: RFC 5681
	 * 3.2 (2). */
	congest_on_loss(tcp, t, min_u32(flight, t->cc.cwnd));
	t->recovery = RECOVERY_FAST;
	/* Records may come before this is over, and repair goes by them. */
	prr_begin(&t->flow->repair.prr, flight);
	t->flow->dup_room = flight > dups ? flight - dups : 0;
	t->partial_acked = false;
	t->slow_after_rto = false;
	t->recover = t->snd.nxt;
	if (!congest_owns_cwnd(t))
		t->cc.cwnd = t->cc.ssthresh + dups;
	t->limited = 0;
	ecn_reduced(t);
	t->rexmit_now = true;
	t->rtt_start = 0;
	env_count(tcp->env, TERN_TcpExtTCPRenoRecovery);
	recovery_trace(tcp, t);
}

void recovery_on_dupack(struct tcp *tcp, struct tcb *t)
{
	if (!t->flow)
		return; /* only a SYN or a FIN is in flight */
	if (t->recovery == RECOVERY_LOSS) {
		(void)frto_on_ack(tcp, t, t->snd.wnd, false, false, true);
		return;
	}
	if (t->dupacks < UINT8_MAX)
		t->dupacks++;
	if (t->recovery == RECOVERY_FAST) {
		/* Each says that a segment has left; but no more of them than
		 * were in flight are to be believed. */
		if (!t->flow || t->flow->dup_room < t->mss)
			return;
		t->flow->dup_room -= t->mss;
		t->cc.cwnd += t->mss;
		return;
	}
	t->recovery = RECOVERY_DISORDER;
	if (t->dupacks < DUP_THRESH) {
		t->limited = t->dupacks;
		return;
	}
	if (t->dupacks == DUP_THRESH && may_enter(t))
		enter_fast(tcp, t);
}

/* `recover` must not fall so far behind that it seems to lie ahead. */
static void follow(struct tcb *t, struct seq ack)
{
	if (seq_len(t->recover, ack) > UINT32_C(1) << 30)
		t->recover = seq_sub(ack, 1);
}

static void leave(struct tcp *tcp, struct tcb *t)
{
	const bool repaired = t->recovery >= RECOVERY_FAST;

	t->recovery = RECOVERY_OPEN;
	t->dupacks = 0;
	t->limited = 0;
	if (repaired)
		congest_on_recovered(tcp, t);
}

/* RFC 6582 3.2 step 3, full acknowledgment: the window without inflation, and
 * no burst. */
static void full_ack(struct tcp *tcp, struct tcb *t)
{
	const uint32_t flight = max_u32(tcp_flight(t), t->mss);

	if (!congest_owns_cwnd(t))
		t->cc.cwnd = min_u32(t->cc.ssthresh, flight + t->mss);
	leave(tcp, t);
	recovery_trace(tcp, t);
}

/* ... partial acknowledgment: the next hole, and deflation. */
static void partial_ack(struct tcp *tcp, struct tcb *t, uint32_t acked)
{
	t->rexmit_now = true;
	if (t->cc.cwnd > t->mss)
		t->cc.cwnd -= min_u32(acked, t->cc.cwnd - t->mss);
	if (acked >= t->mss)
		t->cc.cwnd += t->mss;
	if (!t->partial_acked)
		timer_start_rexmit(tcp, t); /* only the first one does */
	t->partial_acked = true;
	if (t->flow)
		t->flow->dup_room = tcp_flight(t);
	t->dupacks = 0;
}

/* Has what was done about a loss that was none been taken back? */
static bool undone(struct tcp *tcp, struct tcb *t, const struct segment *seg,
		   const struct delivery *d)
{
	if (!t->flow || t->recovery < RECOVERY_FAST)
		return false;
	if (t->recovery == RECOVERY_LOSS &&
	    frto_on_ack(tcp, t, seg->wnd, true, d->original, false)) {
		undo_take_back(tcp, t);
		return true;
	}
	return undo_try(tcp, t, seg, d);
}

void recovery_on_ack(struct tcp *tcp, struct tcb *t, const struct segment *seg,
		     const struct delivery *d)
{
	if (undone(tcp, t, seg, d)) {
		leave(tcp, t);
		return;
	}
	switch ((enum tcp_recovery)t->recovery) {
	case RECOVERY_OPEN:
		follow(t, seg->ack);
		return;
	case RECOVERY_DISORDER:
		follow(t, seg->ack);
		leave(tcp, t);
		return;
	case RECOVERY_FAST:
		if (seq_le(t->recover, seg->ack))
			full_ack(tcp, t);
		else
			partial_ack(tcp, t, d->acked);
		return;
	case RECOVERY_LOSS:
		if (seq_le(t->recover, seg->ack))
			leave(tcp, t);
		return; /* slow start */
	}
}

void recovery_on_rto(struct tcp *tcp, struct tcb *t)
{
	const bool again = t->recovery == RECOVERY_LOSS && t->retries > 1;

	env_count(tcp->env, TERN_TcpExtTCPTimeouts);
	if (repair_is_on(t) && t->flow->sent.n > 0) {
		repair_on_rto(tcp, t);
		recovery_trace(tcp, t);
		return;
	}
	if (t->flow) {
		if (t->recovery < RECOVERY_FAST)
			undo_begin(t);
		frto_begin(tcp, t, t->recovery == RECOVERY_LOSS);
	}
	t->recover = t->snd.nxt;
	t->snd.rtx = t->snd.una;
	t->recovery = RECOVERY_LOSS;
	t->slow_after_rto = true;
	t->dupacks = 0;
	t->limited = 0;
	t->rtt_start = 0; /* Karn */
	plpmtud_rto(tcp, t);
	ecn_reduced(t);
	congest_on_rto(tcp, t, tcp_flight(t), again);
	recovery_trace(tcp, t);
}
