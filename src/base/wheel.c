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
 * does not wake anybody merely to move timers down a level; and so that the
 * present need not stop at the slot's first tick, but goes on to that one, from
 * where timers go down past more levels at once.
 *
 * Timers that were set together for the same time, and one that is alone, go
 * down as they are, without being looked at: a slot with a single tick in it
 * becomes the slot of that tick.
 *
 * A slot of a high level may hold a million.  They are taken from it as one
 * list, `moving`, and go down a few with each call, in the background, as long
 * as none of them is due.  What is set meanwhile for a tick that may be one of
 * theirs is put at the end of that list, so that the order within a tick stays
 * as it was.  No second slot begins to move before the first is done.
 *
 * Of a million, none is in the cache, and a list gives away the address of a
 * node only when the one before has come from memory.  Therefore each node may
 * also know who stands WHEEL_AHEAD places behind it.  Who walks along asks for
 * that one, and so always waits for several at once.  A node that is added
 * tells the one WHEEL_AHEAD places before, which was added not long ago.  Those
 * that leave tell nobody, so that what a node knows may be wrong or gone: it is
 * good for asking the memory for it, and for nothing else.
 */
#include "base/wheel.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

#define DIGIT_BITS 6
#define BACKGROUND 64 /* moved by a call for which none of them is due */

void wheel_init(struct wheel *w, tern_time now, tern_time *due_at)
{
	int l, s;

	memset(w, 0, sizeof(*w));
	w->cur = now >> WHEEL_TICK_SHIFT;
	w->due_at = due_at;
	for (l = 0; l < WHEEL_LEVELS; l++)
		for (s = 0; s < WHEEL_SLOTS; s++)
			list_init(&w->slot[l][s]);
	list_init(&w->moving);
}

void wheel_guide(struct wheel *w)
{
	w->guided = true;
}

static struct list **ahead_of(struct list *node)
{
	return &container_of(node, struct wheel_guide, node.link)->ahead;
}

/* For who is at this node: those that he will come to should be on their way.
 */
static void prefetch_ahead(const struct wheel *w, struct list *node)
{
	struct list *ahead;

	if (!w->guided)
		return;
	ahead = *ahead_of(node);
	if (!ahead)
		return;
	prefetch(ahead);
	prefetch(ahead_of(ahead)); /* which may be in the next line */
}

static void append(const struct wheel *w, struct list *head, struct list *node)
{
	struct list *before = node;
	int i;

	list_add_tail(head, node);
	if (!w->guided)
		return;
	for (i = 0; i < WHEEL_AHEAD && before != head; i++)
		before = before->prev;
	if (before != head)
		*ahead_of(before) = node;
}

/* The tick at which a timer fires: never before its deadline. */
static uint64_t tick_of(const struct wheel *w, tern_time expires)
{
	uint64_t tick = expires >> WHEEL_TICK_SHIFT;

	if (expires & (WHEEL_TICK_NS - 1))
		tick++;
	return max_u64(tick, w->cur);
}

/* The first tick of a slot. */
static uint64_t start_of(const struct wheel *w, int l, int s)
{
	int shift = l * DIGIT_BITS;
	uint64_t above = w->cur >> (shift + DIGIT_BITS) << DIGIT_BITS;

	return (above | (uint64_t)s) << shift;
}

/* The slot where a tick belongs now, whose head is given. */
static struct list *slot_for(struct wheel *w, uint64_t tick)
{
	const uint64_t diff = tick ^ w->cur;
	const int l = diff ? (63 - __builtin_clzll(diff)) / DIGIT_BITS : 0;
	const int s = (int)(tick >> (l * DIGIT_BITS)) & (WHEEL_SLOTS - 1);

	if (list_empty(&w->slot[l][s])) {
		w->first[l][s] = tick;
		w->used[l] |= UINT64_C(1) << s;
		w->mixed[l] &= ~(UINT64_C(1) << s);
		w->levels |= UINT32_C(1) << l;
	} else if (w->first[l][s] != tick) {
		w->first[l][s] = min_u64(w->first[l][s], tick);
		w->mixed[l] |= UINT64_C(1) << s;
	}
	*w->due_at = min_u64(*w->due_at, wheel_time(start_of(w, l, s)));
	return &w->slot[l][s];
}

/* The list on which a timer that is set now belongs. */
static struct list *list_for(struct wheel *w, uint64_t tick)
{
	if (likely(list_empty(&w->moving)) || tick < w->moving_first ||
	    tick >= w->moving_end)
		return slot_for(w, tick);
	*w->due_at = 0;
	return &w->moving;
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
	if (next == n->link.prev && next != &w->moving)
		mark_empty(w, (size_t)(next - &w->slot[0][0]));
	list_del(&n->link);
}

void wheel_set(struct wheel *w, struct wheel_node *n, tern_time expires)
{
	wheel_cancel(w, n);
	if (expires == TERN_NEVER)
		return;
	n->expires = expires;
	append(w, list_for(w, tick_of(w, expires)), &n->link);
	w->n_nodes++;
}

void wheel_cancel(struct wheel *w, struct wheel_node *n)
{
	if (!wheel_armed(n))
		return;
	unplace(w, n);
	w->n_nodes--;
}

static void spend(uint32_t *budget, uint32_t cost)
{
	if (*budget != WHEEL_UNBOUNDED)
		*budget -= min_u32(*budget, cost);
}

tern_time wheel_due(const struct wheel *w)
{
	int l;

	if (!list_empty(&w->moving))
		return 0;
	if (!w->levels)
		return TERN_NEVER;
	l = __builtin_ctz(w->levels);
	return wheel_time(start_of(w, l, __builtin_ctzll(w->used[l])));
}

/* The timers of a slot, whose time has begun, are to go down. */
static void begin_to_move(struct wheel *w, int l, int s, uint64_t target)
{
	const uint64_t first = w->first[l][s];

	w->cur = min_u64(first, target);
	mark_empty(w, (size_t)l * WHEEL_SLOTS + (size_t)s);
	if (w->mixed[l] >> s & 1) {
		w->moving_first = first;
		w->moving_end =
			start_of(w, l, s) + (UINT64_C(1) << l * DIGIT_BITS);
		list_splice_tail(&w->moving, &w->slot[l][s]);
	} else {
		list_splice_tail(slot_for(w, first), &w->slot[l][s]);
	}
}

/* Sends up to `max` timers to where they belong. */
static void move(struct wheel *w, uint32_t max, uint32_t *budget)
{
	struct wheel_node *n;
	struct list *first;
	uint32_t i;

	max = min_u32(max, *budget);
	for (i = 0; i < max && (first = list_first(&w->moving)) != NULL; i++) {
		prefetch_ahead(w, first);
		list_del(first);
		n = LIST_ENTRY(first, struct wheel_node, link);
		append(w, slot_for(w, tick_of(w, n->expires)), first);
	}
	spend(budget, i);
}

static struct wheel_node *take(struct wheel *w, int s, uint32_t *budget)
{
	struct wheel_node *n =
		LIST_ENTRY(w->slot[0][s].next, struct wheel_node, link);

	w->cur = start_of(w, 0, s);
	wheel_cancel(w, n);
	spend(budget, WHEEL_POP_COST);
	return n;
}

struct wheel_node *wheel_pop(struct wheel *w, tern_time now, uint32_t *budget)
{
	const uint64_t target = now >> WHEEL_TICK_SHIFT;

	while (*budget > 0) {
		const bool moving = !list_empty(&w->moving);
		const int l = w->levels ? __builtin_ctz(w->levels) : 0;
		const int s = w->levels ? __builtin_ctzll(w->used[l]) : 0;
		const uint64_t start =
			w->levels ? start_of(w, l, s) : UINT64_MAX;

		if (moving && start >= w->moving_first &&
		    w->moving_first <= target) {
			move(w, WHEEL_UNBOUNDED, budget);
		} else if (start > target) {
			w->cur = max_u64(w->cur, target);
			if (moving)
				move(w, BACKGROUND, budget);
			return NULL;
		} else if (l == 0) {
			return take(w, s, budget);
		} else if (moving) {
			move(w, WHEEL_UNBOUNDED, budget);
		} else {
			begin_to_move(w, l, s, target);
		}
	}
	return NULL;
}

int wheel_peek(const struct wheel *w, tern_time now, struct wheel_node **nodes,
	       int max)
{
	const int l = w->levels ? __builtin_ctz(w->levels) : 0;
	const uint64_t target = now >> WHEEL_TICK_SHIFT;
	uint64_t used = w->used[l];
	const struct list *head;
	struct list *n;
	int k = 0, s;

	for (; used && k < max; used &= used - 1) {
		s = __builtin_ctzll(used);
		if (start_of(w, l, s) > target)
			break;
		head = &w->slot[l][s];
		for (n = head->next; n != head && k < max; n = n->next) {
			prefetch_ahead(w, n);
			nodes[k++] = LIST_ENTRY(n, struct wheel_node, link);
		}
	}
	return k;
}

size_t wheel_advance(struct wheel *w, tern_time now, wheel_fn *fn, void *ctx)
{
	uint32_t unbounded = WHEEL_UNBOUNDED;
	struct wheel_node *n;
	size_t n_fired = 0;

	while ((n = wheel_pop(w, now, &unbounded))) {
		fn(ctx, n);
		n_fired++;
	}
	return n_fired;
}
