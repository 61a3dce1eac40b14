/* SPDX-License-Identifier: ISC */
/*
 * call_close.c - shutdown(2) and close(2)
 */
#include <errno.h>
#include <poll.h>

#include "sock/epoll.h"
#include "sock/extras.h"
#include "sock/listening.h"
#include "sock/socks.h"
#include "tcp/tcp.h"
#include "unix/unix.h"

int listening_end(struct socks *s, struct fd *f, int fd)
{
	struct listener *l = f->u.listener;
	const struct tern_tuple at = listener_tuple_of(l);
	struct tcb *t = tcp_create(s->tcp);

	if (!t)
		return -ENOBUFS;
	*tcp_bufs(t) = *listener_bufs(l);
	if (tcp_set_opts(s->tcp, t, listener_opts(l)) < 0) {
		tcp_call_close(s->tcp, t);
		return -ENOBUFS;
	}
	listener_close(s->tcp, l);
	f->kind = FD_TCP;
	f->u.tcb = t;
	tcp_set_user(t, fd_index(fd));
	watch_wake(s, f, WATCH_ALL);
	/* The place is free now unless others share it, and then it is shared
	   again; without memory the socket is simply not bound. */
	return tcp_bind(s->tcp, t, at.laddr, at.lport) == -ENOBUFS ? -ENOBUFS
								   : 0;
}

int sock_shutdown(struct socks *s, int fd, int how)
{
	struct fd *f;
	int err = fd_find_socket(&s->fds, fd, &f);

	if (err)
		return err;
	if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
		return -EINVAL;
	switch ((enum fd_kind)f->kind) {
	case FD_TCP:
		err = tcp_call_shutdown(s->tcp, f->u.tcb, how);
		watch_wake(s, f, WATCH_ALL);
		return err;
	case FD_LISTENER:
		return how == SHUT_WR ? 0 : listening_end(s, f, fd);
	case FD_UNIX:
		unix_shutdown(s->un, f->u.un, how);
		return 0;
	case FD_EPOLL:
	case FD_FREE:
		break;
	}
	return -ENOTSOCK;
}

int sock_close(struct socks *s, int fd)
{
	struct fd *f = fd_find(&s->fds, fd);

	if (!f)
		return -EBADF;
	watch_drop_all(s, f);
	extras_drop(s, f, fd);
	switch ((enum fd_kind)f->kind) {
	case FD_TCP:
		tcp_call_close(s->tcp, f->u.tcb);
		break;
	case FD_LISTENER:
		listener_close(s->tcp, f->u.listener);
		break;
	case FD_UNIX:
		unix_close(s->un, f->u.un);
		break;
	case FD_EPOLL:
		epoll_end(s, f->u.epoll);
		break;
	case FD_FREE:
		break;
	}
	fd_close(&s->fds, fd);
	return 0;
}
