/* SPDX-License-Identifier: ISC */
/*
 * slice.c - keeping slices of frames without keeping too much memory
 *
 * Three kinds of slices come in.  Large ones that fill a good part of their
 * block stay.  Small ones, up to the size of a compact block, are copied at
 * once: that costs less than the look-up that brought them here.  Those between
 * are most often the next cut out of one long block (a peer in the same process
 * hands over its send queue); the receive queue leaves them alone as long as
 * they may grow together with what follows.
 *
 * Whoever holds the only reference on a block may write to all of it but the
 * bytes of the slice, on either side.
 */
#include "tcp/slice.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

uint32_t slice_truesize(const struct tern_slice *s)
{
	uint64_t all = block_truesize(s->block);

	if (!slice_sparse(s))
		return (uint32_t)all;
	return (uint32_t)min_u64(all,
				 SLICE_SPARSE * s->len + sizeof(*s->block));
}

int slice_compact(struct tern_slice *s, struct tern_block_pool *blocks,
		  bool more)
{
	uint32_t class = slice_small(s) && !more ? BLOCK_COMPACT : BLOCK_PACKET;
	struct tern_block *b;

	if (!slice_sparse(s) || s->len > class || s->block->size <= class)
		return 0;
	b = block_get(blocks, class);
	if (!b)
		return -ENOBUFS;
	memcpy(b->data, s->data, s->len);
	b->used = s->len;
	block_unref(s->block);
	s->block = b;
	s->data = b->data;
	return 0;
}

bool slice_join(struct tern_slice *tail, const struct tern_slice *s)
{
	struct tern_block *b = tail->block;
	uint32_t end = (uint32_t)(tail->data + tail->len - b->data);

	if (b == s->block && tail->data + tail->len == s->data) {
		tail->len += s->len;
		return true;
	}
	if (!block_sole(b) || (!slice_small(s) && !slice_sparse(s)) ||
	    s->len > b->size - end)
		return false;
	memcpy(b->data + end, s->data, s->len);
	tail->len += s->len;
	b->used = max_u32(b->used, end + s->len);
	return true;
}
