/* SPDX-License-Identifier: ISC */
/*
 * call_receive.c - RECEIVE, RFC 9293 3.10.3 and 3.9.1.3
 *
 * PSH is not reported (MAY-17 is not used): the stream has no records.  The
 * last octet of urgent data is out of band unless SO_OOBINLINE: reading stops
 * in front of it and goes on behind it, and MSG_OOB gets it.
 */
#include <errno.h>
#include <sys/socket.h>

#include "tcp/arrives.h"
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
	const bool fin = t->state == CLOSE_WAIT || t->state == CLOSING ||
			 t->state == LAST_ACK || t->time_waiting;

	return seq_sub(t->rcv.nxt, queued(t) + fin);
}

/* Octets in front of the urgent one; all if there is none to stop at. */
static uint32_t before_mark(const struct tcb *t)
{
	const struct seq mark = seq_sub(t->rcv.up, 1);
	const struct seq at = first_unread(t);

	if (!t->urgent_in || !seq_le(at, mark))
		return UINT32_MAX;
	return seq_len(at, mark);
}

/* The reader stands at the urgent octet: it is set aside for MSG_OOB. */
static void skip_urgent(struct tcb *t)
{
	struct flow *f = t->flow;
	const struct iovec iov = {.iov_base = &f->oob_byte, .iov_len = 1};

	if (!t->urgent_read) {
		(void)recvq_peek(&f->recvq, 0, &iov, 0, 1);
		f->oob_kept = true;
	}
	recvq_drop(&f->recvq, 1);
}

/* How much one RECEIVE may take, urgent data minded. */
static uint32_t readable(struct tcb *t)
{
	uint32_t n = queued(t);
	uint32_t stop = before_mark(t);

	if (stop == 0 && n > 0 && !t->opts.oobinline) {
		skip_urgent(t);
		n = queued(t);
		stop = UINT32_MAX;
	}
	if (stop == 0) /* inline: the mark is where reading begins */
		return n;
	return min_u32(n, stop);
}

/* MUST-33: is there urgent data still to be read, and is it next? */
bool tcp_at_mark(const struct tcb *t)
{
	return t->urgent_in && before_mark(t) == 0;
}

static ssize_t receive_oob(struct tcb *t, const struct iovec *iov, int flags)
{
	const struct seq mark = seq_sub(t->rcv.up, 1);
	struct flow *f = t->flow;

	if (!t->urgent_in || t->urgent_read || t->opts.oobinline)
		return -EINVAL;
	if (!seq_lt(mark, t->rcv.nxt))
		return -EAGAIN; /* announced, not here yet */
	if (f && f->oob_kept) {
		const struct iovec from = iov[0];

		if (from.iov_len > 0)
			memcpy(from.iov_base, &f->oob_byte, 1);
	} else if (f) {
		(void)recvq_peek(&f->recvq, before_mark(t), iov, 0, 1);
	}
	if (!(flags & MSG_PEEK)) {
		t->urgent_read = true;
		if (f)
			f->oob_kept = false;
	}
	return 1;
}

/* Nothing is queued: what does that mean? */
static ssize_t nothing(struct tcb *t)
{
	if (t->error)
		return tcp_take_error(t);
	if (t->rcv_shut)
		return 0;
	switch ((enum tcp_state)t->state) {
	case CLOSED:
		return tcp_opened(t) ? 0 : -ENOTCONN;
	case LISTEN:
		return -ENOTCONN;
	case CLOSE_WAIT:
	case CLOSING:
	case LAST_ACK:
	case TIME_WAIT:
		return 0; /* MUST-12: the peer has closed, it did not abort */
	case SYN_SENT:
	case SYN_RECEIVED:
	case ESTABLISHED:
	case FIN_WAIT_1:
	case FIN_WAIT_2:
		return -EAGAIN;
	}
	return -EAGAIN;
}

/* MSG_WAITALL waits while more can come and there is room for it. */
static bool should_wait(const struct tcb *t, uint32_t n, size_t len, int flags)
{
	const bool more = can_receive(t) && !t->rcv_shut && !t->error;

	if (!(flags & MSG_WAITALL) || n >= len || !more)
		return false;
	return before_mark(t) == UINT32_MAX && window_space(t) > 0 &&
	       tcp_rcv_wnd(t) > 0;
}

ssize_t tcp_call_receive(struct tcp *tcp, struct tcb *t,
			 const struct iovec *iov, size_t len, int flags)
{
	uint32_t n;

	if (flags & MSG_OOB)
		return len ? receive_oob(t, iov, flags) : 0;
	n = readable(t);
	if (n == 0)
		return nothing(t);
	if (should_wait(t, n, len, flags))
		return -EAGAIN;
	n = (uint32_t)min_size(n, len);
	if (!(flags & MSG_TRUNC))
		n = (uint32_t)recvq_peek(&t->flow->recvq, 0, iov, 0, n);
	if (flags & MSG_PEEK)
		return n;
	recvq_drop(&t->flow->recvq, n);
	t->wnd_update = can_receive(t);
	tcp_settle(tcp, t);
	return n;
}

uint32_t tcp_inq(const struct tcb *t)
{
	return min_u32(queued(t), before_mark(t) ? before_mark(t)
						 : UINT32_MAX);
}
