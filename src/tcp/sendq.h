/* SPDX-License-Identifier: ISC */
/*
 * sendq.h - the bytes from SND.UNA on: sent and not yet acknowledged, and not
 * yet sent
 *
 * Data is copied once, from the application into blocks; segments are slices
 * of these blocks.  Any place in the queue is found in O(log n) of the number
 * of blocks, the one after the last found in O(1).  Knows no sequence numbers:
 * offset 0 is the first byte held.
 */
#ifndef TERN_TCP_SENDQ_H
#define TERN_TCP_SENDQ_H

#include <sys/uio.h>

#include <tern/frame.h>

#include "base/bytes.h"
#include "base/mem.h"

struct sendq_chunk {
	struct tern_block *block; /* one reference is owned */
	uint8_t *data;
	uint32_t len;
	uint32_t at;	   /* free-running stream offset of data[0] */
	struct sums *sums; /* in the block, or NULL */
};

/* All zero is an empty queue that holds no memory. */
struct sendq {
	struct sendq_chunk *ring; /* `cap` chunks, a power of 2 */
	uint32_t cap, head, n;
	uint32_t base;	      /* free-running stream offset of the first byte */
	uint32_t len;	      /* bytes held */
	uint32_t cursor : 31; /* chunk, counted from head, used last */
	uint32_t own_tail : 1; /* the last chunk's block is one we got: nobody
				  else appends to it, whoever reads it */
	/* Segments of so many bytes are expected, 0: none that need a sum; one
	   begins at this free-running stream offset. */
	uint32_t cut_len, cut_at;
	struct sendq_chunk few[2]; /* the ring while it is short */
};

/* Are so many bytes more worth a long block? */
bool sendq_is_long(const struct sendq *q, size_t len);

/* Segments of `len` bytes will be cut, one of which begins at `off`: what is
 * copied is summed accordingly.  0: nobody wants sums. */
void sendq_expect(struct sendq *q, uint32_t off, uint32_t len);

/*
 * Copies up to `max` bytes of the iovec, beginning `skip` bytes into it, to the
 * end of the queue.  Returns the number copied, fewer if memory ran out, or
 * -ENOBUFS if not one could be.  `m` pays for the ring (TERN_MEM_SEND), the
 * block pool for the rest.
 */
ssize_t sendq_append(struct sendq *q, struct mem *m,
		     struct tern_block_pool *blocks, const struct iovec *iov,
		     size_t skip, size_t max);

/*
 * Appends a slice of at least one byte without copying, and takes over its
 * reference.  Returns 0, or -ENOBUFS with the reference still the caller's.
 */
int sendq_append_slice(struct sendq *q, struct mem *m,
		       const struct tern_slice *s);

/*
 * Makes slices, each with a reference of its own, over bytes off .. off + len
 * - 1, which must be held.  Uses at most `max_parts`; returns the number of
 * bytes covered (fewer than len if the parts did not suffice) and stores the
 * number of parts used.
 */
uint32_t sendq_slice(struct sendq *q, uint32_t off, uint32_t len,
		     struct tern_slice *parts, int max_parts, uint8_t *n_parts);

/* The same for all bytes; there are no more than TERN_FRAME_PARTS chunks.
 * Returns the number of parts. */
uint8_t sendq_slice_all(const struct sendq *q, struct tern_slice *parts);

/*
 * Makes *s the `len` bytes behind it, with a reference of its own, if they lie
 * in the same chunk; *s is the slice that was made last, and nothing was
 * dropped since.  Adds their sum to *acc if *summed, or makes that false if it
 * is not known.
 */
bool sendq_slice_next(const struct sendq *q, struct tern_slice *s, uint32_t len,
		      uint64_t *acc, bool *summed);

/* Adds the sum of bytes off .. off + len - 1, which must be held, to *acc.
 * False, with nothing added, if it was not made when they were copied. */
bool sendq_sum(struct sendq *q, uint32_t off, uint32_t len, uint64_t *acc);

/* Asks for the memory that sendq_drop() will need. */
static inline void sendq_prefetch(const struct sendq *q)
{
	if (q->n > 0)
		prefetch(q->ring[q->head].block);
}

/* Drops the first n bytes, which have been acknowledged. */
void sendq_drop(struct sendq *q, uint32_t n);

/* Drops all; the queue holds no memory afterwards. */
void sendq_free(struct sendq *q, struct mem *m);

#endif
