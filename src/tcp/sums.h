/* SPDX-License-Identifier: ISC */
/*
 * sums.h - sums of text that were made while it was copied
 *
 * Text that is copied into the send queue is in the nearest cache then, and to
 * sum it on the way costs nothing; when its segments leave, it would have to be
 * fetched again.  Who copies must guess where segments will begin, and who asks
 * must be ready to hear that it was guessed wrong.
 */
#ifndef TERN_TCP_SUMS_H
#define TERN_TCP_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/block.h"
#include "tcp/iov.h"
#include "wire/checksum.h"

#define SUMS_MAX 84 /* as many as the spare bytes of a long block hold */

/* Of a block: the runs of bytes that it is filled with, one behind the other
 * from its first byte on. */
struct sums {
	uint16_t n;
	uint16_t next;		/* the run behind the one asked for last */
	uint32_t end[SUMS_MAX]; /* where a run ends, in bytes of the block */
	uint16_t sum[SUMS_MAX]; /* as if it began at an even place */
};

/* Makes room for sums, without any, at the end of a block of BLOCK_SUPER, where
 * sizeof(struct sums) bytes are then no longer for text. */
struct sums *sums_begin(struct tern_block *b);

/*
 * Copies `len` bytes to the block's byte `at`, which `to` points to.  They are
 * a run of their own if `begins`, else more of the last.  If there is no room
 * for another run, or bytes before these have no sum, these have none either.
 */
void sums_copy(struct sums *s, uint8_t *to, uint32_t at, bool begins,
	       struct iov_place *from, uint32_t len);

/* If the run behind the one asked for last is the bytes from `at` to `end` - 1,
 * which stand at an even place, adds its sum to *acc. */
static inline bool sums_add_next(struct sums *s, uint32_t at, uint32_t end,
				 uint64_t *acc)
{
	const uint32_t i = s->next;

	if (i == 0 || i >= s->n || s->end[i - 1] != at || s->end[i] != end)
		return false;
	s->next = (uint16_t)(i + 1);
	*acc = sum_u16(*acc, s->sum[i]);
	return true;
}

/* Adds the sum of the block's bytes from `at` to `end` - 1 to *acc, where they
 * stand at an odd place if `odd`.  False, with nothing added, if it is not
 * known. */
bool sums_add(struct sums *s, uint32_t at, uint32_t end, bool odd,
	      uint64_t *acc);

#endif
