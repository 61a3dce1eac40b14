/* SPDX-License-Identifier: ISC */
/*
 * segment.h - a TCP segment in IPv4, read and written without the stack
 *
 * An encoder and decoder of the simulator's own, so that what the stack sends
 * is judged by code that shares nothing with it.  Without Ethernet and without
 * IP options; of the TCP options only those below.
 */
#ifndef TERN_SIM_SEGMENT_H
#define TERN_SIM_SEGMENT_H

#include <tern/frame.h>
#include <tern/trace.h>
#include <tern/types.h>

/* Addresses, ports and numbers in host order. */
struct sim_segment {
	uint32_t src, dst;
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint16_t flags; /* TERN_SYN and so on, as on the wire */
	uint16_t wnd;
	uint32_t len; /* bytes of text */

	unsigned int present; /* TERN_OPT_*, but not TERN_OPT_SACK */
	uint16_t mss;
	uint8_t wscale;
	uint32_t ts_val, ts_ecr;
};

/* The longest header that sim_segment_write() makes. */
#define SIM_SEGMENT_HEAD (20 + 20 + 24)

/*
 * Writes headers and text to `out`, checksums included.  Returns the length.
 * `out` must have room for SIM_SEGMENT_HEAD + s->len bytes.
 */
uint32_t sim_segment_write(const struct sim_segment *s, const void *text,
			   uint8_t *out);

/*
 * Reads a frame that is an IPv4 datagram.  Returns true if it is a whole TCP
 * segment.  Checksums are not looked at: they may be left to the link.
 */
bool sim_segment_read(struct sim_segment *s, const struct tern_frame *f);

/* The same, for a frame that begins with an Ethernet header. */
bool sim_segment_read_ethernet(struct sim_segment *s,
			       const struct tern_frame *f);

#endif
