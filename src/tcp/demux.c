/* SPDX-License-Identifier: ISC */
/*
 * demux.c - from a four-tuple to the connection, by a keyed hash
 *
 * The key is secret, so that nobody can choose tuples that fall into one
 * chain.
 *
 * Of a few connections the same ones are met again and again.  Those have a
 * place each by their ports alone, which takes no hashing to look at; whoever
 * chooses ports that share a place only has the table searched for him.  No
 * TIME-WAIT is there: what else has the same tuple comes before it.
 */
#include "tcp/demux.h"

uint32_t demux_hash(const struct tcp *tcp, const struct tern_tuple *t)
{
	const uint64_t addrs = (uint64_t)t->laddr << 32 | t->raddr;
	const uint32_t ports = (uint32_t)t->lport << 16 | t->rport;

	return (uint32_t)siphash13_12(&tcp->hash_key, addrs, ports);
}

static bool is_of(const struct conn *c, const struct tern_tuple *t)
{
	return c->rport == t->rport && c->raddr == t->raddr &&
	       c->lport == t->lport && c->laddr == t->laddr;
}

struct conn *demux_find(struct tcp *tcp, const struct tern_tuple *t,
			uint32_t hash)
{
	struct conn *waiting = NULL;
	struct map_node *n;

	for (n = map_first(&tcp->conns, hash); n;
	     n = map_next(&tcp->conns, n)) {
		struct conn *c = container_of(n, struct conn, node);

		if (!is_of(c, t))
			continue;
		if (c->kind != CONN_TIME_WAIT)
			return c;
		waiting = c;
	}
	return waiting;
}

static uint32_t place_of(uint32_t lport, uint32_t rport)
{
	return ((lport ^ rport) * UINT32_C(0x9e3779b1)) >>
	       (32 - TCP_RECENT_BITS);
}

struct conn *demux_recent(const struct tcp *tcp, const struct tern_tuple *t)
{
	struct conn *c = tcp->recent[place_of(t->lport, t->rport)];

	return c && is_of(c, t) ? c : NULL;
}

static struct conn **place(struct tcp *tcp, const struct conn *c)
{
	return &tcp->recent[place_of(c->lport, c->rport)];
}

void demux_met(struct tcp *tcp, struct conn *c)
{
	if (c->kind != CONN_TIME_WAIT)
		*place(tcp, c) = c;
}

static void forget(struct tcp *tcp, const struct conn *c)
{
	struct conn **at = place(tcp, c);

	if (*at == c)
		*at = NULL;
}

struct conn *demux_find_time_wait(struct tcp *tcp, const struct tern_tuple *t)
{
	struct map_node *n = map_first(&tcp->conns, demux_hash(tcp, t));

	for (; n; n = map_next(&tcp->conns, n)) {
		struct conn *c = container_of(n, struct conn, node);

		if (c->kind == CONN_TIME_WAIT && is_of(c, t))
			return c;
	}
	return NULL;
}

int demux_insert(struct tcp *tcp, struct conn *c, uint32_t hash)
{
	const int err = map_insert(&tcp->conns, &c->node, hash);

	if (!err)
		demux_met(tcp, c);
	return err;
}

void demux_replace(struct tcp *tcp, struct conn *old, struct conn *c)
{
	forget(tcp, old);
	map_replace(&tcp->conns, &old->node, &c->node);
	demux_met(tcp, c);
}

void demux_remove(struct tcp *tcp, struct conn *c)
{
	forget(tcp, c);
	map_remove(&tcp->conns, &c->node);
}
