/* SPDX-License-Identifier: ISC */
/*
 * ip4_plain.h - the IPv4 header that nearly every datagram has: 20 bytes, and
 * not a fragment
 *
 * The same formats as ip4.h, inline, so that the fields go from the bytes to
 * registers and never through a struct in memory.  Whatever is not plain, or
 * not right, is for ip4_parse(), which knows the reasons.
 */
#ifndef TERN_WIRE_IP4_PLAIN_H
#define TERN_WIRE_IP4_PLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/checksum.h"
#include "wire/ip4.h"

#define IP4_PLAIN_FIRST	   0x45	  /* version 4, 5 words of header */
#define IP4_PLAIN_FRAGMENT 0x3fff /* MF and the offset */
#define IP4_PLAIN_DF	   0x4000

struct ip4_plain {
	uint8_t tos, ttl, proto;
	bool df;
	uint16_t total_len, id;
	uint32_t src, dst;
};

/* The sum of 20 bytes. */
static inline uint64_t ip4_sum_plain(const uint8_t *p)
{
	uint64_t a, b;
	uint32_t c;

	memcpy(&a, p, sizeof(a));
	memcpy(&b, p + 8, sizeof(b));
	memcpy(&c, p + 16, sizeof(c));
	return (a & 0xffffffff) + (a >> 32) + (b & 0xffffffff) + (b >> 32) + c;
}

/*
 * Reads the header of a datagram of which the first `head_len` of `len` bytes
 * are at p.  Returns false if it is not plain or ip4_parse() would refuse it;
 * h may have been written then.
 */
static inline bool ip4_read_plain(const uint8_t *p, uint32_t head_len,
				  uint32_t len, struct ip4_plain *h)
{
	uint16_t fragment;

	if (unlikely(head_len < IP4_HEADER_LEN || p[0] != IP4_PLAIN_FIRST))
		return false;
	h->total_len = load_be16(p + 2);
	fragment = load_be16(p + 6);
	if (unlikely(h->total_len < IP4_HEADER_LEN || h->total_len > len ||
		     (fragment & IP4_PLAIN_FRAGMENT)))
		return false;
	if (unlikely(!checksum_ok(ip4_sum_plain(p))))
		return false;
	h->tos = p[1];
	h->id = load_be16(p + 4);
	h->df = fragment & IP4_PLAIN_DF;
	h->ttl = p[8];
	h->proto = p[9];
	h->src = load_be32(p + 12);
	h->dst = load_be32(p + 16);
	return true;
}

/* Writes the 20 bytes with their checksum. */
static inline void ip4_write_plain(uint8_t *p, const struct ip4_plain *h)
{
	uint32_t start = (uint32_t)IP4_PLAIN_FIRST << 24 |
			 (uint32_t)h->tos << 16 | h->total_len;
	uint32_t middle = (uint32_t)h->id << 16 | (h->df ? IP4_PLAIN_DF : 0U);
	uint16_t end = (uint16_t)(h->ttl << 8 | h->proto);
	uint64_t acc = sum_u32(sum_u32(sum_u16(0, end), start), middle);

	acc = sum_u32(sum_u32(acc, h->src), h->dst);
	store_be32(p, start);
	store_be32(p + 4, middle);
	store_be16(p + 8, end);
	store_be16(p + 10, checksum_finish(acc));
	store_be32(p + 12, h->src);
	store_be32(p + 16, h->dst);
}

/* Changes 16 bits at an even offset in front of the checksum, and that. */
static inline void ip4_change_plain(uint8_t *p, unsigned int at, uint16_t v)
{
	const uint16_t sum =
		checksum_update16(load_be16(p + 10), load_be16(p + at), v);

	store_be16(p + at, v);
	store_be16(p + 10, sum);
}

#endif
