/* SPDX-License-Identifier: ISC */
/*
 * wheel.c - a hierarchical timing wheel
 *
 * A tick has 52 bits, in digits of 6; but the last but one has 9, since most
 * timers of a connection are set for less than 0.27 s and so belong to its
 * level, a slot of which is a turn of the lowest, 0.5 ms.  A timer that is not
 * due yet belongs to the level of the highest digit in which its tick differs
 * from the present one, and to the slot which that digit names.  As the present
 * moves on, it reaches the slot's first tick; then the timers in it go down to
 * the levels where they belong now (Varghese and Lauck 1987, scheme 7).  It
 * follows that
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
 *
 * Most timers of a crowd are put off before they fire, again and again.  Such a
 * node keeps its place and only knows better: when its time there has come, it
 * is placed anew.
 */
#include "base/wheel.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

#define LEVELS	   9
#define BACKGROUND 64 /* moved by a call for which none of them is due */

#define TURN_NS (WHEEL_TURN * WHEEL_TICK_NS)

/* Among many, what is set for so many ticks waits for the end of its turn. */
#define FAR (UINT64_C(64) * WHEEL_TURN)

/* Places can be compared up to here, in ticks: 2.4 hours. */
#define FARTHEST (UINT64_C(1) << 30)

/* A digit of a tick, and where the slots begin that it names. */
static const struct digit {
	uint8_t shift, bits;
	uint16_t first;
} digits[LEVELS] = {
	{0, 6, 0},    {6, 9, 64},   {15, 6, 576}, {21, 6, 640}, {27, 6, 704},
	{33, 6, 768}, {39, 6, 832}, {45, 6, 896}, {51, 6, 960},
};

void wheel_init(struct wheel *w, tern_time now, tern_time *due_at)
{
	size_t i;

	memset(w, 0, sizeof(*w));
	w->cur = now >> WHEEL_TICK_SHIFT;
	w->due_at = due_at;
	for (i = 0; i < WHEEL_SLOTS; i++)
		list_init(&w->slot[i]);
	list_init(&w->moving);
}

void wheel_guide(struct wheel *w)
{
	w->guided = true;
}

static struct wheel_guide *guide_of(struct list *link)
{
	return container_of(link, struct wheel_guide, node.link);
}

/* For who is at this node: those that he will come to should be on their way.
 */
static void prefetch_ahead(const struct wheel *w, struct list *node)
{
	const char *ahead;

	if (!w->guided || !guide_of(node)->ahead)
		return;
	ahead = (char *)node + (ptrdiff_t)guide_of(node)->ahead * 8;
	prefetch(ahead);
	prefetch(ahead + sizeof(struct wheel_guide) - 1); /* the next line? */
}

static void lead_to(struct list *node, const struct list *ahead)
{
	const ptrdiff_t words = ((const char *)ahead - (char *)node) / 8;

	guide_of(node)->ahead = words == (int32_t)words ? (int32_t)words : 0;
}

static void append(const struct wheel *w, struct list *head, struct list *node)
{
	struct list *before = node;
	int i;

	list_add_tail(head, node);
	if (!w->guided || w->n_nodes < WHEEL_CROWD) /* in the cache anyway */
		return;
	for (i = 0; i < WHEEL_AHEAD && before != head; i++)
		before = before->prev;
	if (before != head)
		lead_to(before, node);
}

/* Among many, one that is far away waits for the end of its turn: with
 * all others of that, so that they go down together. */
static tern_time round_up(const struct wheel *w, tern_time expires)
{
	const tern_time far = wheel_time(w->cur + FAR);

	if (!w->guided || w->n_nodes < WHEEL_CROWD || expires < far ||
	    expires > TERN_NEVER - TURN_NS)
		return expires;
	return (expires + TURN_NS - 1) / TURN_NS * TURN_NS;
}

static const struct digit *digit_of(uint64_t slot)
{
	if (slot < digits[1].first)
		return &digits[0];
	if (slot < digits[2].first)
		return &digits[1];
	return &digits[2 + (slot - digits[2].first) / 64];
}

/* The first tick of a slot. */
static uint64_t start_of(const struct wheel *w, uint64_t slot)
{
	const struct digit *d = digit_of(slot);
	const unsigned int above = d->shift + d->bits;

	return w->cur >> above << above | (slot - d->first) << d->shift;
}

/* The highest digit in which two ticks differ, by their difference. */
static const struct digit *digit_for(uint64_t diff)
{
	const unsigned int bit = 63 - (unsigned int)__builtin_clzll(diff | 1);

	if (bit < digits[1].shift)
		return &digits[0];
	if (bit < digits[2].shift)
		return &digits[1];
	return &digits[2 + (bit - digits[2].shift) / 6];
}

/* The slot where a tick belongs now, whose head is given. */
static struct list *slot_for(struct wheel *w, uint64_t tick)
{
	const struct digit *d = digit_for(tick ^ w->cur);
	const uint64_t names = (UINT64_C(1) << d->bits) - 1;
	const uint64_t slot = d->first + (tick >> d->shift & names);
	const uint64_t bit = UINT64_C(1) << slot % 64;

	if (list_empty(&w->slot[slot])) {
		w->first[slot] = tick;
		w->used[slot / 64] |= bit;
		w->mixed[slot / 64] &= ~bit;
		w->words |= UINT32_C(1) << slot / 64;
	} else if (w->first[slot] != tick) {
		w->first[slot] = min_u64(w->first[slot], tick);
		w->mixed[slot / 64] |= bit;
	}
	/* Above its digit it is the present: this is where the slot starts. */
	*w->due_at =
		min_u64(*w->due_at, wheel_time(tick >> d->shift << d->shift));
	return &w->slot[slot];
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

/* Where it is looked at at `tick`; those that move have left theirs. */
static void place(struct wheel *w, struct wheel_node *n, uint64_t tick,
		  bool moves)
{
	if (w->guided)
		guide_of(&n->link)->placed =
			tick - w->cur < FARTHEST ? max_u32((uint32_t)tick, 1)
						 : 0;
	append(w, moves ? slot_for(w, tick) : list_for(w, tick), &n->link);
}

static void mark_empty(struct wheel *w, uint64_t slot)
{
	w->used[slot / 64] &= ~(UINT64_C(1) << slot % 64);
	if (!w->used[slot / 64])
		w->words &= ~(UINT32_C(1) << slot / 64);
}

static void unplace(struct wheel *w, struct wheel_node *n)
{
	struct list *next = n->link.next;

	/* If it was the only one, both its neighbours are the slot's head. */
	if (next == n->link.prev && next != &w->moving)
		mark_empty(w, (uint64_t)(next - w->slot));
	list_del(&n->link);
}

void wheel_move(struct wheel *w, struct wheel_node *n, tern_time expires)
{
	wheel_cancel(w, n);
	if (expires == TERN_NEVER)
		return;
	n->expires = round_up(w, expires);
	place(w, n, wheel_tick(w, n->expires), false);
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
	if (!list_empty(&w->moving))
		return 0;
	if (!w->words)
		return TERN_NEVER;
	return wheel_time(start_of(w, wheel_first_slot(w)));
}

/* The timers of a slot, whose time has begun, are to go down. */
static void begin_to_move(struct wheel *w, uint64_t slot, uint64_t target)
{
	const uint64_t first = w->first[slot];

	w->cur = min_u64(first, target);
	mark_empty(w, slot);
	if (w->mixed[slot / 64] >> slot % 64 & 1) {
		w->moving_first = first;
		w->moving_end = start_of(w, slot) +
				(UINT64_C(1) << digit_of(slot)->shift);
		list_splice_tail(&w->moving, &w->slot[slot]);
	} else {
		list_splice_tail(slot_for(w, first), &w->slot[slot]);
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
		place(w, n, wheel_tick(w, n->expires), true);
	}
	spend(budget, i);
}

/* The first of a slot whose tick has come; NULL if it had been put off. */
static struct wheel_node *take(struct wheel *w, uint64_t slot, uint32_t *budget)
{
	struct wheel_node *n =
		LIST_ENTRY(w->slot[slot].next, struct wheel_node, link);
	uint64_t tick;

	w->cur = start_of(w, slot);
	tick = wheel_tick(w, n->expires);
	if (tick > w->cur) {
		unplace(w, n);
		n->expires = round_up(w, n->expires);
		place(w, n, wheel_tick(w, n->expires), false);
		spend(budget, 1);
		return NULL;
	}
	wheel_cancel(w, n);
	spend(budget, WHEEL_POP_COST);
	return n;
}

struct wheel_node *wheel_pop(struct wheel *w, tern_time now, uint32_t *budget)
{
	const uint64_t target = now >> WHEEL_TICK_SHIFT;
	struct wheel_node *n;

	while (*budget > 0) {
		const bool moving = !list_empty(&w->moving);
		const uint64_t slot = w->words ? wheel_first_slot(w) : 0;
		const uint64_t start =
			w->words ? start_of(w, slot) : UINT64_MAX;

		if (moving && start >= w->moving_first &&
		    w->moving_first <= target) {
			move(w, WHEEL_UNBOUNDED, budget);
		} else if (start > target) {
			w->cur = max_u64(w->cur, target);
			if (moving)
				move(w, BACKGROUND, budget);
			return NULL;
		} else if (slot < WHEEL_TURN) {
			n = take(w, slot, budget);
			if (n)
				return n;
		} else if (moving) {
			move(w, WHEEL_UNBOUNDED, budget);
		} else {
			begin_to_move(w, slot, target);
		}
	}
	return NULL;
}

int wheel_peek(const struct wheel *w, tern_time now, struct wheel_node **nodes,
	       int max)
{
	const uint64_t word = w->words ? (uint64_t)__builtin_ctz(w->words) : 0;
	const uint64_t target = now >> WHEEL_TICK_SHIFT;
	uint64_t used = w->used[word], slot;
	const struct list *head;
	struct list *n;
	int k = 0;

	for (; used && k < max; used &= used - 1) {
		slot = word * 64 + (uint64_t)__builtin_ctzll(used);
		if (start_of(w, slot) > target)
			break;
		head = &w->slot[slot];
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
