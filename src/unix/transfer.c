/* SPDX-License-Identifier: ISC */
/*
 * transfer.c - AF_UNIX sockets: bytes sent and received, and readiness
 *
 * What is on its way is bounded by the sender's SO_SNDBUF and the receiver's
 * SO_RCVBUF, whichever is less.  A sender that has found the buffer full is
 * told of room when a quarter or less is in use, as on Linux, so that it does
 * not come back for every byte that is read.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/assert.h"
#include "unix/unix.h"

/* Most bytes that may be under way from u to its peer. */
static uint32_t limit(const struct unix_sock *u)
{
	return min_u32(u->sndbuf, u->peer->rcvbuf);
}

static bool writable(const struct unix_sock *u)
{
	if (u->phase == UNIX_LISTENING)
		return false;
	return !u->peer || u->peer->in.len <= limit(u) / 4;
}

ssize_t unix_send(struct unix_domain *d, struct unix_sock *u,
		  const struct iovec *iov, size_t len)
{
	struct unix_sock *peer = u->peer;
	uint32_t used, most;
	ssize_t n;

	if (u->phase != UNIX_CONNECTED)
		return -ENOTCONN;
	if (u->snd_shut)
		return -EPIPE;
	TERN_ASSERT(peer); /* one that is gone has shut us */
	if (!len)
		return 0;
	if (u->error)
		return unix_take_error(u);
	used = peer->in.len;
	most = limit(u);
	if (used >= most)
		return -EAGAIN;
	n = unix_queue_append(&peer->in, &d->env->mem, d->env->blocks, iov,
			      min_size(len, most - used));
	if (n > 0)
		unix_wake(d, peer, POLLIN);
	return n;
}

/* With MSG_WAITALL: is there a reason to wait for more? */
static bool more_will_come(const struct unix_sock *u, size_t len)
{
	return u->in.len < len && !u->rcv_shut && !u->error && u->peer &&
	       u->in.len < limit(u->peer);
}

ssize_t unix_receive(struct unix_domain *d, struct unix_sock *u,
		     const struct iovec *iov, size_t len, int flags)
{
	bool was_writable;
	size_t n;

	if (u->phase != UNIX_CONNECTED)
		return -EINVAL;
	if ((flags & MSG_WAITALL) && more_will_come(u, len))
		return -EAGAIN;
	if (!u->in.len) {
		if (u->error)
			return unix_take_error(u);
		return u->rcv_shut ? 0 : -EAGAIN;
	}
	n = unix_queue_peek(&u->in, iov, len);
	if (flags & MSG_PEEK)
		return (ssize_t)n;
	was_writable = u->peer && writable(u->peer);
	unix_queue_drop(&u->in, &d->env->mem, n);
	if (u->peer && !was_writable && writable(u->peer))
		unix_wake(d, u->peer, POLLOUT);
	return (ssize_t)n;
}

void unix_set_sndbuf(struct unix_domain *d, struct unix_sock *u, uint32_t bytes)
{
	u->sndbuf = bytes;
	unix_wake(d, u, POLLOUT);
}

void unix_set_rcvbuf(struct unix_domain *d, struct unix_sock *u, uint32_t bytes)
{
	u->rcvbuf = bytes;
	if (u->peer)
		unix_wake(d, u->peer, POLLOUT);
}

uint32_t unix_poll(const struct unix_sock *u)
{
	uint32_t events = 0;

	if (u->error)
		events |= POLLERR;
	if (u->rcv_shut && u->snd_shut)
		events |= POLLHUP;
	if (u->rcv_shut)
		events |= POLLIN | POLLRDHUP;
	if (u->in.len || u->n_accept)
		events |= POLLIN;
	if (u->phase == UNIX_UNCONNECTED)
		events |= POLLHUP;
	if (writable(u))
		events |= POLLOUT;
	return events;
}

uint32_t unix_inq(const struct unix_sock *u)
{
	return u->in.len;
}

uint32_t unix_outq(const struct unix_sock *u)
{
	return u->peer ? u->peer->in.len : 0;
}
