/* SPDX-License-Identifier: ISC */
/*
 * prr.h - Proportional Rate Reduction, RFC 9937
 *
 * A pure object: how much may be sent on each ACK of a fast recovery, so that
 * what is in flight comes down to ssthresh smoothly, and comes back up to it
 * when losses have taken it below.
 */
#ifndef TERN_TCP_PRR_H
#define TERN_TCP_PRR_H

#include <stdbool.h>
#include <stdint.h>

struct prr {
	uint64_t delivered; /* bytes, in this recovery */
	uint64_t out;	    /* bytes sent in this recovery */
	uint32_t fs;	    /* RecoverFS, at least 1 */
};

/* One ACK of a recovery, the first one included. */
struct prr_ack {
	uint32_t delivered; /* DeliveredData */
	uint32_t pipe;	    /* inflight, after this ACK */
	uint32_t ssthresh;
	uint32_t smss;
	bool safe;  /* SND.UNA advanced, and nothing more is lost */
	bool whole; /* count in segments, as Linux does */
};

/* Recovery begins.  `fs`: what was in flight, without what had been SACKed
 * before the ACK that begins it. */
void prr_begin(struct prr *p, uint32_t fs);

/* Returns cwnd. */
uint32_t prr_on_ack(struct prr *p, const struct prr_ack *a);

static inline void prr_on_sent(struct prr *p, uint32_t len)
{
	p->out += len;
}

#endif
