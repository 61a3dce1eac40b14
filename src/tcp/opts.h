/* SPDX-License-Identifier: ISC */
/*
 * opts.h - what the user has set on a socket; a listener's children inherit it
 *
 * A million sockets have a handful of different sets of options, most of them
 * that of a socket on which nothing was set.  So a set is kept once, and the
 * sockets that have the same refer to it: struct tcp_opts is never written
 * where it lies, and to set an option is to refer to another set.  Buffer
 * sizes, which tuning moves while text flows, are each socket's own.
 */
#ifndef TERN_TCP_OPTS_H
#define TERN_TCP_OPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"

/* Times and counts of 0 mean "the stack's tunable". */
struct tcp_opts {
	uint32_t window_clamp;	  /* TCP_WINDOW_CLAMP, 0 if none */
	uint32_t user_timeout_ms; /* TCP_USER_TIMEOUT, 0 if none */
	uint32_t rcvlowat;	  /* SO_RCVLOWAT, at least 1 */
	uint32_t notsent_lowat;	  /* TCP_NOTSENT_LOWAT */
	uint64_t pacing_less;	  /* SO_MAX_PACING_RATE in bytes/s, inverted:
				     0 is no limit */
	uint32_t timestamping;	  /* SO_TIMESTAMPING: SOF_TIMESTAMPING_* */
	uint32_t kept;		  /* flags that say nothing here, opt_kept.c */
	uint32_t priority, mark, busy_poll_us, incoming_cpu, tx_delay_us;
	uint32_t device;     /* SO_BINDTODEVICE: interface, 0: any */
	uint32_t rto_max_ms; /* TCP_RTO_MAX_MS */
	int16_t linger2_s;   /* TCP_LINGER2: < 0 none, 0 default */
	uint16_t linger_s;   /* SO_LINGER, with `linger` */
	uint16_t keepidle_s, keepintvl_s;
	uint16_t maxseg;	/* TCP_MAXSEG */
	uint16_t fastopen_qlen; /* TCP_FASTOPEN, of a listener, or of what may
				   become one */
	uint8_t keepcnt;
	uint8_t syncnt;	      /* TCP_SYNCNT */
	uint8_t defer_accept; /* TCP_DEFER_ACCEPT: SYN,ACK retransmissions */
	uint8_t tos, ttl;     /* ttl 0: the stack's */
	uint8_t cc;	      /* number in cc_at() */
	uint8_t min_ttl;      /* IP_MINTTL */

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
	uint8_t pmtudisc : 3;	   /* IP_MTU_DISCOVER, ^ IP_PMTUDISC_WANT */
	bool no_df : 1;		   /* ... which means this, */
	bool no_pmtud : 1;	   /* ... and this */
	bool transparent : 1;	   /* IP_TRANSPARENT */
	bool thin_linear : 1;	   /* TCP_THIN_LINEAR_TIMEOUTS */
	bool bind_no_port : 1;	   /* IP_BIND_ADDRESS_NO_PORT */
	bool fastopen_connect : 1; /* TCP_FASTOPEN_CONNECT */
	bool fastopen_free : 1;	   /* TCP_FASTOPEN_NO_COOKIE */
	bool zerocopy : 1;	   /* SO_ZEROCOPY */
	bool stamp : 1;		   /* SO_TIMESTAMP, or with the next one */
	bool stamp_ns : 1;	   /* ... SO_TIMESTAMPNS */
	bool inq : 1;		   /* TCP_INQ */

	/* What opts.c finds: nothing holds text back or tells of it. */
	bool plain_output : 1;
};

/* SO_MAX_PACING_RATE, UINT64_MAX if there is no limit. */
static inline uint64_t opts_max_pacing(const struct tcp_opts *o)
{
	return ~o->pacing_less;
}

/* bind(2) to an address that is nobody's here. */
static inline bool opts_foreign_bind(const struct tcp_opts *o)
{
	return o->freebind || o->transparent;
}

/* SO_BINDTODEVICE: may segments go and come by this interface? */
static inline bool opts_device_ok(const struct tcp_opts *o, uint32_t ifindex)
{
	return !o->device || o->device == ifindex;
}

/* Bytes, as SO_SNDBUF and SO_RCVBUF read back. */
struct tcp_bufs {
	uint32_t snd, rcv;
};

#define OPTS_AFTER_BITS 4

struct opts_set;

/* All sets of a stack. */
struct opts_table {
	struct map sets;
	struct opts_set *after[1 << OPTS_AFTER_BITS]; /* opts.c */
	struct list unused; /* sets that nobody has, a few, oldest first */
	uint32_t n_unused;
	uint32_t n_gated; /* sets that somebody has, and that let not everybody
			     in: gate.c */
	const struct tcp_opts *initial; /* that of a new socket, or NULL */
};

void opts_init(struct opts_table *all, struct mem *mem);

/* Gives all sets back, whoever refers to them. */
void opts_fini(struct opts_table *all);

/* A reference to the set of a new socket with congestion control `cc`; NULL if
 * there is no memory. */
const struct tcp_opts *opts_initial(struct opts_table *all, uint8_t cc);

/* Another reference to a set that somebody has. */
const struct tcp_opts *opts_take(const struct tcp_opts *o);

/* Gives a reference back; NULL is ignored. */
void opts_drop(struct opts_table *all, const struct tcp_opts *o);

/*
 * Makes *at, a reference, one to a set equal to *wanted.  Returns 0, or
 * -ENOBUFS and leaves it.
 */
TERN_CHECK int opts_change(struct opts_table *all, const struct tcp_opts **at,
			   const struct tcp_opts *wanted);

#endif
