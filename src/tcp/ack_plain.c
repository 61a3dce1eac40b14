/* SPDX-License-Identifier: ISC */
/*
 * ack_plain.c - an ACK that was predicted: of the only segment in flight, which
 * was sent once
 *
 * Nothing was reordered, lost or sent again, and nothing is left to be watched.
 * What remains of ack.c, delivery.c and repair.c is the samples: of the round
 * trip, of the rate, and those of congestion control.  What does not pass all
 * the comparisons takes the long way, to the same end: see fast.c.
 *
 * If that segment is our SYN, and there was no text yet, the sample of the
 * round trip is all.  If it has our FIN, and the user is gone, not even that
 * remains: nothing more will be sent, and nobody is left to ask for a sample.
 */
#include "tcp/arrives.h"

#include "tcp/congest.h"
#include "tcp/plpmtud.h"
#include "tcp/rate.h"
#include "tcp/timeout.h"

#define RECOVER_FAR (UINT32_C(1) << 30) /* then repair.c moves it */

/* The record of what is in flight is this one, and `ack` ends it. */
static bool is_whole(const struct tcb *t, const struct sentq *q,
		     const struct sent *r, struct seq ack)
{
	return q->n == 1 && q->first == r && seq_eq(ack, t->snd.nxt) &&
	       r->fate == SENT_FLYING && !r->again && r->len <= r->mss &&
	       r->stamp.sent_at != 0;
}

/* Nobody waits for this ACK but those who wait for any. */
static bool is_calm(const struct tcp *tcp, const struct tcb *t,
		    const struct flow *f)
{
	if (!tcp->predicts || t->conn.flags)
		return false;
	if (tcb_has(t, .syn_unacked = true, .fin_queued = true,
		    .urgent_out = true, .persisting = true, .eor = true,
		    .watched = true))
		return false;
	return t->sack_ok && !f->repair.undo.armed && !f->repair.tlp.out &&
	       plpmtud_is_calm(&f->mtu) && t->tally->rto_since == 0 &&
	       seq_len(t->recover, t->snd.nxt) <= RECOVER_FAR &&
	       send_room_ok(tcp, t);
}

bool ack_is_plain(const struct tcp *tcp, const struct tcb *t, struct seq ack)
{
	const struct flow *f = t->flow;

	return f && is_whole(t, &f->sent, &f->sent.one, ack) &&
	       is_calm(tcp, t, f);
}

/* Once all of it has arrived. */
static void tell_repair(struct repair *p, const struct sent *r, uint64_t now)
{
	const struct seq end = sent_end(r);

	p->rack.fack = end;
	rack_on_delivered(&p->rack, now, r->stamp.sent_at, end);
	p->tlp.unsampled = p->tlp.due = false;
}

static void tell_tally(struct tally *y, uint32_t len)
{
	y->bytes_acked += len;
	y->delivered += len;
	y->n_delivered++;
}

static void sample_rate(struct tcp *tcp, struct tcb *t, const struct sent *r,
			struct rate_sample *rs)
{
	struct rate *rate = &t->flow->rate;

	rate_start(rs);
	rate_on_delivered(rate, rs, &r->stamp, tcp->env->now, r->len,
			  sent_end(r).u);
	rate_finish(rate, rs, t->rtt.min_us * TERN_US);
	tally_acked_more(t, rs, 0);
}

/* By itself, and the sample by value: mostly nobody wants it, and then it need
 * not be written down. */
static __attribute__((noinline)) void tell_all(struct tcp *tcp, struct tcb *t,
					       const struct sent *r,
					       struct rate_sample rs)
{
	const uint64_t rtt_ns = tcp->env->now - r->stamp.sent_at;
	struct cc_ack a;

	a.rs = &rs;
	a.acked = a.delivered = a.prior_inflight = r->len;
	a.lost = a.marked = 0;
	a.rtt_us = max_u32((uint32_t)(rtt_ns / TERN_US), 1);
	a.in_recovery = false;
	congest_on_ack(tcp, t, &a);
}

void ack_plain(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	struct flow *f = t->flow;
	/* It stays as it is until another is put in its place. */
	const struct sent *r = &f->sent.one;
	struct rate_sample rs;

	(void)ack_sample_rtt(tcp, t, seg);
	sentq_drop(&f->sent, &tcp->sents, r->len);
	sendq_drop(&f->sendq, r->len);
	t->snd.una = t->snd.rtx = seg->ack;
	t->stalled_at = tcp->env->now;
	t->retries = 0;
	t->reported = t->rexmit_now = false;
	plpmtud_delivered(t, r->len);
	tell_tally(t->tally, r->len);
	tell_repair(&f->repair, r, tcp->env->now);
	sample_rate(tcp, t, r, &rs);
	if (unlikely(!congest_on_unused(tcp, t, r->len)))
		tell_all(tcp, t, r, rs);
	timer_stop_rexmit(t);
}

bool ack_is_of_syn(const struct tcp *tcp, const struct tcb *t, struct seq ack)
{
	if (!tcp->predicts || t->flow || t->tally || !t->syn_unacked)
		return false;
	if (tcb_has(t, .fin_queued = true, .urgent_out = true,
		    .persisting = true, .eor = true, .watched = true))
		return false;
	return seq_eq(ack, t->snd.nxt) && t->recovery == RECOVERY_OPEN &&
	       send_room_ok(tcp, t);
}

void ack_of_syn(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	(void)ack_sample_rtt(tcp, t, seg);
	t->syn_unacked = false;
	t->snd.una = t->snd.rtx = seg->ack;
	t->stalled_at = tcp->env->now;
	t->reported = t->rexmit_now = false;
	t->rexmit_at = TERN_NEVER;
}

bool ack_is_last(const struct tcp *tcp, const struct tcb *t, struct seq ack)
{
	const struct flow *f = t->flow;

	if (!t->orphan || !t->fin_queued || !tcp->predicts || !f)
		return false;
	if (!seq_eq(ack, output_end(t)) ||
	    !is_whole(t, &f->sent, &f->sent.one, ack))
		return false;
	return !t->conn.flags && t->recovery == RECOVERY_OPEN &&
	       !tcb_has(t, .syn_unacked = true, .urgent_out = true,
			.persisting = true, .eor = true) &&
	       !f->repair.undo.armed && !f->repair.tlp.out &&
	       plpmtud_is_calm(&f->mtu);
}

void ack_last(struct tcp *tcp, struct tcb *t, struct seq ack)
{
	struct flow *f = t->flow;
	const uint32_t len = f->sendq.len;

	sentq_drop(&f->sent, &tcp->sents, f->sent.one.len);
	sendq_drop(&f->sendq, len);
	t->tally->bytes_acked += len;
	t->snd.una = t->snd.rtx = ack;
	t->fin_acked = true;
	t->retries = 0;
	t->reported = t->rexmit_now = false;
	timer_stop_rexmit(t);
}
