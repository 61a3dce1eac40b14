/* SPDX-License-Identifier: ISC */
/*
 * calls_open.c - socket, bind, listen, accept, connect, shutdown, close
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <tern/socket.h>

#include "calls.h"
#include "clock.h"

static void tell_ip6(struct pd *p)
{
	if (p->told_ip6)
		return;
	p->told_ip6 = true;
	fprintf(stderr, "libtern-packetdrill: the stack has no IPv6: run the "
			"script with --ip_version=ipv4\n");
}

int pd_socket(void *ud, int domain, int type, int protocol)
{
	struct pd *p = pd_enter(ud);
	int fd;

	if (!p)
		return -1;
	if (domain == AF_INET6)
		tell_ip6(p);
	fd = tern_socket(p->stage.stack, domain, type, protocol);
	if (fd >= 0)
		fd = pd_fd_add(p, DRILL_FD_SOCKET, fd);
	return (int)pd_leave(p, fd);
}

int pd_bind(void *ud, int fd, const struct sockaddr *addr, socklen_t len)
{
	struct pd *p = pd_enter(ud);
	int r;

	if (!p)
		return -1;
	r = pd_fd_tern(p, fd);
	if (r >= 0)
		r = addr ? tern_bind(p->stage.stack, r, addr, len) : -EFAULT;
	return (int)pd_leave(p, r);
}

int pd_listen(void *ud, int fd, int backlog)
{
	struct pd *p = pd_enter(ud);
	int r;

	if (!p)
		return -1;
	r = pd_fd_tern(p, fd);
	if (r >= 0)
		r = tern_listen(p->stage.stack, r, backlog);
	return (int)pd_leave(p, r);
}

static bool is_blocking(const struct pd *p, int tern)
{
	const int mode = tern_fcntl(p->stage.stack, tern, F_GETFL, 0);

	return mode >= 0 && !(mode & O_NONBLOCK);
}

struct accepting {
	struct pd_call call;
	struct sockaddr *addr;
	socklen_t *len;
	int flags;
};

static bool try_accept(struct pd *p, struct pd_call *c, bool last)
{
	const struct accepting *a = (const struct accepting *)c;
	int fd = tern_accept4(p->stage.stack, c->fd, a->addr, a->len, a->flags);

	if (fd == -EAGAIN && !last)
		return false;
	c->result = fd < 0 ? fd : pd_fd_add(p, DRILL_FD_SOCKET, fd);
	return true;
}

int pd_accept4(void *ud, int fd, struct sockaddr *addr, socklen_t *len,
	       int flags)
{
	struct accepting a = {.call = {.attempt = try_accept},
			      .addr = addr,
			      .len = len,
			      .flags = flags};
	struct pd *p = pd_enter(ud);

	if (!p)
		return -1;
	a.call.fd = pd_fd_tern(p, fd);
	if (a.call.fd < 0)
		return (int)pd_leave(p, a.call.fd);
	if (addr && !len)
		return (int)pd_leave(p, -EFAULT);
	a.call.wait = is_blocking(p, a.call.fd);
	a.call.until = pd_clock_timeout(p, a.call.fd, SO_RCVTIMEO);
	return (int)pd_leave(p, pd_call_make(p, &a.call));
}

int pd_accept(void *ud, int fd, struct sockaddr *addr, socklen_t *len)
{
	return pd_accept4(ud, fd, addr, len, 0);
}

struct connecting {
	struct pd_call call;
	const struct sockaddr *addr;
	socklen_t len;
	int first; /* what the call would say if it did not wait */
};

/* The handshake goes on without a call whose time is up. */
static bool try_connect(struct pd *p, struct pd_call *c, bool last)
{
	struct connecting *a = (struct connecting *)c;
	const int r = tern_connect(p->stage.stack, c->fd, a->addr, a->len);

	if (!a->first)
		a->first = r;
	c->result = r;
	if (r != -EINPROGRESS && r != -EALREADY)
		return true;
	c->result = a->first;
	return last;
}

int pd_connect(void *ud, int fd, const struct sockaddr *addr, socklen_t len)
{
	struct connecting a = {
		.call = {.attempt = try_connect}, .addr = addr, .len = len};
	struct pd *p = pd_enter(ud);

	if (!p)
		return -1;
	a.call.fd = pd_fd_tern(p, fd);
	if (a.call.fd < 0)
		return (int)pd_leave(p, a.call.fd);
	if (!addr)
		return (int)pd_leave(p, -EFAULT);
	a.call.wait = is_blocking(p, a.call.fd);
	a.call.until = pd_clock_timeout(p, a.call.fd, SO_SNDTIMEO);
	return (int)pd_leave(p, pd_call_make(p, &a.call));
}

int pd_shutdown(void *ud, int fd, int how)
{
	struct pd *p = pd_enter(ud);
	int r;

	if (!p)
		return -1;
	r = pd_fd_tern(p, fd);
	if (r >= 0)
		r = tern_shutdown(p->stage.stack, r, how);
	return (int)pd_leave(p, r);
}

/* True while text or FIN are not acknowledged. */
static bool is_closing(const struct pd *p, int tern)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (tern_getsockopt(p->stage.stack, tern, IPPROTO_TCP, TCP_INFO, &info,
			    &len) < 0)
		return false;
	return info.tcpi_state == TCP_ESTABLISHED ||
	       info.tcpi_state == TCP_CLOSE_WAIT ||
	       info.tcpi_state == TCP_FIN_WAIT1 ||
	       info.tcpi_state == TCP_CLOSING ||
	       info.tcpi_state == TCP_LAST_ACK;
}

/* The seconds that close() may wait, 0 if it does not. */
static int linger_of(const struct pd *p, int tern)
{
	struct linger lg = {0, 0};
	socklen_t len = sizeof(lg);
	int unread = 0;

	if (tern_getsockopt(p->stage.stack, tern, SOL_SOCKET, SO_LINGER, &lg,
			    &len) < 0 ||
	    !lg.l_onoff || lg.l_linger <= 0 || !is_closing(p, tern))
		return 0;
	if (tern_ioctl(p->stage.stack, tern, FIONREAD, &unread) == 0 &&
	    unread > 0)
		return 0;
	return lg.l_linger;
}

static bool try_linger(struct pd *p, struct pd_call *c, bool last)
{
	c->result = 0;
	return last || !is_closing(p, c->fd);
}

/*
 * With SO_LINGER {1, t} it waits until all that was sent is acknowledged, or t
 * is over: as on Linux also if O_NONBLOCK is set.
 */
int pd_close(void *ud, int fd)
{
	struct pd_call c = {.attempt = try_linger, .wait = true};
	struct pd *p = pd_enter(ud);
	struct pd_fd *f;
	int seconds;

	if (!p)
		return -1;
	f = pd_fd_find(p, fd);
	if (!f)
		return (int)pd_leave(p, -EBADF);
	seconds = f->kind == DRILL_FD_SOCKET ? linger_of(p, f->tern) : 0;
	if (seconds > 0) {
		c.fd = f->tern;
		c.until = p->stage.now + (tern_time)seconds * TERN_S;
		tern_shutdown(p->stage.stack, c.fd, SHUT_WR);
		pd_call_make(p, &c);
		/* While it waited, the table may have changed. */
		f = p->open ? pd_fd_find(p, fd) : NULL;
	}
	if (f)
		pd_fd_remove(p, f);
	return (int)pd_leave(p, 0);
}
