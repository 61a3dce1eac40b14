/* SPDX-License-Identifier: ISC */
/*
 * gate.h - whom a socket lets in: IP_MINTTL (RFC 5082), SO_BINDTODEVICE
 */
#ifndef TERN_TCP_GATE_H
#define TERN_TCP_GATE_H

#include "tcp/tcp.h"

/*
 * May this packet go to the socket that its tuple belongs to?  To be asked only
 * if tcp->opts.n_gated > 0.  Returns TERN_DROP_NONE, or why not.
 */
enum tern_drop gate_check(struct tcp *tcp, const struct packet *p,
			  const struct tern_tuple *tuple);

#endif
