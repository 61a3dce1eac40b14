/* SPDX-License-Identifier: ISC */
/*
 * header.h - the few header fields that links look at
 *
 * Links stand outside of the core and see only <tern/...>.  Those that cut,
 * mark or complete frames need these offsets, loads and stores, and no more.
 */
#ifndef TERN_LINKS_HEADER_H
#define TERN_LINKS_HEADER_H

#include <stddef.h>
#include <stdint.h>

#define ETH_LEN	     14 /* Ethernet header without tag */
#define ETH_TYPE     12
#define ETH_TYPE_IP4 0x0800

/* IPv4, RFC 791 3.1. */
#define IP4_LEN	     20 /* without options */
#define IP4_TOTAL    2
#define IP4_ID	     4
#define IP4_PROTOCOL 9
#define IP4_CHECKSUM 10
#define IP4_SOURCE   12 /* and the destination behind it */
#define IP4_TCP	     6	/* the protocol */

/* TCP, RFC 9293 3.1. */
#define TCP_LEN	     20 /* without options */
#define TCP_SEQ	     4
#define TCP_OFFSET   12
#define TCP_FLAGS    13
#define TCP_CHECKSUM 16
#define TCP_URGENT   18
#define TCP_FIN	     0x01
#define TCP_PSH	     0x08
#define TCP_URG	     0x20
#define TCP_CWR	     0x80

static inline uint16_t get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)get_be16(p) << 16 | get_be16(p + 2);
}

static inline void put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put_be32(uint8_t *p, uint32_t v)
{
	put_be16(p, (uint16_t)(v >> 16));
	put_be16(p + 2, (uint16_t)v);
}

/* Length in bytes from the lower or upper half byte that counts words. */
static inline uint32_t ip4_header_len(const uint8_t *ip)
{
	return (ip[0] & 0x0fU) * 4;
}

static inline uint32_t tcp_header_len(const uint8_t *tcp)
{
	return (tcp[TCP_OFFSET] >> 4) * 4U;
}

/*
 * The Internet checksum's sum, RFC 1071, folded to 16 bits and not
 * complemented, of `len` bytes added to `sum`.
 */
static inline uint16_t folded_sum(uint32_t sum, const uint8_t *p, size_t len)
{
	uint64_t acc = sum;

	for (; len > 1; p += 2, len -= 2)
		acc += get_be16(p);
	if (len)
		acc += (uint64_t)p[0] << 8;
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return (uint16_t)acc;
}

#endif
