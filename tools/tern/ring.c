/* SPDX-License-Identifier: ISC */
/*
 * ring.c - the last traced events of a stack, for whoever follows them
 *
 * The stack has a hook only while somebody reads: a command that runs for long
 * pays nothing for what nobody wants to know, and has no slots allocated.
 */
#include <errno.h>
#include <stdlib.h>

#include <tern/stack.h>

#include "ring.h"

#define SLOTS 8192 /* a power of two */

struct ring {
	struct tern *stack;
	struct tern_event *slots; /* NULL until somebody reads */
	uint64_t next;		  /* number of the next event */
	unsigned int n_readers;
	uint32_t types[32]; /* how many readers want each type */
};

struct ring *ring_create(void)
{
	return calloc(1, sizeof(struct ring));
}

void ring_destroy(struct ring *r)
{
	free(r->slots);
	free(r);
}

static void keep(void *ctx, const struct tern_event *ev)
{
	struct ring *r = ctx;

	if (r->types[ev->type] == 0)
		return;
	r->slots[r->next % SLOTS] = *ev;
	r->next++;
}

static void set_hook(struct ring *r)
{
	if (r->stack)
		tern_set_trace(r->stack, r->n_readers ? keep : NULL, r);
}

void ring_set_stack(struct ring *r, struct tern *n)
{
	r->stack = n;
	if (n)
		set_hook(r);
}

int ring_attach(struct ring *r, struct ring_reader *reader, uint32_t types)
{
	unsigned int i;

	if (!r->slots)
		r->slots = calloc(SLOTS, sizeof(*r->slots));
	if (!r->slots)
		return -ENOMEM;
	reader->ring = r;
	reader->at = r->next;
	reader->lost = 0;
	reader->types = types;
	for (i = 0; i < 32; i++)
		r->types[i] += types >> i & 1;
	r->n_readers++;
	set_hook(r);
	return 0;
}

void ring_detach(struct ring_reader *reader)
{
	unsigned int i;

	if (!reader->ring)
		return;
	for (i = 0; i < 32; i++)
		reader->ring->types[i] -= reader->types >> i & 1;
	reader->ring->n_readers--;
	set_hook(reader->ring);
	reader->ring = NULL;
}

const struct tern_event *ring_next(struct ring_reader *reader)
{
	struct ring *r = reader->ring;
	const struct tern_event *ev;

	if (r->next - reader->at > SLOTS) {
		reader->lost += r->next - reader->at - SLOTS;
		reader->at = r->next - SLOTS;
	}
	while (reader->at != r->next) {
		ev = &r->slots[reader->at++ % SLOTS];
		if (reader->types >> ev->type & 1)
			return ev;
	}
	return NULL;
}
