/* SPDX-License-Identifier: ISC */
/*
 * checksum.h - the Internet checksum, RFC 1071, and its update, RFC 1624
 *
 * An accumulator is a uint64_t that starts at 0 (or at a pseudo header) and is
 * opaque: it is kept in memory order, whatever that is.  It has room for 2^32
 * additions.  All 16-bit results and arguments are in host order, ready for
 * load_be16() and store_be16().
 */
#ifndef TERN_WIRE_CHECKSUM_H
#define TERN_WIRE_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"

/* Adds bytes that begin at an even offset of what is summed. */
uint64_t sum_bytes(uint64_t acc, const void *p, size_t len);

/* Adds the word at p; a carry out of it is for the caller. */
static inline bool sum_carry(uint64_t *words, const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_add_overflow(*words, v, words);
}

/* The same for a header: at most 60 bytes, a multiple of four. */
static inline uint64_t sum_header(uint64_t acc, const uint8_t *p, uint32_t len)
{
	uint64_t words = 0, carries = 0;
	uint32_t last = 0;

	if (len & 32) {
		carries += sum_carry(&words, p);
		carries += sum_carry(&words, p + 8);
		carries += sum_carry(&words, p + 16);
		carries += sum_carry(&words, p + 24);
		p += 32;
	}
	if (len & 16) {
		carries += sum_carry(&words, p);
		carries += sum_carry(&words, p + 8);
		p += 16;
	}
	if (len & 8) {
		carries += sum_carry(&words, p);
		p += 8;
	}
	if (len & 4)
		memcpy(&last, p, sizeof(last));
	return acc + (words & 0xffffffff) + (words >> 32) + carries + last;
}

/* Adds a sum made from 0 elsewhere, of bytes that begin at an odd offset if
 * `odd`.  So the parts of a segment may be summed alone, once. */
uint64_t sum_add(uint64_t acc, uint64_t part, bool odd);

/* Adds bytes that begin at an odd offset if `odd`. */
static inline uint64_t sum_at(uint64_t acc, const void *p, size_t len, bool odd)
{
	if (likely(!odd))
		return sum_bytes(acc, p, len);
	return sum_add(acc, sum_bytes(0, p, len), true);
}

/* Copies bytes, which must not overlap, and adds them. */
uint64_t copy_and_sum(void *dst, const void *src, size_t len, uint64_t acc);

/* Adds a 16-bit or 32-bit field given in host order. */
static inline uint64_t sum_u16(uint64_t acc, uint16_t v)
{
	return acc + swap_be16(v);
}

static inline uint64_t sum_u32(uint64_t acc, uint32_t v)
{
	return acc + swap_be32(v);
}

/*
 * The sum of the IPv4 pseudo header, RFC 9293 3.1: addresses, protocol, and
 * the length of header and text.  A sum of 16-bit words is one modulo 65535,
 * where 256 times a word is the word with its bytes exchanged: so the fields
 * are added in host order first.
 */
static inline uint64_t sum_pseudo4(uint32_t src, uint32_t dst, uint8_t proto,
				   uint32_t len)
{
	const uint64_t sum = (uint64_t)src + dst + proto + len;

	return is_little_endian() ? sum << 8 : sum;
}

/*
 * The two halves added, and the carry of that.  A sum that is added to itself
 * with its halves exchanged has the same below as above: what is carried out of
 * the lower half is what the upper one lacks.
 */
static inline uint32_t sum_fold64(uint64_t acc)
{
	return (uint32_t)((acc + rotl64(acc, 32)) >> 32);
}

static inline uint16_t sum_fold32(uint32_t acc)
{
	return (uint16_t)((acc + rotl32(acc, 16)) >> 16);
}

/* The sum folded to 16 bits, not complemented: what a link with checksum
 * offload wants to find in the field. */
static inline uint16_t sum_fold(uint64_t acc)
{
	return swap_be16(sum_fold32(sum_fold64(acc)));
}

/* The checksum: complement of the folded sum. */
static inline uint16_t checksum_finish(uint64_t acc)
{
	return (uint16_t)~sum_fold(acc);
}

/* True if bytes that include their checksum field sum up as they should: the
 * sum folded is 0xffff, which is the same in either order. */
static inline bool checksum_ok(uint64_t acc)
{
	return acc % 0xffff == 0 && acc != 0;
}

/* The checksum after a field changed, RFC 1624 equation 3. */
uint16_t checksum_update16(uint16_t sum, uint16_t old, uint16_t new);
uint16_t checksum_update32(uint16_t sum, uint32_t old, uint32_t new);

#endif
