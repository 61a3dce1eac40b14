/* SPDX-License-Identifier: ISC */
/*
 * segment.h - cutting a GSO frame into the segments that it stands for
 */
#ifndef TERN_LINKS_SEGMENT_H
#define TERN_LINKS_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/frame.h>

/* The frame that is being cut.  All of it is segment.c's. */
struct segmenter {
	struct tern_frame whole;
	uint32_t ip;  /* offset of the IP header */
	uint32_t tcp; /* ... and of the TCP header */
	uint32_t hdr_len;
	uint32_t size; /* payload bytes of every segment but the last */
	uint32_t i, n; /* next segment, number of segments */
	uint8_t head[TERN_FRAME_HEAD];
};

/*
 * Begins to cut `whole`, whose IP header is at offset `ip`.  Takes it over and
 * returns the number of segments, at least 1.  Returns -EINVAL, and leaves it
 * alone, if it is not TCP over IPv4 with a gso_size.
 */
int segmenter_begin(struct segmenter *s, struct tern_frame *whole, uint32_t ip);

/*
 * Gives the next segment, its checksum partial (TERN_FRAME_CSUM_PARTIAL), its
 * payload shared with the whole.  Returns false after the last.
 */
bool segmenter_next(struct segmenter *s, struct tern_frame *out);

/* Releases what was not asked for. */
void segmenter_end(struct segmenter *s);

#endif
