/* SPDX-License-Identifier: ISC */
/*
 * timeout.h - the timers of a connection, RFC 9293 3.10.8
 */
#ifndef TERN_TCP_TIMEOUT_H
#define TERN_TCP_TIMEOUT_H

#include "tcp/tcb.h"
#include "tcp/tcp.h"

/* What TCP_RTO_MAX_MS says of it, TERN_NEVER if nothing. */
uint64_t timer_longest_rto(const struct tcb *t);

/* (Re)starts the retransmission timer from now, with the present backoff. */
void timer_start_rexmit(struct tcp *tcp, struct tcb *t);
void timer_stop_rexmit(struct tcb *t);

/* The peer's window is closed and something waits (3.8.6.1). */
void timer_start_persist(struct tcp *tcp, struct tcb *t);

/* Text can wait for its acknowledgment: without a cold half there is none. */
void timer_start_delayed_ack(struct tcp *tcp, struct tcb *t);

static inline void timer_stop_delayed_ack(struct tcb *t)
{
	if (t->flow)
		t->flow->ack_at = TERN_NEVER;
}

static inline bool timer_delays_ack(const struct tcb *t)
{
	return t->flow && t->flow->ack_at != TERN_NEVER;
}

/* What MSG_MORE or TCP_CORK holds back goes when this expires. */
void timer_start_push(struct tcp *tcp, struct tcb *t);

void timer_start_keepalive(struct tcp *tcp, struct tcb *t);
void timer_start_fin_wait_2(struct tcp *tcp, struct tcb *t);
void timer_stop_all(struct tcp *tcp, struct tcb *t);

/* Tells the trace hook that a timer has expired. */
void timer_trace(struct tcp *tcp, const struct tern_tuple *tuple,
		 enum tern_tcp_timer which, uint32_t retries);

/* Starts or stops retransmission and persist timer as it must be, and moves the
 * connection's place in the wheel to its earliest deadline; or that alone. */
void timer_settle(struct tcp *tcp, struct tcb *t);
void timer_settle_wheel(struct tcp *tcp, struct tcb *t);

/* Fires what is due. */
void tcp_timeout(struct tcp *tcp, struct tcb *t);

/* The timer that expires next, and when, for the user. */
enum tern_tcp_timer timer_next(const struct tcb *t, uint64_t *at);

/* The user timeout in ns: what the user has set, or R2 (MUST-21). */
uint64_t timer_user_timeout(const struct tcp *tcp, const struct tcb *t);

#endif
