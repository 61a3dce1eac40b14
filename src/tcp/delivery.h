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
	uint32_t sacked;     /* of these, those that were SACKed */
	uint32_t lost;	     /* taken for lost because of this ACK */
	uint64_t rtt_ns;     /* since the youngest of them left, if none of it
				was sent twice; 0: no sample */
	uint64_t sent_at;    /* when that was */
	/* The same of what may have been sent twice, but not for nothing; 0 if
	   there is none (RFC 8985 6.2 step 2). */
	uint64_t newest_at;
	struct seq newest_end;
	uint32_t ecr;		/* TSecr, with has_ecr */
	struct seq dsack_right; /* end of the D-SACK, with dsack */
	bool has_ecr : 1;
	bool advanced : 1; /* SND.UNA moved */
	bool original : 1; /* something sent once, and before `recover' */
	bool dsack : 1;	   /* a D-SACK that counts */
};

void delivery_begin(const struct tcb *t, struct delivery *d,
		    const struct segment *seg);

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
