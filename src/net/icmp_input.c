/* SPDX-License-Identifier: ISC */
/*
 * icmp_input.c - ICMP messages in, RFC 1122 3.2.2, RFC 5927
 *
 * Errors go to the transport whose datagram they quote, which checks that it
 * has sent such a thing and decides what it means (RFC 5927 4).  Here is
 * checked what needs no connection: that the quoted datagram is from an
 * address of ours, to one that we may talk with.
 *
 * Ignored: source quench (RFC 6633), redirects (DEPARTS RFC 1122
 * 3.2.2.2: whoever can forge one takes over the route, and hosts with one
 * gateway, or with routes configured, need none), and all that is unknown.
 */
#include "net/icmp.h"

#include "net/tables.h"
#include "wire/icmp4.h"

static void drop(struct net *net, const struct packet *p, enum tern_drop reason)
{
	struct tern_tuple tuple = {.laddr = p->dst, .raddr = p->src};

	env_drop(net->env, reason, &tuple);
}

static void count_type(struct net *net, uint8_t type)
{
	static const struct {
		uint8_t type;
		uint16_t counter;
	} counters[] = {
		{ICMP4_ECHO_REPLY, TERN_IcmpInEchoReps},
		{ICMP4_UNREACHABLE, TERN_IcmpInDestUnreachs},
		{ICMP4_SOURCE_QUENCH, TERN_IcmpInSrcQuenchs},
		{ICMP4_REDIRECT, TERN_IcmpInRedirects},
		{ICMP4_TIME_EXCEEDED, TERN_IcmpInTimeExcds},
		{ICMP4_PARAMETER_PROBLEM, TERN_IcmpInParmProbs},
	};

	for (size_t i = 0; i < ARRAY_LEN(counters); i++) {
		if (counters[i].type == type)
			net->env->counter[counters[i].counter]++;
	}
}

static bool is_frag_needed(const struct icmp4_message *m)
{
	return m->type == ICMP4_UNREACHABLE && m->code == ICMP4_FRAG_NEEDED;
}

/* True if the quoted datagram may be one that this host has sent. */
static bool quote_is_ours(const struct net *net, const struct icmp4_message *m)
{
	enum addr_kind dst = net_addr_kind(net, m->quote.dst);

	if (net_addr_kind(net, m->quote.src) != ADDR_LOCAL)
		return false;
	if (dst != ADDR_LOCAL && dst != ADDR_REMOTE)
		return false;
	/* No link is that narrow, RFC 791. */
	return !is_frag_needed(m) || m->mtu == 0 || m->mtu >= NETIF_MTU_MIN;
}

static void error_input(struct net *net, const struct packet *p,
			const struct icmp4_message *m)
{
	struct icmp_error e = {
		.type = m->type,
		.code = m->code,
		.mtu = m->mtu,
		.from = p->src,
		.src = m->quote.src,
		.dst = m->quote.dst,
		.quoted_len = m->quote.total_len,
	};

	if (!quote_is_ours(net, m)) {
		drop(net, p, TERN_DROP_ICMP_QUOTE);
		return;
	}
	if (m->quote.proto != IP_PROTO_TCP || !net->tcp.error) {
		drop(net, p, TERN_DROP_ICMP_NO_CONNECTION);
		return;
	}
	if (is_frag_needed(m) && e.mtu == 0)
		e.mtu = pmtu_plateau(e.quoted_len);
	memcpy(e.l4, m->quote_data, sizeof(e.l4));
	net->tcp.error(net->tcp.ctx, &e);
}

void icmp_input(struct net *net, const struct packet *p)
{
	struct icmp4_message m;
	enum tern_drop bad;

	env_count(net->env, TERN_IcmpInMsgs);
	if (p->l4_len >= ICMP4_HEADER_LEN && p->l4_contig < ICMP4_HEADER_LEN) {
		drop(net, p, TERN_DROP_FRAME_SCATTERED);
		return;
	}
	if (p->l4_len >= ICMP4_HEADER_LEN && p->l4[0] == ICMP4_ECHO) {
		icmp_echo_input(net, p);
		return;
	}
	/* Of other messages the quoted headers must be contiguous too. */
	bad = p->l4_contig < p->l4_len ? TERN_DROP_FRAME_SCATTERED
				       : icmp4_parse(p->l4, p->l4_len, &m);
	if (bad) {
		drop(net, p, bad);
		return;
	}
	count_type(net, m.type);
	if (p->group)
		drop(net, p, TERN_DROP_ICMP_GROUP);
	else if (m.type == ICMP4_UNREACHABLE || m.type == ICMP4_TIME_EXCEEDED ||
		 m.type == ICMP4_PARAMETER_PROBLEM)
		error_input(net, p, &m);
	else /* MUST-55: source quench among them */
		drop(net, p, TERN_DROP_ICMP_TYPE);
}
