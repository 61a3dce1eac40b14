/* SPDX-License-Identifier: ISC */
/*
 * ip4.h - the IPv4 header, RFC 791, RFC 1122 3.2.1
 */
#ifndef TERN_WIRE_IP4_H
#define TERN_WIRE_IP4_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/stats.h>

#define IP4_HEADER_LEN	   20
#define IP4_HEADER_LEN_MAX 60
#define IP4_BROADCAST	   UINT32_C(0xffffffff)

enum ip_proto {
	IP_PROTO_ICMP = 1,
	IP_PROTO_TCP = 6,
	IP_PROTO_UDP = 17,
};

struct ip4_header {
	uint8_t header_len; /* bytes, 20 to 60 */
	uint8_t tos;
	uint8_t ttl;
	uint8_t proto;
	uint16_t total_len;
	uint16_t id;
	uint16_t frag_off; /* bytes, a multiple of 8 */
	bool df, mf;
	uint32_t src, dst;
	const uint8_t *options; /* header_len - 20 bytes; NULL if none */
	uint8_t options_len;
};

/*
 * Reads the header of a datagram of which the first `head_len` of `len` bytes
 * are at p.  Bytes beyond total_len are link padding.  Returns 0 and fills h,
 * or TERN_DROP_FRAME_SHORT, _FRAME_SCATTERED (the header goes beyond
 * head_len), _IP_VERSION, _IP_HEADER_LENGTH, _IP_TOTAL_LENGTH, _IP_CHECKSUM.
 */
TERN_CHECK enum tern_drop ip4_parse(const uint8_t *p, uint32_t head_len,
				    uint32_t len, struct ip4_header *h);

/*
 * Reads the header of a datagram quoted by ICMP: total_len may be more than is
 * there, and the checksum is not looked at, since routers change the header.
 * Returns 0 or TERN_DROP_ICMP_QUOTE.
 */
TERN_CHECK enum tern_drop ip4_parse_quote(const uint8_t *p, uint32_t len,
					  struct ip4_header *h);

/*
 * Walks the options.  Returns 0, or TERN_DROP_IP_OPTIONS if one has an illegal
 * length or asks for source routing.
 */
TERN_CHECK enum tern_drop ip4_check_options(const struct ip4_header *h);

/*
 * Writes the header with its checksum: 20 bytes, or more if h has options,
 * padded with zeros to a multiple of 4.  h->header_len is not read.  Returns
 * the length.
 */
uint32_t ip4_emit(uint8_t *p, const struct ip4_header *h);

/* True for a datagram that is only a part of another. */
static inline bool ip4_is_fragment(const struct ip4_header *h)
{
	return h->mf || h->frag_off;
}

/* Addresses, all in host order. */
static inline uint32_t ip4_addr(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (uint32_t)a << 24 | (uint32_t)b << 16 | (uint32_t)c << 8 | d;
}

/* The netmask of a prefix of 0 to 32 bits. */
static inline uint32_t ip4_mask(int prefix_len)
{
	return prefix_len <= 0 ? 0 : UINT32_MAX << (32 - prefix_len);
}

static inline bool ip4_is_loopback(uint32_t addr)
{
	return addr >> 24 == 127;
}

static inline bool ip4_is_multicast(uint32_t addr)
{
	return addr >> 28 == 14;
}

/* 240.0.0.0/4, the limited broadcast address among them. */
static inline bool ip4_is_reserved(uint32_t addr)
{
	return addr >> 28 == 15;
}

/* 0.0.0.0/8, "this host on this network". */
static inline bool ip4_is_this_network(uint32_t addr)
{
	return addr >> 24 == 0;
}

#endif
