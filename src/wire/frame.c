/* SPDX-License-Identifier: ISC */
/*
 * frame.c - what <tern/frame.h> says can be done with a frame
 *
 * A frame is passed by value more often than anything else, so that a move
 * copies only what is in use: the fixed fields, the slices there are, and the
 * header bytes there are.
 *
 * It stands in this floor for the sake of the checksum, the only part that
 * looks at the bytes.
 */
#include <tern/frame.h>

#include <errno.h>

#include "base/assert.h"
#include "base/block.h"
#include "base/bytes.h"
#include "wire/checksum.h"

#define HEAD_USUAL 64 /* most headers are no longer */

void tern_frame_init(struct tern_frame *f)
{
	memset(f, 0, offsetof(struct tern_frame, part));
}

void tern_frame_release(struct tern_frame *f)
{
	unsigned int i;

	for (i = 0; i < f->n_parts; i++)
		block_unref(f->part[i].block);
	tern_frame_init(f);
}

/* Whoever holds the block alone may append to it after these bytes. */
static void mark_used(struct tern_block *b, const uint8_t *data, uint32_t len)
{
	b->used = max_u32(b->used, (uint32_t)(data - b->data) + len);
}

void tern_frame_wrap(struct tern_frame *f, struct tern_block *block,
		     uint8_t *data, uint32_t len)
{
	TERN_ASSERT(data >= block->data && len <= block->size &&
		    (size_t)(data - block->data) <= block->size - len);
	tern_frame_init(f);
	mark_used(block, data, len);
	f->n_parts = 1;
	f->len = len;
	f->part[0].block = block;
	f->part[0].data = data;
	f->part[0].len = len;
}

int tern_frame_copy(struct tern_frame *f, struct tern_block_pool *pool,
		    const void *bytes, uint32_t len)
{
	struct tern_block *b;

	tern_frame_init(f);
	b = block_get(pool, len);
	if (!b)
		return -ENOBUFS;
	if (len > 0)
		memcpy(b->data, bytes, len);
	tern_frame_wrap(f, b, b->data, len);
	return 0;
}

/* The fields, the slices and the header bytes that are in use; nearly always
 * few, and of those a constant number is copied fastest. */
static void copy_used(struct tern_frame *to, const struct tern_frame *from)
{
	TERN_ASSERT(from->n_parts <= TERN_FRAME_PARTS &&
		    from->head_len <= TERN_FRAME_HEAD);
	memcpy(to, from, offsetof(struct tern_frame, part[1]));
	if (from->n_parts > 1)
		memcpy(to->part + 1, from->part + 1,
		       (from->n_parts - 1U) * sizeof(from->part[0]));
	memcpy(to->head, from->head, HEAD_USUAL);
	if (unlikely(from->head_len > HEAD_USUAL))
		memcpy(to->head + HEAD_USUAL, from->head + HEAD_USUAL,
		       from->head_len - HEAD_USUAL);
}

void tern_frame_move(struct tern_frame *to, struct tern_frame *from)
{
	if (to == from)
		return;
	copy_used(to, from);
	tern_frame_init(from);
}

void tern_frame_share(struct tern_frame *to, const struct tern_frame *from)
{
	unsigned int i;

	copy_used(to, from);
	for (i = 0; i < to->n_parts; i++)
		block_ref(to->part[i].block);
}

/*
 * The frame as a row of pieces: piece 0 is the head, piece i is part i - 1.
 * A piece may be empty.
 */
static uint32_t piece(const struct tern_frame *f, unsigned int i,
		      const uint8_t **data)
{
	*data = i == 0 ? f->head : f->part[i - 1].data;
	return i == 0 ? f->head_len : f->part[i - 1].len;
}

uint32_t tern_frame_read(const struct tern_frame *f, uint32_t off, void *out,
			 uint32_t max)
{
	const uint8_t *data;
	uint32_t copied = 0, len;
	unsigned int i;

	for (i = 0; i <= f->n_parts && copied < max; i++) {
		len = piece(f, i, &data);
		if (off >= len) {
			off -= len;
			continue;
		}
		len = min_u32(len - off, max - copied);
		memcpy((uint8_t *)out + copied, data + off, len);
		copied += len;
		off = 0;
	}
	return copied;
}

/* The bytes behind `start` are summed as they are copied; pieces may begin at
 * odd places. */
static uint64_t copy_from(const struct tern_frame *f, uint32_t start,
			  uint8_t *to)
{
	uint32_t before = start, summed = 0, len, n;
	const uint8_t *data;
	uint64_t acc = 0;
	unsigned int i;

	for (i = 0; i <= f->n_parts; i++) {
		len = piece(f, i, &data);
		n = min_u32(len, before);
		memcpy(to, data, n);
		acc = sum_add(acc, copy_and_sum(to + n, data + n, len - n, 0),
			      summed & 1);
		summed += len - n;
		before -= n;
		to += len;
	}
	return acc;
}

uint32_t tern_frame_flatten(const struct tern_frame *f, void *out)
{
	const uint32_t at = (uint32_t)f->csum_start + f->csum_offset;
	uint64_t acc;

	if (!(f->flags & TERN_FRAME_CSUM_PARTIAL) || f->len < 2 ||
	    at > f->len - 2)
		return tern_frame_read(f, 0, out, f->len);
	acc = copy_from(f, f->csum_start, out);
	store_be16((uint8_t *)out + at, checksum_finish(acc));
	return f->len;
}

/* The byte at an offset, which must lie within the frame. */
static uint8_t *byte_at(struct tern_frame *f, uint32_t off)
{
	struct tern_slice *s = f->part;

	if (off < f->head_len)
		return f->head + off;
	for (off -= f->head_len; off >= s->len; s++)
		off -= s->len;
	return s->data + off;
}

/* The sum of all bytes from `off` on; pieces may begin at odd places. */
static uint64_t sum_from(const struct tern_frame *f, uint32_t off)
{
	const uint8_t *data;
	uint64_t acc = 0;
	uint32_t summed = 0, len;
	unsigned int i;

	for (i = 0; i <= f->n_parts; i++) {
		len = piece(f, i, &data);
		if (off >= len) {
			off -= len;
			continue;
		}
		acc = sum_at(acc, data + off, len - off, summed & 1);
		summed += len - off;
		off = 0;
	}
	return acc;
}

void tern_frame_finish_csum(struct tern_frame *f)
{
	uint32_t at = (uint32_t)f->csum_start + f->csum_offset;
	uint16_t sum;

	if (!(f->flags & TERN_FRAME_CSUM_PARTIAL))
		return;
	f->flags &= (uint8_t)~TERN_FRAME_CSUM_PARTIAL;
	if (f->len < 2 || at > f->len - 2)
		return;
	/* The field holds the pseudo header's sum and is summed with it. */
	sum = checksum_finish(sum_from(f, f->csum_start));
	*byte_at(f, at) = (uint8_t)(sum >> 8);
	*byte_at(f, at + 1) = (uint8_t)sum;
}
