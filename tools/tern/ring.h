/* SPDX-License-Identifier: ISC */
/*
 * ring.h - the last traced events of a stack, for whoever follows them
 *
 * Bounded: a reader that is too slow loses events, and is told how many.
 */
#ifndef TERN_TOOL_RING_H
#define TERN_TOOL_RING_H

#include <tern/trace.h>

struct ring;

struct tern;

/* Returns NULL if there is no memory. */
struct ring *ring_create(void);
void ring_destroy(struct ring *r);

/* The stack that is traced while there are readers; NULL: it is gone. */
void ring_set_stack(struct ring *r, struct tern *n);

/*
 * A place to read from, beginning with the next event.  `types` has bit i set
 * for each enum tern_event_type i that is wanted.  Returns 0 or -ENOMEM.
 */
struct ring_reader {
	struct ring *ring;
	uint64_t at;
	uint64_t lost; /* since the last ring_next() */
	uint32_t types;
};
int ring_attach(struct ring *r, struct ring_reader *reader, uint32_t types);
void ring_detach(struct ring_reader *reader);

/*
 * Returns the next event that the reader wants, NULL if there is none yet.  It
 * is valid until the stack runs again.
 */
const struct tern_event *ring_next(struct ring_reader *reader);

#endif
