/* SPDX-License-Identifier: ISC */
/*
 * ip_id.c - the identification field of datagrams that may be cut, RFC 6864
 *
 * A datagram with DF is never cut, and its ID means nothing: it is 0, and
 * tells nobody anything (4.1).  All others draw from one sequence in which no
 * value comes again before all the others have come, as 4.3 asks for every
 * pair of addresses.  The sequence is a counter put through a keyed
 * permutation (a Feistel network of four rounds over two bytes), so that a
 * host that sees some of the values cannot tell how many lay between them.
 * After 65536 values there is a new key.
 */
#include "net/ip_id.h"

#define ROUNDS 4

static void choose_key(struct ip_ids *ids, struct rng *rng)
{
	ids->key.k0 = rng_u64(rng);
	ids->key.k1 = rng_u64(rng);
	ids->next = 0;
}

void ip_ids_init(struct ip_ids *ids, struct rng *rng)
{
	choose_key(ids, rng);
}

static uint16_t permute(const struct siphash_key *key, uint32_t v)
{
	uint8_t left = (uint8_t)(v >> 8), right = (uint8_t)v;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint8_t old = right;

		right = left ^ (uint8_t)siphash13_12(key, right, round);
		left = old;
	}
	return (uint16_t)(left << 8 | right);
}

uint16_t ip_ids_next(struct ip_ids *ids, struct rng *rng)
{
	if (ids->next > UINT16_MAX)
		choose_key(ids, rng);
	return permute(&ids->key, ids->next++);
}
