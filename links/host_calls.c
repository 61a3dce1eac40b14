/* SPDX-License-Identifier: ISC */
/*
 * host_calls.c - calls that answer at once, and connect, accept and close
 *
 * Most take the lock, ask the stack, and hand back what it says.
 *
 * connect() waits until the handshake is over; when it is interrupted, or its
 * time (SO_SNDTIMEO) is up, the handshake goes on without it, as on Linux.
 *
 * close() with SO_LINGER {1, t} sends the FIN first and keeps the descriptor
 * until all is acknowledged or t is over, since nothing could be asked about a
 * connection that has none.  Text that arrives in this time is answered with a
 * reset at its end, not at once as on Linux.
 */
#include "host_state.h"

#include <errno.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

int tern_host_socket(struct tern_host *h, int domain, int type, int protocol)
{
	host_enter(h);
	return host_result(h, tern_socket(h->stack, domain, type, protocol));
}

int tern_host_socketpair(struct tern_host *h, int domain, int type,
			 int protocol, int fds[2])
{
	host_enter(h);
	return host_result(
		h, tern_socketpair(h->stack, domain, type, protocol, fds));
}

int tern_host_bind(struct tern_host *h, int fd, const struct sockaddr *addr,
		   socklen_t len)
{
	host_enter(h);
	return host_result(h, tern_bind(h->stack, fd, addr, len));
}

int tern_host_listen(struct tern_host *h, int fd, int backlog)
{
	host_enter(h);
	return host_result(h, tern_listen(h->stack, fd, backlog));
}

int tern_host_shutdown(struct tern_host *h, int fd, int how)
{
	host_enter(h);
	return host_result(h, tern_shutdown(h->stack, fd, how));
}

int tern_host_getsockname(struct tern_host *h, int fd, struct sockaddr *addr,
			  socklen_t *len)
{
	host_enter(h);
	return host_result(h, tern_getsockname(h->stack, fd, addr, len));
}

int tern_host_getpeername(struct tern_host *h, int fd, struct sockaddr *addr,
			  socklen_t *len)
{
	host_enter(h);
	return host_result(h, tern_getpeername(h->stack, fd, addr, len));
}

int tern_host_setsockopt(struct tern_host *h, int fd, int level, int name,
			 const void *value, socklen_t len)
{
	host_enter(h);
	return host_result(
		h, tern_setsockopt(h->stack, fd, level, name, value, len));
}

int tern_host_getsockopt(struct tern_host *h, int fd, int level, int name,
			 void *value, socklen_t *len)
{
	host_enter(h);
	return host_result(
		h, tern_getsockopt(h->stack, fd, level, name, value, len));
}

int tern_host_ioctl(struct tern_host *h, int fd, unsigned long request,
		    int *value)
{
	host_enter(h);
	return host_result(h, tern_ioctl(h->stack, fd, request, value));
}

int tern_host_fcntl(struct tern_host *h, int fd, int cmd, int arg)
{
	host_enter(h);
	return host_result(h, tern_fcntl(h->stack, fd, cmd, arg));
}

int tern_host_accept(struct tern_host *h, int fd, struct sockaddr *addr,
		     socklen_t *len)
{
	return tern_host_accept4(h, fd, addr, len, 0);
}

int tern_host_accept4(struct tern_host *h, int fd, struct sockaddr *addr,
		      socklen_t *len, int flags)
{
	struct host_call c = {
		.fd = fd, .events = POLLIN, .timeout = SO_RCVTIMEO};
	int r, error = 0;

	host_enter(h);
	do {
		r = tern_accept4(h->stack, fd, addr, len, flags);
		if (r == -EAGAIN)
			error = host_call_wait(h, &c);
	} while (r == -EAGAIN && !error);
	return host_result(h, error ? error : r);
}

static bool under_way(int result)
{
	return result == -EINPROGRESS || result == -EALREADY;
}

int tern_host_connect(struct tern_host *h, int fd, const struct sockaddr *addr,
		      socklen_t len)
{
	struct host_call c = {
		.fd = fd, .events = POLLOUT, .timeout = SO_SNDTIMEO};
	int r, first, error = 0;

	host_enter(h);
	r = first = tern_connect(h->stack, fd, addr, len);
	while (under_way(r) && !error) {
		error = host_call_wait(h, &c);
		if (!error)
			r = tern_connect(h->stack, fd, addr, len);
	}
	if (error == -EAGAIN)
		error = first; /* -EINPROGRESS, or -EALREADY */
	return host_result(h, error ? error : r);
}

/* True while something sent, or the FIN, is not acknowledged. */
static bool is_closing(const struct tern_host *h, int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (tern_getsockopt(h->stack, fd, IPPROTO_TCP, TCP_INFO, &info, &len) <
	    0)
		return false;
	switch (info.tcpi_state) {
	case TCP_ESTABLISHED:
	case TCP_CLOSE_WAIT:
	case TCP_FIN_WAIT1:
	case TCP_CLOSING:
	case TCP_LAST_ACK:
		return true;
	default:
		return false;
	}
}

static void linger(struct tern_host *h, int fd)
{
	struct linger lg = {0, 0};
	socklen_t len = sizeof(lg);
	tern_time until;
	int unread = 0;

	if (tern_getsockopt(h->stack, fd, SOL_SOCKET, SO_LINGER, &lg, &len) <
		    0 ||
	    !lg.l_onoff || lg.l_linger <= 0)
		return;
	if (!is_closing(h, fd) ||
	    tern_ioctl(h->stack, fd, FIONREAD, &unread) < 0 || unread > 0)
		return;
	tern_shutdown(h->stack, fd, SHUT_WR);
	until = tern_host_now() + (tern_time)lg.l_linger * TERN_S;
	while (is_closing(h, fd) && host_wait(h, NULL, 0, until) >= 0)
		;
}

int tern_host_close(struct tern_host *h, int fd)
{
	host_enter(h);
	linger(h, fd);
	return host_result(h, tern_close(h->stack, fd));
}
