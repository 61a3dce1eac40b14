/* SPDX-License-Identifier: ISC */
/*
 * pace.h - how fast a connection's text may leave: earliest departure times
 *
 * Paced are text and what is sent again; never ACKs, probes, SYN and FIN.
 */
#ifndef TERN_TCP_PACE_H
#define TERN_TCP_PACE_H

#include "tcp/tcb.h"
#include "tcp/tcp.h"

/* Bytes a second, 0 if the connection is not paced. */
uint64_t pace_rate(const struct tcp *tcp, const struct tcb *t);

/* What the window makes of a round trip, 0 if no round trip is known. */
uint64_t pace_window_rate(const struct tcp *tcp, const struct tcb *t);

/*
 * Bytes of text that may leave now; UINT32_MAX if the connection is not paced.
 * Something that is more than what is left may still be begun: a budget is
 * used up when it is 0.
 */
uint32_t pace_budget(const struct tcp *tcp, const struct tcb *t);

/* `len` bytes of text have left. */
void pace_on_sent(const struct tcp *tcp, struct tcb *t, uint32_t len);

/* By how much departures were late at most, up to 5 ms, in the last 5 to 10 s
 * in which there were any.  The connection has a cold half. */
uint32_t pace_lateness_ns(const struct tcb *t);

/* Sets flow->pace_at: when text that is held back may go, or TERN_NEVER.  To be
 * called before anybody asks pace_holds(). */
void pace_settle(const struct tcp *tcp, struct tcb *t);

/* True if it has been paced before. */
static inline bool pace_is_on(const struct tcb *t)
{
	return t->flow && t->flow->pace_next != 0;
}

/* True if text could go, but for its departure time. */
static inline bool pace_holds(const struct tcb *t)
{
	return t->flow && t->flow->pace_at != TERN_NEVER;
}

#endif
