/* SPDX-License-Identifier: ISC */
/*
 * swarm.h - random worlds, played and judged
 *
 * A world is well if, after faults first and a good wire then,
 *
 *	- every stream arrived, byte for byte, both ways;
 *	- every connection has ended, TIME-WAIT included;
 *	- all memory is back where it was, and nothing leaks.
 */
#ifndef TERN_SIM_SWARM_H
#define TERN_SIM_SWARM_H

#include <tern/types.h>

struct sim_verdict {
	char error[300];   /* what is wrong, "" if all is well */
	uint64_t digest;   /* of the trace: the same for the same seed */
	uint64_t n_events; /* that were traced */
	uint64_t n_bytes;  /* that were sent by programs */
	tern_time length;  /* of the world, in its own time */
};

/* Plays the world that follows from `seed`.  Returns true if it is well. */
bool sim_swarm_play(uint64_t seed, struct sim_verdict *v);

#endif
