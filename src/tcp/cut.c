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

bool cut_is_possible(const struct tcp *tcp, const struct tcb *t)
{
	return ecn_mode_of(t) == ECN_MODE_NONE && tcp->tun.min_tso_segs == 0;
}

/* What was written is read again: nothing else knows it. */
static void trace(struct tcp *tcp, const struct tcb *t, const uint8_t *p,
		  uint32_t len, bool again)
{
	const struct tern_tuple tuple = conn_tuple(&t->conn);
	struct tcp_options opt;
	struct tcp_header h;

	if (tcp_parse(p, TCP_HEADER_LEN_MAX, TCP_HEADER_LEN_MAX, &h))
		return;
	tcp_opt_parse(h.options, h.header_len - TCP_HEADER_LEN, &opt);
	segment_trace_out(tcp, &tuple, &h, &opt, len, again);
}

/* The segment *o behind `first`.  Returns bytes of its text. */
static uint32_t follow(struct tcp *tcp, struct tcb *t, const struct outseg *o,
		       const struct tern_frame *first, struct tern_frame *f)
{
	uint8_t *p = f->head + t->path.headroom;
	uint32_t len;

	tern_frame_init(f);
	memcpy(f->head, first->head, first->head_len);
	len = sendq_slice(&t->flow->sendq,
			  seq_len(output_data_start(t), o->seq), o->len,
			  f->part, TERN_FRAME_PARTS, &f->n_parts);
	tcp_emit_next(p, o->seq.u, len == o->len ? o->flags : 0);
	f->head_len = first->head_len;
	f->len = f->head_len + len;
	emit_checksum(t, net_if(tcp->net, t->path.ifindex), f, p);
	net_finish_next(tcp->net, &t->path, f);
	t->segs_out++;
	env_count(tcp->env, TERN_TcpOutSegs);
	if (unlikely(env_traced(tcp->env)))
		trace(tcp, t, p, len, o->again);
	return len;
}

int cut_run(struct tcp *tcp, struct tcb *t, const struct outseg *o,
	    struct tern_frame *frames, uint32_t *len)
{
	struct outseg part = *o;
	int n = 1;

	part.len = t->mss;
	part.flags = 0;
	if (!emit_segment(tcp, t, &part, frames, len))
		return 0;
	while (*len < o->len && *len % t->mss == 0) {
		part.seq = seq_add(o->seq, *len);
		part.len = min_u32(o->len - *len, t->mss);
		if (*len + part.len == o->len)
			part.flags = o->flags;
		*len += follow(tcp, t, &part, frames, &frames[n++]);
	}
	return n;
}
