/* SPDX-License-Identifier: ISC */
/*
 * input.c - from packets to segments: header, checksum, options, demultiplexing
 *
 * Packets come in arrays, so that the buckets and then the control blocks that
 * they will need can be asked for before the first of them is looked at.
 */
#include "tcp/tcp.h"

#include "tcp/arrives.h"
#include "tcp/demux.h"
#include "tcp/listener.h"
#include "tcp/output.h"
#include "tcp/synq.h"
#include "tcp/timewait.h"
#include "wire/checksum.h"
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

/* The slice of part i that lies at or after `off` in the frame. */
static void add_text(struct segment *seg, const struct tern_slice *part,
		     uint32_t skip)
{
	struct tern_slice *s = &seg->part[seg->n_parts];

	if (part->len <= skip)
		return;
	*s = *part;
	s->data += skip;
	s->len -= skip;
	seg->n_parts++;
}

/*
 * Makes slices of what lies behind the header.  Text in the frame's own head
 * belongs to no block, so there must be none there.
 */
static bool slice_text(struct segment *seg, const struct packet *p,
		       uint32_t header_len)
{
	const struct tern_frame *f = p->frame;
	uint32_t skip = p->l4_off + header_len;
	int i;

	seg->n_parts = 0;
	seg->text_len = p->l4_len - header_len;
	if (seg->text_len == 0)
		return true;
	if (f->head_len > skip)
		return false;
	skip -= f->head_len;
	for (i = 0; i < f->n_parts; i++) {
		const uint32_t here = min_u32(skip, f->part[i].len);

		add_text(seg, &f->part[i], here);
		skip -= here;
	}
	return true;
}

/* MUST-3: the sum over pseudo header, header and text. */
static bool sum_is_good(const struct packet *p, const struct segment *seg,
			uint32_t header_len)
{
	uint64_t acc = sum_pseudo4(p->src, p->dst, IP_PROTO_TCP, p->l4_len);
	uint32_t at = 0;
	int i;

	acc = sum_header(acc, p->l4, header_len);
	for (i = 0; i < seg->n_parts; i++) {
		const struct tern_slice *s = &seg->part[i];

		acc = sum_at(acc, s->data, s->len, at & 1);
		at += s->len;
	}
	return checksum_ok(acc);
}

static void fill_segment(struct segment *seg, const struct tcp_header *h)
{
	seg->seq = (struct seq){h->seq};
	seg->ack = (struct seq){h->ack};
	seg->wnd = h->wnd; /* MUST-1, REC-1: 32 bits, unsigned */
	seg->up = h->up;
	seg->flags = h->flags;
	seg->was_syn = false;
	seg->len = seg->text_len + !!(h->flags & SYN) + !!(h->flags & FIN);
}

/* Reads and checks one packet.  Returns 0 or why it is thrown away. */
static enum tern_drop parse(struct tcp *tcp, struct packet *p,
			    const struct tern_tuple *tuple, struct segment *seg)
{
	struct tcp_header h;
	enum tern_drop why;

	why = tcp_parse(p->l4, p->l4_contig, p->l4_len, &h);
	if (why)
		return why;
	if (!slice_text(seg, p, h.header_len))
		return TERN_DROP_FRAME_SCATTERED;
	if (!p->csum_ok && !sum_is_good(p, seg, h.header_len))
		return TERN_DROP_TCP_CHECKSUM;
	tcp_opt_parse(h.options, h.header_len - TCP_HEADER_LEN, &seg->opt);
	fill_segment(seg, &h);
	seg->packet = p;
	seg->tos = p->tos;
	if (env_traced(tcp->env))
		segment_trace_in(tcp, tuple, &h, &seg->opt, seg->text_len);
	return TERN_DROP_NONE;
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

static void input_one(struct tcp *tcp, struct packet *p, uint32_t hash)
{
	struct tern_tuple tuple;
	struct segment seg;
	struct conn *c;
	enum tern_drop why;

	env_count(tcp->env, TERN_TcpInSegs);
	if (p->l4_contig < TCP_HEADER_LEN) {
		segment_drop(tcp, NULL, TERN_DROP_TCP_HEADER);
		return;
	}
	tuple = packet_tuple(p);
	why = check_ends(p);
	if (!why)
		why = parse(tcp, p, &tuple, &seg);
	if (why) {
		segment_drop(tcp, &tuple, why);
		return;
	}
	seg.hash = hash;
	c = demux_find(tcp, &tuple, hash);
	if (!c) {
		to_listener(tcp, &seg, &tuple);
		return;
	}
	switch ((enum conn_kind)c->kind) {
	case CONN_TCB:
		tcp_segment_arrives(tcp, container_of(c, struct tcb, conn),
				    &seg);
		return;
	case CONN_SYN_QUEUE:
		synq_arrives(tcp, container_of(c, struct synq_entry, conn),
			     &seg);
		return;
	case CONN_TIME_WAIT:
		timewait_arrives(tcp, container_of(c, struct timewait, conn),
				 &seg, &tuple);
		return;
	}
}

/* Asks for the control blocks, and when these are there for what they refer
 * to. */
static void prefetch_batch(const struct tcp *tcp, const uint32_t *hash, int n)
{
	struct conn *conn[NET_BATCH];
	struct map_node *node;
	int i;

	for (i = 0; i < n; i++) {
		node = map_first(&tcp->conns, hash[i]);
		conn[i] = node ? container_of(node, struct conn, node) : NULL;
		if (node)
			prefetch_object(conn[i], sizeof(struct tcb));
	}
	for (i = 0; i < n; i++)
		if (conn[i] && conn[i]->kind == CONN_TCB)
			tcb_prefetch_flow(
				container_of(conn[i], struct tcb, conn));
}

void tcp_input(void *ctx, struct packet *p, int n)
{
	struct tcp *tcp = ctx;
	uint32_t hash[NET_BATCH];
	int i;

	for (i = 0; i < n; i++) {
		struct tern_tuple tuple = {0};

		if (p[i].l4_contig >= 4)
			tuple = packet_tuple(&p[i]);
		hash[i] = demux_hash(tcp, &tuple);
		if (n > 1)
			map_prefetch(&tcp->conns, hash[i]);
	}
	if (tcp_is_crowded(tcp))
		prefetch_batch(tcp, hash, n);
	for (i = 0; i < n; i++)
		input_one(tcp, &p[i], hash[i]);
}
