/* SPDX-License-Identifier: ISC */
/*
 * join.c - segments that continue each other are taken as one
 *
 * What a driver may do before us (TERN_FRAME_GSO) is done here for those that
 * do not: of the packets of one batch, those that follow a segment in order,
 * under the same header, are text behind its text.  All that may differ are
 * the sequence number, the checksum, and PSH and a lesser length in the last.
 * The steps of 3.10.7.4 are then gone through once for all of them.
 *
 * Only text that is next is joined, and only into the window, so that nothing
 * of it would have been trimmed, held or answered on its own.  The ACK that two
 * full segments are owed is owed at the end of the batch anyway (MUST-58).
 * What bears a mark of congestion is not joined: each is counted (RFC 9768).
 */
#include "tcp/parse.h"

#include "tcp/ecn.h"
#include "tcp/output.h"
#include "wire/tcp.h"

#define PARTS_A_PACKET TERN_FRAME_PARTS

/* Can text be added to it? */
static bool is_open(const struct tcb *t, const struct segment *seg)
{
	return t->state == ESTABLISHED && seg->text_len > 0 &&
	       (seg->flags & (SYN | FIN | RST | PSH | ACK | URG)) == ACK &&
	       seg->size == 0 && seq_eq(seg->seq, t->rcv.nxt) &&
	       ecn_codepoint_of(seg) != ECN_CE;
}

/* What differs in a word of two headers. */
static uint32_t differs(const uint8_t *x, const uint8_t *y, uint32_t offset)
{
	return load_be32(x + offset) ^ load_be32(y + offset);
}

/* The headers are the same, as far as they must be. */
static bool is_alike(const struct packet *a, const struct packet *b,
		     uint32_t header_len)
{
	const uint8_t *x = a->l4, *y = b->l4;
	uint32_t diff = (a->src ^ b->src) | (a->dst ^ b->dst) |
			(uint32_t)(a->tos ^ b->tos);
	uint32_t i;

	diff |= differs(x, y, 0);			    /* ports */
	diff |= differs(x, y, 8);			    /* ACK */
	diff |= differs(x, y, 12) & ~((uint32_t)PSH << 16); /* flags, window */
	diff |= differs(x, y, TCP_SUM_OFFSET) & 0xffff;	    /* urgent pointer */
	for (i = TCP_HEADER_LEN; i < header_len; i += 4)
		diff |= differs(x, y, i);
	return diff == 0;
}

/* Does the packet continue what the segment is by now? */
static bool continues(const struct tcb *t, const struct segment *seg,
		      const struct packet *p, uint32_t header_len)
{
	uint32_t len;

	if (p->l4_contig < header_len || p->l4_len <= header_len || p->group ||
	    p->frame->gso_size)
		return false;
	len = p->l4_len - header_len;
	return len <= seg->size && seg->text_len + len <= tcp_rcv_wnd(t) &&
	       seg->n_parts + PARTS_A_PACKET <= SEGMENT_PARTS &&
	       load_be32(p->l4 + TCP_SEQ_OFFSET) ==
		       seg->seq.u + seg->text_len &&
	       is_alike(seg->packet, p, header_len);
}

static void trace(struct tcp *tcp, const struct tcb *t, const struct packet *p,
		  const struct segment *seg)
{
	const struct tern_tuple tuple = conn_tuple(&t->conn);

	if (env_traced(tcp->env))
		segment_trace(tcp, &tuple, p, &seg->opt);
}

int segment_join(struct tcp *tcp, struct tcb *t, struct segment *seg,
		 const struct packet *packets, int n_packets)
{
	uint32_t header_len;
	bool last = false;
	int n = 1;

	if (!is_open(t, seg))
		return 1;
	header_len = packets->l4_len - seg->text_len;
	seg->size = (uint16_t)min_u32(seg->text_len, UINT16_MAX);
	while (n < n_packets && !last) {
		const struct packet *p = &packets[n];

		if (!continues(t, seg, p, header_len) ||
		    segment_take_text(seg, p, header_len))
			break;
		env_count(tcp->env, TERN_TcpInSegs);
		trace(tcp, t, p, seg);
		n++;
		seg->flags |= p->l4[TCP_FLAGS_OFFSET] & PSH;
		last = seg->flags & PSH || p->l4_len - header_len < seg->size;
	}
	if (n == 1)
		seg->size = 0;
	t->segs_in += (uint32_t)n - 1;
	seg->len = seg->text_len;
	return n;
}
