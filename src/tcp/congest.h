/* SPDX-License-Identifier: ISC */
/*
 * congest.h - how a connection calls its congestion control
 *
 * Loss detection, repair, ECN and output call these; which algorithm answers
 * they need not know.  All need the cold half, t->flow, but say nothing if
 * there is none.
 */
#ifndef TERN_TCP_CONGEST_H
#define TERN_TCP_CONGEST_H

#include "tcp/cc.h"
#include "tcp/tcb.h"
#include "tcp/tcp.h"

/* The cold half was made, and is all zero.  Or it begins anew: the windows were
 * not known then, or the user has chosen another algorithm. */
void congest_begin(struct tcp *tcp, struct tcb *t);
void congest_again(struct tcp *tcp, struct tcb *t);

/* The cold half is about to go: what was learnt of the path is kept for the
 * next one. */
void congest_save(struct tcb *t);

/*
 * An ACK delivered or marked something.  The caller sets rs, acked, delivered,
 * lost, prior_inflight, marked, rtt_us and in_recovery (as it was before the
 * ACK); the rest is filled in here.  To
 * be called after repair has settled its state, in every state of repair.
 */
void congest_on_ack(struct tcp *tcp, struct tcb *t, struct cc_ack *a);

/* The same for an ACK of all that was in flight, `len` bytes, of which nothing
 * was lost, sent again or marked.  Returns false if it takes a congest_on_ack()
 * all the same.  There must be a flow. */
bool congest_on_unused(struct tcp *tcp, struct tcb *t, uint32_t len);

/* A congestion event begins; `flight` is FlightSize: all that was sent and not
 * acknowledged, less what limited transmit added.  Sets ssthresh. */
void congest_on_loss(struct tcp *tcp, struct tcb *t, uint32_t flight);

/* The peer says that the network marks (ECE), the first time in a window of
 * data.  Sets ssthresh and cwnd. */
void congest_on_ecn(struct tcp *tcp, struct tcb *t, uint32_t flight);

/* The retransmission timer has expired, `again` for the same segment. */
void congest_on_rto(struct tcp *tcp, struct tcb *t, uint32_t flight,
		    bool again);

/* `len` bytes stamped `p` are taken for lost.  Counts them in flow->rate. */
void congest_on_lost(struct tcp *tcp, struct tcb *t, const struct rate_stamp *p,
		     uint32_t len);

/* Fast recovery, or repair after a timeout, is over: all has arrived. */
void congest_on_recovered(struct tcp *tcp, struct tcb *t);

/* The last congestion event was none. */
void congest_on_undo(struct tcp *tcp, struct tcb *t, uint32_t prior_cwnd,
		     uint32_t prior_ssthresh);

/* Text is about to go, and nothing is in flight. */
void congest_on_start(struct tcp *tcp, struct tcb *t);

/* The user is about to send: has he let the pipe run dry?  (4.1.2.4 of
 * draft-ietf-ccwg-bbr.) */
void congest_on_write(struct tcb *t);

/* All has been sent that may be: is it the peer's window that stops it?  Then
 * what is delivered shows no more of the path than with an idle user. */
void congest_on_blocked(struct tcb *t);

/* True if repair must leave cwnd to the algorithm. */
bool congest_owns_cwnd(const struct tcb *t);

#endif
