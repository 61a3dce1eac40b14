/* SPDX-License-Identifier: ISC */
/*
 * undo.c - reductions that were not needed: Eifel (RFC 3522, RFC 4015), D-SACK
 * (RFC 3708)
 *
 * When repair begins, windows are remembered.  Two things prove that nothing
 * had been lost: an ACK whose timestamp echoes a segment older than the first
 * retransmission, so that the original had arrived; and D-SACKs for everything
 * that was sent again.  Then the windows come back, and what was taken for lost
 * flies again.  F-RTO (frto.c) is a third way to know, for timeouts.
 */
#include "tcp/arrives.h"
#include "tcp/congest.h"
#include "tcp/delivery.h"
#include "tcp/repair.h"

/* What the last repair sent again may still be on its way.  Its ACK echoes a
 * time before the first retransmission of this one, and proves nothing: the
 * time that counts is that of the oldest under way. */
void undo_begin(struct tcb *t)
{
	struct undo *u = &t->flow->repair.undo;
	const uint32_t under_way = t->flow->sent.n_again;
	const bool goes_on = under_way > 0 && u->rexmitted;

	*u = (struct undo){
		.since = goes_on ? u->since : t->snd.una,
		.cwnd = t->cc.cwnd,
		.ssthresh = t->cc.ssthresh,
		.rexmit_ts = goes_on ? u->rexmit_ts : 0,
		.rexmit_bytes = goes_on ? under_way : 0,
		.rexmitted = goes_on,
		.armed = true,
	};
}

void undo_on_sent_again(struct tcp *tcp, struct tcb *t, uint32_t len)
{
	struct undo *u = &t->flow->repair.undo;

	if (!u->rexmitted)
		u->rexmit_ts = timestamp_now(tcp, conn_ts_offset(&t->conn));
	u->rexmitted = true;
	u->rexmit_bytes += len;
}

/* RFC 3708 3 (A.1): the first that is heard since the timeout, and it tells of
 * the first segment: a whole window of ACKs was lost. */
static bool acks_were_lost(const struct tcb *t, struct seq left,
			   const struct delivery *d)
{
	return t->recovery == RECOVERY_LOSS && d->acked > 0 &&
	       seq_eq(left, seq_sub(t->snd.una, d->acked));
}

void undo_on_dsack(struct tcb *t, struct seq left, struct seq right,
		   const struct delivery *d)
{
	struct undo *u = &t->flow->repair.undo;

	if (acks_were_lost(t, left, d))
		u->armed = false;
	/* What went once only the network has copied (RFC 3708 3 (A.4)). */
	if (!u->armed || seq_lt(left, u->since) ||
	    seq_lt(t->flow->repair.high_rxt, right))
		return;
	u->rexmit_bytes -= min_u32(u->rexmit_bytes, seq_len(left, right));
}

/* RFC 3522 3.2 (4): the ACK echoes a time before the retransmission.  Step (5):
 * one with a D-SACK is not looked at; nor is one for all that is outstanding,
 * from a peer that tells no D-SACKs: what got lost may be a window of ACKs. */
static bool by_timestamp(const struct tcb *t, const struct segment *seg,
			 const struct delivery *d)
{
	const struct undo *u = &t->flow->repair.undo;
	const struct tcp_options *o = &seg->opt;

	if (!t->ts_ok || !(o->present & TERN_OPT_TIMESTAMPS) || !o->ts_ecr)
		return false;
	if (d->dsack ||
	    (t->flow->repair.n_dsack == 0 && seq_eq(t->snd.una, t->snd.nxt)))
		return false;
	return d->acked > 0 && (int32_t)(o->ts_ecr - u->rexmit_ts) < 0;
}

/* RFC 4015 3.1 (9): with a mark there is congestion all the same.  What was
 * given up answers it. */
static void give_back(struct tcp *tcp, struct tcb *t)
{
	const struct undo *u = &t->flow->repair.undo;

	if (t->flow->marked == 0) {
		congest_on_undo(tcp, t, u->cwnd, u->ssthresh);
		return;
	}
	t->flow->ecn_recover = t->snd.nxt;
	t->flow->ecn_reduced = true;
}

void undo_take_back(struct tcp *tcp, struct tcb *t)
{
	struct repair *p = &t->flow->repair;

	sentq_forgive(&t->flow->sent);
	give_back(tcp, t);
	if (t->recovery == RECOVERY_LOSS) /* RFC 4015 4, RFC 5682 2.1 (3b) */
		t->recover = seq_sub(t->snd.una, 1);
	t->recovery =
		t->flow->sent.n_sacked ? RECOVERY_DISORDER : RECOVERY_OPEN;
	t->slow_after_rto = false;
	t->snd.rtx = t->snd.nxt;
	t->limited = 0;
	p->undo.armed = false;
	p->frto = FRTO_OFF;
	p->rack.reordering_seen = true; /* it came late, but it came */
	recovery_trace(tcp, t);
}

bool undo_try(struct tcp *tcp, struct tcb *t, const struct segment *seg,
	      const struct delivery *d)
{
	const struct undo *u = &t->flow->repair.undo;
	const uint8_t was = t->recovery;

	if (!u->armed || !u->rexmitted)
		return false;
	if (u->rexmit_bytes == 0) {
		env_count(tcp->env, TERN_TcpExtTCPDSACKUndo);
	} else if (was >= RECOVERY_FAST && by_timestamp(t, seg, d)) {
		env_count(tcp->env, was == RECOVERY_LOSS
					    ? TERN_TcpExtTCPLossUndo
				    : seq_le(t->recover, t->snd.una)
					    ? TERN_TcpExtTCPFullUndo
					    : TERN_TcpExtTCPPartialUndo);
		if (was == RECOVERY_LOSS)
			env_count(tcp->env, TERN_TcpExtTCPSpuriousRTOs);
	} else {
		return false;
	}
	undo_take_back(tcp, t);
	return true;
}
