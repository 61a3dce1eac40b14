/* SPDX-License-Identifier: ISC */
/*
 * slice.c - keeping slices of frames without keeping too much memory
 *
 * Three kinds of slices come in.  Large ones that fill most of their block
 * stay.  Small ones, up to the size of a compact block, are copied at once:
 * that costs less than the look-up that brought them here.  Those between are
 * most often the next cut out of one long block (a peer in the same process
 * hands over its send queue), so they are left alone as long as they may still
 * grow together with what follows, and compacted when something else follows.
 *
 * Whoever holds the only reference on a block may write to all of it but the
 * bytes of the slice, on either side.
 */
#include "tcp/slice.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

#define SPARSE 4 /* a slice is sparse if it uses less than this fraction */

static bool sparse(const struct tern_slice *s)
{
	return s->block->size > BLOCK_COMPACT &&
	       s->len < s->block->size / SPARSE;
}

static bool small(const struct tern_slice *s)
{
	return s->len <= BLOCK_COMPACT;
}

uint32_t slice_truesize(const struct tern_slice *s)
{
	uint64_t most = (uint64_t)SPARSE * s->len + sizeof(*s->block);

	return (uint32_t)min_u64(block_truesize(s->block), most);
}

/* Moves the bytes of s to the start of a new block of at least `size`. */
static int move_to_new(struct tern_slice *s, struct tern_block_pool *blocks,
		       size_t size)
{
	struct tern_block *b = block_get(blocks, size);

	if (!b)
		return -ENOBUFS;
	memcpy(b->data, s->data, s->len);
	b->used = s->len;
	block_unref(s->block);
	s->block = b;
	s->data = b->data;
	return 0;
}

int slice_compact(struct tern_slice *s, struct tern_block_pool *blocks)
{
	uint32_t class = small(s) ? BLOCK_COMPACT : BLOCK_PACKET;

	if (!sparse(s) || s->len > class || s->block->size <= class)
		return 0;
	return move_to_new(s, blocks, class);
}

bool slice_join(struct tern_slice *tail, const struct tern_slice *s)
{
	struct tern_block *b = tail->block;
	uint32_t end = (uint32_t)(tail->data + tail->len - b->data);

	if (b == s->block && tail->data + tail->len == s->data) {
		tail->len += s->len;
		return true;
	}
	if (!block_sole(b) || (!small(s) && !sparse(s)) ||
	    s->len > b->size - end)
		return false;
	memcpy(b->data + end, s->data, s->len);
	tail->len += s->len;
	b->used = max_u32(b->used, end + s->len);
	return true;
}

bool slice_join_front(struct tern_slice *head, const struct tern_slice *s)
{
	struct tern_block *b = head->block;
	size_t room = (size_t)(head->data - b->data);

	if (b == s->block && s->data + s->len == head->data) {
		head->data = s->data;
		head->len += s->len;
		return true;
	}
	if (!block_sole(b) || (!small(s) && !sparse(s)) || s->len > room)
		return false;
	head->data -= s->len;
	head->len += s->len;
	memcpy(head->data, s->data, s->len);
	return true;
}

int slice_admit(struct tern_slice *tail, struct tern_slice *s,
		struct tern_block_pool *blocks)
{
	/* A tail of ours that is full already: more small ones will come. */
	bool flow = tail && block_sole(tail->block);

	if (tail && slice_compact(tail, blocks))
		return -ENOBUFS;
	if (!small(s) || !sparse(s))
		return 0;
	return move_to_new(s, blocks, flow ? BLOCK_PACKET : BLOCK_COMPACT);
}
