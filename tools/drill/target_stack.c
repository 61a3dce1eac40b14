/* SPDX-License-Identifier: ISC */
/*
 * target_stack.c - the stack under test, in this process
 *
 * Most of it hands on to the stack what the runner has asked for.  Time stands
 * still but for step(), and calls do not wait.
 */
#include "target.h"

#include <errno.h>
#include <stdlib.h>

#include <tern/poll.h>
#include <tern/socket.h>

#include "shim.h"
#include "stage.h"

#define BATCH 32

static void keep(struct drill_stage *s, struct tern_frame *f)
{
	struct drill_live *l = malloc(sizeof(*l) + f->len);

	if (!l)
		abort();
	l->at_ns = drill_stage_time(s);
	l->len = tern_frame_read(f, 0, l->bytes, f->len);
	if (!drill_live_put(s, l))
		s->steps_left = 0;
	tern_frame_release(f);
}

static void host_settle(struct drill_stage *s)
{
	struct tern_frame frames[BATCH];
	int n, i;

	tern_advance(s->stack, s->now);
	do {
		n = tern_output(s->stack, s->ifindex, frames, BATCH, s->now);
		for (i = 0; i < n; i++)
			keep(s, &frames[i]);
	} while (n > 0);
	tern_selfcheck(s->stack);
}

static bool host_step(struct drill_stage *s, int64_t until_ns)
{
	const tern_time until = s->origin + (tern_time)until_ns;
	tern_time next = tern_deadline(s->stack);

	if (until_ns <= drill_stage_time(s) || s->steps_left == 0)
		return false;
	s->steps_left--;
	if (next > until)
		next = until;
	/* A deadline that has come and does not go must not stop the clock. */
	s->now = next > s->now ? next : s->now + 1;
	host_settle(s);
	return true;
}

static int host_input(struct drill_stage *s, const uint8_t *bytes, uint32_t len)
{
	struct tern_frame f;

	if (tern_frame_copy(&f, tern_blocks(s->stack), bytes, len))
		return -ENOBUFS;
	tern_input(s->stack, s->ifindex, &f, 1, s->now);
	host_settle(s);
	return 0;
}

static void host_close(struct drill_stage *s)
{
	struct drill_live *l;

	while ((l = drill_live_take(s)))
		free(l);
	if (s->stack)
		tern_destroy(s->stack);
	s->stack = NULL;
}

static bool host_waiting(const struct drill_stage *s)
{
	(void)s;
	return false;
}

static int host_command(struct drill_stage *s, char **argv, FILE *out,
			FILE *err)
{
	const struct drill_shims h = {s->stack, s->ifindex, &s->tunables};

	return drill_shim(&h, argv, out, err);
}

static int host_socket(struct drill_stage *s, int domain, int type,
		       int protocol)
{
	return tern_socket(s->stack, domain, type, protocol);
}

static int host_bind(struct drill_stage *s, int fd, const struct sockaddr *addr,
		     socklen_t len)
{
	return tern_bind(s->stack, fd, addr, len);
}

static int host_listen(struct drill_stage *s, int fd, int backlog)
{
	return tern_listen(s->stack, fd, backlog);
}

static int host_accept(struct drill_stage *s, int fd, struct sockaddr *addr,
		       socklen_t *len, int flags)
{
	return tern_accept4(s->stack, fd, addr, len, flags);
}

static int host_connect(struct drill_stage *s, int fd,
			const struct sockaddr *addr, socklen_t len)
{
	return tern_connect(s->stack, fd, addr, len);
}

static int host_shutdown(struct drill_stage *s, int fd, int how)
{
	return tern_shutdown(s->stack, fd, how);
}

static int host_close_fd(struct drill_stage *s, int fd)
{
	return tern_close(s->stack, fd);
}

static int host_getsockname(struct drill_stage *s, int fd,
			    struct sockaddr *addr, socklen_t *len)
{
	return tern_getsockname(s->stack, fd, addr, len);
}

static int host_getpeername(struct drill_stage *s, int fd,
			    struct sockaddr *addr, socklen_t *len)
{
	return tern_getpeername(s->stack, fd, addr, len);
}

static int host_getsockopt(struct drill_stage *s, int fd, int level, int name,
			   void *value, socklen_t *len)
{
	return tern_getsockopt(s->stack, fd, level, name, value, len);
}

static int host_setsockopt(struct drill_stage *s, int fd, int level, int name,
			   const void *value, socklen_t len)
{
	return tern_setsockopt(s->stack, fd, level, name, value, len);
}

static int host_ioctl(struct drill_stage *s, int fd, unsigned long request,
		      int *value)
{
	return tern_ioctl(s->stack, fd, request, value);
}

static int host_fcntl(struct drill_stage *s, int fd, int cmd, int arg)
{
	return tern_fcntl(s->stack, fd, cmd, arg);
}

static ssize_t host_send(struct drill_stage *s, int fd,
			 const struct drill_send *a)
{
	return tern_sendto(s->stack, fd, a->buf, a->len, a->flags, a->addr,
			   a->addr_len);
}

static ssize_t host_sendmsg(struct drill_stage *s, int fd,
			    const struct msghdr *msg, int flags)
{
	return tern_sendmsg(s->stack, fd, msg, flags);
}

static ssize_t host_write(struct drill_stage *s, int fd, const void *buf,
			  size_t len)
{
	return tern_write(s->stack, fd, buf, len);
}

static ssize_t host_writev(struct drill_stage *s, int fd,
			   const struct iovec *iov, int n_iov)
{
	return tern_writev(s->stack, fd, iov, n_iov);
}

static ssize_t host_recv(struct drill_stage *s, int fd,
			 const struct drill_recv *a)
{
	return tern_recvfrom(s->stack, fd, a->buf, a->len, a->flags, a->addr,
			     a->addr_len);
}

static ssize_t host_recvmsg(struct drill_stage *s, int fd, struct msghdr *msg,
			    int flags)
{
	return tern_recvmsg(s->stack, fd, msg, flags);
}

static ssize_t host_read(struct drill_stage *s, int fd, void *buf, size_t len)
{
	return tern_read(s->stack, fd, buf, len);
}

static ssize_t host_readv(struct drill_stage *s, int fd,
			  const struct iovec *iov, int n_iov)
{
	return tern_readv(s->stack, fd, iov, n_iov);
}

static int host_poll(struct drill_stage *s, struct pollfd *fds, nfds_t n,
		     int ms)
{
	(void)ms;
	return tern_poll(s->stack, fds, n);
}

static int host_epoll_create(struct drill_stage *s)
{
	return tern_epoll_create(s->stack);
}

static int host_epoll_ctl(struct drill_stage *s, int set, int op, int fd,
			  struct epoll_event *ev)
{
	return tern_epoll_ctl(s->stack, set, op, fd, ev);
}

static int host_epoll_wait(struct drill_stage *s, int set,
			   struct epoll_event *evs, int max, int ms)
{
	(void)ms;
	return tern_epoll_wait(s->stack, set, evs, max);
}

const struct drill_target drill_target_stack = {
	.patience_ns = DRILL_PATIENCE_NS,
	.any_time_ns = DRILL_ANY_TIME_NS,
	.waiting = host_waiting,
	.close = host_close,
	.settle = host_settle,
	.step = host_step,
	.input = host_input,
	.take = drill_live_take,
	.command = host_command,
	.socket = host_socket,
	.bind = host_bind,
	.listen = host_listen,
	.accept = host_accept,
	.connect = host_connect,
	.shutdown = host_shutdown,
	.close_fd = host_close_fd,
	.getsockname = host_getsockname,
	.getpeername = host_getpeername,
	.getsockopt = host_getsockopt,
	.setsockopt = host_setsockopt,
	.ioctl = host_ioctl,
	.fcntl = host_fcntl,
	.send = host_send,
	.sendmsg = host_sendmsg,
	.write = host_write,
	.writev = host_writev,
	.recv = host_recv,
	.recvmsg = host_recvmsg,
	.read = host_read,
	.readv = host_readv,
	.poll = host_poll,
	.epoll_create = host_epoll_create,
	.epoll_ctl = host_epoll_ctl,
	.epoll_wait = host_epoll_wait,
};
