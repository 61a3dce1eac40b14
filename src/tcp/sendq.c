/* SPDX-License-Identifier: ISC */
/*
 * sendq.c - the bytes from SND.UNA on: sent and not yet acknowledged, and not
 * yet sent
 *
 * A ring of chunks, each a run of bytes in a block.  Each chunk knows the
 * stream offset of its first byte; offsets run freely modulo 2^32, and since
 * the queue is shorter than that, distances from `base` are plain numbers and
 * in order.  That is what the binary search compares.  Output walks the stream
 * forwards, so before searching it looks at the chunk it used last and at the
 * one after.
 *
 * New bytes go behind the last chunk while its block has room, even if
 * segments on their way refer to the block: they see other bytes of it.  When a
 * new block is needed its size follows what will be queued then: a request of a
 * few bytes costs 256, and a bulk transfer is cut into few pieces, so that the
 * parts of one frame can hold a long segment.
 */
#include "tcp/sendq.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/block.h"
#include "base/bytes.h"
#include "tcp/iov.h"
#include "tcp/sums.h"

#define RING_KEEP   32 /* a longer one goes when the queue was empty */
#define PACKETS_MAX (TERN_FRAME_PARTS * BLOCK_PACKET)

static struct sendq_chunk *chunk_at(const struct sendq *q, uint32_t i)
{
	return &q->ring[(q->head + i) & (q->cap - 1)];
}

static struct sendq_chunk *tail_of(const struct sendq *q)
{
	return q->n ? chunk_at(q, q->n - 1) : NULL;
}

static void free_ring(struct sendq *q, struct mem *m)
{
	if (q->ring != q->few)
		mem_free(m, TERN_MEM_SEND, q->ring, q->cap * sizeof(*q->ring));
	q->ring = NULL;
	q->cap = 0;
	q->head = 0;
}

/* Makes room for one more chunk; begins small again after a long queue. */
static int reserve(struct sendq *q, struct mem *m)
{
	struct sendq_chunk *ring;
	uint32_t cap, i;

	if (q->n == 0 && q->cap > RING_KEEP)
		free_ring(q, m);
	if (q->n < q->cap)
		return 0;
	if (q->cap == 0) {
		q->ring = q->few;
		q->cap = ARRAY_LEN(q->few);
		return 0;
	}
	cap = 2 * q->cap;
	ring = mem_alloc(m, TERN_MEM_SEND, cap * sizeof(*ring));
	if (!ring)
		return -ENOBUFS;
	for (i = 0; i < q->n; i++)
		ring[i] = *chunk_at(q, i);
	free_ring(q, m);
	q->ring = ring;
	q->cap = cap;
	return 0;
}

/* Puts a slice at the end; owns its reference. */
static void push(struct sendq *q, const struct tern_slice *s)
{
	*chunk_at(q, q->n++) = (struct sendq_chunk){
		.block = s->block,
		.data = s->data,
		.len = s->len,
		.at = q->base + q->len,
	};
	q->len += s->len;
}

bool sendq_is_long(const struct sendq *q, size_t len)
{
	return len > PACKETS_MAX || len + q->len > BLOCK_SUPER / 2;
}

void sendq_expect(struct sendq *q, uint32_t off, uint32_t len)
{
	q->cut_at = q->base + off;
	q->cut_len = len;
}

/* Gets a block for `left` bytes more, or a smaller one rather than none. */
static struct tern_block *get_block(const struct sendq *q,
				    struct tern_block_pool *blocks, size_t left)
{
	size_t total = left + q->len;
	struct tern_block *b = NULL;

	if (sendq_is_long(q, left))
		b = block_get(blocks, BLOCK_SUPER);
	if (!b && total > BLOCK_COMPACT)
		b = block_get(blocks, BLOCK_PACKET);
	if (!b)
		b = block_get(blocks, BLOCK_COMPACT);
	return b;
}

/* Where the bytes of a chunk must end. */
static const uint8_t *end_of(const struct sendq_chunk *c)
{
	return c->sums ? (const uint8_t *)c->sums
		       : c->block->data + c->block->size;
}

/* Bytes that may be written behind the last chunk, NULL if there is none. */
static uint32_t room_behind(const struct sendq *q, const struct sendq_chunk *c)
{
	if (!c || !(q->own_tail || block_sole(c->block)))
		return 0;
	return (uint32_t)(end_of(c) - (c->data + c->len));
}

/* Gives the queue a tail with room; NULL if there is no memory. */
static struct sendq_chunk *add_tail(struct sendq *q, struct mem *m,
				    struct tern_block_pool *blocks, size_t left)
{
	struct sendq_chunk *c;
	struct tern_block *b;

	if (reserve(q, m))
		return NULL;
	b = get_block(q, blocks, left);
	if (!b)
		return NULL;
	push(q, &(struct tern_slice){b, b->data, 0});
	q->own_tail = 1;
	c = tail_of(q);
	if (q->cut_len > 0 && b->size == BLOCK_SUPER)
		c->sums = sums_begin(b);
	return c;
}

/* Copies to the end of a chunk that has sums, one for each segment. */
static void gather_summed(const struct sendq *q, const struct sendq_chunk *c,
			  struct iov_place *from, uint32_t left)
{
	uint8_t *to = c->data + c->len;
	uint32_t at = c->at + c->len, past, n;

	for (; left > 0; left -= n, to += n, at += n) {
		past = (at - q->cut_at) % q->cut_len;
		n = min_u32(left, q->cut_len - past);
		sums_copy(c->sums, to, (uint32_t)(to - c->block->data),
			  past == 0, from, n);
	}
}

static void gather(const struct sendq *q, const struct sendq_chunk *c,
		   struct iov_place *from, uint32_t n)
{
	if (c->sums && q->cut_len > 0)
		gather_summed(q, c, from, n);
	else
		iov_gather(from, c->data + c->len, n);
}

/* By itself, so that the plain way has few registers to save. */
static __attribute__((noinline)) ssize_t append_any(
	struct sendq *q, struct mem *m, struct tern_block_pool *blocks,
	const struct iovec *iov, size_t skip, size_t max)
{
	struct iov_place from = {iov, skip};
	size_t left = max = min_size(max, UINT32_MAX - q->len);
	struct sendq_chunk *c = tail_of(q);
	uint32_t n, n_used;

	while (left > 0) {
		n = room_behind(q, c);
		if (n == 0) {
			c = add_tail(q, m, blocks, left);
			if (!c)
				break;
			n = room_behind(q, c);
		}
		n = (uint32_t)min_size(left, n);
		gather(q, c, &from, n);
		c->len += n;
		n_used = (uint32_t)(c->data + c->len - c->block->data);
		c->block->used = max_u32(c->block->used, n_used);
		q->len += n;
		left -= n;
	}
	if (max > 0 && left == max)
		return -ENOBUFS;
	return (ssize_t)(max - left);
}

/* The first of the queue, in one run, and a small block holds it all? */
static bool is_plain_first(const struct sendq *q, const struct iovec *iov,
			   size_t skip, size_t max)
{
	return q->n == 0 && q->cap > 0 && q->cap <= RING_KEEP && max > 0 &&
	       max <= BLOCK_COMPACT && iov->iov_len >= skip + max;
}

static ssize_t put_first(struct sendq *q, struct tern_block_pool *blocks,
			 const uint8_t *from, uint32_t len)
{
	struct tern_block *b = block_get(blocks, BLOCK_COMPACT);

	if (!b)
		return -ENOBUFS;
	memcpy(b->data, from, len);
	b->used = len;
	push(q, &(struct tern_slice){b, b->data, len});
	q->own_tail = 1;
	return len;
}

ssize_t sendq_append(struct sendq *q, struct mem *m,
		     struct tern_block_pool *blocks, const struct iovec *iov,
		     size_t skip, size_t max)
{
	if (likely(is_plain_first(q, iov, skip, max)))
		return put_first(q, blocks,
				 (const uint8_t *)iov->iov_base + skip,
				 (uint32_t)max);
	return append_any(q, m, blocks, iov, skip, max);
}

int sendq_append_slice(struct sendq *q, struct mem *m,
		       const struct tern_slice *s)
{
	TERN_ASSERT(s->len > 0 && s->len <= UINT32_MAX - q->len);
	if (reserve(q, m))
		return -ENOBUFS;
	push(q, s);
	q->own_tail = 0;
	return 0;
}

/* Bytes from the start of the queue to the start of chunk i. */
static uint32_t offset_of(const struct sendq *q, uint32_t i)
{
	return chunk_at(q, i)->at - q->base;
}

/* Does chunk i hold the byte at off? */
static bool holds(const struct sendq *q, uint32_t i, uint32_t off)
{
	return i < q->n && off - offset_of(q, i) < chunk_at(q, i)->len;
}

/* The chunk that holds the byte at off, which must be held. */
static uint32_t find(const struct sendq *q, uint32_t off)
{
	uint32_t lo = 0, hi = q->n - 1, mid;

	if (holds(q, q->cursor, off))
		return q->cursor;
	if (holds(q, q->cursor + 1, off))
		return q->cursor + 1;
	while (lo < hi) {
		mid = lo + (hi - lo + 1) / 2;
		if (offset_of(q, mid) <= off)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

uint32_t sendq_slice(struct sendq *q, uint32_t off, uint32_t len,
		     struct tern_slice *parts, int max_parts, uint8_t *n_parts)
{
	uint32_t i, skip, covered = 0;
	int n;

	TERN_ASSERT(off <= q->len && len <= q->len - off);
	*n_parts = 0;
	if (len == 0 || max_parts <= 0)
		return 0;
	i = find(q, off);
	skip = off - offset_of(q, i);
	for (n = 0; n < max_parts && covered < len; n++, i++) {
		const struct sendq_chunk *c = chunk_at(q, i);

		parts[n].block = block_ref(c->block);
		parts[n].data = c->data + skip;
		parts[n].len = min_u32(c->len - skip, len - covered);
		covered += parts[n].len;
		skip = 0;
	}
	q->cursor = (i - 1) & INT32_MAX;
	*n_parts = (uint8_t)n;
	return covered;
}

uint8_t sendq_slice_all(const struct sendq *q, struct tern_slice *parts)
{
	uint32_t i;

	TERN_ASSERT(q->n <= TERN_FRAME_PARTS);
	for (i = 0; i < q->n; i++) {
		const struct sendq_chunk *c = chunk_at(q, i);

		parts[i].block = block_ref(c->block);
		parts[i].data = c->data;
		parts[i].len = c->len;
	}
	return (uint8_t)i;
}

bool sendq_slice_next(const struct sendq *q, struct tern_slice *s, uint32_t len,
		      uint64_t *acc, bool *summed)
{
	const struct sendq_chunk *c = chunk_at(q, q->cursor);
	uint8_t *data = s->data + s->len;
	const uint32_t at = (uint32_t)(data - s->block->data);

	if (q->cursor >= q->n || c->block != s->block ||
	    (size_t)(c->data + c->len - data) < len)
		return false;
	s->data = data;
	s->len = len;
	block_ref(s->block);
	*summed =
		*summed && c->sums && sums_add_next(c->sums, at, at + len, acc);
	return true;
}

bool sendq_sum(struct sendq *q, uint32_t off, uint32_t len, uint64_t *acc)
{
	uint32_t i, skip, n, at, covered;
	uint64_t sum = *acc;

	if (q->cut_len == 0 || len == 0)
		return false;
	TERN_ASSERT(off <= q->len && len <= q->len - off);
	i = find(q, off);
	skip = off - offset_of(q, i);
	for (covered = 0; covered < len; covered += n, i++, skip = 0) {
		const struct sendq_chunk *c = chunk_at(q, i);

		at = (uint32_t)(c->data - c->block->data) + skip;
		n = min_u32(c->len - skip, len - covered);
		if (!c->sums ||
		    !sums_add(c->sums, at, at + n, covered & 1, &sum))
			return false;
	}
	*acc = sum;
	return true;
}

/* The next chunk will be where the first was: that is in the cache. */
static void drop_all(struct sendq *q)
{
	uint32_t i;

	for (i = 0; i < q->n; i++)
		block_unref(chunk_at(q, i)->block);
	q->base += q->len;
	q->len = q->n = q->head = 0;
	q->cursor = 0;
}

void sendq_drop(struct sendq *q, uint32_t n)
{
	uint32_t gone = 0;

	if (likely(n == q->len)) {
		drop_all(q);
		return;
	}
	TERN_ASSERT(n < q->len);
	q->base += n;
	q->len -= n;
	while (n > 0) {
		struct sendq_chunk *c = chunk_at(q, 0);

		if (n < c->len) {
			c->data += n;
			c->len -= n;
			c->at += n;
			break;
		}
		n -= c->len;
		block_unref(c->block);
		q->head = (q->head + 1) & (q->cap - 1);
		q->n--;
		gone++;
	}
	q->cursor = q->cursor > gone ? (q->cursor - gone) & INT32_MAX : 0;
}

void sendq_free(struct sendq *q, struct mem *m)
{
	drop_all(q);
	free_ring(q, m);
	memset(q, 0, sizeof(*q));
}
