/* SPDX-License-Identifier: ISC */
/*
 * pcapng.h - the blocks of a pcapng file that a capture needs
 *
 * Always little-endian, so that the same traffic gives the same file.
 */
#ifndef TERN_LINKS_PCAPNG_H
#define TERN_LINKS_PCAPNG_H

#include <stddef.h>
#include <stdint.h>

#define PCAPNG_SECTION_LEN   28
#define PCAPNG_INTERFACE_MAX 300
#define PCAPNG_NAME_MAX	     255 /* longer names are cut */
#define PCAPNG_PACKET_HEAD   28	 /* before the data of a packet */
#define PCAPNG_PACKET_TAIL   19	 /* most that comes behind them */

#define PCAPNG_ETHERNET 1   /* LINKTYPE_ETHERNET */
#define PCAPNG_RAW	101 /* LINKTYPE_RAW: begins with an IP header */

enum pcapng_direction { PCAPNG_IN = 1, PCAPNG_OUT = 2 };

struct pcapng_packet {
	uint32_t interface;
	uint32_t captured; /* bytes in the file */
	uint32_t len;	   /* bytes there were */
	uint64_t time_ns;
	enum pcapng_direction direction;
};

/* Writes the block that begins a file; PCAPNG_SECTION_LEN bytes. */
void pcapng_section(uint8_t *out);

/*
 * Writes the block that describes an interface, at most PCAPNG_INTERFACE_MAX
 * bytes.  Returns its length.
 */
size_t pcapng_interface(uint8_t *out, uint16_t link_type, uint32_t snaplen,
			const char *name);

/*
 * Writes head and tail of a packet around its data, which are at
 * out + PCAPNG_PACKET_HEAD already.  Returns the length of the whole block.
 */
size_t pcapng_packet(uint8_t *out, const struct pcapng_packet *packet);

#endif
