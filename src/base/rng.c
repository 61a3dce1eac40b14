/* SPDX-License-Identifier: ISC */
/*
 * rng.c - random numbers from a seed: the ChaCha20 key stream, RFC 8439 2.3
 *
 * The seed is the key.  Of the four words that RFC 8439 splits into a 32-bit
 * counter and a nonce, two count blocks here and two hold the stream number,
 * as in the original ChaCha: no stream ever runs into another.
 */
#include "base/rng.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

static inline void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c,
				 uint32_t *d)
{
	*a += *b;
	*d = rotl32(*d ^ *a, 16);
	*c += *d;
	*b = rotl32(*b ^ *c, 12);
	*a += *b;
	*d = rotl32(*d ^ *a, 8);
	*c += *d;
	*b = rotl32(*b ^ *c, 7);
}

void chacha20_block(const uint32_t in[16], uint8_t out[64])
{
	uint32_t x[16];
	int i;

	memcpy(x, in, sizeof(x));
	for (i = 0; i < 10; i++) {
		quarter_round(&x[0], &x[4], &x[8], &x[12]);
		quarter_round(&x[1], &x[5], &x[9], &x[13]);
		quarter_round(&x[2], &x[6], &x[10], &x[14]);
		quarter_round(&x[3], &x[7], &x[11], &x[15]);
		quarter_round(&x[0], &x[5], &x[10], &x[15]);
		quarter_round(&x[1], &x[6], &x[11], &x[12]);
		quarter_round(&x[2], &x[7], &x[8], &x[13]);
		quarter_round(&x[3], &x[4], &x[9], &x[14]);
	}
	for (i = 0; i < 16; i++)
		store_le32(out + 4 * i, x[i] + in[i]);
}

void rng_init(struct rng *r, const uint8_t seed[32], uint64_t stream)
{
	static const char constants[16] = "expand 32-byte k";
	int i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < 4; i++)
		r->state[i] = load_le32(constants + 4 * i);
	for (i = 0; i < 8; i++)
		r->state[4 + i] = load_le32(seed + 4 * i);
	r->state[14] = (uint32_t)stream;
	r->state[15] = (uint32_t)(stream >> 32);
	r->used = sizeof(r->buf);
}

static void refill(struct rng *r)
{
	chacha20_block(r->state, r->buf);
	r->used = 0;
	if (++r->state[12] == 0)
		r->state[13]++;
}

void rng_bytes(struct rng *r, void *p, size_t len)
{
	uint8_t *out = p;

	while (len > 0) {
		size_t n;

		if (r->used == sizeof(r->buf))
			refill(r);
		n = min_size(len, sizeof(r->buf) - r->used);
		memcpy(out, r->buf + r->used, n);
		/* What was handed out is not to be found in memory later. */
		memset(r->buf + r->used, 0, n);
		r->used += (uint32_t)n;
		out += n;
		len -= n;
	}
}

uint32_t rng_u32(struct rng *r)
{
	uint8_t bytes[4];

	rng_bytes(r, bytes, sizeof(bytes));
	return load_le32(bytes);
}

uint64_t rng_u64(struct rng *r)
{
	uint8_t bytes[8];

	rng_bytes(r, bytes, sizeof(bytes));
	return load_le64(bytes);
}

/*
 * Lemire 2019: the high word of a 32 x 32 bit product is uniform once the
 * first 2^32 mod n values of the low word are thrown away.
 */
uint32_t rng_below(struct rng *r, uint32_t n)
{
	uint64_t product;

	TERN_ASSERT(n > 0);
	do {
		product = (uint64_t)rng_u32(r) * n;
	} while ((uint32_t)product < n && (uint32_t)product < -n % n);
	return (uint32_t)(product >> 32);
}
