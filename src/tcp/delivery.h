/* SPDX-License-Identifier: ISC */
/*
 * delivery.h - what one ACK delivers, and the records of what was sent
 *
 * Whoever has to know about segments of his own keeps it in struct sent; these
 * functions are where a connection makes, changes and ends such records.
 * Without a cold half there are none, and nothing is done.
 */
#ifndef TERN_TCP_DELIVERY_H
#define TERN_TCP_DELIVERY_H

#include "tcp/output.h"
#include "tcp/rate.h"
#include "tcp/tcb.h"
#include "tcp/tcp.h"

/* One ACK.  Begins with delivery_begin(). */
struct delivery {
	struct rate_sample rs;
	uint32_t prior_pipe; /* bytes in flight before this ACK */
	uint32_t acked;	     /* bytes by which SND.UNA advanced, SYN and FIN
				not */
	uint32_t bytes;	     /* acknowledged or SACKed for the first time */
	uint32_t lost;	     /* taken for lost because of this ACK */
	uint64_t rtt_ns;     /* since the youngest of them left, if none of it
				was sent twice; 0: no sample */
	uint64_t sent_at;    /* when that was */
};

void delivery_begin(const struct tcb *t, struct delivery *d);

/* Record `r`, or the first n bytes of it, has arrived. */
void delivery_of(struct tcp *tcp, struct tcb *t, struct delivery *d,
		 const struct sent *r, uint32_t n);

/* All records before `ack` have arrived, and end. */
void delivery_until(struct tcp *tcp, struct tcb *t, struct delivery *d,
		    struct seq ack);

/* The segment o is on its way, for the first time, or again.  To be called
 * before SND.NXT moves. */
void delivery_sent(struct tcp *tcp, struct tcb *t, const struct outseg *o);
void delivery_sent_again(struct tcp *tcp, struct tcb *t,
			 const struct outseg *o);

#endif
