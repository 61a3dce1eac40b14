/* SPDX-License-Identifier: ISC */
/*
 * host_drain.c - closing everything, and waiting for the end
 *
 * For a program that is about to exit: what it has written is still on its
 * way, and with the process the stack would go.  All descriptors are closed,
 * and then the list of sockets is read, after each change, until no connection
 * is left that has something to deliver.
 */
#include "host_state.h"

#include <sys/socket.h>

#define LIST_MAX 64

static bool is_alive(const struct tern_sockinfo *s)
{
	return s->family == AF_INET && s->state != TERN_TCP_CLOSED &&
	       s->state != TERN_TCP_LISTEN && s->state != TERN_TCP_TIME_WAIT;
}

/* Closes a batch of descriptors.  Returns false if there was none. */
static bool close_some(struct tern_host *h)
{
	struct tern_sockinfo list[LIST_MAX];
	bool closed = false;
	uint64_t cursor = 0;
	int i, n;

	while ((n = tern_sockets(h->stack, &cursor, list, LIST_MAX)) > 0)
		for (i = 0; i < n; i++)
			if (list[i].fd >= 0 &&
			    tern_close(h->stack, list[i].fd) == 0)
				closed = true;
	return closed;
}

static int count_alive(const struct tern_host *h)
{
	struct tern_sockinfo list[LIST_MAX];
	uint64_t cursor = 0;
	int i, n, alive = 0;

	while ((n = tern_sockets(h->stack, &cursor, list, LIST_MAX)) > 0)
		for (i = 0; i < n; i++)
			alive += is_alive(&list[i]);
	return alive;
}

int tern_host_drain(struct tern_host *h, tern_time timeout)
{
	tern_time now = tern_host_now();
	tern_time until = timeout < HOST_FAR - now ? now + timeout : HOST_FAR;
	int left, r = 0;

	host_enter(h);
	/* What comes and goes while the list is read may be missed. */
	while (close_some(h))
		;
	while ((left = count_alive(h)) > 0 && r >= 0)
		r = host_wait(h, NULL, 0, until);
	host_leave(h);
	return left;
}
