/* SPDX-License-Identifier: ISC */
/*
 * accecn.h - More Accurate ECN feedback, RFC 9768: counters and their encoding
 *
 * Each end counts what arrives marked, and tells it in the three flags AE, CWR,
 * ECE of each segment (the ACE field), and in bytes in an option.  The names
 * are the RFC's: r.cep is a->r.cep, what was received, and s.cep what the peer
 * has said to have received.
 */
#ifndef TERN_TCP_ACCECN_H
#define TERN_TCP_ACCECN_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/seq.h"

struct tcp;
struct tcb;
struct segment;
struct tcp_options;

/* Packets marked CE; bytes of text marked CE, ECT(0), ECT(1).  Initial values
 * that are not 0 tell a counter from one that was wiped (3.2.1). */
struct accecn_counters {
	uint32_t cep, ceb, e0b, e1b;
};

/* In the cold half of a connection in AccECN mode, which is kept for it. */
struct accecn {
	struct accecn_counters r, s;
	struct accecn_counters told; /* r in the last option sent */

	uint8_t unsaid;	       /* CE marks since the last ACK */
	uint8_t handshake : 3; /* client: ACE of the ACK of SYN,ACK, or 0 */
	uint8_t syn_ecn : 2; /* the field of the SYN that our SYN,ACK answers */
	bool opening : 1;    /* server: the ACK of SYN,ACK is still to come */
	bool proven : 1;     /* ACE was seen not to be wiped */
	bool syn_ack_ce : 1; /* r.cep has counted SYN,ACK */
	bool option_in : 1;  /* the peer's options arrive */
	bool option_ignore : 1;	 /* ... but were seen to be wiped */
	uint8_t option_owed : 2; /* of the handshake and of the first text */
	bool option_first : 1;	 /* the first text carried one */
	bool option_off : 1;	 /* ... and was lost */
};

void accecn_init(struct accecn *a);

/* The codepoint of a SYN or SYN,ACK as the answer says it, Tables 2 and 3. */
uint8_t accecn_handshake_ace(uint8_t ip_ecn);

/* What the next segment says: the ACE field, 0 to 7.  `pure`: no text, no SACK
 * blocks; of those the first has the handshake encoding. */
uint8_t accecn_ace(struct tcb *t, bool pure);

/* Adds the option if it is due and `room` bytes are enough for it.  Returns the
 * bytes it takes. */
uint32_t accecn_option(const struct tcp *tcp, const struct tcb *t,
		       uint32_t room, struct tcp_options *o);
/* The text from `seq` on goes again: not with an option, and if it is the first
 * that had one, none will. */
void accecn_text_lost(struct tcb *t, struct seq seq);
/* That of a SYN,ACK, with all three counters as they begin. */
void accecn_option_initial(struct tcp_options *o);

/* A segment from `seq` on has gone: what it has told. */
void accecn_sent(struct tcb *t, const struct tcp_options *o, struct seq seq,
		 uint32_t text_len);

/* Data Receiver: a segment that is acceptable. */
void accecn_arrived(struct tcp *tcp, struct tcb *t, const struct segment *seg);

/*
 * Data Sender: reads what an ACK says; `acked` bytes of text are new in it.
 * Returns the bytes that arrived with CE, 0 if none or if that does not count.
 */
uint32_t accecn_feedback(struct tcb *t, const struct segment *seg,
			 uint32_t acked);

/* Client: a SYN,ACK has agreed; or one has come (again). */
void accecn_agreed(struct tcb *t, const struct segment *seg);
void accecn_syn_ack(struct tcb *t, const struct segment *seg);

#endif
