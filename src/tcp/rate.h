/* SPDX-License-Identifier: ISC */
/*
 * rate.h - how fast the path delivers, draft-ietf-ccwg-bbr 4.1
 *
 * A pure object.  Each segment that is sent takes a stamp of the connection's
 * counters with it; when it is delivered, what was delivered meanwhile and the
 * time that it took are one sample.  A segment that is sent again gets a new
 * stamp.
 */
#ifndef TERN_TCP_RATE_H
#define TERN_TCP_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* One for a connection: C.delivered and so on.  All zero at first. */
struct rate {
	uint64_t delivered;	/* bytes delivered so far */
	uint64_t delivered_at;	/* when that was written last */
	uint64_t first_sent_at; /* when the segment delivered last was sent */
	uint64_t app_limited;	/* 0, or C.delivered at which the last segment
				   is delivered that the user held back */
	uint64_t lost;		/* bytes taken for lost so far */
};

/* One for a segment in flight: P.delivered and so on. */
struct rate_stamp {
	uint64_t sent_at; /* departure, when pacing gives one */
	uint64_t first_sent_at;
	uint64_t delivered_at;
	uint64_t delivered;
	uint32_t lost;		    /* low bits of C.lost */
	uint32_t tx_in_flight : 31; /* with the segment itself */
	uint32_t app_limited : 1;
};

/* One for an ACK: RS.  All zero if it delivers nothing. */
struct rate_sample {
	uint64_t prior_delivered;
	uint64_t delivered;   /* bytes, over the interval */
	uint64_t interval_ns; /* 0: there is no sample */
	uint64_t sent_at;     /* of the newest segment delivered */
	uint64_t send_elapsed_ns, ack_elapsed_ns;
	uint32_t last_end; /* sequence number after that segment */
	uint32_t tx_in_flight;
	uint32_t lost; /* bytes lost while that segment was in flight */
	bool has_data; /* something was delivered */
	bool is_app_limited;
};

/* An ACK begins; only rate_finish() makes all of the sample valid. */
static inline void rate_start(struct rate_sample *rs)
{
	rs->has_data = false;
}

/* A segment of `len` bytes leaves; `inflight` is in flight before. */
void rate_on_sent(struct rate *r, struct rate_stamp *p, uint64_t now,
		  uint32_t inflight, uint32_t len);

/* `len` bytes stamped `p`, ending before `end`, have been delivered. */
void rate_on_delivered(struct rate *r, struct rate_sample *rs,
		       const struct rate_stamp *p, uint64_t now, uint32_t len,
		       uint32_t end);

/* They are taken for lost.  Returns the bytes lost since `p` was stamped. */
uint32_t rate_on_lost(struct rate *r, const struct rate_stamp *p, uint32_t len);

/* After all of one ACK: completes the sample.  An interval shorter than the
 * shortest round trip is none. */
void rate_finish(struct rate *r, struct rate_sample *rs, uint64_t min_rtt_ns);

/* The user has nothing to send while cwnd would let him. */
void rate_app_limited(struct rate *r, uint32_t inflight);

/* Bytes a second; 0 without a sample. */
uint64_t rate_of(const struct rate_sample *rs);

#endif
