/* SPDX-License-Identifier: ISC */
/*
 * ahead.h - memory that is asked for before it is needed
 *
 * A segment, or a call, touches most lines of both halves of a control block.
 * Among many it would wait for each in turn, so all are asked for at once, and
 * for several connections together; those of a few are in the cache anyway.
 */
#ifndef TERN_TCP_AHEAD_H
#define TERN_TCP_AHEAD_H

#include "tcp/tcb.h"

#define FLOWS_IN_CACHE 256
#define CONNS_IN_CACHE 1024

static inline bool tcp_is_crowded(const struct tcp *tcp)
{
	return pool_count(&tcp->flows) > FLOWS_IN_CACHE;
}

/* More connections than are in the cache with their places in the table?
 * Little comes to those in TIME-WAIT. */
static inline bool tcp_has_many(const struct tcp *tcp)
{
	return tcp_is_crowded(tcp) ||
	       map_count(&tcp->conns) - pool_count(&tcp->timewaits) >
		       CONNS_IN_CACHE;
}

static inline void tcb_prefetch_flow(const struct tcb *t)
{
	if (t->flow)
		prefetch_object(t->flow, FLOW_USUAL);
	if (t->tally)
		prefetch_object(t->tally,
				t->flow ? TALLY_USUAL : sizeof(*t->tally));
}

/* With a cold half: what its timers need; of the first of a series of timeouts
 * the algorithm is told. */
static inline void tcb_prefetch_timers(const struct tcb *t)
{
	const struct flow *f = t->flow;

	prefetch_object(&f->mtu, FLOW_TIMERS);
	prefetch(&t->tally->rto_since);
	if (t->recovery != RECOVERY_LOSS)
		prefetch_object(f->cc.priv, CC_OF_RTO);
}

/* One that is to be looked at next. */
static inline void tcb_prefetch(const struct tcp *tcp, const struct tcb *t)
{
	if (!tcp_is_crowded(tcp))
		return;
	prefetch_object(t, sizeof(*t));
	tcb_prefetch_flow(t);
}

/* Several; `n` is at most TCP_AHEAD_MAX. */
#define TCP_AHEAD_MAX 64
void tcp_prefetch(const struct tcp *tcp, struct tcb *const *t, int n);

/* Those for which segments have come, by the hashes of their tuples; at most
 * TCP_AHEAD_MAX. */
void tcp_prefetch_hashed(const struct tcp *tcp, const uint32_t *hash, int n);

/* A work list on which timers have put many: asks for the text of the first
 * TCP_WORK_AHEAD, and for the queues of as many behind them, which come the
 * next time. */
#define TCP_WORK_AHEAD 8
void tcp_prefetch_work(const struct list *work);

#endif
