/* SPDX-License-Identifier: ISC */
/*
 * queue.h - bytes on their way from one AF_UNIX socket to the other
 *
 * A ring of blocks that are filled from the front.  Bytes are copied in once
 * and copied out once.  A queue that runs empty holds no memory.
 */
#ifndef TERN_UNIX_QUEUE_H
#define TERN_UNIX_QUEUE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <tern/frame.h>

#include "base/mem.h"

#define UNIX_QUEUE_FEW 2 /* a power of 2 */

/* All zero is an empty queue. */
struct unix_queue {
	struct tern_block **ring; /* `cap` places; NULL: few[] suffices */
	struct tern_block *few[UNIX_QUEUE_FEW];
	uint32_t cap; /* of ring, a power of 2 */
	uint32_t head, n;
	uint32_t off; /* bytes of the first block that are gone already */
	uint32_t len; /* bytes held */
};

/*
 * Copies the first `max` bytes of the iovec, which must have them, to the end.
 * Returns their number, fewer if memory ran out, or -ENOBUFS if not one could
 * be copied.  `m` pays for the ring, the pool for the rest.
 */
ssize_t unix_queue_append(struct unix_queue *q, struct mem *m,
			  struct tern_block_pool *blocks,
			  const struct iovec *iov, size_t max);

/*
 * Copies bytes from the front to the iovec, which must have room for `max`.
 * Nothing is taken out.  Returns their number.
 */
size_t unix_queue_peek(const struct unix_queue *q, const struct iovec *iov,
		       size_t max);

/* Drops the first n bytes, which must be there. */
void unix_queue_drop(struct unix_queue *q, struct mem *m, size_t n);

/* Drops all. */
void unix_queue_clear(struct unix_queue *q, struct mem *m);

#endif
