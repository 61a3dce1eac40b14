/* SPDX-License-Identifier: ISC */
/*
 * siphash.h - SipHash-2-4 and SipHash-1-3, keyed hashes of short inputs
 *
 * 2-4 is for what must not be forged (ISN, cookies), 1-3 for hash tables.
 */
#ifndef TERN_BASE_SIPHASH_H
#define TERN_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k0, k1;
};

/* Reads the key from 16 bytes, as the paper writes it. */
struct siphash_key siphash_key_load(const uint8_t bytes[16]);

uint64_t siphash24(const struct siphash_key *key, const void *p, size_t len);
uint64_t siphash13(const struct siphash_key *key, const void *p, size_t len);

/*
 * The same hash of 12 or 16 bytes that are words already: a and b count as
 * stored little-endian one after the other.
 */
uint64_t siphash24_12(const struct siphash_key *key, uint64_t a, uint32_t b);
uint64_t siphash24_16(const struct siphash_key *key, uint64_t a, uint64_t b);
uint64_t siphash13_12(const struct siphash_key *key, uint64_t a, uint32_t b);
uint64_t siphash13_16(const struct siphash_key *key, uint64_t a, uint64_t b);

#endif
