/* SPDX-License-Identifier: ISC */
/*
 * syncookie.c - SYN cookies, RFC 4987 3.6
 *
 * The 32 bits of the ISS:
 *
 *	 31                                    3 2   0
 *	+---------------------------------------+-----+
 *	| SipHash-2-4 of all that is below      | MSS |
 *	+---------------------------------------+-----+
 *
 * hashed are both addresses and ports, the peer's ISN, the number of the 64 s
 * period and the index of the MSS.  The period is not sent: the check tries the
 * present one and the one before, so a cookie lives 64 to 128 s.
 *
 * What it takes to forge one: whoever has not seen the SYN,ACK must guess 29
 * bits, and either of two values is right, so one segment in 2^28 is accepted.
 * More bits of the period on the wire would not help: they would be known.
 * With the segment comes a choice of MSS and of the options, which an honest
 * SYN could have made just as well.  Options are believed only with a timestamp
 * that was sent in the very period that the hash shows, of which the keyed
 * offset has to be guessed too: one in 2^16 more.
 *
 * The seven bits in the timestamp: window scale (15: not offered), SACK, ECN,
 * and one that is 0.
 *
 * A cookie does not grow with the clock as an ISS should.  That costs little: a
 * cookie answers a SYN, so the peer has no old connection of this tuple left
 * that an old segment of ours could fall into.
 */
#include "tcp/syncookie.h"

#include "base/bytes.h"

#define PERIOD_NS   (UINT64_C(64) * 1000000000)
#define PERIOD_MS   UINT32_C(64000)
#define PERIODS	    2 /* in which a cookie is good */
#define MSS_BITS    3
#define TS_MASK	    ((UINT32_C(1) << SYNCOOKIE_TS_BITS) - 1)
#define WSCALE_MASK UINT32_C(15)
#define NO_WSCALE   15
#define WSCALE_MAX  14
#define SACK_BIT    UINT32_C(16)
#define ECN_BIT	    UINT32_C(32)
#define ZERO_BIT    UINT32_C(64)

/*
 * What peers say: a link of 256 bytes, the default, old BSD, IPv6's least MTU,
 * tunnels, Ethernet with IPv6, Ethernet, jumbo frames.  A peer that offers less
 * than the first is given the first: each host takes datagrams of 576 bytes
 * (RFC 791 3.1).
 */
static const uint16_t mss_table[1 << MSS_BITS] = {
	216, 536, 1024, 1220, 1360, 1440, 1460, 8940,
};

static uint32_t mss_index(uint16_t mss)
{
	uint32_t i = ARRAY_LEN(mss_table) - 1;

	while (i > 0 && mss_table[i] > mss)
		i--;
	return i;
}

static uint32_t cookie(const struct siphash_key *key,
		       const struct tern_tuple *t, struct seq irs,
		       uint64_t period, uint32_t index)
{
	uint8_t in[28];
	uint32_t hash;

	store_be32(in, t->laddr);
	store_be32(in + 4, t->raddr);
	store_be16(in + 8, t->lport);
	store_be16(in + 10, t->rport);
	store_be32(in + 12, irs.u);
	store_be64(in + 16, period);
	store_be32(in + 24, index);
	hash = (uint32_t)siphash24(key, in, sizeof(in));
	return hash << MSS_BITS | index;
}

struct seq syncookie_make(const struct siphash_key *key,
			  const struct tern_tuple *t, struct seq irs,
			  uint16_t mss, uint64_t now)
{
	return (struct seq){
		cookie(key, t, irs, now / PERIOD_NS, mss_index(mss)),
	};
}

uint32_t syncookie_timestamp(uint32_t ts_val, const struct syncookie *c)
{
	uint32_t bits =
		c->wscale_ok ? min_u32(c->wscale, WSCALE_MAX) : NO_WSCALE;
	uint32_t ts;

	if (c->sack)
		bits |= SACK_BIT;
	if (c->ecn)
		bits |= ECN_BIT;
	ts = (ts_val & ~TS_MASK) | bits;
	if (bits > (ts_val & TS_MASK))
		ts -= TS_MASK + 1;
	return ts;
}

/* Reads the options, if the timestamp can be one of that period. */
static bool read_timestamp(uint32_t ts_ecr, uint64_t period,
			   struct syncookie *c)
{
	/* Putting the bits in may have set it back by TS_MASK. */
	uint32_t start = (uint32_t)(period * PERIOD_MS) - TS_MASK;
	uint32_t wscale = ts_ecr & WSCALE_MASK;

	if (ts_ecr - start >= PERIOD_MS + TS_MASK || (ts_ecr & ZERO_BIT))
		return false;
	c->ts = true;
	c->sack = (ts_ecr & SACK_BIT) != 0;
	c->ecn = (ts_ecr & ECN_BIT) != 0;
	c->wscale_ok = wscale != NO_WSCALE;
	c->wscale = c->wscale_ok ? (uint8_t)wscale : 0;
	return true;
}

bool syncookie_check(const struct siphash_key *key, const struct tern_tuple *t,
		     const struct syncookie_echo *e, uint64_t now,
		     struct syncookie *c)
{
	uint32_t index = e->iss.u & (ARRAY_LEN(mss_table) - 1);
	uint64_t period = now / PERIOD_NS;
	uint64_t age;

	for (age = 0; age < PERIODS; age++)
		if (e->iss.u == cookie(key, t, e->irs, period - age, index))
			break;
	if (age == PERIODS)
		return false;
	*c = (struct syncookie){.mss = mss_table[index]};
	return !e->has_ts || read_timestamp(e->ts_ecr, period - age, c);
}
