/* SPDX-License-Identifier: ISC */
/*
 * icmp.c - ICMP errors about our segments, RFC 9293 3.9.2.2
 *
 * An error counts only if the sequence number it quotes is in flight (RFC 5927
 * 4).  Soft errors never end a connection; hard ones do only while it is not
 * synchronized.  Source quench does not come this far.
 */
#include <errno.h>

#include "tcp/arrives.h"
#include "tcp/demux.h"
#include "tcp/life.h"
#include "tcp/state.h"
#include "tcp/synq.h"
#include "tcp/timeout.h"
#include "wire/icmp4.h"

/* The errno that Linux gives for the code, and whether it is a hard error. */
static int error_of(const struct icmp_error *e, bool *hard)
{
	static const int8_t unreachable[] = {
		ENETUNREACH,  EHOSTUNREACH, ENOPROTOOPT,  ECONNREFUSED,
		EMSGSIZE,     EOPNOTSUPP,   ENETUNREACH,  EHOSTDOWN,
		ENONET,	      ENETUNREACH,  EHOSTUNREACH, ENETUNREACH,
		EHOSTUNREACH, EHOSTUNREACH, EHOSTUNREACH, EHOSTUNREACH,
	};

	*hard = false;
	if (e->type == ICMP4_PARAMETER_PROBLEM)
		return -EPROTO;
	if (e->type == ICMP4_TIME_EXCEEDED)
		return -EHOSTUNREACH;
	if (e->type != ICMP4_UNREACHABLE || e->code >= sizeof(unreachable))
		return -EHOSTUNREACH;
	*hard = e->code == ICMP4_PROTO_UNREACHABLE ||
		e->code == ICMP4_PORT_UNREACHABLE;
	return -unreachable[e->code];
}

static void error_for_tcb(struct tcp *tcp, struct tcb *t,
			  const struct icmp_error *e)
{
	const struct seq seq = {load_be32(e->l4 + 4)};
	bool hard;
	int err;

	if (!seq_in(seq, t->snd.una, tcp_flight(t))) {
		tcb_drop(tcp, t, TERN_DROP_ICMP_OUT_OF_WINDOW);
		return;
	}
	if (e->type == ICMP4_UNREACHABLE && e->code == ICMP4_FRAG_NEEDED) {
		if (!t->opts->no_pmtud)
			plpmtud_told(tcp, t, e->mtu, e->quoted_len, seq);
		tcp_settle(tcp, t);
		return;
	}
	err = error_of(e, &hard);
	/* DEPARTS SHLD-26: a hard error, which anyone could have forged, ends
	 * no synchronized connection (RFC 5927 5.2).  MUST-56: a soft one ends
	 * none. */
	if (unlikely(tcp->tun.linux_acks) && t->state == SYN_SENT)
		hard = true; /* Linux: a connect() that waits is told */
	if (hard && !is_synchronized(t)) {
		env_count(tcp->env, TERN_TcpAttemptFails);
		tcp_end(tcp, t, err);
	} else {
		t->soft_error = (int16_t)err; /* SHLD-25 */
		if (t->opts->recverr) {	      /* SHLD-20: only if asked for */
			t->error = (int16_t)err;
			tcp_notify(tcp, t, TCP_READY_ERR);
		}
	}
	tcp_settle(tcp, t);
}

/* A SYN,ACK could not be delivered: a hard error frees the entry. */
static void error_for_entry(struct tcp *tcp, struct synq_entry *s,
			    const struct icmp_error *e)
{
	const struct tern_tuple tuple = conn_tuple(&s->conn);
	bool hard;

	if (load_be32(e->l4 + 4) != s->iss.u) {
		segment_drop(tcp, &tuple, TERN_DROP_ICMP_OUT_OF_WINDOW);
		return;
	}
	(void)error_of(e, &hard);
	if (hard)
		synq_fail(tcp, s);
}

void tcp_icmp_error(void *ctx, const struct icmp_error *e)
{
	struct tcp *tcp = ctx;
	const struct tern_tuple tuple = {
		.laddr = e->src,
		.raddr = e->dst,
		.lport = load_be16(e->l4),
		.rport = load_be16(e->l4 + 2),
	};
	struct conn *c;

	/* MUST-54: to the connection that is quoted. */
	c = demux_find(tcp, &tuple, demux_hash(tcp, &tuple));
	if (!c) {
		segment_drop(tcp, &tuple, TERN_DROP_ICMP_NO_CONNECTION);
		return;
	}
	switch ((enum conn_kind)c->kind) {
	case CONN_TCB:
		error_for_tcb(tcp, container_of(c, struct tcb, conn), e);
		return;
	case CONN_SYN_QUEUE:
		error_for_entry(tcp, container_of(c, struct synq_entry, conn),
				e);
		return;
	case CONN_TIME_WAIT:
		return; /* nothing of it is in flight */
	}
}
