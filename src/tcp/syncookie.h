/* SPDX-License-Identifier: ISC */
/*
 * syncookie.h - SYN cookies, RFC 4987 3.6
 *
 * A SYN,ACK that needs no memory: the ISS carries 29 bits of a keyed hash of
 * the tuple, the peer's ISN and a counter that ticks every 64 s, and 3 bits of
 * MSS.  If the peer offered timestamps, the low bits of ours carry its window
 * scale, whether it may be sent SACK, and classic ECN (and are what it echoes).
 */
#ifndef TERN_TCP_SYNCOOKIE_H
#define TERN_TCP_SYNCOOKIE_H

#include <tern/trace.h>

#include "base/siphash.h"
#include "tcp/seq.h"

#define SYNCOOKIE_LIFE_NS (128 * TERN_S)

#define SYNCOOKIE_TS_BITS 7 /* of the timestamp that carry options */

/* What a cookie remembers of the SYN. */
struct syncookie {
	uint16_t mss; /* rounded down to one of eight values */
	bool ts;      /* timestamps are in use; what follows is valid */
	bool sack;
	bool ecn; /* RFC 3168 */
	bool wscale_ok;
	uint8_t wscale; /* 0 to 14 */
};

/* The ISS of the SYN,ACK.  irs: the peer's ISN. */
struct seq syncookie_make(const struct siphash_key *key,
			  const struct tern_tuple *t, struct seq irs,
			  uint16_t mss, uint64_t now);

/*
 * Puts the options into the low bits of a timestamp that would be `ts_val`
 * before our offset is added: the milliseconds of `now`.  The result is not
 * later than it.
 */
uint32_t syncookie_timestamp(uint32_t ts_val, const struct syncookie *c);

/* What the third segment brings back. */
struct syncookie_echo {
	struct seq irs, iss; /* SEG.SEQ - 1, SEG.ACK - 1 */
	bool has_ts;
	uint32_t ts_ecr; /* if has_ts: its TSecr without our offset */
};

/*
 * Returns true and fills *c if the cookie is ours and at most 128 s old, and
 * the timestamp, if there is one, of the same age.
 */
bool syncookie_check(const struct siphash_key *key, const struct tern_tuple *t,
		     const struct syncookie_echo *e, uint64_t now,
		     struct syncookie *c);

#endif
