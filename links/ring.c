/* SPDX-License-Identifier: ISC */
/*
 * ring.c - a burst of writes by one system call, through io_uring
 *
 * A write that may not block is done while it is submitted, so that the burst
 * is over when the call returns, in the order in which it was added.  What that
 * saves is not the calls as such: at the end of each the process may lose the
 * processor to whoever was woken by it, and here that is once for a burst.
 */
#include "ring.h"

#include <errno.h>
#include <liburing.h>
#include <string.h>

struct ring {
	struct tern_allocator alloc;
	struct io_uring uring;
	int n; /* added */
	bool refused;
};

int ring_open(struct ring **made, const struct tern_allocator *alloc)
{
	struct ring *r = alloc->alloc(alloc->ctx, sizeof(*r));
	int error;

	if (!r)
		return -ENOMEM;
	memset(r, 0, sizeof(*r));
	r->alloc = *alloc;
	error = io_uring_queue_init(RING_MAX, &r->uring, 0);
	if (error) {
		alloc->free(alloc->ctx, r, sizeof(*r));
		return error;
	}
	*made = r;
	return 0;
}

void ring_close(struct ring *r)
{
	struct tern_allocator alloc = r->alloc;

	io_uring_queue_exit(&r->uring);
	alloc.free(alloc.ctx, r, sizeof(*r));
}

bool ring_is_sound(const struct ring *r)
{
	return !r->refused;
}

/* There is room: the queue is as long as the longest burst, and empty after
 * each. */
void ring_add(struct ring *r, int fd, const struct iovec *iov, int n_iov)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&r->uring);

	io_uring_prep_writev2(sqe, fd, iov, (unsigned int)n_iov, 0, RWF_NOWAIT);
	sqe->user_data = (unsigned int)r->n++;
}

/* Returns how many were done.  A kernel that cannot tell before it writes
 * whether that would block does nothing. */
static int reap(struct ring *r, int *results)
{
	struct io_uring_cqe *cqe;
	unsigned int head;
	int n = 0;

	io_uring_for_each_cqe(&r->uring, head, cqe)
	{
		if (cqe->res == -EOPNOTSUPP)
			r->refused = true;
		else
			results[cqe->user_data] = cqe->res;
		n++;
	}
	io_uring_cq_advance(&r->uring, (unsigned int)n);
	return n;
}

/* The rest cannot be submitted; what was must be over before its memory may
 * go. */
static void give_up(struct ring *r, int *results, int n_left)
{
	struct io_uring_cqe *cqe;

	n_left -= (int)io_uring_sq_ready(&r->uring);
	while (n_left > 0) {
		(void)io_uring_wait_cqe(&r->uring, &cqe);
		n_left -= reap(r, results);
	}
	r->refused = true;
}

void ring_run(struct ring *r, int *results)
{
	int i, error = 0, n_left = r->n;

	for (i = 0; i < r->n; i++)
		results[i] = -EAGAIN;
	while (n_left > 0 && (error >= 0 || error == -EINTR)) {
		error = io_uring_submit_and_wait(&r->uring,
						 (unsigned int)n_left);
		n_left -= reap(r, results);
	}
	if (n_left > 0)
		give_up(r, results, n_left);
	r->n = 0;
}
