/* SPDX-License-Identifier: ISC */
/*
 * fastopen.h - TCP Fast Open, RFC 7413: text in the SYN
 */
#ifndef TERN_TCP_FASTOPEN_H
#define TERN_TCP_FASTOPEN_H

#include "tcp/synq.h"
#include "tcp/tcb.h"
#include "tcp/tcp.h"

/* net.ipv4.tcp_fastopen, as on Linux. */
enum fastopen_mode {
	FASTOPEN_CLIENT = 1,
	FASTOPEN_SERVER = 2,
	FASTOPEN_CLIENT_FREE = 4,     /* text without a cookie */
	FASTOPEN_SERVER_FREE = 0x200, /* is taken without a cookie */
	FASTOPEN_SERVER_ALL = 0x400,  /* all listeners, asked or not */
};

/* Why a client's attempt came to nothing: tcpi_fastopen_client_fail. */
enum fastopen_fail {
	FASTOPEN_FAIL_NONE = 0,
	FASTOPEN_FAIL_NO_COOKIE = 1,
	FASTOPEN_FAIL_NOT_ACKED = 2,
	FASTOPEN_FAIL_SYN_AGAIN = 3,
};

/* ---- client */

/* Before the SYN of an active OPEN. */
void fastopen_open(struct tcp *tcp, struct tcb *t);

/* Bytes of text that the SYN will carry at most. */
uint32_t fastopen_room(const struct tcb *t);

/* SYN,ACK has come, after established_init(); or was not, and SYN goes
 * again. */
void fastopen_syn_ack(struct tcp *tcp, struct tcb *t,
		      const struct segment *seg);
void fastopen_syn_lost(struct tcp *tcp, struct tcb *t);

/* Text is lost again and again: perhaps something on the path goes no further
 * with a connection that had text in its SYN. */
void fastopen_suspect(struct tcp *tcp, const struct tcb *t);

/* ---- server */

/*
 * A SYN for a listener that has room.  Returns true if a connection was made of
 * it, which the user may have at once; otherwise the handshake goes on as
 * usual, perhaps with a cookie in `a`.
 */
bool fastopen_arrived(struct tcp *tcp, struct listener *l, struct segment *seg,
		      struct synq_agreed *a);

/* The third segment has come / the connection is over before. */
void fastopen_complete(struct tcb *t);
void fastopen_reset(const struct tcp *tcp, struct tcb *t);

/* The listener goes, and what began with it need not count any more. */
void fastopen_forget(struct listener *l);

/* ---- both */

/* The option of a SYN or SYN,ACK of this block. */
void fastopen_option(const struct tcp *tcp, const struct tcb *t,
		     struct tcp_options *o);

/* The user may read and write though the handshake is not over. */
static inline bool fastopen_is_early(const struct tcb *t)
{
	return t->state == SYN_RECEIVED && (t->conn.fastopen & FASTOPEN_EARLY);
}

/* connect() has said yes, but the SYN waits for text. */
static inline bool fastopen_defers(const struct tcb *t)
{
	return t->state == SYN_SENT && (t->conn.fastopen & FASTOPEN_DEFERS);
}

#endif
