/* SPDX-License-Identifier: ISC */
/*
 * synq_arrives.c - SEGMENT ARRIVES for an entry of the SYN queue
 *
 * The steps of 3.10.7.4 as far as SYN-RECEIVED after a passive OPEN goes:
 * sequence, RST, SYN, ACK.  With the right ACK the entry becomes a control
 * block in SYN-RECEIVED, and the segment is processed by that.
 */
#include "tcp/synq.h"

#include "tcp/arrives.h"
#include "tcp/demux.h"
#include "tcp/ecn.h"
#include "tcp/iss.h"
#include "tcp/life.h"
#include "tcp/output.h"
#include "tcp/state.h"
#include "tcp/synq_reply.h"
#include "tcp/timewait.h"

#define ANSWERS_MAX 63 /* in six bits */

static enum verdict drop(struct tcp *tcp, const struct synq_entry *e,
			 enum tern_drop why)
{
	const struct tern_tuple tuple = conn_tuple(&e->conn);

	return segment_drop(tcp, &tuple, why);
}

/* MUST-11: what is in the SYN queue came from LISTEN. */
static void back_to_listen(struct tcp *tcp, struct synq_entry *e)
{
	env_count(tcp->env, TERN_TcpExtEmbryonicRsts);
	synq_fail(tcp, e);
}

/* <SEQ=ISS+1><ACK=IRS+1><CTL=ACK>, or the SYN,ACK again. */
static void answer(struct tcp *tcp, const struct synq_entry *e, bool synack)
{
	struct synq_agreed a;
	struct tcp_options o = {0};
	struct bare_segment b = {.flags = ACK, .opt = &o};

	synq_agreed_of(tcp, e, &a);
	if (synack) {
		synq_reply(tcp, e->l, &a, false);
		return;
	}
	b.tuple = a.tuple;
	b.seq = seq_add(e->iss, 1);
	b.ack = seq_add(e->irs, 1);
	b.wnd = e->l->told_wnd;
	if (a.flags & SYNQ_WSCALE)
		b.wnd = (uint16_t)(b.wnd >> e->conn.rcv_wscale);
	b.tos = e->l->opts->tos;
	b.ttl = e->l->opts->ttl;
	if (a.flags & SYNQ_TS) {
		o.present = TERN_OPT_TIMESTAMPS;
		o.ts_val = timestamp_now(tcp, a.ts_offset);
		o.ts_ecr = e->ts_recent;
	}
	reply_bare(tcp, &b);
}

/* What may be forged is answered, but not for ever (RFC 5961 7): the limit of
 * 5 s is here that of the whole entry. */
static void challenge(struct tcp *tcp, struct synq_entry *e)
{
	if (e->conn.n_challenges >= tcp->tun.challenge_ack_limit) {
		drop(tcp, e, TERN_DROP_TCP_CHALLENGE_RATE);
		return;
	}
	if (e->conn.n_challenges < UINT8_MAX)
		e->conn.n_challenges++;
	answer(tcp, e, false);
}

/* Linux answers one of those that come within tcp_invalid_ratelimit. */
static bool is_too_soon(const struct tcp *tcp, const struct synq_entry *e)
{
	const uint64_t pause = tcp->tun.invalid_ratelimit_ms * TERN_MS;
	struct synq_agreed a;

	if (!tcp->tun.linux_acks || !e->conn.answered)
		return false;
	synq_agreed_of(tcp, e, &a);
	return tcp->env->now - a.sent_at < pause;
}

/* The SYN again: our answer may be lost.  The timer waits anew, so that there
 * is one answer and not two. */
static void answer_again(struct tcp *tcp, struct synq_entry *e)
{
	if (is_too_soon(tcp, e)) {
		drop(tcp, e, TERN_DROP_TCP_CHALLENGE_RATE);
		return;
	}
	e->conn.flags |= SYNQ_REXMIT;
	e->conn.answered = 1;
	if (e->conn.dscp < ANSWERS_MAX)
		e->conn.dscp++;
	wheel_set(&tcp->syn_wheel, &e->wheel,
		  tcp->env->now + synq_rto(tcp, e->l, e->retries));
	answer(tcp, e, true);
}

/* First: Table 6, and RFC 7323 5.3 before it. */
static enum verdict check_sequence(struct tcp *tcp, struct synq_entry *e,
				   const struct segment *seg)
{
	const struct seq nxt = seq_add(e->irs, 1);
	const uint32_t wnd = e->l->told_wnd;
	const bool ts = seg->opt.present & TERN_OPT_TIMESTAMPS;

	if ((seg->flags & (SYN | ACK | RST)) == SYN &&
	    seq_eq(seg->seq, e->irs)) {
		if (ecn_contradicts(tcp, (enum ecn_mode)e->ecn_mode, seg)) {
			const struct tern_tuple tuple = conn_tuple(&e->conn);

			reply_reset(tcp, seg, &tuple); /* RFC 9768 3.1.5 */
			back_to_listen(tcp, e);
			return DROP;
		}
		e->syn_ecn = ecn_codepoint_of(seg) & 3U;
		if (!(seg->flags & ECN_FLAGS))
			e->conn.flags |= SYNQ_NO_ECT;
		answer_again(tcp, e);
		return DROP;
	}
	if ((e->conn.flags & SYNQ_TS) && ts && !(seg->flags & RST) &&
	    (int32_t)(seg->opt.ts_val - e->ts_recent) < 0) {
		challenge(tcp, e);
		return drop(tcp, e, TERN_DROP_TCP_PAWS);
	}
	if ((e->conn.flags & SYNQ_TS) && !ts && !(seg->flags & RST))
		return drop(tcp, e, TERN_DROP_TCP_NO_TIMESTAMP);
	if (seq_in(seg->seq, nxt, wnd) ||
	    (seg->len > 0 && !(seg->flags & RST) &&
	     seq_in(seq_add(seg->seq, seg->len - 1), nxt, wnd)))
		return NEXT;
	if (!(seg->flags & RST))
		challenge(tcp, e);
	return drop(tcp, e, TERN_DROP_TCP_SEQ);
}

/* Second and fourth: a passive OPEN returns to LISTEN. */
static enum verdict check_rst_syn(struct tcp *tcp, struct synq_entry *e,
				  const struct segment *seg)
{
	if (seg->flags & RST) {
		if (!seq_eq(seg->seq, seq_add(e->irs, 1))) {
			challenge(tcp, e); /* RFC 5961 3.2 */
			return drop(tcp, e, TERN_DROP_TCP_RST_SEQ);
		}
		back_to_listen(tcp, e);
		return DROP;
	}
	if (seg->flags & SYN) {
		back_to_listen(tcp, e);
		return DROP;
	}
	return NEXT;
}

/* Fifth: is it the third segment, and can it be used? */
static enum verdict check_ack(struct tcp *tcp, struct synq_entry *e,
			      struct segment *seg)
{
	const struct tern_tuple tuple = conn_tuple(&e->conn);

	if (!(seg->flags & ACK))
		return drop(tcp, e, TERN_DROP_TCP_NO_ACK);
	if (!seq_eq(seg->ack, seq_add(e->iss, 1))) {
		reply_reset(tcp, seg, &tuple);
		return drop(tcp, e, TERN_DROP_TCP_ACK);
	}
	if (e->l->opts->defer_accept && e->retries < e->l->opts->defer_accept &&
	    seg->len == 0 && seq_eq(seg->seq, seq_add(e->irs, 1))) {
		e->conn.flags |= SYNQ_ACKED;
		return drop(tcp, e, TERN_DROP_TCP_DEFER_ACCEPT);
	}
	if (listener_accept_full(e->l)) {
		e->conn.flags |= SYNQ_ACKED;
		drop(tcp, e, TERN_DROP_TCP_ACCEPT_QUEUE_FULL);
		if (tcp->tun.abort_on_overflow) {
			reply_reset(tcp, seg, &tuple);
			back_to_listen(tcp, e);
		}
		return DROP;
	}
	return NEXT;
}

void synq_arrives(struct tcp *tcp, struct synq_entry *e, struct segment *seg)
{
	struct synq_agreed a;
	struct listener *l = e->l;
	struct tcb *t;

	if (check_sequence(tcp, e, seg) == DROP)
		return;
	if (check_rst_syn(tcp, e, seg) == DROP)
		return;
	if (check_ack(tcp, e, seg) == DROP)
		return;
	synq_agreed_of(tcp, e, &a);
	t = synq_make_tcb(tcp, l, &a, e);
	if (!t)
		return;
	if (a.flags & SYNQ_REOPENS)
		timewait_recycle(tcp, &a.tuple);
	tcp_segment_arrives(tcp, t, seg);
}

static void fill_tcb(struct tcp *tcp, struct tcb *t,
		     const struct synq_agreed *a)
{
	t->conn.laddr = a->tuple.laddr;
	t->conn.raddr = a->tuple.raddr;
	t->conn.lport = a->tuple.lport;
	t->conn.rport = a->tuple.rport;
	t->passive = true;
	t->snd.iss = t->snd.una = a->iss;
	t->snd.nxt = t->snd.rtx = t->snd.end = seq_add(a->iss, 1);
	t->snd.wl1 = t->rcv.irs = a->irs;
	t->snd.wl2 = a->iss;
	t->rcv.nxt = t->rcv.acked = t->rcv.up = seq_add(a->irs, 1);
	t->send_mss = a->mss;
	t->ts_ok = a->flags & SYNQ_TS;
	t->ts_recent = a->ts_recent;
	t->ts_recent_ms = (uint32_t)(tcp->env->now / TERN_MS);
	t->conn.node.own = a->ts_offset;
	t->sack_ok = a->flags & SYNQ_SACK;
	t->wscale_ok = a->flags & SYNQ_WSCALE;
	t->syn_unacked = true;
	t->syn_rexmitted = a->flags & SYNQ_REXMIT;
	t->syn_lost_twice = a->flags & SYNQ_LOST_TWICE;
	/* RFC 3168 6.1.1, RFC 9768 3.1.5 */
	if (a->flags & SYNQ_NO_ECT && a->ecn_mode != ECN_MODE_NONE)
		t->conn.flags |= ECN_NO_ECT;
	t->n_rexmit = a->n_rexmit;
	if (!t->syn_rexmitted) {
		t->rtt_start = a->sent_at;
		t->rtt_seq = t->snd.nxt;
	}
	t->rx_at = tcp->env->now;
	rtt_init(&t->rtt, &tcp->rtt_limits);
	if (t->wscale_ok) {
		t->snd_wscale = a->snd_wscale;
		t->rcv_wscale = a->rcv_wscale;
	}
}

static bool hold_port(struct tcp *tcp, struct tcb *t)
{
	t->port_flags = tcp_port_flags(t->opts) & PORT_FLAGS;
	t->port_held = ports_hold(&tcp->ports, t->conn.laddr, t->conn.lport,
				  t->port_flags) == 0;
	return t->port_held;
}

/* What an entry has had in the table and of memory is the block's now. */
static void succeed(struct tcp *tcp, struct tcb *t, struct synq_entry *from)
{
	struct listener *l = from->l;

	demux_replace(tcp, &from->conn, &t->conn);
	synq_leave(tcp, from);
	listener_add_pending(l, t, from);
}

/* There is no entry.  Returns false if there is no memory. */
static bool enter(struct tcp *tcp, struct listener *l, struct tcb *t,
		  uint32_t hash)
{
	void *place = pool_get(&tcp->synqs);

	if (!place || demux_insert(tcp, &t->conn, hash) < 0) {
		pool_put(&tcp->synqs, place);
		return false;
	}
	listener_add_pending(l, t, place);
	return true;
}

static struct tcb *no_memory(struct tcp *tcp, const struct synq_agreed *a,
			     struct tcb *t, struct synq_entry *from)
{
	segment_drop(tcp, &a->tuple, TERN_DROP_NO_MEMORY);
	if (from) /* the SYN,ACK will be sent again */
		from->conn.flags |= SYNQ_ACKED;
	if (t)
		tcp_settle(tcp, t);
	return NULL;
}

struct tcb *synq_make_tcb(struct tcp *tcp, struct listener *l,
			  const struct synq_agreed *a, struct synq_entry *from)
{
	uint32_t src = a->tuple.laddr;
	struct tcb *t = NULL;

	/* The last of the memory is for connections that there are. */
	if (!mem_is_below(&tcp->env->mem, MEM_SCARCE))
		t = tcp_create_child(tcp, l);
	if (!t)
		return no_memory(tcp, a, NULL, from);
	fill_tcb(tcp, t, a);
	(void)net_path(tcp->net, a->tuple.raddr, &src, &t->path);
	if (!opts_device_ok(t->opts, t->path.ifindex))
		t->path.ifindex = 0;
	window_init(tcp, t, l->told_wnd);
	t->orphan = true; /* until accept() */
	if (!ecn_adopt(tcp, t, (enum ecn_mode)a->ecn_mode) ||
	    !hold_port(tcp, t) || (!from && !enter(tcp, l, t, a->hash)))
		return no_memory(tcp, a, t, from);
	if (from)
		succeed(tcp, t, from);
	tcp_set_state_received(t);
	return t;
}
