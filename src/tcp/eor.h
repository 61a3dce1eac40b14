/* SPDX-License-Identifier: ISC */
/*
 * eor.h - MSG_EOR: where the user wants a segment to end
 *
 * A mark is the sequence number behind the last octet of such a SEND.  No
 * segment goes beyond it, the first time or again, and what stands in front of
 * one waits for no more text once there is text behind it.
 *
 * Marks go when they are acknowledged: kept, they would come to lie ahead again
 * when sequence numbers have gone half round.  t->eor says whether there are
 * any.
 */
#ifndef TERN_TCP_EOR_H
#define TERN_TCP_EOR_H

#include "tcp/tcb.h"

#define EOR_MARKS_MAX 4096 /* of a connection; more are passed over */

/*
 * The text queued last ends a segment, and has PSH there if `push`.  Without
 * memory the mark is passed over: a segment that joins two records is no harm.
 */
void eor_add(struct tcp *tcp, struct tcb *t, bool push);

/* Octets from `seq` to the first mark behind it, UINT32_MAX if there is none;
 * *push is set if that asks for PSH.  To be asked only if t->eor. */
uint32_t eor_next(const struct tcb *t, struct seq seq, bool *push);

/* SND.UNA has moved: forgets the marks that it has reached. */
void eor_acked(struct tcb *t);

/* Forgets all marks. */
void eor_free(struct tcp *tcp, struct tcb *t);

/* `len` octets from `seq`, cut at the first mark behind it. */
static inline uint32_t eor_limit(const struct tcb *t, struct seq seq,
				 uint32_t len)
{
	bool push;

	return unlikely(t->eor) ? min_u32(len, eor_next(t, seq, &push)) : len;
}

#endif
