/* SPDX-License-Identifier: ISC */
/*
 * tcp_opt.h - TCP options, RFC 9293 3.2, RFC 7323, RFC 2018
 */
#ifndef TERN_WIRE_TCP_OPT_H
#define TERN_WIRE_TCP_OPT_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/trace.h>

#define TCP_SACK_MAX   4
#define TCP_WSCALE_MAX 14 /* RFC 7323 2.3 */

enum tcp_opt_kind {
	TCP_OPT_EOL = 0,
	TCP_OPT_NOP = 1,
	TCP_OPT_MSS = 2,
	TCP_OPT_WSCALE = 3,
	TCP_OPT_SACK_PERM = 4,
	TCP_OPT_SACK = 5,
	TCP_OPT_TIMESTAMPS = 8,
};

/* Sequence numbers left to right - 1 were received. */
struct tcp_sack_block {
	uint32_t left, right;
};

struct tcp_options {
	uint8_t present; /* TERN_OPT_MSS, ...: which fields below count */
	uint8_t wscale;	 /* a larger shift than 14 is read as 14 */
	uint16_t mss;
	uint32_t ts_val, ts_ecr;
	uint8_t n_sack;
	bool malformed; /* a length was illegal; what stood before it counts */
	struct tcp_sack_block sack[TCP_SACK_MAX];
};

/*
 * Reads `len` bytes of options (at most 40), in any order and alignment.  An
 * unknown kind, and a known one with the wrong length, is skipped by its
 * length; a length under 2 or past the end stops and sets malformed.  Of
 * several of one kind the first counts.  Which options are legal with which
 * flags is for src/tcp to say.
 */
void tcp_opt_parse(const uint8_t *p, uint32_t len, struct tcp_options *o);

/*
 * Writes what is in o, in the order and with the padding of Linux, at most 40
 * bytes: SACK blocks that do not fit are left out, the last ones first.
 * Returns the length, a multiple of 4.
 */
uint32_t tcp_opt_emit(uint8_t *p, const struct tcp_options *o);

/* The same in the order and with the padding of FreeBSD. */
uint32_t tcp_opt_emit_bsd(uint8_t *p, const struct tcp_options *o);

/* The length that tcp_opt_emit() would return. */
uint32_t tcp_opt_len(const struct tcp_options *o);

#endif
