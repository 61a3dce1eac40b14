/* SPDX-License-Identifier: ISC */
/*
 * detect.c - finds what is lost: by time (RFC 8985 6.2 step 5, 6.3), or, if
 * net.ipv4.tcp_recovery has it so, by count (RFC 6675 4, IsLost)
 *
 * By time the records are looked at in the order they were sent, up to the
 * first that still has time: each is looked at once, and once more if it was
 * the last.  By count a line is drawn behind the DupThresh'th run of SACKed
 * text from the end, and what lies before it is lost: the line only moves
 * forward.
 */
#include "tcp/congest.h"
#include "tcp/delivery.h"
#include "tcp/repair.h"

#define NS_OF_US UINT64_C(1000)

static struct rack_view view_of(const struct tcp *tcp, const struct tcb *t)
{
	const struct flow *f = t->flow;

	return (struct rack_view){
		.now = tcp->env->now,
		.min_rtt_ns = t->rtt.min_us * NS_OF_US,
		.srtt_ns = t->rtt.srtt_us * NS_OF_US,
		.segs_sacked = f->sent.segs_sacked,
		.dup_thresh = tcp->tun.recovery & RECOVERY_NO_DUP_THRESH
				      ? UINT32_MAX
				      : f->repair.reordering,
		.in_recovery = t->recovery >= RECOVERY_FAST,
	};
}

void detect_mark(struct tcp *tcp, struct tcb *t, struct sent *r,
		 struct delivery *d)
{
	const struct rate_stamp stamp = r->stamp;

	if (r->again)
		env_count(tcp->env, TERN_TcpExtTCPLostRetransmit);
	if (d)
		d->lost += r->len;
	sentq_set_lost(&t->flow->sent, r);
	congest_on_lost(tcp, t, &stamp, r->len);
}

static void by_time(struct tcp *tcp, struct tcb *t, struct delivery *d)
{
	const struct rack *k = &t->flow->repair.rack;
	const struct rack_view v = view_of(tcp, t);
	const uint64_t wnd = rack_window(k, &v);
	struct sent *r;

	while ((r = sentq_oldest(&t->flow->sent)) != NULL &&
	       rack_passed(k, r) && rack_due(k, r->stamp.sent_at, wnd) <= v.now)
		detect_mark(tcp, t, r, d);
}

/* When all that RACK.segment has passed will be lost (6.2): what left last of
 * it left with that segment. */
uint64_t detect_deadline(const struct tcp *tcp, const struct tcb *t)
{
	const struct rack *k = &t->flow->repair.rack;
	const struct sent *r = sentq_oldest(&t->flow->sent);
	struct rack_view v;

	if (t->flow->repair.by_count || !r || !rack_passed(k, r))
		return TERN_NEVER;
	v = view_of(tcp, t);
	return rack_due(k, k->xmit_at, rack_window(k, &v));
}

/* The record behind which enough was SACKed: DupThresh runs, or more than
 * (DupThresh - 1) * SMSS bytes. */
static struct sent *line(const struct tcb *t)
{
	const struct flow *f = t->flow;
	const uint32_t thresh = f->repair.reordering;
	struct sent *r = sentq_find(&f->sent, seq_sub(f->repair.rack.fack, 1));
	uint64_t bytes = 0;
	uint32_t runs = 0;

	for (; r; r = sentq_prev(r)) {
		if (r->fate != SENT_SACKED)
			continue;
		bytes += r->len;
		if (++runs >= thresh || bytes > (thresh - 1) * (uint64_t)t->mss)
			return r;
	}
	return NULL;
}

static void by_count(struct tcp *tcp, struct tcb *t, struct delivery *d)
{
	struct sentq *q = &t->flow->sent;
	struct repair *p = &t->flow->repair;
	struct sent *stop, *r, *next;

	if (q->n_sacked == 0)
		return;
	stop = line(t);
	if (!stop)
		return;
	r = sentq_find(q, seq_max(p->lost_edge, q->first->left));
	for (; r && seq_lt(r->left, stop->left); r = next) {
		next = sentq_next(r);
		if (r->fate == SENT_FLYING && !r->again)
			detect_mark(tcp, t, r, d);
	}
	p->lost_edge = seq_max(p->lost_edge, stop->left);
}

void detect_losses(struct tcp *tcp, struct tcb *t, struct delivery *d)
{
	if (t->flow->sent.n == 0)
		return;
	if (t->flow->repair.by_count)
		by_count(tcp, t, d);
	else
		by_time(tcp, t, d);
}

/* RFC 2018 8: what the peer had SACKed and does not acknowledge he may have
 * thrown away, and all the rest with it. */
static void renege(struct tcp *tcp, struct tcb *t)
{
	struct sent *r, *next;

	if (t->flow->sent.first->fate != SENT_SACKED)
		return;
	env_count(tcp->env, TERN_TcpExtTCPSACKReneging);
	for (r = t->flow->sent.first; r; r = next) {
		next = sentq_next(r);
		if (r->fate == SENT_SACKED)
			sentq_set_lost(&t->flow->sent, r);
	}
}

/* 6.3: the first segment, and what is older than a round trip; by count, all
 * that is not SACKed. */
void detect_on_rto(struct tcp *tcp, struct tcb *t)
{
	struct sentq *q = &t->flow->sent;
	const struct repair *p = &t->flow->repair;
	const struct rack_view v = view_of(tcp, t);
	const uint64_t wnd = rack_window(&p->rack, &v);
	struct sent *r;

	renege(tcp, t);
	while ((r = sentq_oldest(q)) != NULL &&
	       (p->by_count ||
		rack_due(&p->rack, r->stamp.sent_at, wnd) <= v.now))
		detect_mark(tcp, t, r, NULL);
	r = q->first;
	if (r->fate != SENT_FLYING)
		return;
	if (r->len > r->mss)
		(void)sentq_cut(q, &tcp->sents, r, seq_add(r->left, r->mss));
	detect_mark(tcp, t, r, NULL);
}
