/* SPDX-License-Identifier: ISC */
/*
 * rtt.c - round-trip time and retransmission timeout, RFC 6298, MUST-18
 *
 * The formulas are those of RFC 6298 2, in numbers of 2^-16 microseconds: with
 * n samples in one round trip the gains are 1/8n and 1/4n (RFC 7323 appendix
 * G), and whole microseconds would let small differences vanish.
 *
 * The least and the greatest RTO bound the whole of it (2.4, 2.5), not only
 * the part that varies.
 */
#include "tcp/rtt.h"

#include "base/bytes.h"
#include "base/wheel.h"

/* G of RFC 6298 2: a timer fires up to one tick of the wheel late. */
#define GRANULARITY_US (WHEEL_TICK_NS / 1000 + 1)

#define FRAC_BITS     16
#define SAMPLE_MAX_NS (UINT64_C(600) * 1000000000) /* fits in 32 bits of us */

static uint64_t join(uint32_t us, uint16_t frac)
{
	return (uint64_t)us << FRAC_BITS | frac;
}

void rtt_init(struct rtt *r, const struct rtt_limits *lim)
{
	*r = (struct rtt){
		.rto_us = clamp_u32(lim->initial_us, lim->min_us, lim->max_us),
	};
}

/* (1 - 1/n) * old + 1/n * sample */
static inline uint64_t smooth(uint64_t old, uint64_t sample, uint64_t n)
{
	if (sample >= old)
		return old + (sample - old) / n;
	return old - (old - sample) / n;
}

uint32_t rtt_sample(struct rtt *r, const struct rtt_limits *lim,
		    uint64_t sample_ns, uint32_t samples_per_rtt)
{
	const uint64_t n = max_u32(samples_per_rtt, 1);
	const uint64_t ns = clamp_u64(sample_ns, 1000, SAMPLE_MAX_NS);
	const uint64_t sample = (ns << FRAC_BITS) / 1000;
	const uint32_t sample_us = (uint32_t)(sample >> FRAC_BITS);
	uint64_t srtt = join(r->srtt_us, r->srtt_frac);
	uint64_t rttvar = join(r->rttvar_us, r->rttvar_frac);
	uint64_t rto;

	if (srtt == 0) { /* 2.2 */
		srtt = sample;
		rttvar = sample / 2;
	} else { /* 2.3: RTTVAR first, with the SRTT before this sample */
		uint64_t err = srtt > sample ? srtt - sample : sample - srtt;

		/* Nearly always 1: then nothing need be divided. */
		rttvar = n == 1 ? smooth(rttvar, err, 4)
				: smooth(rttvar, err, 4 * n);
		srtt = n == 1 ? smooth(srtt, sample, 8)
			      : smooth(srtt, sample, 8 * n);
	}
	r->srtt_us = (uint32_t)(srtt >> FRAC_BITS);
	r->srtt_frac = (uint16_t)srtt;
	r->rttvar_us = (uint32_t)(rttvar >> FRAC_BITS);
	r->rttvar_frac = (uint16_t)rttvar;
	if (r->min_us == 0 || sample_us < r->min_us)
		r->min_us = sample_us;
	rto = r->srtt_us + max_u64(lim->add_min ? lim->min_us : GRANULARITY_US,
				   4 * rttvar >> FRAC_BITS);
	r->rto_us = (uint32_t)clamp_u64(rto, lim->min_us, lim->max_us);
	return sample_us;
}

void rtt_forget(struct rtt *r, struct rtt_window *w, uint64_t now,
		uint64_t window_ns, uint32_t sample_us)
{
	const uint64_t passed = now - w->since;

	if (w->since && passed < window_ns / 2) {
		w->half_us = min_u32(w->half_us, sample_us);
		return;
	}
	if (w->since)
		r->min_us = passed < window_ns ? min_u32(w->half_us, sample_us)
					       : sample_us;
	w->half_us = sample_us;
	w->since = max_u64(now, 1);
}

uint64_t rtt_rto(const struct rtt *r, const struct rtt_limits *lim,
		 unsigned int backoff)
{
	uint64_t us = r->rto_us;

	us = backoff < 32 ? us << backoff : lim->max_us; /* 5.5 */
	return min_u64(us, lim->max_us) * 1000;
}
