/* SPDX-License-Identifier: ISC */
/*
 * bytes.h - loads and stores of any alignment, and the smallest of helpers
 *
 * The memcpy() calls compile to single moves; they are what makes unaligned
 * access and type punning legal C.
 */
#ifndef TERN_BASE_BYTES_H
#define TERN_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* The struct of type `type` whose member `member` is at `ptr`. */
#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/*
 * Asks for the cache line of p; p may be any address.  To a compiler this is no
 * effect: a function that does nothing else is pure, and gcc drops calls of it.
 * The empty statement, which is one, keeps them.
 */
static inline void prefetch(const void *p)
{
	__builtin_prefetch(p);
	__asm__ volatile("");
}

/* Asks for all lines of an object, so that they come at the same time. */
static inline void prefetch_object(const void *p, size_t size)
{
	const char *at = p;
	size_t off;

	for (off = 0; off < size; off += 64)
		prefetch(at + off);
	prefetch(at + size - 1); /* it may begin in the middle of one */
}

/* True on machines that store the low byte first. */
static inline bool is_little_endian(void)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
}

/* Between host order and network order, either way. */
static inline uint16_t swap_be16(uint16_t v)
{
	return is_little_endian() ? __builtin_bswap16(v) : v;
}

static inline uint32_t swap_be32(uint32_t v)
{
	return is_little_endian() ? __builtin_bswap32(v) : v;
}

static inline uint64_t swap_be64(uint64_t v)
{
	return is_little_endian() ? __builtin_bswap64(v) : v;
}

/* Between host order and little-endian order, either way. */
static inline uint32_t swap_le32(uint32_t v)
{
	return is_little_endian() ? v : __builtin_bswap32(v);
}

static inline uint64_t swap_le64(uint64_t v)
{
	return is_little_endian() ? v : __builtin_bswap64(v);
}

static inline uint16_t load_be16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return swap_be16(v);
}

static inline uint32_t load_be32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return swap_be32(v);
}

static inline uint64_t load_be64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return swap_be64(v);
}

static inline void store_be16(void *p, uint16_t v)
{
	v = swap_be16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void store_be32(void *p, uint32_t v)
{
	v = swap_be32(v);
	memcpy(p, &v, sizeof(v));
}

static inline void store_be64(void *p, uint64_t v)
{
	v = swap_be64(v);
	memcpy(p, &v, sizeof(v));
}

static inline uint32_t load_le32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return swap_le32(v);
}

static inline uint64_t load_le64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return swap_le64(v);
}

static inline void store_le32(void *p, uint32_t v)
{
	v = swap_le32(v);
	memcpy(p, &v, sizeof(v));
}

static inline void store_le64(void *p, uint64_t v)
{
	v = swap_le64(v);
	memcpy(p, &v, sizeof(v));
}

static inline uint32_t rotl32(uint32_t v, unsigned int n)
{
	return (v << (n & 31)) | (v >> (-n & 31));
}

static inline uint64_t rotl64(uint64_t v, unsigned int n)
{
	return (v << (n & 63)) | (v >> (-n & 63));
}

static inline uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static inline uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static inline uint32_t clamp_u32(uint32_t v, uint32_t lo, uint32_t hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline uint64_t clamp_u64(uint64_t v, uint64_t lo, uint64_t hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static inline size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static inline size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* a + b, or UINT64_MAX where that does not fit (times near TERN_NEVER). */
static inline uint64_t add_sat_u64(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

#endif
