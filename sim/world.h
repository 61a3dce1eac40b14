/* SPDX-License-Identifier: ISC */
/*
 * world.h - a world: a virtual clock, chance, and what happens in it
 *
 * A world holds hosts (host.h), wires between them (wire.h) and an agenda of
 * calls.  Its clock stands still while something happens and then jumps to the
 * next thing that is due: a call, a stack's timer, or a frame's arrival.  A
 * minute of TIME-WAIT costs as much as the events in it.
 *
 * Everything follows from the seed: the same program with the same seed sees
 * the same events at the same nanosecond.
 *
 * Nothing here is locked; a world and all in it belong to one thread.
 */
#ifndef TERN_SIM_WORLD_H
#define TERN_SIM_WORLD_H

#include <tern/frame.h>
#include <tern/types.h>

#include "agenda.h"
#include "chance.h"

struct sim_world;

/* Makes an empty world at time 0.  Returns NULL if there is no memory. */
struct sim_world *sim_world_create(uint64_t seed);

/*
 * Ends the world with all hosts and wires in it.  Returns the number of bytes
 * that stacks and wires have not given back: 0 unless something leaks.
 */
size_t sim_world_destroy(struct sim_world *w);

tern_time sim_world_now(const struct sim_world *w);
uint64_t sim_world_seed(const struct sim_world *w);

/* The world's chance. */
struct sim_chance *sim_world_chance(struct sim_world *w);

/* A pool of blocks for frames that no stack made. */
struct tern_block_pool *sim_world_blocks(struct sim_world *w);

/*
 * Has every stack check its invariants (tern_selfcheck()) after each step in
 * which it had a part.  On at first; measurements turn it off.
 */
void sim_world_set_check(struct sim_world *w, bool check);

/*
 * Notes a call for time `at`, or for the next step if that is past.  Returns 0
 * or -ENOMEM.  sim_world_forget() strikes all calls that would get `ctx`.
 */
TERN_CHECK int sim_world_at(struct sim_world *w, tern_time at, sim_call_fn *fn,
			    void *ctx);
void sim_world_forget(struct sim_world *w, const void *ctx);

/* When something will happen next, TERN_NEVER if nothing will. */
tern_time sim_world_next(const struct sim_world *w);

/*
 * Lets everything happen that is due at this instant.  Returns 0, -ELOOP if
 * the instant does not end, or -ENODEV if a link failed.
 */
TERN_CHECK int sim_world_settle(struct sim_world *w);

/*
 * Settles this instant, then moves the clock to
 * the next thing that is due, at most to `limit`, and lets that happen too.
 * Returns 1 if there was such a thing, 0 if the clock stands at `limit` now (or
 * did not move, if `limit` is TERN_NEVER), -ELOOP if an instant does not end,
 * -ENODEV if a link failed; sim_world_error() has the words.
 */
TERN_CHECK int sim_world_step(struct sim_world *w, tern_time limit);

/* Steps until the clock stands at `t`.  Returns 0 or a step's error. */
TERN_CHECK int sim_world_run_until(struct sim_world *w, tern_time t);

/* The same, for a length of time from now. */
TERN_CHECK int sim_world_run_for(struct sim_world *w, tern_time length);

/*
 * Steps while `cond` is true, asking after each step.  Returns 0 once it is
 * false, -ETIMEDOUT if the clock reached `limit` (or nothing is left to
 * happen) before that, or a step's error.
 */
typedef bool sim_cond_fn(void *ctx);
TERN_CHECK int sim_world_run_while(struct sim_world *w, sim_cond_fn *cond,
				   void *ctx, tern_time limit);

/* What went wrong with the world itself, "" if nothing did. */
const char *sim_world_error(const struct sim_world *w);

#endif
