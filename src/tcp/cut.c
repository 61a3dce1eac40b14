/* SPDX-License-Identifier: ISC */
/*
 * cut.c - a run of text, cut to segments for a link that cannot do that
 *
 * A link with GSO takes frames of many segments.  For others output decides in
 * the same way, once for a whole run, and here the run becomes frames.  The
 * first is made as any other, and has what all of them say; those that follow
 * have its headers, with numbers and sums of their own, PSH and FIN on the
 * last.
 */
#include "tcp/cut.h"

#include <string.h>

#include "tcp/ecn.h"
#include "wire/checksum.h"

#define HEAD_USUAL 64 /* most headers are no longer */

/* What all segments of a run say. */
struct run {
	const struct tern_frame *first;
	uint64_t sum; /* without length, number and checksum: of the headers,
			 or, if the link sums the rest, of the pseudo header */
};

bool cut_is_possible(const struct tcp *tcp, const struct tcb *t)
{
	return ecn_mode_of(t) == ECN_MODE_NONE && tcp->tun.min_tso_segs == 0;
}

/* To take a part out of a sum is to add its complement, RFC 1624 2. */
static uint64_t sum_constant(const uint8_t *p, uint32_t header_len)
{
	uint64_t acc = sum_header(0, p, header_len);

	acc = sum_u32(acc, ~load_be32(p + TCP_SEQ_OFFSET));
	return sum_u16(acc, (uint16_t)~load_be16(p + TCP_SUM_OFFSET));
}

static void run_begin(struct run *r, const struct tcb *t,
		      const struct tern_frame *first)
{
	const uint32_t headroom = t->path.headroom;

	r->first = first;
	r->sum = sum_pseudo4(t->conn.laddr, t->conn.raddr, IP_PROTO_TCP, 0);
	if (!(first->flags & TERN_FRAME_CSUM_PARTIAL))
		r->sum += sum_constant(first->head + headroom,
				       first->head_len - headroom);
}

/* A fixed number of bytes is copied fastest. */
static void copy_head(struct tern_frame *f, const struct tern_frame *from)
{
	memcpy(f->head, from->head, HEAD_USUAL);
	if (unlikely(from->head_len > HEAD_USUAL))
		memcpy(f->head + HEAD_USUAL, from->head + HEAD_USUAL,
		       from->head_len - HEAD_USUAL);
	f->head_len = from->head_len;
}

/* What goes into the field: the whole sum if it is in *acc, else what a link
 * that sums the rest needs. */
static uint16_t checksum(const struct run *r, struct tern_frame *f,
			 uint64_t acc)
{
	if (likely(!(r->first->flags & TERN_FRAME_CSUM_PARTIAL)))
		return checksum_finish(acc);
	f->flags |= TERN_FRAME_CSUM_PARTIAL;
	f->csum_start = r->first->csum_start;
	f->csum_offset = r->first->csum_offset;
	return sum_fold(acc);
}

/*
 * The text of the segment *o, as much as there are slices for.  Most lies right
 * behind that of the segment before it.  Adds its sum to *acc if the link does
 * not make it, MUST-2.  Returns its bytes.
 */
static uint32_t text(struct tcb *t, const struct outseg *o,
		     const struct tern_frame *before, struct tern_frame *f,
		     uint64_t *acc)
{
	const bool sums = !(before->flags & TERN_FRAME_CSUM_PARTIAL);
	const uint32_t off = seq_len(output_data_start(t), o->seq);
	bool known = sums;
	uint32_t len = o->len;

	f->part[0] = before->part[before->n_parts - 1];
	f->n_parts = 1;
	if (unlikely(!sendq_slice_next(&t->flow->sendq, f->part, len, acc,
				       &known))) {
		known = false;
		len = sendq_slice(&t->flow->sendq, off, len, f->part,
				  TERN_FRAME_PARTS, &f->n_parts);
	}
	f->len = f->head_len + len;
	if (unlikely(sums && !known))
		*acc = emit_sum_text(t, off, f, *acc);
	return len;
}

/* The segment *o behind the one in f[-1]; if not all of it goes, its flags do
 * not go either.  What the header says was summed once for all, and is not read
 * again where it has just been written.  Returns bytes of its text. */
static uint32_t follow(struct tcp *tcp, struct tcb *t, struct outseg *o,
		       const struct run *r, struct tern_frame *f)
{
	uint8_t *p = f->head + t->path.headroom;
	uint64_t acc = r->sum;
	uint32_t len;

	tern_frame_init(f);
	copy_head(f, r->first);
	len = text(t, o, f - 1, f, &acc);
	if (unlikely(len < o->len))
		o->flags = 0;
	acc = sum_u16(acc, (uint16_t)(f->len - t->path.headroom));
	if (likely(!(r->first->flags & TERN_FRAME_CSUM_PARTIAL)))
		acc = sum_u16(sum_u32(acc, o->seq.u), o->flags);
	tcp_emit_next(p, o->seq.u, o->flags, checksum(r, f, acc));
	net_finish_next(tcp->net, &t->path, f);
	t->segs_out++;
	env_count(tcp->env, TERN_TcpOutSegs);
	if (unlikely(env_traced(tcp->env)))
		emit_trace(tcp, t, p, len, o->again);
	return len;
}

int cut_run(struct tcp *tcp, struct tcb *t, const struct outseg *o,
	    struct tern_frame *frames, uint32_t *len)
{
	struct outseg part = *o;
	uint32_t want = t->mss;
	struct run r;
	int n = 1;

	part.len = t->mss;
	part.flags = 0;
	if (!emit_segment(tcp, t, &part, frames, len))
		return 0;
	run_begin(&r, t, frames);
	while (*len < o->len && *len == want) {
		part.seq = seq_add(o->seq, *len);
		part.len = min_u32(o->len - *len, t->mss);
		want = *len + part.len;
		if (want == o->len)
			part.flags = o->flags;
		*len += follow(tcp, t, &part, &r, &frames[n++]);
	}
	return n;
}
