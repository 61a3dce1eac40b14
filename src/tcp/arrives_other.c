/* SPDX-License-Identifier: ISC */
/*
 * arrives_other.c - SEGMENT ARRIVES, "Other States", RFC 9293 3.10.7.4
 *
 * The eight numbered steps of the section are the eight calls in
 * arrives_other(), in the RFC's order.  A step says NEXT or DROP; nothing here
 * sends.  A step that owes the peer an ACK sets t->ack_now, and tcp_output()
 * pays once per batch (MUST-58, MUST-59).
 *
 * TIME-WAIT, and SYN-RECEIVED after a passive OPEN until its ACK has come, are
 * not control blocks; their share of the section is in timewait.c and
 * synq_arrives.c.  RFC 5961 is implemented in steps two, four and five.
 */
#include "tcp/arrives.h"

#include <errno.h>

#include "base/assert.h"
#include "tcp/ecn.h"
#include "tcp/fastopen.h"
#include "tcp/life.h"
#include "tcp/output.h"
#include "tcp/state.h"
#include "tcp/timewait.h"
#include "tcp/uto.h"

/*
 * Table 6.  Of a RST only the number counts, not what text it has (SHLD-2,
 * RFC 5961 3.2).  An ACK without text at the right edge is let in: a peer that
 * has filled the window can send no other.
 */
static bool acceptable(const struct tcp *tcp, const struct tcb *t,
		       const struct segment *seg)
{
	const uint32_t wnd = tcp_rcv_wnd(t);

	if (seg->len == 0 && (seg->flags & (ACK | RST)) == ACK)
		return seq_len(t->rcv.nxt, seg->seq) <= wnd;
	if (seg->len == 0 || (seg->flags & RST))
		return seq_in(seg->seq, t->rcv.nxt, max_u32(wnd, 1));
	if (wnd == 0)
		return false;
	if (unlikely(tcp->tun.linux_acks) &&
	    seq_lt(seq_add(t->rcv.nxt, wnd), seq_add(seg->seq, seg->text_len)))
		return false; /* Linux cuts nothing */
	return seq_in(seg->seq, t->rcv.nxt, wnd) ||
	       seq_in(seq_add(seg->seq, seg->len - 1), t->rcv.nxt, wnd);
}

/* MUST-66: with a closed window ACK, RST and URG still count; the text does
 * not. */
static void strip_text(struct tcp *tcp, struct tcb *t, struct segment *seg)
{
	tcb_drop(tcp, t, TERN_DROP_TCP_ZERO_WINDOW);
	t->ack_now = true;
	text_trim_back(seg, seg->text_len);
	seg->flags &= (uint16_t)~FIN;
	seg->len = 0;
}

/* In a simultaneous open the peer's SYN,ACK is its SYN again (Figure 8). */
static void strip_crossed_syn(const struct tcb *t, struct segment *seg)
{
	if (t->state != SYN_RECEIVED || !seq_eq(seg->seq, t->rcv.irs) ||
	    (seg->flags & (SYN | ACK | RST)) != (SYN | ACK))
		return;
	seg->seq = seq_add(seg->seq, 1);
	seg->flags &= (uint16_t)~SYN;
	seg->len--;
	seg->was_syn = true;
}

static enum verdict check_sequence(struct tcp *tcp, struct tcb *t,
				   struct segment *seg)
{
	if (fastopen_is_early(t) && seq_eq(seg->seq, t->rcv.irs) &&
	    (seg->flags & (SYN | ACK | RST)) == SYN) {
		t->rexmit_now = true; /* our SYN,ACK may be lost */
		return DROP;
	}
	strip_crossed_syn(t, seg);
	if (timestamp_check(tcp, t, seg) == DROP) /* RFC 7323 5.3 R1 */
		return DROP;
	if (tcp_rcv_wnd(t) == 0 && seg->len > 0 &&
	    !(seg->flags & (SYN | RST)) && seq_eq(seg->seq, t->rcv.nxt))
		strip_text(tcp, t, seg);
	if (acceptable(tcp, t, seg))
		return NEXT;
	blind_answer_unacceptable(tcp, t, seg);
	dsack_note_old(tcp, t, seg);
	return tcb_drop(tcp, t,
			seq_lt(seg->seq, t->rcv.nxt) && seg->text_len
				? TERN_DROP_TCP_DUPLICATE
				: TERN_DROP_TCP_SEQ);
}

/* What the user learns of a RST (MUST-12).  After CLOSE, too, he may be there
 * to learn that what he sent has not arrived. */
static int error_of_rst(const struct tcb *t)
{
	switch ((enum tcp_state)t->state) {
	case SYN_RECEIVED:
		return fastopen_is_early(t) ? -ECONNRESET : -ECONNREFUSED;
	case ESTABLISHED:
	case FIN_WAIT_1:
	case FIN_WAIT_2:
	case CLOSING:
	case LAST_ACK:
		return -ECONNRESET;
	case CLOSE_WAIT:
		return -EPIPE;
	case CLOSED:
	case LISTEN:
	case SYN_SENT:
	case TIME_WAIT:
		break;
	}
	__builtin_unreachable();
}

static enum verdict check_rst(struct tcp *tcp, struct tcb *t,
			      const struct segment *seg)
{
	if (!(seg->flags & RST))
		return NEXT;
	if (!seq_eq(seg->seq, t->rcv.nxt)) { /* RFC 5961 3.2 */
		blind_challenge(tcp, t);
		return tcb_drop(tcp, t, TERN_DROP_TCP_RST_SEQ);
	}
	fastopen_reset(tcp, t);
	/* SHLD-2: text in a RST is neither read nor an obstacle. */
	env_count(tcp->env, t->state == SYN_RECEIVED ? TERN_TcpAttemptFails
						     : TERN_TcpEstabResets);
	tcp_end(tcp, t, error_of_rst(t));
	return DROP;
}

static enum verdict check_syn(struct tcp *tcp, struct tcb *t,
			      const struct segment *seg)
{
	if (!(seg->flags & SYN))
		return NEXT;
	blind_challenge(tcp, t); /* RFC 5961 4.2 */
	return tcb_drop(tcp, t, TERN_DROP_TCP_SYN_IN_WINDOW);
}

/* The user is told: of a listener if it came from one. */
static void tell_open(struct tcp *tcp, const struct tcb *t)
{
	const struct listener *l = t->pending ? t->pending->l : NULL;

	if (!l) {
		tcp_notify(tcp, t, TCP_READY_OUT);
		return;
	}
	env_count(tcp->env, TERN_TcpPassiveOpens);
	listener_trace(tcp, l);
	if (l->user != TCP_NO_USER)
		tcp->user.ready(tcp->user.ctx, l->user, TCP_READY_IN);
}

void arrives_complete(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	t->snd.wnd = seg->wnd;
	t->snd.wnd_max = max_u32(t->snd.wnd_max, seg->wnd);
	t->snd.wl1 = seg->seq;
	t->snd.wl2 = seg->ack;
	ack_advance(tcp, t, seg);
	if (t->conn.fastopen & FASTOPEN_EARLY && !t->pending)
		env_count(tcp->env, TERN_TcpPassiveOpens);
	established_init(tcp, t);
	fastopen_complete(t);
	if (t->fin_queued) { /* the user has closed already */
		tcp_set_state(tcp, t, FIN_WAIT_1);
		return;
	}
	tcp_set_state(tcp, t, ESTABLISHED);
	tell_open(tcp, t);
}

/* Fifth, in SYN-RECEIVED. */
static enum verdict complete_open(struct tcp *tcp, struct tcb *t,
				  const struct segment *seg)
{
	const struct tern_tuple tuple = conn_tuple(&t->conn);

	if (!seq_lt(t->snd.una, seg->ack) || !seq_le(seg->ack, t->snd.nxt)) {
		reply_reset(tcp, seg, &tuple);
		return tcb_drop(tcp, t, TERN_DROP_TCP_ACK);
	}
	arrives_complete(tcp, t, seg);
	return NEXT;
}

static enum verdict check_ack(struct tcp *tcp, struct tcb *t,
			      struct segment *seg)
{
	if (!(seg->flags & ACK))
		return tcb_drop(tcp, t, TERN_DROP_TCP_NO_ACK);
	if (t->state == SYN_RECEIVED && complete_open(tcp, t, seg) == DROP)
		return DROP;
	if (ack_process(tcp, t, seg) == DROP)
		return DROP;
	/* DEPARTS RFC 7323 5.3 R3: not before SEG.ACK is seen to be plausible,
	 * or who guesses SEG.SEQ alone could stop all that the peer sends. */
	timestamp_update(tcp, t, seg);
	return t->fin_acked ? arrives_fin_acked(tcp, t) : NEXT;
}

enum verdict arrives_fin_acked(struct tcp *tcp, struct tcb *t)
{
	switch ((enum tcp_state)t->state) {
	case FIN_WAIT_1: /* to FIN-WAIT-2, see arrives_end() */
	case FIN_WAIT_2:
		return NEXT;
	case CLOSING:
		timewait_enter(tcp, t);
		return DROP;
	case LAST_ACK:
		tcp_end(tcp, t, 0);
		return DROP;
	case ESTABLISHED:
	case CLOSE_WAIT:
	case CLOSED:
	case LISTEN:
	case SYN_SENT:
	case SYN_RECEIVED:
	case TIME_WAIT:
		break;
	}
	__builtin_unreachable();
}

void arrives_end(struct tcp *tcp, struct tcb *t)
{
	if (unlikely(t->state == FIN_WAIT_1) && t->fin_acked)
		tcp_set_state(tcp, t, FIN_WAIT_2);
}

void arrives_other(struct tcp *tcp, struct tcb *t, struct segment *seg)
{
	if (seg->flags & SYN)
		ecn_syn_again(t, seg);
	if (check_sequence(tcp, t, seg) == DROP) /* First */
		return;
	segment_is_alive(tcp, t);
	if (check_rst(tcp, t, seg) == DROP) /* Second */
		return;
	/* Third: DEPARTS 3.10.7.4: no security and compartment. */
	if (check_syn(tcp, t, seg) == DROP) /* Fourth */
		return;
	if (check_ack(tcp, t, seg) == DROP) /* Fifth */
		return;
	ecn_arrived(tcp, t, seg);
	uto_arrived(t, seg);
	urgent_process(tcp, t, seg); /* Sixth */
	text_process(tcp, t, seg);   /* Seventh */
	fin_process(tcp, t, seg);    /* Eighth */
	arrives_end(tcp, t);
}
