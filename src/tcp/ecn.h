/* SPDX-License-Identifier: ISC */
/*
 * ecn.h - Explicit Congestion Notification, RFC 3168, and the choice between it
 * and RFC 9768
 *
 * A connection is in one of three modes from the handshake on: without ECN,
 * classic, accurate (accecn.h).  What is known stands in conn.flags of the
 * control block; in SYN-SENT the mode is that which the SYN asks for.
 */
#ifndef TERN_TCP_ECN_H
#define TERN_TCP_ECN_H

#include "tcp/tcb.h"
#include "tcp/tcp.h"

/* The IP header's field, RFC 3168 5. */
enum ecn_codepoint {
	ECN_NOT_ECT = 0,
	ECN_ECT_1 = 1,
	ECN_ECT_0 = 2,
	ECN_CE = 3,
};
#define ECN_FIELD 3 /* of the TOS octet */

/* The three flags as one number, RFC 9768 3.2.2. */
#define ECN_FLAGS     (AE | CWR | ECE)
#define ECN_ACE_SHIFT 6

enum ecn_mode {
	ECN_MODE_NONE = 0,
	ECN_MODE_CLASSIC = 1,
	ECN_MODE_ACCURATE = 2,
};

/* conn.flags of a control block. */
enum ecn_flag {
	ECN_CLASSIC = ECN_MODE_CLASSIC,
	ECN_ACCURATE = ECN_MODE_ACCURATE,
	ECN_ECHO = 4,	  /* classic: ECE on every ACK */
	ECN_CWR_OWED = 8, /* classic: CWR on the next new text */
	ECN_SEEN = 16,	  /* a packet has arrived that was ECN-capable */
	ECN_NO_ECT = 32,  /* ours are not to be: the path spoils the field */
	ECN_CE_LAST = 64, /* the last packet came with CE */
	ECN_DEAF = 128,	  /* what the peer says of marks does not count */
};

static inline enum ecn_mode ecn_mode_of(const struct tcb *t)
{
	return (enum ecn_mode)(t->conn.flags & (ECN_CLASSIC | ECN_ACCURATE));
}

static inline uint8_t ecn_codepoint_of(const struct segment *seg)
{
	return seg->tos & ECN_FIELD;
}

/* ---- the handshake */

/* Before the SYN of an active OPEN: what it will ask for. */
void ecn_open(struct tcp *tcp, struct tcb *t);

/* The flags of a SYN, and of a SYN,ACK, of this block. */
uint16_t ecn_syn_flags(const struct tcp *tcp, struct tcb *t);
uint16_t ecn_own_syn_ack_flags(const struct tcb *t);

/* The SYN,ACK has come, or the peer's SYN has crossed ours.  To be called when
 * the state is still SYN-SENT; and after established_init(). */
void ecn_agree(struct tcp *tcp, struct tcb *t, const struct segment *seg);
void ecn_established(struct tcp *tcp, struct tcb *t, const struct segment *seg);

/* What a listener agrees to when this SYN comes. */
enum ecn_mode ecn_accept(const struct tcp *tcp, const struct tcp_opts *o,
			 const struct segment *syn);

/* True if the SYN asks for another kind of ECN than the first one did, which
 * ends the attempt (RFC 9768 3.1.5). */
bool ecn_contradicts(const struct tcp *tcp, enum ecn_mode mode,
		     const struct segment *syn);

/* The flags of a SYN,ACK without a control block; ip_ecn: of the last SYN. */
uint16_t ecn_syn_ack_flags(enum ecn_mode mode, uint8_t ip_ecn);

/* A passive OPEN's block begins in this mode.  Returns false if there is no
 * memory. */
TERN_CHECK bool ecn_adopt(struct tcp *tcp, struct tcb *t, enum ecn_mode mode);

/* ---- segments */

/* A segment that fast.c may deal with, as far as ECN goes. */
static inline bool ecn_predicted(const struct tcb *t, const struct segment *seg)
{
	const uint8_t ip_ecn = ecn_codepoint_of(seg);

	if (t->conn.flags & (ECN_ACCURATE | ECN_CE_LAST))
		return false;
	return ip_ecn == ECN_NOT_ECT ||
	       (ip_ecn != ECN_CE && (t->conn.flags & ECN_SEEN));
}

/* Data Receiver: a segment that has passed the checks of step five. */
void ecn_arrived(struct tcp *tcp, struct tcb *t, const struct segment *seg);

/* A SYN for a connection that is beyond it. */
void ecn_syn_again(struct tcb *t, const struct segment *seg);

/* Data Sender: around what an ACK does: reads it; and answers to it. */
void ecn_feedback(struct tcb *t, const struct segment *seg);
void ecn_respond(struct tcp *tcp, struct tcb *t, const struct segment *seg);

/* cwnd was reduced for whatever reason: the peer is told. */
static inline void ecn_reduced(struct tcb *t)
{
	if (t->conn.flags & ECN_CLASSIC)
		t->conn.flags |= ECN_CWR_OWED;
}

/* RFC 9768 3.2.2.1: SYN,ACK is acknowledged by a segment without text, which
 * alone can say how it came. */
static inline bool ecn_wants_ack_first(const struct tcb *t)
{
	return ecn_mode_of(t) == ECN_MODE_ACCURATE && t->ack_now &&
	       t->flow->accecn.handshake && t->state == ESTABLISHED;
}

/* The TOS octet of a segment, and the flags that it carries. */
uint8_t ecn_tos(const struct tcb *t, bool new_text);
uint16_t ecn_flags(struct tcb *t, bool new_text, bool pure);

#endif
