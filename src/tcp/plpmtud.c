/* SPDX-License-Identifier: ISC */
/*
 * plpmtud.c - the path MTU: found by larger segments (RFC 4821, RFC 8899), and
 * what ICMP says of it, held against what arrives (RFC 5927 7)
 *
 *	68 ...... low ............ next ............ high ...... interface
 *	     arrives         is tried, half way      does not
 *
 * A probe is one segment of new text, larger than the others.  If it arrives,
 * `low` is there; if it is lost, and three times, `high` is just below it; its
 * text goes again in segments of the proven size, and cwnd stays what it is.
 * When the two are closer than net.ipv4.tcp_probe_threshold the search rests,
 * for net.ipv4.tcp_probe_interval.
 *
 * The search is on from the start (net.ipv4.tcp_mtu_probing 2), or from when
 * large segments seem to vanish (1): then `low` is tcp_base_mss, and less each
 * time that even this vanishes, down to tcp_mtu_probe_floor.
 *
 * What ICMP claims could have been made up.  It must be less than the datagram
 * that it is about.  If a datagram larger than the claim has arrived before, it
 * has to wait for a timeout to confirm it, and progress refutes it; but not
 * with tern.tcp_linux_acks.
 */
#include "tcp/plpmtud.h"

#include "tcp/arrives.h"
#include "tcp/ecn.h"
#include "tcp/life.h"
#include "tcp/output.h"
#include "tcp/state.h"

#define HEADERS	      40 /* fixed IPv4 and TCP headers */
#define MAX_PROBES    3	 /* RFC 8899 5.1.2 */
#define CWND_SEGMENTS 11 /* with fewer a lost probe would cost too much */
#define RAISE_NEVER   UINT32_MAX
#define TAIL_SEGMENTS 4 /* behind a probe, to tell that it is lost */

static uint32_t now_s(const struct tcp *tcp)
{
	return (uint32_t)(tcp->env->now / TERN_S);
}

/* Bytes of text in a datagram of this size. */
static uint32_t text_of(const struct tcb *t, uint32_t mtu)
{
	const uint32_t headers = HEADERS + (t->ts_ok ? 12U : 0U);

	return mtu > headers ? mtu - headers : 0;
}

static uint32_t datagram_of(const struct tcb *t, uint32_t text)
{
	return text + HEADERS + (t->ts_ok ? 12U : 0U);
}

/* What the peer and the interface allow. */
static uint32_t most(const struct tcp *tcp, const struct tcb *t)
{
	uint32_t mss = t->send_mss;

	if (t->opts->maxseg)
		mss = min_u32(mss, t->opts->maxseg);
	return min_u32(net_pmtu(tcp->net, t->conn.raddr, &t->path),
		       mss + HEADERS);
}

/* Where the search goes on; or when. */
static void choose(struct tcp *tcp, struct tcb *t)
{
	struct plpmtud *p = &t->flow->mtu;
	const uint32_t span =
		p->high > p->low ? (uint32_t)(p->high - p->low) : 0;

	p->next = 0;
	if (!p->on)
		return;
	if (span > tcp->tun.probe_threshold) {
		p->next = (uint16_t)(p->low + (span + 1) / 2);
		p->raise_s = RAISE_NEVER;
	} else if (p->raise_s == RAISE_NEVER) {
		p->raise_s = now_s(tcp) + tcp->tun.probe_interval_s;
	}
}

static void begin(struct tcp *tcp, struct tcb *t, uint32_t low)
{
	struct plpmtud *p = &t->flow->mtu;

	t->flow->kept |= FLOW_KEPT_MTU;
	p->on = true;
	p->probe = 0;
	p->n_lost = 0;
	p->high = (uint16_t)min_u32(most(tcp, t), UINT16_MAX);
	p->low = (uint16_t)min_u32(low, p->high);
	p->raise_s = RAISE_NEVER;
	choose(tcp, t);
	mss_update(tcp, t);
}

void plpmtud_established(struct tcp *tcp, struct tcb *t)
{
	if (tcp->tun.mtu_probing < 2 || !tcp_flow(tcp, t))
		return;
	begin(tcp, t, tcp->tun.base_mss + HEADERS);
}

uint32_t plpmtud_limit(const struct tcb *t, uint32_t mtu)
{
	if (!t->flow || !t->flow->mtu.on)
		return mtu;
	return min_u32(mtu, t->flow->mtu.low);
}

void plpmtud_suspect(struct tcp *tcp, struct tcb *t)
{
	struct flow *f = t->flow;
	const uint32_t base = tcp->tun.base_mss + HEADERS;
	uint32_t low = base;

	if (tcp->tun.mtu_probing == 0 || !f)
		return;
	if (datagram_of(t, min_u32(tcp_flight(t), t->mss)) <= base &&
	    !f->mtu.on)
		return; /* what vanishes is not large */
	if (f->mtu.on)
		low = min_u32(base, f->mtu.low / 2U);
	low = max_u32(low, tcp->tun.mtu_probe_floor + HEADERS);
	begin(tcp, t, max_u32(low, tcp->tun.min_snd_mss + HEADERS));
}

bool plpmtud_wants(const struct tcb *t, uint32_t unsent)
{
	const struct plpmtud *p = &t->flow->mtu;
	const uint32_t len = text_of(t, p->next);
	const uint32_t needed = len + TAIL_SEGMENTS * (uint32_t)t->mss;

	if (!p->next || p->probe || t->recovery != RECOVERY_OPEN ||
	    t->urgent_out || len <= t->mss)
		return false;
	return t->cc.cwnd >= CWND_SEGMENTS * (uint32_t)t->mss &&
	       t->snd.wnd >= needed && unsent >= needed;
}

bool plpmtud_plan(const struct tcb *t, uint32_t room, struct outseg *o)
{
	const uint32_t len = text_of(t, t->flow->mtu.next);

	if (room < len)
		return false;
	*o = (struct outseg){.seq = t->snd.nxt, .len = len, .probe = true};
	return true;
}

void plpmtud_sent(struct tcb *t, const struct outseg *o)
{
	struct plpmtud *p = &t->flow->mtu;

	p->probe = (uint16_t)datagram_of(t, o->len);
	p->forgiven = false;
	p->from = o->seq;
	p->to = seq_add(o->seq, o->len);
}

void plpmtud_delivered(struct tcb *t, uint32_t len)
{
	struct plpmtud *p = &t->flow->mtu;

	p->acked = (uint16_t)max_u32(p->acked, datagram_of(t, len));
}

static void arrived(struct tcp *tcp, struct tcb *t)
{
	struct plpmtud *p = &t->flow->mtu;

	p->low = p->probe;
	p->acked = (uint16_t)max_u32(p->acked, p->probe);
	p->probe = 0;
	p->n_lost = 0;
	env_count(tcp->env, TERN_TcpExtTCPMTUPSuccess);
	choose(tcp, t);
	mss_update(tcp, t);
}

static void failed(struct tcp *tcp, struct tcb *t)
{
	struct plpmtud *p = &t->flow->mtu;

	if (++p->n_lost >= MAX_PROBES) {
		p->high = (uint16_t)(p->probe - 1);
		p->n_lost = 0;
	}
	p->probe = 0;
	env_count(tcp->env, TERN_TcpExtTCPMTUPFail);
	choose(tcp, t);
}

void plpmtud_acked(struct tcp *tcp, struct tcb *t)
{
	struct plpmtud *p = &t->flow->mtu;

	/* RFC 5927 7.2: what was quoted has arrived after all. */
	if (p->told && seq_lt(p->told_seq, t->snd.una))
		p->told = 0;
	if (p->probe && seq_le(p->to, t->snd.una))
		arrived(tcp, t);
	if (p->forgiven && seq_le(p->to, t->snd.una))
		p->forgiven = false;
	if (p->on && now_s(tcp) >= p->raise_s) {
		p->high = (uint16_t)min_u32(most(tcp, t), UINT16_MAX);
		p->raise_s = RAISE_NEVER;
		choose(tcp, t);
	}
}

/* With SACK what is lost goes again in every state of repair; none begins. */
static void forgive(struct tcb *t, struct seq from, struct seq to)
{
	struct plpmtud *p = &t->flow->mtu;

	p->forgiven = true;
	p->from = from;
	p->to = to;
}

/* All from SND.UNA to `stop` goes again, in smaller segments, for no fault of
 * the path's load: cwnd stays. */
static void send_again(struct tcp *tcp, struct tcb *t, struct seq stop)
{
	if (repair_is_on(t)) {
		repair_resend(tcp, t, stop);
		forgive(t, t->snd.una, stop);
		return;
	}
	t->recovery = RECOVERY_LOSS;
	t->recover = stop;
	t->snd.rtx = t->snd.una;
	t->dupacks = 0;
	t->limited = 0;
}

/* Is all that is lost text of the probe, and for the first time? */
static bool is_alone(const struct tcb *t)
{
	const struct plpmtud *p = &t->flow->mtu;
	const struct sentq *q = &t->flow->sent;
	const struct sent *r = sentq_first_lost(q);
	uint32_t n = 0;

	for (; r && seq_lt(r->left, p->to); r = sentq_next(r)) {
		if (r->fate != SENT_LOST)
			continue;
		if (r->again || seq_lt(r->left, p->from) ||
		    seq_lt(p->to, sent_end(r)))
			return false;
		n += r->len;
	}
	return n == q->n_lost;
}

bool plpmtud_excuses(struct tcp *tcp, struct tcb *t)
{
	struct plpmtud *p = &t->flow->mtu;

	if (repair_is_on(t)) {
		if ((!p->probe && !p->forgiven) || !is_alone(t))
			return false;
		if (p->probe)
			failed(tcp, t);
		forgive(t, p->from, p->to);
		return true;
	}
	if (!p->probe || !seq_le(p->from, t->snd.una))
		return false;
	failed(tcp, t);
	send_again(tcp, t, p->to);
	return true;
}

/* Much more than the probe is lost: it has told nothing (RFC 4821 7.7.2). */
void plpmtud_rto(struct tcp *tcp, struct tcb *t)
{
	struct plpmtud *p;
	uint32_t told;

	if (!t->flow)
		return;
	p = &t->flow->mtu;
	if (plpmtud_is_calm(p))
		return;
	told = p->told;
	p->probe = 0;
	p->forgiven = false;
	p->told = 0;
	if (told) { /* now it is believed */
		net_pmtu_lower(tcp->net, t->conn.raddr, told);
		mss_update(tcp, t);
	}
}

/* Linux counts cwnd in segments, and repairs what is too large as after a
 * timeout that was no fault of the path's load. */
static void lower_as_linux(struct tcb *t, uint16_t old)
{
	t->cc.cwnd = max_u32(t->cc.cwnd / max_u32(old, 1), 1) * t->mss;
	if (t->recovery == RECOVERY_LOSS || !repair_is_on(t))
		return;
	t->flow->repair.undo.armed = false;
	t->recovery = RECOVERY_LOSS;
	t->recover = t->snd.nxt;
	t->flow->repair.high_rxt = t->snd.una;
}

static void believe(struct tcp *tcp, struct tcb *t, uint32_t mtu)
{
	struct plpmtud *p = t->flow ? &t->flow->mtu : NULL;
	const uint16_t old = t->mss;

	net_pmtu_lower(tcp->net, t->conn.raddr, mtu);
	if (!is_synchronized(t))
		return;
	if (p && p->on) {
		p->high = (uint16_t)min_u32(p->high, max_u32(mtu, p->low));
		p->probe = 0;
		choose(tcp, t);
	}
	mss_update(tcp, t);
	if (t->mss >= old)
		return;
	send_again(tcp, t, t->snd.nxt);
	if (tcp->tun.linux_cwnd)
		lower_as_linux(t, old);
}

void plpmtud_told(struct tcp *tcp, struct tcb *t, uint32_t mtu, uint32_t quoted,
		  struct seq seq)
{
	struct plpmtud *p = t->flow ? &t->flow->mtu : NULL;

	if (mtu >= quoted) { /* it would have gone through */
		tcb_drop(tcp, t, TERN_DROP_ICMP_MTU);
		return;
	}
	if (p && p->probe &&
	    seq_eq(seq, p->from)) { /* that is what it is for */
		believe(tcp, t, mtu);
		send_again(tcp, t, p->to);
		return;
	}
	/* Linux believes it at once. */
	if (p && is_synchronized(t) && mtu < p->acked && !tcp->tun.linux_acks) {
		if (!p->told || mtu < p->told)
			p->told = (uint16_t)mtu;
		p->told_seq = seq;
		return;
	}
	believe(tcp, t, mtu);
}
