/* SPDX-License-Identifier: ISC */
/*
 * held.h - frames that wait for their time
 */
#ifndef TERN_LINKS_HELD_H
#define TERN_LINKS_HELD_H

#include <stddef.h>
#include <stdint.h>

#include <tern/frame.h>

struct held_frame;

/*
 * A heap by time.  nodes[0..n) are the heap, nodes[n..n_nodes) are spare ones
 * that wait for their next frame.
 */
struct held {
	struct tern_allocator alloc;
	struct held_frame **nodes;
	size_t n, n_nodes, room;
	uint64_t n_ever; /* frames taken since the beginning */
};

void held_init(struct held *h, const struct tern_allocator *alloc);

/* Releases all frames and all memory. */
void held_free(struct held *h);

/*
 * Takes a frame over until its time.  Frames of one time leave in the order in
 * which they came.  Returns 0, or -ENOMEM and leaves the frame alone.
 */
TERN_CHECK int held_push(struct held *h, struct tern_frame *f,
			 tern_time release);

/* When the first frame is due, TERN_NEVER if there is none. */
tern_time held_next(const struct held *h);

/* Gives the first frame.  There must be one. */
void held_pop(struct held *h, struct tern_frame *f);

#endif
