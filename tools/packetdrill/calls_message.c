/* SPDX-License-Identifier: ISC */
/*
 * calls_message.c - sendmsg and recvmsg, of which all others are cases
 *
 * A blocking send goes on until all bytes are queued; what cuts it short after
 * the first (an error, a timeout) ends it with their number.
 *
 * The ends of pipes are the library's own: they never wait, since whoever
 * could fill or empty them is the one who asks.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include <tern/socket.h>

#include "calls.h"
#include "clock.h"

#define PARTS_MAX 1024 /* as Linux: UIO_MAXIOV */
#define BYTES_MAX 0x7ffff000u

/* Returns 0, or -errno for buffers that cannot be. */
static int check(const struct msghdr *msg)
{
	size_t i, total = 0;

	if (!msg || (msg->msg_iovlen > 0 && !msg->msg_iov))
		return -EFAULT;
	if (msg->msg_iovlen > PARTS_MAX)
		return -EMSGSIZE;
	for (i = 0; i < msg->msg_iovlen; i++) {
		const struct iovec *v = &msg->msg_iov[i];

		if (v->iov_len > 0 && !v->iov_base)
			return -EFAULT;
		if (v->iov_len > SSIZE_MAX - total)
			return -EINVAL;
		total += v->iov_len;
	}
	if (msg->msg_controllen > 0 && !msg->msg_control)
		return -EFAULT;
	return 0;
}

/* Copies buffers, as many bytes as one call may have.  Returns the bytes. */
static size_t copy_parts(const struct msghdr *msg, struct iovec *parts)
{
	size_t i, total = 0;

	for (i = 0; i < msg->msg_iovlen; i++) {
		parts[i] = msg->msg_iov[i];
		if (parts[i].iov_len > BYTES_MAX - total)
			parts[i].iov_len = BYTES_MAX - total;
		total += parts[i].iov_len;
	}
	return total;
}

static bool is_blocking(const struct pd *p, int tern, int flags)
{
	const int mode = tern_fcntl(p->stage.stack, tern, F_GETFL, 0);

	return mode >= 0 && !(mode & O_NONBLOCK) && !(flags & MSG_DONTWAIT);
}

struct message {
	struct pd_call call;
	struct msghdr msg;
	struct msghdr *out; /* of a receive: the caller's */
	int flags;
	bool plain; /* read() or write(), which are not for sockets only */
	size_t len, done;
	struct iovec parts[PARTS_MAX];
};

/* Leaves out of the buffers what has been sent. */
static void skip(struct message *m, size_t n)
{
	struct msghdr *msg = &m->msg;

	while (msg->msg_iovlen > 0 && n >= msg->msg_iov->iov_len) {
		n -= msg->msg_iov->iov_len;
		msg->msg_iov++;
		msg->msg_iovlen--;
	}
	if (n > 0) {
		msg->msg_iov->iov_base = (char *)msg->msg_iov->iov_base + n;
		msg->msg_iov->iov_len -= n;
	}
}

static bool try_send(struct pd *p, struct pd_call *c, bool last)
{
	struct message *m = (struct message *)c;
	struct tern *stack = p->stage.stack;
	ssize_t n;

	if (m->plain)
		n = tern_writev(stack, c->fd, m->msg.msg_iov,
				(int)m->msg.msg_iovlen);
	else
		n = tern_sendmsg(stack, c->fd, &m->msg, m->flags);

	if (n > 0) {
		m->done += (size_t)n;
		skip(m, (size_t)n);
	}
	c->result = m->done ? (int64_t)m->done : n;
	if (n < 0 && n != -EAGAIN)
		return true;
	return last || (n >= 0 && m->done == m->len);
}

static bool try_recv(struct pd *p, struct pd_call *c, bool last)
{
	struct message *m = (struct message *)c;
	struct tern *stack = p->stage.stack;
	struct msghdr msg = m->msg;
	ssize_t n;

	if (m->plain)
		n = tern_readv(stack, c->fd, msg.msg_iov, (int)msg.msg_iovlen);
	else
		n = tern_recvmsg(stack, c->fd, &msg, m->flags);

	if (n == -EAGAIN && last && m->flags & MSG_WAITALL) {
		msg = m->msg;
		n = tern_recvmsg(stack, c->fd, &msg, m->flags & ~MSG_WAITALL);
	}
	if (n == -EAGAIN && !last)
		return false;
	if (n >= 0) {
		m->out->msg_namelen = msg.msg_namelen;
		m->out->msg_controllen = msg.msg_controllen;
		m->out->msg_flags = msg.msg_flags;
	}
	c->result = n;
	return true;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* What read() and write() do with the end of a pipe. */
static int64_t use_pipe(const struct pd_fd *fd, const struct message *m)
{
	const bool sends = m->call.attempt == try_send;
	int64_t n = 0, total = 0;
	size_t i;

	if (!m->plain)
		return -ENOTSOCK;
	if (sends != (fd->kind == DRILL_FD_PIPE_WRITE))
		return -EBADF;
	for (i = 0; i < m->msg.msg_iovlen && n >= 0; i++) {
		const struct iovec *v = &m->parts[i];

		if (sends)
			n = drill_pipe_write(fd->pipe, v->iov_base, v->iov_len);
		else
			n = drill_pipe_read(fd->pipe, v->iov_base, v->iov_len);
		total += n > 0 ? n : 0;
	}
	return total ? total : n;
}

static ssize_t make(void *ud, int fd, struct message *m)
{
	const bool sends = m->call.attempt == try_send;
	struct pd *p = pd_enter(ud);
	const struct pd_fd *f;

	if (!p)
		return -1;
	f = pd_fd_find(p, fd);
	if (!f)
		return (ssize_t)pd_leave(p, -EBADF);
	if (f->pipe)
		return (ssize_t)pd_leave(p, use_pipe(f, m));
	m->call.fd = f->tern;
	m->call.wait = is_blocking(p, f->tern, m->flags) &&
		       (sends || !(m->flags & MSG_ERRQUEUE));
	m->call.until =
		pd_clock_timeout(p, f->tern, sends ? SO_SNDTIMEO : SO_RCVTIMEO);
	return (ssize_t)pd_leave(p, pd_call_make(p, &m->call));
}

static ssize_t fail(int error)
{
	errno = -error;
	return -1;
}

static int prepare(struct message *m, const struct msghdr *msg)
{
	const int error = check(msg);

	if (error)
		return error;
	m->msg = *msg;
	m->msg.msg_iov = m->parts;
	m->len = copy_parts(msg, m->parts);
	m->done = 0;
	return 0;
}

static ssize_t send_message(void *ud, int fd, const struct msghdr *msg,
			    int flags, bool plain)
{
	struct message m;
	const int error = prepare(&m, msg);

	if (error)
		return fail(error);
	memset(&m.call, 0, sizeof(m.call));
	m.call.attempt = try_send;
	m.flags = flags;
	m.plain = plain;
	return make(ud, fd, &m);
}

static ssize_t receive_message(void *ud, int fd, struct msghdr *msg, int flags,
			       bool plain)
{
	struct message m;
	const int error = prepare(&m, msg);

	if (error)
		return fail(error);
	memset(&m.call, 0, sizeof(m.call));
	m.call.attempt = try_recv;
	m.flags = flags;
	m.plain = plain;
	m.out = msg;
	return make(ud, fd, &m);
}

ssize_t pd_sendmsg(void *ud, int fd, const struct msghdr *msg, int flags)
{
	return send_message(ud, fd, msg, flags, false);
}

ssize_t pd_recvmsg(void *ud, int fd, struct msghdr *msg, int flags)
{
	return receive_message(ud, fd, msg, flags, false);
}

/* A message of one buffer.  What is sent through it is not written to. */
static struct msghdr message_of(struct iovec *iov, const void *buf, size_t len)
{
	struct msghdr msg;

	memset(&msg, 0, sizeof(msg));
	iov->iov_base = (void *)(uintptr_t)buf;
	iov->iov_len = least(len, BYTES_MAX);
	msg.msg_iov = iov;
	msg.msg_iovlen = 1;
	return msg;
}

ssize_t pd_write(void *ud, int fd, const void *buf, size_t len)
{
	struct iovec iov;
	const struct msghdr msg = message_of(&iov, buf, len);

	return send_message(ud, fd, &msg, 0, true);
}

ssize_t pd_read(void *ud, int fd, void *buf, size_t len)
{
	struct iovec iov;
	struct msghdr msg = message_of(&iov, buf, len);

	return receive_message(ud, fd, &msg, 0, true);
}

ssize_t pd_send(void *ud, int fd, const void *buf, size_t len, int flags)
{
	struct iovec iov;
	const struct msghdr msg = message_of(&iov, buf, len);

	return send_message(ud, fd, &msg, flags, false);
}

ssize_t pd_recv(void *ud, int fd, void *buf, size_t len, int flags)
{
	struct iovec iov;
	struct msghdr msg = message_of(&iov, buf, len);

	return receive_message(ud, fd, &msg, flags, false);
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are POSIX's. */
ssize_t pd_sendto(void *ud, int fd, const void *buf, size_t len, int flags,
		  const struct sockaddr *addr, socklen_t addr_len)
{
	struct iovec iov;
	struct msghdr msg = message_of(&iov, buf, len);

	msg.msg_name = (void *)(uintptr_t)addr;
	msg.msg_namelen = addr ? addr_len : 0;
	return send_message(ud, fd, &msg, flags, false);
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are POSIX's. */
ssize_t pd_recvfrom(void *ud, int fd, void *buf, size_t len, int flags,
		    struct sockaddr *addr, socklen_t *addr_len)
{
	struct iovec iov;
	struct msghdr msg = message_of(&iov, buf, len);
	ssize_t n;

	if (addr && !addr_len)
		return fail(-EFAULT);
	if (addr) {
		msg.msg_name = addr;
		msg.msg_namelen = *addr_len;
	}
	n = receive_message(ud, fd, &msg, flags, false);
	if (n >= 0 && addr)
		*addr_len = msg.msg_namelen;
	return n;
}

/* The buffers of readv() and writev(), which count in int. */
static bool vector(struct msghdr *msg, const struct iovec *iov, int n)
{
	memset(msg, 0, sizeof(*msg));
	if (n < 0 || n > PARTS_MAX) {
		errno = EINVAL;
		return false;
	}
	msg->msg_iov = (struct iovec *)(uintptr_t)iov;
	msg->msg_iovlen = (size_t)n;
	return true;
}

ssize_t pd_writev(void *ud, int fd, const struct iovec *iov, int n)
{
	struct msghdr msg;

	return vector(&msg, iov, n) ? send_message(ud, fd, &msg, 0, true) : -1;
}

ssize_t pd_readv(void *ud, int fd, const struct iovec *iov, int n)
{
	struct msghdr msg;

	return vector(&msg, iov, n) ? receive_message(ud, fd, &msg, 0, true)
				    : -1;
}
