/* SPDX-License-Identifier: ISC */
/*
 * repair.c - loss repair with SACK: its states, and the windows in them
 *
 *	OPEN --SACK--> DISORDER --loss found--> FAST --`recover' reached--> OPEN
 *	  \________________ timeout _____________ | _____________________/
 *	                       v                  v
 *	                     LOSS, until SND.UNA reaches `recover'
 *
 * Which losses there are detect.c says, by time (RFC 8985) or by count (RFC
 * 6675).  What is lost goes again in order of sequence as cwnd allows (plan.c):
 * in FAST that is what PRR grants (RFC 9937), in LOSS slow start (RFC 5681).
 * An algorithm that owns its window is left alone.  From FAST and LOSS undo.c
 * leads back, if nothing had been lost.
 *
 * A retransmission that gets lost too is found like any other segment, by time;
 * the timer is needed only when no ACK comes.
 */
#include "tcp/repair.h"

#include "tcp/arrives.h"
#include "tcp/congest.h"
#include "tcp/delivery.h"
#include "tcp/ecn.h"
#include "tcp/output.h"
#include "tcp/plan.h"
#include "tcp/plpmtud.h"
#include "tcp/timeout.h"

void repair_init(const struct tcp *tcp, struct repair *p)
{
	p->early_at = TERN_NEVER;
	p->reordering = tcp->tun.reordering;
	p->by_count = !(tcp->tun.recovery & RECOVERY_BY_TIME);
	rack_init(&p->rack);
	prr_begin(&p->prr, 1); /* until a recovery has something to say */
}

bool repair_is_on(const struct tcb *t)
{
	return t->sack_ok && !t->syn_unacked && t->flow &&
	       (t->flow->sent.n > 0 || t->flow->repair.tlp.out);
}

bool repair_may_be_undone(const struct tcb *t)
{
	return t->sack_ok && !t->syn_unacked && t->flow &&
	       t->flow->repair.undo.armed;
}

void repair_disarm(struct tcb *t)
{
	if (!t->flow)
		return;
	t->flow->repair.early_at = TERN_NEVER;
	t->flow->repair.early = REPAIR_NONE;
}

void repair_arm_probe(struct tcp *tcp, struct tcb *t)
{
	t->flow->repair.early_at = tlp_deadline(tcp, t);
	t->flow->repair.early = REPAIR_PROBE;
}

void repair_arm(struct tcp *tcp, struct tcb *t)
{
	struct repair *p = &t->flow->repair;

	repair_disarm(t);
	if (!repair_is_on(t) || t->flow->sent.n == 0)
		return;
	if (t->recovery == RECOVERY_OPEN) {
		repair_arm_probe(tcp, t);
	} else {
		p->early_at = detect_deadline(tcp, t);
		p->early = REPAIR_REORDER;
	}
}

/* OPEN or DISORDER, whichever it is. */
static void calm(struct tcb *t)
{
	t->recovery =
		t->flow->sent.n_sacked > 0 ? RECOVERY_DISORDER : RECOVERY_OPEN;
}

static void reduce(struct tcp *tcp, struct tcb *t, const struct delivery *d,
		   bool safe)
{
	const struct prr_ack a = {
		.delivered = d->bytes,
		.pipe = plan_pipe(t),
		.ssthresh = t->cc.ssthresh,
		.smss = t->mss,
		.safe = safe,
		.whole = tcp->tun.linux_cwnd,
	};

	if (congest_owns_cwnd(t))
		return;
	t->cc.cwnd = prr_on_ack(&t->flow->repair.prr, &a);
	recovery_trace(tcp, t);
}

static void enter_fast(struct tcp *tcp, struct tcb *t, const struct delivery *d)
{
	struct repair *p = &t->flow->repair;
	const uint32_t flight = tcp_flight(t) + d->acked;
	const uint32_t had = t->flow->sent.n_sacked - d->sacked;
	const uint32_t cwnd = t->cc.cwnd;

	undo_begin(t);
	tlp_reset(t);
	/* What limited transmit has sent beyond cwnd does not count. */
	congest_on_loss(tcp, t, min_u32(tcp_flight(t), t->cc.cwnd));
	prr_begin(&p->prr, tcp->tun.linux_cwnd ? cwnd
			   : flight > had      ? flight - had
					       : 1);
	t->recovery = RECOVERY_FAST;
	t->recover = t->snd.nxt;
	t->slow_after_rto = false;
	t->limited = 0;
	t->rtt_start = 0;
	p->high_rxt = t->snd.una;
	p->rescued = false;
	ecn_reduced(t);
	env_count(tcp->env, TERN_TcpExtTCPSackRecovery);
}

static void leave(struct tcp *tcp, struct tcb *t)
{
	const bool fast = t->recovery == RECOVERY_FAST;

	if (fast && !congest_owns_cwnd(t))
		t->cc.cwnd = t->cc.ssthresh;
	t->flow->repair.frto = FRTO_OFF;
	rack_on_exit(&t->flow->repair.rack);
	t->dupacks = 0;
	calm(t);
	congest_on_recovered(tcp, t);
	recovery_trace(tcp, t);
}

/* RFC 6675 5: duplicates count too, if each says something new. */
static void count_duplicate(struct tcp *tcp, struct tcb *t, struct delivery *d)
{
	struct repair *p = &t->flow->repair;
	struct sent *r = t->flow->sent.first;

	if (d->advanced)
		t->dupacks = 0;
	else if (d->sacked > 0 && t->dupacks < UINT8_MAX)
		t->dupacks++;
	if (!p->by_count || t->recovery >= RECOVERY_FAST || !r ||
	    t->dupacks < p->reordering || r->fate != SENT_FLYING)
		return;
	if (r->len > r->mss)
		(void)sentq_cut(&t->flow->sent, &tcp->sents, r,
				seq_add(r->left, r->mss));
	detect_mark(tcp, t, r, d);
}

/* Is what repair has done so far of any use? */
static void judge(struct tcp *tcp, struct tcb *t, const struct segment *seg,
		  const struct delivery *d)
{
	const bool late = t->recovery == RECOVERY_LOSS &&
			  frto_on_ack(tcp, t, seg->wnd, d->advanced,
				      d->original, d->sacked > 0);

	if (late)
		undo_take_back(tcp, t);
	else
		(void)undo_try(tcp, t, seg, d);
	if (t->recovery >= RECOVERY_FAST && seq_le(t->recover, t->snd.una))
		leave(tcp, t);
}

static void follow(struct tcp *tcp, struct tcb *t, struct delivery *d)
{
	const struct sentq *q = &t->flow->sent;

	switch ((enum tcp_recovery)t->recovery) {
	case RECOVERY_OPEN:
	case RECOVERY_DISORDER:
		if (q->n_lost == 0) {
			calm(t);
			return;
		}
		if (plpmtud_excuses(tcp, t)) {
			calm(t);
			return;
		}
		enter_fast(tcp, t, d);
		reduce(tcp, t, d, false);
		return;
	case RECOVERY_FAST:
		if (d->bytes > 0 || d->lost > 0)
			reduce(tcp, t, d, d->advanced && d->lost == 0);
		return;
	case RECOVERY_LOSS:
		return;
	}
}

/* `recover' must not fall so far behind that it seems to lie ahead. */
static void keep_up(struct tcb *t)
{
	if (t->recovery < RECOVERY_FAST &&
	    seq_len(t->recover, t->snd.una) > UINT32_C(1) << 30)
		t->recover = seq_sub(t->snd.una, 1);
}

void repair_on_ack(struct tcp *tcp, struct tcb *t, const struct segment *seg,
		   struct delivery *d)
{
	struct repair *p = &t->flow->repair;

	sack_process(tcp, t, seg, d);
	if (d->bytes > 0 && d->newest_at)
		rack_on_delivered(&p->rack, tcp->env->now, d->newest_at,
				  d->newest_end);
	if (d->rtt_ns)
		p->tlp.unsampled = false;
	if (d->advanced)
		p->tlp.due = false;
	tlp_on_ack(tcp, t, seg, d);
	judge(tcp, t, seg, d);
	if (t->recovery != RECOVERY_OPEN || t->flow->sent.n_sacked > 0) {
		detect_losses(tcp, t, d);
		count_duplicate(tcp, t, d);
		follow(tcp, t, d);
	}
	keep_up(t);
}

void repair_on_rto(struct tcp *tcp, struct tcb *t)
{
	const bool again = t->recovery == RECOVERY_LOSS && t->retries > 1;

	if (t->recovery < RECOVERY_FAST) {
		undo_begin(t);
		t->flow->repair.high_rxt = t->snd.una;
	}
	if (t->recovery == RECOVERY_FAST)
		env_count(tcp->env, TERN_TcpExtTCPSackRecoveryFail);
	/* RFC 5682 3.1: nor if repair was under way. */
	frto_begin(tcp, t, t->recovery >= RECOVERY_FAST);
	tlp_reset(t);
	detect_on_rto(tcp, t);
	plpmtud_rto(tcp, t);
	t->recover = t->snd.nxt;
	t->recovery = RECOVERY_LOSS;
	t->slow_after_rto = true;
	t->dupacks = 0;
	t->rtt_start = 0; /* Karn */
	ecn_reduced(t);
	congest_on_rto(tcp, t, tcp_flight(t), again);
	repair_disarm(t);
}

/* RACK's timer: no ACK has come that would say so. */
static void reorder_over(struct tcp *tcp, struct tcb *t)
{
	struct delivery d = {.prior_pipe = plan_pipe(t)};

	detect_losses(tcp, t, &d);
	follow(tcp, t, &d);
	timer_start_rexmit(tcp, t);
	repair_arm(tcp, t);
}

void repair_timeout(struct tcp *tcp, struct tcb *t)
{
	const uint8_t early = t->flow->repair.early;

	repair_disarm(t);
	if (!repair_is_on(t) || t->flow->sent.n == 0)
		return;
	switch ((enum repair_timer)early) {
	case REPAIR_NONE:
		return;
	case REPAIR_REORDER:
		reorder_over(tcp, t);
		return;
	case REPAIR_PROBE:
		tlp_expire(tcp, t);
		return;
	}
}

void repair_on_sent(struct tcp *tcp, struct tcb *t, const struct outseg *o)
{
	struct repair *p = &t->flow->repair;

	if (t->recovery == RECOVERY_FAST)
		prr_on_sent(&p->prr, o->len);
	if (o->again && !o->tail_probe && t->recovery >= RECOVERY_FAST) {
		undo_on_sent_again(tcp, t, o->len);
		if (o->rescue)
			p->rescued = true;
		else
			p->high_rxt =
				seq_max(p->high_rxt, seq_add(o->seq, o->len));
	}
	if (o->tail_probe)
		tlp_on_sent(tcp, t, o);
	else if (!o->again)
		repair_arm(tcp, t);
}

void repair_resend(struct tcp *tcp, struct tcb *t, struct seq stop)
{
	struct sent *r, *next;

	for (r = t->flow->sent.first; r && seq_lt(r->left, stop); r = next) {
		next = sentq_next(r);
		if (r->fate == SENT_FLYING)
			detect_mark(tcp, t, r, NULL);
	}
	t->flow->repair.frto = FRTO_OFF;
	repair_disarm(t);
}
