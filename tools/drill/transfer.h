/* SPDX-License-Identifier: ISC */
/*
 * transfer.h - what the calls that send and those that receive have in common
 *
 * The buffer of a call is in parts, of which each is "..." or a string, with a
 * length; most calls have one.  "..." is drill_pattern() from where the stream
 * is, so that bytes that went astray are noticed.
 */
#ifndef TERN_DRILL_TRANSFER_H
#define TERN_DRILL_TRANSFER_H

#include <sys/uio.h>

#include "run.h"

#define DRILL_PARTS_MAX 64

struct drill_transfer {
	struct drill_fd *fd, unknown;
	int flags;
	int n_parts;
	const struct drill_expr *part[DRILL_PARTS_MAX];
	struct iovec iov[DRILL_PARTS_MAX];
	size_t len; /* of all parts */
	uint8_t *buf;
};

/* One part: arguments `text` and `text + 1` are the buffer and its length. */
bool drill_transfer_plain(struct drill_run *r, const struct drill_call *c,
			  int text, struct drill_transfer *t);

/* [{..., 1000}, {..., 500}] */
bool drill_transfer_vector(struct drill_run *r, const struct drill_expr *list,
			   struct drill_transfer *t);

/*
 * Fills the buffer with what is to be sent, from byte c->done on; iov then
 * has only that.
 */
bool drill_transfer_fill(struct drill_run *r, const struct drill_call *c,
			 struct drill_transfer *t);

/* The stack has taken `n` bytes, or said no.  Frees the buffer. */
enum drill_progress drill_transfer_sent(struct drill_run *r,
					struct drill_call *c,
					struct drill_transfer *t, ssize_t n);

/* The stack has given `n` bytes, or said no.  Frees the buffer. */
enum drill_progress drill_transfer_received(struct drill_run *r,
					    struct drill_call *c,
					    struct drill_transfer *t,
					    ssize_t n);

/* True if -EAGAIN means here that less than MSG_WAITALL asks for is enough. */
bool drill_transfer_takes_less(struct drill_run *r, const struct drill_call *c,
			       const struct drill_transfer *t);

#endif
