/* SPDX-License-Identifier: ISC */
/*
 * conn.h - what a control block, a SYN queue entry and a TIME-WAIT entry share
 *
 * All three stand in one table keyed by the four-tuple, so that one look-up
 * finds whichever there is (DESIGN 3, rules 6 and 7).  struct conn is the first
 * member of each, 32 bytes.
 */
#ifndef TERN_TCP_CONN_H
#define TERN_TCP_CONN_H

#include <tern/trace.h>

#include "base/map.h"

enum conn_kind {
	CONN_TCB,	/* struct tcb */
	CONN_SYN_QUEUE, /* struct synq_entry */
	CONN_TIME_WAIT, /* struct timewait */
};

struct conn {
	struct map_node node; /* own: what our timestamps are ahead */
	uint32_t laddr, raddr;
	uint16_t lport, rport;
	uint8_t kind : 2; /* enum conn_kind */
	uint8_t dscp : 6; /* TIME-WAIT: Diffserv codepoint to send with; SYN
			   * queue: SYNs that came again and were answered,
			   * as far as it can count */
	uint8_t flags;	  /* of the kind's own */
	union {
		uint16_t wnd_raw;  /* TIME-WAIT: SEG.WND to send */
		uint16_t fastopen; /* control block: enum fastopen_flag */
		struct {
			uint8_t n_challenges;	/* SYN queue: answered so */
			uint8_t rcv_wscale : 4; /* what the SYN,ACK said */
			uint8_t answered : 1; /* the last SYN,ACK was for a SYN
						 that came again */
		};
	};
};

static inline struct tern_tuple conn_tuple(const struct conn *c)
{
	return (struct tern_tuple){c->laddr, c->raddr, c->lport, c->rport};
}

/* What is added to the clock of our timestamps, iss_timestamp_offset(). */
static inline uint32_t conn_ts_offset(const struct conn *c)
{
	return c->node.own;
}

#endif
