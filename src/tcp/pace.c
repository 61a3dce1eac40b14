/* SPDX-License-Identifier: ISC */
/*
 * pace.c - how fast a connection's text may leave: earliest departure times
 *
 *	      quantum          quantum          quantum
 *	------|||||------------|||||------------|||||------>
 *	           \__ pace_next: what left, divided by the rate, later
 *
 * What leaves moves the time of the next departure by its length over the
 * rate; until then the connection stands in the timing wheel, and neither ACKs
 * nor the user make it send text.  When its time has come it sends a quantum:
 * what leaves in a millisecond at this rate (or what the algorithm says), so
 * that frames are large where the rate is high.
 *
 * The wheel is late by up to a tick of 8 us, and a process by the time it takes
 * to be woken, a few milliseconds on a busy machine.  Without amends the rate
 * would be less than was asked for, by 1% with 10 us at 1 ms.  So what left
 * late is made good, up to 5 ms or a quantum, but without a burst: what follows
 * waits half of its time at least, so that the rate is twice the usual one
 * meanwhile.
 *
 * The rate is the algorithm's, if it has one (BBR).  Others are paced if the
 * user sets SO_MAX_PACING_RATE, or tern.tcp_pacing is on: at a multiple of what
 * the window makes of a round trip (tcp_pacing_ss_ratio, tcp_pacing_ca_ratio).
 */
#include "tcp/pace.h"

#include "tcp/plan.h"

#define QUANTUM_MAX 65536U
#define LATE_MAX_NS (5 * TERN_MS)
#define LATENESS_NS (5 * TERN_S) /* a window of pace_lateness_ns() */

uint64_t pace_window_rate(const struct tcp *tcp, const struct tcb *t)
{
	uint64_t percent = tcp->tun.pacing_ca_ratio;

	if (t->rtt.srtt_us == 0)
		return 0;
	if (t->cc.cwnd < t->cc.ssthresh / 2)
		percent = tcp->tun.pacing_ss_ratio;
	return max_u64(max_u32(t->cc.cwnd, tcp_flight(t)) * percent * 10000 /
			       t->rtt.srtt_us,
		       1);
}

uint64_t pace_rate(const struct tcp *tcp, const struct tcb *t)
{
	const uint64_t most = opts_max_pacing(t->opts);
	const bool limited = most && most != UINT64_MAX;
	uint64_t rate = 0;

	if (!t->flow)
		return 0;
	if (cc_at(t->opts->cc)->paces)
		rate = t->flow->cc.pacing_rate;
	else if (limited || tcp->tun.pacing)
		rate = pace_window_rate(tcp, t);
	if (limited && (rate == 0 || rate > most))
		rate = most;
	return rate;
}

static uint32_t quantum(const struct tcb *t, uint64_t rate)
{
	const uint32_t own = t->flow->cc.send_quantum;
	const uint32_t ms = (uint32_t)min_u64(rate / 1000, QUANTUM_MAX);

	return max_u32(own && own < ms ? own : ms, 2U * t->mss);
}

uint32_t pace_budget(const struct tcp *tcp, const struct tcb *t)
{
	const uint64_t rate = pace_rate(tcp, t);

	if (rate == 0)
		return UINT32_MAX;
	return t->flow->pace_next > tcp->env->now ? 0 : quantum(t, rate);
}

static void note_lateness(struct flow *f, uint64_t now, uint64_t late_ns)
{
	if (now - f->lateness.since > LATENESS_NS) {
		f->lateness.before = f->lateness.now;
		f->lateness.now = 0;
		f->lateness.since = now;
	}
	f->lateness.now = max_u32(f->lateness.now,
				  (uint32_t)min_u64(late_ns, LATE_MAX_NS));
}

uint32_t pace_lateness_ns(const struct tcb *t)
{
	return max_u32(t->flow->lateness.now, t->flow->lateness.before);
}

/* How much of its time what leaves now need not wait, to make good for what was
 * late.  It was late only if it was its time that the text waited for. */
static uint64_t amends(const struct tcb *t, uint64_t rate, uint64_t now,
		       uint64_t ns)
{
	const uint64_t quantum_ns = (uint64_t)quantum(t, rate) * TERN_S / rate;
	struct flow *f = t->flow;

	if (!f->pace_waits) {
		f->pace_late = 0;
	} else if (f->pace_next < now) {
		f->pace_late += now - f->pace_next;
		note_lateness(f, now, now - f->pace_next);
	}
	f->pace_late = min_u64(f->pace_late, max_u64(quantum_ns, LATE_MAX_NS));
	ns = min_u64(f->pace_late, ns / 2);
	f->pace_late -= ns;
	return ns;
}

void pace_on_sent(const struct tcp *tcp, struct tcb *t, uint32_t len)
{
	const uint64_t rate = pace_rate(tcp, t);
	const uint64_t now = tcp->env->now;
	struct flow *f = t->flow;
	uint64_t ns;

	if (rate == 0)
		return;
	ns = (uint64_t)len * TERN_S / rate;
	ns -= amends(t, rate, now, ns);
	f->pace_next = max_u64(f->pace_next, now) + ns;
}

void pace_settle(const struct tcp *tcp, struct tcb *t)
{
	struct flow *f = t->flow;
	struct outseg o;
	bool waits, held;

	if (!pace_is_on(t))
		return;
	waits = plan_next(t, t->mss, &o);
	held = waits && f->pace_next > tcp->env->now;
	f->pace_at = held ? f->pace_next : TERN_NEVER;
	f->pace_waits = held || (waits && f->pace_waits);
}
