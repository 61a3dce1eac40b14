/* SPDX-License-Identifier: ISC */
/*
 * tcp_opt.h - TCP options, RFC 9293 3.2, RFC 7323, RFC 2018; RFC 9768,
 * RFC 7413, RFC 5482
 */
#ifndef TERN_WIRE_TCP_OPT_H
#define TERN_WIRE_TCP_OPT_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/trace.h>

#define TCP_SACK_MAX   4
#define TCP_WSCALE_MAX 14 /* RFC 7323 2.3 */

#define TCP_EXP_FASTOPEN 0xf989 /* RFC 7413 4.1.1, RFC 6994 */
#define TCP_COOKIE_MAX	 16	/* RFC 7413 4.1.1 */

enum tcp_opt_kind {
	TCP_OPT_EOL = 0,
	TCP_OPT_NOP = 1,
	TCP_OPT_MSS = 2,
	TCP_OPT_WSCALE = 3,
	TCP_OPT_SACK_PERM = 4,
	TCP_OPT_SACK = 5,
	TCP_OPT_TIMESTAMPS = 8,
	TCP_OPT_MD5 = 19, /* RFC 2385 */
	TCP_OPT_USER_TIMEOUT = 28,
	TCP_OPT_FASTOPEN = 34,
	TCP_OPT_ACCECN_0 = 172,
	TCP_OPT_ACCECN_1 = 174,
	TCP_OPT_EXPERIMENT = 254, /* with TCP_EXP_FASTOPEN: the same as 34 */
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
	bool is_signed; /* MD5 of RFC 2385, for which nobody here has a key */
	struct tcp_sack_block sack[TCP_SACK_MAX];
	/* What follows counts only if its bit is in `present`. */
	uint8_t accecn_order; /* RFC 9768 3.2.3: e0b, ceb, e1b; 1: reversed */
	uint8_t n_accecn;     /* fields, 0 to 3 */
	uint32_t accecn[3];   /* 24 bits each, as they stand */
	uint16_t uto;	      /* RFC 5482: granularity and timeout */
	bool fo_experiment;   /* RFC 7413: by kind 254 */
	uint8_t fo_len;	      /* of the cookie; 0: one is asked for */
	uint8_t fo[TCP_COOKIE_MAX];
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
 * bytes: of those that few segments carry (FASTOPEN, UTO, ACCECN, in that
 * order) what does not fit is left out, and of SACK blocks the last ones.
 * Returns the length, a multiple of 4.
 */
uint32_t tcp_opt_emit(uint8_t *p, const struct tcp_options *o);

/* The same of timestamps alone. */
uint8_t tcp_opt_emit_timestamps(uint8_t *p, uint32_t val, uint32_t ecr);

/* The same in the order and with the padding of FreeBSD. */
uint32_t tcp_opt_emit_bsd(uint8_t *p, const struct tcp_options *o);

/* The length that tcp_opt_emit() would return. */
uint32_t tcp_opt_len(const struct tcp_options *o);

#endif
