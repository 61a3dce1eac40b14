/* SPDX-License-Identifier: ISC */
/*
 * output_plain.c - output prediction: a segment of new text that takes all that
 * is queued, while nothing is in flight
 *
 * Requests and responses are of that kind.  When nothing else is unusual, what
 * plan.c and output.c would decide comes down to a few comparisons, and what
 * they would write down to a few stores.  As with header prediction (fast.c)
 * whatever does not pass them all takes the long way, so that nothing here
 * decides anything that output.c would decide otherwise: a stack with
 * tern.tcp_prediction at 0 sends the same bytes at the same times.
 */
#include "tcp/output_plain.h"

#include "tcp/congest.h"
#include "tcp/life.h"
#include "tcp/tally.h"
#include "tcp/timeout.h"

/* The connection is open both ways, and owes nothing but text and ACKs. */
static bool is_calm(const struct tcb *t)
{
	if (t->state != ESTABLISHED || t->recovery != RECOVERY_OPEN)
		return false;
	if (t->conn.flags || t->dupacks_owed)
		return false;
	return !tcb_has(t, .syn_unacked = true, .fin_queued = true,
			.persisting = true, .urgent_out = true, .more = true,
			.challenge = true, .probe_now = true,
			.rexmit_now = true, .uto_owed = true, .eor = true,
			.watched = true);
}

/* There is only the send queue, in a few pieces. */
static bool is_empty(const struct flow *f)
{
	return f->sent.n == 0 && f->sendq.n <= TERN_FRAME_PARTS &&
	       f->reass.len == 0 && !f->dsack_due && !f->fin_held &&
	       f->pace_next == 0 && !f->mtu.next && !f->repair.tlp.due &&
	       !f->burst.on && f->burst.held_room == 0;
}

/* Text that Nagle and SWS avoidance would let go (3.7.4, 3.8.6.2.1), since it
 * is all there is, and that the windows have room for. */
static bool fits(const struct tcb *t, uint32_t len)
{
	return len > 0 && len <= t->mss && len <= t->snd.wnd &&
	       seq_eq(t->snd.una, t->snd.nxt);
}

bool output_is_plain(const struct tcp *tcp, const struct tcb *t)
{
	const struct flow *f = t->flow;

	return f && tcp->predicts && fits(t, f->sendq.len) && is_calm(t) &&
	       t->opts->plain_output && is_empty(f);
}

/* It is watched, and timed. */
static void sent(struct tcp *tcp, struct tcb *t, uint32_t len)
{
	const uint64_t now = tcp->env->now;
	const struct seq end = seq_add(t->snd.nxt, len);
	struct flow *f = t->flow;
	struct sent *r;

	f->repair.rack.fack = f->repair.lost_edge = t->snd.nxt;
	r = sentq_start(&f->sent, t->snd.nxt, len, t->mss, now);
	r->push = true;
	rate_on_sent(&f->rate, &r->stamp, now, 0, len);
	t->tally->text_out++;
	t->tally->sent_at = t->stalled_at = now;
	if (!t->rtt_start) {
		t->rtt_start = now;
		t->rtt_seq = end;
	}
	if (len < t->mss) /* SHLD-7 */
		f->sml = end;
	t->snd.nxt = end;
	timer_start_rexmit(tcp, t); /* RFC 6298 5.1 */
	if (t->sack_ok)
		repair_arm_probe(tcp, t);
	env_count(tcp->env, TERN_TcpExtTCPOrigDataSent);
}

/* What waited for a segment went with it. */
static void paid(struct tcb *t)
{
	t->quick_acks = 0; /* text will carry the ACKs */
	t->ack_now = t->wnd_update = false;
	t->push_now = t->override_sws = false;
	t->flow->ack_at = t->flow->push_at = TERN_NEVER;
}

int output_plain(struct tcp *tcp, struct tcb *t, struct tern_frame *f)
{
	const uint32_t len = t->flow->sendq.len;
	const struct outseg o = {.seq = t->snd.nxt, .len = len, .flags = PSH};
	int n;

	congest_on_start(tcp, t);
	n = emit_plain(tcp, t, &o, f);
	sent(tcp, t, len);
	paid(t);
	t->cwnd_limited =
		t->cc.cwnd < t->cc.ssthresh && 2 * (uint64_t)len >= t->cc.cwnd;
	tally_settle_sent(tcp, t);
	timer_settle_wheel(tcp, t);
	return n;
}
