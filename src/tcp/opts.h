/* SPDX-License-Identifier: ISC */
/*
 * opts.h - what the user has set on a socket; a listener's children inherit it
 *
 * Times and counts of 0 mean "the stack's tunable".
 */
#ifndef TERN_TCP_OPTS_H
#define TERN_TCP_OPTS_H

#include <stdbool.h>
#include <stdint.h>

struct tcp_opts {
	uint32_t sndbuf, rcvbuf;  /* bytes, as SO_SNDBUF reads back */
	uint32_t window_clamp;	  /* TCP_WINDOW_CLAMP, 0 if none */
	uint32_t user_timeout_ms; /* TCP_USER_TIMEOUT, 0 if none */
	uint32_t rcvlowat;	  /* SO_RCVLOWAT, at least 1 */
	uint32_t notsent_lowat;	  /* TCP_NOTSENT_LOWAT */
	uint32_t max_pacing;	  /* SO_MAX_PACING_RATE in bytes/s, 0: none */
	int32_t linger2_s;	  /* TCP_LINGER2: < 0 none, 0 default */
	uint16_t linger_s;	  /* SO_LINGER, with `linger` */
	uint16_t keepidle_s, keepintvl_s;
	uint16_t maxseg; /* TCP_MAXSEG */
	uint8_t keepcnt;
	uint8_t syncnt;	      /* TCP_SYNCNT */
	uint8_t defer_accept; /* TCP_DEFER_ACCEPT: SYN,ACK retransmissions */
	uint8_t tos, ttl;     /* ttl 0: the stack's */
	uint8_t cc;	      /* number in cc_at() */

	bool reuse_addr : 1;
	bool reuse_port : 1;
	bool keepalive : 1;
	bool linger : 1;
	bool oobinline : 1;
	bool nodelay : 1;
	bool cork : 1;
	bool quickack_off : 1;	/* TCP_QUICKACK 0 */
	bool recverr : 1;	/* IP_RECVERR: report soft errors (MUST-47) */
	bool sndbuf_locked : 1; /* set by the user: no tuning */
	bool rcvbuf_locked : 1;
	bool freebind : 1;
	bool fastopen_connect : 1; /* TCP_FASTOPEN_CONNECT */
	bool fastopen_free : 1;	   /* TCP_FASTOPEN_NO_COOKIE */
};

#endif
