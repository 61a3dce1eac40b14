/* SPDX-License-Identifier: ISC */
/*
 * tcp.h - the TCP header, RFC 9293 3.1
 *
 * Sequence numbers are plain uint32_t here; arithmetic on them belongs to
 * src/tcp, where they have a type of their own.
 */
#ifndef TERN_WIRE_TCP_H
#define TERN_WIRE_TCP_H

#include <stdint.h>

#include <tern/stats.h>

#define TCP_HEADER_LEN	   20
#define TCP_HEADER_LEN_MAX 60
#define TCP_OPTIONS_MAX	   40
/* Of fields in the header. */
#define TCP_SEQ_OFFSET	   4
#define TCP_FLAGS_OFFSET   13 /* all but AE */
#define TCP_SUM_OFFSET	   16

/* Control bits; AE is RFC 9768's. */
enum tcp_flag {
	FIN = 0x001,
	SYN = 0x002,
	RST = 0x004,
	PSH = 0x008,
	ACK = 0x010,
	URG = 0x020,
	ECE = 0x040,
	CWR = 0x080,
	AE = 0x100,
};

struct tcp_header {
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint16_t flags;	    /* enum tcp_flag */
	uint8_t rsrvd;	    /* the 3 reserved bits; 0 when sent */
	uint8_t header_len; /* Data Offset in bytes, 20 to 60 */
	uint16_t wnd;	    /* as in the header, not scaled */
	uint16_t sum;
	uint16_t up;
	const uint8_t *options; /* header_len - 20 bytes */
};

/*
 * Reads the header of a segment of which the first `head_len` of `len` bytes
 * are at p.  Returns 0 and fills h, or TERN_DROP_TCP_HEADER if the segment is
 * shorter than a header or than its Data Offset says, or Data Offset is less
 * than 5, or TERN_DROP_FRAME_SCATTERED if the header goes beyond head_len.  The
 * checksum covers the text too and is the caller's: checksum.h.
 */
TERN_CHECK enum tern_drop tcp_parse(const uint8_t *p, uint32_t head_len,
				    uint32_t len, struct tcp_header *h);

/*
 * Writes the 20 fixed bytes; h->sum goes in as it is, h->options is not read.
 * Options belong at p + 20, header_len - 20 bytes of them.
 */
void tcp_emit(uint8_t *p, const struct tcp_header *h);

/* Makes the header of another segment of one that tcp_emit() wrote: with this
 * number, these flags (of FIN and PSH) besides, and this checksum. */
void tcp_emit_next(uint8_t *p, uint32_t seq, uint16_t flags, uint16_t sum);

#endif
