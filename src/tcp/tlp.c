/* SPDX-License-Identifier: ISC */
/*
 * tlp.c - Tail Loss Probe, RFC 8985 7
 *
 * When nothing was SACKed and an ACK is overdue, one segment more goes: new
 * text, or the last segment again.  Its ACK tells RACK of what was lost before
 * it, long before the retransmission timer would.
 */
#include "tcp/arrives.h"
#include "tcp/congest.h"
#include "tcp/delivery.h"
#include "tcp/repair.h"
#include "tcp/timeout.h"

#define TLP_MODE 3 /* and 4, of net.ipv4.tcp_early_retrans */

void tlp_reset(struct tcb *t)
{
	struct tlp *p = &t->flow->repair.tlp;

	p->out = p->is_rexmit = p->due = false;
}

/* 7.2: TLP_calc_PTO(), for a probe that is allowed. */
uint64_t tlp_deadline(const struct tcp *tcp, const struct tcb *t)
{
	const struct flow *f = t->flow;
	uint64_t pto = TERN_S;

	if (t->recovery != RECOVERY_OPEN || f->repair.by_count ||
	    tcp->tun.early_retrans < TLP_MODE || t->persisting)
		return TERN_NEVER;
	if (t->rtt.srtt_us) {
		pto = 2 * t->rtt.srtt_us * TERN_US;
		if (f->sent.len <= t->mss &&
		    (f->sent.n == 1 || !tcp->tun.linux_acks))
			pto += tcp->tun.rto_min_ms * TERN_MS;
	}
	return min_u64(tcp->env->now + pto, t->rexmit_at);
}

/* 7.3. */
void tlp_expire(struct tcp *tcp, struct tcb *t)
{
	struct tlp *p = &t->flow->repair.tlp;

	p->due = !p->out && !p->unsampled;
	timer_start_rexmit(tcp, t);
}

void tlp_on_sent(struct tcp *tcp, struct tcb *t, const struct outseg *o)
{
	struct tlp *p = &t->flow->repair.tlp;

	p->due = false;
	p->out = true;
	p->is_rexmit = o->again;
	p->unsampled = true;
	p->end = t->snd.nxt;
	env_count(tcp->env, TERN_TcpExtTCPLossProbes);
	timer_start_rexmit(tcp, t);
}

/* 7.4.2: the probe itself has repaired a loss, which is a congestion event. */
static void repaired(struct tcp *tcp, struct tcb *t)
{
	env_count(tcp->env, TERN_TcpExtTCPLossProbeRecovery);
	if (t->recovery >= RECOVERY_FAST)
		return;
	congest_on_loss(tcp, t, max_u32(tcp_flight(t), t->mss));
	if (!congest_owns_cwnd(t))
		t->cc.cwnd = min_u32(t->cc.cwnd, t->cc.ssthresh);
	congest_on_recovered(tcp, t);
	recovery_trace(tcp, t);
}

void tlp_on_ack(struct tcp *tcp, struct tcb *t, const struct segment *seg,
		const struct delivery *d)
{
	struct tlp *p = &t->flow->repair.tlp;

	if (!p->out || seq_lt(seg->ack, p->end))
		return;
	if (!p->is_rexmit) {
		p->out = false;
	} else if (d->dsack && seq_eq(d->dsack_right, p->end)) {
		p->out = false;
	} else if (seq_lt(p->end, seg->ack)) {
		p->out = false;
		repaired(tcp, t);
	} else if (d->acked == 0 && !(seg->opt.present & TERN_OPT_SACK) &&
		   seg->len == 0) {
		p->out = false;
	}
}
