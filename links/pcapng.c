/* SPDX-License-Identifier: ISC */
/*
 * pcapng.c - the blocks of a pcapng file that a capture needs
 *
 * Names and numbers are those of the IETF draft "PCAP Now Generic": a Section
 * Header Block, one Interface Description Block for each link (name, times in
 * nanoseconds), one Enhanced Packet Block for each frame (direction in the
 * flags option).  Each block begins and ends with its length.
 */
#include "pcapng.h"

#include <string.h>

#define BLOCK_SECTION	0x0a0d0d0aU
#define BLOCK_INTERFACE 1U
#define BLOCK_PACKET	6U
#define BYTE_ORDER_MARK 0x1a2b3c4dU

#define OPTION_END   0
#define OPTION_NAME  2 /* if_name */
#define OPTION_FLAGS 2 /* epb_flags */
#define OPTION_TIMES 9 /* if_tsresol: negative power of ten */

static uint8_t *put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v & 0xffff), v >> 16);
}

/* Fills up to a multiple of four bytes. */
static uint8_t *pad(uint8_t *p, size_t len)
{
	for (; len % 4; len++)
		*p++ = 0;
	return p;
}

static uint8_t *put_option(uint8_t *p, uint32_t code, const void *value,
			   size_t len)
{
	p = put16(p, code);
	p = put16(p, (uint32_t)len);
	memcpy(p, value, len);
	return pad(p + len, len);
}

/* Ends a block and writes its length to both places. */
static size_t finish(uint8_t *block, uint8_t *end)
{
	size_t len = (size_t)(end - block) + 4;

	put32(block + 4, (uint32_t)len);
	put32(end, (uint32_t)len);
	return len;
}

void pcapng_section(uint8_t *out)
{
	uint8_t *p = put32(out, BLOCK_SECTION) + 4;

	p = put32(p, BYTE_ORDER_MARK);
	p = put16(p, 1); /* version 1.0 */
	p = put16(p, 0);
	p = put32(p, UINT32_MAX); /* length of the section: not known */
	p = put32(p, UINT32_MAX);
	finish(out, p);
}

size_t pcapng_interface(uint8_t *out, uint16_t link_type, uint32_t snaplen,
			const char *name)
{
	uint8_t *p = put32(out, BLOCK_INTERFACE) + 4;
	const uint8_t nanoseconds = 9;
	size_t len = strlen(name);

	p = put16(p, link_type);
	p = put16(p, 0);
	p = put32(p, snaplen);
	if (len > PCAPNG_NAME_MAX)
		len = PCAPNG_NAME_MAX;
	p = put_option(p, OPTION_NAME, name, len);
	p = put_option(p, OPTION_TIMES, &nanoseconds, 1);
	p = put_option(p, OPTION_END, "", 0);
	return finish(out, p);
}

size_t pcapng_packet(uint8_t *out, const struct pcapng_packet *packet)
{
	uint8_t *p = put32(out, BLOCK_PACKET) + 4;
	uint8_t flags[4];

	p = put32(p, packet->interface);
	p = put32(p, (uint32_t)(packet->time_ns >> 32));
	p = put32(p, (uint32_t)packet->time_ns);
	p = put32(p, packet->captured);
	p = put32(p, packet->len);
	p = pad(p + packet->captured, packet->captured);
	put32(flags, packet->direction);
	p = put_option(p, OPTION_FLAGS, flags, sizeof(flags));
	p = put_option(p, OPTION_END, "", 0);
	return finish(out, p);
}
