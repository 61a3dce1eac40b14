/* SPDX-License-Identifier: ISC */
/*
 * delivery.c - what one ACK delivers, and the records of what was sent
 *
 * A record is made when text or a FIN leaves, gets a new stamp when it leaves
 * again, and ends when SND.UNA has passed it.  In between SACK and loss
 * detection change its fate.  What an ACK delivers, either way, is summed up in
 * one struct delivery: the sample of the rate (rate.h), that of the round trip,
 * and the bytes.
 *
 * A round trip is measured on segments sent once only: of one sent twice nobody
 * knows which copy was answered (Karn, RFC 6298 3).
 */
#include "tcp/delivery.h"

#include "tcp/plan.h"

void delivery_begin(const struct tcb *t, struct delivery *d,
		    const struct segment *seg)
{
	d->prior_pipe = plan_pipe(t);
	d->acked = d->bytes = d->sacked = d->lost = 0;
	d->rtt_ns = d->sent_at = d->newest_at = 0;
	d->ecr = seg->opt.ts_ecr;
	d->has_ecr = t->ts_ok && (seg->opt.present & TERN_OPT_TIMESTAMPS) &&
		     seg->opt.ts_ecr;
	d->advanced = seq_lt(t->snd.una, seg->ack);
	d->original = d->dsack = false;
	rate_start(&d->rs);
}

/* RFC 8985 6.2 step 2: is it the last retransmission that has arrived? */
static bool is_doubtful(const struct tcp *tcp, const struct tcb *t,
			const struct delivery *d, const struct sent *r)
{
	const uint64_t at = r->stamp.sent_at;
	const uint32_t ts = (uint32_t)(at / TERN_MS) + conn_ts_offset(&t->conn);

	if (!r->again)
		return false;
	if (d->has_ecr && (int32_t)(d->ecr - ts) < 0)
		return true;
	return tcp->env->now - at < t->rtt.min_us * TERN_US;
}

static void note_newest(struct delivery *d, uint64_t at, struct seq end)
{
	if (at < d->newest_at ||
	    (at == d->newest_at && d->newest_at && !seq_lt(d->newest_end, end)))
		return;
	d->newest_at = at;
	d->newest_end = end;
}

/* Step 3. */
static void note_order(struct tcp *tcp, struct tcb *t, const struct sent *r,
		       struct seq end)
{
	struct repair *p = &t->flow->repair;
	const uint32_t behind = rack_on_order(&p->rack, end, r->again);

	if (behind == 0)
		return;
	if (t->tally)
		t->tally->reordered++;
	env_count(tcp->env, TERN_TcpExtTCPSACKReorder);
	p->reordering =
		clamp_u32(behind / max_u32(t->mss, 1) + 1, p->reordering,
			  max_u32(tcp->tun.max_reordering, p->reordering));
}

/* A FIN behind text is in the text's last segment. */
static uint32_t segments_of(const struct tcb *t, const struct sent *r,
			    struct seq end, uint32_t n)
{
	if (n > 1 && t->fin_queued && seq_lt(output_data_end(t), end))
		n--;
	return (n + r->mss - 1) / r->mss;
}

void delivery_of(struct tcp *tcp, struct tcb *t, struct delivery *d,
		 const struct sent *r, uint32_t n)
{
	const uint64_t now = tcp->env->now;
	const struct seq end = seq_add(r->left, n);

	d->bytes += n;
	t->tally->delivered += n;
	t->tally->n_delivered += segments_of(t, r, end, n);
	plpmtud_delivered(t, min_u32(r->len, r->mss));
	rate_on_delivered(&t->flow->rate, &d->rs, &r->stamp, now, n, end.u);
	note_order(tcp, t, r, end);
	if (!is_doubtful(tcp, t, d, r))
		note_newest(d, r->stamp.sent_at, end);
	if (!r->again && seq_le(end, t->recover))
		d->original = true;
	if (r->again || r->stamp.sent_at < d->sent_at)
		return;
	d->sent_at = r->stamp.sent_at;
	d->rtt_ns = now > d->sent_at ? now - d->sent_at : 1;
}

void delivery_until(struct tcp *tcp, struct tcb *t, struct delivery *d,
		    struct seq ack)
{
	struct sentq *q = &t->flow->sent;
	const struct sent *r;

	while ((r = q->first) != NULL && seq_lt(r->left, ack)) {
		const uint32_t n = min_u32(r->len, seq_len(r->left, ack));

		if (r->fate != SENT_SACKED)
			delivery_of(tcp, t, d, r, n);
		sentq_drop(q, &tcp->sents, n);
	}
}

/* What of a segment has records: all but the SYN. */
static uint32_t recorded(const struct outseg *o, struct seq *left)
{
	*left = seq_add(o->seq, !!(o->flags & SYN));
	return o->len + !!(o->flags & FIN);
}

void delivery_sent(struct tcp *tcp, struct tcb *t, const struct outseg *o)
{
	struct flow *f = t->flow;
	const uint64_t now = tcp->env->now;
	const uint32_t pipe = plan_pipe(t);
	struct seq left;
	const uint32_t len = recorded(o, &left);
	struct sent *r;

	if (!f || len == 0)
		return;
	if (f->sent.n == 0)
		f->repair.rack.fack = f->repair.lost_edge = left;
	r = sentq_append(&f->sent, &tcp->sents, left, len,
			 (uint16_t)max_u32(t->mss, 1), now);
	if (!r) {
		const struct seq una = output_data_start(t);

		(void)sentq_collapse(&f->sent, &tcp->sents, una,
				     seq_len(una, left) + len,
				     (uint16_t)max_u32(t->mss, 1));
		return;
	}
	r->push = (o->flags & PSH) && !o->frame_end;
	if (r->len > len) /* it has the stamp of the burst that it joined */
		r->stamp.tx_in_flight = (pipe + len) & INT32_MAX;
	else
		rate_on_sent(&f->rate, &r->stamp, now, pipe, len);
}

void delivery_sent_again(struct tcp *tcp, struct tcb *t, const struct outseg *o)
{
	struct flow *f = t->flow;
	const uint64_t now = tcp->env->now;
	struct seq at;
	uint32_t len = recorded(o, &at);

	while (f && len > 0) {
		const uint32_t pipe = plan_pipe(t);
		struct sent *r;
		uint32_t n;

		r = sentq_again(&f->sent, &tcp->sents, at, len, now);
		if (!r)
			return;
		rate_on_sent(&f->rate, &r->stamp, now, pipe, r->len);
		if (o->twice)
			sentq_set_twice(&f->sent, r);
		n = min_u32(seq_len(at, sent_end(r)), len);
		at = seq_add(at, n);
		len -= n;
	}
}
