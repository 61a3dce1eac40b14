/* SPDX-License-Identifier: ISC */
/*
 * host_state.h - what the files of the runtime share
 *
 * One lock covers all of struct tern_host, the stack and the links included.
 * A function named here runs with the lock held, unless it says otherwise.
 */
#ifndef TERN_LINKS_HOST_STATE_H
#define TERN_LINKS_HOST_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <tern/host.h>

#define HOST_BATCH 64 /* frames that are moved at a time */

/* A link, and the frames made for it that it has not taken yet. */
struct host_link {
	struct host_link *next;
	struct tern_link *link; /* NULL once it has failed */
	int ifindex;
	bool awaits_room;   /* epoll looks for POLLOUT */
	tern_time retry_at; /* for a link that cannot be polled */
	int tx_first, tx_n;
	struct tern_frame tx[HOST_BATCH];
};

/* Why a waiter is woken. */
enum wake { WAKE_NOT, WAKE_READY, WAKE_LEAD };

/*
 * A thread that waits in a call.  It is ready when tern_poll() finds events,
 * or, with n_fds 0, after any change at all.
 */
struct host_waiter {
	struct host_waiter *next;
	struct pollfd *fds;
	nfds_t n_fds;
	_Atomic unsigned int wake; /* enum wake; the futex it sleeps on */
	bool leads;
};

struct tern_host {
	struct tern_allocator alloc;
	struct tern *stack;
	pthread_mutex_t lock;
	struct host_link *links;
	int status; /* errno of the link that failed first */

	int epfd;      /* over the links, and the next two */
	int timer;     /* timerfd, expires at timer_at */
	int stop;      /* eventfd, ends the thread */
	int call_back; /* eventfd, wakes the waiter that leads */
	tern_time timer_at;

	pthread_t thread;
	bool threaded, stopping;
	_Atomic int n_callers; /* threads that want the lock */

	struct host_waiter *waiters;
	bool led; /* one of them sleeps on epfd */

	bool unfinished; /* the last pump stopped before all was done */
	struct tern_frame rx[HOST_BATCH];
};

/* Takes the lock, and lets the stack's time come up to now. */
void host_enter(struct tern_host *h);

/*
 * Sends what there is to send, wakes whom it concerns, and lets go of the
 * lock.  host_result() does so too, and turns a negative result into -1 and
 * errno.
 */
void host_leave(struct tern_host *h);
int host_result(struct tern_host *h, int result);

/*
 * Moves frames from the links through the stack and out, until all is done or
 * others must have their turn.  host_settle() must follow.
 */
void host_pump(struct tern_host *h);

/* Moves out only what the stack has made; sets the timer, wakes waiters. */
void host_settle(struct tern_host *h);

/* Takes a link that has failed out of use, for ever. */
void host_link_fail(struct tern_host *h, struct host_link *hl, int error);

/* The body of the host's thread. */
void *host_run(void *host);

/* Wakes the waiters that are ready. */
void host_wake(struct tern_host *h);

/* A time that does not come, for calls that a signal always interrupts. */
#define HOST_FAR (TERN_NEVER - 1)

/*
 * Lets go of the lock until one of the descriptors is ready, or, with n_fds 0,
 * anything has changed.  Returns 0, 1 if it was so at once, -ETIMEDOUT when
 * `until` has come, or -EINTR.
 */
int host_wait(struct tern_host *h, struct pollfd *fds, nfds_t n_fds,
	      tern_time until);

/* A call on a descriptor that may have to wait; begin with all else 0. */
struct host_call {
	int fd;
	short events;	/* what it waits for */
	int timeout;	/* SO_RCVTIMEO or SO_SNDTIMEO */
	bool dont_wait; /* as with MSG_DONTWAIT */

	bool begun; /* `until` is known */
	bool hot;   /* was ready at once, and yet -EAGAIN came */
	tern_time until;
};

/*
 * Waits until the call is worth another try: 0.  Or says what it must return:
 * -EAGAIN if it may not wait, or has waited long enough, or -EINTR.
 */
int host_call_wait(struct tern_host *h, struct host_call *c);

#endif
