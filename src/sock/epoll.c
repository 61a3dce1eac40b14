/* SPDX-License-Identifier: ISC */
/*
 * epoll.c - epoll sets: registration, and what is ready
 *
 * A set has a list of watches that may be ready, in the order in which they
 * were told.  sock_epoll_wait() looks only at these: it asks the descriptor
 * what is so now, forgets the watch if nothing is, reports it otherwise, and
 * keeps it on the list if it is level triggered.  A descriptor that is not
 * ready costs nothing.
 *
 * EPOLLEXCLUSIVE: of the watches that have it, a wake-up tells the first that
 * is not on its list already, and puts that one last.  So each event goes to
 * one set, the sets take turns, and a set that does not come for its events
 * does not hold up others.  A watch that is taken away while on its list hands
 * its turn on.
 */
#include "sock/epoll.h"

#include <errno.h>
#include <limits.h>

#include "base/assert.h"

/* Bits that say how to report, not what. */
#define HOW (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)

/* All that EPOLLEXCLUSIVE goes with. */
#define WITH_EXCLUSIVE                                                      \
	(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | \
	 EPOLLEXCLUSIVE)

int sock_epoll_create(struct socks *s)
{
	int fd = fd_reserve(&s->fds);
	struct epoll *set;

	if (fd < 0)
		return fd;
	set = pool_zget(&s->epolls);
	if (!set)
		return -ENOBUFS;
	fd = fd_open(&s->fds, FD_EPOLL);
	if (fd < 0) {
		pool_put(&s->epolls, set);
		return fd;
	}
	list_init(&set->watches);
	list_init(&set->ready);
	set->index = fd_index(fd);
	fd_find(&s->fds, fd)->u.epoll = set;
	return fd;
}

static void make_ready(struct socks *s, struct watch *w)
{
	struct fd *outer = fd_at(&s->fds, w->set->index);

	if (!list_linked(&w->ready))
		list_add_tail(&w->set->ready, &w->ready);
	/* Ends: sets do not watch each other deeper than EPOLL_NESTS_MAX. */
	if (outer->watches)
		watch_wake(s, outer, EPOLLIN);
}

/* Puts a watch last in its descriptor's chain. */
static void move_last(struct watch *w)
{
	struct watch *last = w;

	if (!w->next)
		return;
	while (last->next)
		last = last->next;
	*w->link = w->next;
	w->next->link = w->link;
	last->next = w;
	w->link = &last->next;
	w->next = NULL;
}

void watch_wake(struct socks *s, struct fd *f, uint32_t events)
{
	struct watch *chosen = NULL;
	struct watch *w;

	for (w = f->watches; w; w = w->next) {
		if (!(w->events & ~HOW & events))
			continue;
		if (!(w->events & EPOLLEXCLUSIVE))
			make_ready(s, w);
		else if (!chosen && !list_linked(&w->ready))
			chosen = w;
	}
	if (!chosen)
		return;
	make_ready(s, chosen);
	move_last(chosen);
}

static struct watch *find(const struct fd *f, const struct epoll *set)
{
	struct watch *w = f->watches;

	while (w && w->set != set)
		w = w->next;
	return w;
}

static uint32_t watch_events(struct socks *s, const struct watch *w)
{
	if (!(w->events & ~HOW))
		return 0; /* EPOLLONESHOT has had its shot */
	return sock_events(s, fd_at(&s->fds, fd_index(w->fd))) & w->events &
	       ~HOW;
}

static void drop(struct socks *s, struct watch *w)
{
	*w->link = w->next;
	if (w->next)
		w->next->link = w->link;
	list_del(&w->of_set);
	list_del(&w->ready);
	pool_put(&s->watches, w);
}

void watch_drop_all(struct socks *s, struct fd *f)
{
	while (f->watches)
		drop(s, f->watches);
}

/* Takes a watch away whose descriptor stays. */
static void forget(struct socks *s, struct watch *w)
{
	struct fd *f = fd_find(&s->fds, w->fd);
	bool hand_on = (w->events & EPOLLEXCLUSIVE) && list_linked(&w->ready);

	drop(s, w);
	if (hand_on)
		watch_wake(s, f, sock_events(s, f));
}

void epoll_end(struct socks *s, struct epoll *set)
{
	struct list *n;

	while ((n = list_first(&set->watches)) != NULL)
		forget(s, LIST_ENTRY(n, struct watch, of_set));
	pool_put(&s->epolls, set);
}

/* The set that a watch watches, NULL if it watches a socket. */
static struct epoll *nested(const struct socks *s, struct list *n)
{
	const struct fd *f;

	if (!n)
		return NULL;
	f = fd_find(&s->fds, LIST_ENTRY(n, struct watch, of_set)->fd);
	return f->kind == FD_EPOLL ? f->u.epoll : NULL;
}

/* How many sets stand below this one; more than allowed if `self` does. */
static int depth_below(const struct socks *s, struct epoll *set,
		       const struct epoll *self)
{
	struct list *n = list_first(&set->watches);
	struct epoll *inner;

	if (set == self)
		return EPOLL_NESTS_MAX + 1;
	if (set->visit == s->n_visits)
		return set->depth;
	set->visit = s->n_visits;
	set->depth = 0;
	for (; (inner = nested(s, n)); n = list_next(&set->watches, n)) {
		int depth = depth_below(s, inner, self) + 1;

		if (depth > set->depth)
			set->depth = depth;
	}
	return set->depth;
}

/* How many sets stand above this one. */
static int depth_above(const struct socks *s, struct epoll *set)
{
	const struct watch *w = fd_at(&s->fds, set->index)->watches;

	if (set->visit == s->n_visits)
		return set->depth;
	set->visit = s->n_visits;
	set->depth = 0;
	for (; w; w = w->next) {
		int depth = depth_above(s, w->set) + 1;

		if (depth > set->depth)
			set->depth = depth;
	}
	return set->depth;
}

static bool too_deep(struct socks *s, struct epoll *set, struct epoll *inner)
{
	int below, above;

	s->n_visits++;
	below = depth_below(s, inner, set);
	s->n_visits++;
	above = depth_above(s, set);
	return below + 1 + above > EPOLL_NESTS_MAX;
}

static int add(struct socks *s, struct epoll *set, int fd,
	       const struct epoll_event *ev)
{
	struct fd *f = fd_find(&s->fds, fd);
	struct watch *w;

	if (f->kind == FD_EPOLL && too_deep(s, set, f->u.epoll))
		return -ELOOP;
	if (find(f, set))
		return -EEXIST;
	w = pool_zget(&s->watches);
	if (!w)
		return -ENOBUFS;
	w->set = set;
	w->fd = fd;
	w->data = ev->data.u64;
	w->events = ev->events | EPOLLERR | EPOLLHUP;
	w->next = f->watches;
	w->link = &f->watches;
	if (w->next)
		w->next->link = &w->next;
	f->watches = w;
	if (f->kind == FD_TCP)
		tcp_ask(f->u.tcb, true);
	if (f->kind == FD_EPOLL)
		list_add_head(&set->watches, &w->of_set);
	else
		list_add_tail(&set->watches, &w->of_set);
	if (watch_events(s, w))
		make_ready(s, w);
	return 0;
}

static int modify(struct socks *s, struct watch *w,
		  const struct epoll_event *ev)
{
	if (!w)
		return -ENOENT;
	if (w->events & EPOLLEXCLUSIVE)
		return -EINVAL;
	w->data = ev->data.u64;
	w->events = ev->events | EPOLLERR | EPOLLHUP;
	if (watch_events(s, w))
		make_ready(s, w);
	return 0;
}

/* EPOLLEXCLUSIVE is for adding sockets, and not for all events. */
static bool exclusive_ok(int op, const struct fd *f, uint32_t events)
{
	if (!(events & EPOLLEXCLUSIVE))
		return true;
	return op == EPOLL_CTL_ADD && f->kind != FD_EPOLL &&
	       !(events & ~(uint32_t)WITH_EXCLUSIVE);
}

int sock_epoll_ctl(struct socks *s, int epfd, int op, int fd,
		   struct epoll_event *ev)
{
	struct fd *e = fd_find(&s->fds, epfd);
	struct fd *f = fd_find(&s->fds, fd);
	struct watch *w;

	if (op != EPOLL_CTL_DEL && !ev)
		return -EFAULT;
	if (!e || !f)
		return -EBADF;
	if (e->kind != FD_EPOLL || e == f)
		return -EINVAL;
	if (op != EPOLL_CTL_DEL && !exclusive_ok(op, f, ev->events))
		return -EINVAL;
	switch (op) {
	case EPOLL_CTL_ADD:
		return add(s, e->u.epoll, fd, ev);
	case EPOLL_CTL_MOD:
		return modify(s, find(f, e->u.epoll), ev);
	case EPOLL_CTL_DEL:
		w = find(f, e->u.epoll);
		if (!w)
			return -ENOENT;
		forget(s, w);
		return 0;
	}
	return -EINVAL;
}

/* Reports a watch that has just been taken off the list. */
static void report(struct watch *w, uint32_t events, struct epoll_event *ev)
{
	ev->events = events;
	ev->data.u64 = w->data;
	if (w->events & EPOLLONESHOT)
		w->events &= HOW;
	else if (!(w->events & EPOLLET))
		list_add_tail(&w->set->ready, &w->ready);
}

int sock_epoll_wait(struct socks *s, int epfd, struct epoll_event *evs, int max)
{
	struct fd *e = fd_find(&s->fds, epfd);
	struct list *node, *last; /* of what is there when this begins */
	struct epoll *set;
	int n = 0;

	if (!e)
		return -EBADF;
	if (max <= 0 || max > INT_MAX / (int)sizeof(*evs))
		return -EINVAL;
	if (!evs)
		return -EFAULT;
	if (e->kind != FD_EPOLL)
		return -EINVAL;
	set = e->u.epoll;
	last = list_last(&set->ready);
	for (node = NULL; n < max && node != last;) {
		struct watch *w;
		uint32_t events;

		node = list_pop_head(&set->ready);
		w = LIST_ENTRY(node, struct watch, ready);
		events = watch_events(s, w);
		if (events)
			report(w, events, &evs[n++]);
	}
	return n; /* those not looked at come first the next time */
}

uint32_t epoll_events(struct socks *s, struct epoll *set)
{
	struct list *n;

	while ((n = list_first(&set->ready)) != NULL) {
		struct watch *w = LIST_ENTRY(n, struct watch, ready);

		if (watch_events(s, w))
			return POLLIN;
		list_del(n);
	}
	return 0;
}

void epoll_check(const struct socks *s, const struct epoll *set)
{
	struct list *n;
	bool sockets = false;

	list_for_each(n, &set->watches) {
		const struct watch *w = LIST_ENTRY(n, struct watch, of_set);
		const struct fd *f = fd_find(&s->fds, w->fd);

		TERN_ASSERT(w->set == set && f);
		TERN_ASSERT(find(f, set) == w);
		TERN_ASSERT(*w->link == w);
		TERN_ASSERT(f->kind != FD_EPOLL || !sockets);
		sockets |= f->kind != FD_EPOLL;
	}
	list_for_each(n, &set->ready)
		TERN_ASSERT(LIST_ENTRY(n, struct watch, ready)->set == set);
}
