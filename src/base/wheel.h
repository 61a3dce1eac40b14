/* SPDX-License-Identifier: ISC */
/*
 * wheel.h - a hierarchical timing wheel
 *
 * Setting, moving and cancelling a timer is O(1); advancing costs O(1) per
 * timer and level, however far time jumps.  A timer with deadline `expires`
 * fires at the first tick (a multiple of 8192 ns) that is not before it: never
 * early, and late by less than one tick.
 */
#ifndef TERN_BASE_WHEEL_H
#define TERN_BASE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/types.h>

#include "base/list.h"

#define WHEEL_TICK_SHIFT 13
#define WHEEL_TICK_NS	 (UINT64_C(1) << WHEEL_TICK_SHIFT)
#define WHEEL_LEVELS	 9 /* 6 bits each: all of uint64 nanoseconds */
#define WHEEL_SLOTS	 64

struct wheel_node {
	struct list link;
	tern_time expires; /* as given to wheel_set() */
};

struct wheel {
	uint64_t cur; /* tick up to which all has fired */
	size_t n_nodes;
	uint32_t levels;	     /* bit l: some slot of level l is used */
	uint64_t used[WHEEL_LEVELS]; /* bit s: slot s is used */
	struct list slot[WHEEL_LEVELS][WHEEL_SLOTS];
	uint64_t first[WHEEL_LEVELS][WHEEL_SLOTS]; /* no tick is before it */
};

/* Starts an empty wheel at time `now`. */
void wheel_init(struct wheel *w, tern_time now);

/*
 * Arms the timer or moves it if it is armed.  A deadline in the past fires at
 * the next advance; TERN_NEVER cancels.
 */
void wheel_set(struct wheel *w, struct wheel_node *n, tern_time expires);

/* Cancels it; harmless if it is not armed. */
void wheel_cancel(struct wheel *w, struct wheel_node *n);

/* A zeroed node is not armed. */
static inline bool wheel_armed(const struct wheel_node *n)
{
	return list_linked(&n->link);
}

/*
 * When to advance next, TERN_NEVER if no timer is armed.  Never later than the
 * tick at which the earliest timer fires; earlier only where a timer was
 * cancelled or moved since.
 */
tern_time wheel_next(const struct wheel *w);

/*
 * Takes out the next timer that is due at `now`, NULL if none is.  In order of
 * tick, within one tick in the order in which they were set.  The caller may
 * set and cancel any timer between two calls, but one that it always sets
 * again for `now` or before comes back for ever.  Time must not run backwards;
 * if it does, it is taken as standing still.
 */
struct wheel_node *wheel_pop(struct wheel *w, tern_time now);

typedef void wheel_fn(void *ctx, struct wheel_node *n);

/* Pops all that is due and calls fn for each; returns their number. */
size_t wheel_advance(struct wheel *w, tern_time now, wheel_fn *fn, void *ctx);

static inline size_t wheel_count(const struct wheel *w)
{
	return w->n_nodes;
}

#endif
