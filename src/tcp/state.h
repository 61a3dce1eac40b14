/* SPDX-License-Identifier: ISC */
/*
 * state.h - the eleven states and the ways between them, RFC 9293 3.3.2
 */
#ifndef TERN_TCP_STATE_H
#define TERN_TCP_STATE_H

#include "tcp/tcb.h"
#include "tcp/tcp.h"

/* True if Figure 5, or a RST, an ABORT or a timeout, leads from one to the
 * other. */
bool state_edge(enum tcp_state from, enum tcp_state to);

/*
 * The one door for state (DESIGN 3, rule 8): checks the edge, tells the trace
 * hook, counts, and starts and stops the timers that belong to states.
 */
void tcp_set_state(struct tcp *tcp, struct tcb *t, enum tcp_state to);

/* The first state of a block that an entry of the SYN queue becomes; what led
 * there was told when the entry was made. */
void tcp_set_state_received(struct tcb *t);

/* TIME-WAIT goes on in an entry of its own, without this block. */
void tcp_set_state_gone(struct tcp *tcp, struct tcb *t);

/* Tells the trace hook of a change that no control block sees. */
void state_trace(struct tcp *tcp, const struct tern_tuple *tuple,
		 enum tcp_state from, enum tcp_state to);

/* ESTABLISHED and all that follow it (RFC 9293 3.5.2). */
static inline bool is_synchronized(const struct tcb *t)
{
	return t->state >= ESTABLISHED;
}

/* States in which the peer may still send text; RFC 7413 lets some of it in
 * before the third segment. */
static inline bool can_receive(const struct tcb *t)
{
	return t->state == ESTABLISHED || t->state == FIN_WAIT_1 ||
	       t->state == FIN_WAIT_2 ||
	       (t->state == SYN_RECEIVED &&
		(t->conn.fastopen & FASTOPEN_EARLY));
}

/* States in which the user may still SEND. */
static inline bool can_send(const struct tcb *t)
{
	return t->state == ESTABLISHED || t->state == CLOSE_WAIT;
}

#endif
