/* SPDX-License-Identifier: ISC */
/*
 * synq.h - the SYN queue: connections in SYN-RECEIVED that a SYN to a listener
 * began, 96 bytes each
 *
 * An entry becomes a control block when the third segment comes and the accept
 * queue has room.  Until then it retransmits its SYN,ACK, and gives up after
 * tcp_synack_retries.
 */
#ifndef TERN_TCP_SYNQ_H
#define TERN_TCP_SYNQ_H

#include "base/wheel.h"
#include "tcp/conn.h"
#include "tcp/fastopen_cookie.h"
#include "tcp/listener.h"
#include "tcp/tcb.h"

enum synq_flag {
	SYNQ_TS = 1,
	SYNQ_SACK = 2,
	SYNQ_WSCALE = 4,
	SYNQ_ACKED = 8,	  /* the third segment came, but could not be used */
	SYNQ_REXMIT = 16, /* the SYN,ACK was sent more than once */
	SYNQ_LOST_TWICE = 64, /* ... more than twice by its timer */
	SYNQ_NO_ECT = 128, /* a SYN or SYN,ACK went without the flags of ECN */
	SYNQ_REOPENS = 32, /* a TIME-WAIT, which is there until this succeeds */
};

struct synq_entry {
	struct conn conn;	 /* flags: enum synq_flag */
	struct wheel_node wheel; /* next retransmission of the SYN,ACK */
	struct listener *l;
	struct list queue; /* on l->syn */
	struct seq irs, iss;
	uint32_t ts_recent;
	uint16_t mss;		/* of the peer's option, or the default */
	uint8_t snd_wscale : 4; /* what the SYN said */
	uint8_t ecn_mode : 2;	/* enum ecn_mode */
	uint8_t syn_ecn : 2;	/* codepoint of the last SYN, for RFC 9768 */
	uint8_t retries;
};

/* What the handshake agreed on, from an entry or from a cookie. */
struct synq_agreed {
	struct tern_tuple tuple;
	uint32_t hash; /* of it, demux_hash() */
	struct seq irs, iss;
	uint64_t sent_at; /* of the SYN,ACK, unless it was sent again */
	uint32_t ts_offset, ts_recent;
	uint16_t mss;
	uint8_t snd_wscale, rcv_wscale;
	uint8_t flags; /* enum synq_flag */
	uint8_t ecn_mode, syn_ecn;
	uint16_t n_rexmit; /* SYN,ACKs that went again */
	/* RFC 7413: the cookie that a first SYN,ACK brings. */
	uint8_t fo_len;
	bool fo_experiment;
	uint8_t fo[FASTOPEN_COOKIE_LEN];
};

/*
 * A SYN that arrived for a listener: makes an entry and answers, or sends a
 * cookie, or drops.  `iss_floor`: the ISS must be beyond it (a TIME-WAIT that
 * is reopened; then there is no cookie, whose ISS cannot be chosen), or NULL.
 */
void synq_open(struct tcp *tcp, struct listener *l, struct segment *seg,
	       const struct tern_tuple *tuple, const struct seq *iss_floor);

/* A segment for an entry, RFC 9293 3.10.7.4 as far as SYN-RECEIVED. */
void synq_arrives(struct tcp *tcp, struct synq_entry *e, struct segment *seg);

/* The retransmission timer of an entry. */
void synq_timeout(struct tcp *tcp, struct synq_entry *e);

/* The attempt that an entry stands for has failed: back to LISTEN, counted and
 * traced. */
void synq_fail(struct tcp *tcp, struct synq_entry *e);

/* Takes an entry out of all queues and gives it back. */
void synq_drop(struct tcp *tcp, struct synq_entry *e);

/* Takes one out of its queue only: a control block has its place in the table,
 * and its memory is the caller's. */
void synq_leave(struct tcp *tcp, struct synq_entry *e);

/*
 * Makes the control block, in SYN-RECEIVED, of a handshake that is complete,
 * and puts it into the table and l's accept queue.  `from` is the entry that
 * it takes the place of, and that goes, or NULL if there was only a cookie.
 * Returns NULL if there is no memory (counted).
 */
struct tcb *synq_make_tcb(struct tcp *tcp, struct listener *l,
			  const struct synq_agreed *a, struct synq_entry *from);

#endif
