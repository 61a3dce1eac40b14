/* SPDX-License-Identifier: ISC */
/*
 * timewait.h - TIME-WAIT, RFC 9293 3.6.1, in 64 bytes
 *
 * What is left of a connection that this end closed first: enough to
 * acknowledge the peer's FIN again should our last ACK be lost, to keep old
 * segments from a new connection, and to let a new one begin when that is safe
 * (RFC 6191).
 */
#ifndef TERN_TCP_TIMEWAIT_H
#define TERN_TCP_TIMEWAIT_H

#include "tcp/conn.h"
#include "tcp/tcb.h"

/* conn.flags: one bit, four, and three. */
#define TIMEWAIT_TS	    1 /* timestamps were in use */
#define TIMEWAIT_PORT_SHIFT 1 /* enum port_flag of its port */
#define TIMEWAIT_PORT_MASK  15U
#define TIMEWAIT_BARE_SHIFT 5 /* bare ACKs that were answered */
#define TIMEWAIT_BARE_MAX   7

struct timewait {
	struct conn conn;  /* flags: as above; wnd_raw */
	struct list queue; /* on tcp->time_waits, oldest first */
	struct seq snd_nxt, rcv_nxt;
	uint32_t ts_recent;
	uint32_t since_ms; /* when 2 MSL began, on the millisecond clock */
};

/*
 * Enters TIME-WAIT: an entry takes the place of the control block, which is
 * CLOSED afterwards.  Without memory the connection just ends (counted).
 */
void timewait_enter(struct tcp *tcp, struct tcb *t);

void timewait_arrives(struct tcp *tcp, struct timewait *w, struct segment *seg,
		      const struct tern_tuple *tuple);

/* Ends those whose 2 MSL are over; when the next one ends. */
void timewait_advance(struct tcp *tcp);
uint64_t timewait_deadline(const struct tcp *tcp);

/* Milliseconds that are left of it, negative if it is over. */
int32_t timewait_left_ms(const struct tcp *tcp, const struct timewait *w);

/*
 * True if connect() may take the tuple over now (tcp_tw_reuse, RFC 6191 with
 * timestamps, at least a second old).
 */
bool timewait_reusable(const struct tcp *tcp, const struct timewait *w);

/* Ends the one of this tuple, if it is still there: a new connection has come
 * of the SYN that it let in. */
void timewait_recycle(struct tcp *tcp, const struct tern_tuple *tuple);

/* Ends it at once. */
void timewait_drop(struct tcp *tcp, struct timewait *w);

#endif
