/* SPDX-License-Identifier: ISC */
/*
 * call_receive.c - recv(2), recvfrom(2), recvmsg(2), read(2), readv(2)
 *
 * MSG_WAITALL asks to wait, so it is nothing to a socket that does not: a
 * nonblocking one, or one that is asked with MSG_DONTWAIT, gives what there is.
 */
#include <errno.h>
#include <limits.h>

#include "sock/address.h"
#include "sock/control.h"
#include "sock/extras.h"
#include "sock/notes.h"
#include "sock/socks.h"
#include "sock/straight.h"
#include "sock/vector.h"
#include "tcp/tcp.h"
#include "unix/unix.h"

#define TCP_FLAGS (MSG_PEEK | MSG_OOB | MSG_TRUNC | MSG_WAITALL)

static ssize_t receive_tcp(struct socks *s, struct tcb *t, struct msghdr *msg,
			   size_t len, int flags)
{
	ssize_t n = tcp_call_receive(s->tcp, t, msg->msg_iov, len,
				     flags & TCP_FLAGS);

	if (n >= 0 && (flags & MSG_OOB))
		msg->msg_flags |= MSG_OOB;
	return n;
}

/* The name of the sender is told with its first bytes. */
static ssize_t receive_unix(struct socks *s, struct unix_sock *u,
			    struct msghdr *msg, size_t len, int flags)
{
	socklen_t room = msg->msg_namelen;
	ssize_t n;

	if (flags & MSG_OOB)
		return -EINVAL;
	n = unix_receive(s->un, u, msg->msg_iov, len, flags);
	msg->msg_namelen = 0;
	if (n > 0 && msg->msg_name && unix_peer_name(u)) {
		address_put_unix(msg->msg_name, &room, unix_peer_name(u));
		msg->msg_namelen = room;
	}
	return n;
}

static ssize_t receive(struct socks *s, struct fd *f, struct msghdr *msg,
		       size_t len, int flags)
{
	if (f->kind == FD_UNIX)
		return receive_unix(s, f->u.un, msg, len, flags);
	msg->msg_namelen = 0; /* a connected stream tells none */
	if (f->kind == FD_LISTENER)
		return -ENOTCONN;
	return receive_tcp(s, f->u.tcb, msg, len, flags);
}

/* SO_PEEK_OFF: looks at what is behind that, and moves it. */
static ssize_t peek_on(struct extras *x, struct tcb *t, struct msghdr *msg,
		       size_t len)
{
	ssize_t n = tcp_call_peek(t, msg->msg_iov, len, (uint32_t)x->peek_off);

	msg->msg_namelen = 0;
	if (n > 0)
		x->peek_off += (int32_t)min_size(
			(size_t)n, (size_t)(INT32_MAX - x->peek_off));
	return n;
}

static ssize_t receive_peeked(struct socks *s, int fd, struct msghdr *msg,
			      size_t len, int flags)
{
	struct fd *f = fd_find(&s->fds, fd);
	struct extras *x = extras_find(s, f, fd);
	ssize_t n;

	if (f->kind == FD_TCP && x && x->peek_off >= 0 &&
	    (flags & (MSG_PEEK | MSG_OOB)) == MSG_PEEK)
		return peek_on(x, f->u.tcb, msg, len);
	n = receive(s, f, msg, len, flags);
	if (n > 0 && x && x->peek_off > 0 && !(flags & (MSG_PEEK | MSG_OOB)))
		x->peek_off -=
			(int32_t)min_size((size_t)n, (size_t)x->peek_off);
	return n;
}

/* One of the few that have something to tell beside the text. */
static ssize_t receive_more(struct socks *s, int fd, struct msghdr *msg,
			    size_t len, int flags)
{
	struct fd *f = fd_find(&s->fds, fd);
	const struct control_out out = {
		msg, msg->msg_control ? msg->msg_controllen : 0};
	ssize_t n;

	msg->msg_controllen = 0;
	if (f->kind != FD_UNIX && (flags & MSG_ERRQUEUE)) {
		msg->msg_namelen = 0;
		return notes_receive(s, f, fd, &out);
	}
	n = receive_peeked(s, fd, msg, len, flags);
	if (f->kind == FD_TCP && !(flags & MSG_OOB))
		notes_read(s, f, fd, &out, n, flags & MSG_PEEK);
	return n;
}

ssize_t sock_receive(struct socks *s, int fd, struct msghdr *msg, int flags)
{
	struct fd *f;
	ssize_t len;
	int err = fd_find_socket(&s->fds, fd, &f);

	if (err)
		return err;
	if (msg->msg_iovlen > VECTOR_MAX)
		return -EMSGSIZE;
	len = vector_len(msg->msg_iov, msg->msg_iovlen, flags & MSG_TRUNC);
	if (len < 0)
		return len;
	if ((f->flags & FD_NONBLOCK) || (flags & MSG_DONTWAIT))
		flags &= ~MSG_WAITALL;
	msg->msg_flags = 0;
	if (unlikely(f->flags & FD_HAS_EXTRAS || flags & MSG_ERRQUEUE))
		return receive_more(s, fd, msg, (size_t)len, flags);
	msg->msg_controllen = 0;
	return receive(s, f, msg, (size_t)len, flags);
}

/* By itself, so that the straight way has no message. */
static __attribute__((noinline)) ssize_t receive_message(
	struct socks *s, int fd, const struct iovec *one, int flags)
{
	struct msghdr msg = {
		.msg_iov = (struct iovec *)(uintptr_t)one, /* only read */
		.msg_iovlen = 1,
	};

	return sock_receive(s, fd, &msg, flags);
}

ssize_t sock_receive_one(struct socks *s, int fd, const struct iovec *one,
			 int flags)
{
	struct tcb *t = straight_to(fd_find(&s->fds, fd), one);

	if (unlikely(!t || (flags & STRAIGHT_NOT_RECEIVE)))
		return receive_message(s, fd, one, flags);
	return tcp_call_receive(s->tcp, t, one, one->iov_len,
				flags & TCP_FLAGS);
}

ssize_t sock_read(struct socks *s, int fd, const struct iovec *iov, int n_iov)
{
	const struct fd *f = fd_find(&s->fds, fd);
	struct msghdr msg = {0};
	ssize_t len;

	if (!f)
		return -EBADF;
	if (n_iov < 0)
		return -EINVAL;
	len = vector_len(iov, (size_t)n_iov, false);
	if (len < 0)
		return len;
	if (f->kind == FD_EPOLL)
		return -EINVAL;
	if (len == 0)
		return 0; /* System V did, so Linux does */
	if (n_iov == 1)
		return sock_receive_one(s, fd, iov, 0);
	msg.msg_iov = (struct iovec *)(uintptr_t)iov; /* only read */
	msg.msg_iovlen = (size_t)n_iov;
	return sock_receive(s, fd, &msg, 0);
}
