/* SPDX-License-Identifier: ISC */
/*
 * call_name.c - getsockname(2), getpeername(2)
 */
#include <errno.h>

#include "sock/address.h"
#include "sock/socks.h"
#include "tcp/tcp.h"
#include "unix/unix.h"

int sock_name(struct socks *s, int fd, struct sockaddr *addr, socklen_t *len)
{
	struct tern_tuple t;
	struct fd *f;
	int err = fd_find_socket(&s->fds, fd, &f);

	if (err)
		return err;
	if (!addr || !len)
		return -EFAULT;
	if (f->kind == FD_UNIX)
		return address_put_unix(addr, len, f->u.un->name);
	t = f->kind == FD_TCP ? tcp_tuple_of(f->u.tcb)
			      : listener_tuple_of(f->u.listener);
	return address_put_inet(addr, len, t.laddr, t.lport);
}

static bool has_peer(const struct tcb *t)
{
	const enum tern_tcp_state at = tcp_state_of(t);

	return at != TERN_TCP_CLOSED && at != TERN_TCP_SYN_SENT;
}

int sock_peer_name(struct socks *s, int fd, struct sockaddr *addr,
		   socklen_t *len)
{
	struct tern_tuple t;
	struct fd *f;
	int err = fd_find_socket(&s->fds, fd, &f);

	if (err)
		return err;
	if (f->kind == FD_UNIX && f->u.un->phase != UNIX_CONNECTED)
		return -ENOTCONN;
	if (f->kind == FD_LISTENER)
		return -ENOTCONN;
	if (f->kind == FD_TCP && !has_peer(f->u.tcb))
		return -ENOTCONN;
	if (!addr || !len)
		return -EFAULT;
	if (f->kind == FD_UNIX)
		return address_put_unix(addr, len, unix_peer_name(f->u.un));
	t = tcp_tuple_of(f->u.tcb);
	return address_put_inet(addr, len, t.raddr, t.rport);
}
