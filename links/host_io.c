/* SPDX-License-Identifier: ISC */
/*
 * host_io.c - sending and receiving, with waiting
 *
 * A blocking send goes on until all bytes are queued, and a receive with
 * MSG_WAITALL until the buffer is full.  What cuts that short after the first
 * bytes (an error, a signal, a timeout, the urgent mark) ends the call with
 * their number; an error is left for the next call.  After the first part, the
 * buffers that are left are gone through one at a time.
 *
 * No signal is ever raised: what would be SIGPIPE is EPIPE and no more.
 */
#include "host_state.h"

#include <errno.h>
#include <string.h>

#include <linux/sockios.h>
#include <sys/ioctl.h>

#define IOV_LIMIT 1024 /* as Linux: UIO_MAXIOV */

/* What is left of a caller's buffers. */
struct left {
	const struct iovec *iov;
	size_t n;
	size_t off; /* in the first */
};

static struct left all_of(const struct msghdr *msg)
{
	const struct left l = {.iov = msg->msg_iov, .n = msg->msg_iovlen};

	return l;
}

static void skip(struct left *l, size_t bytes)
{
	l->off += bytes;
	while (l->n > 0 && l->off >= l->iov->iov_len) {
		l->off -= l->iov->iov_len;
		l->iov++;
		l->n--;
	}
}

/* The first of the buffers that are left, as a message of its own. */
static struct msghdr next_part(const struct left *l, struct iovec *part)
{
	struct msghdr msg;

	part->iov_base = (char *)l->iov->iov_base + l->off;
	part->iov_len = l->iov->iov_len - l->off;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = part;
	msg.msg_iovlen = 1;
	return msg;
}

/* An error that the next call shall have, the urgent mark: no further. */
static bool must_stop(const struct tern_host *h, int fd)
{
	struct pollfd p = {.fd = fd, .events = 0};
	int at_mark = 0;

	if (tern_poll(h->stack, &p, 1) > 0 && p.revents & (POLLERR | POLLNVAL))
		return true;
	return tern_ioctl(h->stack, fd, SIOCATMARK, &at_mark) == 0 && at_mark;
}

static ssize_t io_result(struct tern_host *h, ssize_t result)
{
	host_leave(h);
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}

/*
 * Tries until something is sent, or the call must end.  Returns 0 if the bytes
 * that went before shall be its result.
 */
static ssize_t send_some(struct tern_host *h, struct host_call *c,
			 const struct msghdr *msg, int flags, bool first)
{
	ssize_t n;
	int error;

	for (;;) {
		if (!first && must_stop(h, c->fd))
			return 0;
		n = tern_sendmsg(h->stack, c->fd, msg, flags);
		if (n != -EAGAIN)
			return n;
		error = host_call_wait(h, c);
		if (error)
			return error;
	}
}

ssize_t tern_host_sendmsg(struct tern_host *h, int fd, const struct msghdr *msg,
			  int flags)
{
	struct host_call c = {.fd = fd,
			      .events = POLLOUT,
			      .timeout = SO_SNDTIMEO,
			      .dont_wait = flags & MSG_DONTWAIT};
	struct left left = all_of(msg);
	struct msghdr rest;
	struct iovec part;
	ssize_t n, total = 0;
	int more;

	host_enter(h);
	n = send_some(h, &c, msg, flags, true);
	while (n > 0) {
		total += n;
		skip(&left, (size_t)n);
		if (left.n == 0)
			break;
		rest = next_part(&left, &part);
		more = left.n > 1 ? MSG_MORE : 0;
		n = send_some(h, &c, &rest, flags | more, false);
	}
	return io_result(h, total > 0 ? total : n);
}

/* As send_some().  A peek that is to see all takes less when it must end. */
static ssize_t recv_some(struct tern_host *h, struct host_call *c,
			 struct msghdr *msg, int flags, bool first)
{
	ssize_t n;
	int error;

	for (;;) {
		if (!first && must_stop(h, c->fd))
			return 0;
		n = tern_recvmsg(h->stack, c->fd, msg, flags);
		if (n != -EAGAIN)
			return n;
		error = host_call_wait(h, c);
		if (error && flags & MSG_WAITALL)
			n = tern_recvmsg(h->stack, c->fd, msg,
					 flags & ~MSG_WAITALL);
		if (error)
			return n > 0 ? n : error;
	}
}

ssize_t tern_host_recvmsg(struct tern_host *h, int fd, struct msghdr *msg,
			  int flags)
{
	const int at_once = MSG_DONTWAIT | MSG_OOB | MSG_ERRQUEUE;
	struct host_call c = {.fd = fd,
			      .events = POLLIN,
			      .timeout = SO_RCVTIMEO,
			      .dont_wait = flags & at_once};
	bool all = flags & MSG_WAITALL && !(flags & MSG_PEEK);
	struct left left = all_of(msg);
	struct msghdr rest;
	struct iovec part;
	ssize_t n, total = 0;

	if (all)
		flags &= ~MSG_WAITALL;
	host_enter(h);
	n = recv_some(h, &c, msg, flags, true);
	while (n > 0) {
		total += n;
		skip(&left, (size_t)n);
		if (!all || left.n == 0)
			break;
		rest = next_part(&left, &part);
		n = recv_some(h, &c, &rest, flags, false);
	}
	return io_result(h, total > 0 ? total : n);
}

/* A message of one buffer.  What is sent through it is not written to. */
static struct msghdr message(struct iovec *iov, const void *buf, size_t len)
{
	struct msghdr msg;

	memset(&msg, 0, sizeof(msg));
	iov->iov_base = (void *)(uintptr_t)buf;
	iov->iov_len = len;
	msg.msg_iov = iov;
	msg.msg_iovlen = 1;
	return msg;
}

ssize_t tern_host_send(struct tern_host *h, int fd, const void *buf, size_t len,
		       int flags)
{
	return tern_host_sendto(h, fd, buf, len, flags, NULL, 0);
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are POSIX's. */
ssize_t tern_host_sendto(struct tern_host *h, int fd, const void *buf,
			 size_t len, int flags, const struct sockaddr *addr,
			 socklen_t addr_len)
{
	struct iovec iov;
	struct msghdr msg = message(&iov, buf, len);

	msg.msg_name = (void *)(uintptr_t)addr;
	msg.msg_namelen = addr_len;
	return tern_host_sendmsg(h, fd, &msg, flags);
}

ssize_t tern_host_write(struct tern_host *h, int fd, const void *buf,
			size_t len)
{
	return tern_host_sendto(h, fd, buf, len, 0, NULL, 0);
}

ssize_t tern_host_recv(struct tern_host *h, int fd, void *buf, size_t len,
		       int flags)
{
	return tern_host_recvfrom(h, fd, buf, len, flags, NULL, NULL);
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are POSIX's. */
ssize_t tern_host_recvfrom(struct tern_host *h, int fd, void *buf, size_t len,
			   int flags, struct sockaddr *addr,
			   socklen_t *addr_len)
{
	struct iovec iov;
	struct msghdr msg = message(&iov, buf, len);
	ssize_t n;

	if (addr && addr_len) {
		msg.msg_name = addr;
		msg.msg_namelen = *addr_len;
	}
	n = tern_host_recvmsg(h, fd, &msg, flags);
	if (n >= 0 && addr && addr_len)
		*addr_len = msg.msg_namelen;
	return n;
}

ssize_t tern_host_read(struct tern_host *h, int fd, void *buf, size_t len)
{
	return tern_host_recvfrom(h, fd, buf, len, 0, NULL, NULL);
}

/* Returns false, with errno set, for a number of buffers that cannot be. */
static bool message_of(struct msghdr *msg, const struct iovec *iov, int n_iov)
{
	memset(msg, 0, sizeof(*msg));
	if (n_iov < 0 || n_iov > IOV_LIMIT) {
		errno = EINVAL;
		return false;
	}
	msg->msg_iov = (struct iovec *)(uintptr_t)iov;
	msg->msg_iovlen = (size_t)n_iov;
	return true;
}

ssize_t tern_host_writev(struct tern_host *h, int fd, const struct iovec *iov,
			 int n_iov)
{
	struct msghdr msg;

	if (!message_of(&msg, iov, n_iov))
		return -1;
	return tern_host_sendmsg(h, fd, &msg, 0);
}

ssize_t tern_host_readv(struct tern_host *h, int fd, const struct iovec *iov,
			int n_iov)
{
	struct msghdr msg;

	if (!message_of(&msg, iov, n_iov))
		return -1;
	return tern_host_recvmsg(h, fd, &msg, 0);
}
