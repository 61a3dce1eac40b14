/* SPDX-License-Identifier: ISC */
/*
 * reass.h - segments held because text before them is missing, SHLD-31
 *
 * Ranges of text, disjoint and not adjacent, in a tree ordered by sequence
 * number; each range is a list of slices.  Finding the place costs O(log n),
 * and appending to the range that grew last needs no search, whatever a peer
 * sends (the "SegmentSmack" case).  Of bytes that arrive twice the first are
 * kept.  The number of ranges and the memory are bounded; the caller says by
 * how much.
 */
#ifndef TERN_TCP_REASS_H
#define TERN_TCP_REASS_H

#include <tern/frame.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/tree.h"
#include "tcp/recvq.h"
#include "tcp/seq.h"
#include "wire/tcp_opt.h"

#define REASS_RANGES_MAX 65536 /* half of SENTQ_MAX */

/* All zero is an empty queue that holds no memory. */
struct reass {
	struct tree ranges;
	struct list recent; /* ranges, the one that changed last first */
	uint32_t n_ranges;
	uint32_t len;	   /* bytes held */
	uint32_t truesize; /* bytes of memory that these cost */
};

/* What reass_insert() did. */
struct reass_result {
	uint32_t stored;		/* bytes that were new */
	uint32_t duplicate;		/* bytes that were there already */
	struct seq dup_left, dup_right; /* the first duplicate run, for a
					   D-SACK; equal if there is none */
	bool merged;			/* two ranges or more grew together */
};

/* The text of a segment, which begins at `left`. */
struct reass_text {
	struct seq left;
	const struct tern_slice *parts;
	int n_parts;
};

/*
 * Stores text.  Takes references of its own for what it keeps.  Returns 0, or
 * -ENOBUFS if there is no memory or a range too many, with what was stored
 * before that kept and told in *res.
 */
int reass_insert(struct reass *r, struct mem *m, struct tern_block_pool *blocks,
		 const struct reass_text *text, struct reass_result *res);

/*
 * Moves the text that begins at or before *nxt to the receive queue, as far as
 * it is contiguous, and advances *nxt.  Returns the number of bytes moved, or
 * -ENOBUFS if the receive queue could not take all (what was moved counts).
 */
int64_t reass_take(struct reass *r, struct mem *m,
		   struct tern_block_pool *blocks, struct seq *nxt,
		   struct recvq *to);

/*
 * The ranges for a SACK option, RFC 2018 4: the one that changed last first.
 * Returns their number.
 */
uint8_t reass_sack(const struct reass *r, struct tcp_sack_block *out,
		   uint8_t max);

/* The end of the last range; `none` if there is no range. */
struct seq reass_end(const struct reass *r, struct seq none);

/*
 * Forgets the range farthest from being delivered, to make room (the peer will
 * send it again; RFC 2018 8 allows it).  Returns the bytes forgotten.
 */
uint32_t reass_prune(struct reass *r, struct mem *m);

void reass_free(struct reass *r, struct mem *m);

/* Checks the invariants; traps if one is broken.  For tests. */
void reass_check(const struct reass *r);

#endif
