/* SPDX-License-Identifier: ISC */
/*
 * siphash.c - SipHash-c-d, Aumasson and Bernstein 2012
 *
 * The number of rounds is a constant wherever these functions are inlined, so
 * one text makes all the variants.
 */
#include "base/siphash.h"

#include "base/bytes.h"

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotl64(s->v1, 13) ^ s->v0;
	s->v0 = rotl64(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotl64(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotl64(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotl64(s->v1, 17) ^ s->v2;
	s->v2 = rotl64(s->v2, 32);
}

static inline struct sip sip_init(const struct siphash_key *key)
{
	return (struct sip){
		key->k0 ^ UINT64_C(0x736f6d6570736575),
		key->k1 ^ UINT64_C(0x646f72616e646f6d),
		key->k0 ^ UINT64_C(0x6c7967656e657261),
		key->k1 ^ UINT64_C(0x7465646279746573),
	};
}

static inline void sip_word(struct sip *s, uint64_t m, int n_rounds)
{
	int i;

	s->v3 ^= m;
	for (i = 0; i < n_rounds; i++)
		sip_round(s);
	s->v0 ^= m;
}

static inline uint64_t sip_finish(struct sip *s, int n_rounds)
{
	int i;

	s->v2 ^= 0xff;
	for (i = 0; i < n_rounds; i++)
		sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* The last word: what is left over, and the length in the top byte. */
static inline uint64_t last_word(const uint8_t *p, size_t len)
{
	uint64_t m = (uint64_t)len << 56;
	size_t i;

	for (i = 0; i < len % 8; i++)
		m |= (uint64_t)p[i] << (8 * i);
	return m;
}

static inline uint64_t hash_bytes(const struct siphash_key *key,
				  const uint8_t *p, size_t len, int c, int d)
{
	struct sip s = sip_init(key);
	size_t n;

	for (n = len / 8; n > 0; n--, p += 8)
		sip_word(&s, load_le64(p), c);
	sip_word(&s, last_word(p, len), c);
	return sip_finish(&s, d);
}

static inline uint64_t hash_12(const struct siphash_key *key, uint64_t a,
			       uint32_t b, int c, int d)
{
	struct sip s = sip_init(key);

	sip_word(&s, a, c);
	sip_word(&s, UINT64_C(12) << 56 | b, c);
	return sip_finish(&s, d);
}

static inline uint64_t hash_16(const struct siphash_key *key, uint64_t a,
			       uint64_t b, int c, int d)
{
	struct sip s = sip_init(key);

	sip_word(&s, a, c);
	sip_word(&s, b, c);
	sip_word(&s, UINT64_C(16) << 56, c);
	return sip_finish(&s, d);
}

struct siphash_key siphash_key_load(const uint8_t bytes[16])
{
	return (struct siphash_key){load_le64(bytes), load_le64(bytes + 8)};
}

uint64_t siphash24(const struct siphash_key *key, const void *p, size_t len)
{
	return hash_bytes(key, p, len, 2, 4);
}

uint64_t siphash13(const struct siphash_key *key, const void *p, size_t len)
{
	return hash_bytes(key, p, len, 1, 3);
}

uint64_t siphash24_12(const struct siphash_key *key, uint64_t a, uint32_t b)
{
	return hash_12(key, a, b, 2, 4);
}

uint64_t siphash24_16(const struct siphash_key *key, uint64_t a, uint64_t b)
{
	return hash_16(key, a, b, 2, 4);
}

uint64_t siphash13_12(const struct siphash_key *key, uint64_t a, uint32_t b)
{
	return hash_12(key, a, b, 1, 3);
}

uint64_t siphash13_16(const struct siphash_key *key, uint64_t a, uint64_t b)
{
	return hash_16(key, a, b, 1, 3);
}
