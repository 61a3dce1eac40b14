/* SPDX-License-Identifier: ISC */
/*
 * kernel_calls.c - the calls of libc, as packetdrill's interface has them
 *
 * Each hands on what it is given; a new socket may get an algorithm for
 * congestion control, see kernel.h.  Those of the interface that have to do
 * with the wire and with time are the target's own, and not here.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include "kernel.h"

static int call_socket(void *ud, int domain, int type, int protocol)
{
	const struct drill_kernel *k = ud;
	const int fd = socket(domain, type, protocol);

	if (fd >= 0 && k->congestion[0])
		(void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, k->congestion,
				 (socklen_t)strlen(k->congestion));
	return fd;
}

static int call_bind(void *ud, int fd, const struct sockaddr *addr,
		     socklen_t len)
{
	(void)ud;
	return bind(fd, addr, len);
}

static int call_listen(void *ud, int fd, int backlog)
{
	(void)ud;
	return listen(fd, backlog);
}

static int call_accept(void *ud, int fd, struct sockaddr *addr, socklen_t *len)
{
	(void)ud;
	return accept(fd, addr, len);
}

static int call_connect(void *ud, int fd, const struct sockaddr *addr,
			socklen_t len)
{
	(void)ud;
	return connect(fd, addr, len);
}

static ssize_t call_read(void *ud, int fd, void *buf, size_t len)
{
	(void)ud;
	return read(fd, buf, len);
}

static ssize_t call_readv(void *ud, int fd, const struct iovec *iov, int n)
{
	(void)ud;
	return readv(fd, iov, n);
}

static ssize_t call_recv(void *ud, int fd, void *buf, size_t len, int flags)
{
	(void)ud;
	return recv(fd, buf, len, flags);
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are POSIX's. */
static ssize_t call_recvfrom(void *ud, int fd, void *buf, size_t len, int flags,
			     struct sockaddr *addr, socklen_t *addr_len)
{
	(void)ud;
	return recvfrom(fd, buf, len, flags, addr, addr_len);
}

static ssize_t call_recvmsg(void *ud, int fd, struct msghdr *msg, int flags)
{
	(void)ud;
	return recvmsg(fd, msg, flags);
}

static ssize_t call_write(void *ud, int fd, const void *buf, size_t len)
{
	(void)ud;
	return write(fd, buf, len);
}

static ssize_t call_writev(void *ud, int fd, const struct iovec *iov, int n)
{
	(void)ud;
	return writev(fd, iov, n);
}

static ssize_t call_send(void *ud, int fd, const void *buf, size_t len,
			 int flags)
{
	(void)ud;
	return send(fd, buf, len, flags);
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are POSIX's. */
static ssize_t call_sendto(void *ud, int fd, const void *buf, size_t len,
			   int flags, const struct sockaddr *addr,
			   socklen_t addr_len)
{
	(void)ud;
	return sendto(fd, buf, len, flags, addr, addr_len);
}

static ssize_t call_sendmsg(void *ud, int fd, const struct msghdr *msg,
			    int flags)
{
	(void)ud;
	return sendmsg(fd, msg, flags);
}

static int call_fcntl(void *ud, int fd, int cmd, ...)
{
	va_list ap;
	int arg;

	(void)ud;
	va_start(ap, cmd);
	arg = va_arg(ap, int);
	va_end(ap);
	return fcntl(fd, cmd, arg);
}

static int call_ioctl(void *ud, int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	(void)ud;
	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	return ioctl(fd, request, arg);
}

static int call_close(void *ud, int fd)
{
	(void)ud;
	return close(fd);
}

static int call_shutdown(void *ud, int fd, int how)
{
	(void)ud;
	return shutdown(fd, how);
}

static int call_getsockopt(void *ud, int fd, int level, int name, void *value,
			   socklen_t *len)
{
	(void)ud;
	return getsockopt(fd, level, name, value, len);
}

static int call_setsockopt(void *ud, int fd, int level, int name,
			   const void *value, socklen_t len)
{
	(void)ud;
	return setsockopt(fd, level, name, value, len);
}

static int call_poll(void *ud, struct pollfd *fds, nfds_t n, int ms)
{
	(void)ud;
	return poll(fds, n, ms);
}

static int call_gettimeofday(void *ud, struct timeval *tv, struct timezone *tz)
{
	struct timespec ts;

	(void)ud;
	(void)tz;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

static int call_epoll_create(void *ud, int size)
{
	(void)ud;
	return epoll_create(size);
}

static int call_epoll_ctl(void *ud, int set, int op, int fd,
			  struct epoll_event *ev)
{
	(void)ud;
	return epoll_ctl(set, op, fd, ev);
}

static int call_epoll_wait(void *ud, int set, struct epoll_event *evs, int max,
			   int ms)
{
	(void)ud;
	return epoll_wait(set, evs, max, ms);
}

static int call_pipe(void *ud, int fds[2])
{
	(void)ud;
	return pipe(fds);
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are POSIX's. */
static int call_splice(void *ud, int in, loff_t *in_off, int out,
		       loff_t *out_off, size_t len, unsigned int flags)
{
	(void)ud;
	return (int)splice(in, in_off, out, out_off, len, flags);
}

void drill_kernel_calls(struct drill_library *l)
{
	l->i = (struct packetdrill_interface){
		.socket = call_socket,
		.bind = call_bind,
		.listen = call_listen,
		.accept = call_accept,
		.connect = call_connect,
		.read = call_read,
		.readv = call_readv,
		.recv = call_recv,
		.recvfrom = call_recvfrom,
		.recvmsg = call_recvmsg,
		.write = call_write,
		.writev = call_writev,
		.send = call_send,
		.sendto = call_sendto,
		.sendmsg = call_sendmsg,
		.fcntl = call_fcntl,
		.ioctl = call_ioctl,
		.close = call_close,
		.shutdown = call_shutdown,
		.getsockopt = call_getsockopt,
		.setsockopt = call_setsockopt,
		.poll = call_poll,
		.gettimeofday = call_gettimeofday,
		.epoll_create = call_epoll_create,
		.epoll_ctl = call_epoll_ctl,
		.epoll_wait = call_epoll_wait,
		.pipe = call_pipe,
		.splice = call_splice,
	};
	l->accept4 = accept4;
	l->getsockname = getsockname;
	l->getpeername = getpeername;
}
