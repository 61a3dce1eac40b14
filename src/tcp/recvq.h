/* SPDX-License-Identifier: ISC */
/*
 * recvq.h - text that is in order and waits for the application's RECEIVE
 *
 * Holds slices of the blocks that frames came in.  A slice that would pin much
 * more memory than it has bytes is copied into a compact block instead, and
 * small ones that follow each other are gathered in one (slice.h).  `truesize`
 * is what the queue costs, and what the receive buffer is charged.
 */
#ifndef TERN_TCP_RECVQ_H
#define TERN_TCP_RECVQ_H

#include <sys/uio.h>

#include <tern/frame.h>

#include "base/mem.h"
#include "tcp/slice.h"

/* All zero is an empty queue that holds no memory. */
struct recvq {
	struct tern_slice *ring; /* `cap` slices, a power of 2 */
	uint32_t cap, head, n;
	uint32_t len;	   /* bytes held */
	uint32_t truesize; /* bytes of memory that these cost, and lent
				     ones */
	uint32_t lent;	   /* bytes that the user has by reference */
	uint32_t lent_truesize;
	struct tern_slice few[2]; /* the ring while it is short */
};

/*
 * Appends a slice and takes over its reference, or copies it and gives the
 * reference back.  Returns 0, or -ENOBUFS with the reference still the
 * caller's.
 */
int recvq_push(struct recvq *q, struct mem *m, struct tern_block_pool *blocks,
	       const struct tern_slice *s);

/*
 * Copies bytes, beginning `off` bytes into the queue, to the iovec, `skip`
 * bytes into it, at most `max`.  Nothing is taken out.  Returns the number.
 * Costs a step for each slice before `off`.
 */
size_t recvq_peek(const struct recvq *q, uint32_t off, const struct iovec *iov,
		  size_t skip, size_t max);

/*
 * Moves the first bytes to the iovec, at most `max`: recvq_peek() of them, and
 * recvq_drop().  Returns the number.
 */
size_t recvq_read(struct recvq *q, const struct iovec *iov, size_t max);

/* Drops the first n bytes. */
void recvq_drop(struct recvq *q, uint32_t n);

/*
 * Takes the first bytes out as a slice, at most `max`, without copying; the
 * reference goes to the caller.  Returns its length, 0 if the queue is empty.
 */
uint32_t recvq_take(struct recvq *q, uint32_t max, struct tern_slice *s);

/*
 * The same, but the queue is charged for the slice until recvq_return() of a
 * slice as long, in a block as large.
 */
uint32_t recvq_lend(struct recvq *q, uint32_t max, struct tern_slice *s);
void recvq_return(struct recvq *q, const struct tern_slice *s);

/* Drops all; the queue holds no memory afterwards.  What is lent stays so. */
void recvq_free(struct recvq *q, struct mem *m);

#endif
