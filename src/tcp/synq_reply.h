/* SPDX-License-Identifier: ISC */
/*
 * synq_reply.h - the SYN,ACK of an entry or a cookie
 */
#ifndef TERN_TCP_SYNQ_REPLY_H
#define TERN_TCP_SYNQ_REPLY_H

#include "tcp/synq.h"

/* What an entry has agreed on. */
void synq_agreed_of(const struct tcp *tcp, const struct synq_entry *e,
		    struct synq_agreed *a);

/* How long a SYN,ACK waits for its answer before it is sent again. */
uint64_t synq_rto(const struct tcp *tcp, const struct listener *l,
		  unsigned int backoff);

/* Sends the SYN,ACK; a cookie's timestamp carries options. */
void synq_reply(struct tcp *tcp, struct listener *l,
		const struct synq_agreed *a, bool cookie);

#endif
