/* SPDX-License-Identifier: ISC */
/*
 * frames.h - looking into frames whose bytes lie in several places
 */
#ifndef TERN_NET_FRAMES_H
#define TERN_NET_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/frame.h>

/*
 * Where the frame begins, and how many bytes lie contiguous there: the head,
 * or, if there is none, the first part.
 */
static inline const uint8_t *frame_start(const struct tern_frame *f,
					 uint32_t *contig)
{
	if (f->head_len > 0 || f->n_parts == 0) {
		*contig = f->head_len;
		return f->head;
	}
	*contig = f->part[0].len;
	return f->part[0].data;
}

/* Cuts off what lies beyond the first `len` bytes. */
void frame_trim(struct tern_frame *f, uint32_t len);

/* Adds `len` bytes from `off` on to a sum; they must be there. */
uint64_t frame_sum(uint64_t acc, const struct tern_frame *f, uint32_t off,
		   uint32_t len);

/*
 * Appends the bytes from `off` on to a frame that has a head only: what fits
 * is copied to its head, or else the parts are shared.  Returns false, with
 * nothing appended, if more lies in the other's head than fits into this one.
 */
bool frame_append(struct tern_frame *f, const struct tern_frame *from,
		  uint32_t off);

#endif
