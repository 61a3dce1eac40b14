/* SPDX-License-Identifier: ISC */
/*
 * env.h - what every floor is given: the time, memory, chance, and a place to
 * count and to tell
 *
 * One struct env belongs to one stack.  `now` is written once per entry by
 * src/stack and by nobody else (DESIGN 3, rule 2).
 */
#ifndef TERN_BASE_ENV_H
#define TERN_BASE_ENV_H

#include <tern/stats.h>
#include <tern/trace.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/rng.h"

struct env {
	uint64_t now;	 /* ns, of the entry being served */
	uint64_t due_at; /* until then tern_advance() has nothing to do; lowered
			    by whoever arms something, and found anew there */
	struct mem mem;
	struct tern_block_pool *blocks;
	struct rng rng;
	tern_trace_fn *trace; /* NULL: nobody listens */
	void *trace_ctx;
	uint64_t counter[TERN_COUNTER_N];
	uint64_t drop[TERN_DROP_N];
};

/* Something is to be done by tern_advance() at the time `at`. */
static inline void env_arm(struct env *e, uint64_t at)
{
	e->due_at = min_u64(e->due_at, at);
}

static inline void env_count(struct env *e, enum tern_counter c)
{
	e->counter[c]++;
}

static inline void env_add(struct env *e, enum tern_counter c, uint64_t n)
{
	e->counter[c] += n;
}

/*
 * Counts one thing thrown away: under its reason and, where Linux counts the
 * same, under Linux's name; and traces it.  `tuple` may be NULL.
 */
void env_drop(struct env *e, enum tern_drop reason,
	      const struct tern_tuple *tuple);

/* Hands an event to the trace hook; callers check env_traced() first. */
void env_trace(struct env *e, struct tern_event *ev);

static inline bool env_traced(const struct env *e)
{
	return unlikely(e->trace != NULL);
}

#endif
