/* SPDX-License-Identifier: ISC */
/*
 * calls_ready.c - poll and epoll
 */
#include <errno.h>
#include <stdlib.h>

#include <tern/poll.h>

#include "calls.h"
#include "clock.h"

#define FDS_MAX	   65536
#define NO_FD	   INT32_MAX /* is no descriptor of the stack's */
#define EVENTS_MAX 65536

struct polling {
	struct pd_call call;
	struct pollfd *fds;  /* the caller's */
	struct pollfd *tern; /* with the stack's numbers */
	nfds_t n;
};

static short pipe_events(const struct pd_fd *f)
{
	const struct drill_pipe *q = f->pipe;

	if (f->kind == DRILL_FD_PIPE_READ)
		return (short)((q->len > 0 ? POLLIN : 0) |
			       (q->n_ends < 2 ? POLLHUP : 0));
	return (short)((q->len < DRILL_PIPE_SIZE ? POLLOUT : 0) |
		       (q->n_ends < 2 ? POLLERR : 0));
}

/* What the ends of pipes among them have to say. */
static int poll_pipes(struct pd *p, const struct polling *a)
{
	int n = 0;
	nfds_t i;

	for (i = 0; i < a->n; i++) {
		struct pollfd *f = &a->fds[i];
		const struct pd_fd *e;

		if (a->tern[i].fd >= 0 || f->fd < 0)
			continue;
		e = pd_fd_find(p, f->fd);
		a->tern[i].revents = POLLNVAL;
		if (e && e->pipe)
			a->tern[i].revents =
				(short)(pipe_events(e) &
					(f->events | POLLHUP | POLLERR));
		n += a->tern[i].revents != 0;
	}
	return n;
}

static bool try_poll(struct pd *p, struct pd_call *c, bool last)
{
	const struct polling *a = (const struct polling *)c;
	int r = tern_poll(p->stage.stack, a->tern, a->n);
	nfds_t i;

	if (r >= 0)
		r += poll_pipes(p, a);
	if (r == 0 && !last)
		return false;
	for (i = 0; i < a->n; i++)
		a->fds[i].revents = a->tern[i].revents;
	c->result = r;
	return true;
}

static void translate(struct pd *p, const struct polling *a)
{
	nfds_t i;

	for (i = 0; i < a->n; i++) {
		const int fd = a->fds[i].fd;
		const int tern = fd < 0 ? -1 : pd_fd_tern(p, fd);

		a->tern[i].events = a->fds[i].events;
		a->tern[i].revents = 0;
		a->tern[i].fd = tern == -EBADF ? NO_FD : tern;
	}
}

int pd_poll(void *ud, struct pollfd *fds, nfds_t n, int ms)
{
	struct polling a = {.call = {.attempt = try_poll}, .fds = fds, .n = n};
	struct pd *p = pd_enter(ud);
	int64_t r;

	if (!p)
		return -1;
	if (n > FDS_MAX)
		return (int)pd_leave(p, -EINVAL);
	if (!fds && n > 0)
		return (int)pd_leave(p, -EFAULT);
	a.tern = calloc(n ? n : 1, sizeof(*a.tern));
	if (!a.tern)
		return (int)pd_leave(p, -ENOMEM);
	translate(p, &a);
	a.call.wait = ms != 0;
	a.call.until = pd_clock_after_ms(p, ms);
	r = pd_call_make(p, &a.call);
	free(a.tern);
	return (int)pd_leave(p, r);
}

int pd_epoll_create(void *ud, int size)
{
	struct pd *p = pd_enter(ud);
	int fd;

	if (!p)
		return -1;
	fd = size > 0 ? tern_epoll_create(p->stage.stack) : -EINVAL;
	if (fd >= 0)
		fd = pd_fd_add(p, DRILL_FD_EPOLL, fd);
	return (int)pd_leave(p, fd);
}

/* The stack's number; pipes cannot be watched. */
static int watched(struct pd *p, int fd)
{
	const int tern = pd_fd_tern(p, fd);

	return tern == -ENOTSOCK ? -EPERM : tern;
}

int pd_epoll_ctl(void *ud, int set, int op, int fd, struct epoll_event *ev)
{
	struct pd *p = pd_enter(ud);
	int r, target;

	if (!p)
		return -1;
	r = pd_fd_tern(p, set);
	target = watched(p, fd);
	if (r == -ENOTSOCK)
		r = -EINVAL;
	if (r >= 0 && target < 0)
		r = target;
	if (r >= 0 && !ev && op != EPOLL_CTL_DEL)
		r = -EFAULT;
	if (r >= 0)
		r = tern_epoll_ctl(p->stage.stack, r, op, target, ev);
	return (int)pd_leave(p, r);
}

struct epolling {
	struct pd_call call;
	struct epoll_event *evs;
	int max;
};

static bool try_epoll(struct pd *p, struct pd_call *c, bool last)
{
	const struct epolling *a = (const struct epolling *)c;
	const int r = tern_epoll_wait(p->stage.stack, c->fd, a->evs, a->max);

	c->result = r;
	return r != 0 || last;
}

int pd_epoll_wait(void *ud, int set, struct epoll_event *evs, int max, int ms)
{
	struct epolling a = {.call = {.attempt = try_epoll}, .evs = evs};
	struct pd *p = pd_enter(ud);

	if (!p)
		return -1;
	a.max = max > EVENTS_MAX ? EVENTS_MAX : max;
	a.call.fd = pd_fd_tern(p, set);
	if (a.call.fd == -ENOTSOCK)
		a.call.fd = -EINVAL;
	if (a.call.fd >= 0 && !evs && max > 0)
		a.call.fd = -EFAULT;
	if (a.call.fd < 0)
		return (int)pd_leave(p, a.call.fd);
	a.call.wait = ms != 0;
	a.call.until = pd_clock_after_ms(p, ms);
	return (int)pd_leave(p, pd_call_make(p, &a.call));
}
