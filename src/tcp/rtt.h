/* SPDX-License-Identifier: ISC */
/*
 * rtt.h - round-trip time and retransmission timeout, RFC 6298, MUST-18
 *
 * A pure object: numbers in, numbers out.  Karn's rule (which samples may be
 * given) is the caller's.
 */
#ifndef TERN_TCP_RTT_H
#define TERN_TCP_RTT_H

#include <stdbool.h>
#include <stdint.h>

struct rtt_limits {
	uint32_t initial_us, min_us, max_us;
	bool add_min; /* Linux: min_us is the least of 4 * RTTVAR */
};

/* All zero means that there was no sample yet. */
struct rtt {
	uint32_t srtt_us;
	uint32_t rttvar_us;
	uint32_t rto_us; /* before backoff */
	uint32_t min_us; /* smallest sample, 0 if none; see rtt_forget() */

	/* What srtt_us and rttvar_us are more, in 2^-16 us: with many samples
	   in a round trip one moves them by less than a microsecond. */
	uint16_t srtt_frac, rttvar_frac;
};

/* No sample yet, RTO at its initial value. */
void rtt_init(struct rtt *r, const struct rtt_limits *lim);

/*
 * The smallest sample of a time that moves on: of the present half of a window,
 * and of the half before.  All zero is the beginning.
 */
struct rtt_window {
	uint64_t since; /* when the present half began, 0: not yet */
	uint32_t half_us;
};

/* Lets min_us forget what is older than `window_ns`.  To be called after
 * rtt_sample(), with what that returned. */
void rtt_forget(struct rtt *r, struct rtt_window *w, uint64_t now,
		uint64_t window_ns, uint32_t sample_us);

/*
 * Takes one sample.  `samples_per_rtt` is the number of samples expected in one
 * round trip (RFC 7323 appendix G), 1 without timestamps.  Returns it in
 * microseconds, at least one.
 */
uint32_t rtt_sample(struct rtt *r, const struct rtt_limits *lim,
		    uint64_t sample_ns, uint32_t samples_per_rtt);

/* RTO with `backoff` doublings, capped, in nanoseconds (RFC 6298 5.5). */
uint64_t rtt_rto(const struct rtt *r, const struct rtt_limits *lim,
		 unsigned int backoff);

#endif
