/* SPDX-License-Identifier: ISC */
/*
 * ecn.c - Explicit Congestion Notification: RFC 3168 6.1, RFC 8257 3.2, and
 * which kind is spoken, RFC 9768 3.1
 *
 *	       SYN          SYN,ACK
 *	AE CWR ECE       AE CWR ECE
 *	 0  1  1 ------->  0  0  1    classic
 *	 1  1  1 ------->  how the SYN came (010, 011, 100, 110): accurate
 *	 0  0  0 ------->  0  0  0    none
 *
 * Only text that is new is sent as ECN-capable: not SYN, pure ACKs, probes and
 * retransmissions (6.1.1, 6.1.4 to 6.1.6).  A mark is answered as a loss would
 * be, once a window of data; cc says by how much.
 *
 * DEPARTS RFC 3168 6.1.2: cwnd never falls to one segment for a mark, so there
 * is no case in which the sender would have to wait for its timer.
 */
#include "tcp/ecn.h"

#include "tcp/arrives.h"
#include "tcp/congest.h"
#include "tcp/life.h"
#include "tcp/output.h"
#include "tcp/timeout.h"

/* tcp_ecn, as on Linux: what is accepted, and what is asked for. */
static enum ecn_mode accepts(const struct tcp *tcp, const struct tcp_opts *o)
{
	if (tcp->tun.ecn >= 3)
		return ECN_MODE_ACCURATE;
	if (tcp->tun.ecn > 0 || cc_at(o->cc)->wants_ecn)
		return ECN_MODE_CLASSIC;
	return ECN_MODE_NONE;
}

static enum ecn_mode asks(const struct tcp *tcp, const struct tcp_opts *o)
{
	if (tcp->tun.ecn == 3)
		return ECN_MODE_ACCURATE;
	if (tcp->tun.ecn == 1 || tcp->tun.ecn == 4 || cc_at(o->cc)->wants_ecn)
		return ECN_MODE_CLASSIC;
	return ECN_MODE_NONE;
}

static void set_mode(struct tcb *t, enum ecn_mode mode)
{
	t->conn.flags &= (uint8_t) ~(ECN_CLASSIC | ECN_ACCURATE);
	t->conn.flags |= (uint8_t)mode;
	if (t->flow && mode != ECN_MODE_ACCURATE)
		t->flow->kept &= (uint8_t)~FLOW_KEPT_ECN;
}

/* The counters need a place that stays. */
static bool begin_accurate(struct tcp *tcp, struct tcb *t)
{
	struct flow *f = tcp_flow(tcp, t);

	if (!f)
		return false;
	f->kept |= FLOW_KEPT_ECN;
	accecn_init(&f->accecn);
	set_mode(t, ECN_MODE_ACCURATE);
	return true;
}

/* -------------------------------------------------------------- handshake */

void ecn_open(struct tcp *tcp, struct tcb *t)
{
	const enum ecn_mode mode = asks(tcp, t->opts);

	t->conn.flags = 0;
	if (mode == ECN_MODE_ACCURATE)
		(void)begin_accurate(tcp, t);
	else
		set_mode(t, mode);
}

uint16_t ecn_syn_ack_flags(enum ecn_mode mode, uint8_t ip_ecn)
{
	switch (mode) {
	case ECN_MODE_NONE:
		break;
	case ECN_MODE_CLASSIC:
		return ECE;
	case ECN_MODE_ACCURATE:
		return (uint16_t)(accecn_handshake_ace(ip_ecn)
				  << ECN_ACE_SHIFT);
	}
	return 0;
}

/*
 * A path may throw such a SYN away: what goes again asks for nothing (RFC 3168
 * 6.1.1.1), and then there is no ECN.  An accurate one is tried twice, and what
 * comes of either SYN counts (RFC 9768 3.1.4.1).
 */
uint16_t ecn_syn_flags(const struct tcp *tcp, struct tcb *t)
{
	const bool fallback = tcp->tun.ecn_fallback;

	switch (ecn_mode_of(t)) {
	case ECN_MODE_NONE:
		break;
	case ECN_MODE_CLASSIC:
		if (!t->syn_rexmitted || !fallback)
			return CWR | ECE;
		set_mode(t, ECN_MODE_NONE);
		break;
	case ECN_MODE_ACCURATE:
		if (!t->syn_lost_twice || !fallback)
			return AE | CWR | ECE;
		break;
	}
	return 0;
}

/* Our own SYN,ACK, when the block was there before the third segment. */
uint16_t ecn_own_syn_ack_flags(const struct tcb *t)
{
	const uint8_t ip_ecn =
		t->flow ? t->flow->accecn.syn_ecn : (uint8_t)ECN_NOT_ECT;

	if (t->syn_lost_twice && ecn_mode_of(t) == ECN_MODE_ACCURATE)
		return 0;
	return ecn_syn_ack_flags(ecn_mode_of(t), ip_ecn);
}

enum ecn_mode ecn_accept(const struct tcp *tcp, const struct tcp_opts *o,
			 const struct segment *syn)
{
	const uint16_t asked = syn->flags & ECN_FLAGS;
	const enum ecn_mode most = accepts(tcp, o);

	if (asked == 0)
		return ECN_MODE_NONE;
	/* 3.1.3: any combination but that of RFC 3168. */
	if (most == ECN_MODE_ACCURATE && asked != (CWR | ECE))
		return ECN_MODE_ACCURATE;
	if (most == ECN_MODE_NONE || (asked & (CWR | ECE)) != (CWR | ECE))
		return ECN_MODE_NONE;
	/* 6.1.1: a SYN is not ECN-capable; where one comes so, something on the
	 * path writes into the field. */
	if (ecn_codepoint_of(syn) != ECN_NOT_ECT)
		return ECN_MODE_NONE;
	return ECN_MODE_CLASSIC;
}

bool ecn_contradicts(const struct tcp *tcp, enum ecn_mode mode,
		     const struct segment *syn)
{
	const uint16_t asked = syn->flags & ECN_FLAGS;

	if (tcp->tun.ecn < 3)
		return false;
	if (mode == ECN_MODE_ACCURATE)
		return asked == (CWR | ECE);
	return mode == ECN_MODE_CLASSIC && asked == (AE | CWR | ECE);
}

bool ecn_adopt(struct tcp *tcp, struct tcb *t, enum ecn_mode mode)
{
	if (mode != ECN_MODE_ACCURATE) {
		set_mode(t, mode);
		return true;
	}
	if (!begin_accurate(tcp, t))
		return false;
	t->flow->accecn.opening = true;
	return true;
}

/* Table 2, from the side of who asked. */
static void agree_accurate(struct tcb *t, const struct segment *seg)
{
	switch ((seg->flags & ECN_FLAGS) >> ECN_ACE_SHIFT) {
	case 0: /* no ECN */
	case 7: /* a broken server reflects the flags */
		set_mode(t, ECN_MODE_NONE);
		return;
	case 1:
		set_mode(t, ECN_MODE_CLASSIC);
		return;
	}
	accecn_agreed(t, seg);
}

/* "The same feedback mode as it would have entered had it been a responding
 * host." */
static void agree_crossed(struct tcp *tcp, struct tcb *t,
			  const struct segment *seg)
{
	const enum ecn_mode mode = ecn_accept(tcp, t->opts, seg);

	set_mode(t, ECN_MODE_NONE);
	if (!ecn_adopt(tcp, t, mode))
		return;
	if (mode == ECN_MODE_ACCURATE)
		t->flow->accecn.syn_ecn = ecn_codepoint_of(seg) & 3U;
}

void ecn_agree(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	if (!(seg->flags & ACK)) {
		agree_crossed(tcp, t, seg);
		return;
	}
	switch (ecn_mode_of(t)) {
	case ECN_MODE_NONE:
		return;
	case ECN_MODE_CLASSIC:
		if ((seg->flags & (CWR | ECE)) != ECE)
			set_mode(t, ECN_MODE_NONE);
		return;
	case ECN_MODE_ACCURATE:
		agree_accurate(t, seg);
		return;
	}
}

void ecn_established(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	if (ecn_mode_of(t) != ECN_MODE_ACCURATE)
		return;
	if ((seg->flags & ECN_FLAGS) >> ECN_ACE_SHIFT != 6)
		return;
	t->flow->marked = 1; /* our SYN met congestion */
	ecn_respond(tcp, t, seg);
}

/* --------------------------------------------------------- data receiver */

/* RFC 8257 3.2: the peer learns of each change, and which text it parts. */
static void echo_change(struct tcp *tcp, struct tcb *t, bool ce)
{
	const bool was = t->conn.flags & ECN_CE_LAST;

	if (ce == was)
		return;
	if (t->ack_now || timer_delays_ack(t))
		reply_ack_of(tcp, t); /* what came before the change */
	t->conn.flags ^= ECN_CE_LAST;
	t->conn.flags &= (uint8_t)~ECN_ECHO;
	if (ce)
		t->conn.flags |= ECN_ECHO;
	t->ack_now = true;
}

/* RFC 3168 6.1.3: ECE from the first mark to CWR. */
static void classic_arrived(struct tcp *tcp, struct tcb *t,
			    const struct segment *seg)
{
	const bool ce = ecn_codepoint_of(seg) == ECN_CE;

	if (seg->flags & CWR) { /* before CE: there may be both */
		t->conn.flags &= (uint8_t)~ECN_ECHO;
		if (seg->text_len > 0)
			t->ack_now = true; /* its window may be small now */
	}
	if (seg->text_len == 0)
		return;
	if (cc_at(t->opts->cc)->wants_ecn) {
		echo_change(tcp, t, ce);
	} else if (ce) {
		if (!(t->conn.flags & ECN_ECHO))
			t->ack_now = true;
		t->conn.flags |= ECN_ECHO;
	}
}

void ecn_arrived(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	if (ecn_mode_of(t) == ECN_MODE_NONE)
		return;
	if (ecn_codepoint_of(seg) != ECN_NOT_ECT)
		t->conn.flags |= ECN_SEEN;
	if (ecn_mode_of(t) == ECN_MODE_ACCURATE)
		accecn_arrived(tcp, t, seg);
	else
		classic_arrived(tcp, t, seg);
}

void ecn_syn_again(struct tcb *t, const struct segment *seg)
{
	if (ecn_mode_of(t) != ECN_MODE_ACCURATE || t->passive ||
	    !seq_eq(seg->seq, t->rcv.irs) || !(seg->flags & ACK))
		return;
	accecn_syn_ack(t, seg);
}

/* ----------------------------------------------------------- data sender */

void ecn_feedback(struct tcb *t, const struct segment *seg)
{
	const uint32_t acked = seq_lt(t->snd.una, seg->ack)
				       ? seq_len(t->snd.una, seg->ack)
				       : 0;

	if (!t->flow)
		return;
	switch (ecn_mode_of(t)) {
	case ECN_MODE_NONE:
		return;
	case ECN_MODE_CLASSIC:
		t->flow->marked =
			(seg->flags & (ECE | SYN)) == ECE && !seg->was_syn
				? max_u32(acked, 1)
				: 0;
		return;
	case ECN_MODE_ACCURATE:
		t->flow->marked = accecn_feedback(t, seg, acked);
		return;
	}
}

/* Marks of what was sent before the last reduction are answered already; and a
 * loss is answer enough. */
static bool is_answered(const struct tcb *t, const struct segment *seg)
{
	const struct seq recover = t->flow->ecn_recover;

	if (t->recovery == RECOVERY_FAST || t->recovery == RECOVERY_LOSS)
		return true;
	/* Only a mark within the flight counts: 2^31 bytes later an old one
	 * would seem to lie ahead. */
	return t->flow->ecn_reduced && seq_le(seg->ack, recover) &&
	       seq_le(recover, t->snd.nxt);
}

void ecn_respond(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	struct flow *f = t->flow;
	uint32_t flight;

	if (!f || !f->marked)
		return;
	f->marked = 0;
	if (is_answered(t, seg))
		return;
	flight = max_u32(tcp_flight(t), t->mss);
	flight = max_u32(flight, t->cc.cwnd);
	congest_on_ecn(tcp, t, flight);
	f->ecn_recover = t->snd.nxt;
	f->ecn_reduced = true;
	ecn_reduced(t);
	recovery_trace(tcp, t);
}

uint8_t ecn_tos(const struct tcb *t, bool new_text)
{
	const uint8_t tos = t->opts->tos & (uint8_t)~ECN_FIELD;

	if (!new_text || ecn_mode_of(t) == ECN_MODE_NONE ||
	    (t->conn.flags & ECN_NO_ECT))
		return tos;
	return tos | ECN_ECT_0;
}

uint16_t ecn_flags(struct tcb *t, bool new_text, bool pure)
{
	uint16_t flags = 0;

	switch (ecn_mode_of(t)) {
	case ECN_MODE_NONE:
		break;
	case ECN_MODE_CLASSIC:
		if (t->conn.flags & ECN_ECHO)
			flags |= ECE;
		if (new_text && (t->conn.flags & ECN_CWR_OWED)) {
			t->conn.flags &= (uint8_t)~ECN_CWR_OWED;
			flags |= CWR;
		}
		break;
	case ECN_MODE_ACCURATE:
		return (uint16_t)(accecn_ace(t, pure) << ECN_ACE_SHIFT);
	}
	return flags;
}
