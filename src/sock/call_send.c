/* SPDX-License-Identifier: ISC */
/*
 * call_send.c - send(2), sendto(2), sendmsg(2), write(2), writev(2)
 *
 * An address given with a connected TCP socket is not looked at, as on Linux;
 * AF_UNIX refuses one.
 */
#include <errno.h>
#include <limits.h>

#include "sock/address.h"
#include "sock/control.h"
#include "sock/notes.h"
#include "sock/socks.h"
#include "sock/straight.h"
#include "sock/vector.h"
#include "tcp/tcp.h"
#include "unix/unix.h"

/* What the TCP floor knows; the others change nothing here. */
#define TCP_FLAGS (MSG_OOB | MSG_MORE | MSG_EOR)

static ssize_t send_unix(struct socks *s, struct unix_sock *u,
			 const struct msghdr *msg, size_t len, int flags)
{
	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (msg->msg_namelen)
		return u->phase == UNIX_CONNECTED ? -EISCONN : -EOPNOTSUPP;
	return unix_send(s->un, u, msg->msg_iov, len);
}

/* MSG_FASTOPEN: connect(2) and the first text in one, RFC 7413. */
static ssize_t open_send(struct socks *s, struct tcb *t,
			 const struct msghdr *msg, size_t len)
{
	uint32_t ip = 0;
	uint16_t port = 0;
	int err;

	if (!msg->msg_namelen)
		return -EINVAL;
	err = address_check(msg->msg_name, msg->msg_namelen);
	if (!err)
		err = address_get_inet(msg->msg_name, msg->msg_namelen, &ip,
				       &port);
	if (err)
		return err;
	return tcp_call_open_send(s->tcp, t, ip, port, msg->msg_iov, len);
}

static bool opens(const struct fd *f, int flags)
{
	return (flags & MSG_FASTOPEN) && f->kind == FD_TCP &&
	       tcp_state_of(f->u.tcb) == TERN_TCP_CLOSED;
}

/* A send of which something is to be noted. */
static ssize_t send_noted(struct socks *s, int fd, const struct msghdr *msg,
			  size_t len, int flags)
{
	struct fd *f = fd_find(&s->fds, fd);
	struct control_in in = {0};
	struct notes_send w = {0};
	ssize_t n;
	int err = control_read(msg, true, &in);

	if (!err && len > 0)
		err = notes_begin(s, f, fd, flags, &in, &w);
	if (err)
		return err;
	if (opens(f, flags))
		n = open_send(s, f->u.tcb, msg, len);
	else
		n = tcp_call_send(s->tcp, f->u.tcb, msg->msg_iov, len,
				  flags & TCP_FLAGS);
	notes_sent(s, f, fd, &w, n);
	return n;
}

static int check_control(const struct msghdr *msg)
{
	struct control_in in;

	return control_read(msg, false, &in);
}

ssize_t sock_send(struct socks *s, int fd, const struct msghdr *msg, int flags)
{
	struct fd *f;
	ssize_t len;
	int err = fd_find_socket(&s->fds, fd, &f);

	if (err)
		return err;
	if (msg->msg_iovlen > VECTOR_MAX)
		return -EMSGSIZE;
	len = vector_len(msg->msg_iov, msg->msg_iovlen, false);
	if (len < 0)
		return len;
	if (msg->msg_namelen && !msg->msg_name)
		return -EFAULT;
	if (f->kind == FD_TCP &&
	    unlikely(f->flags & FD_HAS_EXTRAS || msg->msg_controllen))
		return send_noted(s, fd, msg, (size_t)len, flags);
	err = check_control(msg);
	if (err)
		return err;
	if (opens(f, flags))
		return open_send(s, f->u.tcb, msg, (size_t)len);
	switch ((enum fd_kind)f->kind) {
	case FD_TCP:
		return tcp_call_send(s->tcp, f->u.tcb, msg->msg_iov,
				     (size_t)len, flags & TCP_FLAGS);
	case FD_LISTENER:
		return -EPIPE;
	case FD_UNIX:
		return send_unix(s, f->u.un, msg, (size_t)len, flags);
	case FD_EPOLL:
	case FD_FREE:
		break;
	}
	return -ENOTSOCK;
}

/* By itself, so that the straight way has no message. */
static __attribute__((noinline)) ssize_t send_message(struct socks *s, int fd,
						      const struct iovec *one,
						      int flags)
{
	const struct msghdr msg = {
		.msg_iov = (struct iovec *)(uintptr_t)one, /* only read */
		.msg_iovlen = 1,
	};

	return sock_send(s, fd, &msg, flags);
}

ssize_t sock_send_one(struct socks *s, int fd, const struct iovec *one,
		      int flags)
{
	struct tcb *t = straight_to(fd_find(&s->fds, fd), one);

	if (unlikely(!t || (flags & STRAIGHT_NOT_SEND)))
		return send_message(s, fd, one, flags);
	return tcp_call_send(s->tcp, t, one, one->iov_len, flags & TCP_FLAGS);
}

ssize_t sock_send_nowhere(const struct socks *s, int fd)
{
	struct fd *f;
	int err = fd_find_socket(&s->fds, fd, &f);

	return err ? err : -EINVAL;
}

ssize_t sock_write(struct socks *s, int fd, const struct iovec *iov, int n_iov)
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
	if (n_iov == 0)
		return 0;
	if (n_iov == 1)
		return sock_send_one(s, fd, iov, 0);
	msg.msg_iov = (struct iovec *)(uintptr_t)iov; /* only read */
	msg.msg_iovlen = (size_t)n_iov;
	return sock_send(s, fd, &msg, 0);
}
