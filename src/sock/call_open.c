/* SPDX-License-Identifier: ISC */
/*
 * call_open.c - socket(2), socketpair(2), bind(2), listen(2), accept(2),
 * connect(2)
 *
 * Errors come in the order in which Linux finds them;
 * test/unit/sock/linux_*_test.c compare.
 */
#include <errno.h>
#include <netinet/in.h>

#include "sock/address.h"
#include "sock/epoll.h"
#include "sock/extras.h"
#include "sock/listening.h"
#include "sock/socks.h"
#include "tcp/tcp.h"
#include "unix/unix.h"

#define TYPE_MASK    0xf /* SOCK_NONBLOCK and SOCK_CLOEXEC are above it */
#define TYPE_MAX     10	 /* SOCK_PACKET */
#define PROTOCOL_MAX 262 /* IPPROTO_MPTCP */

static int check_inet(int type, int protocol)
{
	if (protocol < 0 || protocol > PROTOCOL_MAX)
		return -EINVAL;
	if (type != SOCK_STREAM)
		return -ESOCKTNOSUPPORT;
	if (protocol != 0 && protocol != IPPROTO_TCP)
		return -EPROTONOSUPPORT;
	return 0;
}

static int check_unix(int type, int protocol)
{
	if (protocol != 0 && protocol != PF_UNIX)
		return -EPROTONOSUPPORT;
	return type == SOCK_STREAM ? 0 : -ESOCKTNOSUPPORT;
}

static int check_kind(int domain, int type, int protocol)
{
	int flags = type & ~TYPE_MASK;

	type &= TYPE_MASK;
	if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	if (type > TYPE_MAX && domain >= 0 && domain < AF_MAX)
		return -EINVAL;
	if (domain == AF_INET)
		return check_inet(type, protocol);
	if (domain == AF_UNIX)
		return check_unix(type, protocol);
	return -EAFNOSUPPORT;
}

static uint8_t fd_flags_of(int type)
{
	return (uint8_t)((type & SOCK_NONBLOCK ? FD_NONBLOCK : 0) |
			 (type & SOCK_CLOEXEC ? FD_CLOSE_ON_EXEC : 0));
}

/* The descriptor for an object; fd_reserve() has said that there is one. */
static int install_tcp(struct socks *s, struct tcb *t, int type)
{
	int fd = fd_open(&s->fds, FD_TCP);
	struct fd *f;

	if (fd < 0) {
		tcp_call_abort(s->tcp, t);
		return fd;
	}
	f = fd_at(&s->fds, fd_index(fd));
	f->u.tcb = t;
	f->flags = fd_flags_of(type);
	tcp_set_user(t, fd_index(fd));
	tcp_ask(t, false); /* until there is a watch */
	return fd;
}

static int install_unix(struct socks *s, struct unix_sock *u, int type)
{
	int fd = fd_open(&s->fds, FD_UNIX);
	struct fd *f;

	if (fd < 0) {
		unix_close(s->un, u);
		return fd;
	}
	f = fd_at(&s->fds, fd_index(fd));
	f->u.un = u;
	f->flags = fd_flags_of(type);
	unix_set_user(u, fd_index(fd));
	return fd;
}

static int open_tcp(struct socks *s, int type)
{
	struct tcb *t = tcp_create(s->tcp);

	return t ? install_tcp(s, t, type) : -ENOBUFS;
}

static int open_unix(struct socks *s, int type)
{
	struct unix_sock *u = unix_create(s->un);

	return u ? install_unix(s, u, type) : -ENOBUFS;
}

int sock_socket(struct socks *s, int domain, int type, int protocol)
{
	int err = check_kind(domain, type, protocol);

	if (!err)
		err = fd_reserve(&s->fds);
	if (err)
		return err;
	return domain == AF_UNIX ? open_unix(s, type) : open_tcp(s, type);
}

int sock_pair(struct socks *s, int domain, int type, int protocol, int fds[2])
{
	int err = check_kind(domain, type, protocol);
	int a, b;

	if (err)
		return err;
	if (domain != AF_UNIX)
		return -EOPNOTSUPP;
	if (!fds)
		return -EFAULT;
	a = sock_socket(s, domain, type, protocol);
	if (a < 0)
		return a;
	b = sock_socket(s, domain, type, protocol);
	if (b < 0) {
		sock_close(s, a);
		return b;
	}
	unix_pair(fd_find(&s->fds, a)->u.un, fd_find(&s->fds, b)->u.un);
	fds[0] = a;
	fds[1] = b;
	return 0;
}

static int bind_tcp(struct socks *s, struct tcb *t, const struct sockaddr *addr,
		    socklen_t len)
{
	uint32_t ip;
	uint16_t port;
	int err = address_get_inet_local(addr, len, &ip, &port);

	return err ? err : tcp_bind(s->tcp, t, ip, port);
}

static int bind_unix(struct socks *s, struct unix_sock *u,
		     const struct sockaddr *addr, socklen_t len)
{
	struct unix_address a;
	int err = address_get_unix(addr, len, &a);

	return err ? err : unix_bind(s->un, u, a.bytes, a.len);
}

/* A listener is bound already; which error depends on the address. */
static int bind_listener(struct socks *s, const struct fd *f,
			 const struct sockaddr *addr, socklen_t len)
{
	uint32_t ip;
	uint16_t port;
	int err = address_get_inet_local(addr, len, &ip, &port);

	if (err)
		return err;
	if (net_addr_kind(s->net, ip) == ADDR_REMOTE &&
	    !opts_foreign_bind(listener_opts(f->u.listener)))
		return -EADDRNOTAVAIL;
	return -EINVAL;
}

int sock_bind(struct socks *s, int fd, const struct sockaddr *addr,
	      socklen_t len)
{
	struct fd *f;
	int err = fd_find_socket(&s->fds, fd, &f);

	if (!err)
		err = address_check(addr, len);
	if (err)
		return err;
	switch ((enum fd_kind)f->kind) {
	case FD_TCP:
		return bind_tcp(s, f->u.tcb, addr, len);
	case FD_LISTENER:
		return bind_listener(s, f, addr, len);
	case FD_UNIX:
		return bind_unix(s, f->u.un, addr, len);
	case FD_EPOLL:
	case FD_FREE:
		break;
	}
	return -ENOTSOCK;
}

int sock_listen(struct socks *s, int fd, int backlog)
{
	/* A negative number is a large one, and then net.core.somaxconn. */
	uint32_t wanted = min_u32((uint32_t)backlog, s->tcp->tun.somaxconn);
	struct listener *l;
	struct fd *f;
	int err = fd_find_socket(&s->fds, fd, &f);

	if (err)
		return err;
	switch ((enum fd_kind)f->kind) {
	case FD_TCP:
		err = tcp_call_listen(s->tcp, f->u.tcb, wanted, &l);
		if (err)
			return err;
		f->kind = FD_LISTENER;
		f->u.listener = l;
		listener_set_user(l, fd_index(fd));
		return 0;
	case FD_LISTENER:
		listener_set_backlog(s->tcp, f->u.listener, wanted);
		return 0;
	case FD_UNIX:
		return unix_listen(f->u.un, wanted);
	case FD_EPOLL:
	case FD_FREE:
		break;
	}
	return -ENOTSOCK;
}

static int accept_tcp(struct socks *s, struct fd *f, int flags)
{
	struct tcb *t = tcp_call_accept(s->tcp, f->u.listener);

	return t ? install_tcp(s, t, flags) : -EAGAIN;
}

static int accept_unix(struct socks *s, struct fd *f, int flags)
{
	struct unix_sock *l = f->u.un;
	struct unix_sock *u;

	if (l->phase != UNIX_LISTENING)
		return -EINVAL;
	u = unix_accept(l);
	if (u)
		return install_unix(s, u, flags);
	/* Linux tells only those who would wait that it is in vain. */
	return l->rcv_shut && !(f->flags & FD_NONBLOCK) ? -EINVAL : -EAGAIN;
}

/* SO_RCVTIMEO and SO_SNDTIMEO go over to what is accepted. */
static void inherit(struct socks *s, const struct fd *from, int from_fd,
		    struct fd *to, int fd)
{
	const struct extras *x = extras_find(s, from, from_fd);
	struct extras *y;

	if (!x)
		return;
	y = extras_get(s, to, fd);
	if (!y)
		return; /* only a blocking call will notice */
	y->rcvtimeo_us = x->rcvtimeo_us;
	y->sndtimeo_us = x->sndtimeo_us;
}

/* The peer's address is told even if the connection is over already. */
static int put_accepted(const struct fd *f, struct sockaddr *addr,
			socklen_t *len)
{
	struct tern_tuple t;

	if (!addr)
		return 0;
	if (f->kind == FD_UNIX)
		return address_put_unix(addr, len, unix_peer_name(f->u.un));
	t = tcp_tuple_of(f->u.tcb);
	return address_put_inet(addr, len, t.raddr, t.rport);
}

int sock_accept(struct socks *s, int fd, struct sockaddr *addr, socklen_t *len,
		int flags)
{
	struct fd *f, *of_made;
	int made;
	int err = fd_find_socket(&s->fds, fd, &f);

	if (err != -EBADF && (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)))
		return -EINVAL;
	if (err)
		return err;
	if (f->kind != FD_LISTENER && f->kind != FD_UNIX)
		return -EINVAL;
	if (addr && !len)
		return -EFAULT;
	if (addr && *len > INT32_MAX)
		return -EINVAL;
	err = fd_reserve(&s->fds);
	if (err)
		return err;
	made = f->kind == FD_UNIX ? accept_unix(s, f, flags)
				  : accept_tcp(s, f, flags);
	if (made < 0)
		return made;
	of_made = fd_at(&s->fds, fd_index(made));
	inherit(s, f, fd, of_made, made);
	if (of_made->kind == FD_TCP)
		(void)notes_options(s, of_made, made, tcp_opts(of_made->u.tcb));
	err = put_accepted(of_made, addr, len);
	if (err) {
		sock_close(s, made);
		return err;
	}
	return made;
}

static int connect_tcp(struct socks *s, struct fd *f,
		       const struct sockaddr *addr, socklen_t len)
{
	struct tcb *t = f->u.tcb;
	uint32_t ip = 0;
	uint16_t port = 0;
	int err;

	if (len < sizeof(sa_family_t))
		return -EINVAL;
	if (address_family(addr, len) == AF_UNSPEC) {
		err = tcp_call_disconnect(s->tcp, t);
		watch_wake(s, f, WATCH_ALL);
		return err;
	}
	err = address_get_inet(addr, len, &ip, &port);
	if (err && tcp_state_of(t) == TERN_TCP_CLOSED)
		return err;
	/* "This host": the address the socket has, or the loopback's. */
	if (!ip)
		ip = tcp_tuple_of(t).laddr;
	if (!ip)
		ip = INADDR_LOOPBACK;
	err = tcp_call_open(s->tcp, t, ip, port);
	/* A group address (MUST-46): Linux has this name for it. */
	return err == -EINVAL ? -ENETUNREACH : err;
}

static int connect_unix(struct socks *s, const struct fd *f,
			const struct sockaddr *addr, socklen_t len)
{
	struct unix_address a;
	int err = address_get_unix(addr, len, &a);

	if (err || !a.len)
		return -EINVAL;
	err = unix_connect(s->un, f->u.un, a.bytes, a.len);
	/* One that waits would wait here; it is refused at once instead. */
	if (err == -EAGAIN && !(f->flags & FD_NONBLOCK))
		return -ECONNREFUSED;
	return err;
}

int sock_connect(struct socks *s, int fd, const struct sockaddr *addr,
		 socklen_t len)
{
	struct fd *f;
	int err = fd_find_socket(&s->fds, fd, &f);

	if (err != -EBADF && address_check(addr, len) < 0)
		return address_check(addr, len);
	if (err)
		return err;
	switch ((enum fd_kind)f->kind) {
	case FD_TCP:
		return connect_tcp(s, f, addr, len);
	case FD_LISTENER:
		if (len < sizeof(sa_family_t))
			return -EINVAL;
		if (address_family(addr, len) == AF_UNSPEC)
			return listening_end(s, f, fd);
		return -EISCONN;
	case FD_UNIX:
		return connect_unix(s, f, addr, len);
	case FD_EPOLL:
	case FD_FREE:
		break;
	}
	return -ENOTSOCK;
}
