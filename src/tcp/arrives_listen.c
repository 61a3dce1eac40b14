/* SPDX-License-Identifier: ISC */
/*
 * arrives_listen.c - SEGMENT ARRIVES in LISTEN, RFC 9293 3.10.7.2
 *
 * First RST, second ACK, third SYN, fourth anything else, in the RFC's order.
 * An ACK may be the third segment of a handshake of which nothing is
 * remembered but the cookie (RFC 4987).
 */
#include "tcp/arrives.h"

#include "tcp/ecn.h"
#include "tcp/iss.h"
#include "tcp/output.h"
#include "tcp/state.h"
#include "tcp/syncookie.h"
#include "tcp/synq.h"

/* MUST-63, MUST-57: a SYN must come from one host and go to one. */
static bool source_is_valid(const struct tcp *tcp, uint32_t src)
{
	switch (net_addr_kind(tcp->net, src)) {
	case ADDR_LOCAL:
	case ADDR_REMOTE:
		return true;
	case ADDR_ANY:
	case ADDR_BROADCAST:
	case ADDR_MULTICAST:
	case ADDR_INVALID:
		return false;
	}
	return false;
}

/* RFC 9768 5.1: who did not ask for the accurate kind sends 0 or 1 here. */
static enum ecn_mode ecn_of_cookie(const struct tcp *tcp,
				   const struct segment *seg, bool classic)
{
	if (classic)
		return ECN_MODE_CLASSIC;
	if (tcp->tun.ecn >= 3 && (seg->flags & ECN_FLAGS) >> ECN_ACE_SHIFT > 1)
		return ECN_MODE_ACCURATE;
	return ECN_MODE_NONE;
}

/* Reads what the cookie and the timestamp remember of the SYN. */
static bool read_cookie(struct tcp *tcp, const struct listener *l,
			const struct segment *seg,
			const struct tern_tuple *tuple, struct synq_agreed *a)
{
	const uint32_t offset =
		iss_timestamp_offset(iss_secret(&tcp->iss_key, tuple));
	const struct syncookie_echo e = {
		.irs = seq_sub(seg->seq, 1),
		.iss = seq_sub(seg->ack, 1),
		.has_ts = seg->opt.present & TERN_OPT_TIMESTAMPS,
		.ts_ecr = seg->opt.ts_ecr - offset,
	};
	struct syncookie c;

	if (!syncookie_check(&tcp->cookie_key, tuple, &e, tcp->env->now, &c))
		return false;
	a->tuple = *tuple;
	a->hash = seg->hash;
	a->irs = e.irs;
	a->iss = e.iss;
	a->mss = c.mss;
	a->flags = SYNQ_REXMIT; /* how long it took is not known */
	a->ts_offset = offset;
	a->ts_recent = seg->opt.ts_val;
	if (c.ts)
		a->flags |= SYNQ_TS;
	if (c.sack)
		a->flags |= SYNQ_SACK;
	a->ecn_mode = (uint8_t)ecn_of_cookie(tcp, seg, c.ecn);
	if (c.wscale_ok) {
		a->flags |= SYNQ_WSCALE;
		a->snd_wscale = c.wscale;
		a->rcv_wscale = l->cookie_wscale;
	}
	return true;
}

/* Second: an ACK is bad in LISTEN, unless it brings a cookie back. */
static void check_ack(struct tcp *tcp, struct listener *l, struct segment *seg,
		      const struct tern_tuple *tuple)
{
	struct synq_agreed a = {0};
	struct tcb *t;

	if (!listener_has_cookies(tcp, l) || (seg->flags & SYN)) {
		segment_drop(tcp, tuple, TERN_DROP_TCP_LISTEN_ACK);
		reply_reset(tcp, seg, tuple);
		return;
	}
	if (!read_cookie(tcp, l, seg, tuple, &a)) {
		segment_drop(tcp, tuple, TERN_DROP_TCP_COOKIE);
		reply_reset(tcp, seg, tuple);
		return;
	}
	env_count(tcp->env, TERN_TcpExtSyncookiesRecv);
	if (listener_accept_full(l)) {
		segment_drop(tcp, tuple, TERN_DROP_TCP_ACCEPT_QUEUE_FULL);
		return;
	}
	state_trace(tcp, tuple, LISTEN, SYN_RECEIVED);
	t = synq_make_tcb(tcp, l, &a, NULL);
	if (t)
		tcp_segment_arrives(tcp, t, seg);
}

/* Third: a SYN. */
static void check_syn(struct tcp *tcp, struct listener *l, struct segment *seg,
		      const struct tern_tuple *tuple)
{
	if (seg->flags & FIN) {
		segment_drop(tcp, tuple, TERN_DROP_TCP_FLAGS);
		return;
	}
	if (!source_is_valid(tcp, tuple->raddr)) {
		segment_drop(tcp, tuple, TERN_DROP_TCP_BROADCAST);
		return;
	}
	synq_open(tcp, l, seg, tuple, NULL);
}

void arrives_listen(struct tcp *tcp, struct listener *l, struct segment *seg,
		    const struct tern_tuple *tuple)
{
	if (seg->flags & RST) /* First */
		segment_drop(tcp, tuple, TERN_DROP_TCP_LISTEN_RST);
	else if (seg->flags & ACK) /* Second */
		check_ack(tcp, l, seg, tuple);
	else if (seg->flags & SYN) /* Third */
		check_syn(tcp, l, seg, tuple);
	else /* Fourth: "should not be reached": it is thrown away */
		segment_drop(tcp, tuple, TERN_DROP_TCP_FLAGS);
}
