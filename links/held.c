/* SPDX-License-Identifier: ISC */
/*
 * held.c - frames that wait for their time
 *
 * A binary heap of pointers, so that a frame is moved twice only, in and out.
 * Frames mostly come in the order in which they leave; then a push is one
 * comparison.  Memory grows to what was once needed and stays.
 */
#include "held.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define ROOM_FIRST 64

struct held_frame {
	tern_time release;
	uint64_t number; /* decides between frames of one time */
	struct tern_frame frame;
};

void held_init(struct held *h, const struct tern_allocator *alloc)
{
	memset(h, 0, sizeof(*h));
	h->alloc = *alloc;
}

void held_free(struct held *h)
{
	struct tern_allocator *a = &h->alloc;
	size_t i;

	for (i = 0; i < h->n; i++)
		tern_frame_release(&h->nodes[i]->frame);
	for (i = 0; i < h->n_nodes; i++)
		a->free(a->ctx, h->nodes[i], sizeof(*h->nodes[i]));
	if (h->nodes)
		a->free(a->ctx, h->nodes, h->room * sizeof(*h->nodes));
	h->nodes = NULL;
	h->n = h->n_nodes = h->room = 0;
}

static int grow(struct held *h)
{
	struct tern_allocator *a = &h->alloc;
	size_t room = h->room ? 2 * h->room : ROOM_FIRST;
	struct held_frame **nodes;

	nodes = a->alloc(a->ctx, room * sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	if (h->nodes) {
		memcpy(nodes, h->nodes, h->n_nodes * sizeof(*nodes));
		a->free(a->ctx, h->nodes, h->room * sizeof(*nodes));
	}
	h->nodes = nodes;
	h->room = room;
	return 0;
}

/* Makes sure that nodes[n] is a spare one. */
static int have_spare(struct held *h)
{
	struct held_frame *node;

	if (h->n < h->n_nodes)
		return 0;
	if (h->n_nodes == h->room && grow(h) < 0)
		return -ENOMEM;
	node = h->alloc.alloc(h->alloc.ctx, sizeof(*node));
	if (!node)
		return -ENOMEM;
	h->nodes[h->n_nodes++] = node;
	return 0;
}

static bool before(const struct held_frame *a, const struct held_frame *b)
{
	return a->release != b->release ? a->release < b->release
					: a->number < b->number;
}

static void swap(struct held *h, size_t i, size_t k)
{
	struct held_frame *node = h->nodes[i];

	h->nodes[i] = h->nodes[k];
	h->nodes[k] = node;
}

int held_push(struct held *h, struct tern_frame *f, tern_time release)
{
	size_t i = h->n;

	if (have_spare(h) < 0)
		return -ENOMEM;
	h->nodes[i]->release = release;
	h->nodes[i]->number = h->n_ever++;
	tern_frame_move(&h->nodes[i]->frame, f);
	h->n++;
	for (; i > 0 && before(h->nodes[i], h->nodes[(i - 1) / 2]);
	     i = (i - 1) / 2)
		swap(h, i, (i - 1) / 2);
	return 0;
}

tern_time held_next(const struct held *h)
{
	return h->n ? h->nodes[0]->release : TERN_NEVER;
}

static void sift_down(struct held *h)
{
	size_t i = 0, child;

	while ((child = 2 * i + 1) < h->n) {
		if (child + 1 < h->n &&
		    before(h->nodes[child + 1], h->nodes[child]))
			child++;
		if (before(h->nodes[i], h->nodes[child]))
			return;
		swap(h, i, child);
		i = child;
	}
}

void held_pop(struct held *h, struct tern_frame *f)
{
	tern_frame_move(f, &h->nodes[0]->frame);
	h->n--;
	swap(h, 0, h->n);
	sift_down(h);
}
