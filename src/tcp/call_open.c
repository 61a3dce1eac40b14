/* SPDX-License-Identifier: ISC */
/*
 * call_open.c - OPEN, RFC 9293 3.10.1 and 3.9.1.1: bind, and the active OPEN
 *
 * The passive OPEN is in listener.c.
 */
#include <errno.h>

#include "tcp/arrives.h"
#include "tcp/demux.h"
#include "tcp/ecn.h"
#include "tcp/fastopen.h"
#include "tcp/iss.h"
#include "tcp/life.h"
#include "tcp/output.h"
#include "tcp/state.h"
#include "tcp/timewait.h"

/* A given address must be local; 0 stands for all of them. */
static int check_local(const struct tcp *tcp, const struct tcb *t,
		       uint32_t addr)
{
	switch (net_addr_kind(tcp->net, addr)) {
	case ADDR_ANY:
	case ADDR_LOCAL:
		return 0;
	case ADDR_BROADCAST:
	case ADDR_MULTICAST:
	case ADDR_INVALID:
		return -EADDRNOTAVAIL;
	case ADDR_REMOTE:
		return opts_foreign_bind(t->opts) ? 0 : -EADDRNOTAVAIL;
	}
	return -EADDRNOTAVAIL;
}

static int hold_port(struct tcp *tcp, struct tcb *t, unsigned int flags)
{
	if (ports_hold(&tcp->ports, t->conn.laddr, t->conn.lport, flags) < 0)
		return -ENOBUFS;
	t->port_held = true;
	t->port_flags = flags & PORT_FLAGS;
	return 0;
}

static int bind_port(struct tcp *tcp, struct tcb *t, uint32_t addr,
		     uint16_t port)
{
	const unsigned int flags = tcp_port_flags(t->opts);
	int picked = port;
	int err;

	if (port == 0)
		picked = ports_pick_bind(&tcp->ports, &tcp->env->rng, addr);
	else if (ports_check(&tcp->ports, addr, port, flags) < 0)
		picked = -EADDRINUSE;
	if (picked < 0)
		return picked;
	t->conn.laddr = addr;
	t->conn.lport = (uint16_t)picked;
	err = hold_port(tcp, t, flags);
	if (err)
		return err;
	t->bound_addr = addr != 0; /* MUST-43 */
	t->bound_port = true;
	return 0;
}

int tcp_bind(struct tcp *tcp, struct tcb *t, uint32_t addr, uint16_t port)
{
	const int err = check_local(tcp, t, addr);

	if (err)
		return err;
	if (t->state != CLOSED || t->port_held || t->was_open)
		return -EINVAL;
	if (port != 0 || !t->opts->bind_no_port)
		return bind_port(tcp, t, addr, port);
	t->conn.laddr = addr; /* connect() or listen() picks the port */
	t->bound_addr = addr != 0;
	return 0;
}

int tcp_bind_any(struct tcp *tcp, struct tcb *t)
{
	return bind_port(tcp, t, t->bound_addr ? t->conn.laddr : 0, 0);
}

bool tcp_is_bound(const struct tcb *t)
{
	return t->port_held || t->conn.lport != 0;
}

/* The tuple with which connect() would like to go. */
struct wish {
	struct tcp *tcp;
	struct tern_tuple tuple;
	/* Of the tuple looked at last. */
	uint32_t hash;
	uint64_t secret;
	struct timewait *old; /* in the way, but it may go; or NULL */
};

/* A tuple is free if nobody has it, or only a TIME-WAIT that may go. */
static bool tuple_taken(struct wish *w)
{
	struct tcp *tcp = w->tcp;
	struct conn *c;

	w->hash = demux_hash(tcp, &w->tuple);
	map_prefetch(&tcp->conns, w->hash);
	/* What is needed anyway is worked out while memory answers. */
	w->secret = iss_secret(&tcp->iss_key, &w->tuple);
	w->old = NULL;
	c = demux_find(tcp, &w->tuple, w->hash);
	if (!c)
		return false;
	if (c->kind != CONN_TIME_WAIT)
		return true;
	w->old = container_of(c, struct timewait, conn);
	return !timewait_reusable(tcp, w->old);
}

static bool port_taken(void *ctx, uint16_t port)
{
	struct wish *w = ctx;

	w->tuple.lport = port;
	return tuple_taken(w);
}

/* A client need not bind: the port is picked (RFC 6056), the address is the
 * route's. */
static int choose_port(struct tcp *tcp, struct tcb *t, struct wish *w)
{
	int port;

	w->tuple = conn_tuple(&t->conn);
	if (t->port_held)
		return tuple_taken(w) ? -EADDRNOTAVAIL : 0;
	port = ports_pick_connect(&tcp->ports, &tcp->env->rng, &w->tuple,
				  port_taken, w);
	if (port < 0)
		return port;
	t->conn.lport = (uint16_t)port;
	return hold_port(tcp, t, tcp_port_flags(t->opts) | PORT_CONNECT);
}

/* Fixes the local address, which may have been "any" until now. */
static int choose_addr(struct tcp *tcp, struct tcb *t, uint32_t *src)
{
	const unsigned int flags = t->port_flags;

	if (t->conn.laddr == *src)
		return 0;
	if (t->port_held) {
		ports_release(&tcp->ports, t->conn.laddr, t->conn.lport, flags);
		t->port_held = false;
		t->conn.laddr = *src;
		return hold_port(tcp, t, flags);
	}
	t->conn.laddr = *src;
	return 0;
}

/* A TIME-WAIT in the way was found to be reusable: its sequence numbers must
 * lie behind ours. */
static void choose_iss(struct tcp *tcp, struct tcb *t, const struct wish *w)
{
	struct timewait *old = w->old;

	t->snd.iss = iss_at(w->secret, tcp->env->now);
	if (!old)
		return;
	if (seq_le(t->snd.iss, old->snd_nxt))
		t->snd.iss = seq_add(old->snd_nxt, 65537);
	env_count(tcp->env, TERN_TcpExtTCPTimeWaitReuse);
	timewait_drop(tcp, old);
}

/* A second connection of one socket has nothing of the first but what the
 * user has set, and what binds the block to the rest of the stack. */
static void forget_past(struct tcb *t)
{
	const struct tcb old = *t;

	*t = (struct tcb){
		.conn = old.conn,
		.work = old.work,
		.wheel = old.wheel,
		.rexmit_at = TERN_NEVER,
		.idle_at = TERN_NEVER,
		.flow = old.flow,
		.tally = old.tally,
		.path = old.path,
		.user = old.user,
		.port_flags = old.port_flags,
		.state = old.state,
		.port_held = old.port_held,
		.bound_addr = old.bound_addr,
		.bound_port = old.bound_port,
		.watched = old.watched,
		.asked = old.asked,
		.opts = old.opts,
		.bufs = old.bufs,
	};
	if (t->tally)
		*t->tally = (struct tally){0};
}

static void init_open(struct tcp *tcp, struct tcb *t, const struct wish *w)
{
	if (t->has_past)
		forget_past(t);
	t->has_past = true;
	choose_iss(tcp, t, w);
	t->snd.una = t->snd.nxt = t->snd.rtx = t->snd.iss;
	t->snd.end = seq_add(t->snd.iss, 1);
	t->syn_unacked = true;
	t->ts_ok = tcp->tun.timestamps;
	t->sack_ok = tcp->tun.sack;
	t->wscale_ok = tcp->tun.window_scaling;
	t->rcv_wscale =
		t->wscale_ok ? window_scale_for(tcp, t->opts, t->bufs.rcv) : 0;
	t->conn.node.own = iss_timestamp_offset(w->secret);
	t->stalled_at = t->rx_at = tcp->env->now;
	rtt_init(&t->rtt, &tcp->rtt_limits);
	ecn_open(tcp, t);
	fastopen_open(tcp, t);
}

/* connect() once more, after one that did not wait for its end.  As on Linux:
 * only connect() learns of a failure for good, and then the socket is as new;
 * ECONNABORTED if the error itself went to another call. */
static int open_again(struct tcp *tcp, struct tcb *t)
{
	int err;

	if (t->dead_end)
		return -EINVAL;
	if (t->connected || !t->connecting)
		return -EISCONN;
	if (t->state == SYN_SENT || t->state == SYN_RECEIVED)
		return t->error ? tcp_take_error(t) : -EALREADY;
	t->connecting = false;
	if (t->state != CLOSED || t->peer_fin) {
		t->connected = true;
		return 0;
	}
	err = tcp_take_error(t);
	(void)tcp_call_disconnect(tcp, t);
	return err ? err : -ECONNABORTED;
}

/* Nothing came of it: the socket is as it was before. */
static void forget_peer(struct tcp *tcp, struct tcb *t)
{
	t->conn.raddr = t->conn.rport = 0;
	if (t->bound_port)
		return;
	tcp_release_port(tcp, t);
	t->conn.lport = 0;
	if (!t->bound_addr)
		t->conn.laddr = 0;
}

/* MUST-46: to one host only; MUST-44: the source is known before the SYN. */
static int prepare(struct tcp *tcp, struct tcb *t, uint32_t addr, uint16_t port,
		   struct wish *w)
{
	/* An address that an earlier connect() chose is chosen anew. */
	uint32_t src = t->bound_addr ? t->conn.laddr : 0;
	int err;

	err = net_path(tcp->net, addr, &src, &t->path);
	if (!err && !opts_device_ok(t->opts, t->path.ifindex))
		err = -ENETUNREACH;
	if (err)
		return err;
	err = choose_addr(tcp, t, &src);
	if (err)
		return err;
	t->conn.raddr = addr;
	t->conn.rport = port;
	err = choose_port(tcp, t, w);
	if (err)
		forget_peer(tcp, t);
	return err;
}

int tcp_call_open(struct tcp *tcp, struct tcb *t, uint32_t addr, uint16_t port)
{
	struct wish w = {.tcp = tcp};
	int err;

	if (t->state != CLOSED || t->connecting || t->dead_end || t->was_open ||
	    t->time_waiting)
		return open_again(tcp, t);
	if (addr == 0)
		addr = UINT32_C(0x7f000001); /* as on Linux: this host */
	err = prepare(tcp, t, addr, port, &w);
	if (err)
		return err;
	init_open(tcp, t, &w);
	if (demux_insert(tcp, &t->conn, w.hash) < 0) {
		forget_peer(tcp, t);
		return -ENOBUFS;
	}
	env_count(tcp->env, TERN_TcpActiveOpens);
	tcp_set_state(tcp, t, SYN_SENT);
	t->connected = fastopen_defers(t);
	t->connecting = !t->connected;
	tcp_settle(tcp, t);
	return t->connected ? 0 : -EINPROGRESS;
}

ssize_t tcp_call_open_send(struct tcp *tcp, struct tcb *t, uint32_t addr,
			   uint16_t port, const struct iovec *iov, size_t len)
{
	ssize_t n;
	int err;

	if (!(tcp->tun.fastopen & FASTOPEN_CLIENT))
		return -EOPNOTSUPP;
	t->conn.fastopen = FASTOPEN_ASKS;
	err = tcp_call_open(tcp, t, addr, port);
	if (err != -EINPROGRESS)
		return err ? err : -EALREADY;
	if (fastopen_room(t) == 0)
		return err;
	n = sendq_append(&t->flow->sendq, &tcp->env->mem, tcp->env->blocks, iov,
			 0, min_size(len, fastopen_room(t)));
	if (n > 0)
		t->snd.end = seq_add(t->snd.end, (uint32_t)n);
	tcp_settle(tcp, t);
	return n > 0 ? n : err;
}

/* Linux: whoever cuts a connection off is told that it was reset. */
static bool cuts_off(const struct tcb *t)
{
	return t->state == SYN_SENT || t->state == SYN_RECEIVED ||
	       t->state == ESTABLISHED || t->state == CLOSE_WAIT ||
	       t->state == FIN_WAIT_1 || t->state == FIN_WAIT_2;
}

int tcp_call_disconnect(struct tcp *tcp, struct tcb *t)
{
	const int error = cuts_off(t) ? -ECONNRESET : 0;

	if (t->state != CLOSED && t->state != SYN_SENT)
		tcp_reset(tcp, t, 0);
	else
		tcp_end(tcp, t, 0);
	if (t->flow)
		recvq_free(&t->flow->recvq, &tcp->env->mem);
	tcp_release_port(tcp, t);
	t->conn.raddr = t->conn.rport = 0;
	if (!t->bound_port)
		t->conn.lport = 0;
	if (!t->bound_addr)
		t->conn.laddr = 0;
	if (t->bound_port && hold_port(tcp, t, tcp_port_flags(t->opts)) < 0)
		t->bound_port = false;
	t->was_open = t->connected = t->time_waiting = false;
	t->connecting = t->dead_end = false;
	t->fin_queued = t->fin_acked = t->rcv_shut = false;
	t->snd.end = t->snd.nxt; /* no FIN is left to be sent */
	t->peer_fin = t->urgent_in = false;
	t->error = (int16_t)error;
	t->soft_error = 0;
	tcp_settle(tcp, t);
	return 0;
}
