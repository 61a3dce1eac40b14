/* SPDX-License-Identifier: ISC */
/*
 * lane.h - one direction of an impaired link
 */
#ifndef TERN_LINKS_LANE_H
#define TERN_LINKS_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/link.h>

#include "held.h"

enum chance {
	CHANCE_LOSS,
	CHANCE_DUPLICATE,
	CHANCE_REORDER,
	CHANCE_CORRUPT,
	CHANCE_BIT, /* which one is flipped */
	CHANCE_JITTER,
	CHANCE_N,
};

struct lane {
	struct tern_impair_dir dir;
	struct tern_impair_stats stats;
	struct held held;	   /* frames under way */
	uint64_t chance[CHANCE_N]; /* one stream of chance for each kind */
	uint64_t n_frames;	   /* seen so far, for the loss mask */
	tern_time busy_until;	   /* rate limit: when the queue is empty */
	uint64_t carry;		   /* ... and bits * 10^9 left by division */
	tern_time last_release;	   /* of the frames that keep their order */

	struct tern_block_pool *blocks; /* for corrupted copies */
	tern_impair_fn *filter;
	void *filter_ctx;
	bool tx;     /* for the filter */
	bool finish; /* segments that were cut get whole checksums */
	uint32_t ip; /* offset of the IP header in a frame */
};

/* Begins with no impairment.  `tx` also chooses the streams of chance. */
void lane_init(struct lane *ln, const struct tern_impair_config *c, bool tx);

/* Changes the impairment for the frames to come. */
void lane_set(struct lane *ln, const struct tern_impair_dir *dir);

/* True if frames would go through untouched and at once. */
bool lane_is_clear(const struct lane *ln);

/* Takes a frame over: loses it, or puts it under way. */
void lane_take(struct lane *ln, struct tern_frame *f, tern_time now);

#endif
