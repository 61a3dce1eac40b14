/* SPDX-License-Identifier: ISC */
/*
 * checksum.c - the Internet checksum, RFC 1071, and its update, RFC 1624
 *
 * Ones' complement addition does not care about byte order (RFC 1071 2 B) nor
 * about the width of the words added, as long as no carry is lost.  So 64-bit
 * lanes of memory-order words are cut into halves of 32 bits and added to
 * 64-bit lanes, which cannot overflow below 2^32 additions: no carries to look
 * after, and every machine with 16-byte vectors does it two words at a time.
 * (On machines without, the compiler makes plain 64-bit additions of it.)
 */
#include "wire/checksum.h"

typedef uint64_t lanes __attribute__((vector_size(16)));

#define CHUNK 64 /* bytes a turn of the loop */

/* Half of the bits of a word alone are added, so 2^32 words fit. */
static inline uint64_t add_word(uint64_t acc, uint64_t v)
{
	return acc + (v & 0xffffffff) + (v >> 32);
}

static inline uint64_t fold32(uint64_t acc)
{
	acc = (acc & 0xffffffff) + (acc >> 32);
	return (acc & 0xffffffff) + (acc >> 32);
}

static inline uint16_t fold16(uint64_t acc)
{
	acc = fold32(acc);
	acc = (acc & 0xffff) + (acc >> 16);
	return (uint16_t)((acc & 0xffff) + (acc >> 16));
}

/* Adds n_chunks chunks, and copies them if dst is given. */
static inline __attribute__((always_inline)) uint64_t sum_chunks(
	uint8_t *dst, const uint8_t *src, size_t n_chunks)
{
	const lanes low_half = {0xffffffff, 0xffffffff};
	lanes a = {0, 0}, b = {0, 0}, c = {0, 0}, d = {0, 0};
	lanes v[CHUNK / sizeof(lanes)];

	for (; n_chunks > 0; n_chunks--, src += CHUNK) {
		memcpy(v, src, CHUNK);
		if (dst) {
			memcpy(dst, v, CHUNK);
			dst += CHUNK;
		}
		a += (v[0] & low_half) + (v[1] & low_half);
		b += (v[0] >> 32) + (v[1] >> 32);
		c += (v[2] & low_half) + (v[3] & low_half);
		d += (v[2] >> 32) + (v[3] >> 32);
	}
	a = (a + b) + (c + d);
	return fold32(a[0]) + fold32(a[1]);
}

/* The last bytes, fewer than 8: as if zeros followed. */
static inline uint64_t sum_tail(uint64_t acc, const uint8_t *p, size_t len)
{
	if (len & 4) {
		uint32_t v;

		memcpy(&v, p, sizeof(v));
		acc += v;
		p += 4;
	}
	if (len & 2) {
		uint16_t v;

		memcpy(&v, p, sizeof(v));
		acc += v;
		p += 2;
	}
	if (len & 1) {
		uint16_t v = 0;

		memcpy(&v, p, 1);
		acc += v;
	}
	return acc;
}

uint64_t sum_bytes(uint64_t acc, const void *p, size_t len)
{
	const uint8_t *at = p;
	uint64_t sum = 0;

	if (len >= CHUNK) {
		sum = sum_chunks(NULL, at, len / CHUNK);
		at += len / CHUNK * CHUNK;
		len %= CHUNK;
	}
	for (; len >= 8; len -= 8, at += 8) {
		uint64_t v;

		memcpy(&v, at, sizeof(v));
		sum = add_word(sum, v);
	}
	return acc + fold32(sum_tail(sum, at, len));
}

uint64_t copy_and_sum(void *dst, const void *src, size_t len, uint64_t acc)
{
	const uint8_t *from = src;
	uint8_t *to = dst;
	uint64_t sum = 0;

	if (len >= CHUNK) {
		size_t n = len / CHUNK;

		sum = sum_chunks(to, from, n);
		from += n * CHUNK;
		to += n * CHUNK;
		len %= CHUNK;
	}
	if (len > 0)
		memcpy(to, from, len);
	return sum_bytes(acc + fold32(sum), from, len);
}

uint64_t sum_add(uint64_t acc, uint64_t part, bool odd)
{
	/* RFC 1071 2 B: bytes at the other parity are a sum swapped. */
	if (odd)
		return acc + __builtin_bswap16(fold16(part));
	return acc + fold32(part);
}

uint64_t sum_at(uint64_t acc, const void *p, size_t len, bool odd)
{
	return sum_add(acc, sum_bytes(0, p, len), odd);
}

/* HC' = ~(~HC + ~m + m') */
uint16_t checksum_update16(uint16_t sum, uint16_t old, uint16_t new)
{
	return (uint16_t)~fold16((uint64_t)(uint16_t)~sum + (uint16_t)~old +
				 new);
}

uint16_t checksum_update32(uint16_t sum, uint32_t old, uint32_t new)
{
	return (uint16_t)~fold16((uint64_t)(uint16_t)~sum + (uint32_t)~old +
				 new);
}
