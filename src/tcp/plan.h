/* SPDX-License-Identifier: ISC */
/*
 * plan.h - which segment with text, SYN or FIN may be sent now
 */
#ifndef TERN_TCP_PLAN_H
#define TERN_TCP_PLAN_H

#include "tcp/output.h"
#include "tcp/tcb.h"

/*
 * Finds the next one.  `max_len`: bytes of text that one frame of the link may
 * carry: at least t->mss, or less if this one has to make room for
 * options.  Returns false if there is none.  Changes nothing.
 */
bool plan_next(const struct tcb *t, uint32_t max_len, struct outseg *o);

/* RFC 5681's FlightSize, less what SACK or a timeout has taken out of it and
 * has not been sent again. */
uint32_t plan_pipe_marked(const struct tcb *t);

static inline uint32_t plan_pipe(const struct tcb *t)
{
	if (t->recovery == RECOVERY_OPEN &&
	    !(t->flow && sentq_is_marked(&t->flow->sent)))
		return tcp_flight(t);
	return plan_pipe_marked(t);
}

/* Bytes of new text that cwnd, and the peer's window, have room for. */
uint32_t plan_cwnd_room(const struct tcb *t);
uint32_t plan_window_room(const struct tcb *t);

/* May a segment that is not full and is the last of the queue go? */
bool plan_may_send_tail(const struct tcb *t);

/* True if it is cwnd that keeps what is queued back. */
bool plan_cwnd_blocked(const struct tcb *t);

/* Slow start goes on, too, for who fills half of cwnd. */
static inline bool plan_fills_half(const struct tcb *t)
{
	return t->cc.cwnd < t->cc.ssthresh &&
	       2 * (uint64_t)tcp_flight(t) >= t->cc.cwnd;
}

#endif
