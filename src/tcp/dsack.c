/* SPDX-License-Identifier: ISC */
/*
 * dsack.c - telling of text that came twice, RFC 2883
 *
 * The first run of bytes of a segment that were there already is told once, as
 * the first block of the SACK option of the next ACK: (1) and (2) of section 4.
 * It lies below the ACK field, or inside the block that comes second (4).  The
 * peer learns from it that it sent something again without need.
 *
 * Text that was never sent cannot be a duplicate: what lies before the first
 * byte of the stream is not told (nor are keep-alives with an octet of garbage,
 * which are no news to the peer).  Linux tells of a FIN too.
 */
#include "tcp/arrives.h"

#include "tcp/dialogue.h"
#include "tcp/life.h"

void dsack_forget(struct tcb *t)
{
	if (t->flow)
		t->flow->dsack_due = false;
}

void dsack_note(struct tcb *t, struct seq left, struct seq right)
{
	struct flow *f = t->flow;

	if (!t->sack_ok || !f || f->dsack_due || !seq_lt(left, right))
		return;
	f->dsack.left = left.u;
	f->dsack.right = right.u;
	f->dsack_due = true;
}

void dsack_note_old(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	const bool fin = tcp->tun.linux_acks && (seg->flags & FIN);
	const uint32_t len = seg->text_len + fin;
	const struct seq end = seq_add(seg->seq, len);

	dsack_forget(t);
	if (!t->sack_ok || len == 0 || !seq_lt(seg->seq, t->rcv.nxt) ||
	    !tcp_flow(tcp, t))
		return;
	if (unlikely(tcp->tun.linux_acks))
		dialogue_hurry(tcp, t);
	else if (!t->tally ||
		 seq_len(seg->seq, t->rcv.nxt) > t->tally->bytes_received)
		return;
	dsack_note(t, seg->seq, seq_min(end, t->rcv.nxt));
}

uint8_t dsack_take(struct flow *f, struct tcp_sack_block *out)
{
	if (!f->dsack_due)
		return 0;
	*out = f->dsack;
	f->dsack_due = false;
	return 1;
}
