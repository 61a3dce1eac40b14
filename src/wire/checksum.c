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

#define CHUNK	64   /* bytes: a line of the cache */
#define VECTORS 256  /* bytes: fewer are summed sooner word by word */
#define AHEAD	1024 /* how far the next bytes of a copy are asked for */

/* Half of the bits of a word alone are added, so 2^32 words fit. */
static inline uint64_t add_word(uint64_t acc, uint64_t v)
{
	return acc + (v & 0xffffffff) + (v >> 32);
}

static inline uint16_t fold16(uint64_t acc)
{
	return sum_fold32(sum_fold64(acc));
}

/* The sum of all lanes of two chains. */
#define SUM_LANES(sum, all, high, width)                             \
	do {                                                         \
		size_t lane;                                         \
                                                                     \
		(all)[0] += (all)[1];                                \
		(high)[0] += (high)[1];                              \
		/* both halves */                                    \
		(all)[0] += (high)[0] - ((high)[0] << 32);           \
		for (lane = 0; lane < (width) / sizeof(sum); lane++) \
			(sum) += (all)[0][lane];                     \
	} while (0)

/* Defines functions that sum n chunks, and copy them too, in vectors of `width`
 * bytes, compiled for `isa`, in two chains of additions. */
#define DEFINE_SUM(isa, sum_by, copy_by, width)                              \
	isa static uint64_t sum_by(const uint8_t *p, size_t n)               \
	{                                                                    \
		typedef uint64_t lanes __attribute__((vector_size(width)));  \
		lanes all[2] = {{0}, {0}}, high[2] = {{0}, {0}}, v;          \
		uint64_t sum = 0;                                            \
		size_t i;                                                    \
                                                                             \
		for (; n >= 4; n -= 4) {                                     \
			for (i = 0; i < 4 * CHUNK / (width); i++) {          \
				memcpy(&v, p, sizeof(v));                    \
				all[i & 1] += v;                             \
				high[i & 1] += v >> 32;                      \
				p += (width);                                \
			}                                                    \
		}                                                            \
		for (n *= CHUNK / (width); n > 0; n--, p += (width)) {       \
			memcpy(&v, p, sizeof(v));                            \
			all[0] += v;                                         \
			high[0] += v >> 32;                                  \
		}                                                            \
		SUM_LANES(sum, all, high, width);                            \
		return sum_fold64(sum);                                      \
	}                                                                    \
                                                                             \
	isa static uint64_t copy_by(uint8_t *to, const uint8_t *p, size_t n) \
	{                                                                    \
		typedef uint64_t lanes __attribute__((vector_size(width)));  \
		lanes all[2] = {{0}, {0}}, high[2] = {{0}, {0}}, v;          \
		uint64_t sum = 0;                                            \
		size_t i;                                                    \
                                                                             \
		for (; n > 0; n--) {                                         \
			prefetch(p + AHEAD);                                 \
			prefetch(to + AHEAD);                                \
			for (i = 0; i < CHUNK / (width); i++) {              \
				memcpy(&v, p, sizeof(v));                    \
				memcpy(to, &v, sizeof(v));                   \
				all[i & 1] += v;                             \
				high[i & 1] += v >> 32;                      \
				p += (width);                                \
				to += (width);                               \
			}                                                    \
		}                                                            \
		SUM_LANES(sum, all, high, width);                            \
		return sum_fold64(sum);                                      \
	}

DEFINE_SUM(CPU_VECTORS_16, sum_by_16, copy_by_16, 16)
DEFINE_SUM(CPU_VECTORS_32, sum_by_32, copy_by_32, 32)
DEFINE_SUM(CPU_VECTORS_64, sum_by_64, copy_by_64, 64)

/* The sum of n chunks. */
static uint64_t sum_chunks(const uint8_t *p, size_t n)
{
	if (CPU_HAS_VECTORS_64)
		return sum_by_64(p, n);
	if (CPU_HAS_VECTORS_32)
		return sum_by_32(p, n);
	return sum_by_16(p, n);
}

static uint64_t copy_chunks(uint8_t *to, const uint8_t *p, size_t n)
{
	if (CPU_HAS_VECTORS_64)
		return copy_by_64(to, p, n);
	if (CPU_HAS_VECTORS_32)
		return copy_by_32(to, p, n);
	return copy_by_16(to, p, n);
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

/* Of bytes that are not many. */
static inline uint64_t sum_few(uint64_t sum, const uint8_t *p, size_t len)
{
	uint64_t words = 0, carries = 0;

	for (; len >= 32; len -= 32, p += 32) {
		carries += sum_carry(&words, p);
		carries += sum_carry(&words, p + 8);
		carries += sum_carry(&words, p + 16);
		carries += sum_carry(&words, p + 24);
	}
	for (; len >= 8; len -= 8, p += 8)
		carries += sum_carry(&words, p);
	sum = add_word(sum, words) + carries;
	return len ? sum_tail(sum, p, len) : sum;
}

/* Bytes in front of the next line, if they are an even number. */
static inline size_t to_line(const uint8_t *p)
{
	const size_t n = -(uintptr_t)p & (CHUNK - 1);

	return n % 2 == 0 ? n : 0;
}

uint64_t sum_bytes(uint64_t acc, const void *p, size_t len)
{
	const uint8_t *at = p;
	uint64_t sum = 0;
	size_t n;

	if (len >= VECTORS) {
		n = to_line(at);
		sum = sum_few(0, at, n);
		at += n;
		len -= n;
		sum += sum_chunks(at, len / CHUNK);
		at += len / CHUNK * CHUNK;
		len %= CHUNK;
	}
	return acc + sum_fold64(sum_few(sum, at, len));
}

static inline uint64_t copy_few(uint8_t *to, const uint8_t *p, size_t len)
{
	uint64_t sum = 0, v;
	size_t i;

	for (; len >= 8; len -= 8, p += 8, to += 8) {
		memcpy(&v, p, sizeof(v));
		memcpy(to, &v, sizeof(v));
		sum = add_word(sum, v);
	}
	for (i = 0; i < len; i++)
		to[i] = p[i];
	/* Of the copy: should somebody write to the source meanwhile, the sum
	 * is nevertheless that of what will be sent. */
	return sum_tail(sum, to, len);
}

uint64_t copy_and_sum(void *dst, const void *src, size_t len, uint64_t acc)
{
	const uint8_t *from = src;
	uint8_t *to = dst;
	uint64_t sum = 0;
	size_t n;

	if (len >= VECTORS) {
		n = to_line(to);
		sum = copy_few(to, from, n);
		to += n;
		from += n;
		len -= n;
		n = len / CHUNK * CHUNK;
		sum += copy_chunks(to, from, len / CHUNK);
		to += n;
		from += n;
		len -= n;
	}
	return acc + sum_fold64(sum + copy_few(to, from, len));
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
