/* SPDX-License-Identifier: ISC */
/*
 * port_pick.c - the choice of an ephemeral port, RFC 6056
 *
 * Algorithm 4 of the RFC walks the ports for each peer from a secret start,
 * by a counter that some peers share.  Those counters turned out to tell: with
 * few of them a peer finds which of its own tuples share one, and so knows a
 * machine again (CVE-2022-1012, CVE-2022-32296); what helped was a table of
 * 64 K counters, noise, and new keys from time to time.
 *
 * Here the two aims are met without a table.  There is one counter, i, for all.
 * The i-th choice is the i-th port of a permutation of the range that is keyed
 * by a secret and by the tuple:
 *
 *	port = lo + permutation(F(laddr, raddr, rport; pick_key), i)
 *
 * and when i has gone through the range, it starts again under a new key.  So
 * - one peer is not given a port again before the range was gone through (no
 *   clash with its TIME-WAIT; a change of key may bring one sooner, at random);
 * - whoever sees ports of one or of many tuples cannot tell i, nor what others
 *   were given, nor whether anybody was given any: two choices show at most
 *   that they were not the same i.
 *
 * The permutation is a Feistel network with SipHash-1-3 as round function over
 * the least power of two that holds the range, walked on until it falls into
 * the range (fewer than two times on average).
 *
 * When most of the range is taken, trying one port after the other would take
 * long.  After a few choices the nearest port that nobody has is looked up in a
 * bitmap; only if there is none, all are tried.
 */
#include <errno.h>

#include "base/bytes.h"
#include "tcp/port.h"

#define TRIES  16
#define ROUNDS 4

static uint32_t range_of(const struct ports *p)
{
	return (uint32_t)p->hi - p->lo + 1;
}

/* What a round makes of half a number.  The key is a hash of the tuple that
 * nobody knows, and nobody but the two ends sees the ports that come of it. */
static uint32_t round_of(const struct siphash_key *key, uint32_t half,
			 unsigned int round)
{
	uint64_t f = key->k0 ^ ((uint64_t)round << 32 | half);

	f *= UINT64_C(0xff51afd7ed558ccd);
	f = (f ^ f >> 32) + key->k1;
	f *= UINT64_C(0xc4ceb9fe1a85ec53);
	return (uint32_t)(f >> 32);
}

/*
 * One pass of the network over `bits` bits.  In each round the lower half is
 * changed by what the upper one gives, and the halves change places; with an
 * odd number of bits the halves differ by one.
 */
static uint32_t feistel(const struct siphash_key *key, uint32_t x,
			unsigned int bits)
{
	unsigned int low = bits / 2, high = bits - low, round;

	for (round = 0; round < ROUNDS; round++) {
		uint32_t upper = x >> low;
		uint32_t lower = x & ((UINT32_C(1) << low) - 1);

		lower ^= round_of(key, upper, round) &
			 ((UINT32_C(1) << low) - 1);
		x = lower << high | upper;
		low = high;
		high = bits - low;
	}
	return x;
}

/* The i-th of the numbers 0 .. n - 1, in an order that the key makes. */
static uint32_t permute(const struct siphash_key *key, uint32_t i, uint32_t n)
{
	const unsigned int bits =
		max_u32(32 - (unsigned int)__builtin_clz(max_u32(n - 1, 1)), 2);
	uint32_t x = i;

	do {
		x = feistel(key, x, bits);
	} while (x >= n);
	return x;
}

/* F: a key of this tuple's own, in its first half. */
static struct siphash_key key_of(const struct ports *p,
				 const struct tern_tuple *t)
{
	uint64_t addrs = (uint64_t)t->laddr << 32 | t->raddr;

	return (struct siphash_key){
		siphash24_12(&p->pick_key, addrs, t->rport),
		p->pick_key.k1,
	};
}

/* Sees to it that `tries` choices are left under this key. */
static void renew_key(struct ports *p, struct rng *rng, uint32_t tries)
{
	if (p->n_picks + tries <= range_of(p))
		return;
	rng_bytes(rng, &p->pick_key, sizeof(p->pick_key));
	p->n_picks = 0;
}

/* The first port in from .. to that nobody holds, 0 if there is none. */
static uint32_t find_unused(const struct ports *p, uint32_t from, uint32_t to)
{
	uint32_t port = from;

	while (port <= to) {
		uint64_t unused = ~p->used[port / 64] >> port % 64;

		if (unused) {
			port += (uint32_t)__builtin_ctzll(unused);
			break;
		}
		port = (port | 63) + 1;
	}
	return port <= to ? port : 0;
}

/* The same in the whole range, from `start` on and around. */
static uint32_t find_unused_from(const struct ports *p, uint32_t start)
{
	uint32_t port = find_unused(p, start, p->hi);

	if (!port && start > p->lo)
		port = find_unused(p, p->lo, start - 1);
	return port;
}

int ports_pick_bind(struct ports *p, struct rng *rng, uint32_t addr)
{
	uint32_t n = range_of(p);
	uint32_t start = rng_below(rng, n);
	uint32_t port = find_unused_from(p, p->lo + start);
	uint32_t i;

	if (port)
		return (int)port;
	for (i = 0; i < n; i++) {
		port = p->lo + (start + i) % n;
		if (ports_overlap(p, addr, (uint16_t)port).n == 0)
			return (int)port;
	}
	return -EADDRINUSE;
}

struct wish {
	const struct ports *p;
	uint32_t laddr;
	port_taken_fn *taken;
	void *ctx;
};

static bool can_have(const struct wish *w, uint32_t port)
{
	const uint16_t it = (uint16_t)port;

	ports_prefetch(w->p, it); /* whoever may have it will hold it */
	/* Mostly the bitmap says enough, and no entry needs to be looked up. */
	if (w->p->chosen[it / 64] >> it % 64 & 1 &&
	    ports_overlap(w->p, w->laddr, it).n_chosen > 0)
		return false;
	return !w->taken(w->ctx, it);
}

int ports_pick_connect(struct ports *p, struct rng *rng,
		       const struct tern_tuple *t, port_taken_fn *taken,
		       void *ctx)
{
	const struct wish w = {p, t->laddr, taken, ctx};
	const uint32_t n = range_of(p), tries = min_u32(n, TRIES);
	struct siphash_key key;
	uint32_t start = 0, port, i;

	renew_key(p, rng, tries);
	key = key_of(p, t);
	for (i = 0; i < tries; i++) {
		start = permute(&key, p->n_picks++, n);
		if (can_have(&w, p->lo + start))
			return (int)(p->lo + start);
	}
	port = find_unused_from(p, p->lo + start);
	if (port && can_have(&w, port))
		return (int)port;
	for (i = 0; i < n; i++) {
		port = p->lo + (start + i) % n;
		if (can_have(&w, port))
			return (int)port;
	}
	return -EADDRNOTAVAIL;
}
