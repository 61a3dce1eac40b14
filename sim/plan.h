/* SPDX-License-Identifier: ISC */
/*
 * plan.h - what happens in a random world, all of it drawn from a seed
 *
 * Two hosts, a wire with loss up to 30 %, delay, jitter, reordering,
 * duplication, corruption and rate limits, and up to four connections with
 * their sizes, pauses, socket options and orders of ending.
 */
#ifndef TERN_SIM_PLAN_H
#define TERN_SIM_PLAN_H

#include "app.h"
#include "wire.h"

#define SIM_PLAN_CONNS	 4
#define SIM_PLAN_SYSCTLS 8

/* What is set on every socket of one side; 0: left alone. */
struct sim_socket_plan {
	int nodelay, cork, quickack, maxseg, sndbuf, rcvbuf, clamp;
	bool keepalive;
};

struct sim_conn_plan {
	struct sim_app_config side[2]; /* client, server */
	bool aborts;		       /* one of them resets */
};

struct sim_plan {
	uint64_t seed;
	struct sim_wire_config wire; /* without the hosts, and good */
	struct tern_impair_dir faults[2];
	tern_time faults_end; /* how long they last */
	tern_time cut_at;     /* when the cable is cut; TERN_NEVER: not */
	tern_time cut_length;
	struct sim_socket_plan sockets[2];
	const char *sysctl[SIM_PLAN_SYSCTLS][2]; /* name, value */
	unsigned int n_sysctls;
	struct sim_conn_plan conn[SIM_PLAN_CONNS];
	unsigned int n_conns;
};

void sim_plan_make(struct sim_plan *p, uint64_t seed);

/* Sets the options.  Returns 0 or the first error of setsockopt(). */
TERN_CHECK int sim_socket_plan_apply(const struct sim_socket_plan *p,
				     struct tern *n, int fd);

#endif
