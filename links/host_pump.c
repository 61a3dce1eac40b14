/* SPDX-License-Identifier: ISC */
/*
 * host_pump.c - frames in, time, frames out
 *
 * A round takes a batch from each link, lets the stack's time pass, and hands
 * out what the stack has made.  Rounds follow each other while they find full
 * batches; after ROUNDS_MAX of them whoever else wants the lock has his turn.
 *
 * A link that has no room keeps the rest of its batch in struct host_link and
 * is given no more until that is gone: then the stack holds back, and TCP sees
 * it.  Room is looked for with POLLOUT, or, if the link cannot be polled, a
 * little later.
 *
 * The timer is set when a deadline comes closer, and not when it moves away: a
 * timer that expires too early costs less than setting it for each segment.
 */
#include "host_state.h"

#include <errno.h>
#include <sched.h>

#include <sys/epoll.h>
#include <sys/timerfd.h>

#define ROUNDS_MAX 4
#define RETRY_NS   TERN_MS

static tern_time earlier(tern_time a, tern_time b)
{
	return a < b ? a : b;
}

/* Returns the number of frames that arrived. */
static int receive(struct tern_host *h, struct host_link *hl, tern_time now)
{
	int n = tern_link_recv(hl->link, h->rx, HOST_BATCH, now);

	if (n > 0)
		tern_input(h->stack, hl->ifindex, h->rx, n, now);
	else if (n < 0)
		host_link_fail(h, hl, n);
	return n > 0 ? n : 0;
}

/* Looks for POLLOUT, or no longer. */
static void await_room(struct tern_host *h, struct host_link *hl, bool await,
		       tern_time now)
{
	struct epoll_event ev = {.events = EPOLLIN};

	hl->retry_at = TERN_NEVER;
	if (hl->link->pollfd < 0) {
		if (await)
			hl->retry_at = now + RETRY_NS;
		return;
	}
	if (await == hl->awaits_room)
		return;
	hl->awaits_room = await;
	if (await)
		ev.events |= EPOLLOUT;
	ev.data.fd = hl->link->pollfd;
	epoll_ctl(h->epfd, EPOLL_CTL_MOD, hl->link->pollfd, &ev);
}

/* Returns true if the link has taken anything. */
static bool transmit(struct tern_host *h, struct host_link *hl, tern_time now)
{
	bool sent = false;
	int n;

	do {
		if (hl->tx_n == 0) {
			hl->tx_first = 0;
			hl->tx_n = tern_output(h->stack, hl->ifindex, hl->tx,
					       HOST_BATCH, now);
		}
		if (hl->tx_n <= 0) {
			hl->tx_n = 0;
			break;
		}
		n = tern_link_send(hl->link, hl->tx + hl->tx_first, hl->tx_n,
				   now);
		if (n < 0) {
			host_link_fail(h, hl, n);
			return false;
		}
		hl->tx_first += n;
		hl->tx_n -= n;
		sent = sent || n > 0;
	} while (hl->tx_n == 0);
	await_room(h, hl, hl->tx_n > 0, now);
	return sent;
}

/* A link that has no room is left to the pump. */
static void transmit_new(struct tern_host *h, tern_time now)
{
	struct host_link *hl;

	for (hl = h->links; hl; hl = hl->next)
		if (hl->link && hl->tx_n == 0)
			transmit(h, hl, now);
}

/* Returns true if another round may find more. */
static bool pump_round(struct tern_host *h, tern_time now)
{
	struct host_link *hl;
	bool moved = false, blind = false, more = false;
	int n;

	for (hl = h->links; hl; hl = hl->next) {
		if (!hl->link)
			continue;
		n = receive(h, hl, now);
		moved = moved || n > 0;
		more = more || n == HOST_BATCH;
		/* Nobody would tell of what comes back over such a link. */
		blind = blind || (hl->link && hl->link->pollfd < 0);
	}
	tern_advance(h->stack, now);
	for (hl = h->links; hl; hl = hl->next)
		if (hl->link && transmit(h, hl, now))
			moved = true;
	return more || (blind && moved);
}

/* When the timer must expire. */
static tern_time next_deadline(const struct tern_host *h, tern_time now)
{
	tern_time at = h->unfinished ? now : tern_deadline(h->stack);
	const struct host_link *hl;

	for (hl = h->links; hl; hl = hl->next) {
		if (!hl->link)
			continue;
		at = earlier(at, tern_link_deadline(hl->link));
		at = earlier(at, hl->retry_at);
	}
	return at;
}

/* A timer that has expired stays readable until it is set anew. */
static void set_timer(struct tern_host *h, tern_time at, tern_time now)
{
	struct itimerspec its = {{0, 0}, {0, 0}};

	if (at >= h->timer_at && h->timer_at > now)
		return;
	if (at == TERN_NEVER && h->timer_at == TERN_NEVER)
		return;
	h->timer_at = at;
	if (at != TERN_NEVER) {
		its.it_value.tv_sec = (time_t)(at / TERN_S);
		its.it_value.tv_nsec = (long)(at % TERN_S);
		if (at == 0)
			its.it_value.tv_nsec = 1; /* 0 would disarm it */
	}
	timerfd_settime(h->timer, TFD_TIMER_ABSTIME, &its, NULL);
}

void host_pump(struct tern_host *h)
{
	int i;

	h->unfinished = true;
	for (i = 0; i < ROUNDS_MAX && h->unfinished; i++)
		h->unfinished = pump_round(h, tern_host_now());
}

void host_settle(struct tern_host *h)
{
	tern_time now = tern_host_now();

	tern_advance(h->stack, now);
	transmit_new(h, now);
	set_timer(h, next_deadline(h, now), now);
	host_wake(h);
}

/*
 * The lock is not fair, and this thread would have it back before another that
 * waits for it is awake.
 */
static void give_way(struct tern_host *h)
{
	if (atomic_load(&h->n_callers) > 0)
		sched_yield();
}

void *host_run(void *host)
{
	struct tern_host *h = host;
	struct epoll_event ev;

	pthread_mutex_lock(&h->lock);
	while (!h->stopping) {
		host_pump(h);
		host_settle(h);
		pthread_mutex_unlock(&h->lock);
		give_way(h);
		epoll_wait(h->epfd, &ev, 1, -1);
		pthread_mutex_lock(&h->lock);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}
