/* SPDX-License-Identifier: ISC */
/*
 * epoll.h - epoll sets and what they watch
 *
 * A registration (struct watch) stands in the chain of the descriptor it
 * watches and in its set.  A set and a descriptor are rarely joined more than
 * once or twice, so a registration is found by walking the descriptor's chain,
 * which every wake-up walks anyway.
 */
#ifndef TERN_SOCK_EPOLL_H
#define TERN_SOCK_EPOLL_H

#include <sys/epoll.h>

#include "base/list.h"
#include "sock/socks.h"

/* How deep sets may watch sets, as on Linux. */
#define EPOLL_NESTS_MAX 4

/* Look again, whatever is asked for. */
#define WATCH_ALL UINT32_MAX

struct watch {
	struct list of_set; /* on set->watches */
	struct list ready;  /* on set->ready while perhaps ready */
	struct epoll *set;
	struct watch *next, **link; /* chain of the descriptor */
	uint64_t data;		    /* the user's */
	uint32_t events;	    /* asked for, and EPOLLET and the like */
	int fd;
};

struct epoll {
	struct list watches; /* all of them, those of sets first */
	struct list ready;   /* to be looked at, oldest first */
	uint32_t index;	     /* of its descriptor */
	uint32_t visit;	     /* last search for loops that came here */
	int depth;	     /* what that search found */
};

/*
 * Something may have become so for the descriptor: tells the sets it is in.
 * `events` are those of poll(2) for which to look.
 */
void watch_wake(struct socks *s, struct fd *f, uint32_t events);

/* Takes a descriptor that is being closed out of all sets. */
void watch_drop_all(struct socks *s, struct fd *f);

/* Ends a set that is being closed. */
void epoll_end(struct socks *s, struct epoll *set);

/* What poll(2) says of a set: POLLIN if sock_epoll_wait() has anything. */
uint32_t epoll_events(struct socks *s, struct epoll *set);

/* Traps if a set is inconsistent.  For tests. */
void epoll_check(const struct socks *s, const struct epoll *set);

#endif
