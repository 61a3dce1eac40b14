/* SPDX-License-Identifier: ISC */
/*
 * rng.h - random numbers from a seed: the ChaCha20 key stream, RFC 8439 2.3
 *
 * The same seed and stream number give the same numbers for ever; different
 * streams of one seed have nothing to do with each other.  Unpredictable to
 * whoever does not know the seed.
 */
#ifndef TERN_BASE_RNG_H
#define TERN_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint32_t state[16]; /* constants, key, counter (2), stream (2) */
	uint8_t buf[64];    /* the current block of key stream */
	uint32_t used;	    /* bytes of it handed out */
};

/* The block function: 20 rounds over `in`, plus `in`, little-endian. */
void chacha20_block(const uint32_t in[16], uint8_t out[64]);

void rng_init(struct rng *r, const uint8_t seed[32], uint64_t stream);
uint32_t rng_u32(struct rng *r);
uint64_t rng_u64(struct rng *r);

/* Uniform in 0 .. n - 1, without bias; n must not be 0. */
uint32_t rng_below(struct rng *r, uint32_t n);
void rng_bytes(struct rng *r, void *p, size_t len);

#endif
