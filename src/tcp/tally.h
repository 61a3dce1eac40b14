/* SPDX-License-Identifier: ISC */
/*
 * tally.h - what a connection has done since it began, for TCP_INFO
 *
 * It begins with the first cold half, and outlives those: a connection that has
 * never carried text has none.
 */
#ifndef TERN_TCP_TALLY_H
#define TERN_TCP_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tern/types.h>

#include "tcp/cc.h"
#include "tcp/rtt.h"

struct rate_sample;
struct segment;
struct tcb;
struct tcp;

/* What sending waits for, while something is queued. */
enum tally_wait {
	TALLY_IDLE,   /* nothing is queued */
	TALLY_BUSY,   /* for the network: cwnd, or acknowledgments */
	TALLY_RWND,   /* for the peer's window */
	TALLY_SNDBUF, /* for room in the send buffer */
	TALLY_WAITS,
};

/* What is counted with every segment comes first. */
struct tally {
	uint64_t bytes_acked, bytes_received; /* text, each octet once */
	uint64_t delivered;   /* bytes acknowledged or SACKed, each once */
	uint64_t rate;	      /* bytes a second, as the last ACK showed */
	uint64_t text_at;     /* when text arrived last */
	uint64_t sent_at;     /* ... and was sent, or could be first */
	uint64_t wait_at;     /* since when it waits for the present */
	uint64_t rto_since;   /* the present series of timeouts began, or 0 */
	uint32_t n_delivered; /* segments */
	uint32_t text_in;     /* segments with text */
	uint32_t text_out;
	uint8_t wait; /* enum tally_wait */
	bool rate_app_limited;
	uint8_t memo_of;	      /* whose `memo` is: number and 1, or 0 */
	struct rtt_window rtt_window; /* of tcb.rtt.min_us */
	uint64_t wait_ns[TALLY_WAITS];

	struct cc_memo memo;  /* congest.c */
	uint64_t bytes_again; /* of text, sent once more */
	uint64_t delivered_ce;
	uint64_t opened_at; /* the connection is ESTABLISHED */
	uint32_t ooo_in;    /* of text_in, out of order */
	uint32_t dsacks;    /* D-SACKs that counted */
	uint32_t reordered; /* times that text was seen to overtake other */
	uint32_t rto_ms;    /* time in timeouts, all in all */
	uint16_t n_rto;
	uint16_t n_rto_series;
};

/* As long as nothing is lost and the cold half is there. */
#define TALLY_USUAL offsetof(struct tally, wait_ns[TALLY_RWND])

/* The cold half has just been made.  Returns false if there is no memory. */
TERN_CHECK bool tally_begin(struct tcp *tcp, struct tcb *t);

/* The control block goes. */
void tally_free(struct tcp *tcp, struct tcb *t);

/* Accounts for the time since the last call; to be called by tcp_settle(). */
void tally_settle(const struct tcp *tcp, struct tcb *t);

/* ... when something is queued, and all of it has been sent. */
void tally_settle_sent(const struct tcp *tcp, struct tcb *t);

/* The time spent so far, also in the present state. */
uint64_t tally_waited(const struct tcp *tcp, const struct tcb *t,
		      enum tally_wait w);

/* Octets of text that were acknowledged. */
uint64_t tally_acked(const struct tcb *t);

/* An ACK: its sample of the rate, and bytes of it that came with CE.  There is
 * a flow. */
void tally_acked_more(struct tcb *t, const struct rate_sample *rs,
		      uint32_t marked);

/* Text has left, or arrived. */
void tally_text_out(struct tcb *t, uint32_t len);
void tally_text_in(const struct tcp *tcp, struct tcb *t,
		   const struct segment *seg);

/* The retransmission timer expired; and it was acknowledged at last. */
void tally_timeout(const struct tcp *tcp, struct tcb *t);
void tally_recovered(const struct tcp *tcp, struct tcb *t);

#endif
