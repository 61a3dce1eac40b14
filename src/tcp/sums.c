/* SPDX-License-Identifier: ISC */
/*
 * sums.c - sums of text that were made while it was copied, RFC 1071
 *
 * A sum may be put together of the sums of its parts, so that it is enough if
 * runs begin and end where a segment does: several make one segment, or several
 * segments.  Segments leave in order, and the run that is asked for is nearly
 * always the next.
 */
#include "tcp/sums.h"

#include "base/assert.h"

_Static_assert(BLOCK_SUPER - sizeof(struct sums) >= 65536,
	       "64 KiB of text go into a long block");

struct sums *sums_begin(struct tern_block *b)
{
	struct sums *s;

	TERN_ASSERT(b->size == BLOCK_SUPER);
	s = (struct sums *)(void *)(b->data + BLOCK_SUPER - sizeof(*s));
	s->n = 0;
	s->next = 0;
	return s;
}

static uint32_t start_of(const struct sums *s, uint32_t i)
{
	return i ? s->end[i - 1] : 0;
}

/* Is there a run, a new one or the last, that bytes from `at` on belong to? */
static bool has_run(struct sums *s, uint32_t at, bool begins)
{
	if (start_of(s, s->n) != at)
		return false;
	if (s->n > 0 && !begins)
		return true;
	if (s->n == SUMS_MAX)
		return false;
	s->end[s->n] = at;
	s->sum[s->n] = 0;
	s->n++;
	return true;
}

void sums_copy(struct sums *s, uint8_t *to, uint32_t at, bool begins,
	       struct iov_place *from, uint32_t len)
{
	uint64_t acc;
	uint32_t i;
	size_t n;
	uint8_t *run;
	bool odd;

	if (!has_run(s, at, begins)) {
		iov_gather(from, to, len);
		return;
	}
	i = s->n - 1U;
	acc = sum_u16(0, s->sum[i]);
	odd = (at - start_of(s, i)) & 1;
	for (; len > 0; len -= (uint32_t)n, to += n) {
		n = iov_next(from, len, &run);
		acc = sum_add(acc, copy_and_sum(to, run, n, 0), odd);
		odd ^= n & 1;
		s->end[i] += (uint32_t)n;
	}
	s->sum[i] = sum_fold(acc);
}

/* The run that begins at `at`; s->n if there is none. */
static uint32_t find(const struct sums *s, uint32_t at)
{
	uint32_t lo = 0, hi = s->n, mid;

	if (s->next < s->n && start_of(s, s->next) == at)
		return s->next;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (start_of(s, mid) < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n && start_of(s, lo) == at ? lo : s->n;
}

bool sums_add(struct sums *s, uint32_t at, uint32_t end, bool odd,
	      uint64_t *acc)
{
	uint64_t sum = *acc;
	uint32_t i;

	for (i = find(s, at); i < s->n && at < end; i++) {
		sum = sum_add(sum, sum_u16(0, s->sum[i]), odd);
		odd ^= (s->end[i] - at) & 1;
		at = s->end[i];
	}
	s->next = (uint16_t)i;
	if (at != end)
		return false;
	*acc = sum;
	return true;
}
