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
 * What keeping this slice is charged: the whole block it lies in, or, if it is
 * sparse and so will not stay there, four times its bytes and a header.
 */
uint32_t slice_truesize(const struct tern_slice *s);

/* Less than this fraction of a block is little. */
#define SLICE_SPARSE UINT64_C(4)

/* Does it use little of a block that is not a compact one? */
static inline bool slice_sparse(const struct tern_slice *s)
{
	return s->block->size > BLOCK_COMPACT &&
	       s->len < s->block->size / SLICE_SPARSE;
}

/*
 * Replaces a sparse slice by a copy in a smaller block, if there is a class of
 * smaller ones that holds it.  `more`: others will follow that can be joined to
 * it, so the block should not be of the smallest.  Returns 0, or -ENOBUFS with
 * nothing changed.
 */
TERN_CHECK int slice_compact(struct tern_slice *s,
			     struct tern_block_pool *blocks, bool more);

/*
 * Makes *tail end with the bytes of s too: by growing, if they lie behind it,
 * or by copying them there, if they are few for their block or at all, and the
 * tail's block is held by nobody else.  Returns false if neither can be; the
 * reference of s is not touched.
 */
bool slice_join(struct tern_slice *tail, const struct tern_slice *s);

/* Few enough bytes to be copied as soon as they come. */
static inline bool slice_small(const struct tern_slice *s)
{
	return s->len <= BLOCK_COMPACT;
}

#endif
