/* SPDX-License-Identifier: ISC */
/*
 * poll.c - what is so now, and telling those who wait for it
 *
 * The floors below tell of changes by the index of the descriptor; nothing is
 * kept here, since they are always asked for what is so.
 */
#include <errno.h>

#include "base/assert.h"
#include "sock/epoll.h"
#include "sock/socks.h"
#include "tcp/tcp.h"
#include "unix/unix.h"

_Static_assert(POLLMSG == EPOLLMSG && POLLIN == EPOLLIN &&
		       POLLOUT == EPOLLOUT && POLLPRI == EPOLLPRI &&
		       POLLERR == EPOLLERR && POLLHUP == EPOLLHUP &&
		       POLLRDHUP == EPOLLRDHUP,
	       "one set of bits serves poll(2) and epoll(7)");

static uint32_t events_of(struct socks *s, const struct fd *f)
{
	uint32_t events = 0;

	switch ((enum fd_kind)f->kind) {
	case FD_FREE:
		return POLLNVAL;
	case FD_TCP:
		events = tcp_poll(s->tcp, f->u.tcb);
		break;
	case FD_LISTENER:
		events = listener_poll(f->u.listener);
		break;
	case FD_UNIX:
		events = unix_poll(f->u.un);
		break;
	case FD_EPOLL:
		events = epoll_events(s, f->u.epoll);
		break;
	}
	if (f->flags & FD_LOANS_DONE)
		events |= POLLMSG;
	if (f->flags & FD_ERROR_QUEUE)
		events |= POLLERR;
	if (events & POLLIN)
		events |= POLLRDNORM;
	if (events & POLLOUT)
		events |= POLLWRNORM;
	return events;
}

/* Most are connections beside which nothing is noted. */
uint32_t sock_events(struct socks *s, const struct fd *f)
{
	if (likely(f->kind == FD_TCP &&
		   !(f->flags & (FD_LOANS_DONE | FD_ERROR_QUEUE))))
		return tcp_poll(s->tcp, f->u.tcb);
	return events_of(s, f);
}

int sock_poll(struct socks *s, struct pollfd *fds, nfds_t n_fds)
{
	int n = 0;

	if (n_fds && !fds)
		return -EFAULT;
	for (nfds_t i = 0; i < n_fds; i++) {
		const struct fd *f = fd_find(&s->fds, fds[i].fd);
		uint32_t wanted = (uint16_t)fds[i].events;

		fds[i].revents = 0;
		if (fds[i].fd < 0)
			continue;
		if (f)
			fds[i].revents = (short)(sock_events(s, f) &
						 (wanted | POLLERR | POLLHUP));
		else
			fds[i].revents = POLLNVAL;
		n += fds[i].revents != 0;
	}
	return n;
}

void socks_tcp_ready(void *ctx, uint32_t user, uint32_t ready)
{
	struct socks *s = ctx;
	struct fd *f = fd_at(&s->fds, user);

	TERN_ASSERT(f->kind == FD_TCP || f->kind == FD_LISTENER);
	if (f->watches)
		watch_wake(s, f, ready);
}

void socks_unix_ready(void *ctx, uint32_t user, uint32_t events)
{
	struct socks *s = ctx;
	struct fd *f = fd_at(&s->fds, user);

	TERN_ASSERT(f->kind == FD_UNIX);
	if (events & POLLIN)
		events |= POLLRDNORM;
	if (events & POLLOUT)
		events |= POLLWRNORM;
	if (f->watches)
		watch_wake(s, f, events);
}
