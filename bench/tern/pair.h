/* SPDX-License-Identifier: ISC */
/*
 * pair.h - two stacks in one process, joined by a memory pipe
 *
 * End 0 opens connections, end 1 waits for them, on PORTS ports of ADDRS
 * addresses, so that ten million connections have room.  Time is the system's,
 * or virtual: then it stands still but for pair_pass() and what a crowd takes
 * for its strides.
 */
#ifndef BENCH_PAIR_H
#define BENCH_PAIR_H

#include <netinet/in.h>

#include <tern/tern.h>

#include "bench/measure.h"
#include "calls.h"

#define BATCH	    64
#define BATCH_TIMED 8 /* so that what one frame costs is seen */
#define ADDRS	    16
#define PORTS	    64

struct pair_config {
	uint32_t flags;	  /* of the link, enum tern_if_flag */
	uint32_t mtu;	  /* 0: 1500 */
	uint32_t window;  /* of all sockets; 0: as the stack likes */
	uint64_t reserve; /* bytes of each end, tern_pages_reserve() */
	bool virtual_time;
	struct calls *calls; /* to be noted, with small batches; or NULL */
};

struct pair {
	struct pair_config config;
	struct tern_pages *pages[2];
	struct tern *end[2];
	struct tern_link *link[2];
	int ifindex[2];
	int epfd[2];
	int listener[PORTS];
	tern_time now;
	struct tern_frame frames[BATCH];
};

/* Makes both ends, and what listens at end 1, watched by its epoll set. */
void pair_open(struct pair *p, const struct pair_config *c);
void pair_close(struct pair *p);

/* Around a call: when it begins, and after it. */
static inline uint64_t pair_begin(const struct pair *p)
{
	return p->config.calls ? cpu_ns() : 0;
}

static inline void pair_note(struct pair *p, enum place place, uint64_t began)
{
	if (p->config.calls)
		calls_note(p->config.calls, place, cpu_ns() - began);
}

/* Lets both ends know the time. */
void pair_tick(struct pair *p);

/* With virtual time: lets `ns` pass, deadline by deadline, frames and all. */
void pair_pass(struct pair *p, tern_time ns);

/* Carries one batch from end i to the other.  Returns how many frames, 0 only
 * if there are none. */
int pair_carry(struct pair *p, int i);

/* Drops what end i has to send.  Returns how many frames. */
int pair_lose(struct pair *p, int i);

/* Carries both ways until both are silent. */
void pair_settle(struct pair *p);

/* A socket of end 0 that connects to the i-th place of end 1. */
int pair_connect(struct pair *p, uint64_t i);

/* Connects, and accepts at the other end: fds[0], fds[1]. */
void pair_join(struct pair *p, int fds[2]);

/* Sets a tunable of both ends. */
void pair_tune(struct pair *p, const char *name, const char *value);

#endif
