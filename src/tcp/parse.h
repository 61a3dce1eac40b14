/* SPDX-License-Identifier: ISC */
/*
 * parse.h - from packets to segments
 */
#ifndef TERN_TCP_PARSE_H
#define TERN_TCP_PARSE_H

#include "net/net.h"
#include "tcp/tcb.h"

/* Reads and checks one packet.  Returns 0 or why it is thrown away. */
enum tern_drop segment_parse(struct tcp *tcp, struct packet *p,
			     const struct tern_tuple *tuple,
			     struct segment *seg);

/*
 * The text of a packet with such a header, behind that which the segment has.
 * Returns 0 or, with nothing taken, what is wrong: MUST-3.
 */
enum tern_drop segment_take_text(struct segment *seg, const struct packet *p,
				 uint32_t header_len);

/* Tells the trace hook of a packet that has been read. */
void segment_trace(struct tcp *tcp, const struct tern_tuple *tuple,
		   const struct packet *p, const struct tcp_options *opt);

/*
 * Adds to a segment of a connection, the first of the n packets of a batch and
 * not the last, those that follow and continue it.  Returns how many packets
 * the segment then is, at least 1.
 */
int segment_join(struct tcp *tcp, struct tcb *t, struct segment *seg,
		 const struct packet *packets, int n);

#endif
