/* SPDX-License-Identifier: ISC */
/*
 * synq.c - the SYN queue: SYN-RECEIVED after a passive OPEN (MUST-11)
 *
 * Opening and timing here; what arrives for an entry is in synq_arrives.c.
 *
 * A full accept queue drops the SYN: the peer sends it again, and perhaps there
 * is room then.  A SYN that finds the SYN queue full, or little memory, is
 * answered with a cookie, which needs no entry (RFC 4987), or, without cookies,
 * dropped too.
 */
#include "tcp/synq.h"

#include <errno.h>

#include "tcp/arrives.h"
#include "tcp/demux.h"
#include "tcp/ecn.h"
#include "tcp/fastopen.h"
#include "tcp/iss.h"
#include "tcp/life.h"
#include "tcp/output.h"
#include "tcp/state.h"
#include "tcp/syncookie.h"
#include "tcp/synq_reply.h"
#include "tcp/timeout.h"

static void agree(const struct tcp *tcp, const struct listener *l,
		  const struct segment *seg, const struct tern_tuple *tuple,
		  struct synq_agreed *a)
{
	const struct tcp_options *o = &seg->opt;
	const uint64_t secret = iss_secret(&tcp->iss_key, tuple);

	a->tuple = *tuple;
	a->hash = seg->hash;
	a->irs = seg->seq;
	a->iss = iss_at(secret, tcp->env->now);
	a->ts_offset = iss_timestamp_offset(secret);
	a->mss = mss_from_option(tcp, o);
	if (tcp->tun.timestamps && (o->present & TERN_OPT_TIMESTAMPS)) {
		a->flags |= SYNQ_TS;
		a->ts_recent = o->ts_val;
	}
	if (tcp->tun.sack && (o->present & TERN_OPT_SACK_PERM))
		a->flags |= SYNQ_SACK;
	if (tcp->tun.window_scaling && (o->present & TERN_OPT_WSCALE)) {
		a->flags |= SYNQ_WSCALE;
		a->snd_wscale = o->wscale;
		a->rcv_wscale = window_scale_for(tcp, l->opts, l->bufs.rcv);
	}
	a->ecn_mode = (uint8_t)ecn_accept(tcp, l->opts, seg);
	a->syn_ecn = ecn_codepoint_of(seg);
}

static void send_cookie(struct tcp *tcp, struct listener *l,
			struct synq_agreed *a)
{
	a->iss = syncookie_make(&tcp->cookie_key, &a->tuple, a->irs, a->mss,
				tcp->env->now);
	/* A cookie does not remember our scale, so it must not change while
	 * one may come back. */
	if (!listener_has_cookies(tcp, l))
		l->cookie_wscale = a->rcv_wscale;
	a->rcv_wscale = l->cookie_wscale;
	l->cookies_at = tcp->env->now;
	env_count(tcp->env, TERN_TcpExtSyncookiesSent);
	synq_reply(tcp, l, a, true);
}

/* Returns false if there is no memory. */
static bool add_entry(struct tcp *tcp, struct listener *l,
		      const struct synq_agreed *a)
{
	struct synq_entry *e = pool_zget(&tcp->synqs);

	if (!e)
		return false;
	e->conn.kind = CONN_SYN_QUEUE;
	e->conn.flags = a->flags;
	e->conn.node.own = a->ts_offset;
	e->conn.laddr = a->tuple.laddr;
	e->conn.raddr = a->tuple.raddr;
	e->conn.lport = a->tuple.lport;
	e->conn.rport = a->tuple.rport;
	e->l = l;
	e->irs = a->irs;
	e->iss = a->iss;
	e->ts_recent = a->ts_recent;
	e->mss = a->mss;
	e->snd_wscale = a->snd_wscale & 15U;
	e->conn.rcv_wscale = a->rcv_wscale & 15U;
	e->ecn_mode = a->ecn_mode & 3U;
	e->syn_ecn = a->syn_ecn & 3U;
	if (demux_insert(tcp, &e->conn, a->hash) < 0) {
		pool_put(&tcp->synqs, e);
		return false;
	}
	list_add_tail(&l->syn, &e->queue);
	l->n_syn++;
	wheel_set(&tcp->syn_wheel, &e->wheel,
		  tcp->env->now + synq_rto(tcp, l, 0));
	state_trace(tcp, &a->tuple, LISTEN, SYN_RECEIVED);
	listener_trace(tcp, l);
	synq_reply(tcp, l, a, false);
	return true;
}

/* Memory is, or would be if entries took some more of it: a slab. */
static bool is_short(struct tcp *tcp)
{
	return mem_spare(&tcp->env->mem, POOL_STEP) < POOL_STEP;
}

void synq_open(struct tcp *tcp, struct listener *l, struct segment *seg,
	       const struct tern_tuple *tuple, const struct seq *iss_floor)
{
	const bool full = l->n_syn >= l->max_syn || is_short(tcp);
	const bool cookie = full || tcp->tun.syncookies == 2;
	struct synq_agreed a = {.flags = iss_floor ? SYNQ_REOPENS : 0};

	if (listener_accept_full(l)) {
		segment_drop(tcp, tuple, TERN_DROP_TCP_ACCEPT_QUEUE_FULL);
		return;
	}
	if (cookie && (tcp->tun.syncookies == 0 || iss_floor)) {
		segment_drop(tcp, tuple, TERN_DROP_TCP_SYN_QUEUE_FULL);
		return;
	}
	agree(tcp, l, seg, tuple, &a);
	if (l->n_syn == 0 && !listener_has_cookies(tcp, l))
		l->told_wnd = 0;
	if (cookie) {
		if (full)
			env_count(tcp->env, TERN_TcpExtTCPReqQFullDoCookies);
		send_cookie(tcp, l, &a);
		return;
	}
	/* MAY-2: larger than any the previous connection used. */
	if (iss_floor && seq_le(a.iss, *iss_floor))
		a.iss = seq_add(*iss_floor, 65537);
	if (!iss_floor && fastopen_arrived(tcp, l, seg, &a))
		return;
	if (add_entry(tcp, l, &a))
		return;
	/* A queue that cannot grow is full.  With nobody in it memory is short
	 * for a moment, and the SYN had better come again. */
	if (tcp->tun.syncookies && !iss_floor && l->n_syn > 0)
		send_cookie(tcp, l, &a);
	else
		segment_drop(tcp, tuple, TERN_DROP_NO_MEMORY);
}

void synq_drop(struct tcp *tcp, struct synq_entry *e)
{
	demux_remove(tcp, &e->conn);
	synq_leave(tcp, e);
	pool_put(&tcp->synqs, e);
}

void synq_fail(struct tcp *tcp, struct synq_entry *e)
{
	const struct tern_tuple tuple = conn_tuple(&e->conn);
	struct listener *l = e->l;

	env_count(tcp->env, TERN_TcpAttemptFails);
	state_trace(tcp, &tuple, SYN_RECEIVED, LISTEN);
	synq_drop(tcp, e);
	listener_trace(tcp, l);
}

void synq_leave(struct tcp *tcp, struct synq_entry *e)
{
	wheel_cancel(&tcp->syn_wheel, &e->wheel);
	list_del(&e->queue);
	e->l->n_syn--;
}

static unsigned int retries_max(const struct tcp *tcp,
				const struct synq_entry *e)
{
	unsigned int max = tcp->tun.synack_retries;

	if (e->l->opts->syncnt)
		max = e->l->opts->syncnt;
	/* A bare third segment was held back: wait as long as was asked. */
	if (e->conn.flags & SYNQ_ACKED)
		max = max_u32(max, e->l->opts->defer_accept);
	return max;
}

/* Linux: TCP_DEFER_ACCEPT, the third segment was here, and text is awaited
 * for longer.  Only the last SYN,ACK asks for it. */
static bool is_deferred(const struct synq_entry *e)
{
	return (e->conn.flags & SYNQ_ACKED) && e->l->opts->defer_accept &&
	       e->retries < e->l->opts->defer_accept;
}

void synq_timeout(struct tcp *tcp, struct synq_entry *e)
{
	const struct tern_tuple tuple = conn_tuple(&e->conn);
	struct listener *l = e->l;
	struct synq_agreed a;

	timer_trace(tcp, &tuple, TERN_TIMER_SYN_ACK, e->retries);
	if (e->retries >= retries_max(tcp, e)) {
		synq_fail(tcp, e);
		return;
	}
	e->retries++;
	if (tcp->tun.linux_acks && is_deferred(e)) {
		wheel_set(&tcp->syn_wheel, &e->wheel,
			  tcp->env->now + synq_rto(tcp, e->l, e->retries));
		return;
	}
	e->conn.flags |= SYNQ_REXMIT;
	e->conn.answered = 0;
	if (e->retries > 1)
		e->conn.flags |= SYNQ_LOST_TWICE;
	/* RFC 9768 3.2.3.2.2: perhaps it is the flags that do not arrive. */
	if (e->retries > 1 && e->ecn_mode == ECN_MODE_ACCURATE &&
	    tcp->tun.ecn_fallback)
		e->conn.flags |= SYNQ_NO_ECT;
	env_count(tcp->env, TERN_TcpRetransSegs);
	env_count(tcp->env, TERN_TcpExtTCPSynRetrans);
	synq_agreed_of(tcp, e, &a);
	synq_reply(tcp, l, &a, false);
	wheel_set(&tcp->syn_wheel, &e->wheel,
		  tcp->env->now + synq_rto(tcp, e->l, e->retries));
}
