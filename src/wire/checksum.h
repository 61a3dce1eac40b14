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

/* The same for a header: short, and a multiple of four bytes long. */
static inline uint64_t sum_header(uint64_t acc, const uint8_t *p, uint32_t len)
{
	uint64_t words = 0, v, carries = 0;
	uint32_t last = 0;

	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&v, p, sizeof(v));
		carries += __builtin_add_overflow(words, v, &words);
	}
	if (len > 0)
		memcpy(&last, p, sizeof(last));
	return acc + (words & 0xffffffff) + (words >> 32) + carries + last;
}

/* Adds a sum made from 0 elsewhere, of bytes that begin at an odd offset if
 * `odd`.  So the parts of a segment may be summed alone, once. */
uint64_t sum_add(uint64_t acc, uint64_t part, bool odd);

/* Adds bytes that begin at an odd offset if `odd`. */
uint64_t sum_at(uint64_t acc, const void *p, size_t len, bool odd);

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
 * the length of header and text.
 */
static inline uint64_t sum_pseudo4(uint32_t src, uint32_t dst, uint8_t proto,
				   uint32_t len)
{
	return sum_u32(sum_u32(sum_u16(sum_u32(0, len), proto), src), dst);
}

/* The sum folded to 16 bits, not complemented: what a link with checksum
 * offload wants to find in the field. */
static inline uint16_t sum_fold(uint64_t acc)
{
	acc = (acc & 0xffffffff) + (acc >> 32);
	acc = (acc & 0xffffffff) + (acc >> 32);
	acc = (acc & 0xffff) + (acc >> 16);
	acc = (acc & 0xffff) + (acc >> 16);
	return swap_be16((uint16_t)acc);
}

/* The checksum: complement of the folded sum. */
static inline uint16_t checksum_finish(uint64_t acc)
{
	return (uint16_t)~sum_fold(acc);
}

/* True if bytes that include their checksum field sum up as they should. */
static inline bool checksum_ok(uint64_t acc)
{
	return sum_fold(acc) == 0xffff;
}

/* The checksum after a field changed, RFC 1624 equation 3. */
uint16_t checksum_update16(uint16_t sum, uint16_t old, uint16_t new);
uint16_t checksum_update32(uint16_t sum, uint32_t old, uint32_t new);

#endif
