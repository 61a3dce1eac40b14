/* SPDX-License-Identifier: ISC */
/*
 * call_receive.c - RECEIVE, RFC 9293 3.10.3 and 3.9.1.3
 *
 * PSH is not reported (MAY-17 is not used): the stream has no records.  The
 * last octet of urgent data is out of band unless SO_OOBINLINE: reading stops
 * in front of it and goes on behind it.  MSG_OOB gets it until then.
 */
#include <errno.h>
#include <sys/socket.h>

#include "tcp/arrives.h"
#include "tcp/autotune.h"
#include "tcp/dialogue.h"
#include "tcp/life.h"
#include "tcp/state.h"
#include "tcp/tcb.h"

static uint32_t queued(const struct tcb *t)
{
	return t->flow ? t->flow->recvq.len : 0;
}

/* Sequence number of the first octet that was not read.  A FIN that has
 * arrived stands behind the text. */
static struct seq first_unread(const struct tcb *t)
{
	return seq_sub(t->rcv.nxt, queued(t) + t->peer_fin);
}

/* Octets in front of the urgent one; UINT32_MAX if there is none. */
static uint32_t before_mark(const struct tcb *t)
{
	const struct seq mark = seq_sub(t->rcv.up, 1);
	const struct seq at = first_unread(t);

	if (!t->urgent_in || !seq_le(at, mark))
		return UINT32_MAX;
	return seq_len(at, mark);
}

/* The reader stands at the urgent octet, which is here and out of band: 1, for
 * one octet that is not the stream's. */
static uint32_t hole(const struct tcb *t)
{
	return before_mark(t) == 0 && queued(t) > 0 && !t->opts->oobinline;
}

/* How much one RECEIVE may take from behind the hole. */
static uint32_t readable(const struct tcb *t)
{
	const uint32_t stop = before_mark(t);

	if (stop == 0) /* reading begins at the mark, or behind it */
		return queued(t) - hole(t);
	return min_u32(queued(t), stop);
}

uint32_t tcp_readable(const struct tcb *t)
{
	return queued(t) - hole(t);
}

/* MUST-33: is there urgent data still to be read, and is it next? */
bool tcp_at_mark(const struct tcb *t)
{
	return t->urgent_in && before_mark(t) == 0;
}

/* `n` octets are to be taken out: unread, what is urgent is lost, as on
 * Linux. */
static void pass_mark(struct tcb *t, uint32_t n)
{
	if (t->urgent_in && before_mark(t) < n)
		t->urgent_in = false;
}

/* Takes octets out, the hole in front of them too. */
static void take(struct tcb *t, uint32_t n)
{
	n += hole(t);
	pass_mark(t, n);
	if (n)
		recvq_drop(&t->flow->recvq, n);
}

static ssize_t receive_oob(struct tcb *t, const struct iovec *iov, size_t len,
			   int flags)
{
	const struct seq mark = seq_sub(t->rcv.up, 1);

	if (!t->urgent_in || t->urgent_read || t->opts->oobinline)
		return -EINVAL;
	if (!seq_lt(mark, t->rcv.nxt) || !queued(t)) {
		if (t->peer_fin || t->rcv_shut || t->state == CLOSED)
			return 0;
		return -EAGAIN; /* announced, not here yet */
	}
	if (len)
		(void)recvq_peek(&t->flow->recvq, before_mark(t), iov, 0, 1);
	if (!(flags & MSG_PEEK))
		t->urgent_read = true;
	return len ? 1 : 0;
}

/* Nothing is queued: what does that mean? */
static ssize_t nothing(struct tcb *t)
{
	if (t->peer_fin)
		return 0; /* MUST-12: the peer has closed, it did not abort */
	if (t->error)
		return tcp_take_error(t);
	if (t->rcv_shut)
		return 0;
	if (t->state == CLOSED)
		return tcp_opened(t) ? 0 : -ENOTCONN;
	return -EAGAIN;
}

/* MSG_WAITALL waits while more can come and there is room for it. */
static bool should_wait(const struct tcp *tcp, const struct tcb *t, size_t len,
			int flags)
{
	const uint32_t n = readable(t);
	const bool more = can_receive(t) && !t->rcv_shut && !t->error;

	if (!(flags & MSG_WAITALL) || n >= len || !more)
		return false;
	return (before_mark(t) == UINT32_MAX || before_mark(t) == 0) &&
	       window_space(tcp, t) > 0 && tcp_rcv_wnd(t) > 0;
}

/* What reading owes the peer: an update of the window, or as on Linux an ACK
 * that waits. */
static void owe_for_read(struct tcp *tcp, struct tcb *t)
{
	t->wnd_update = can_receive(t) && window_update_due(tcp, t);
	if (likely(!tcp->tun.linux_acks))
		return;
	dialogue_read(t);
	if (t->ack_now && t->state != CLOSED)
		tcp_queue_work(tcp, t);
}

ssize_t tcp_call_peek(struct tcb *t, const struct iovec *iov, size_t len,
		      uint32_t offset)
{
	const uint32_t n_ready = readable(t);

	if (n_ready <= offset)
		return nothing(t);
	return (ssize_t)recvq_peek(&t->flow->recvq, hole(t) + offset, iov, 0,
				   (uint32_t)min_size(n_ready - offset, len));
}

/* The user has taken text. */
static inline void was_read(struct tcp *tcp, struct tcb *t)
{
	autotune_read(tcp, t);
	owe_for_read(tcp, t);
	tcp_settle_read(tcp, t);
}

/* By itself, so that the plain way has few registers to save. */
static __attribute__((noinline)) ssize_t receive(struct tcp *tcp, struct tcb *t,
						 const struct iovec *iov,
						 size_t len, int flags)
{
	const uint32_t n_ready = readable(t);
	uint32_t n = (uint32_t)min_size(n_ready, len);

	if (flags & MSG_OOB)
		return receive_oob(t, iov, len, flags);
	if (n_ready == 0) {
		if (hole(t) && !(flags & MSG_PEEK))
			take(t, 0);
		return nothing(t);
	}
	if (should_wait(tcp, t, len, flags))
		return -EAGAIN;
	if (!(flags & MSG_TRUNC))
		n = (uint32_t)recvq_peek(&t->flow->recvq, hole(t), iov, 0, n);
	if (flags & MSG_PEEK)
		return n;
	take(t, n);
	was_read(tcp, t);
	return n;
}

/* Text is there, none of it urgent, and it is to be copied and taken. */
static bool is_plain(const struct tcb *t, int flags)
{
	return !flags && !t->urgent_in && queued(t) > 0;
}

ssize_t tcp_call_receive(struct tcp *tcp, struct tcb *t,
			 const struct iovec *iov, size_t len, int flags)
{
	ssize_t n;

	if (unlikely(!is_plain(t, flags)))
		return receive(tcp, t, iov, len, flags);
	n = (ssize_t)recvq_read(&t->flow->recvq, iov, len);
	was_read(tcp, t);
	return n;
}

int tcp_call_receive_slices(struct tcp *tcp, struct tcb *t,
			    struct tern_slice *slices, int max)
{
	uint32_t left = readable(t);
	int i;

	if (hole(t))
		take(t, 0);
	if (left == 0)
		return (int)nothing(t);
	pass_mark(t, 1);
	for (i = 0; i < max && left > 0; i++)
		left -= recvq_lend(&t->flow->recvq, left, &slices[i]);
	t->flow->kept |= FLOW_KEPT_LENT;
	autotune_read(tcp, t);
	return i;
}

void tcp_call_receive_done(struct tcp *tcp, struct tcb *t,
			   const struct tern_slice *slices, int n)
{
	int i;

	if (!t->flow)
		return;
	for (i = 0; i < n; i++)
		recvq_return(&t->flow->recvq, &slices[i]);
	if (t->flow->recvq.lent == 0)
		t->flow->kept &= (uint8_t)~FLOW_KEPT_LENT;
	if (t->state != CLOSED)
		owe_for_read(tcp, t);
	tcp_settle(tcp, t);
}

void tcp_places(const struct tcb *t, struct tcp_places *p)
{
	p->una = t->snd.una.u;
	p->nxt = t->snd.nxt.u;
	p->end = output_data_end(t).u;
	p->unread = first_unread(t).u;
	p->received = t->rcv.nxt.u;
	p->rx_at = t->rx_at;
}

uint32_t tcp_inq_hint(const struct tcb *t)
{
	return queued(t) + t->peer_fin;
}

uint32_t tcp_inq(const struct tcb *t)
{
	const uint32_t stop = before_mark(t);

	if (t->opts->oobinline || stop >= queued(t))
		return queued(t);
	return stop;
}
