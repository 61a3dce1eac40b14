/* SPDX-License-Identifier: ISC */
/*
 * loan.h - memory that the application has lent for sending
 *
 * Each loan is a lent block (base/block.h), which what is queued of it, frames
 * on their way and whoever received them refer to; when none does any more the
 * loan is done.  A lender is the loans of one descriptor, or of those that are
 * closed: these that are out, and those that are done, in that order, until the
 * application has been told.
 */
#ifndef TERN_SOCK_LOAN_H
#define TERN_SOCK_LOAN_H

#include <stdbool.h>

#include <tern/zerocopy.h>

#include "base/block.h"
#include "base/list.h"

#define LOANS_MAX      1024 /* of a descriptor, out and done */
#define LOAN_NO_FD     UINT32_MAX
#define LOAN_BYTES_MAX INT32_MAX

struct socks;

struct lender {
	struct socks *socks;
	uint32_t index; /* of the descriptor, or LOAN_NO_FD */
	uint32_t n;	/* loans of both lists */
	struct list out, done;
};

void lender_init(struct lender *l, struct socks *s, uint32_t index);

/* The descriptor is closed: what it has lent becomes the other's. */
void lender_retire(struct lender *l, struct lender *to);

/* The end of the stack: nobody will ask, whatever comes back when. */
void lender_end(struct lender *l);

/*
 * Begins a loan.  Returns 0 and a slice with a reference, which goes to
 * loan_begun(); or -ENOBUFS.
 */
TERN_CHECK int loan_begin(struct lender *l, const void *bytes, size_t len,
			  uint64_t cookie, struct tern_slice *s);

/* `n` bytes of it were queued, if not copied; if none, it never was. */
void loan_begun(struct tern_slice *s, ssize_t n, bool copied);

/* Takes the oldest that are done, at most `max`.  Returns their number. */
int loan_take(struct lender *l, struct tern_zc_done *done, int max);

#endif
