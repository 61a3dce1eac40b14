/* SPDX-License-Identifier: ISC */
/*
 * congest.c - how a connection calls its congestion control
 *
 * Puts together the numbers that an algorithm is given, and nothing else.
 */
#include "tcp/congest.h"

#include <string.h>

#include "tcp/pace.h"
#include "tcp/plan.h"

static const struct cc_ops *ops_of(const struct tcb *t)
{
	return cc_at(t->opts->cc);
}

static void fill(const struct tcp *tcp, const struct tcb *t, struct cc_now *at)
{
	const struct rate *rate = &t->flow->rate;

	at->now = tcp->env->now;
	at->delivered = rate->delivered;
	at->inflight = plan_pipe(t);
	at->smss = t->mss;
	at->una = t->snd.una.u;
	at->nxt = t->snd.nxt.u;
	at->srtt_us = t->rtt.srtt_us;
	at->min_rtt_us = t->rtt.min_us;
	at->init_cwnd = tcp->tun.init_cwnd;
	at->has_sack = t->sack_ok;
	at->app_limited = rate->app_limited != 0;
	at->paced = pace_is_on(t);
	at->unrepaired = at->late_ns = 0;
	if (unlikely(at->paced)) {
		at->unrepaired = t->flow->sent.n_lost + t->flow->sent.n_again;
		at->late_ns = pace_lateness_ns(t);
	}
	at->no_abe = tcp->tun.linux_cwnd;
}

void congest_begin(struct tcp *tcp, struct tcb *t)
{
	const struct cc_ops *ops = ops_of(t);
	const bool known = t->tally && t->tally->memo_of == t->opts->cc + 1U;
	struct cc_cold *f = &t->flow->cc;
	struct cc_now at;

	f->seed = t->snd.iss.u;
	t->flow->cc_number = t->opts->cc;
	t->cc.acked = 0;
	if (ops->init || known)
		fill(tcp, t, &at);
	if (ops->init)
		ops->init(&t->cc, f, &at);
	if (known)
		ops->restore(&t->cc, f, &at, &t->tally->memo);
	if (t->tally)
		t->tally->memo_of = 0;
}

void congest_again(struct tcp *tcp, struct tcb *t)
{
	memset(&t->flow->cc, 0, sizeof(t->flow->cc));
	congest_begin(tcp, t);
}

void congest_save(struct tcb *t)
{
	const struct cc_ops *ops = cc_at(t->flow->cc_number);

	if (ops->save && ops->save(&t->flow->cc, &t->tally->memo))
		t->tally->memo_of = (uint8_t)(t->flow->cc_number + 1);
}

/* It has taken an ACK into account. */
static void acked(struct tcb *t)
{
	if (t->cc.cwnd >= t->cc.ssthresh)
		t->slow_after_rto = false;
	if (t->flow->cc.mark_app_limited)
		rate_app_limited(&t->flow->rate, plan_pipe(t));
	t->flow->cc.mark_app_limited = false;
}

bool congest_on_unused(struct tcp *tcp, struct tcb *t, uint32_t len)
{
	const struct cc_ops *ops = ops_of(t);

	if (t->cwnd_limited || !ops->on_unused ||
	    !ops->on_unused(&t->cc, &t->flow->cc, tcp->env->now, t->rtt.srtt_us,
			    len))
		return false;
	acked(t);
	return true;
}

void congest_on_ack(struct tcp *tcp, struct tcb *t, struct cc_ack *a)
{
	if (!t->flow)
		return;
	fill(tcp, t, &a->at);
	/* RFC 3168 6.1.2: what comes with a mark makes no window grow; who has
	 * asked for marks weighs them himself. */
	a->cwnd_limited =
		t->cwnd_limited && (!a->marked || ops_of(t)->wants_ecn);
	a->after_rto = t->slow_after_rto;
	a->counts_all = tcp->tun.slow_start_all;
	ops_of(t)->on_ack(&t->cc, &t->flow->cc, a);
	acked(t);
}

/* RFC 5681 3.1 (4) wants FlightSize; Linux takes cwnd. */
static uint32_t volume(const struct tcp *tcp, const struct tcb *t,
		       uint32_t flight)
{
	return tcp->tun.linux_cwnd ? max_u32(t->cc.cwnd, t->mss) : flight;
}

void congest_on_loss(struct tcp *tcp, struct tcb *t, uint32_t flight)
{
	struct cc_now at;

	if (!t->flow)
		return;
	fill(tcp, t, &at);
	at.inflight = volume(tcp, t, flight);
	ops_of(t)->on_loss(&t->cc, &t->flow->cc, &at);
}

void congest_on_ecn(struct tcp *tcp, struct tcb *t, uint32_t flight)
{
	const struct cc_ops *ops = ops_of(t);
	struct cc_now at;

	if (!t->flow)
		return;
	fill(tcp, t, &at);
	at.inflight = volume(tcp, t, flight);
	if (ops->on_ecn) {
		ops->on_ecn(&t->cc, &t->flow->cc, &at);
		return;
	}
	ops->on_loss(&t->cc, &t->flow->cc, &at);
	t->cc.cwnd = t->cc.ssthresh;
}

void congest_on_rto(struct tcp *tcp, struct tcb *t, uint32_t flight, bool again)
{
	struct cc_now at;

	if (!t->flow)
		return;
	fill(tcp, t, &at);
	at.inflight = volume(tcp, t, flight);
	ops_of(t)->on_rto(&t->cc, &t->flow->cc, &at, again);
}

void congest_on_lost(struct tcp *tcp, struct tcb *t, const struct rate_stamp *p,
		     uint32_t len)
{
	const struct cc_ops *ops = ops_of(t);
	struct cc_lost lost = {.len = len};
	struct cc_now at;

	if (!t->flow)
		return;
	lost.lost_since = rate_on_lost(&t->flow->rate, p, len);
	if (!ops->on_lost)
		return;
	lost.tx_in_flight = p->tx_in_flight;
	lost.is_app_limited = p->app_limited;
	fill(tcp, t, &at);
	ops->on_lost(&t->cc, &t->flow->cc, &at, &lost);
}

void congest_on_recovered(struct tcp *tcp, struct tcb *t)
{
	const struct cc_ops *ops = ops_of(t);
	struct cc_now at;

	if (!t->flow || !ops->on_recovered)
		return;
	fill(tcp, t, &at);
	ops->on_recovered(&t->cc, &t->flow->cc, &at);
}

void congest_on_undo(struct tcp *tcp, struct tcb *t, uint32_t prior_cwnd,
		     uint32_t prior_ssthresh)
{
	struct cc_now at;

	if (!t->flow)
		return;
	fill(tcp, t, &at);
	ops_of(t)->on_undo(&t->cc, &t->flow->cc, &at, prior_cwnd,
			   prior_ssthresh);
}

/* RFC 5681 4.1: cwnd says nothing about a path that was idle for so long. */
static bool is_stale(const struct tcp *tcp, const struct tcb *t, uint64_t idle)
{
	return tcp->tun.slow_start_after_idle &&
	       idle > rtt_rto(&t->rtt, &tcp->rtt_limits, 0);
}

void congest_on_start(struct tcp *tcp, struct tcb *t)
{
	const struct cc_ops *ops = ops_of(t);
	struct cc_now at;
	uint64_t idle;

	if (!t->flow)
		return;
	idle = tcp->env->now - t->tally->sent_at;
	if (ops->start_clock)
		ops->start_clock(&t->flow->cc, tcp->env->now);
	if (!ops->on_start && !is_stale(tcp, t, idle))
		return;
	fill(tcp, t, &at);
	if (ops->on_idle && is_stale(tcp, t, idle))
		ops->on_idle(&t->cc, &t->flow->cc, &at, idle,
			     rtt_rto(&t->rtt, &tcp->rtt_limits, 0));
	if (ops->on_start)
		ops->on_start(&t->cc, &t->flow->cc, &at);
}

void congest_on_write(struct tcb *t)
{
	const uint32_t pipe = plan_pipe(t);
	struct outseg o;

	if (!t->flow || pipe >= t->cc.cwnd ||
	    !seq_eq(t->snd.nxt, output_end(t)))
		return;
	if (t->flow->send_full && ops_of(t)->limits_are_path)
		return;
	if (t->recovery <= RECOVERY_DISORDER || !plan_next(t, t->mss, &o))
		rate_app_limited(&t->flow->rate, pipe);
}

void congest_on_blocked(struct tcb *t)
{
	const uint32_t pipe = plan_pipe(t);

	if (t->flow && !ops_of(t)->limits_are_path && pipe < t->cc.cwnd &&
	    output_window_blocked(t))
		rate_app_limited(&t->flow->rate, pipe);
}

uint32_t tcp_cc_info(const struct tcb *t, void *out, uint32_t len)
{
	const struct cc_ops *ops = ops_of(t);

	if (!t->flow || !ops->info)
		return 0;
	return ops->info(&t->cc, &t->flow->cc, out, len);
}

bool congest_owns_cwnd(const struct tcb *t)
{
	return ops_of(t)->owns_cwnd;
}
