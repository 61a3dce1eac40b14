/* SPDX-License-Identifier: ISC */
/*
 * text.c - steps seven and eight of 3.10.7.4: segment text, FIN, and when an
 * ACK is owed for them (3.8.6.3)
 *
 *	          RCV.NXT                right edge
 *	-------------|----------------------|--------------
 *	  ####===    |                      |                 front is cut
 *	             |###                   |                 to the user
 *	             |         ####         |                 reassembly
 *	             |                   ###|##               back is cut, FIN
 *	                                                      with it
 */
#include "tcp/arrives.h"

#include <errno.h>

#include "base/block.h"
#include "tcp/autotune.h"
#include "tcp/dialogue.h"
#include "tcp/life.h"
#include "tcp/output.h"
#include "tcp/sparse.h"
#include "tcp/state.h"
#include "tcp/timeout.h"
#include "tcp/timewait.h"

#define RMSS_LEAST 536 /* MUST-15 */

void text_trim_front(struct segment *seg, uint32_t n)
{
	int i = 0;
	int k;

	seg->seq = seq_add(seg->seq, n);
	seg->text_len -= n;
	seg->len -= n;
	while (i < seg->n_parts && n >= seg->part[i].len)
		n -= seg->part[i++].len;
	for (k = 0; i + k < seg->n_parts; k++)
		seg->part[k] = seg->part[i + k];
	seg->n_parts = (uint8_t)k;
	if (k > 0) {
		seg->part[0].data += n;
		seg->part[0].len -= n;
	}
}

void text_trim_back(struct segment *seg, uint32_t n)
{
	seg->text_len -= n;
	seg->len -= n;
	while (seg->n_parts > 0 && n >= seg->part[seg->n_parts - 1].len)
		n -= seg->part[--seg->n_parts].len;
	if (seg->n_parts > 0)
		seg->part[seg->n_parts - 1].len -= n;
}

/* Cuts the segment to the window.  What is cut takes a FIN with it. */
static void trim_to_window(struct tcb *t, struct segment *seg)
{
	struct seq right = t->rcv.adv;
	uint32_t n;

	if (seq_lt(seg->seq, t->rcv.nxt)) {
		n = seq_len(seg->seq, t->rcv.nxt);
		text_trim_front(seg, min_u32(n, seg->text_len));
	}
	if (t->flow && t->flow->fin_held)
		right = seq_min(right, t->flow->fin_seq);
	if (seq_lt(right, seq_add(seg->seq, seg->text_len))) {
		n = seq_len(right, seq_add(seg->seq, seg->text_len));
		text_trim_back(seg, min_u32(n, seg->text_len));
		seg->flags &= (uint16_t)~FIN;
	}
}

/*
 * RMSS, for "every second full-sized segment": the largest seen.  It becomes
 * less again when two in a row are of one smaller size, but for the last of a
 * SEND: then the path to us has become narrower.
 */
static void learn_rcv_mss(struct tcb *t, const struct segment *seg)
{
	struct flow *f = t->flow;
	uint32_t len = seg->text_len;

	if (seg->size)
		len = min_u32(len, seg->size);
	len = min_u32(len, 65535);
	if (len >= t->rcv_mss) {
		t->rcv_mss = (uint16_t)len;
	} else if (f && len >= RMSS_LEAST && !(seg->flags & PSH)) {
		if (len == f->rcv.last_len)
			t->rcv_mss = (uint16_t)len;
		f->rcv.last_len = (uint16_t)len;
	}
}

/* SHLD-18, SHLD-19: an ACK at once for two full segments' worth of text and at
 * the start of a connection, else within the delay. */
static void owe_ack(struct tcp *tcp, struct tcb *t)
{
	if (unlikely(tcp->tun.linux_acks))
		dialogue_owe_ack(tcp, t);
	else if (seq_len(t->rcv.acked, t->rcv.nxt) >= 2U * t->rcv_mss ||
		 tcp->tun.delack_min_ms == 0) {
		t->ack_now = true;
	} else if (t->quick_acks > 0 && !t->opts->quickack_off) {
		t->quick_acks--;
		t->ack_now = true;
	} else if (unlikely(sparse_acks(tcp, t))) {
		t->ack_now = true;
	} else {
		timer_start_delayed_ack(tcp, t);
	}
}

/* Appends what is in order to the receive queue.  Returns bytes stored. */
static uint32_t deliver(struct tcp *tcp, struct tcb *t, struct segment *seg)
{
	struct flow *f = tcp_flow(tcp, t);
	uint32_t n = 0;
	int i;

	for (i = 0; f && i < seg->n_parts; i++) {
		const struct tern_slice *s = &seg->part[i];

		block_ref(s->block);
		if (recvq_push(&f->recvq, &tcp->env->mem, tcp->env->blocks, s) <
		    0) {
			block_unref(s->block);
			break;
		}
		n += s->len;
	}
	if (n < seg->text_len) { /* the peer will send the rest again */
		tcb_drop(tcp, t, TERN_DROP_NO_MEMORY);
		env_count(tcp->env, TERN_TcpExtTCPRcvQDrop);
		text_trim_back(seg, seg->text_len - n);
		seg->flags &= (uint16_t)~FIN;
		t->ack_now = true;
	}
	t->rcv.nxt = seq_add(t->rcv.nxt, n);
	if (f)
		t->tally->bytes_received += n;
	return n;
}

/* MUST-59: text held back that has become contiguous follows at once. */
static void take_held(struct tcp *tcp, struct tcb *t)
{
	const struct seq was = t->rcv.nxt;

	(void)reass_take(&t->flow->reass, &tcp->env->mem, tcp->env->blocks,
			 &t->rcv.nxt, &t->flow->recvq);
	t->tally->bytes_received += seq_len(was, t->rcv.nxt);
	t->ack_now = true; /* RFC 5681 4.2: it fills a gap, or a part of one */
}

/* Holds text until what is before it has come.  If there is no room, the range
 * farthest away makes some: the nearer text is, the sooner it is used. */
static bool hold(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	const struct reass_text text = {seg->seq, seg->part, seg->n_parts};
	struct mem *m = &tcp->env->mem;
	struct flow *f = tcp_flow(tcp, t);
	struct reass_result res;
	int err;

	if (!f || f->recvq.truesize + f->reass.truesize >= 2U * t->bufs.rcv)
		return false;
	if (mem_is_below(m, MEM_SHORT))
		return false;
	err = reass_insert(&f->reass, m, tcp->env->blocks, &text, &res);
	if (err && seq_lt(seg->seq, reass_end(&f->reass, seg->seq)) &&
	    reass_prune(&f->reass, m) > 0)
		err = reass_insert(&f->reass, m, tcp->env->blocks, &text, &res);
	if (!err && res.duplicate > 0)
		dsack_note(t, res.dup_left, res.dup_right);
	if (!err && res.merged)
		env_count(tcp->env, TERN_TcpExtTCPOFOMerge);
	return !err;
}

static void in_order(struct tcp *tcp, struct tcb *t, struct segment *seg)
{
	const struct seq was = t->rcv.nxt;

	if (t->flow && t->flow->reass.len > 0) {
		/* Of bytes that came before, the first are kept. */
		if (!hold(tcp, t, seg))
			(void)deliver(tcp, t, seg);
		take_held(tcp, t);
	} else {
		(void)deliver(tcp, t, seg);
	}
	if (seq_eq(was, t->rcv.nxt))
		return;
	/* MUST-58: this ACK says more than the duplicates of this batch. */
	t->dupacks_owed = 0;
	if (unlikely(tcp->tun.linux_acks))
		dialogue_received(tcp, t, seg);
	autotune_received(tcp, t, seg);
	owe_ack(tcp, t);
	if (unlikely(t->watched))
		tcp_moved(tcp, t, TCP_MOVED_RECEIVED, was, t->rcv.nxt);
	if (t->asked && tcp_can_read(t))
		tcp_notify(tcp, t, TCP_READY_IN);
}

/* SHLD-31, MAY-13: held for later, and a duplicate ACK at once. */
static void out_of_order(struct tcp *tcp, struct tcb *t, struct segment *seg)
{
	if (t->dupacks_owed < UINT8_MAX)
		t->dupacks_owed++;
	t->ack_now = true;
	if (hold(tcp, t, seg)) {
		env_count(tcp->env, TERN_TcpExtTCPOFOQueue);
		t->tally->ooo_in++;
		autotune_held(tcp, t, seg->text_len);
		return;
	}
	tcb_drop(tcp, t, TERN_DROP_TCP_OOO_FULL);
	seg->flags &= (uint16_t)~FIN;
}

/* SHLD-3: text after the user's CLOSE can reach nobody. */
static bool reset_for_text(struct tcp *tcp, struct tcb *t,
			   const struct segment *seg)
{
	const struct tern_tuple tuple = conn_tuple(&t->conn);

	if (!t->rcv_shut || t->state == ESTABLISHED)
		return false;
	if (!seq_lt(t->rcv.nxt, seq_add(seg->seq, seg->text_len)))
		return false;
	env_count(tcp->env, TERN_TcpExtTCPAbortOnData);
	tcb_drop(tcp, t, TERN_DROP_TCP_CLOSED_DATA);
	reply_reset(tcp, seg, &tuple); /* <SEQ=SEG.ACK><CTL=RST> */
	tcp_end(tcp, t, -ECONNRESET);
	return true;
}

/*
 * Memory belongs to all: where it runs short, what some users leave unread must
 * not stop the others.  Then a connection keeps as much unread text as it needs
 * to go on (tcp_rmem[0]), and where memory is scarce, one segment.
 */
static bool may_keep(struct tcp *tcp, const struct tcb *t)
{
	struct mem *m = &tcp->env->mem;
	uint32_t most = tcp->tun.rmem[0];

	if (likely(!mem_is_below(m, MEM_SHORT)) || flow_relieve(tcp))
		return true;
	if (mem_is_below(m, MEM_SCARCE))
		most = 1;
	return !t->flow || t->flow->recvq.truesize < most;
}

/* The peer will send it again. */
static void refuse(struct tcp *tcp, struct tcb *t, struct segment *seg)
{
	tcb_drop(tcp, t, TERN_DROP_TCP_RCV_BUFFER);
	t->ack_now = true;
	seg->flags &= (uint16_t)~FIN;
}

/* Text that lies in the window. */
static inline void take_text(struct tcp *tcp, struct tcb *t,
			     struct segment *seg)
{
	if (likely(!tcp->tun.linux_acks))
		learn_rcv_mss(t, seg);
	if (!t->tally && tcp_flow(tcp, t)) /* the first text of all */
		tally_text_in(tcp, t, seg);
	if (!may_keep(tcp, t))
		refuse(tcp, t, seg);
	else if (seq_eq(seg->seq, t->rcv.nxt))
		in_order(tcp, t, seg);
	else
		out_of_order(tcp, t, seg);
}

void text_process(struct tcp *tcp, struct tcb *t, struct segment *seg)
{
	if (seg->text_len == 0)
		return;
	if (t->tally)
		tally_text_in(tcp, t, seg);
	if (!can_receive(t)) { /* "this should not occur": after its FIN */
		tcb_drop(tcp, t, TERN_DROP_TCP_AFTER_FIN);
		return;
	}
	if (reset_for_text(tcp, t, seg))
		return;
	dsack_forget(t);
	if (seq_lt(seg->seq, t->rcv.nxt)) {
		t->ack_now = true; /* some of it came before */
		if (unlikely(tcp->tun.linux_acks))
			dialogue_hurry(tcp, t);
		dsack_note_old(tcp, t, seg);
	}
	trim_to_window(t, seg);
	if (seg->text_len > 0)
		take_text(tcp, t, seg);
}

void text_predicted(struct tcp *tcp, struct tcb *t, struct segment *seg)
{
	if (unlikely(!t->flow || t->flow->fin_held)) {
		text_process(tcp, t, seg);
		return;
	}
	tally_text_in(tcp, t, seg);
	dsack_forget(t);
	take_text(tcp, t, seg);
}

/* Linux expects an answer from the user, with which the ACK is to go; as long
 * as no text has come there is nothing to answer. */
static void let_fin_wait(struct tcp *tcp, struct tcb *t)
{
	t->dialogue = true;
	if (!t->flow || !t->flow->rcv.text_at || t->challenge ||
	    t->dupacks_owed > 0 ||
	    seq_len(t->rcv.acked, t->rcv.nxt) > 2U * t->rcv_mss)
		return;
	t->ack_now = false;
	dialogue_owe_ack(tcp, t);
}

/* All text before the FIN has arrived. */
void fin_arrived(struct tcp *tcp, struct tcb *t)
{
	const bool held = t->flow && t->flow->fin_held;

	t->rcv.nxt = seq_add(t->rcv.nxt, 1);
	t->ack_now = true;
	if (unlikely(held))
		t->flow->fin_held = false;
	if (unlikely(t->flow && t->flow->reass.len > 0))
		reass_free(&t->flow->reass, &tcp->env->mem);

	switch ((enum tcp_state)t->state) {
	case SYN_RECEIVED:
	case ESTABLISHED:
		if (unlikely(tcp->tun.linux_acks) && !held)
			let_fin_wait(tcp, t);
		tcp_set_state(tcp, t, CLOSE_WAIT);
		tcp_notify(tcp, t, TCP_READY_IN | TCP_READY_RDHUP);
		return;
	case FIN_WAIT_1:
		if (!t->fin_acked) {
			tcp_set_state(tcp, t, CLOSING);
			tcp_notify(tcp, t,
				   TCP_READY_IN | TCP_READY_RDHUP |
					   TCP_READY_HUP);
			return;
		}
		timewait_enter(tcp, t);
		return;
	case FIN_WAIT_2:
		timewait_enter(tcp, t);
		return;
	case CLOSED:
	case LISTEN:
	case SYN_SENT:
	case CLOSE_WAIT:
	case CLOSING:
	case LAST_ACK:
	case TIME_WAIT:
		return;
	}
}

void fin_process(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	const struct seq at = seq_add(seg->seq, seg->text_len);
	struct flow *f;

	if (!can_receive(t))
		return;
	if ((seg->flags & FIN) && !seq_eq(at, t->rcv.nxt) &&
	    seq_lt(t->rcv.nxt, at)) {
		f = tcp_flow(tcp, t);
		if (f && !f->fin_held) { /* text before it is missing */
			f->fin_held = true;
			f->fin_seq = at;
		}
		t->ack_now = true;
		return;
	}
	if ((seg->flags & FIN) && seq_eq(at, t->rcv.nxt)) {
		fin_arrived(tcp, t);
		return;
	}
	f = t->flow;
	if (f && f->fin_held && seq_eq(f->fin_seq, t->rcv.nxt))
		fin_arrived(tcp, t);
}
