/* SPDX-License-Identifier: ISC */
/*
 * gate.c - whom a socket lets in: IP_MINTTL (RFC 5082), SO_BINDTODEVICE
 *
 * Few sockets ask for it, and the path of a segment is not to be made longer
 * for the others: as long as none has asked, nobody comes here.
 */
#include "tcp/gate.h"

#include "tcp/demux.h"
#include "tcp/listener.h"
#include "tcp/tcb.h"

/* Options of the socket that a packet is for; NULL if it is for none, or for
 * one that is left to itself, in the SYN queue or in TIME-WAIT. */
static const struct tcp_opts *opts_of(struct tcp *tcp,
				      const struct tern_tuple *tuple)
{
	struct conn *c = demux_find(tcp, tuple, demux_hash(tcp, tuple));
	const struct listener *l;

	if (c)
		return c->kind == CONN_TCB
			       ? container_of(c, struct tcb, conn)->opts
			       : NULL;
	l = listener_find(tcp, tuple);
	return l ? l->opts : NULL;
}

enum tern_drop gate_check(struct tcp *tcp, const struct packet *p,
			  const struct tern_tuple *tuple)
{
	const struct tcp_opts *o = opts_of(tcp, tuple);

	if (!o)
		return TERN_DROP_NONE;
	if (!opts_device_ok(o, (uint32_t)p->in->index))
		return TERN_DROP_TCP_DEVICE;
	if (p->ttl < o->min_ttl) {
		env_count(tcp->env, TERN_TcpExtTCPMinTTLDrop);
		return TERN_DROP_TCP_MIN_TTL;
	}
	return TERN_DROP_NONE;
}
