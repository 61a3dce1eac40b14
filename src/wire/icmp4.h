/* SPDX-License-Identifier: ISC */
/*
 * icmp4.h - ICMP for IPv4, RFC 792, RFC 1122 3.2.2, RFC 1191
 */
#ifndef TERN_WIRE_ICMP4_H
#define TERN_WIRE_ICMP4_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/stats.h>

#include "wire/ip4.h"

#define ICMP4_HEADER_LEN 8
#define ICMP4_QUOTE_MIN	 8 /* bytes of the quoted datagram's payload */

enum icmp4_type {
	ICMP4_ECHO_REPLY = 0,
	ICMP4_UNREACHABLE = 3,
	ICMP4_SOURCE_QUENCH = 4,
	ICMP4_REDIRECT = 5,
	ICMP4_ECHO = 8,
	ICMP4_TIME_EXCEEDED = 11,
	ICMP4_PARAMETER_PROBLEM = 12,
};

/* Codes of ICMP4_UNREACHABLE. */
enum icmp4_unreachable {
	ICMP4_NET_UNREACHABLE = 0,
	ICMP4_HOST_UNREACHABLE = 1,
	ICMP4_PROTO_UNREACHABLE = 2,
	ICMP4_PORT_UNREACHABLE = 3,
	ICMP4_FRAG_NEEDED = 4,
	ICMP4_SOURCE_ROUTE_FAILED = 5,
	ICMP4_NET_UNKNOWN = 6,
	ICMP4_HOST_UNKNOWN = 7,
	ICMP4_HOST_ISOLATED = 8,
	ICMP4_NET_PROHIBITED = 9,
	ICMP4_HOST_PROHIBITED = 10,
	ICMP4_NET_TOS = 11,
	ICMP4_HOST_TOS = 12,
	ICMP4_ADMIN_PROHIBITED = 13,
	ICMP4_PRECEDENCE_VIOLATION = 14,
	ICMP4_PRECEDENCE_CUTOFF = 15,
};

/* Codes of ICMP4_TIME_EXCEEDED. */
enum icmp4_time_exceeded {
	ICMP4_TTL_EXCEEDED = 0,
	ICMP4_REASSEMBLY_EXCEEDED = 1,
};

struct icmp4_message {
	uint8_t type; /* enum icmp4_type, or one that is not known here */
	uint8_t code;
	uint16_t id, seq; /* of echo and echo reply */
	uint16_t mtu;	  /* of ICMP4_FRAG_NEEDED, RFC 1191; 0 if not told */
	uint8_t pointer;  /* of ICMP4_PARAMETER_PROBLEM */
	uint32_t gateway; /* of ICMP4_REDIRECT */

	const uint8_t *data; /* what follows the 8 bytes of header */
	uint32_t data_len;

	/* Of error messages: the datagram that caused it. */
	struct ip4_header quote;
	const uint8_t *quote_data; /* its payload, at least 8 bytes */
	uint32_t quote_data_len;
};

/* True for the types that quote a datagram. */
bool icmp4_is_error(uint8_t type);

/*
 * Reads a message of len contiguous bytes.  Returns 0, or TERN_DROP_ICMP_SHORT,
 * _ICMP_CHECKSUM, or, of an error message, _ICMP_QUOTE if the quoted header is
 * illegal, is of a fragment other than the first, or has less than 8 bytes of
 * payload after it.  On success pointers in m point into p.
 */
TERN_CHECK enum tern_drop icmp4_parse(const uint8_t *p, uint32_t len,
				      struct icmp4_message *m);

/*
 * Writes the header of m, then m->data, then the checksum over both.  p has
 * room for 8 + m->data_len bytes; m->data may stand in its place already.  For
 * error messages m->data is the datagram to quote, IP header first.  Returns
 * the length written.
 */
uint32_t icmp4_emit(uint8_t *p, const struct icmp4_message *m);

#endif
