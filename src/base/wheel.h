/* SPDX-License-Identifier: ISC */
/*
 * wheel.h - a hierarchical timing wheel
 *
 * Setting, moving and cancelling a timer is O(1); advancing costs O(1) per
 * timer and level, however far time jumps, and no single call need do more of
 * it than its caller allows.  A timer with deadline `expires` fires at the
 * first tick (a multiple of 8192 ns) that is not before it: never early, and
 * late by less than one tick.
 */
#ifndef TERN_BASE_WHEEL_H
#define TERN_BASE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/types.h>

#include "base/bytes.h"
#include "base/list.h"

#define WHEEL_TICK_SHIFT 13
#define WHEEL_TICK_NS	 (UINT64_C(1) << WHEEL_TICK_SHIFT)
#define WHEEL_LEVELS	 9 /* 6 bits each: all of uint64 nanoseconds */
#define WHEEL_SLOTS	 64
#define WHEEL_AHEAD	 8
#define WHEEL_TICK_END	 (UINT64_C(1) << (64 - WHEEL_TICK_SHIFT))

struct wheel_node {
	struct list link;
	tern_time expires; /* as given to wheel_set() */
};

/* Where very many are set, each leads to the ones that come after it. */
struct wheel_guide {
	struct wheel_node node;
	struct list *ahead; /* stands WHEEL_AHEAD places behind it, or did so:
			       an address to be prefetched, nothing else */
};

struct wheel {
	uint64_t cur; /* tick up to which all has fired */
	size_t n_nodes;
	uint32_t levels;	      /* bit l: some slot of level l is used */
	uint64_t used[WHEEL_LEVELS];  /* bit s: slot s is used */
	uint64_t mixed[WHEEL_LEVELS]; /* ... and has, or had, several ticks */
	struct list slot[WHEEL_LEVELS][WHEEL_SLOTS];
	uint64_t first[WHEEL_LEVELS][WHEEL_SLOTS]; /* no tick is before it */
	struct list moving;    /* of a slot whose time has begun: they are on
				  their way down */
	uint64_t moving_first; /* no tick of them is before it */
	uint64_t moving_end;   /* the first tick behind that slot */
	tern_time *due_at;     /* see wheel_init() */
	bool guided;	       /* see wheel_guide() */
};

/*
 * Starts an empty wheel at time `now`.  Whenever a timer is set, *due_at is
 * lowered to the time from which wheel_pop() has something to do for it: who
 * asks often need only look there, if he writes wheel_due() there when he is
 * done with wheel_pop().
 */
void wheel_init(struct wheel *w, tern_time now, tern_time *due_at);

/* Of an empty wheel: every node of it will be that of a struct wheel_guide. */
void wheel_guide(struct wheel *w);

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

static inline tern_time wheel_time(uint64_t tick)
{
	return tick < WHEEL_TICK_END ? tick << WHEEL_TICK_SHIFT : TERN_NEVER;
}

/*
 * When to advance next, TERN_NEVER if no timer is armed.  Never later than the
 * tick at which the earliest timer fires; earlier only where a timer was
 * cancelled or moved since, or a budget has run out.
 */
static inline tern_time wheel_next(const struct wheel *w)
{
	uint64_t tick = WHEEL_TICK_END;
	int l;

	if (w->n_nodes == 0)
		return TERN_NEVER;
	if (w->levels) {
		l = __builtin_ctz(w->levels);
		tick = w->first[l][__builtin_ctzll(w->used[l])];
	}
	if (unlikely(!list_empty(&w->moving)))
		tick = min_u64(tick, w->moving_first);
	return wheel_time(tick);
}

/*
 * From when on wheel_pop() has something to do, be it that timers are to be
 * moved down: not after wheel_next().
 */
tern_time wheel_due(const struct wheel *w);

/* What WHEEL_POP_COST is for a timer taken out, 1 is for one moved down. */
#define WHEEL_POP_COST	4
#define WHEEL_UNBOUNDED UINT32_MAX

/*
 * Takes out the next timer that is due at `now`, NULL if none is.  In order of
 * tick, within one tick in the order in which they were set.  The caller may
 * set and cancel any timer between two calls, but one that it always sets
 * again for `now` or before comes back for ever.  Time must not run backwards;
 * if it does, it is taken as standing still.
 *
 * *budget is reduced by what was done.  When it is 0 the answer is NULL too;
 * if more is due then, wheel_next() is not after `now`, and it is the next one
 * who calls that gets it.  A budget of WHEEL_UNBOUNDED stays what it is.
 */
struct wheel_node *wheel_pop(struct wheel *w, tern_time now, uint32_t *budget);

/*
 * Stores up to `max` timers that wheel_pop() is about to give, as far as that
 * can be seen cheaply; some may not come yet, and not in this order.  For who
 * wants to ask for their memory in time.  Returns how many.
 */
int wheel_peek(const struct wheel *w, tern_time now, struct wheel_node **nodes,
	       int max);

typedef void wheel_fn(void *ctx, struct wheel_node *n);

/* Pops all that is due and calls fn for each; returns their number. */
size_t wheel_advance(struct wheel *w, tern_time now, wheel_fn *fn, void *ctx);

static inline size_t wheel_count(const struct wheel *w)
{
	return w->n_nodes;
}

#endif
