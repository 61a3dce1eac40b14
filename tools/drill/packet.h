/* SPDX-License-Identifier: ISC */
/*
 * packet.h - a packet as a script has it, or as it was on the wire
 *
 * One structure for both, so that they can be compared field by field.  In a
 * script's packet numbers are relative and has_x says what it mentions; in one
 * from the wire all of it is there.
 */
#ifndef TERN_DRILL_PACKET_H
#define TERN_DRILL_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tern/trace.h>

#include "error.h"

#define DRILL_OPTIONS_MAX 40 /* bytes in a header, and so options */
#define DRILL_TEXT_MAX	  65400
#define DRILL_WIRE_MAX	  65535
#define DRILL_MD5_LEN	  16

enum drill_protocol {
	DRILL_TCP,
	DRILL_UDP,
	DRILL_ICMP,
};

/* What a script says of the two ECN bits of IP. */
enum drill_ecn {
	DRILL_ECN_UNSAID,
	DRILL_ECN_NONE,
	DRILL_ECN_ECT1,
	DRILL_ECN_ECT0,
	DRILL_ECN_CE,
	DRILL_ECN_ECT01, /* either */
};

enum drill_option_kind {
	DRILL_OPT_EOL = 0,
	DRILL_OPT_NOP = 1,
	DRILL_OPT_MSS = 2,
	DRILL_OPT_WSCALE = 3,
	DRILL_OPT_SACK_OK = 4,
	DRILL_OPT_SACK = 5,
	DRILL_OPT_TS = 8,
	DRILL_OPT_MD5 = 19,
	DRILL_OPT_FO = 34,
	DRILL_OPT_ACCECN0 = 172,
	DRILL_OPT_ACCECN1 = 174,
	DRILL_OPT_EXP = 254,
};

/* An option: numbers (MSS, shift, edges, stamps), or bytes of any other. */
struct drill_option {
	uint8_t kind;
	uint8_t n; /* numbers or bytes in use */
	union {
		uint32_t number[8];
		uint8_t bytes[40];
	} u;
	bool any; /* whatever the bytes are, in one that is expected */
	bool raw; /* bytes only, without kind and length of its own */
};

enum drill_quote {
	DRILL_QUOTE_NONE,
	DRILL_QUOTE_TCP,
	DRILL_QUOTE_UDP,
};

struct drill_packet {
	struct drill_place place;
	enum drill_protocol protocol;

	uint32_t src, dst; /* 0: the usual ones */
	enum drill_ecn ecn;
	bool has_tos, has_ttl, has_label;
	bool bad_sum; /* of TCP */
	uint8_t tos, ttl;
	uint32_t label;

	bool has_ports;
	uint16_t sport, dport;
	uint32_t len; /* bytes of text, of TCP or UDP, or quoted */

	uint16_t flags;	   /* TERN_SYN and so on */
	uint16_t reserved; /* the three bits, from the wire */
	uint32_t seq, ack;
	bool has_ack, has_wnd, has_urgent;
	uint16_t wnd, urgent;
	bool any_options; /* <...> */
	uint8_t n_options;
	struct drill_option option[DRILL_OPTIONS_MAX];

	uint8_t type, code; /* of ICMP */
	bool has_mtu;
	uint32_t mtu;
	enum drill_quote quote; /* with seq, len, sport, dport of the quoted */
};

/* The length of an option on the wire; of all of them. */
uint32_t drill_option_len(const struct drill_option *o);
uint32_t drill_options_len(const struct drill_packet *p);

/* Numbers rather than bytes? */
bool drill_option_is_numeric(uint8_t kind);

const struct drill_option *drill_option_find(const struct drill_packet *p,
					     uint8_t kind);

/* The byte at `pos` of a stream; the two directions differ. */
uint8_t drill_pattern(bool inbound, uint32_t pos);

/*
 * Writes the datagram; src, dst, ports and all numbers are those of the wire.
 * `text_pos` is where in the stream its text begins.  Returns the length.
 */
uint32_t drill_packet_write(const struct drill_packet *p, uint32_t text_pos,
			    uint8_t out[DRILL_WIRE_MAX]);

/*
 * Reads a datagram.  Returns NULL, or what is wrong with it: headers that do
 * not fit, checksums.  *text is set to its text.
 */
const char *drill_packet_read(struct drill_packet *p, const uint8_t *in,
			      uint32_t len, const uint8_t **text);

#endif
