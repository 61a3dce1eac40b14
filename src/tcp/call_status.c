/* SPDX-License-Identifier: ISC */
/*
 * call_status.c - STATUS, RFC 9293 3.10.6 and 3.9.1.5: readiness, errors,
 * queues, options, and the list of everything that has a state
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "tcp/arrives.h"
#include "tcp/congest.h"
#include "tcp/dialogue.h"
#include "tcp/fastopen.h"
#include "tcp/life.h"
#include "tcp/listener.h"
#include "tcp/output.h"
#include "tcp/state.h"
#include "tcp/synq.h"
#include "tcp/timeout.h"
#include "tcp/timewait.h"
#include "tcp/uto.h"

int tcp_take_error(struct tcb *t)
{
	const int err = t->error;

	t->error = 0;
	return err;
}

/* Linux: SO_ERROR tells what ended nothing, too, if nothing else is there. */
int tcp_take_any_error(const struct tcp *tcp, struct tcb *t)
{
	int err = tcp_take_error(t);

	if (err || !tcp->tun.linux_acks)
		return err;
	err = t->soft_error;
	t->soft_error = 0;
	return err;
}

static bool peer_has_closed(const struct tcb *t)
{
	return t->state == CLOSE_WAIT || t->state == CLOSING ||
	       t->state == LAST_ACK || (t->state == CLOSED && tcp_opened(t));
}

bool tcp_can_read(const struct tcb *t)
{
	const uint32_t n = tcp_readable(t);

	return n >= t->opts->rcvlowat || (n > 0 && tcp_rcv_wnd(t) == 0) ||
	       t->rcv_shut || peer_has_closed(t);
}

static uint32_t poll_any(const struct tcp *tcp, const struct tcb *t)
{
	const bool rd_over = t->rcv_shut || peer_has_closed(t);
	const bool wr_over = t->fin_queued || t->state == CLOSED;
	uint32_t ev = t->error ? POLLERR : 0;

	if (fastopen_defers(t))
		return ev | POLLOUT | POLLWRNORM;
	if ((t->state == SYN_SENT || t->state == SYN_RECEIVED) &&
	    !fastopen_is_early(t)) {
		if (t->rcv_shut) /* before connect() */
			ev |= POLLIN | POLLRDNORM | POLLRDHUP;
		return ev;
	}
	if (tcp_can_read(t))
		ev |= POLLIN | POLLRDNORM;
	if (rd_over)
		ev |= POLLRDHUP;
	if ((rd_over && wr_over) || t->state == CLOSED)
		ev |= POLLHUP;
	if (wr_over || send_room_ok(tcp, t))
		ev |= POLLOUT | POLLWRNORM;
	if (t->urgent_in && !t->urgent_read)
		ev |= POLLPRI;
	return ev;
}

/* Open both ways, and nothing is unusual. */
static bool is_plain(const struct tcb *t)
{
	return t->state == ESTABLISHED && !t->error && !t->conn.fastopen &&
	       !tcb_has(t, .fin_queued = true, .rcv_shut = true,
			.urgent_in = true);
}

uint32_t tcp_poll(const struct tcp *tcp, const struct tcb *t)
{
	if (unlikely(!is_plain(t)))
		return poll_any(tcp, t);
	return (tcp_can_read(t) ? POLLIN | POLLRDNORM : 0) |
	       (send_room_ok(tcp, t) ? POLLOUT | POLLWRNORM : 0);
}

uint32_t tcp_outq(const struct tcb *t)
{
	return tcp_sendq_len(t);
}

/* Linux counts a FIN, and nothing before the connection is open. */
uint32_t tcp_outq_told(const struct tcb *t)
{
	if (t->syn_unacked)
		return 0;
	return tcp_sendq_len(t) + (t->fin_queued && !t->fin_acked);
}

uint32_t tcp_outq_unsent_told(const struct tcb *t)
{
	if (t->syn_unacked || !seq_lt(t->snd.nxt, output_end(t)))
		return 0;
	return seq_len(t->snd.nxt, output_end(t));
}

uint32_t tcp_outq_unsent(const struct tcb *t)
{
	return output_unsent(t);
}

void tcp_user_timeout_changed(struct tcp *tcp, struct tcb *t)
{
	uto_changed(tcp, t);
}

const struct tcp_opts *tcp_opts(const struct tcb *t)
{
	return t->opts;
}

struct tcp_bufs *tcp_bufs(struct tcb *t)
{
	return &t->bufs;
}

/* MUST-60: what is held back has an end, whichever option came last. */
static void settle_push(struct tcp *tcp, struct tcb *t)
{
	const bool held = t->opts->cork || t->more;

	if (held && tcp_outq_unsent(t) > 0)
		timer_start_push(tcp, t);
	else if (t->flow && !held)
		t->flow->push_at = TERN_NEVER;
}

static void opts_changed(struct tcp *tcp, struct tcb *t)
{
	const unsigned int flags =
		tcp_port_flags(t->opts) | (t->port_flags & PORT_CONNECT);

	if (t->port_held && flags != t->port_flags) {
		ports_change(&tcp->ports, t->conn.laddr, t->conn.lport,
			     t->port_flags, flags);
		t->port_flags = flags & PORT_FLAGS;
	}
	if (t->flow && t->flow->cc_number != t->opts->cc)
		congest_again(tcp, t);
	if (t->state == CLOSED)
		return;
	if (!opts_device_ok(t->opts, t->path.ifindex))
		t->path.ifindex = 0;
	if (is_synchronized(t)) {
		timer_start_keepalive(tcp, t);
		mss_update(tcp, t);
	}
	settle_push(tcp, t);
	t->wnd_update = can_receive(t);
	tcp_settle(tcp, t);
}

int tcp_set_opts(struct tcp *tcp, struct tcb *t, const struct tcp_opts *o)
{
	if (opts_change(&tcp->opts, &t->opts, o) < 0)
		return -ENOBUFS;
	opts_changed(tcp, t);
	return 0;
}

uint32_t tcp_receive_memory(const struct tcb *t)
{
	return t->flow ? t->flow->recvq.truesize + t->flow->reass.truesize : 0;
}

uint32_t tcp_timestamp(const struct tcp *tcp, const struct tcb *t)
{
	return timestamp_now(tcp, conn_ts_offset(&t->conn));
}

void tcp_set_quickack(struct tcp *tcp, struct tcb *t, bool on)
{
	if (tcp->tun.linux_acks) {
		dialogue_set(t, on);
	} else {
		t->quick_acks = on ? 16 : 0;
		if (on && timer_delays_ack(t))
			t->ack_now = true;
	}
	if (t->state != CLOSED)
		tcp_settle(tcp, t);
}

bool tcp_quickack(const struct tcp *tcp, const struct tcb *t)
{
	return tcp->tun.linux_acks ? !t->dialogue : !t->opts->quickack_off;
}

enum tern_tcp_state tcp_state_of(const struct tcb *t)
{
	return (enum tern_tcp_state)t->state;
}

struct tern_tuple tcp_tuple_of(const struct tcb *t)
{
	return conn_tuple(&t->conn);
}

uint32_t tcp_get_maxseg(const struct tcp *tcp, const struct tcb *t)
{
	(void)tcp;
	if (is_synchronized(t))
		return t->mss;
	return t->opts->maxseg ? t->opts->maxseg : 536;
}

static void status_timers(const struct tcb *t, struct tern_sockinfo *i)
{
	i->timer = timer_next(t, &i->timer_at);
	i->retries = t->retries;
	i->rto_us = t->rtt.rto_us;
	i->srtt_us = t->rtt.srtt_us;
	i->rttvar_us = t->rtt.rttvar_us;
	i->min_rtt_us = t->rtt.min_us;
}

void tcp_call_status(const struct tcp *tcp, const struct tcb *t,
		     struct tern_sockinfo *i)
{
	(void)tcp;
	memset(i, 0, sizeof(*i));
	i->family = AF_INET;
	i->fd = -1;
	i->state = (enum tern_tcp_state)t->state;
	i->tuple = conn_tuple(&t->conn);
	i->recv_q = t->flow ? t->flow->recvq.len : 0;
	i->send_q = tcp_sendq_len(t);
	status_timers(t, i);
	i->mss = t->mss;
	i->rcv_mss = t->rcv_mss;
	i->peer_mss = t->send_mss;
	i->pmtu = t->path_mtu;
	i->cwnd = t->cc.cwnd;
	i->ssthresh = t->cc.ssthresh;
	i->snd_wnd = t->snd.wnd;
	i->rcv_wnd = tcp_rcv_wnd(t);
	i->unacked = tcp_flight(t);
	i->snd_wscale = t->snd_wscale;
	i->rcv_wscale = t->rcv_wscale;
	i->timestamps = t->ts_ok;
	i->sack = t->sack_ok;
	i->wscale_ok = t->wscale_ok;
	i->cc = cc_at(t->opts->cc)->name;
	i->bytes_acked = tally_acked(t);
	i->bytes_received = t->tally ? t->tally->bytes_received : 0;
	i->segs_in = t->segs_in;
	i->segs_out = t->segs_out;
	i->retrans = t->n_rexmit;
	i->error = (uint32_t)-t->error;
}
