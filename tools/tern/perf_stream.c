/* SPDX-License-Identifier: ISC */
/*
 * perf_stream.c - a piece of a stream, sent or received
 *
 * By copying, as applications do, or by reference: then the sender lends the
 * pattern itself, which is the same for all and never changes, and the receiver
 * gives back at once what it was lent.
 */
#include "perf.h"

#define SLICES 32

ssize_t perf_stream_send(struct netio *io, const struct perf_options *o, int fd,
			 uint64_t at, uint64_t len)
{
	const uint8_t *from = o->pattern + at % PERF_PATTERN;

	return o->zc ? io->ops->lend(io, fd, from, len)
		     : io->ops->send(io, fd, from, len);
}

static ssize_t borrow(struct netio *io, int fd, perf_see_fn *see, void *ctx)
{
	struct tern_slice slices[SLICES];
	const int n = io->ops->borrow(io, fd, slices, SLICES);
	ssize_t len = 0;
	int i;

	if (n <= 0)
		return n;
	for (i = 0; i < n; i++) {
		if (see)
			see(ctx, slices[i].data, slices[i].len);
		len += (ssize_t)slices[i].len;
	}
	io->ops->give_back(io, fd, slices, n);
	return len;
}

ssize_t perf_stream_recv(struct netio *io, const struct perf_options *o, int fd,
			 uint8_t *buf, perf_see_fn *see, void *ctx)
{
	ssize_t n;

	if (o->zc)
		return borrow(io, fd, see, ctx);
	n = io->ops->recv(io, fd, buf, o->length);
	if (n > 0 && see)
		see(ctx, buf, (size_t)n);
	return n;
}
