/* SPDX-License-Identifier: ISC */
/*
 * burst.h - how much new text goes at a time, as a stack with TSO would cut it
 */
#ifndef TERN_TCP_BURST_H
#define TERN_TCP_BURST_H

#include "tcp/tcb.h"
#include "tcp/tcp.h"

/*
 * To be called before new text is planned: a burst begins at SND.NXT, unless
 * one goes on or the text should wait for more room (burst_holds()).
 */
void burst_begin(const struct tcp *tcp, struct tcb *t);

/* True if a burst of several segments ends at `end`, or a mark is there. */
static inline bool burst_ends_at(const struct tcb *t, struct seq end)
{
	const struct flow *f = t->flow;

	return f && f->burst.on &&
	       (seq_eq(f->burst.end, end) || seq_eq(f->burst.mark, end));
}

/* True if there is a mark at the end of this text, and a burst. */
static inline bool burst_mark_at(const struct tcb *t, struct seq seq,
				 uint32_t len)
{
	return seq_eq(t->flow->burst.mark, seq_add(seq, len));
}

/* True if new text waits, as long as no more than `room` is left for it. */
static inline bool burst_holds(const struct tcb *t, uint32_t room)
{
	return t->flow && t->flow->burst.held_room > 0 &&
	       room <= t->flow->burst.held_room;
}

#endif
