/* SPDX-License-Identifier: ISC */
/*
 * host_wait.c - who sleeps, and who is woken
 *
 * A call that must wait puts itself on a list with the descriptors and events
 * that it waits for, and sleeps on a futex of its own.  After every pump and
 * every call, tern_poll() is asked about each waiter; the cost is that of the
 * threads that wait, not of the sockets there are.
 *
 * A futex and not a condition variable, because the kernel then treats signals
 * as it does in its own calls: a handler interrupts the call with EINTR, or
 * with SA_RESTART does not, unless the call has a timeout.
 *
 * A host without a thread has to be pumped by those who wait.  One of them
 * leads: it sleeps on the links instead, pumps when they have something, and
 * when it leaves hands the lead to the next.  (There a signal always
 * interrupts.)  The others sleep on their futexes, and whoever finds the leader
 * ready calls it back through an eventfd.
 */
#include "host_state.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/time.h>

#define PATIENCE_NS (10 * TERN_MS)

static struct timespec timespec_of(tern_time t)
{
	struct timespec ts;

	ts.tv_sec = (time_t)(t / TERN_S);
	ts.tv_nsec = (long)(t % TERN_S);
	return ts;
}

/* Sleeps while *word is WAKE_NOT.  Returns 0, -EINTR or -ETIMEDOUT. */
static int futex_sleep(_Atomic unsigned int *word, tern_time until)
{
	struct timespec ts = timespec_of(until);
	long r;

	r = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, WAKE_NOT,
		    until == TERN_NEVER ? NULL : &ts, NULL,
		    FUTEX_BITSET_MATCH_ANY);
	return r < 0 && errno != EAGAIN ? -errno : 0;
}

static void wake(struct tern_host *h, struct host_waiter *w, enum wake why)
{
	atomic_store(&w->wake, why);
	if (w->leads)
		eventfd_write(h->call_back, 1);
	else
		syscall(SYS_futex, &w->wake, FUTEX_WAKE_PRIVATE, 1, NULL, NULL,
			0);
}

static bool is_ready(const struct tern_host *h, const struct host_waiter *w)
{
	return w->n_fds == 0 || tern_poll(h->stack, w->fds, w->n_fds) > 0;
}

void host_wake(struct tern_host *h)
{
	struct host_waiter *w;

	for (w = h->waiters; w; w = w->next)
		if (atomic_load(&w->wake) != WAKE_READY && is_ready(h, w))
			wake(h, w, WAKE_READY);
}

static void join(struct tern_host *h, struct host_waiter *w)
{
	w->next = h->waiters;
	h->waiters = w;
}

static void leave(struct tern_host *h, const struct host_waiter *w)
{
	struct host_waiter **at = &h->waiters;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	if (h->waiters && !h->led && !h->threaded)
		wake(h, h->waiters, WAKE_LEAD);
}

/* Sleeps on the links and pumps.  Returns 0, -EINTR or -ETIMEDOUT. */
static int lead(struct tern_host *h, struct host_waiter *w, tern_time until)
{
	tern_time now = tern_host_now();
	struct timespec left = timespec_of(until > now ? until - now : 0);
	struct pollfd fds[2] = {{.fd = h->epfd, .events = POLLIN},
				{.fd = h->call_back, .events = POLLIN}};
	eventfd_t unused;
	int n, error = 0;

	h->led = w->leads = true;
	pthread_mutex_unlock(&h->lock);
	n = ppoll(fds, 2, until == TERN_NEVER ? NULL : &left, NULL);
	if (n <= 0)
		error = n < 0 ? -errno : -ETIMEDOUT;
	pthread_mutex_lock(&h->lock);
	h->led = w->leads = false;
	if (n > 0 && fds[1].revents)
		eventfd_read(h->call_back, &unused);
	host_pump(h);
	host_settle(h);
	return error;
}

static int follow(struct tern_host *h, struct host_waiter *w, tern_time until)
{
	int error;

	pthread_mutex_unlock(&h->lock);
	error = futex_sleep(&w->wake, until);
	pthread_mutex_lock(&h->lock);
	tern_advance(h->stack, tern_host_now());
	return error;
}

int host_wait(struct tern_host *h, struct pollfd *fds, nfds_t n_fds,
	      tern_time until)
{
	struct host_waiter w = {.fds = fds, .n_fds = n_fds};
	int error = 0;

	host_settle(h);
	if (n_fds > 0 && is_ready(h, &w))
		return 1;
	join(h, &w);
	while (!error && atomic_load(&w.wake) != WAKE_READY) {
		atomic_store(&w.wake, WAKE_NOT);
		if (h->threaded || h->led)
			error = follow(h, &w, until);
		else
			error = lead(h, &w, until);
	}
	leave(h, &w);
	/* A change is never so welcome that the end of waiting goes unseen. */
	if (n_fds == 0 && error)
		return error;
	return atomic_load(&w.wake) == WAKE_READY ? 0 : error;
}

static tern_time socket_timeout(const struct tern_host *h, int fd, int option)
{
	struct timeval tv = {0, 0};
	socklen_t len = sizeof(tv);

	if (tern_getsockopt(h->stack, fd, SOL_SOCKET, option, &tv, &len) < 0 ||
	    (tv.tv_sec == 0 && tv.tv_usec == 0))
		return TERN_NEVER;
	return tern_host_now() + (tern_time)tv.tv_sec * TERN_S +
	       (tern_time)tv.tv_usec * TERN_US;
}

/*
 * The descriptor counts as ready and the call could do nothing with it (there
 * is no memory, or a peek wants more than there is): any change will do, or a
 * little time.
 */
static int wait_for_change(struct tern_host *h, const struct host_call *c)
{
	tern_time soon = tern_host_now() + PATIENCE_NS;
	int error;

	if (c->until <= soon)
		return host_wait(h, NULL, 0, c->until);
	error = host_wait(h, NULL, 0, soon);
	return error == -ETIMEDOUT ? 0 : error;
}

int host_call_wait(struct tern_host *h, struct host_call *c)
{
	struct pollfd p = {.fd = c->fd, .events = c->events};
	int r;

	if (!c->begun) {
		c->begun = true;
		r = tern_fcntl(h->stack, c->fd, F_GETFL, 0);
		c->dont_wait = c->dont_wait || (r > 0 && r & O_NONBLOCK);
		c->until = socket_timeout(h, c->fd, c->timeout);
	}
	if (c->dont_wait)
		return -EAGAIN;
	r = c->hot ? wait_for_change(h, c) : host_wait(h, &p, 1, c->until);
	c->hot = r == 1;
	if (r == -ETIMEDOUT)
		return -EAGAIN;
	return r < 0 ? r : 0;
}
