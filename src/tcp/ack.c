/* SPDX-License-Identifier: ISC */
/*
 * ack.c - step five of 3.10.7.4 in synchronized states: what an ACK does
 */
#include "tcp/arrives.h"

#include "tcp/autotune.h"
#include "tcp/congest.h"
#include "tcp/delivery.h"
#include "tcp/ecn.h"
#include "tcp/eor.h"
#include "tcp/life.h"
#include "tcp/output.h"
#include "tcp/state.h"
#include "tcp/timeout.h"

bool ack_of_fin(const struct tcb *t)
{
	return t->fin_acked;
}

/* Linux: what says nothing else makes the window smaller only to close it. */
static bool is_shrink_ignored(const struct tcp *tcp, const struct tcb *t,
			      const struct segment *seg)
{
	return unlikely(tcp->tun.linux_acks) && seq_eq(t->snd.wl1, seg->seq) &&
	       seq_eq(t->snd.wl2, seg->ack) && seg->wnd < t->snd.wnd &&
	       seg->wnd > 0;
}

/* "Duplicate" as RFC 5681 2 defines it: all five conditions. */
static bool is_duplicate(const struct tcp *tcp, const struct tcb *t,
			 const struct segment *seg)
{
	return tcp_flight(t) > 0 && seg->text_len == 0 &&
	       !(seg->flags & (SYN | FIN)) && seq_eq(seg->ack, t->snd.una) &&
	       (seg->wnd == t->snd.wnd || is_shrink_ignored(tcp, t, seg));
}

/* A sample; only one ends the back-off (RFC 6298 5), or a path that became
 * longer than RTO would never be learnt. */
static uint32_t take_sample(struct tcp *tcp, struct tcb *t, uint64_t ns)
{
	const uint32_t us = rtt_sample(&t->rtt, &tcp->rtt_limits, ns, 1);

	if (t->tally)
		rtt_forget(&t->rtt, &t->tally->rtt_window, tcp->env->now,
			   tcp->tun.min_rtt_wlen_s * TERN_S, us);
	t->backoff = 0;
	return (uint32_t)(ns / TERN_US);
}

/*
 * RFC 6298 3 and RFC 7323 4.1.  A segment that was timed gives the better
 * sample; where Karn's rule forbids that, the timestamp does.  Returns it in
 * microseconds, or 0.
 */
uint32_t ack_sample_rtt(struct tcp *tcp, struct tcb *t,
			const struct segment *seg)
{
	const struct tcp_options *o = &seg->opt;
	uint64_t ns;
	uint32_t ms;

	if (t->rtt_start && seq_le(t->rtt_seq, seg->ack)) {
		ns = tcp->env->now - t->rtt_start;
		t->rtt_start = 0;
		return take_sample(tcp, t, ns);
	}
	if (t->rtt_start || !t->ts_ok || o->ts_ecr == 0)
		return 0;
	ms = timestamp_now(tcp, conn_ts_offset(&t->conn)) - o->ts_ecr;
	if ((int32_t)ms < 0 || ms > 600000)
		return 0; /* never sent by us, or absurdly old */
	return take_sample(tcp, t, max_u32(ms, 1) * TERN_MS);
}

/* Takes what is acknowledged out of the queue.  Returns bytes of text. */
static uint32_t drop_acked(struct tcb *t, struct seq ack)
{
	uint32_t n = seq_len(t->snd.una, ack);

	if (t->syn_unacked && n > 0) {
		t->syn_unacked = false;
		n--;
	}
	if (t->fin_queued && n > tcp_sendq_len(t)) {
		t->fin_acked = true;
		n--;
	}
	t->snd.una = ack;
	t->snd.rtx = seq_max(t->snd.rtx, ack);
	if (n > 0) {
		sendq_drop(&t->flow->sendq, n);
		t->tally->bytes_acked += n;
	}
	return n;
}

/* SND.UNA moves to SEG.ACK, and what waited for that happens. */
static void advance(struct tcp *tcp, struct tcb *t, struct seq ack,
		    struct delivery *d)
{
	if (t->flow)
		delivery_until(tcp, t, d, ack);
	d->acked = drop_acked(t, ack);
	if (tcp_sendq_len(t) <= tcp->tun.wmem[0] / 2)
		t->send_held = false;
	t->retries = 0;
	t->stalled_at = tcp->env->now;
	t->reported = false;
	t->rexmit_now = false; /* what was to go again has arrived */
	if (t->urgent_out && (!t->flow || seq_le(t->flow->up, t->snd.una)))
		t->urgent_out = false;
	if (unlikely(t->eor))
		eor_acked(t);
	if (unlikely(t->watched))
		tcp_moved(tcp, t, TCP_MOVED_ACKED, ack, ack);
}

/* A record of its own gives the round trip of each ACK. */
static uint32_t rtt_of(const struct delivery *d, uint32_t sample_us)
{
	return d->rtt_ns ? max_u32((uint32_t)(d->rtt_ns / TERN_US), 1)
			 : sample_us;
}

static void tell_congestion(struct tcp *tcp, struct tcb *t, struct delivery *d,
			    uint32_t rtt_us, bool in_recovery)
{
	struct cc_ack a;

	if (!t->flow || (d->acked == 0 && d->bytes == 0 && d->lost == 0))
		return;
	rate_finish(&t->flow->rate, &d->rs, t->rtt.min_us * TERN_US);
	a.rs = &d->rs;
	a.acked = d->acked;
	a.delivered = d->bytes;
	a.lost = d->lost;
	a.prior_inflight = d->prior_pipe;
	a.marked = min_u32(t->flow->marked, d->bytes);
	a.rtt_us = rtt_us;
	a.in_recovery = in_recovery;
	tally_acked_more(t, &d->rs, a.marked);
	congest_on_ack(tcp, t, &a);
}

/* Linux: SACKed text that was sent after the head of the queue was sent last
 * says that the path lives. */
static bool lives_by_sack(const struct tcp *tcp, const struct tcb *t,
			  const struct delivery *d)
{
	const struct sent *head = t->flow ? t->flow->sent.first : NULL;

	return unlikely(tcp->tun.linux_acks) && head && d->rtt_ns &&
	       d->rtt_ns > tcp->env->now - head->stamp.sent_at;
}

/* An ACK that says something new, by its number or by SACK. */
static void take_ack(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	const bool was_full = !send_room_ok(tcp, t);
	const bool by_sack = repair_is_on(t) || repair_may_be_undone(t);
	const bool in_recovery = t->recovery == RECOVERY_FAST;
	uint32_t rtt_us = 0;
	struct delivery d;

	delivery_begin(t, &d, seg);
	if (d.advanced) {
		rtt_us = ack_sample_rtt(tcp, t, seg);
		advance(tcp, t, seg->ack, &d);
	}
	if (by_sack)
		repair_on_ack(tcp, t, seg, &d);
	else
		recovery_on_ack(tcp, t, seg, &d);
	if (d.advanced)
		tally_recovered(tcp, t);
	tell_congestion(tcp, t, &d, rtt_of(&d, rtt_us), in_recovery);
	if (was_full)
		autotune_send(tcp, t);
	if (t->flow)
		plpmtud_acked(tcp, t);
	if (tcp_flight(t) == 0) {
		timer_stop_rexmit(t);
		if (unlikely(tcp->tun.linux_acks) &&
		    (t->more || t->opts->cork) && tcp_outq_unsent(t) > 0)
			timer_start_push(tcp, t);
	} else if (d.advanced && (by_sack || t->recovery != RECOVERY_FAST))
		timer_start_rexmit(tcp, t); /* RFC 6298 5.3 */
	else if (by_sack && lives_by_sack(tcp, t, &d))
		timer_start_rexmit(tcp, t);
	if (by_sack && (d.advanced || d.bytes > 0))
		repair_arm(tcp, t);
	if (was_full && send_room_ok(tcp, t) && can_send(t))
		tcp_notify(tcp, t, TCP_READY_OUT);
}

void ack_advance(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	if (ack_is_of_syn(tcp, t, seg->ack))
		ack_of_syn(tcp, t, seg);
	else
		take_ack(tcp, t, seg);
}

/* Does an ACK that does not advance say anything to repair?  Of a probe for the
 * tail only one without text does, RFC 8985 7.4.2. */
static bool is_news(const struct tcb *t, const struct segment *seg)
{
	if (seg->opt.present & TERN_OPT_SACK)
		return repair_is_on(t) || repair_may_be_undone(t);
	return seg->len == 0 && repair_is_on(t) && t->flow->repair.tlp.out;
}

/* What met the window closed goes again. */
static void reopened(struct tcp *tcp, struct tcb *t)
{
	t->snd.rtx = t->snd.una;
	if (t->recovery == RECOVERY_LOSS && repair_is_on(t))
		repair_resend(tcp, t, t->snd.nxt);
}

/*
 * "If (SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK))": an
 * old segment must not change the window.
 */
void ack_update_window(struct tcp *tcp, struct tcb *t,
		       const struct segment *seg)
{
	if (!seq_lt(t->snd.wl1, seg->seq) &&
	    !(seq_eq(t->snd.wl1, seg->seq) && seq_le(t->snd.wl2, seg->ack)))
		return;
	if (is_shrink_ignored(tcp, t, seg))
		return;
	if (t->snd.wnd == 0 && seg->wnd > 0)
		reopened(tcp, t);
	/* MUST-34: it may shrink; what is beyond the edge is then in flight,
	 * and nothing here subtracts it from the window. */
	t->snd.wnd = seg->wnd;
	t->snd.wl1 = seg->seq;
	t->snd.wl2 = seg->ack;
	t->snd.wnd_max = max_u32(t->snd.wnd_max, seg->wnd);
	/* MUST-37, SHLD-17: it answers, it lives.  But where nobody waits any
	 * more that would be a way to hold memory for ever (CVE-2008-4609). */
	if (seg->wnd == 0 && !t->orphan)
		t->retries = 0;
}

enum verdict ack_process(struct tcp *tcp, struct tcb *t,
			 const struct segment *seg)
{
	if (seg->text_len == 0)
		env_count(tcp->env, TERN_TcpExtTCPPureAcks);
	if (!blind_ack_plausible(t, seg->ack)) {
		blind_challenge(tcp, t);
		return tcb_drop(tcp, t,
				seq_lt(t->snd.nxt, seg->ack)
					? TERN_DROP_TCP_ACK
					: TERN_DROP_TCP_OLD_ACK);
	}
	if (t->conn.flags)
		ecn_feedback(t, seg);
	if (!(seg->opt.present & TERN_OPT_SACK) &&
	    ack_is_last(tcp, t, seg->ack))
		ack_last(tcp, t, seg->ack);
	else if (seq_lt(t->snd.una, seg->ack))
		take_ack(tcp, t, seg);
	else if (is_news(t, seg))
		take_ack(tcp, t, seg);
	else if (is_duplicate(tcp, t, seg))
		recovery_on_dupack(tcp, t);
	if (t->conn.flags)
		ecn_respond(tcp, t, seg);
	if (seq_le(t->snd.una, seg->ack))
		ack_update_window(tcp, t, seg);
	return NEXT;
}
