/* SPDX-License-Identifier: ISC */
/*
 * slice.h - keeping slices of frames without keeping too much memory
 *
 * A slice of 64 bytes may lie in a block of 64 KiB, and holds all of it.  The
 * receive queue and reassembly therefore join slices where they can, and copy
 * small ones (DESIGN 3, rule 5).
 */
#ifndef TERN_TCP_SLICE_H
#define TERN_TCP_SLICE_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/frame.h>

#include "base/block.h"

/*
 * What keeping this slice is charged: the whole block it lies in, but no more
 * than four times its bytes and the block's header, since a slice that holds
 * more than that does not stay as it is.
 */
uint32_t slice_truesize(const struct tern_slice *s);

/*
 * Replaces a slice that uses less than a quarter of its block by a copy in a
 * smaller block, if there is a class of smaller ones.  Returns 0, or -ENOBUFS
 * with nothing changed.
 */
TERN_CHECK int slice_compact(struct tern_slice *s,
			     struct tern_block_pool *blocks);

/*
 * Makes *tail end with the bytes of s too: by growing, if they lie behind it,
 * or by copying them there, if they are few and the block is held by nobody
 * else.  Returns false if neither can be; the reference of s is not touched.
 */
bool slice_join(struct tern_slice *tail, const struct tern_slice *s);

/* The same before *head. */
bool slice_join_front(struct tern_slice *head, const struct tern_slice *s);

/*
 * Prepares for s, which slice_join() refused, to stand after tail (NULL if
 * there is none): the tail, which will not grow any more, is compacted, and s
 * is if it is small.  Returns 0, or -ENOBUFS with both still valid.
 */
TERN_CHECK int slice_admit(struct tern_slice *tail, struct tern_slice *s,
			   struct tern_block_pool *blocks);

#endif
