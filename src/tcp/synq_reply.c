/* SPDX-License-Identifier: ISC */
/*
 * synq_reply.c - the SYN,ACK of an entry or a cookie
 *
 * It mirrors what the SYN offered (RFC 7323 1.3, RFC 2018 2); its window is
 * never scaled (RFC 7323 2.2).
 */
#include "tcp/synq_reply.h"

#include <string.h>

#include "tcp/arrives.h"
#include "tcp/ecn.h"
#include "tcp/iss.h"
#include "tcp/output.h"
#include "tcp/syncookie.h"
#include "tcp/uto.h"

uint64_t synq_rto(const struct tcp *tcp, const struct listener *l,
		  unsigned int backoff)
{
	const uint32_t most_ms = l->opts->rto_max_ms;
	struct rtt r;
	uint64_t rto;

	rtt_init(&r, &tcp->rtt_limits);
	rto = rtt_rto(&r, &tcp->rtt_limits, backoff);
	return most_ms ? min_u64(rto, most_ms * TERN_MS) : rto;
}

void synq_agreed_of(const struct tcp *tcp, const struct synq_entry *e,
		    struct synq_agreed *a)
{
	a->sent_at = e->wheel.expires - synq_rto(tcp, e->l, e->retries);
	a->tuple = conn_tuple(&e->conn);
	a->hash = e->conn.node.hash;
	a->irs = e->irs;
	a->iss = e->iss;
	a->ts_offset = conn_ts_offset(&e->conn);
	a->ts_recent = e->ts_recent;
	a->mss = e->mss;
	a->snd_wscale = e->snd_wscale;
	a->rcv_wscale = e->conn.rcv_wscale;
	a->flags = e->conn.flags;
	a->ecn_mode = e->ecn_mode;
	a->syn_ecn = e->syn_ecn;
	a->n_rexmit = (uint16_t)(e->retries + e->conn.dscp);
	a->fo_len = 0;
}

static uint32_t timestamp_for(const struct tcp *tcp,
			      const struct synq_agreed *a, bool cookie)
{
	struct syncookie c = {.mss = a->mss, .ts = true};

	if (!cookie)
		return timestamp_now(tcp, a->ts_offset);
	c.sack = a->flags & SYNQ_SACK;
	c.ecn = a->ecn_mode == ECN_MODE_CLASSIC;
	c.wscale_ok = a->flags & SYNQ_WSCALE;
	c.wscale = a->snd_wscale;
	return syncookie_timestamp(timestamp_now(tcp, 0), &c) + a->ts_offset;
}

static void fill_options(const struct tcp *tcp, const struct synq_agreed *a,
			 bool cookie, struct tcp_options *o)
{
	const bool ts = a->flags & SYNQ_TS;

	if (ts) {
		o->present |= TERN_OPT_TIMESTAMPS;
		o->ts_val = timestamp_for(tcp, a, cookie);
		o->ts_ecr = a->ts_recent;
	}
	if (cookie && !ts)
		return; /* only the timestamp could remember the rest */
	if (a->flags & SYNQ_SACK)
		o->present |= TERN_OPT_SACK_PERM;
	if (a->flags & SYNQ_WSCALE) {
		o->present |= TERN_OPT_WSCALE;
		o->wscale = a->rcv_wscale;
	}
}

/* A cookie remembers classic ECN in the timestamp only; the accurate kind shows
 * in the third segment (RFC 9768 5.1). */
static uint16_t ecn_of(const struct synq_agreed *a, bool cookie)
{
	if (a->ecn_mode == ECN_MODE_ACCURATE && (a->flags & SYNQ_NO_ECT) &&
	    (a->flags & SYNQ_LOST_TWICE))
		return 0;
	if (cookie && a->ecn_mode == ECN_MODE_CLASSIC && !(a->flags & SYNQ_TS))
		return 0;
	return ecn_syn_ack_flags((enum ecn_mode)a->ecn_mode, a->syn_ecn);
}

/* The edge that this window tells will not move left, even if the user makes
 * the buffer smaller before the third segment comes (SHLD-14). */
static uint16_t tell_window(const struct tcp *tcp, struct listener *l,
			    uint16_t seg)
{
	const uint16_t wnd = window_initial(tcp, l->opts, l->bufs.rcv, seg);

	l->told_wnd = (uint16_t)max_u32(l->told_wnd, wnd);
	return wnd;
}

void synq_reply(struct tcp *tcp, struct listener *l,
		const struct synq_agreed *a, bool cookie)
{
	struct tcp_options o = {.present = TERN_OPT_MSS};
	struct net_path path;
	uint32_t src = a->tuple.laddr;
	struct bare_segment b = {
		.tuple = a->tuple,
		.seq = a->iss,
		.ack = seq_add(a->irs, 1),
		.flags = (uint16_t)(SYN | ACK | ecn_of(a, cookie)),
		.tos = l->opts->tos,
		.ttl = l->opts->ttl,
		.opt = &o,
		.path = &path,
	};

	if (net_path(tcp->net, a->tuple.raddr, &src, &path) < 0 ||
	    !opts_device_ok(l->opts, path.ifindex))
		return;
	o.mss = mss_to_advertise(tcp, &path, l->opts); /* MUST-14 */
	b.wnd = tell_window(
		tcp, l,
		window_segment(tcp, &path, l->opts, a->flags & SYNQ_TS));
	fill_options(tcp, a, cookie, &o);
	uto_advertise(tcp, l->opts, &o);
	if (a->fo_len) {
		o.present |= TERN_OPT_FASTOPEN;
		o.fo_len = a->fo_len;
		o.fo_experiment = a->fo_experiment;
		memcpy(o.fo, a->fo, a->fo_len);
	}
	/* A path that lets no such option through is tried without it. */
	if (a->ecn_mode == ECN_MODE_ACCURATE && tcp->tun.ecn_option &&
	    !(a->flags & SYNQ_REXMIT))
		accecn_option_initial(&o);
	reply_bare(tcp, &b);
}
