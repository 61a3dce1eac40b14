/* SPDX-License-Identifier: ISC */
/*
 * parse.c - from a packet to a segment: header, text, checksum, options
 */
#include "tcp/parse.h"

#include "net/frames.h"
#include "tcp/output.h"
#include "wire/checksum.h"

/* The part of the frame but for its first bytes.  What continues the slice
 * before it, as the next cut of one long block does, makes that longer. */
static void add_text(struct segment *seg, const struct tern_slice *part,
		     uint32_t skip)
{
	struct tern_slice *s = &seg->part[seg->n_parts];
	const uint32_t len = part->len - skip;

	if (seg->n_parts > 0 && s[-1].block == part->block &&
	    s[-1].data + s[-1].len == part->data + skip) {
		s[-1].len += len;
		return;
	}
	*s = (struct tern_slice){part->block, part->data + skip, len};
	seg->n_parts++;
}

/* Makes slices of what lies `skip` bytes behind the frame's head. */
static void slice_text(struct segment *seg, const struct tern_frame *f,
		       uint32_t skip)
{
	int i;

	if (likely(f->n_parts == 1 && skip < f->part[0].len)) {
		add_text(seg, &f->part[0], skip);
		return;
	}
	for (i = 0; i < f->n_parts; i++) {
		const uint32_t here = min_u32(skip, f->part[i].len);

		if (here < f->part[i].len)
			add_text(seg, &f->part[i], here);
		skip -= here;
	}
}

/* Text behind the head, nearly always in one piece. */
static uint64_t sum_text(uint64_t acc, const struct tern_frame *f,
			 uint32_t skip, uint32_t len)
{
	if (likely(f->n_parts == 1 && f->part[0].len - skip == len))
		return sum_bytes(acc, f->part[0].data + skip, len);
	return frame_sum(acc, f, f->head_len + skip, len);
}

/* MUST-3: the sum over pseudo header, header and text. */
static bool sum_is_good(const struct packet *p, uint32_t header_len,
			uint32_t skip)
{
	uint64_t acc = sum_pseudo4(p->src, p->dst, IP_PROTO_TCP, p->l4_len);

	acc = sum_header(acc, p->l4, header_len);
	return checksum_ok(
		sum_text(acc, p->frame, skip, p->l4_len - header_len));
}

/* Text in the frame's own head belongs to no block: there must be none. */
enum tern_drop segment_take_text(struct segment *seg, const struct packet *p,
				 uint32_t header_len)
{
	const struct tern_frame *f = p->frame;
	const uint32_t skip = p->l4_off + header_len - f->head_len;

	if (f->head_len > p->l4_off + header_len)
		return TERN_DROP_FRAME_SCATTERED;
	if (!p->csum_ok && !sum_is_good(p, header_len, skip))
		return TERN_DROP_TCP_CHECKSUM;
	slice_text(seg, f, skip);
	seg->text_len += p->l4_len - header_len;
	return TERN_DROP_NONE;
}

void segment_trace(struct tcp *tcp, const struct tern_tuple *tuple,
		   const struct packet *p, const struct tcp_options *opt)
{
	struct tcp_header h;

	if (!tcp_parse(p->l4, p->l4_contig, p->l4_len, &h))
		segment_trace_in(tcp, tuple, &h, opt, p->l4_len - h.header_len);
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

enum tern_drop segment_parse(struct tcp *tcp, struct packet *p,
			     const struct tern_tuple *tuple,
			     struct segment *seg)
{
	struct tcp_header h;
	enum tern_drop why;

	why = tcp_parse(p->l4, p->l4_contig, p->l4_len, &h);
	if (why)
		return why;
	seg->n_parts = 0;
	seg->text_len = 0;
	why = segment_take_text(seg, p, h.header_len);
	if (why)
		return why;
	tcp_opt_parse(h.options, h.header_len - TCP_HEADER_LEN, &seg->opt);
	if (unlikely(seg->opt.is_signed)) { /* RFC 2385 2 */
		env_count(tcp->env, TERN_TcpExtTCPMD5Unexpected);
		return TERN_DROP_TCP_SIGNED;
	}
	fill_segment(seg, &h);
	seg->packet = p;
	seg->tos = p->tos;
	seg->size = p->frame->gso_size;
	if (env_traced(tcp->env))
		segment_trace(tcp, tuple, p, &seg->opt);
	return TERN_DROP_NONE;
}
