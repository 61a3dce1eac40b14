/* SPDX-License-Identifier: ISC */
/* netio_kernel.c - the socket calls that tern perf needs, of the system */
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netio.h"

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
	caught = signal;
}

static int result(int r)
{
	return r < 0 ? -errno : r;
}

static int io_socket(struct netio *io)
{
	(void)io;
	return result(
		socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

/* So that a server can be started again at once. */
static int io_bind(struct netio *io, int fd, const struct sockaddr_in *name)
{
	int on = 1;

	(void)io;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return result(bind(fd, (const struct sockaddr *)name, sizeof(*name)));
}

static int io_listen(struct netio *io, int fd, int backlog)
{
	(void)io;
	return result(listen(fd, backlog));
}

static int io_accept(struct netio *io, int fd)
{
	(void)io;
	return result(accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

static int io_connect(struct netio *io, int fd, const struct sockaddr_in *to)
{
	(void)io;
	return result(connect(fd, (const struct sockaddr *)to, sizeof(*to)));
}

static ssize_t io_send(struct netio *io, int fd, const void *buf, size_t len)
{
	ssize_t n = send(fd, buf, len, MSG_NOSIGNAL);

	(void)io;
	return n < 0 ? -errno : n;
}

static ssize_t io_recv(struct netio *io, int fd, void *buf, size_t len)
{
	ssize_t n = recv(fd, buf, len, 0);

	(void)io;
	return n < 0 ? -errno : n;
}

static int io_shutdown(struct netio *io, int fd)
{
	(void)io;
	return result(shutdown(fd, SHUT_WR));
}

static int io_close(struct netio *io, int fd)
{
	(void)io;
	return result(close(fd));
}

static int io_set(struct netio *io, int fd, int level, int name, int value)
{
	(void)io;
	return result(setsockopt(fd, level, name, &value, sizeof(value)));
}

static int io_get(struct netio *io, int fd, int level, int name, void *value,
		  socklen_t *len)
{
	(void)io;
	return result(getsockopt(fd, level, name, value, len));
}

static int io_watch(struct netio *io, int op, int fd, uint32_t events,
		    void *ptr)
{
	struct epoll_event ev = {.events = events, .data.ptr = ptr};

	return result(epoll_ctl(io->epfd, op, fd, &ev));
}

static int io_wait(struct netio *io, struct epoll_event *evs, int max,
		   int timeout_ms)
{
	if (caught)
		return -EINTR;
	return result(epoll_wait(io->epfd, evs, max, timeout_ms));
}

static const struct netio_ops ops = {
	.socket = io_socket,
	.bind = io_bind,
	.listen = io_listen,
	.accept = io_accept,
	.connect = io_connect,
	.send = io_send,
	.recv = io_recv,
	.shutdown = io_shutdown,
	.close = io_close,
	.set = io_set,
	.get = io_get,
	.watch = io_watch,
	.wait = io_wait,
};

int netio_open_kernel(struct netio *io)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	io->ops = &ops;
	io->stack = NULL;
	io->loop = NULL;
	io->epfd = epoll_create1(EPOLL_CLOEXEC);
	return result(io->epfd) < 0 ? -errno : 0;
}

int netio_signal(const struct netio *io)
{
	return io->loop ? io->loop->signal : (int)caught;
}

void netio_close(struct netio *io)
{
	if (io->ops == &ops)
		close(io->epfd);
}
