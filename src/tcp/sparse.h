/* SPDX-License-Identifier: ISC */
/*
 * sparse.h - very many connections that rarely speak
 *
 * Of a hundred thousand, most that have just spoken will not do so again before
 * the memory that they need has long left the cache.  To come back to such a
 * one 40 ms later, for an ACK that goes alone, and once more to take its cold
 * half, costs more than all it had to say.  So if there are as many as
 * `tern.tcp_crowd` says, and text comes after a long silence, then
 *
 *  - the ACK that had to go alone last time goes at once (RFC 9293 3.8.6.3
 *    wants it delayed, SHLD-18, so that text may carry it: none did), and
 *  - the cold half goes as soon as it is empty.
 *
 * Both are known of every connection, and done in a crowd only; not as Linux
 * does, whose ACKs wait by what the cold half has learnt (dialogue.c).
 */
#ifndef TERN_TCP_SPARSE_H
#define TERN_TCP_SPARSE_H

#include "tcp/tcb.h"
#include "tcp/timeout.h"

#define SPARSE_NS (40 * TERN_MS)

/* Text has come; the one before at `last_at`. */
static inline void sparse_text_in(const struct tcp *tcp, struct tcb *t,
				  uint64_t last_at)
{
	t->sparse = tcp->env->now - last_at >= SPARSE_NS;
}

/* The ACK that waited goes alone. */
static inline void sparse_waited(struct tcb *t)
{
	t->lone_ack = true;
}

/* Text is sent, and if an ACK was owed, carries it. */
static inline void sparse_text_out(struct tcb *t)
{
	if (unlikely(t->lone_ack) && (t->ack_now || timer_delays_ack(t)))
		t->lone_ack = false;
}

static inline bool sparse_is(const struct tcp *tcp, const struct tcb *t)
{
	return t->sparse && map_count(&tcp->conns) >= tcp->tun.crowd &&
	       !tcp->tun.linux_acks;
}

/* Nothing would come to carry the ACK. */
static inline bool sparse_acks(const struct tcp *tcp, const struct tcb *t)
{
	return t->lone_ack && sparse_is(tcp, t);
}

#endif
