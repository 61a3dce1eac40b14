/* SPDX-License-Identifier: ISC */
/* netio_tern.c - the socket calls that tern perf needs, of tern */
#include <sys/socket.h>

#include <tern/tern.h>

#include "netio.h"

static int io_socket(struct netio *io)
{
	return tern_socket(io->stack, AF_INET, SOCK_STREAM, 0);
}

static int io_bind(struct netio *io, int fd, const struct sockaddr_in *name)
{
	return tern_bind(io->stack, fd, (const struct sockaddr *)name,
			 sizeof(*name));
}

static int io_listen(struct netio *io, int fd, int backlog)
{
	return tern_listen(io->stack, fd, backlog);
}

static int io_accept(struct netio *io, int fd)
{
	return tern_accept(io->stack, fd, NULL, NULL);
}

static int io_connect(struct netio *io, int fd, const struct sockaddr_in *to)
{
	return tern_connect(io->stack, fd, (const struct sockaddr *)to,
			    sizeof(*to));
}

static ssize_t io_send(struct netio *io, int fd, const void *buf, size_t len)
{
	return tern_send(io->stack, fd, buf, len, 0);
}

static ssize_t io_recv(struct netio *io, int fd, void *buf, size_t len)
{
	return tern_recv(io->stack, fd, buf, len, 0);
}

/* The memory never changes, so which loans are done is of no interest; but no
 * more than a thousand may wait to be named. */
static ssize_t io_lend(struct netio *io, int fd, const void *buf, size_t len)
{
	struct tern_zc_done done[32];

	while (tern_zc_done(io->stack, fd, done, 32) == 32)
		;
	return tern_send_zc(io->stack, fd, buf, len, 0, 0);
}

static int io_borrow(struct netio *io, int fd, struct tern_slice *slices,
		     int max)
{
	return tern_recv_zc(io->stack, fd, slices, max, 0);
}

static void io_give_back(struct netio *io, int fd, struct tern_slice *slices,
			 int n)
{
	tern_recv_zc_done(io->stack, fd, slices, n);
}

static int io_shutdown(struct netio *io, int fd)
{
	return tern_shutdown(io->stack, fd, SHUT_WR);
}

static int io_close(struct netio *io, int fd)
{
	return tern_close(io->stack, fd);
}

static int io_set(struct netio *io, int fd, int level, int name, int value)
{
	return tern_setsockopt(io->stack, fd, level, name, &value,
			       sizeof(value));
}

static int io_get(struct netio *io, int fd, int level, int name, void *value,
		  socklen_t *len)
{
	return tern_getsockopt(io->stack, fd, level, name, value, len);
}

static int io_watch(struct netio *io, int op, int fd, uint32_t events,
		    void *ptr)
{
	struct epoll_event ev = {.events = events, .data.ptr = ptr};

	return tern_epoll_ctl(io->stack, io->epfd, op, fd, &ev);
}

static int io_wait(struct netio *io, struct epoll_event *evs, int max,
		   int timeout_ms)
{
	if (io->loop)
		return loop_wait(io->loop, evs, max, NULL, 0, timeout_ms);
	return tern_epoll_wait(io->stack, io->epfd, evs, max);
}

static const struct netio_ops ops = {
	.socket = io_socket,
	.bind = io_bind,
	.listen = io_listen,
	.accept = io_accept,
	.connect = io_connect,
	.send = io_send,
	.recv = io_recv,
	.lend = io_lend,
	.borrow = io_borrow,
	.give_back = io_give_back,
	.shutdown = io_shutdown,
	.close = io_close,
	.set = io_set,
	.get = io_get,
	.watch = io_watch,
	.wait = io_wait,
};

int netio_open_stack(struct netio *io, struct tern *n)
{
	io->ops = &ops;
	io->stack = n;
	io->loop = NULL;
	io->epfd = tern_epoll_create(n);
	return io->epfd < 0 ? io->epfd : 0;
}

void netio_open_loop(struct netio *io, struct loop *l)
{
	io->ops = &ops;
	io->stack = l->stack;
	io->loop = l;
	io->epfd = l->epfd;
}
