/* SPDX-License-Identifier: ISC */
/*
 * host.c - the runtime around one stack: its life and its links
 *
 * The files of the runtime:
 *
 *	host.c		making and ending it, links, the lock
 *	host_pump.c	frames in, time, frames out; the thread
 *	host_wait.c	who sleeps, who is woken
 *	host_calls.c	calls that answer at once, and connect, accept, close
 *	host_io.c	sending and receiving
 *	host_poll.c	poll and epoll
 *	host_drain.c	closing everything and waiting for the end
 *
 * All is done under one lock.  Whoever makes a call moves out at once what the
 * call has caused to be sent, so that no other thread need be woken for it; the
 * host's own thread is left with what arrives and with what time brings.
 */
#include "host_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/timerfd.h>

#include <tern/libc.h>

tern_time tern_host_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (tern_time)ts.tv_sec * TERN_S + (tern_time)ts.tv_nsec;
}

int tern_host_capture_file(void *file, const void *bytes, size_t len)
{
	if (fwrite(bytes, 1, len, file) == len)
		return 0;
	return errno ? -errno : -EIO;
}

static int fill_config(struct tern_config *config, const struct tern_config *c)
{
	ssize_t n = sizeof(config->seed);

	if (c) {
		*config = *c;
	} else {
		tern_config_init(config);
		n = getrandom(config->seed, sizeof(config->seed), 0);
	}
	if (n != sizeof(config->seed))
		return -EIO;
	if (!config->alloc.alloc)
		config->alloc = tern_libc_allocator();
	return 0;
}

static int watch(struct tern_host *h, int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.fd = fd};

	return epoll_ctl(h->epfd, EPOLL_CTL_ADD, fd, &ev) < 0 ? -errno : 0;
}

static void close_fds(struct tern_host *h)
{
	const int fds[] = {h->epfd, h->timer, h->stop, h->call_back};
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static int open_fds(struct tern_host *h)
{
	int error;

	h->epfd = epoll_create1(EPOLL_CLOEXEC);
	h->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	h->stop = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	h->call_back = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (h->epfd < 0 || h->timer < 0 || h->stop < 0 || h->call_back < 0)
		error = -errno;
	else
		error = watch(h, h->timer, EPOLLIN);
	if (!error)
		error = watch(h, h->stop, EPOLLIN);
	if (error)
		close_fds(h);
	return error;
}

int tern_host_create(struct tern_host **host, const struct tern_config *c)
{
	struct tern_config config;
	struct tern_allocator *a = &config.alloc;
	struct tern_host *h;
	int error = fill_config(&config, c);

	if (error)
		return error;
	h = a->alloc(a->ctx, sizeof(*h));
	if (!h)
		return -ENOMEM;
	memset(h, 0, sizeof(*h));
	h->alloc = *a;
	h->timer_at = TERN_NEVER;
	error = open_fds(h);
	if (error)
		goto fail;
	error = tern_create(&h->stack, &config, tern_host_now());
	if (error)
		goto fail_fds;
	error = -pthread_mutex_init(&h->lock, NULL);
	if (error)
		goto fail_stack;
	*host = h;
	return 0;

fail_stack:
	tern_destroy(h->stack);
fail_fds:
	close_fds(h);
fail:
	a->free(a->ctx, h, sizeof(*h));
	return error;
}

static void free_link(struct tern_host *h, struct host_link *hl)
{
	int i;

	for (i = 0; i < hl->tx_n; i++)
		tern_frame_release(&hl->tx[hl->tx_first + i]);
	if (hl->link)
		tern_link_close(hl->link);
	h->alloc.free(h->alloc.ctx, hl, sizeof(*hl));
}

void tern_host_destroy(struct tern_host *h)
{
	struct tern_allocator a = h->alloc;
	struct host_link *hl;

	if (h->threaded) {
		pthread_mutex_lock(&h->lock);
		h->stopping = true;
		eventfd_write(h->stop, 1);
		pthread_mutex_unlock(&h->lock);
		pthread_join(h->thread, NULL);
	}
	while ((hl = h->links)) {
		h->links = hl->next;
		free_link(h, hl);
	}
	tern_destroy(h->stack);
	pthread_mutex_destroy(&h->lock);
	close_fds(h);
	a.free(a.ctx, h, sizeof(*h));
}

struct tern *tern_host_stack(struct tern_host *h)
{
	return h->stack;
}

void host_enter(struct tern_host *h)
{
	atomic_fetch_add(&h->n_callers, 1);
	pthread_mutex_lock(&h->lock);
	atomic_fetch_sub(&h->n_callers, 1);
	tern_advance(h->stack, tern_host_now());
}

void host_leave(struct tern_host *h)
{
	host_settle(h);
	pthread_mutex_unlock(&h->lock);
}

int host_result(struct tern_host *h, int result)
{
	host_leave(h);
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}

void tern_host_lock(struct tern_host *h)
{
	host_enter(h);
}

void tern_host_unlock(struct tern_host *h)
{
	host_leave(h);
}

static int add_interface(struct tern_host *h, struct host_link *hl,
			 const char *name)
{
	const struct tern_link *l = hl->link;
	struct tern_if_config c = {.flags = l->flags, .mtu = l->mtu};
	int error;

	name = name ? name : l->name;
	if (strlen(name) >= sizeof(c.name))
		return -EINVAL;
	memcpy(c.name, name, strlen(name) + 1);
	memcpy(c.mac, l->mac, sizeof(c.mac));
	hl->ifindex = tern_if_add(h->stack, &c);
	if (hl->ifindex < 0 || l->pollfd < 0)
		return hl->ifindex;
	error = watch(h, l->pollfd, EPOLLIN);
	if (error)
		tern_if_remove(h->stack, hl->ifindex);
	return error ? error : hl->ifindex;
}

int tern_host_add_link(struct tern_host *h, struct tern_link *l,
		       const char *name)
{
	struct host_link *hl, **end = &h->links;
	int ifindex = -ENOMEM;

	host_enter(h);
	hl = h->alloc.alloc(h->alloc.ctx, sizeof(*hl));
	if (hl) {
		memset(hl, 0, sizeof(*hl));
		hl->link = l;
		hl->retry_at = TERN_NEVER;
		ifindex = add_interface(h, hl, name);
	}
	if (ifindex >= 0) {
		while (*end)
			end = &(*end)->next;
		*end = hl;
	} else if (hl) {
		free_link(h, hl);
	} else {
		tern_link_close(l);
	}
	host_leave(h);
	return ifindex;
}

void host_link_fail(struct tern_host *h, struct host_link *hl, int error)
{
	if (!h->status)
		h->status = error;
	if (hl->link->pollfd >= 0)
		epoll_ctl(h->epfd, EPOLL_CTL_DEL, hl->link->pollfd, NULL);
	tern_link_close(hl->link);
	hl->link = NULL;
	for (; hl->tx_n > 0; hl->tx_n--)
		tern_frame_release(&hl->tx[hl->tx_first++]);
	tern_if_set_up(h->stack, hl->ifindex, false);
}

int tern_host_status(struct tern_host *h)
{
	int status;

	pthread_mutex_lock(&h->lock);
	status = h->status;
	pthread_mutex_unlock(&h->lock);
	return status;
}

/* Signals are for the application's threads: all are blocked in ours. */
int tern_host_start(struct tern_host *h)
{
	sigset_t all, before;
	int error;

	host_enter(h);
	if (h->threaded) {
		host_leave(h);
		return -EALREADY;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&h->thread, NULL, host_run, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	h->threaded = !error;
	host_leave(h);
	return -error;
}

int tern_host_pollfd(struct tern_host *h)
{
	return h->epfd;
}

int tern_host_pump(struct tern_host *h)
{
	int status;

	host_enter(h);
	host_pump(h);
	status = h->status;
	host_leave(h);
	return status;
}
