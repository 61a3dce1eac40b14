/* SPDX-License-Identifier: ISC */
/*
 * life.h - how control blocks come and go
 *
 * Nothing frees a control block in the middle of an event.  tcp_end() makes it
 * CLOSED; tcp_settle(), the last act of every event, gives it back if the user
 * has let go too, and otherwise puts it on the work list if it owes something
 * and sets its timer.
 */
#ifndef TERN_TCP_LIFE_H
#define TERN_TCP_LIFE_H

#include "tcp/tcb.h"
#include "tcp/tcp.h"

/* A block as tcp_create() makes it, but with the options of a listener. */
struct tcb *tcp_create_child(struct tcp *tcp, const struct listener *l);

/* The last act of every event; `t` may be gone afterwards. */
void tcp_settle(struct tcp *tcp, struct tcb *t);

/* The same after the user has read, who thereby changes nothing but the window:
 * nothing but an update of it is owed that is not on the work list yet. */
void tcp_settle_read(struct tcp *tcp, struct tcb *t);

/* The same after the user has written, so that there is text to look at. */
void tcp_settle_written(struct tcp *tcp, struct tcb *t);

/* The same after an output pass, which has paid all that was owed unless it was
 * cut short because frames ran out. */
void tcp_settle_output(struct tcp *tcp, struct tcb *t, bool cut_short);

/* Puts it on the work list of its interface. */
void tcp_queue_work(struct tcp *tcp, struct tcb *t);

/*
 * The connection is over: CLOSED, out of the table, timers off, port given
 * back.  `error` (-errno, or 0) waits for the user.
 */
void tcp_end(struct tcp *tcp, struct tcb *t, int error);

/* The same, but TIME-WAIT goes on in an entry of its own, which has taken its
 * place in the table already (timewait.c). */
void tcp_end_in_timewait(struct tcp *tcp, struct tcb *t);

/* Sends a RST, and ends the connection. */
void tcp_reset(struct tcp *tcp, struct tcb *t, int error);

/* The cold half, made if need be; NULL if there is no memory. */
struct flow *tcp_flow(struct tcp *tcp, struct tcb *t);

/*
 * When memory runs short (MEM_SHORT), lets text out of order go, of those first
 * that have held some longest: the peers still have it (RFC 2018 8).  Returns
 * false if that is not enough.
 */
bool flow_relieve(struct tcp *tcp);

/* Gives idle cold halves back; when to look again. */
void flow_advance(struct tcp *tcp);
uint64_t flow_deadline(const struct tcp *tcp);

/* Tells the user, if there is one. */
void tcp_notify(struct tcp *tcp, const struct tcb *t, uint32_t ready);

/* Tells the user of a watched connection what has moved. */
void tcp_moved(struct tcp *tcp, const struct tcb *t, enum tcp_moved what,
	       struct seq from, struct seq to);

/* Gives the connection its place in the port table back. */
void tcp_release_port(struct tcp *tcp, struct tcb *t);
unsigned int tcp_port_flags(const struct tcp_opts *o);

/* Traps if an invariant of the block is broken. */
void tcb_check(struct tcp *tcp, const struct tcb *t);

#endif
