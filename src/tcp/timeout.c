/* SPDX-License-Identifier: ISC */
/*
 * timeout.c - the timers of a connection, RFC 9293 3.10.8
 *
 *  retransmission  runs while something is in flight; RFC 6298.  When it
 *                  expires the oldest segment is sent again, and the timeout
 *                  doubles.  After R1 retransmissions IP is warned, after R2,
 *                  or the user timeout, the connection ends (MUST-20).
 *  probe, reorder  come before it and put it off: RFC 8985, repair.c.
 *  persist         runs instead when nothing is in flight and the window keeps
 *                  what is queued back; probes it (3.8.6.1).  Also when there
 *                  is no route for it.
 *  delayed ACK     an ACK is owed, but text may come along that carries it.
 *  keep-alive      nothing has come for long, and the user asked (3.8.4).
 *  FIN-WAIT-2      the user has closed, the peer has not; shares the place of
 *                  keep-alive.
 *  push            MSG_MORE or TCP_CORK has held a part of a segment back.
 *  pacing          text waits for its departure time (pace.c).
 *
 * Each is a deadline in the control block.  The wheel holds one of them, not
 * later than the earliest: one that moves away is noted there, and the
 * connection stays in its place (wheel.c).  TIME-WAIT is timed in timewait.c,
 * SYN-RECEIVED after a passive OPEN in synq.c.
 */
#include "tcp/timeout.h"
#include "tcp/dialogue.h"

#include <errno.h>

#include "tcp/arrives.h"
#include "tcp/fastopen.h"
#include "tcp/life.h"
#include "tcp/output.h"
#include "tcp/plan.h"
#include "tcp/sparse.h"
#include "tcp/state.h"
#include "tcp/uto.h"

/* TCP_THIN_LINEAR_TIMEOUTS: how long, and for whom. */
#define THIN_RETRIES  6
#define THIN_SEGMENTS 4

#define R2_LEAST_NS (100 * TERN_S) /* SHLD-11 */

static uint64_t now_of(const struct tcp *tcp)
{
	return tcp->env->now;
}

void timer_trace(struct tcp *tcp, const struct tern_tuple *tuple,
		 enum tern_tcp_timer which, uint32_t retries)
{
	struct tern_event ev = {.type = TERN_EV_TIMER, .tuple = *tuple};

	if (!env_traced(tcp->env))
		return;
	ev.u.timer.timer = which;
	ev.u.timer.retries = retries;
	env_trace(tcp->env, &ev);
}

static void trace(struct tcp *tcp, const struct tcb *t,
		  enum tern_tcp_timer which)
{
	const struct tern_tuple tuple = conn_tuple(&t->conn);

	timer_trace(tcp, &tuple, which, t->retries);
}

uint64_t timer_longest_rto(const struct tcb *t)
{
	return t->opts->rto_max_ms ? t->opts->rto_max_ms * TERN_MS : TERN_NEVER;
}

void timer_start_rexmit(struct tcp *tcp, struct tcb *t)
{
	uint64_t limit, rto;

	if (t->persisting) /* what was backed off were probes */
		timer_stop_rexmit(t);
	rto = rtt_rto(&t->rtt, &tcp->rtt_limits, t->backoff);
	if (unlikely(rto > TERN_S))
		rto = min_u64(rto, timer_longest_rto(t));
	t->rexmit_at = now_of(tcp) + rto;
	limit = timer_user_timeout(tcp, t);
	if (limit != TERN_NEVER && t->stalled_at)
		t->rexmit_at =
			min_u64(t->rexmit_at,
				max_u64(t->stalled_at + limit, now_of(tcp)));
}

/* The back-off of RTO stays until there is a sample (RFC 6298 5); that of
 * probes has done its work. */
void timer_stop_rexmit(struct tcb *t)
{
	if (t->persisting) {
		t->backoff = 0;
		t->retries = 0;
	}
	t->rexmit_at = TERN_NEVER;
	t->persisting = false;
	repair_disarm(t);
}

/* SHLD-29: the first probe after one RTO; SHLD-30: then doubling.  While a
 * window is open but too small to be worth using, this is the override timer
 * of 3.8.6.2.1: 0.1 to 1 second. */
void timer_start_persist(struct tcp *tcp, struct tcb *t)
{
	uint64_t rto;

	if (!t->persisting) {
		t->persisting = true;
		t->stalled_at = now_of(tcp);
		t->backoff = 0;
	}
	rto = min_u64(rtt_rto(&t->rtt, &tcp->rtt_limits, t->backoff),
		      timer_longest_rto(t));
	if (output_window_blocked(t) && t->snd.wnd > 0)
		rto = clamp_u64(rto, 100 * TERN_MS, TERN_S);
	t->rexmit_at = now_of(tcp) + rto;
}

/* MUST-40: under half a second. */
void timer_start_delayed_ack(struct tcp *tcp, struct tcb *t)
{
	if (!t->flow) /* there was no text */
		t->ack_now = true;
	else if (t->flow->ack_at == TERN_NEVER)
		t->flow->ack_at =
			now_of(tcp) + tcp->tun.delack_min_ms * TERN_MS;
}

void timer_start_push(struct tcp *tcp, struct tcb *t)
{
	uint64_t wait = tcp->tun.cork_ms * TERN_MS;

	if (tcp->tun.linux_acks) { /* it is the timer of zero windows there */
		if (tcp_flight(t) > 0)
			return;
		wait = max_u64(wait, rtt_rto(&t->rtt, &tcp->rtt_limits, 0));
	}
	if (t->flow && t->flow->push_at == TERN_NEVER)
		t->flow->push_at = now_of(tcp) + wait;
}

static uint64_t or_tunable(uint64_t own, uint64_t tunable)
{
	return own ? own : tunable;
}

/* MUST-24, MUST-25: only if asked for; MUST-27, MUST-28. */
void timer_start_keepalive(struct tcp *tcp, struct tcb *t)
{
	const uint64_t idle =
		or_tunable(t->opts->keepidle_s, tcp->tun.keepalive_time_s);

	if (t->orphan && t->state == FIN_WAIT_2)
		return;
	t->idle_at = TERN_NEVER;
	if (t->opts->keepalive && is_synchronized(t))
		t->idle_at = max_u64(t->rx_at + idle * TERN_S, now_of(tcp));
}

/* Only when the user is gone: else the half-open state may last (3.6.1). */
void timer_start_fin_wait_2(struct tcp *tcp, struct tcb *t)
{
	uint64_t s = tcp->tun.fin_timeout_s;

	if (!t->orphan || t->pending)
		return;
	if (t->opts->linger2_s > 0)
		s = (uint64_t)t->opts->linger2_s;
	t->idle_at = now_of(tcp) + (t->opts->linger2_s < 0 ? 0 : s * TERN_S);
}

void timer_stop_all(struct tcp *tcp, struct tcb *t)
{
	timer_stop_rexmit(t);
	t->idle_at = TERN_NEVER;
	if (t->flow)
		t->flow->ack_at = t->flow->push_at = TERN_NEVER;
	wheel_cancel(&tcp->wheel, &t->wheel.node);
}

/* Those that somebody is told of. */
static uint64_t earliest_named(const struct tcb *t)
{
	uint64_t at = min_u64(t->rexmit_at, t->idle_at);

	if (!t->flow)
		return at;
	at = min_u64(at, t->flow->ack_at);
	return min_u64(at, min_u64(t->flow->push_at, t->flow->repair.early_at));
}

static uint64_t earliest(const struct tcb *t)
{
	const uint64_t at = earliest_named(t);

	return t->flow ? min_u64(at, t->flow->pace_at) : at;
}

/* Something could go, but there is no way any more: the timer that probes
 * windows looks for one again, and gives up in the end. */
static bool is_cut_off(const struct tcp *tcp, const struct tcb *t)
{
	struct outseg o;

	return !list_linked(&t->work) && !net_path_valid(tcp->net, &t->path) &&
	       plan_next(t, t->mss, &o);
}

/* Exactly one of retransmission and persist runs, and only if it must (I3). */
static void settle_rexmit(struct tcp *tcp, struct tcb *t)
{
	if (tcp_flight(t) > 0) {
		if (t->rexmit_at == TERN_NEVER || t->persisting)
			timer_start_rexmit(tcp, t);
		return;
	}
	if (output_window_blocked(t) || is_cut_off(tcp, t)) {
		if (!t->persisting)
			timer_start_persist(tcp, t);
	} else if (t->rexmit_at != TERN_NEVER) {
		timer_stop_rexmit(t);
		t->retries = 0;
	}
}

void timer_settle(struct tcp *tcp, struct tcb *t)
{
	if (t->state == CLOSED)
		return;
	settle_rexmit(tcp, t);
	timer_settle_wheel(tcp, t);
}

void timer_settle_wheel(struct tcp *tcp, struct tcb *t)
{
	wheel_set(&tcp->wheel, &t->wheel.node, earliest(t));
}

uint64_t timer_user_timeout(const struct tcp *tcp, const struct tcb *t)
{
	if (t->opts->user_timeout_ms)
		return t->opts->user_timeout_ms * TERN_MS;
	if (uto_timeout_s(tcp, t))
		return uto_timeout_s(tcp, t) * TERN_S;
	if (tcp->tun.user_timeout_s)
		return tcp->tun.user_timeout_s * TERN_S;
	return TERN_NEVER;
}

/* The end that silence brings: what ICMP has said meanwhile explains it. */
static void give_up(struct tcp *tcp, struct tcb *t)
{
	env_count(tcp->env, TERN_TcpExtTCPAbortOnTimeout);
	if (!is_synchronized(t))
		env_count(tcp->env, TERN_TcpAttemptFails);
	tcp_end(tcp, t, t->soft_error ? t->soft_error : -ETIMEDOUT);
}

/* The first SYNs go again after the same time each, if so wished. */
static bool is_linear(const struct tcp *tcp, const struct tcb *t)
{
	return t->state == SYN_SENT &&
	       t->retries <= tcp->tun.syn_linear_timeouts;
}

/* TCP_THIN_LINEAR_TIMEOUTS: with little in flight a lost segment brings no
 * ACKs that would tell of it, so that the first few time-outs are not backed
 * off. */
static bool is_thin(const struct tcp *tcp, const struct tcb *t)
{
	return (t->opts->thin_linear || tcp->tun.thin_linear_timeouts) &&
	       t->state == ESTABLISHED && t->retries <= THIN_RETRIES &&
	       tcp_flight(t) < THIN_SEGMENTS * t->mss;
}

/* Then there are more of them in the same time, and no more time. */
static bool linear_is_over(const struct tcp *tcp, const struct tcb *t)
{
	const unsigned int retries =
		t->opts->syncnt ? t->opts->syncnt : tcp->tun.syn_retries;
	const uint64_t all = (UINT64_C(2) << min_u32(retries, 32)) - 1;

	return now_of(tcp) - t->stalled_at >=
	       all * tcp->tun.rto_initial_ms * TERN_MS;
}

static unsigned int retries_max(const struct tcp *tcp, const struct tcb *t)
{
	const struct tcp_tunables *tun = &tcp->tun;

	if (t->state == SYN_SENT) /* MUST-22, MUST-23 */
		return tun->syn_linear_timeouts +
		       (t->opts->syncnt ? t->opts->syncnt : tun->syn_retries);
	if (t->state == SYN_RECEIVED)
		return tun->synack_retries;
	if (t->orphan && !t->pending)
		return min_u32(tun->orphan_retries, tun->retries2);
	return tun->retries2;
}

/* MUST-20, R2: too often and too long, or longer than the user will wait
 * (MUST-21). */
static bool is_hopeless(const struct tcp *tcp, const struct tcb *t)
{
	const uint64_t stalled = now_of(tcp) - t->stalled_at;
	const uint64_t limit = timer_user_timeout(tcp, t);

	if (limit != TERN_NEVER)
		return stalled >= limit;
	if (t->persisting && t->orphan)
		return t->backoff >= tcp->tun.orphan_retries;
	if (t->state == SYN_SENT && tcp->tun.syn_linear_timeouts > 0 &&
	    linear_is_over(tcp, t))
		return true;
	if (t->retries < retries_max(tcp, t))
		return false;
	return !is_synchronized(t) || t->orphan || stalled >= R2_LEAST_NS;
}

/* MUST-20, R1: "negative advice"; SHLD-9: the user is told, once. */
static void warn(struct tcp *tcp, struct tcb *t)
{
	if (t->retries < tcp->tun.retries1 || t->reported)
		return;
	t->reported = true;
	net_suspect(tcp->net, &t->path);
	if (t->opts->recverr) { /* MUST-47: excessive retransmission */
		t->error = t->soft_error ? t->soft_error : (int16_t)-ETIMEDOUT;
		tcp_notify(tcp, t, TCP_READY_ERR);
	}
}

static void expire_rexmit(struct tcp *tcp, struct tcb *t)
{
	if (is_hopeless(tcp, t)) {
		give_up(tcp, t);
		return;
	}
	if (t->retries < UINT8_MAX)
		t->retries++;
	tally_timeout(tcp, t);
	warn(tcp, t);
	if (t->state == SYN_SENT || t->state == SYN_RECEIVED) {
		t->syn_rexmitted = true;
		t->syn_lost_twice = t->retries > 1;
		t->rtt_start = 0;
		t->rexmit_now = true;
		fastopen_syn_lost(tcp, t);
		env_count(tcp->env, TERN_TcpExtTCPSynRetrans);
	} else {
		if (t->retries % max_u32(tcp->tun.retries1, 1) == 0)
			plpmtud_suspect(tcp, t);
		fastopen_suspect(tcp, t);
		recovery_on_rto(tcp, t); /* MUST-19 */
	}
	if (is_thin(tcp, t))
		t->backoff = 0;
	else if (t->backoff < 32 && !is_linear(tcp, t))
		t->backoff++;	    /* RFC 6298 5.5 */
	timer_start_rexmit(tcp, t); /* 5.6 */
}

/* MUST-35, MUST-36: zero-window probe.  As long as the peer answers, this goes
 * on (MUST-37); ack.c takes the count back to 0. */
static void expire_persist(struct tcp *tcp, struct tcb *t)
{
	if (is_hopeless(tcp, t)) {
		give_up(tcp, t);
		return;
	}
	if (output_window_blocked(t) && t->snd.wnd > 0) {
		t->override_sws = true; /* send what fits */
		timer_start_persist(tcp, t);
		return;
	}
	if (t->retries < UINT8_MAX)
		t->retries++;
	if (output_window_blocked(t)) {
		t->probe_now = true;
		env_count(tcp->env, TERN_TcpExtTCPWinProbe);
	}
	if (t->backoff < 32)
		t->backoff++;
	timer_start_persist(tcp, t);
}

static void expire_fin_wait_2(struct tcp *tcp, struct tcb *t)
{
	trace(tcp, t, TERN_TIMER_FIN_WAIT_2);
	if (t->opts->linger2_s < 0 && tcp->tun.linux_acks)
		reply_reset_now(tcp, t);
	tcp_end(tcp, t, 0);
}

/* MAY-5.  MUST-26: only when nothing else says whether the peer lives;
 * MUST-29: one probe unanswered means nothing. */
static void expire_keepalive(struct tcp *tcp, struct tcb *t)
{
	const uint64_t intvl =
		or_tunable(t->opts->keepintvl_s, tcp->tun.keepalive_intvl_s);
	const uint64_t idle =
		or_tunable(t->opts->keepidle_s, tcp->tun.keepalive_time_s);
	const uint64_t max =
		or_tunable(t->opts->keepcnt, tcp->tun.keepalive_probes);
	const uint64_t silent = now_of(tcp) - t->rx_at;
	bool over = t->keep_probes >= max;

	if (tcp_flight(t) > 0 || t->persisting || silent < idle * TERN_S) {
		timer_start_keepalive(tcp, t);
		if (t->idle_at <= now_of(tcp))
			t->idle_at = now_of(tcp) + idle * TERN_S;
		return;
	}
	trace(tcp, t, TERN_TIMER_KEEPALIVE);
	if (t->opts->user_timeout_ms)
		over = t->keep_probes > 1 &&
		       silent >= timer_user_timeout(tcp, t);
	if (over) {
		env_count(tcp->env, TERN_TcpExtTCPAbortOnTimeout);
		tcp_reset(tcp, t, -ETIMEDOUT);
		return;
	}
	t->keep_probes++;
	t->probe_now = true;
	env_count(tcp->env, TERN_TcpExtTCPKeepAlive);
	t->idle_at = now_of(tcp) + intvl * TERN_S;
}

static void expire_idle(struct tcp *tcp, struct tcb *t)
{
	t->idle_at = TERN_NEVER;
	if (t->orphan && t->state == FIN_WAIT_2)
		expire_fin_wait_2(tcp, t);
	else
		expire_keepalive(tcp, t);
}

static void expire_sending(struct tcp *tcp, struct tcb *t)
{
	const bool persist = t->persisting;

	trace(tcp, t, persist ? TERN_TIMER_PERSIST : TERN_TIMER_RETRANSMIT);
	if (persist)
		expire_persist(tcp, t);
	else
		expire_rexmit(tcp, t);
}

static enum tern_tcp_timer early_timer(const struct tcb *t)
{
	return t->flow->repair.early == REPAIR_PROBE ? TERN_TIMER_PROBE
						     : TERN_TIMER_REORDER;
}

/* RFC 8985 8.  A probe that is due together with the retransmission timer goes
 * in its stead, since it starts that anew. */
static void expire_early(struct tcp *tcp, struct tcb *t)
{
	trace(tcp, t, early_timer(t));
	repair_timeout(tcp, t);
}

void tcp_timeout(struct tcp *tcp, struct tcb *t)
{
	const uint64_t now = now_of(tcp);

	if (t->flow && t->flow->ack_at <= now) {
		trace(tcp, t, TERN_TIMER_DELAYED_ACK);
		t->flow->ack_at = TERN_NEVER;
		t->ack_now = true;
		sparse_waited(t);
		if (unlikely(tcp->tun.linux_acks))
			dialogue_waited(tcp, t);
		env_count(tcp->env, TERN_TcpExtDelayedACKs);
	}
	if (t->flow && t->flow->push_at <= now) {
		trace(tcp, t, TERN_TIMER_CORK);
		t->flow->push_at = TERN_NEVER;
		t->push_now = true;
	}
	if (t->flow && t->flow->pace_at <= now)
		t->flow->pace_at = TERN_NEVER; /* text may go */
	if (t->flow && t->flow->repair.early_at <= now)
		expire_early(tcp, t);
	if (t->rexmit_at <= now)
		expire_sending(tcp, t);
	if (t->idle_at <= now && t->state != CLOSED)
		expire_idle(tcp, t);
	tcp_settle(tcp, t);
}

enum tern_tcp_timer timer_next(const struct tcb *t, uint64_t *at)
{
	*at = earliest_named(t);
	if (*at == TERN_NEVER)
		return TERN_TIMER_NONE;
	if (*at == t->rexmit_at)
		return t->persisting ? TERN_TIMER_PERSIST
				     : TERN_TIMER_RETRANSMIT;
	if (t->flow && *at == t->flow->ack_at)
		return TERN_TIMER_DELAYED_ACK;
	if (t->flow && *at == t->flow->repair.early_at)
		return early_timer(t);
	if (*at == t->idle_at)
		return t->orphan && t->state == FIN_WAIT_2
			       ? TERN_TIMER_FIN_WAIT_2
			       : TERN_TIMER_KEEPALIVE;
	return TERN_TIMER_CORK;
}
