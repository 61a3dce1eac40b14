/* SPDX-License-Identifier: ISC */
/*
 * output_plain.c - output prediction: one segment with all that is queued, text
 * and FIN, while nothing is in flight; or an ACK, when nothing is queued
 *
 * Requests, responses, and what ends them are of the first kind.  When nothing
 * else is unusual, what plan.c and output.c would decide comes down to a few
 * comparisons, and what they would write down to a few stores.  As with header
 * prediction (fast.c) whatever does not pass them all takes the long way, so
 * that nothing here decides anything that output.c would decide otherwise: a
 * stack with tern.tcp_prediction at 0 sends the same bytes at the same times.
 *
 * A SYN that goes for the first time is predicted, too.
 */
#include "tcp/output_plain.h"

#include "tcp/congest.h"
#include "tcp/life.h"
#include "tcp/plan.h"
#include "tcp/sparse.h"
#include "tcp/state.h"
#include "tcp/tally.h"
#include "tcp/timeout.h"

/* The connection is open, and owes nothing but text, FIN and ACKs. */
static bool is_calm(const struct tcb *t)
{
	if (!is_synchronized(t) || t->recovery != RECOVERY_OPEN)
		return false;
	if (t->conn.flags || t->dupacks_owed)
		return false;
	return !tcb_has(t, .syn_unacked = true, .persisting = true,
			.urgent_out = true, .more = true, .challenge = true,
			.probe_now = true, .rexmit_now = true, .uto_owed = true,
			.eor = true, .watched = true);
}

/* The cold half neither holds text back nor has anything to tell or repair. */
static bool is_quiet(const struct flow *f)
{
	return f->reass.len == 0 && !f->dsack_due && !f->fin_held &&
	       f->pace_next == 0 && !f->mtu.next && !f->repair.tlp.due &&
	       !f->burst.on && f->burst.held_room == 0 && f->sent.n_lost == 0;
}

/* All that is queued was sent. */
static bool all_sent(const struct tcb *t)
{
	return seq_eq(t->snd.nxt, output_end(t));
}

/* Text and FIN that Nagle and SWS avoidance would let go (3.7.4, 3.8.6.2.1),
 * since they are all there is, and that the windows have room for. */
static bool fits(const struct tcb *t, const struct flow *f)
{
	const uint32_t room = min_u32(t->snd.wnd, max_u32(t->cc.cwnd, t->mss));

	return seq_eq(t->snd.una, t->snd.nxt) && f->sendq.len <= t->mss &&
	       f->sendq.len + t->fin_queued <= room &&
	       f->sendq.n <= TERN_FRAME_PARTS && f->sent.n == 0;
}

bool output_is_plain(const struct tcp *tcp, const struct tcb *t)
{
	const struct flow *f = t->flow;

	if (!tcp->predicts || !is_calm(t) || (f && !is_quiet(f)))
		return false;
	if (all_sent(t))
		return t->ack_now;
	return f && fits(t, f) && t->opts->plain_output;
}

/* So much is in flight now, and watched. */
static struct sent *sent(struct tcp *tcp, struct tcb *t, uint32_t n)
{
	const uint64_t now = tcp->env->now;
	struct flow *f = t->flow;
	struct sent *r;

	f->repair.rack.fack = f->repair.lost_edge = t->snd.nxt;
	r = sentq_start(&f->sent, t->snd.nxt, n, t->mss, now);
	rate_on_sent(&f->rate, &r->stamp, now, 0, n);
	t->stalled_at = now;
	t->snd.nxt = seq_add(t->snd.nxt, n);
	t->push_now = t->override_sws = false;
	f->push_at = TERN_NEVER;
	timer_start_rexmit(tcp, t); /* RFC 6298 5.1 */
	if (t->sack_ok)
		repair_arm_probe(tcp, t);
	env_count(tcp->env, TERN_TcpExtTCPOrigDataSent);
	return r;
}

/* There is text in it, which is timed. */
static void sent_text(struct tcp *tcp, struct tcb *t, struct sent *r,
		      uint32_t len)
{
	const uint64_t now = tcp->env->now;

	r->push = true;
	t->tally->text_out++;
	t->tally->sent_at = now;
	t->quick_acks = 0; /* text will carry the ACKs */
	sparse_text_out(t);
	if (!t->rtt_start) {
		t->rtt_start = now;
		t->rtt_seq = t->snd.nxt;
	}
	if (len < t->mss) /* SHLD-7 */
		t->flow->sml = t->snd.nxt;
}

/* Every segment acknowledges. */
static void paid_ack(struct tcb *t)
{
	t->ack_now = t->wnd_update = false;
	timer_stop_delayed_ack(t);
}

static int output_ack(struct tcp *tcp, struct tcb *t, struct tern_frame *f)
{
	const struct outseg o = {.seq = t->snd.nxt};
	const int n = emit_plain(tcp, t, &o, f);

	paid_ack(t);
	t->cwnd_limited = plan_fills_half(t);
	tcp_settle_output(tcp, t, false);
	return n;
}

/* Text, FIN, or both.  What the output pass settles after it: there is
 * something in flight, and its timers run. */
static int output_all(struct tcp *tcp, struct tcb *t, struct tern_frame *f)
{
	const uint32_t len = t->flow->sendq.len;
	const struct outseg o = {
		.seq = t->snd.nxt,
		.len = len,
		.flags = (len > 0 ? PSH : 0U) | (t->fin_queued ? FIN : 0U),
	};
	struct sent *r;
	int n;

	if (likely(len > 0))
		congest_on_start(tcp, t);
	n = emit_plain(tcp, t, &o, f);
	r = sent(tcp, t, len + t->fin_queued);
	if (likely(len > 0)) {
		sent_text(tcp, t, r, len);
		tally_settle_sent(tcp, t);
	} else {
		tally_settle(tcp, t);
	}
	paid_ack(t);
	t->cwnd_limited = plan_fills_half(t);
	timer_settle_wheel(tcp, t);
	return n;
}

int output_plain(struct tcp *tcp, struct tcb *t, struct tern_frame *f)
{
	return all_sent(t) ? output_ack(tcp, t, f) : output_all(tcp, t, f);
}

bool output_is_syn(const struct tcp *tcp, const struct tcb *t)
{
	return t->state == SYN_SENT && seq_eq(t->snd.nxt, t->snd.iss) &&
	       tcp->predicts && !t->flow && !t->tally && !t->rtt_start &&
	       !t->conn.fastopen && t->rexmit_at == TERN_NEVER &&
	       !tcb_has(t, .fin_queued = true, .rexmit_now = true,
			.watched = true);
}

int output_syn(struct tcp *tcp, struct tcb *t, struct tern_frame *f)
{
	const struct outseg o = {.seq = t->snd.nxt, .flags = SYN};
	uint32_t len;
	const int n = emit_segment(tcp, t, &o, f, &len);

	t->snd.nxt = t->rtt_seq = seq_add(t->snd.nxt, 1);
	t->rtt_start = t->stalled_at = tcp->env->now;
	timer_start_rexmit(tcp, t); /* RFC 6298 5.1 */
	timer_settle_wheel(tcp, t);
	env_count(tcp->env, TERN_TcpExtTCPOrigDataSent);
	return n;
}
