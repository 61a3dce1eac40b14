/* SPDX-License-Identifier: ISC */
/*
 * checksum.c - the Internet checksum, RFC 1071, and its update, RFC 1624
 *
 * Ones' complement addition does not care about byte order (RFC 1071 2 B) nor
 * about the width of the words added, as long as no carry is lost.  So words of
 * 64 bits in memory order are added up twice, in the lanes of a vector:
 *
 *	all  = sum of the words, modulo 2^64
 *	high = sum of their upper halves, which cannot overflow below 2^32 words
 *
 * and the sum of the lower halves is all - 2^32 high, exact since it is less
 * than 2^64: no carry to look after, three operations for a vector.  Vectors of
 * 16 bytes are everywhere (where they are not, the compiler makes plain 64-bit
 * additions of them); x86 processors that have wider ones use these.
 */
#include "wire/checksum.h"

#include "base/cpu.h"

#define CHUNK	   64	/* bytes a turn of the loop */
#define VECTORS	   256	/* bytes: fewer are summed sooner word by word */
#define COPY_PIECE 4096 /* even */

/* Half of the bits of a word alone are added, so 2^32 words fit. */
static inline uint64_t add_word(uint64_t acc, uint64_t v)
{
	return acc + (v & 0xffffffff) + (v >> 32);
}

static inline uint16_t fold16(uint64_t acc)
{
	return sum_fold32(sum_fold64(acc));
}

/* Defines a function that sums n chunks in vectors of `width` bytes, compiled
 * for `isa`, in two chains of additions if a chunk has more than one. */
#define DEFINE_SUM(isa, name, width)                                          \
	isa static uint64_t name(const uint8_t *p, size_t n)                  \
	{                                                                     \
		typedef uint64_t lanes __attribute__((vector_size(width)));   \
		lanes all[2] = {{0}, {0}}, high[2] = {{0}, {0}}, v;           \
		uint64_t sum = 0;                                             \
		size_t i;                                                     \
                                                                              \
		for (; n > 0; n--) {                                          \
			for (i = 0; i < CHUNK / (width); i++, p += (width)) { \
				memcpy(&v, p, sizeof(v));                     \
				all[i & 1] += v;                              \
				high[i & 1] += v >> 32;                       \
			}                                                     \
		}                                                             \
		all[0] += all[1];                                             \
		high[0] += high[1];                                           \
		all[0] += high[0] - (high[0] << 32); /* both halves */        \
		for (i = 0; i < (width) / sizeof(sum); i++)                   \
			sum += all[0][i];                                     \
		return sum_fold64(sum);                                       \
	}

DEFINE_SUM(CPU_VECTORS_16, sum_by_16, 16)
DEFINE_SUM(CPU_VECTORS_32, sum_by_32, 32)
DEFINE_SUM(CPU_VECTORS_64, sum_by_64, 64)

/* The sum of n chunks. */
static uint64_t sum_chunks(const uint8_t *p, size_t n)
{
	if (CPU_HAS_VECTORS_64)
		return sum_by_64(p, n);
	if (CPU_HAS_VECTORS_32)
		return sum_by_32(p, n);
	return sum_by_16(p, n);
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
	uint64_t sum = 0, words = 0, carries = 0;

	if (len >= VECTORS) {
		sum = sum_chunks(at, len / CHUNK);
		at += len / CHUNK * CHUNK;
		len %= CHUNK;
	}
	for (; len >= 32; len -= 32, at += 32) {
		carries += sum_carry(&words, at);
		carries += sum_carry(&words, at + 8);
		carries += sum_carry(&words, at + 16);
		carries += sum_carry(&words, at + 24);
	}
	for (; len >= 8; len -= 8, at += 8)
		carries += sum_carry(&words, at);
	sum = add_word(sum, words) + carries;
	return acc + sum_fold64(len ? sum_tail(sum, at, len) : sum);
}

/* By pieces, so that what is added is in the nearest cache. */
uint64_t copy_and_sum(void *dst, const void *src, size_t len, uint64_t acc)
{
	const uint8_t *from = src;
	uint8_t *to = dst;

	while (len > 0) {
		size_t n = min_size(len, COPY_PIECE);

		/* If gcc knows n to be small it writes `rep movs`: slow. */
		__asm__("" : "+r"(n));
		memcpy(to, from, n);
		acc = sum_bytes(acc, from, n);
		from += n;
		to += n;
		len -= n;
	}
	return acc;
}

uint64_t sum_add(uint64_t acc, uint64_t part, bool odd)
{
	/* RFC 1071 2 B: bytes at the other parity are a sum swapped. */
	if (odd)
		return acc + __builtin_bswap16(fold16(part));
	return acc + sum_fold64(part);
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
