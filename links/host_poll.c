/* SPDX-License-Identifier: ISC */
/*
 * host_poll.c - poll and epoll, with waiting
 *
 * Readiness is the stack's business; here is only the sleep between two looks.
 * A signal handler always ends it with EINTR, SA_RESTART or not, as on Linux.
 */
#include "host_state.h"

#include <errno.h>

static tern_time until_of(int timeout_ms)
{
	if (timeout_ms < 0)
		return HOST_FAR;
	return tern_host_now() + (tern_time)timeout_ms * TERN_MS;
}

int tern_host_poll(struct tern_host *h, struct pollfd *fds, nfds_t n_fds,
		   int timeout_ms)
{
	tern_time until = until_of(timeout_ms);
	struct pollfd nothing = {.fd = -1};
	int n, r = 0;

	host_enter(h);
	for (;;) {
		n = tern_poll(h->stack, fds, n_fds);
		if (n != 0 || timeout_ms == 0 || r < 0)
			break;
		/* Without descriptors only time and signals count. */
		r = n_fds ? host_wait(h, fds, n_fds, until)
			  : host_wait(h, &nothing, 1, until);
	}
	return host_result(h, n == 0 && r == -EINTR ? -EINTR : n);
}

int tern_host_epoll_create(struct tern_host *h)
{
	host_enter(h);
	return host_result(h, tern_epoll_create(h->stack));
}

int tern_host_epoll_ctl(struct tern_host *h, int epfd, int op, int fd,
			struct epoll_event *ev)
{
	host_enter(h);
	return host_result(h, tern_epoll_ctl(h->stack, epfd, op, fd, ev));
}

int tern_host_epoll_wait(struct tern_host *h, int epfd, struct epoll_event *evs,
			 int max, int timeout_ms)
{
	tern_time until = until_of(timeout_ms);
	struct pollfd p = {.fd = epfd, .events = POLLIN};
	int n, r = 0;

	host_enter(h);
	for (;;) {
		n = tern_epoll_wait(h->stack, epfd, evs, max);
		if (n != 0 || timeout_ms == 0 || r < 0)
			break;
		/* Ready and yet without events: wait for a change. */
		r = r == 1 ? host_wait(h, NULL, 0, until)
			   : host_wait(h, &p, 1, until);
	}
	return host_result(h, n == 0 && r == -EINTR ? -EINTR : n);
}
