/* SPDX-License-Identifier: ISC */
/*
 * input.c - packets in: whose they are
 *
 * Packets come in arrays, so that the buckets and then the control blocks that
 * they will need can be asked for before the first of them is looked at, and
 * that those which continue each other can be taken as one.
 */
#include "tcp/tcp.h"

#include "tcp/ahead.h"
#include "tcp/arrives.h"
#include "tcp/demux.h"
#include "tcp/gate.h"
#include "tcp/listener.h"
#include "tcp/parse.h"
#include "tcp/synq.h"
#include "tcp/timewait.h"
#include "wire/tcp.h"

static struct tern_tuple packet_tuple(const struct packet *p)
{
	return (struct tern_tuple){
		.laddr = p->dst,
		.raddr = p->src,
		.lport = load_be16(p->l4 + 2),
		.rport = load_be16(p->l4),
	};
}

/* MUST-57; and a segment from a wire cannot come from ourselves. */
static enum tern_drop check_ends(const struct packet *p)
{
	if (p->group)
		return TERN_DROP_TCP_BROADCAST;
	if (p->src == p->dst && p->in->index != TERN_IF_LOOPBACK)
		return TERN_DROP_TCP_LAND;
	return TERN_DROP_NONE;
}

static void to_listener(struct tcp *tcp, struct segment *seg,
			const struct tern_tuple *tuple)
{
	struct listener *l = listener_find(tcp, tuple);

	if (l)
		arrives_listen(tcp, l, seg, tuple);
	else
		arrives_closed(tcp, seg, tuple);
}

/* Is it one more of those before it?  There are its ports. */
static bool is_another(const struct packet *p)
{
	return p->l4_contig >= 4 && p[-1].l4_contig >= 4 &&
	       p->src == p[-1].src && p->dst == p[-1].dst &&
	       load_be32(p->l4) == load_be32(p[-1].l4);
}

/* To a connection: with what follows on it in the batch.  Returns how many
 * packets that were. */
static int to_tcb(struct tcp *tcp, struct tcb *t, struct segment *seg,
		  const struct packet *packets, int n)
{
	int n_taken = 1;

	if (n > 1 && is_another(packets + 1))
		n_taken = segment_join(tcp, t, seg, packets, n);
	tcp_segment_arrives(tcp, t, seg);
	return n_taken;
}

/* Whose a segment is.  `hash`: of its tuple, NULL if it is not known. */
static struct conn *find(struct tcp *tcp, const struct tern_tuple *tuple,
			 const uint32_t *hash, struct segment *seg)
{
	struct conn *c = hash ? NULL : demux_recent(tcp, tuple);

	if (c)
		return c;
	seg->hash = hash ? *hash : demux_hash(tcp, tuple);
	c = demux_find(tcp, tuple, seg->hash);
	if (c && !hash)
		demux_met(tcp, c);
	return c;
}

/* The first packet of a batch, at p.  Returns how many went with it. */
static int input_some(struct tcp *tcp, struct packet *p, int n,
		      const uint32_t *hash)
{
	struct tern_tuple tuple;
	struct segment seg;
	struct conn *c;
	enum tern_drop why;

	env_count(tcp->env, TERN_TcpInSegs);
	if (p->l4_contig < TCP_HEADER_LEN) {
		segment_drop(tcp, NULL, TERN_DROP_TCP_HEADER);
		return 1;
	}
	tuple = packet_tuple(p);
	why = check_ends(p);
	if (!why)
		why = segment_parse(tcp, p, &tuple, &seg);
	if (why) {
		segment_drop(tcp, &tuple, why);
		return 1;
	}
	c = find(tcp, &tuple, hash, &seg);
	if (!c) {
		to_listener(tcp, &seg, &tuple);
		return 1;
	}
	switch ((enum conn_kind)c->kind) {
	case CONN_TCB:
		return to_tcb(tcp, container_of(c, struct tcb, conn), &seg, p,
			      n);
	case CONN_SYN_QUEUE:
		synq_arrives(tcp, container_of(c, struct synq_entry, conn),
			     &seg);
		break;
	case CONN_TIME_WAIT:
		timewait_arrives(tcp, container_of(c, struct timewait, conn),
				 &seg, &tuple);
		break;
	}
	return 1;
}

static uint32_t hash_packet(const struct tcp *tcp, const struct packet *p)
{
	struct tern_tuple tuple = {0};

	if (p->l4_contig >= 4)
		tuple = packet_tuple(p);
	return demux_hash(tcp, &tuple);
}

/* Whose the packets are, at least one; asks for the buckets of the table, and
 * for what is to be found there. */
static void hash_batch(const struct tcp *tcp, const struct packet *p, int n,
		       uint32_t *hash)
{
	int i = 0;

	do {
		if (i > 0 && is_another(&p[i])) {
			hash[i] = hash[i - 1];
			continue;
		}
		hash[i] = hash_packet(tcp, &p[i]);
		if (n > 1)
			map_prefetch(&tcp->conns, hash[i]);
	} while (++i < n);
	tcp_prefetch_hashed(tcp, hash, n);
}

/* A batch of which some may not come in: one by one. */
static void input_gated(struct tcp *tcp, struct packet *p, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		struct tern_tuple tuple;
		enum tern_drop why = TERN_DROP_NONE;

		if (p[i].l4_contig >= TCP_HEADER_LEN) {
			tuple = packet_tuple(&p[i]);
			why = gate_check(tcp, &p[i], &tuple);
		}
		if (why)
			segment_drop(tcp, &tuple, why);
		else
			(void)input_some(tcp, &p[i], 1, NULL);
	}
}

void tcp_input(void *ctx, struct packet *p, int n)
{
	struct tcp *tcp = ctx;
	uint32_t hashes[NET_BATCH];
	const uint32_t *hash = NULL;

	if (unlikely(tcp->opts.n_gated > 0)) {
		input_gated(tcp, p, n);
		return;
	}
	if (tcp_has_many(tcp)) {
		hash_batch(tcp, p, n, hashes);
		hash = hashes;
	}
	while (n > 0) {
		const int n_taken = input_some(tcp, p, n, hash);

		p += n_taken;
		n -= n_taken;
		if (hash)
			hash += n_taken;
	}
}
