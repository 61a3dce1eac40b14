/* SPDX-License-Identifier: ISC */
/*
 * call_send.c - send(2), sendto(2), sendmsg(2), write(2), writev(2)
 *
 * An address given with a connected TCP socket is not looked at, as on Linux;
 * AF_UNIX refuses one.  Control messages that ask for something of the socket
 * are refused, since none of them would take effect.
 */
#include <errno.h>
#include <limits.h>

#include "sock/address.h"
#include "sock/socks.h"
#include "sock/vector.h"
#include "tcp/tcp.h"
#include "unix/unix.h"

/* What the TCP floor knows; the others change nothing here. */
#define TCP_FLAGS (MSG_OOB | MSG_MORE | MSG_EOR)

static int check_control(const struct msghdr *msg)
{
	const struct cmsghdr *c;
	struct msghdr copy = *msg; /* CMSG_NXTHDR() wants it writable */

	if (!msg->msg_control || msg->msg_controllen < sizeof(*c))
		return 0;
	for (c = CMSG_FIRSTHDR(&copy); c;) {
		union {
			const struct cmsghdr *in;
			struct cmsghdr *writable;
		} p = {c};
		size_t left = (size_t)((const char *)msg->msg_control +
				       msg->msg_controllen - (const char *)c);

		if (c->cmsg_len < sizeof(*c) || c->cmsg_len > left)
			return -EINVAL;
		if (c->cmsg_level == SOL_SOCKET)
			return -EINVAL;
		c = CMSG_NXTHDR(&copy, p.writable);
	}
	return 0;
}

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
	err = check_control(msg);
	if (err)
		return err;
	if ((flags & MSG_FASTOPEN) && f->kind == FD_TCP &&
	    tcp_state_of(f->u.tcb) == TERN_TCP_CLOSED)
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
	msg.msg_iov = (struct iovec *)(uintptr_t)iov; /* only read */
	msg.msg_iovlen = (size_t)n_iov;
	return sock_send(s, fd, &msg, 0);
}
