/* SPDX-License-Identifier: ISC */
/*
 * ring.c - the last traced events of a stack, for whoever follows them
 *
 * The stack calls ring_trace() for each event whether or not anybody reads, so
 * that must cost next to nothing while nobody does: nothing is kept then, and
 * the slots are not even allocated.
 */
#include <errno.h>
#include <stdlib.h>

#include "ring.h"

#define SLOTS 8192 /* a power of two */

struct ring {
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

void ring_trace(void *ctx, const struct tern_event *ev)
{
	struct ring *r = ctx;

	if (r->n_readers == 0 || r->types[ev->type] == 0)
		return;
	r->slots[r->next % SLOTS] = *ev;
	r->next++;
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
