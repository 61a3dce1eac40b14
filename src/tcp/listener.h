/* SPDX-License-Identifier: ISC */
/*
 * listener.h - LISTEN: a port with its two queues
 *
 * Not a control block: it has no sequence numbers.  The SYN queue holds
 * connections in SYN-RECEIVED (synq.h), the accept queue those that are
 * ESTABLISHED and wait for accept().
 */
#ifndef TERN_TCP_LISTENER_H
#define TERN_TCP_LISTENER_H

#include "base/list.h"
#include "base/map.h"
#include "tcp/fastopen_cookie.h"
#include "tcp/opts.h"
#include "tcp/tcp.h"

/* A connection on an accept queue. */
struct pending {
	struct list link; /* on l->accept */
	struct listener *l;
	struct tcb *t;
};

struct listener {
	struct map_node node; /* in tcp->listeners by address and port */
	struct list all;      /* on tcp->listeners_all */
	uint32_t laddr;	      /* 0: any */
	uint16_t lport;
	uint8_t port_flags; /* as held in tcp->ports */
	uint32_t user;	    /* as in struct tcb */
	uint32_t backlog;   /* accept queue holds backlog + 1 at most */
	uint32_t max_syn;   /* cap of the SYN queue */
	uint32_t n_syn, n_accept;
	struct list syn;       /* struct synq_entry */
	struct list accept;    /* struct pending, oldest first */
	uint64_t cookies_at;   /* when the last cookie was sent, 0 if never */
	uint16_t told_wnd;     /* most that a SYN,ACK has said while a third
				segment may come for it */
	uint8_t cookie_wscale; /* what all cookies of that time have said */
	int error;	       /* pending -errno for the user */

	/* RFC 7413: those that are open before their third segment. */
	struct list fastopens; /* struct flow */
	uint32_t n_fastopen;
	uint32_t n_fo_resets; /* ended by RST; they count on for a while */
	uint64_t fo_resets_until;
	struct fastopen_keys fo_keys; /* n 0: those of the stack */
	const struct tcp_opts *opts;  /* shared, opts.h */
	struct tcp_bufs bufs;	      /* of its children */
};

/* The listener for a SYN from `t`, or NULL: the exact address first. */
struct listener *listener_find(struct tcp *tcp, const struct tern_tuple *t);

static inline bool listener_accept_full(const struct listener *l)
{
	return l->n_accept > l->backlog;
}

/* Puts a connection on the accept queue.  `place`: of tcp->synqs, to be given
 * back by listener_del_pending(). */
void listener_add_pending(struct listener *l, struct tcb *t, void *place);

/* Takes it off. */
void listener_del_pending(struct tcp *tcp, struct tcb *t);

/* True while a cookie may come back. */
bool listener_has_cookies(const struct tcp *tcp, const struct listener *l);

/* Tells the trace hook how full the queues are. */
void listener_trace(struct tcp *tcp, const struct listener *l);

#endif
