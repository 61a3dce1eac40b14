/* SPDX-License-Identifier: ISC */
/*
 * iov.h - a place in an array of iovecs that moves forward
 *
 * There is no end: whoever moves it knows how many bytes the array has left.
 */
#ifndef TERN_TCP_IOV_H
#define TERN_TCP_IOV_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/bytes.h"

struct iov_place {
	const struct iovec *iov;
	size_t off; /* from the start of *iov; may lie behind its end */
};

/*
 * Points *run at the bytes of one iovec from the place on, and moves the place
 * behind them.  Returns their number, 1 to max; so many bytes must be left.
 */
static inline size_t iov_next(struct iov_place *p, size_t max, uint8_t **run)
{
	size_t len;

	while (p->off >= p->iov->iov_len) {
		p->off -= p->iov->iov_len;
		p->iov++;
	}
	len = min_size(max, p->iov->iov_len - p->off);
	*run = (uint8_t *)p->iov->iov_base + p->off;
	p->off += len;
	return len;
}

/* Copies len bytes from the place on to `out`, and the other way. */
static inline void iov_gather(struct iov_place *p, uint8_t *out, size_t len)
{
	uint8_t *run;
	size_t n;

	for (; len > 0; len -= n, out += n) {
		n = iov_next(p, len, &run);
		memcpy(out, run, n);
	}
}

static inline void iov_scatter(struct iov_place *p, const uint8_t *in,
			       size_t len)
{
	uint8_t *run;
	size_t n;

	for (; len > 0; len -= n, in += n) {
		n = iov_next(p, len, &run);
		memcpy(run, in, n);
	}
}

#endif
