/* SPDX-License-Identifier: ISC */
/*
 * trace.h - what happens inside a stack, as it happens
 *
 * The hook of struct tern_config is called synchronously for each event.  It
 * must not call back into the stack.
 */
#ifndef TERN_TRACE_H
#define TERN_TRACE_H

#include <tern/stats.h>
#include <tern/types.h>

/* The eleven states of RFC 9293 3.3.2. */
enum tern_tcp_state {
	TERN_TCP_CLOSED,
	TERN_TCP_LISTEN,
	TERN_TCP_SYN_SENT,
	TERN_TCP_SYN_RECEIVED,
	TERN_TCP_ESTABLISHED,
	TERN_TCP_FIN_WAIT_1,
	TERN_TCP_FIN_WAIT_2,
	TERN_TCP_CLOSE_WAIT,
	TERN_TCP_CLOSING,
	TERN_TCP_LAST_ACK,
	TERN_TCP_TIME_WAIT,
};

/* Returns the RFC's name of a state, such as "FIN-WAIT-1". */
TERN_API const char *tern_tcp_state_name(enum tern_tcp_state s);

enum tern_event_type {
	TERN_EV_SEGMENT_IN,  /* a TCP segment has passed the checksum */
	TERN_EV_SEGMENT_OUT, /* a TCP segment was made */
	TERN_EV_STATE,	     /* a connection changed its state */
	TERN_EV_DROP,	     /* something was thrown away */
	TERN_EV_TIMER,	     /* a timer of a connection expired */
	TERN_EV_QUEUE,	     /* fill of a listener's queues changed */
	TERN_EV_CWND,	     /* cwnd or ssthresh changed by a loss event */
};

/* The timers of a connection, for TERN_EV_TIMER and tern_sockinfo. */
enum tern_tcp_timer {
	TERN_TIMER_NONE,
	TERN_TIMER_RETRANSMIT,
	TERN_TIMER_PERSIST,
	TERN_TIMER_DELAYED_ACK,
	TERN_TIMER_KEEPALIVE,
	TERN_TIMER_FIN_WAIT_2,
	TERN_TIMER_TIME_WAIT,
	TERN_TIMER_USER,
	TERN_TIMER_SYN_ACK,
	TERN_TIMER_CORK,
	TERN_TIMER_PROBE,   /* tail loss probe, RFC 8985 */
	TERN_TIMER_REORDER, /* RACK, RFC 8985 */
};

/* Returns the timer's name as ss(8) prints it, such as "keepalive". */
TERN_API const char *tern_tcp_timer_name(enum tern_tcp_timer t);

/* TCP header flags as on the wire. */
#define TERN_FIN 0x001
#define TERN_SYN 0x002
#define TERN_RST 0x004
#define TERN_PSH 0x008
#define TERN_ACK 0x010
#define TERN_URG 0x020
#define TERN_ECE 0x040
#define TERN_CWR 0x080
#define TERN_AE	 0x100

/* Both ends of a connection, addresses and ports in host order. */
struct tern_tuple {
	uint32_t laddr, raddr;
	uint16_t lport, rport;
};

/* Options of a traced segment: bits of `present`. */
#define TERN_OPT_MSS	    1
#define TERN_OPT_WSCALE	    2
#define TERN_OPT_SACK_PERM  4
#define TERN_OPT_TIMESTAMPS 8
#define TERN_OPT_SACK	    16
#define TERN_OPT_ACCECN	    32	/* RFC 9768 */
#define TERN_OPT_FASTOPEN   64	/* RFC 7413, kind 34 or 254 */
#define TERN_OPT_UTO	    128 /* RFC 5482 */

struct tern_event_segment {
	uint32_t seq, ack;
	uint16_t wnd; /* as in the header, not scaled */
	uint16_t urgent;
	uint16_t flags;
	uint16_t mss;
	uint32_t len; /* payload bytes */
	uint32_t ts_val, ts_ecr;
	uint8_t wscale;
	uint8_t present;
	uint8_t n_sack;
	uint8_t retransmission; /* out: text or flags were sent before */
	uint32_t sack[8];	/* left, right, left, right ... */
};

struct tern_event {
	tern_time now;
	enum tern_event_type type;
	struct tern_tuple tuple; /* zero where none is known */
	union {
		struct tern_event_segment segment;
		struct {
			enum tern_tcp_state from, to;
		} state;
		struct {
			enum tern_drop reason;
		} drop;
		struct {
			enum tern_tcp_timer timer;
			uint32_t retries;
		} timer;
		struct {
			/* max_accept is how many fit: backlog + 1. */
			uint32_t n_syn, max_syn, n_accept, max_accept;
		} queue;
		struct {
			uint32_t cwnd, ssthresh;
		} cwnd;
	} u;
};

typedef void tern_trace_fn(void *ctx, const struct tern_event *ev);

#endif
