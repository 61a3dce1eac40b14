/* SPDX-License-Identifier: ISC */
/*
 * rack.h - loss is told by time: RACK, RFC 8985 6
 *
 * What was sent before something that has arrived, and a little longer ago than
 * the reordering window allows for, is lost.
 */
#ifndef TERN_TCP_RACK_H
#define TERN_TCP_RACK_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/sent.h"
#include "tcp/seq.h"

struct rack {
	uint64_t xmit_at; /* RACK.xmit_ts, 0 at first */
	uint64_t rtt_ns;  /* RACK.rtt */
	struct seq end;	  /* RACK.end_seq */
	struct seq fack;  /* RACK.fack */
	struct seq dsack_round;
	uint16_t mult;		 /* RACK.reo_wnd_mult */
	uint8_t persist;	 /* RACK.reo_wnd_persist */
	bool in_dsack_round : 1; /* dsack_round is not None */
	bool reordering_seen : 1;
};

/* The connection, as it was before the ACK where that matters. */
struct rack_view {
	uint64_t now, min_rtt_ns, srtt_ns;
	uint32_t segs_sacked, dup_thresh;
	bool in_recovery; /* fast or after a timeout */
};

void rack_init(struct rack *k);

/* The youngest segment that this ACK delivers left at `sent_at` and ends before
 * `end` (step 2). */
void rack_on_delivered(struct rack *k, uint64_t now, uint64_t sent_at,
		       struct seq end);

/* Step 3: text up to `end` was delivered, for the first time sent or not.
 * Returns how far behind RACK.fack it lies if that is reordering, else 0. */
uint32_t rack_on_order(struct rack *k, struct seq end, bool again);

/* Step 4, on the ACK: a D-SACK came; a recovery ended. */
void rack_on_dsack(struct rack *k, struct seq una, struct seq nxt);
void rack_on_exit(struct rack *k);

/* RACK.reo_wnd. */
uint64_t rack_window(const struct rack *k, const struct rack_view *v);

/* Step 5: RACK_sent_after(RACK.segment, r). */
static inline bool rack_passed(const struct rack *k, const struct sent *r)
{
	if (r->stamp.sent_at != k->xmit_at)
		return r->stamp.sent_at < k->xmit_at;
	return seq_lt(sent_end(r), k->end);
}

/* When a segment sent at `sent_at` is lost, if it has been passed. */
static inline uint64_t rack_due(const struct rack *k, uint64_t sent_at,
				uint64_t reo_wnd)
{
	return sent_at + k->rtt_ns + reo_wnd;
}

#endif
