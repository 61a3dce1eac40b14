/* SPDX-License-Identifier: ISC */
/*
 * tcp.c - the TCP header, RFC 9293 3.1
 *
 *	 0	source port		 2	destination port
 *	 4	sequence number		 8	acknowledgment number
 *	12	data offset (4), reserved (3), flags (9): AE to FIN
 *	14	window			16	checksum
 *	18	urgent pointer		20	options
 */
#include "wire/tcp.h"

#include "base/bytes.h"

#define FLAGS_MASK 0x1ff

enum tern_drop tcp_parse(const uint8_t *p, uint32_t head_len, uint32_t len,
			 struct tcp_header *h)
{
	uint32_t header_len;
	uint16_t bits;

	if (len < TCP_HEADER_LEN)
		return TERN_DROP_TCP_HEADER;
	if (head_len < TCP_HEADER_LEN)
		return TERN_DROP_FRAME_SCATTERED;
	bits = load_be16(p + 12);
	header_len = (bits >> 12) * 4U;
	if (header_len < TCP_HEADER_LEN || header_len > len)
		return TERN_DROP_TCP_HEADER;
	if (header_len > head_len)
		return TERN_DROP_FRAME_SCATTERED;
	h->sport = load_be16(p);
	h->dport = load_be16(p + 2);
	h->seq = load_be32(p + 4);
	h->ack = load_be32(p + 8);
	h->flags = bits & FLAGS_MASK;
	h->rsrvd = (uint8_t)(bits >> 9 & 7);
	h->header_len = (uint8_t)header_len;
	h->wnd = load_be16(p + 14);
	h->sum = load_be16(p + 16);
	h->up = load_be16(p + 18);
	h->options = p + TCP_HEADER_LEN;
	return TERN_DROP_NONE;
}

/* In words of eight bytes, as the checksum will read them: a load that needs
 * several stores which are still under way has to wait for them. */
void tcp_emit(uint8_t *p, const struct tcp_header *h)
{
	/* The reserved bits are zero in what we send, 3.1. */
	const uint32_t bits =
		(h->header_len / 4U) << 12 | (h->flags & FLAGS_MASK);

	store_be64(p, (uint64_t)h->sport << 48 | (uint64_t)h->dport << 32 |
			      h->seq);
	store_be64(p + 8, (uint64_t)h->ack << 32 | bits << 16 | h->wnd);
	store_be32(p + 16, (uint32_t)h->sum << 16 | h->up);
}

void tcp_emit_next(uint8_t *p, uint32_t seq, uint16_t flags, uint16_t sum)
{
	store_be32(p + TCP_SEQ_OFFSET, seq);
	p[TCP_FLAGS_OFFSET] |= (uint8_t)flags;
	store_be16(p + TCP_SUM_OFFSET, sum);
}
