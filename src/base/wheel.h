/* SPDX-License-Identifier: ISC */
/*
 * wheel.h - a hierarchical timing wheel
 *
 * Setting, moving and cancelling a timer is O(1); advancing costs O(1) per
 * timer and level, however far time jumps, and no single call need do more of
 * it than its caller allows.  A timer with deadline `expires` fires at the
 * first tick (a multiple of 8192 ns) that is not before it: never early, and
 * late by less than one tick.  Of a guided wheel with at least WHEEL_CROWD of
 * them, those set for 33 ms and more are late by less than half a millisecond.
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
#define WHEEL_TURN	 64 /* ticks: the slots of the lowest level */
#define WHEEL_WORDS	 16 /* of 64 slots, all levels together */
#define WHEEL_SLOTS	 (WHEEL_WORDS * 64)
#define WHEEL_AHEAD	 8
#define WHEEL_CROWD	 4096
#define WHEEL_TICK_END	 (UINT64_C(1) << (64 - WHEEL_TICK_SHIFT))

struct wheel_node {
	struct list link;
	tern_time expires; /* as given to wheel_set() */
};

/* A node of a wheel that has very many: it leads to those that come after it,
 * and stays where it is when it is put off. */
struct wheel_guide {
	struct wheel_node node;
	int32_t ahead;	 /* words from it to what stands WHEEL_AHEAD places
			    behind it, or did so: an address to be prefetched,
			    nothing else; 0: none */
	uint32_t placed; /* low bits of the tick at which it is looked at, or 1
			    if they are 0; 0: it is too far to be compared */
};

struct wheel {
	uint64_t cur; /* tick up to which all has fired */
	size_t n_nodes;
	uint32_t words;		       /* bit i: used[i] is not 0 */
	uint64_t used[WHEEL_WORDS];    /* a bit for each slot */
	uint64_t mixed[WHEEL_WORDS];   /* ... that has, or had, several ticks */
	struct list slot[WHEEL_SLOTS]; /* those of lower levels first */
	uint64_t first[WHEEL_SLOTS];   /* no tick of a slot is before it */
	struct list moving;    /* of a slot whose time has begun: they are on
				  their way down */
	uint64_t moving_first; /* no tick of them is before it */
	uint64_t moving_end;   /* the first tick behind that slot */
	tern_time *due_at;     /* see wheel_init() */
	bool guided;	       /* see wheel_guide() */
};

/* The tick at which a timer fires: never before its deadline. */
static inline uint64_t wheel_tick(const struct wheel *w, tern_time expires)
{
	const uint64_t tick = expires >> WHEEL_TICK_SHIFT;

	return max_u64(tick + (expires % WHEEL_TICK_NS != 0), w->cur);
}

/*
 * Starts an empty wheel at time `now`.  Whenever a timer is set, *due_at is
 * lowered to the time from which wheel_pop() has something to do for it: who
 * asks often need only look there, if he writes wheel_due() there when he is
 * done with wheel_pop().
 */
void wheel_init(struct wheel *w, tern_time now, tern_time *due_at);

/* Of an empty wheel: every node of it will be that of a struct wheel_guide. */
void wheel_guide(struct wheel *w);

/* For wheel_set(): to its place, whatever it was. */
void wheel_move(struct wheel *w, struct wheel_node *n, tern_time expires);

/* For wheel_set(): it can stay if it stands where the present comes by before
 * the deadline. */
static inline bool wheel_put_off(const struct wheel *w, struct wheel_guide *g,
				 tern_time expires)
{
	const uint32_t tick = (uint32_t)wheel_tick(w, expires);

	if (!list_linked(&g->node.link) || !g->placed ||
	    expires == TERN_NEVER || (int32_t)(tick - g->placed) < 0)
		return false;
	g->node.expires = expires;
	return true;
}

/*
 * Arms the timer or moves it if it is armed.  A deadline in the past fires at
 * the next advance; TERN_NEVER cancels.  Of a guided wheel, to put a timer off
 * writes the deadline and nothing else; wheel_next() may be early then.
 */
static inline void wheel_set(struct wheel *w, struct wheel_node *n,
			     tern_time expires)
{
	if (!w->guided ||
	    !wheel_put_off(w, container_of(n, struct wheel_guide, node),
			   expires))
		wheel_move(w, n, expires);
}

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

/* The first slot that is used, if there is one: nothing comes before it. */
static inline unsigned int wheel_first_slot(const struct wheel *w)
{
	const unsigned int i = (unsigned int)__builtin_ctz(w->words);

	return i * 64 + (unsigned int)__builtin_ctzll(w->used[i]);
}

/*
 * When to advance next, TERN_NEVER if no timer is armed.  Never later than the
 * tick at which the earliest timer fires; earlier only where a timer was
 * cancelled or moved since, or a budget has run out.
 */
static inline tern_time wheel_next(const struct wheel *w)
{
	uint64_t tick = WHEEL_TICK_END;

	if (w->n_nodes == 0)
		return TERN_NEVER;
	if (w->words)
		tick = w->first[wheel_first_slot(w)];
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
 * tick; within one tick in the order in which they were set, except those that
 * were put off.  The caller may set and cancel any timer between two calls, but
 * one that it always sets again for `now` or before comes back for ever.  Time
 * must not run backwards; if it does, it is taken as standing still.
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
