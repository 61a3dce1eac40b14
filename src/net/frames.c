/* SPDX-License-Identifier: ISC */
/*
 * frames.c - looking into frames whose bytes lie in several places
 *
 * A frame is a row of pieces: piece 0 is the head, piece i is part i - 1.
 */
#include "net/frames.h"

#include "base/block.h"
#include "base/bytes.h"
#include "wire/checksum.h"

void frame_trim(struct tern_frame *f, uint32_t len)
{
	uint32_t at; /* offset of the last part */

	while (f->len > len && f->n_parts > 0) {
		struct tern_slice *last = &f->part[f->n_parts - 1];

		at = f->len - last->len;
		if (at < len) {
			last->len = len - at;
			f->len = len;
			return;
		}
		block_unref(last->block);
		f->n_parts--;
		f->len = at;
	}
	if (f->len > len) {
		f->head_len = (uint16_t)len;
		f->len = len;
	}
}

static const uint8_t *piece(const struct tern_frame *f, unsigned int i,
			    uint32_t *len)
{
	*len = i == 0 ? f->head_len : f->part[i - 1].len;
	return i == 0 ? f->head : f->part[i - 1].data;
}

uint64_t frame_sum(uint64_t acc, const struct tern_frame *f, uint32_t off,
		   uint32_t len)
{
	uint32_t summed = 0;

	for (unsigned int i = 0; i <= f->n_parts && summed < len; i++) {
		uint32_t here;
		const uint8_t *p = piece(f, i, &here);

		if (off >= here) {
			off -= here;
			continue;
		}
		here = min_u32(here - off, len - summed);
		acc = sum_at(acc, p + off, here, summed & 1);
		summed += here;
		off = 0;
	}
	return acc;
}

/* Shares the bytes of the parts from `off` on. */
static void share_parts(struct tern_frame *f, const struct tern_frame *from,
			uint32_t off)
{
	for (unsigned int i = 0; i < from->n_parts; i++) {
		struct tern_slice s = from->part[i];
		uint32_t skip = min_u32(off, s.len);

		off -= skip;
		if (skip == s.len)
			continue;
		s.data += skip;
		s.len -= skip;
		block_ref(s.block);
		f->part[f->n_parts++] = s;
		f->len += s.len;
	}
}

bool frame_append(struct tern_frame *f, const struct tern_frame *from,
		  uint32_t off)
{
	uint32_t room = TERN_FRAME_HEAD - f->head_len;
	uint32_t len = from->len - off;
	uint32_t in_head = off < from->head_len ? from->head_len - off : 0;

	if (len > room)
		len = in_head;
	if (len > room)
		return false;
	tern_frame_read(from, off, f->head + f->head_len, len);
	f->head_len = (uint16_t)(f->head_len + len);
	f->len += len;
	off += len;
	if (off < from->len)
		share_parts(f, from, off - from->head_len);
	return true;
}
