/* SPDX-License-Identifier: ISC */
/*
 * ip4.c - the IPv4 header, RFC 791, RFC 1122 3.2.1
 *
 *	 0	version, IHL	 1	TOS	 2	total length
 *	 4	identification	 6	reserved bit, DF, MF, fragment offset
 *	 8	TTL		 9	protocol	10	header checksum
 *	12	source		16	destination	20	options
 *
 * The reserved bit is ignored when read and 0 when written.  Whether addresses
 * make sense is for src/net to say, which knows its own.
 */
#include "wire/ip4.h"

#include <string.h>

#include "base/bytes.h"
#include "wire/checksum.h"

#define FLAG_DF	     0x4000
#define FLAG_MF	     0x2000
#define OFFSET_UNITS 0x1fff /* of 8 bytes */

enum option {
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_LOOSE_ROUTE = 131,
	OPTION_STRICT_ROUTE = 137,
};

/* Bytes of header that IHL stands for, whatever it is. */
static uint32_t ihl_bytes(const uint8_t *p)
{
	return (p[0] & 0x0fU) * 4;
}

/* Fills h from a header whose length is known to be legal and there. */
static void read_header(const uint8_t *p, struct ip4_header *h)
{
	uint16_t fragment = load_be16(p + 6);

	h->header_len = (uint8_t)ihl_bytes(p);
	h->tos = p[1];
	h->total_len = load_be16(p + 2);
	h->id = load_be16(p + 4);
	h->df = fragment & FLAG_DF;
	h->mf = fragment & FLAG_MF;
	h->frag_off = (uint16_t)((fragment & OFFSET_UNITS) * 8);
	h->ttl = p[8];
	h->proto = p[9];
	h->src = load_be32(p + 12);
	h->dst = load_be32(p + 16);
	h->options_len = (uint8_t)(h->header_len - IP4_HEADER_LEN);
	h->options = h->options_len ? p + IP4_HEADER_LEN : NULL;
}

enum tern_drop ip4_parse(const uint8_t *p, uint32_t head_len, uint32_t len,
			 struct ip4_header *h)
{
	uint32_t header_len, total_len;

	if (len < IP4_HEADER_LEN)
		return TERN_DROP_FRAME_SHORT;
	if (head_len < IP4_HEADER_LEN)
		return TERN_DROP_FRAME_SCATTERED;
	if (p[0] >> 4 != 4) /* RFC 1122 3.2.1.1 */
		return TERN_DROP_IP_VERSION;
	header_len = ihl_bytes(p);
	if (header_len < IP4_HEADER_LEN)
		return TERN_DROP_IP_HEADER_LENGTH;
	total_len = load_be16(p + 2);
	if (total_len < header_len || total_len > len)
		return TERN_DROP_IP_TOTAL_LENGTH;
	if (header_len > head_len)
		return TERN_DROP_FRAME_SCATTERED;
	if (!checksum_ok(sum_bytes(0, p, header_len))) /* 3.2.1.2 */
		return TERN_DROP_IP_CHECKSUM;
	read_header(p, h);
	return TERN_DROP_NONE;
}

enum tern_drop ip4_parse_quote(const uint8_t *p, uint32_t len,
			       struct ip4_header *h)
{
	uint32_t header_len;

	if (len < IP4_HEADER_LEN || p[0] >> 4 != 4)
		return TERN_DROP_ICMP_QUOTE;
	header_len = ihl_bytes(p);
	if (header_len < IP4_HEADER_LEN || header_len > len ||
	    load_be16(p + 2) < header_len)
		return TERN_DROP_ICMP_QUOTE;
	read_header(p, h);
	return TERN_DROP_NONE;
}

enum tern_drop ip4_check_options(const struct ip4_header *h)
{
	const uint8_t *p = h->options;
	uint32_t left = h->options_len;

	while (left > 0 && p[0] != OPTION_END) {
		uint32_t len = 1;

		if (p[0] != OPTION_NOP) {
			if (left < 2 || p[1] < 2 || p[1] > left)
				return TERN_DROP_IP_OPTIONS;
			len = p[1];
		}
		if (p[0] == OPTION_LOOSE_ROUTE || p[0] == OPTION_STRICT_ROUTE)
			return TERN_DROP_IP_OPTIONS;
		p += len;
		left -= len;
	}
	return TERN_DROP_NONE;
}

uint32_t ip4_emit(uint8_t *p, const struct ip4_header *h)
{
	uint32_t options_len = (h->options_len + 3U) & ~3U;
	uint32_t header_len = IP4_HEADER_LEN + options_len;
	uint16_t fragment = h->frag_off / 8;

	if (h->df)
		fragment |= FLAG_DF;
	if (h->mf)
		fragment |= FLAG_MF;
	p[0] = (uint8_t)(4 << 4 | header_len / 4);
	p[1] = h->tos;
	store_be16(p + 2, h->total_len);
	store_be16(p + 4, h->id);
	store_be16(p + 6, fragment);
	p[8] = h->ttl;
	p[9] = h->proto;
	store_be16(p + 10, 0);
	store_be32(p + 12, h->src);
	store_be32(p + 16, h->dst);
	if (options_len) {
		memset(p + header_len - 4, 0, 4);
		memcpy(p + IP4_HEADER_LEN, h->options, h->options_len);
	}
	store_be16(p + 10, checksum_finish(sum_bytes(0, p, header_len)));
	return header_len;
}
