/* SPDX-License-Identifier: ISC */
/*
 * uto.h - the User Timeout option, RFC 5482
 */
#ifndef TERN_TCP_UTO_H
#define TERN_TCP_UTO_H

#include "tcp/tcb.h"
#include "tcp/tcp.h"

/* The option's 16 bits for so many seconds, rounded up; and back, in seconds.
 * 0 means nothing. */
uint16_t uto_encode(uint64_t s);
uint32_t uto_decode(uint16_t uto);

/* Adds ADV_UTO to a SYN or SYN,ACK with these socket options. */
void uto_advertise(const struct tcp *tcp, const struct tcp_opts *opts,
		   struct tcp_options *o);

/* Adds it to a segment of a connection that owes it. */
void uto_option(const struct tcp *tcp, struct tcb *t, uint32_t room,
		struct tcp_options *o);

/* The user has changed it. */
void uto_changed(const struct tcp *tcp, struct tcb *t);

/* A segment that is acceptable: REMOTE_UTO. */
static inline void uto_arrived(struct tcb *t, const struct segment *seg)
{
	if ((seg->opt.present & TERN_OPT_UTO) && uto_decode(seg->opt.uto) > 0)
		t->remote_uto = seg->opt.uto;
}

/* USER_TIMEOUT in seconds as both ends want it, 0 if nobody has said. */
uint32_t uto_timeout_s(const struct tcp *tcp, const struct tcb *t);

#endif
