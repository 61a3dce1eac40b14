/* SPDX-License-Identifier: ISC */
/*
 * agenda.c - calls to be made at a time: a binary heap
 */
#include "agenda.h"

#include <errno.h>
#include <stdlib.h>

static bool before(const struct sim_call *a, const struct sim_call *b)
{
	if (a->at != b->at)
		return a->at < b->at;
	return a->serial < b->serial;
}

static void swap(struct sim_call *a, struct sim_call *b)
{
	struct sim_call c = *a;

	*a = *b;
	*b = c;
}

static void sift_up(struct sim_agenda *a, size_t i)
{
	while (i > 0 && before(&a->heap[i], &a->heap[(i - 1) / 2])) {
		swap(&a->heap[i], &a->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

static void sift_down(struct sim_agenda *a, size_t i)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= a->n)
			return;
		if (child + 1 < a->n &&
		    before(&a->heap[child + 1], &a->heap[child]))
			child++;
		if (!before(&a->heap[child], &a->heap[i]))
			return;
		swap(&a->heap[child], &a->heap[i]);
		i = child;
	}
}

static int grow(struct sim_agenda *a)
{
	size_t size = a->size ? 2 * a->size : 16;
	struct sim_call *heap = realloc(a->heap, size * sizeof(*heap));

	if (!heap)
		return -ENOMEM;
	a->heap = heap;
	a->size = size;
	return 0;
}

int sim_agenda_add(struct sim_agenda *a, tern_time at, sim_call_fn *fn,
		   void *ctx)
{
	if (a->n == a->size && grow(a))
		return -ENOMEM;
	a->heap[a->n] = (struct sim_call){at, a->serial++, fn, ctx};
	sift_up(a, a->n++);
	return 0;
}

tern_time sim_agenda_next(const struct sim_agenda *a)
{
	return a->n ? a->heap[0].at : TERN_NEVER;
}

struct sim_call sim_agenda_take(struct sim_agenda *a)
{
	struct sim_call first = a->heap[0];

	a->heap[0] = a->heap[--a->n];
	sift_down(a, 0);
	return first;
}

void sim_agenda_forget(struct sim_agenda *a, const void *ctx)
{
	size_t i, kept = 0;

	for (i = 0; i < a->n; i++)
		if (a->heap[i].ctx != ctx)
			a->heap[kept++] = a->heap[i];
	a->n = kept;
	for (i = kept / 2; i-- > 0;)
		sift_down(a, i);
}

void sim_agenda_clear(struct sim_agenda *a)
{
	free(a->heap);
	*a = (struct sim_agenda){0};
}
