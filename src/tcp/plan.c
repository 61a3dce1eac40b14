/* SPDX-License-Identifier: ISC */
/*
 * plan.c - what may be sent now: retransmissions first, then new text as
 * windows, SWS avoidance (3.8.6.2.1) and Nagle (3.7.4) allow, then FIN
 *
 *	   SND.UNA        SND.NXT                    end of queue
 *	------|--------------|----------------------------|--
 *	      |   in flight  |<- D, unsent ->             |
 *	      |<------------ SND.WND ------------->|
 *	                     |<- U, usable window ->|
 *
 * D and U are the RFC's names.  U is what the peer's window and the congestion
 * window both leave.
 */
#include "tcp/plan.h"

#include "tcp/burst.h"
#include "tcp/eor.h"
#include "tcp/fastopen.h"
#include "tcp/state.h"

static bool fin_unsent(const struct tcb *t)
{
	return t->fin_queued && !t->fin_acked &&
	       seq_le(t->snd.nxt, output_data_end(t));
}

uint32_t plan_pipe_marked(const struct tcb *t)
{
	struct seq from;

	if (repair_is_on(t))
		return sentq_pipe(&t->flow->sent);
	if (t->recovery != RECOVERY_LOSS)
		return tcp_flight(t);
	from = seq_max(t->recover, t->snd.rtx);
	return seq_len(t->snd.una, t->snd.rtx) +
	       (seq_lt(from, t->snd.nxt) ? seq_len(from, t->snd.nxt) : 0);
}

uint32_t plan_cwnd_room(const struct tcb *t)
{
	const uint32_t pipe = plan_pipe(t);
	const uint64_t cwnd =
		(uint64_t)t->cc.cwnd + (uint64_t)t->limited * t->mss;

	if (pipe == 0) /* one segment always, should the MSS have grown */
		return max_u32(t->cc.cwnd, t->mss);
	return cwnd > pipe ? (uint32_t)(cwnd - pipe) : 0;
}

/* MUST-34: nothing is left, rather than less than nothing, when the peer has
 * shrunk its window; SHLD-15: then no new text goes. */
uint32_t plan_window_room(const struct tcb *t)
{
	const struct seq edge = seq_add(t->snd.una, t->snd.wnd);

	return seq_lt(t->snd.nxt, edge) ? seq_len(t->snd.nxt, edge) : 0;
}

static bool plan_syn(const struct tcb *t, struct outseg *o)
{
	/* In SYN-RECEIVED, too, if the peer's SYN came before ours left. */
	const bool first = seq_eq(t->snd.nxt, t->snd.iss);

	if (!first && !t->rexmit_now)
		return false;
	if (first && fastopen_defers(t))
		return false;
	o->seq = t->snd.iss;
	o->len = first ? min_u32(tcp_sendq_len(t), fastopen_room(t)) : 0;
	o->flags = SYN;
	o->again = !first;
	o->probe = false;
	return true;
}

/* MUST-61, SHLD-27: PSH belongs to the last byte that is queued, unless the
 * user has said that more will follow. */
static uint16_t psh_at(const struct tcb *t, struct seq end)
{
	if (!seq_eq(end, output_data_end(t)))
		return 0;
	if (t->more && !t->push_now && !t->fin_queued)
		return 0;
	return PSH;
}

/* What ends a SEND or a burst does so again. */
static uint16_t psh_again(const struct tcb *t, struct seq end)
{
	const struct sent *r =
		t->flow ? sentq_find(&t->flow->sent, seq_sub(end, 1)) : NULL;

	if (r && r->push && seq_eq(sent_end(r), end))
		return PSH;
	return psh_at(t, end);
}

/* What was sent before, from `seq` on: up to `max_len` bytes of it. */
static bool plan_again(const struct tcb *t, struct seq seq, uint32_t max_len,
		       struct outseg *o)
{
	const struct seq end = seq_min(output_data_end(t), t->snd.nxt);

	o->seq = seq;
	o->len = seq_lt(seq, end) ? min_u32(seq_len(seq, end), max_len) : 0;
	o->len = eor_limit(t, seq, o->len);
	o->flags = o->len ? psh_again(t, seq_add(seq, o->len)) : 0;
	o->again = true;
	o->probe = false;
	if (t->fin_queued && seq_eq(seq_add(seq, o->len), output_data_end(t)) &&
	    seq_lt(output_data_end(t), t->snd.nxt))
		o->flags |= FIN;
	return o->len > 0 || (o->flags & FIN);
}

/* RFC 5682 2.1, 3.1: nothing but SND.UNA goes again at first, and once that is
 * acknowledged only new text, until it is sure that the timeout was needed. */
static bool frto_holds(const struct tcb *t, bool first)
{
	const uint8_t frto = t->flow ? t->flow->repair.frto : FRTO_OFF;

	return frto == FRTO_NEW || (frto == FRTO_FIRST && !first);
}

/* How much may go again in one frame: whole segments, as many as the windows
 * have room for; one, whatever they say, is for the caller to weigh. */
static uint32_t again_max(const struct tcb *t, struct seq seq, uint32_t max_len)
{
	const struct seq edge = seq_add(t->snd.una, t->snd.wnd);
	uint32_t n;

	if (max_len < 2U * t->mss || !seq_lt(seq, edge) ||
	    (t->flow && t->flow->repair.frto != FRTO_OFF))
		return t->mss;
	n = min_u32(min_u32(plan_cwnd_room(t), seq_len(seq, edge)), max_len);
	return max_u32(n - n % t->mss, t->mss);
}

/* After a timeout: everything from SND.UNA on, as cwnd and the peer's window
 * (SHLD-16) allow; the first segment whatever they say (MAY-7). */
static bool plan_go_back(const struct tcb *t, uint32_t max_len,
			 struct outseg *o)
{
	const struct seq edge = seq_add(t->snd.una, t->snd.wnd);
	const struct seq stop = seq_min(t->recover, t->snd.nxt);
	const bool first = seq_eq(t->snd.rtx, t->snd.una);

	if (t->recovery != RECOVERY_LOSS || !seq_lt(t->snd.rtx, stop))
		return false;
	if (frto_holds(t, first))
		return false;
	max_len = again_max(t, t->snd.rtx,
			    min_u32(max_len, seq_len(t->snd.rtx, stop)));
	if (!plan_again(t, t->snd.rtx, max_len, o))
		return false;
	if (first)
		return true;
	return o->len <= plan_cwnd_room(t) &&
	       seq_le(seq_add(o->seq, o->len), edge);
}

/*
 * May a segment that is not full and is the last of the queue go?  Nagle with
 * Minshall's modification (appendix A.3): not while another small one is in
 * flight.
 */
bool plan_may_send_tail(const struct tcb *t)
{
	if (t->fin_queued || t->push_now)
		return true;
	if (t->opts->cork || t->more)
		return false;
	if (t->opts->nodelay || t->urgent_out) /* MUST-17 */
		return true;
	/* SHLD-7.  Only a mark within the flight counts: an old one looks as if
	 * it lay ahead once 2^31 bytes have passed. */
	return !seq_lt(t->snd.una, t->flow->sml) ||
	       !seq_le(t->flow->sml, t->snd.nxt);
}

/* MUST-38: the conditions (1) to (4) of 3.8.6.2.1 on min(D, U). */
static uint32_t sws_allows(const struct tcb *t, uint32_t len, uint32_t d)
{
	const uint32_t tail = len % t->mss;

	if (tail == 0)
		return len; /* (1) full segments, SHLD-28 */
	if (len == d && plan_may_send_tail(t))
		return len; /* (2): MUST-60, it is not held for ever */
	if (len > t->mss)
		return len - tail;
	if (len < d && plan_cwnd_room(t) >= t->mss &&
	    (len >= t->snd.wnd_max / 2 || t->override_sws))
		return len; /* (3), (4) */
	return 0;
}

/* MSG_EOR: nothing goes beyond the next mark.  True if it ends there and not
 * at the end of the queue, so that it has nothing to wait for. */
static bool ends_at_mark(const struct tcb *t, uint32_t d, uint32_t *len,
			 struct outseg *o)
{
	bool push;
	const uint32_t to_mark = eor_next(t, t->snd.nxt, &push);

	if (*len < to_mark || to_mark >= d)
		return false;
	*len = to_mark;
	o->cut = false;
	o->flags = push ? PSH : 0;
	return true;
}

static bool plan_new_text(const struct tcb *t, uint32_t max_len,
			  struct outseg *o)
{
	const uint32_t d = output_unsent(t);
	const uint32_t u = min_u32(plan_window_room(t), plan_cwnd_room(t));
	uint32_t len = min_u32(min_u32(d, u), max_len);
	bool ends = false;

	if (burst_holds(t, u))
		return false;
	if (len == max_len && len > t->mss)
		len -= len % t->mss;
	o->cut = len == max_len && len < t->mss;
	if (unlikely(t->eor))
		ends = ends_at_mark(t, d, &len, o);
	if (!o->cut && !ends)
		len = len ? sws_allows(t, len, d) : 0;
	if (len == 0)
		return false;
	o->seq = t->snd.nxt;
	o->len = len;
	o->flags |= psh_at(t, seq_add(o->seq, len));
	if (burst_ends_at(t, seq_add(o->seq, len))) {
		o->frame_end = !o->flags && !burst_mark_at(t, o->seq, len);
		o->flags |= PSH; /* not if it goes again alone */
	}
	o->again = false;
	o->probe = false;
	if (len == d && t->fin_queued && len < u && !t->syn_unacked)
		o->flags |= FIN;
	return true;
}

static bool wants_probe(const struct tcb *t)
{
	return t->flow && t->flow->mtu.next && !t->eor &&
	       plpmtud_wants(t, output_unsent(t));
}

/* A probe needs more room than other segments: they wait, as long as there are
 * ACKs to come. */
static bool plan_probe(const struct tcb *t, uint32_t max_len, struct outseg *o)
{
	const uint32_t room = min_u32(plan_window_room(t), plan_cwnd_room(t));

	if (plpmtud_plan(t, room, o))
		return true;
	return tcp_flight(t) == 0 && plan_new_text(t, max_len, o);
}

/* Up to `max_len` bytes of a record, again. */
static bool plan_of(const struct tcb *t, const struct sent *r, struct seq seq,
		    uint32_t max_len, struct outseg *o)
{
	const uint32_t left = seq_len(seq, sent_end(r));

	if (!plan_again(t, seq, max_len, o))
		return false;
	if (o->len > left) {
		o->len = left;
		o->flags = psh_again(t, seq_add(seq, left));
	} else if (o->len == left) {
		o->flags &= (uint16_t)~FIN; /* it has a record of its own */
	}
	return true;
}

static bool fits(const struct tcb *t, const struct outseg *o)
{
	const struct seq edge = seq_add(t->snd.una, t->snd.wnd);

	return o->len <= plan_cwnd_room(t) &&
	       seq_le(seq_add(o->seq, o->len), edge);
}

/* What was sent as several small segments goes again as one. */
static void plan_merge(const struct tcb *t, const struct sent *r,
		       struct outseg *o)
{
	const uint32_t most = eor_limit(t, o->seq, t->mss);

	while (r && r->fate == SENT_LOST && o->len + r->len <= most &&
	       seq_le(sent_end(r), output_data_end(t))) {
		o->len += r->len;
		o->flags |= r->push ? PSH : 0;
		r = sentq_next(r);
	}
}

/* What was taken for lost, in order of sequence, as cwnd and the peer's window
 * (SHLD-16) allow; after a timeout the first segment whatever they say
 * (MAY-7). */
static bool plan_lost(const struct tcb *t, uint32_t max_len, struct outseg *o)
{
	const struct sent *r = sentq_first_lost(&t->flow->sent);
	bool first;

	if (!r)
		return false;
	first = r == t->flow->sent.first;
	if (frto_holds(t, first))
		return false;
	max_len = r->mss == t->mss ? again_max(t, r->left, max_len) : t->mss;
	if (!plan_of(t, r, r->left, max_len, o))
		return false;
	if (o->len == r->len)
		plan_merge(t, sentq_next(r), o);
	return (first && t->recovery == RECOVERY_LOSS) || fits(t, o);
}

static struct seq last_segment(const struct sent *r)
{
	return seq_add(r->left, (r->len - 1) / r->mss * r->mss);
}

/* RFC 8985 7.3: unsent text if the peer's window has room, whatever cwnd says;
 * else the last segment. */
static bool plan_tail_probe(const struct tcb *t, struct outseg *o)
{
	const struct sent *r = t->flow->sent.last;
	const uint32_t len =
		eor_limit(t, t->snd.nxt, min_u32(output_unsent(t), t->mss));

	o->tail_probe = true;
	if (len > 0 && len <= plan_window_room(t)) {
		o->len = len;
		o->flags = psh_at(t, seq_add(o->seq, len));
		return true;
	}
	if (r && r->fate == SENT_FLYING &&
	    plan_of(t, r, last_segment(r), t->mss, o))
		return true;
	o->tail_probe = false;
	return false;
}

/* RFC 6675 4, NextSeg rules (3) and (4): a hole that nothing says is lost, and
 * once in a recovery the last segment. */
static bool plan_hole(const struct tcb *t, struct outseg *o)
{
	const struct flow *f = t->flow;
	const struct repair *p = &f->repair;
	const struct sent *r = f->sent.first;

	if (!p->by_count || t->recovery != RECOVERY_FAST || !r)
		return false;
	o->twice = true;
	for (r = sentq_find(&f->sent, seq_max(p->high_rxt, t->snd.una));
	     r && seq_lt(r->left, p->rack.fack); r = sentq_next(r))
		if (r->fate == SENT_FLYING && !r->again)
			return plan_of(t, r, r->left, t->mss, o) && fits(t, o);
	r = f->sent.last;
	if (p->rescued || r->fate != SENT_FLYING || r->again)
		return false;
	o->rescue = true;
	return plan_of(t, r, last_segment(r), t->mss, o) && fits(t, o);
}

static bool plan_fin(const struct tcb *t, struct outseg *o)
{
	if (!fin_unsent(t) || output_unsent(t) > 0 || plan_window_room(t) == 0)
		return false;
	o->seq = t->snd.nxt;
	o->len = 0;
	o->flags = FIN;
	o->again = false;
	o->probe = false;
	return true;
}

/* With SACK: what has been sent, again; or new text, where a probe asks for
 * it. */
static bool plan_repair(const struct tcb *t, uint32_t max_len, struct outseg *o)
{
	if (t->flow->repair.tlp.due && plan_tail_probe(t, o))
		return true;
	return plan_lost(t, max_len, o);
}

/* Before our SYN is acknowledged: the SYN; with Fast Open text after SYN,ACK
 * (RFC 7413 4.2.2); or the FIN of a user who has sent nothing (3.10.4). */
static bool plan_open(const struct tcb *t, uint32_t max_len, struct outseg *o)
{
	if (plan_syn(t, o))
		return true;
	if (fastopen_is_early(t))
		return output_unsent(t) > 0 && plan_new_text(t, max_len, o);
	return t->state == SYN_RECEIVED && plan_fin(t, o);
}

bool plan_next(const struct tcb *t, uint32_t max_len, struct outseg *o)
{
	const bool by_sack = repair_is_on(t);

	*o = (struct outseg){.seq = t->snd.nxt};
	if (t->syn_unacked)
		return plan_open(t, max_len, o);
	if (!is_synchronized(t))
		return false;
	if (by_sack && plan_repair(t, max_len, o))
		return true;
	if (t->rexmit_now && plan_again(t, t->snd.una, t->mss, o))
		return true;
	if (!by_sack && plan_go_back(t, max_len, o))
		return true;
	if (seq_eq(t->snd.nxt, output_end(t)))
		return by_sack && plan_hole(t, o);
	if (wants_probe(t))
		return plan_probe(t, max_len, o);
	return plan_new_text(t, max_len, o) || plan_fin(t, o) ||
	       (by_sack && plan_hole(t, o));
}

bool plan_cwnd_blocked(const struct tcb *t)
{
	uint32_t room;

	if (output_unsent(t) == 0)
		return false;
	room = plan_cwnd_room(t);
	return room <= plan_window_room(t) &&
	       (room < t->mss || burst_holds(t, room));
}

bool output_window_blocked(const struct tcb *t)
{
	if (likely(seq_eq(t->snd.nxt, output_end(t))))
		return false;
	if (!is_synchronized(t) || t->syn_unacked)
		return false;
	if (output_unsent(t) == 0)
		return fin_unsent(t) && plan_window_room(t) == 0;
	/* Else it is Nagle or MSG_MORE, which have their own ends. */
	return plan_window_room(t) < min_u32(output_unsent(t), t->mss);
}
