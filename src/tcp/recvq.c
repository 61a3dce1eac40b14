/* SPDX-License-Identifier: ISC */
/*
 * recvq.c - text that is in order and waits for the application's RECEIVE
 *
 * A ring of slices.  What a slice may keep of memory, and when it is copied, is
 * decided in slice.c: only the last slice can use little of its block without
 * being copied, as it may still grow, and the first, of which the application
 * has read a part.
 *
 * The ring grows by doubling, and stays until recvq_free(), which may also be
 * called on an empty queue to get to "holds no memory" again.
 */
#include "tcp/recvq.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/block.h"
#include "base/bytes.h"
#include "tcp/iov.h"
#include "tcp/slice.h"

#define RING_KEEP 32 /* a longer one goes when the queue was empty */

static struct tern_slice *slice_at(const struct recvq *q, uint32_t i)
{
	return &q->ring[(q->head + i) & (q->cap - 1)];
}

static void free_ring(struct recvq *q, struct mem *m)
{
	if (q->ring != q->few)
		mem_free(m, TERN_MEM_RECV, q->ring, q->cap * sizeof(*q->ring));
	q->ring = NULL;
	q->cap = 0;
	q->head = 0;
}

/* Makes room for one more slice; begins small again after a long queue. */
static int reserve(struct recvq *q, struct mem *m)
{
	struct tern_slice *ring;
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
	ring = mem_alloc(m, TERN_MEM_RECV, cap * sizeof(*ring));
	if (!ring)
		return -ENOBUFS;
	for (i = 0; i < q->n; i++)
		ring[i] = *slice_at(q, i);
	free_ring(q, m);
	q->ring = ring;
	q->cap = cap;
	return 0;
}

/*
 * Prepares for `s` to stand behind `tail`, NULL if there is none.  The tail
 * will not grow any more, so it need not lie in a long block for that.
 */
static int settle(struct tern_slice *tail, struct tern_slice *s,
		  struct tern_block_pool *blocks)
{
	bool flow = tail && block_sole(tail->block);

	if (tail && slice_compact(tail, blocks, false))
		return -ENOBUFS;
	return slice_small(s) ? slice_compact(s, blocks, flow) : 0;
}

/* There must be room. */
static void put(struct recvq *q, const struct tern_slice *s, uint32_t truesize)
{
	*slice_at(q, q->n++) = *s;
	q->len += s->len;
	q->truesize += truesize;
}

static int push_any(struct recvq *q, struct mem *m,
		    struct tern_block_pool *blocks, const struct tern_slice *s)
{
	struct tern_slice *tail = q->n ? slice_at(q, q->n - 1) : NULL;
	uint32_t tail_was = tail ? slice_truesize(tail) : 0;
	struct tern_slice kept = *s;
	int err;

	TERN_ASSERT(s->len <= UINT32_MAX - q->len);
	if (s->len == 0 || (tail && slice_join(tail, s))) {
		block_unref(s->block);
		q->len += s->len;
		q->truesize += tail ? slice_truesize(tail) - tail_was : 0;
		return 0;
	}
	if (reserve(q, m))
		return -ENOBUFS;
	tail = q->n ? slice_at(q, q->n - 1) : NULL;
	err = settle(tail, &kept, blocks);
	q->truesize += tail ? slice_truesize(tail) - tail_was : 0;
	if (err)
		return err;
	put(q, &kept, slice_truesize(&kept));
	return 0;
}

/* Nothing is there that it could be joined to, and it stays as it is. */
static bool is_plain_first(const struct recvq *q, const struct tern_slice *s)
{
	return q->n == 0 && q->cap > 0 && q->cap <= RING_KEEP && s->len > 0 &&
	       !slice_sparse(s);
}

int recvq_push(struct recvq *q, struct mem *m, struct tern_block_pool *blocks,
	       const struct tern_slice *s)
{
	if (likely(is_plain_first(q, s))) {
		put(q, s, (uint32_t)block_truesize(s->block));
		return 0;
	}
	return push_any(q, m, blocks, s);
}

size_t recvq_peek(const struct recvq *q, uint32_t off, const struct iovec *iov,
		  size_t skip, size_t max)
{
	struct iov_place to = {iov, skip};
	size_t left, n;
	uint32_t i;

	if (off >= q->len)
		return 0;
	left = max = min_size(max, q->len - off);
	for (i = 0; left > 0; i++) {
		const struct tern_slice *s = slice_at(q, i);

		if (off >= s->len) {
			off -= s->len;
			continue;
		}
		n = min_size(left, s->len - off);
		iov_scatter(&to, s->data + off, n);
		left -= n;
		off = 0;
	}
	return max;
}

/* Takes the first slice, which is `s`, out of the ring. */
static void remove_first(struct recvq *q, const struct tern_slice *s)
{
	q->len -= s->len;
	q->truesize -= slice_truesize(s);
	q->head = (q->head + 1) & (q->cap - 1);
	q->n--;
}

/* Drops the first n bytes of the first slice, fewer than it has. */
static void trim_first(struct recvq *q, struct tern_slice *s, uint32_t n)
{
	q->truesize -= slice_truesize(s);
	s->data += n;
	s->len -= n;
	q->len -= n;
	q->truesize += slice_truesize(s);
}

/* Drops up to n bytes, of the first slice.  Returns how many. */
static uint32_t drop_of_first(struct recvq *q, struct tern_slice *s, uint32_t n)
{
	if (n < s->len) {
		trim_first(q, s, n);
		return n;
	}
	remove_first(q, s);
	block_unref(s->block);
	return s->len;
}

void recvq_drop(struct recvq *q, uint32_t n)
{
	TERN_ASSERT(n <= q->len);
	while (n > 0)
		n -= drop_of_first(q, slice_at(q, 0), n);
}

/* By itself, so that the plain way has few registers to save. */
static __attribute__((noinline)) size_t read_any(struct recvq *q,
						 const struct iovec *iov,
						 size_t max)
{
	struct iov_place to = {iov, 0};
	uint32_t left = (uint32_t)min_size(max, q->len);

	for (max = left; left > 0;) {
		struct tern_slice *s = slice_at(q, 0);

		iov_scatter(&to, s->data, min_u32(left, s->len));
		left -= drop_of_first(q, s, left);
	}
	return max;
}

/* The queue is one slice, and goes whole, in one run? */
static bool is_plain_last(const struct recvq *q, const struct iovec *iov,
			  size_t max)
{
	return q->n == 1 && q->len <= max && q->len <= iov->iov_len;
}

size_t recvq_read(struct recvq *q, const struct iovec *iov, size_t max)
{
	const struct tern_slice *s;
	size_t len;

	if (unlikely(!is_plain_last(q, iov, max)))
		return read_any(q, iov, max);
	s = slice_at(q, 0);
	len = s->len;
	memcpy(iov->iov_base, s->data, len);
	q->truesize -= slice_truesize(s);
	q->len = q->n = q->head = 0; /* where the next one is in the cache */
	block_unref(s->block);
	return len;
}

uint32_t recvq_take(struct recvq *q, uint32_t max, struct tern_slice *s)
{
	struct tern_slice *first;

	if (q->n == 0 || max == 0)
		return 0;
	first = slice_at(q, 0);
	*s = *first;
	if (first->len <= max) {
		remove_first(q, first);
		return s->len;
	}
	s->len = max;
	block_ref(s->block);
	trim_first(q, first, max);
	return max;
}

uint32_t recvq_lend(struct recvq *q, uint32_t max, struct tern_slice *s)
{
	const uint32_t n = recvq_take(q, max, s);

	if (n == 0)
		return 0;
	q->lent += n;
	q->lent_truesize += slice_truesize(s);
	q->truesize += slice_truesize(s);
	return n;
}

void recvq_return(struct recvq *q, const struct tern_slice *s)
{
	const uint32_t cost = min_u32(slice_truesize(s), q->lent_truesize);

	q->lent -= min_u32(s->len, q->lent);
	q->lent_truesize -= cost;
	q->truesize -= cost;
}

void recvq_free(struct recvq *q, struct mem *m)
{
	const uint32_t lent = q->lent, cost = q->lent_truesize;

	recvq_drop(q, q->len);
	free_ring(q, m);
	memset(q, 0, sizeof(*q));
	q->lent = lent;
	q->truesize = q->lent_truesize = cost;
}
