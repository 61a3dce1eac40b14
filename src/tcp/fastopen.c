/* SPDX-License-Identifier: ISC */
/*
 * fastopen.c - TCP Fast Open, RFC 7413: text in the SYN
 *
 *	first   SYN, option empty ------->
 *	        <------- SYN,ACK, cookie            the client keeps it
 *	later   SYN, cookie, text ------->          the user has it at once
 *	        <------- SYN,ACK of the text, text
 *	        ACK ------->
 *
 * A server keeps a connection whose SYN had a good cookie as a control block in
 * SYN-RECEIVED, in the accept queue; there are at most as many of them as
 * TCP_FASTOPEN says, and those that were reset count for a while longer, or
 * forged SYNs from a host that answers with RST could make more (5.1).  All
 * other SYNs go through the SYN queue.
 *
 * A client sends its SYN again without option and text (4.1.3.1, 7.1), keeps
 * away from a server for a while after that, and altogether when established
 * connections that began so get nothing through (black holes).
 */
#include "tcp/fastopen.h"

#include <string.h>

#include "tcp/arrives.h"
#include "tcp/congest.h"
#include "tcp/life.h"
#include "tcp/state.h"

#define SYN_OPTIONS_LEN 28 /* beyond timestamps: MSS, SACK, scale, cookie */
#define RESET_KEPT_NS	(60 * TERN_S)
#define MSS_UNKNOWN	536
#define BACKOFF_MOST	6 /* doublings of the black hole's time */

/* ----------------------------------------------------------------- client */

static void use_cookie(struct tcb *t, const struct fastopen_peer *p)
{
	t->conn.fastopen |= FASTOPEN_DATA;
	if (p->experiment)
		t->conn.fastopen |= FASTOPEN_EXPERIMENT;
}

/* May this peer be sent text in a SYN, as far as is known? */
static bool is_welcome(const struct tcp *tcp, const struct fastopen_peer *p)
{
	if (!(tcp->tun.fastopen & FASTOPEN_CLIENT))
		return false;
	if (tcp->env->now < tcp->fo_off_until)
		return false;
	return !p || tcp->env->now >= p->retry_at;
}

void fastopen_open(struct tcp *tcp, struct tcb *t)
{
	const bool now = t->conn.fastopen & FASTOPEN_ASKS;
	const bool asked = now || t->opts->fastopen_connect;
	struct fastopen_peer *p;

	t->conn.fastopen = 0;
	if (!asked)
		return;
	p = fastopen_cache_find(&tcp->fo_cache, t->conn.raddr);
	if (!is_welcome(tcp, p) || !tcp_flow(tcp, t))
		return;
	t->flow->kept |= FLOW_KEPT_FASTOPEN;
	t->conn.fastopen = FASTOPEN_ASKS;
	if (t->opts->fastopen_free ||
	    (tcp->tun.fastopen & FASTOPEN_CLIENT_FREE))
		t->conn.fastopen |= FASTOPEN_DATA | FASTOPEN_FREE;
	else if (p && p->len)
		use_cookie(t, p);
	if (!(t->conn.fastopen & FASTOPEN_DATA))
		return;
	t->send_mss = MSS_UNKNOWN;
	if (p && p->mss)
		t->send_mss = p->mss;
	else if (tcp->tun.linux_acks) /* RFC 7413 4.1.3 is careful, Linux not */
		t->send_mss = mss_to_advertise(tcp, &t->path, t->opts);
	mss_update(tcp, t);
	if (!now)
		t->conn.fastopen |= FASTOPEN_DEFERS;
}

uint32_t fastopen_room(const struct tcb *t)
{
	if (!(t->conn.fastopen & FASTOPEN_DATA) || t->state != SYN_SENT)
		return 0;
	return t->mss > SYN_OPTIONS_LEN ? t->mss - SYN_OPTIONS_LEN : 0;
}

static void set_fail(struct tcb *t, enum fastopen_fail why)
{
	t->conn.fastopen |= (uint16_t)(why << FASTOPEN_FAIL_SHIFT);
}

static const struct fastopen_keys *keys_of(const struct tcp *tcp,
					   const struct listener *l)
{
	return l->fo_keys.n ? &l->fo_keys : &tcp->fo_keys;
}

static void give_cookie(const struct tcp *tcp, const struct tcb *t,
			struct tcp_options *o)
{
	const struct listener *l = t->flow->fo_listener;
	const struct tern_tuple tuple = conn_tuple(&t->conn);

	if (!l)
		return;
	o->present |= TERN_OPT_FASTOPEN;
	o->fo_len = FASTOPEN_COOKIE_LEN;
	fastopen_cookie_make(keys_of(tcp, l), &tuple, o->fo);
}

/* Without a cookie one is asked for. */
static void show_cookie(const struct tcp *tcp, const struct tcb *t,
			struct tcp_options *o)
{
	const struct fastopen_peer *p =
		fastopen_cache_peek(&tcp->fo_cache, t->conn.raddr);

	o->present |= TERN_OPT_FASTOPEN;
	o->fo_len = 0;
	if (!p || !(t->conn.fastopen & FASTOPEN_DATA))
		return;
	o->fo_len = p->len;
	memcpy(o->fo, p->cookie, p->len);
}

void fastopen_option(const struct tcp *tcp, const struct tcb *t,
		     struct tcp_options *o)
{
	const uint16_t how = t->conn.fastopen;

	o->fo_experiment = how & FASTOPEN_EXPERIMENT;
	if (t->state == SYN_SENT && (how & FASTOPEN_ASKS) &&
	    !(how & FASTOPEN_FREE) && !t->syn_rexmitted)
		show_cookie(tcp, t, o);
	else if (fastopen_is_early(t) && (how & FASTOPEN_GIVES))
		give_cookie(tcp, t, o);
}

/* What was in the SYN: all acknowledged with it, or to go again at once. */
static void judge_text(struct tcp *tcp, struct tcb *t,
		       const struct segment *seg)
{
	if (seq_lt(seq_add(t->snd.iss, 1), seg->ack) && tcp_flight(t) == 0) {
		t->conn.fastopen |= FASTOPEN_TAKEN;
		env_count(tcp->env, TERN_TcpExtTCPFastOpenActive);
		return;
	}
	if (!t->syn_rexmitted)
		set_fail(t, FASTOPEN_FAIL_NOT_ACKED);
	env_count(tcp->env, TERN_TcpExtTCPFastOpenActiveFail);
	t->rexmit_now = tcp_flight(t) > 0;
}

void fastopen_syn_ack(struct tcp *tcp, struct tcb *t, const struct segment *seg)
{
	const bool cookie =
		(seg->opt.present & TERN_OPT_FASTOPEN) && seg->opt.fo_len > 0;

	if (!(t->conn.fastopen & FASTOPEN_ASKS))
		return;
	t->flow->kept &= (uint8_t)~FLOW_KEPT_FASTOPEN;
	if (!t->syn_rexmitted || cookie)
		fastopen_cache_store(&tcp->fo_cache, t->conn.raddr, t->send_mss,
				     &seg->opt);
	if (t->conn.fastopen & FASTOPEN_SENT)
		judge_text(tcp, t, seg);
	else if (!(t->conn.fastopen & FASTOPEN_DATA) && !t->syn_rexmitted)
		set_fail(t, FASTOPEN_FAIL_NO_COOKIE);
}

void fastopen_syn_lost(struct tcp *tcp, struct tcb *t)
{
	if (t->state != SYN_SENT || !(t->conn.fastopen & FASTOPEN_ASKS) ||
	    t->retries > 1)
		return;
	set_fail(t, FASTOPEN_FAIL_SYN_AGAIN);
	fastopen_cache_failed(&tcp->fo_cache, t->conn.raddr);
}

void fastopen_suspect(struct tcp *tcp, const struct tcb *t)
{
	const uint64_t off = tcp->tun.fastopen_blackhole_s * TERN_S;

	if (t->passive || !(t->conn.fastopen & FASTOPEN_TAKEN) ||
	    (t->tally && t->tally->bytes_received > 0) || t->retries != 2 ||
	    off == 0)
		return;
	tcp->fo_off_until = tcp->env->now + (off << tcp->n_fo_off);
	if (tcp->n_fo_off < BACKOFF_MOST)
		tcp->n_fo_off++;
	env_count(tcp->env, TERN_TcpExtTCPFastOpenBlackhole);
}

/* ----------------------------------------------------------------- server */

static uint32_t queue_len(const struct tcp *tcp, const struct listener *l)
{
	if (!(tcp->tun.fastopen & FASTOPEN_SERVER))
		return 0;
	if (l->opts->fastopen_qlen)
		return l->opts->fastopen_qlen;
	return tcp->tun.fastopen & FASTOPEN_SERVER_ALL ? l->backlog : 0;
}

/* PendingFastOpenRequests, 4.2.2 and 5.1. */
static bool has_room(const struct tcp *tcp, struct listener *l)
{
	if (tcp->env->now >= l->fo_resets_until)
		l->n_fo_resets = 0;
	return l->n_fastopen + l->n_fo_resets < queue_len(tcp, l);
}

static void offer_cookie(const struct tcp *tcp, const struct listener *l,
			 const struct segment *seg, struct synq_agreed *a)
{
	a->fo_len = FASTOPEN_COOKIE_LEN;
	a->fo_experiment = seg->opt.fo_experiment;
	fastopen_cookie_make(keys_of(tcp, l), &a->tuple, a->fo);
}

/* Not enough memory for the cold half: as if there had been no cookie. */
static bool take_back(struct tcp *tcp, struct tcb *t)
{
	listener_del_pending(tcp, t);
	tcp->n_orphans++; /* which tcp_end() takes off again */
	tcp_end(tcp, t, 0);
	tcp_settle(tcp, t);
	return false;
}

/* Windows as they will be, so that answers can go with the SYN,ACK. */
static void begin_windows(struct tcp *tcp, struct tcb *t,
			  const struct segment *seg)
{
	t->snd.nxt = t->snd.rtx = t->snd.iss; /* SYN,ACK is still to go */
	t->rtt_start = 0;
	t->snd.wnd = t->snd.wnd_max = seg->wnd; /* never scaled in a SYN */
	t->snd.wl1 = seg->seq;
	mss_update(tcp, t);
	t->cc.cwnd = cc_initial_window(t->mss, tcp->tun.init_cwnd);
	t->cc.ssthresh = CC_SSTHRESH_0;
	if (t->flow)
		t->flow->sml = t->snd.iss;
	congest_again(tcp, t);
}

static void take_text(struct tcp *tcp, struct tcb *t, struct segment *seg)
{
	seg->flags &= (uint16_t)~SYN;
	seg->seq = seq_add(seg->seq, 1);
	seg->len--;
	if (seg->text_len > 0)
		t->conn.fastopen |= FASTOPEN_TAKEN;
	text_process(tcp, t, seg);
}

static bool open_early(struct tcp *tcp, struct listener *l, struct segment *seg,
		       const struct synq_agreed *a)
{
	struct tcb *t = synq_make_tcb(tcp, l, a, NULL);
	struct flow *f;

	if (!t)
		return false;
	state_trace(tcp, &a->tuple, LISTEN, SYN_RECEIVED);
	f = tcp_flow(tcp, t);
	if (!f)
		return take_back(tcp, t);
	t->conn.fastopen = FASTOPEN_EARLY;
	if (seg->opt.present & TERN_OPT_FASTOPEN && seg->opt.fo_experiment)
		t->conn.fastopen |= FASTOPEN_EXPERIMENT;
	f->kept |= FLOW_KEPT_FASTOPEN;
	f->accecn.syn_ecn = a->syn_ecn & 3U;
	if (a->fo_len)
		t->conn.fastopen |= FASTOPEN_GIVES;
	f->fo_listener = l;
	list_add_tail(&l->fastopens, &f->fo_link);
	l->n_fastopen++;
	begin_windows(tcp, t, seg);
	take_text(tcp, t, seg);
	env_count(tcp->env, TERN_TcpExtTCPFastOpenPassive);
	listener_trace(tcp, l);
	if (l->user != TCP_NO_USER)
		tcp->user.ready(tcp->user.ctx, l->user, TCP_READY_IN);
	tcp_settle(tcp, t);
	return true;
}

bool fastopen_arrived(struct tcp *tcp, struct listener *l, struct segment *seg,
		      struct synq_agreed *a)
{
	const struct tcp_options *o = &seg->opt;
	const bool option = o->present & TERN_OPT_FASTOPEN;
	const bool is_free = l->opts->fastopen_free ||
			     (tcp->tun.fastopen & FASTOPEN_SERVER_FREE);
	int key = 0;

	if (queue_len(tcp, l) == 0)
		return false;
	if (!(is_free && seg->text_len > 0)) {
		if (!option)
			return false;
		key = fastopen_cookie_check(keys_of(tcp, l), &a->tuple, o->fo,
					    o->fo_len);
		if (key != 0)
			offer_cookie(tcp, l, seg, a);
	}
	if (key < 0) {
		env_count(tcp->env, o->fo_len
					    ? TERN_TcpExtTCPFastOpenPassiveFail
					    : TERN_TcpExtTCPFastOpenCookieReqd);
		return false;
	}
	if (!has_room(tcp, l)) {
		env_count(tcp->env, TERN_TcpExtTCPFastOpenListenOverflow);
		a->fo_len = 0;
		return false;
	}
	return open_early(tcp, l, seg, a);
}

void fastopen_complete(struct tcb *t)
{
	struct flow *f = t->flow;

	if (!f)
		return;
	f->kept &= (uint8_t)~FLOW_KEPT_FASTOPEN;
	if (!f->fo_listener)
		return;
	f->fo_listener->n_fastopen--;
	f->fo_listener = NULL;
	list_del(&f->fo_link);
}

void fastopen_reset(const struct tcp *tcp, struct tcb *t)
{
	struct listener *l = t->flow ? t->flow->fo_listener : NULL;

	if (!l)
		return;
	l->n_fo_resets++;
	l->fo_resets_until = tcp->env->now + RESET_KEPT_NS;
	fastopen_complete(t);
}

void fastopen_forget(struct listener *l)
{
	struct list *n;

	while ((n = list_first(&l->fastopens)) != NULL)
		fastopen_complete(LIST_ENTRY(n, struct flow, fo_link)->t);
}
