/* SPDX-License-Identifier: ISC */
/*
 * ready.h - frames that are made but not yet taken by the link
 *
 * A ring of up to READY_MAX frames.  Its memory comes in chunks that are
 * allocated when first needed and never moved, so that a frame got from the
 * ring stays where it is while others are added behind it.
 */
#ifndef TERN_NET_READY_H
#define TERN_NET_READY_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/frame.h>

#include "base/env.h"

#define READY_MAX    256 /* frames; a power of 2 */
#define READY_CHUNK  16	 /* frames allocated at once */
#define READY_CHUNKS (READY_MAX / READY_CHUNK)

/* All zero is an empty ring. */
struct ready {
	uint32_t head; /* the next to be taken */
	uint32_t tail; /* one past the last; tail - head are in the ring */
	struct tern_frame *chunk[READY_CHUNKS];
};

/*
 * Appends an empty frame and returns it.  NULL, and a drop is counted, if the
 * ring is full or there is no memory.
 */
struct tern_frame *ready_add(struct ready *r, struct env *env);

/*
 * Makes a frame that ready_add() gave disappear.  Its content is released.  A
 * frame was added behind it, or it is the last one.
 */
void ready_cancel(struct ready *r, struct tern_frame *f);

/* Moves up to `max` frames out, oldest first; returns their number. */
int ready_take(struct ready *r, struct tern_frame *frames, int max);

/* Releases all frames / and the memory too. */
void ready_clear(struct ready *r);
void ready_fini(struct ready *r, struct env *env);

static inline bool ready_empty(const struct ready *r)
{
	return r->head == r->tail;
}

#endif
