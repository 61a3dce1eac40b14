/* SPDX-License-Identifier: ISC */
/*
 * round.h - one round of bench/wan-linux, shared by its files
 *
 *	main.c		what is asked, who is started when, the result
 *	place.c		namespaces, TAPs and sockets: where a stack lives
 *	endpoint.c	the programs that send and receive, on either stack
 *	bottleneck.c	the path between them
 *
 * Each endpoint is a process; the first process is the path.
 */
#ifndef BENCH_WAN_LINUX_ROUND_H
#define BENCH_WAN_LINUX_ROUND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <tern/link.h>

#define SENDERS_MAX 2
#define PORT	    7
#define NET	    UINT32_C(0x0a090000) /* 10.9.0.0/24 */
#define RECEIVER    (NET | 100)		 /* senders: 10.9.0.1, ... */

enum stack_kind { STACK_LINUX, STACK_TERN };

struct path {
	uint32_t loss_ppm, rate_mbit, rtt_ms, queue_bytes;
	uint64_t seed;
};

/* What the processes tell each other; all of it is shared memory. */
struct shared {
	atomic_bool listening;
	atomic_int n_warm; /* senders that know the way */
	atomic_bool go, stop;
	atomic_int n_stopped;
	struct flow {
		atomic_ullong received; /* by the program */
		uint32_t retrans, cwnd, srtt_us, mss;
		uint64_t rwnd_limited_us, sndbuf_limited_us;
		uint32_t rto_us; /* all as TCP_INFO has them */
	} flow[SENDERS_MAX];
};

/* Where a stack lives, and its end of the path. */
struct place {
	enum stack_kind kind;
	uint32_t addr;
	struct tern_link *port; /* the path's side */
	int fd;			/* the stack's side, -1 for Linux */
};

/* One of the two ends of a flow: which stack, and how it is told to behave. */
struct role {
	struct place *place;
	const char *cc;
	struct shared *shared;
	int i, n; /* which sender, of how many */
};

/*
 * place.c: makes the caller's process live in a new network namespace with a
 * TAP (Linux), or makes a socket pair (tern).  Processes that are started next
 * live there too.  Returns 0 or a negative errno.
 */
int place_make(struct place *p, enum stack_kind kind, uint32_t addr,
	       struct tern_block_pool *blocks);

/* endpoint.c: never return. */
void endpoint_send(const struct role *r);
void endpoint_receive(const struct role *r);

struct bottleneck;
struct bottleneck_report {
	uint64_t late_ns; /* how late it was at worst */
	uint64_t away_ns; /* for how long by more than a millisecond */
	uint64_t lost, overflowed;
};

/* bottleneck.c: from all senders to the receiver.  `pcap` may be NULL. */
struct bottleneck *bottleneck_create(const struct path *p,
				     struct place *senders, int n,
				     struct place *receiver, const char *pcap);
/* Carries frames until `until`, by tern_host_now(), or `done` is true. */
void bottleneck_run(struct bottleneck *b, tern_time until,
		    const atomic_bool *done);
/* Counts from here. */
void bottleneck_reset(struct bottleneck *b);
void bottleneck_report(const struct bottleneck *b,
		       struct bottleneck_report *out);

#endif
