/* SPDX-License-Identifier: ISC */
/*
 * wheel.c - a hierarchical timing wheel
 *
 * A tick has 51 bits.  A timer that is not due yet belongs to the level of the
 * highest 6-bit digit in which its tick differs from the present one, and to
 * the slot which that digit names.  As the present moves on, it reaches the
 * slot's first tick; then the timers in it go down to the levels where they
 * belong now (Varghese and Lauck 1987, scheme 7).  It follows that
 *
 *  - all of level l comes before any of level l + 1, so the next event is the
 *    lowest slot of the lowest level in use: two bit scans;
 *  - a timer goes down at most once per level, and time can jump any distance;
 *  - timers of one tick always share a slot, in the order they were set.
 *
 * For each slot the earliest tick in it is remembered, so that wheel_next()
 * does not wake anybody merely to move timers down a level.
 */
#include "base/wheel.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

#define DIGIT_BITS 6
#define TICK_END   (UINT64_C(1) << (64 - WHEEL_TICK_SHIFT))

void wheel_init(struct wheel *w, tern_time now)
{
	int l, s;

	memset(w, 0, sizeof(*w));
	w->cur = now >> WHEEL_TICK_SHIFT;
	for (l = 0; l < WHEEL_LEVELS; l++)
		for (s = 0; s < WHEEL_SLOTS; s++)
			list_init(&w->slot[l][s]);
}

/* The tick at which a timer fires: never before its deadline. */
static uint64_t tick_of(const struct wheel *w, tern_time expires)
{
	uint64_t tick = expires >> WHEEL_TICK_SHIFT;

	if (expires & (WHEEL_TICK_NS - 1))
		tick++;
	return max_u64(tick, w->cur);
}

static void place(struct wheel *w, struct wheel_node *n)
{
	uint64_t tick = tick_of(w, n->expires);
	uint64_t diff = tick ^ w->cur;
	int l = diff ? (63 - __builtin_clzll(diff)) / DIGIT_BITS : 0;
	int s = (int)(tick >> (l * DIGIT_BITS)) & (WHEEL_SLOTS - 1);

	if (list_empty(&w->slot[l][s])) {
		w->first[l][s] = tick;
		w->used[l] |= UINT64_C(1) << s;
		w->levels |= UINT32_C(1) << l;
	} else {
		w->first[l][s] = min_u64(w->first[l][s], tick);
	}
	list_add_tail(&w->slot[l][s], &n->link);
}

/* Marks a slot, given its position in the array of all, as empty. */
static void mark_empty(struct wheel *w, size_t position)
{
	size_t l = position / WHEEL_SLOTS;

	w->used[l] &= ~(UINT64_C(1) << (position % WHEEL_SLOTS));
	if (!w->used[l])
		w->levels &= ~(UINT32_C(1) << l);
}

static void unplace(struct wheel *w, struct wheel_node *n)
{
	struct list *next = n->link.next;

	/* If it was the only one, both its neighbours are the slot's head. */
	if (next == n->link.prev)
		mark_empty(w, (size_t)(next - &w->slot[0][0]));
	list_del(&n->link);
}

void wheel_set(struct wheel *w, struct wheel_node *n, tern_time expires)
{
	wheel_cancel(w, n);
	if (expires == TERN_NEVER)
		return;
	n->expires = expires;
	place(w, n);
	w->n_nodes++;
}

void wheel_cancel(struct wheel *w, struct wheel_node *n)
{
	if (!wheel_armed(n))
		return;
	unplace(w, n);
	w->n_nodes--;
}

tern_time wheel_next(const struct wheel *w)
{
	uint64_t tick;
	int l;

	if (!w->levels)
		return TERN_NEVER;
	l = __builtin_ctz(w->levels);
	tick = w->first[l][__builtin_ctzll(w->used[l])];
	return tick < TICK_END ? tick << WHEEL_TICK_SHIFT : TERN_NEVER;
}

/* The first tick of a slot that is in use. */
static uint64_t start_of(const struct wheel *w, int l, int s)
{
	int shift = l * DIGIT_BITS;
	uint64_t above = w->cur >> (shift + DIGIT_BITS) << DIGIT_BITS;

	return (above | (uint64_t)s) << shift;
}

/* Sends the timers of a slot, whose time has begun, down to lower levels. */
static void cascade(struct wheel *w, int l, int s)
{
	struct list timers, *n;

	list_init(&timers);
	list_splice_tail(&timers, &w->slot[l][s]);
	mark_empty(w, (size_t)l * WHEEL_SLOTS + (size_t)s);
	while ((n = list_pop_head(&timers)))
		place(w, LIST_ENTRY(n, struct wheel_node, link));
}

struct wheel_node *wheel_pop(struct wheel *w, tern_time now)
{
	uint64_t target = now >> WHEEL_TICK_SHIFT;

	while (w->levels) {
		int l = __builtin_ctz(w->levels);
		int s = __builtin_ctzll(w->used[l]);
		uint64_t start = start_of(w, l, s);
		struct wheel_node *n;

		if (start > target)
			break;
		w->cur = start;
		if (l > 0) {
			cascade(w, l, s);
			continue;
		}
		n = LIST_ENTRY(w->slot[0][s].next, struct wheel_node, link);
		wheel_cancel(w, n);
		return n;
	}
	w->cur = max_u64(w->cur, target);
	return NULL;
}

size_t wheel_advance(struct wheel *w, tern_time now, wheel_fn *fn, void *ctx)
{
	struct wheel_node *n;
	size_t n_fired = 0;

	while ((n = wheel_pop(w, now))) {
		fn(ctx, n);
		n_fired++;
	}
	return n_fired;
}
