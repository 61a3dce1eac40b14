/* SPDX-License-Identifier: ISC */
/*
 * call_ready.c - poll and epoll
 *
 *	poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 0) = 1
 *	epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, fd=4}) = 0
 *	epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1
 *
 * What an epoll set keeps for a descriptor (fd, ptr, u32, u64) is the script's
 * own, and is given back as it was.
 */
#include <errno.h>
#include <string.h>

#include <tern/poll.h>

#include "call_table.h"

#define READY_MAX    64
#define EPOLL_FIELDS "events|fd|ptr|u32|u64"

/* The stack's number of a descriptor in a structure. */
static bool fd_field(struct drill_run *r, const struct drill_expr *e, int *out)
{
	const struct drill_fd *fd;
	int64_t n = -1;

	if (!drill_value_field(r, e, "fd", -1, &n))
		return false;
	fd = n >= 0 && n <= INT32_MAX ? drill_fd_find(&r->fds, (int)n) : NULL;
	*out = fd ? fd->tern : -1;
	if (n >= 0 && !fd)
		*out = INT32_MAX; /* is no descriptor of the stack's */
	return true;
}

static bool fill_poll(struct drill_run *r, const struct drill_expr *list,
		      struct pollfd *p, nfds_t *n)
{
	const struct drill_expr *e;
	int64_t events = 0;

	if (list->kind != DRILL_EXPR_LIST)
		return drill_run_wrong(r, list->place,
				       "expected a list such as [{fd=4, "
				       "events=POLLIN, revents=0}]");
	for (*n = 0, e = list->first; e; e = e->next, ++*n) {
		if (*n == READY_MAX)
			return drill_run_wrong(r, e->place,
					       "expected fewer descriptors");
		p[*n].revents = 0;
		if (!drill_value_fields(r, e, "fd|events|revents") ||
		    !fd_field(r, e, &p[*n].fd) ||
		    !drill_value_field(r, e, "events", 0, &events))
			return false;
		p[*n].events = (short)events;
	}
	return true;
}

static bool check_poll(struct drill_run *r, const struct drill_call *c,
		       const struct pollfd *p)
{
	const struct drill_expr *e = drill_call_arg(c, 0)->first;

	for (; e; e = e->next, p++)
		if (!drill_value_check(r, c, drill_expr_field(e, "revents"),
				       "revents", (unsigned short)p->revents))
			return false;
	return true;
}

enum drill_progress drill_call_poll(struct drill_run *r, struct drill_call *c)
{
	struct pollfd fds[READY_MAX];
	enum drill_progress p;
	int64_t count, ms;
	nfds_t n = 0;
	int ready;

	if (!fill_poll(r, drill_call_arg(c, 0), fds, &n) ||
	    !drill_arg_number(r, c, 1, &count) ||
	    !drill_arg_number(r, c, 2, &ms))
		return DRILL_CALL_WRONG;
	if (count >= 0 && (nfds_t)count < n)
		n = (nfds_t)count;
	ready = r->stage.target->poll(&r->stage, fds, n, (int)ms);
	if (ready == 0 && ms != 0) {
		p = drill_call_wait_ms(r, c, ms);
		if (p == DRILL_CALL_BLOCKS)
			return p;
	}
	if (ready >= 0 && !check_poll(r, c, fds))
		return DRILL_CALL_WRONG;
	return drill_call_answer(c, ready);
}

enum drill_progress drill_call_epoll_create(struct drill_run *r,
					    struct drill_call *c)
{
	int64_t size;

	if (!drill_arg_number(r, c, 0, &size))
		return DRILL_CALL_WRONG;
	if (size <= 0)
		return drill_call_answer(c, -EINVAL);
	return drill_call_answer(c, r->stage.target->epoll_create(&r->stage));
}

enum drill_progress drill_call_epoll_create1(struct drill_run *r,
					     struct drill_call *c)
{
	int64_t flags;

	if (!drill_arg_number(r, c, 0, &flags))
		return DRILL_CALL_WRONG;
	if (flags & ~(int64_t)EPOLL_CLOEXEC)
		return drill_call_answer(c, -EINVAL);
	return drill_call_answer(c, r->stage.target->epoll_create(&r->stage));
}

/* The data of an event, under any of its four names. */
static bool data_field(struct drill_run *r, const struct drill_expr *e,
		       uint64_t *data)
{
	static const char *const names[] = {"fd", "u32", "u64", "ptr"};
	int64_t v = 0;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (drill_expr_field(e, names[i]) &&
		    !drill_value_field(r, e, names[i], 0, &v))
			return false;
	*data = (uint64_t)v;
	return true;
}

enum drill_progress drill_call_epoll_ctl(struct drill_run *r,
					 struct drill_call *c)
{
	const struct drill_expr *e = drill_call_arg(c, 3);
	struct drill_fd *set, *fd, unknown, unknown_too;
	struct epoll_event ev;
	int64_t op, events = 0;
	uint64_t data = 0;

	if (!drill_arg_fd(r, c, 0, &set, &unknown) ||
	    !drill_arg_number(r, c, 1, &op) ||
	    !drill_arg_fd(r, c, 2, &fd, &unknown_too))
		return DRILL_CALL_WRONG;
	if (e->kind == DRILL_EXPR_STRUCT &&
	    (!drill_value_fields(r, e, EPOLL_FIELDS) ||
	     !drill_value_field(r, e, "events", 0, &events) ||
	     !data_field(r, e, &data)))
		return DRILL_CALL_WRONG;
	ev.events = (uint32_t)events;
	ev.data.u64 = data;
	return drill_call_answer(
		c, r->stage.target->epoll_ctl(&r->stage, set->tern, (int)op,
					      fd->tern, &ev));
}

static bool check_event(struct drill_run *r, const struct drill_call *c,
			const struct drill_expr *e,
			const struct epoll_event *ev)
{
	static const char *const names[] = {"fd", "u32", "u64", "ptr"};
	size_t i;

	if (e->kind != DRILL_EXPR_STRUCT)
		return true;
	if (!drill_value_fields(r, e, EPOLL_FIELDS))
		return false;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!drill_value_check(r, c, drill_expr_field(e, names[i]),
				       names[i], (int64_t)ev->data.u64))
			return false;
	return drill_value_check(r, c, drill_expr_field(e, "events"), "events",
				 ev->events);
}

/* One event, or a list of them. */
static bool check_epoll(struct drill_run *r, const struct drill_call *c,
			const struct epoll_event *evs, int n)
{
	const struct drill_expr *e = drill_call_arg(c, 1);
	int i;

	if (e->kind != DRILL_EXPR_LIST)
		return check_event(r, c, e, &evs[0]);
	for (e = e->first, i = 0; e && i < n; e = e->next, i++)
		if (!check_event(r, c, e, &evs[i]))
			return false;
	return true;
}

enum drill_progress drill_call_epoll_wait(struct drill_run *r,
					  struct drill_call *c)
{
	struct epoll_event evs[READY_MAX];
	struct drill_fd *set, unknown;
	enum drill_progress p;
	int64_t max, ms;
	int n;

	if (!drill_arg_fd(r, c, 0, &set, &unknown) ||
	    !drill_arg_number(r, c, 2, &max) || !drill_arg_number(r, c, 3, &ms))
		return DRILL_CALL_WRONG;
	memset(evs, 0, sizeof(evs));
	n = r->stage.target->epoll_wait(&r->stage, set->tern, evs,
					max > READY_MAX ? READY_MAX : (int)max,
					(int)ms);
	if (n == 0 && ms != 0) {
		p = drill_call_wait_ms(r, c, ms);
		if (p == DRILL_CALL_BLOCKS)
			return p;
	}
	if (n > 0 && !check_epoll(r, c, evs, n))
		return DRILL_CALL_WRONG;
	return drill_call_answer(c, n);
}

/* There are no signals to be masked. */
enum drill_progress drill_call_epoll_pwait(struct drill_run *r,
					   struct drill_call *c)
{
	return drill_call_epoll_wait(r, c);
}
