/* SPDX-License-Identifier: ISC */
/*
 * queue.c - bytes on their way from one AF_UNIX socket to the other
 *
 * The last block is filled up before another is begun.  A block is chosen by
 * what is still to be copied, so that small writes do not hold large blocks
 * and large ones do not need many.
 */
#include "unix/queue.h"

#include <errno.h>

#include "base/assert.h"
#include "base/block.h"
#include "base/bytes.h"

/* From here on a block of 64 KiB is not a waste. */
#define SUPER_MIN (8 * BLOCK_PACKET)

/* Where in an iovec the copying stands. */
struct place {
	const struct iovec *iov;
	size_t off;
};

/* The bytes that lie together at the place; steps over used-up entries. */
static size_t place_len(struct place *at)
{
	while (at->off == at->iov->iov_len) {
		at->iov++;
		at->off = 0;
	}
	return at->iov->iov_len - at->off;
}

static void copy_from(struct place *at, uint8_t *to, size_t n)
{
	while (n) {
		size_t part = min_size(n, place_len(at));

		memcpy(to, (const uint8_t *)at->iov->iov_base + at->off, part);
		at->off += part;
		to += part;
		n -= part;
	}
}

static void copy_to(struct place *at, const uint8_t *from, size_t n)
{
	while (n) {
		size_t part = min_size(n, place_len(at));

		memcpy((uint8_t *)at->iov->iov_base + at->off, from, part);
		at->off += part;
		from += part;
		n -= part;
	}
}

static uint32_t capacity(const struct unix_queue *q)
{
	return q->ring ? q->cap : UNIX_QUEUE_FEW;
}

/* The i-th place from the front. */
static struct tern_block **place_at(struct unix_queue *q, uint32_t i)
{
	struct tern_block **ring = q->ring ? q->ring : q->few;

	return &ring[(q->head + i) & (capacity(q) - 1)];
}

static struct tern_block *block_at(const struct unix_queue *q, uint32_t i)
{
	struct tern_block *const *ring = q->ring ? q->ring : q->few;

	return ring[(q->head + i) & (capacity(q) - 1)];
}

static void free_ring(struct unix_queue *q, struct mem *m)
{
	mem_free(m, TERN_MEM_UNIX, q->ring, q->cap * sizeof(*q->ring));
	q->ring = NULL;
	q->cap = 0;
}

/* Makes room for one more block. */
static int grow_ring(struct unix_queue *q, struct mem *m)
{
	uint32_t cap = capacity(q) * 4;
	struct tern_block **ring;

	if (q->n < capacity(q))
		return 0;
	ring = mem_alloc(m, TERN_MEM_UNIX, cap * sizeof(*ring));
	if (!ring)
		return -ENOBUFS;
	for (uint32_t i = 0; i < q->n; i++)
		ring[i] = block_at(q, i);
	free_ring(q, m);
	q->ring = ring;
	q->cap = cap;
	q->head = 0;
	return 0;
}

/* A block with room at the end of the queue, NULL if there is no memory. */
static struct tern_block *block_to_fill(struct unix_queue *q, struct mem *m,
					struct tern_block_pool *blocks,
					size_t wanted)
{
	struct tern_block *b;
	size_t size = wanted;

	if (q->n) {
		b = block_at(q, q->n - 1);
		if (block_room(b))
			return b;
	}
	if (grow_ring(q, m) < 0)
		return NULL;
	if (wanted >= SUPER_MIN)
		size = BLOCK_SUPER;
	else if (wanted > BLOCK_PACKET)
		size = BLOCK_PACKET;
	b = block_get(blocks, size);
	if (b)
		*place_at(q, q->n++) = b;
	return b;
}

ssize_t unix_queue_append(struct unix_queue *q, struct mem *m,
			  struct tern_block_pool *blocks,
			  const struct iovec *iov, size_t max)
{
	struct place at = {iov, 0};
	size_t done = 0;

	TERN_ASSERT(max <= UINT32_MAX - q->len);
	while (done < max) {
		struct tern_block *b = block_to_fill(q, m, blocks, max - done);
		size_t n;

		if (!b)
			break;
		n = min_size(max - done, block_room(b));
		copy_from(&at, b->data + b->used, n);
		b->used += (uint32_t)n;
		q->len += (uint32_t)n;
		done += n;
	}
	return done || !max ? (ssize_t)done : -ENOBUFS;
}

size_t unix_queue_peek(const struct unix_queue *q, const struct iovec *iov,
		       size_t max)
{
	struct place at = {iov, 0};
	size_t off = q->off;
	size_t left;

	max = min_size(max, q->len);
	left = max;
	for (uint32_t i = 0; left; i++) {
		const struct tern_block *b = block_at(q, i);
		size_t n = min_size(left, b->used - off);

		copy_to(&at, b->data + off, n);
		left -= n;
		off = 0;
	}
	return max;
}

void unix_queue_drop(struct unix_queue *q, struct mem *m, size_t n)
{
	TERN_ASSERT(n <= q->len);
	q->len -= (uint32_t)n;
	while (n) {
		struct tern_block *b = block_at(q, 0);
		uint32_t part = (uint32_t)min_size(n, b->used - q->off);

		q->off += part;
		n -= part;
		if (q->off < b->used)
			break;
		block_unref(b);
		q->head++;
		q->n--;
		q->off = 0;
	}
	if (q->len == 0)
		unix_queue_clear(q, m);
}

void unix_queue_clear(struct unix_queue *q, struct mem *m)
{
	for (uint32_t i = 0; i < q->n; i++)
		block_unref(block_at(q, i));
	free_ring(q, m);
	*q = (struct unix_queue){0};
}
