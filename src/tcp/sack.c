/* SPDX-License-Identifier: ISC */
/*
 * sack.c - the SACK option as its reader, RFC 2018 5, RFC 2883 4
 *
 * A block says that text beyond SND.UNA has arrived.  The first one may be a
 * D-SACK instead, which tells of text that arrived twice: it lies before
 * SEG.ACK or inside the second block.  Blocks come from the peer, and are
 * believed only as far as they speak of what is in flight, whole segments at a
 * time: a block that covers a part of a segment says nothing of use.
 */
#include "tcp/delivery.h"
#include "tcp/repair.h"

struct span {
	struct seq left, right;
};

static struct span span_of(const struct tcp_sack_block *b)
{
	return (struct span){{b->left}, {b->right}};
}

static bool is_inside(const struct span *a, const struct span *b)
{
	return seq_le(b->left, a->left) && seq_le(a->right, b->right);
}

/* RFC 2883 4.  `una` is SEG.ACK if that is not old. */
static bool is_dsack(const struct tcp_options *o, struct seq una)
{
	struct span first, second;

	first = span_of(&o->sack[0]);
	if (!seq_lt(first.left, first.right))
		return false;
	if (seq_le(first.right, una))
		return true;
	if (o->n_sack < 2)
		return false;
	second = span_of(&o->sack[1]);
	return is_inside(&first, &second);
}

/* A tail loss probe went because an ACK was late: that its text arrives twice
 * says nothing of the order of segments. */
static bool answers_probe(const struct repair *p, const struct span *s)
{
	return p->tlp.out && p->tlp.is_rexmit && seq_eq(s->right, p->tlp.end);
}

/* A D-SACK counts only for what can have been sent twice, and not more often
 * than something was: else a peer could widen windows as he likes. */
static void take_dsack(struct tcp *tcp, struct tcb *t, const struct span *s,
		       struct delivery *d)
{
	struct repair *p = &t->flow->repair;
	const uint64_t most = min_u64(tally_acked(t) + 1, UINT32_C(1) << 30);

	if (seq_lt(t->snd.nxt, s->right) ||
	    seq_lt(s->left, seq_sub(t->snd.una, (uint32_t)most))) {
		env_count(tcp->env, TERN_TcpExtTCPSACKDiscard);
		return;
	}
	env_count(tcp->env, seq_lt(t->snd.una, s->right)
				    ? TERN_TcpExtTCPDSACKOfoRecv
				    : TERN_TcpExtTCPDSACKRecv);
	if (p->n_dsack >= t->n_rexmit)
		return; /* the network's own duplicates */
	p->n_dsack++;
	if (t->tally)
		t->tally->dsacks++;
	d->dsack = true;
	d->dsack_right = s->right;
	if (!p->by_count && !(tcp->tun.recovery & RECOVERY_STATIC_WINDOW) &&
	    !answers_probe(p, s))
		rack_on_dsack(&p->rack, t->snd.una, t->snd.nxt);
	if (!answers_probe(p, s))
		undo_on_dsack(t, s->left, s->right, d);
}

static void take_block(struct tcp *tcp, struct tcb *t, const struct span *s,
		       struct delivery *d)
{
	struct sentq *q = &t->flow->sent;
	struct seq at = seq_max(s->left, t->snd.una);
	struct sent *r;

	if (!seq_lt(s->left, s->right) || seq_lt(t->snd.nxt, s->right)) {
		env_count(tcp->env, TERN_TcpExtTCPSACKDiscard);
		return;
	}
	while ((r = sentq_covered(q, &tcp->sents, &at, s->right)) != NULL) {
		d->sacked += r->len;
		delivery_of(tcp, t, d, r, r->len);
		sentq_set_sacked(q, &tcp->sents, r);
	}
}

/* Reordering is seen on segments in order of sequence. */
static int sort(const struct tcp_options *o, int from, struct span *out)
{
	int n = 0, i, k;

	for (i = from; i < o->n_sack; i++) {
		const struct span s = span_of(&o->sack[i]);

		for (k = n; k > 0 && seq_lt(s.left, out[k - 1].left); k--)
			out[k] = out[k - 1];
		out[k] = s;
		n++;
	}
	return n;
}

void sack_process(struct tcp *tcp, struct tcb *t, const struct segment *seg,
		  struct delivery *d)
{
	const struct tcp_options *o = &seg->opt;
	struct span spans[TCP_SACK_MAX];
	int n, i, from = 0;

	if (!(o->present & TERN_OPT_SACK) || o->n_sack == 0)
		return;
	if (is_dsack(o, seg->ack)) {
		spans[0] = span_of(&o->sack[0]);
		take_dsack(tcp, t, &spans[0], d);
		from = 1;
	}
	n = sort(o, from, spans);
	for (i = 0; i < n; i++)
		if (seq_lt(t->snd.una, spans[i].right))
			take_block(tcp, t, &spans[i], d);
}
