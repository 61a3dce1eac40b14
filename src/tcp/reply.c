/* SPDX-License-Identifier: ISC */
/*
 * reply.c - segments without a control block: resets (RFC 9293 3.5.2), the
 * SYN,ACK of the SYN queue, and what TIME-WAIT answers; and how segments are
 * told to the trace hook
 */
#include "tcp/output.h"

#include "tcp/arrives.h"
#include "tcp/ecn.h"
#include "tcp/timeout.h"
#include "wire/checksum.h"

static void fill_trace(struct tern_event_segment *s, const struct tcp_header *h,
		       const struct tcp_options *opt, uint32_t text_len)
{
	int i;

	s->seq = h->seq;
	s->ack = h->ack;
	s->wnd = h->wnd;
	s->urgent = h->up;
	s->flags = h->flags;
	s->len = text_len;
	if (!opt)
		return;
	s->present = opt->present;
	if (opt->present & TERN_OPT_MSS)
		s->mss = opt->mss;
	if (opt->present & TERN_OPT_WSCALE)
		s->wscale = opt->wscale;
	if (opt->present & TERN_OPT_TIMESTAMPS) {
		s->ts_val = opt->ts_val;
		s->ts_ecr = opt->ts_ecr;
	}
	if (!(opt->present & TERN_OPT_SACK))
		return;
	s->n_sack = opt->n_sack;
	for (i = 0; i < opt->n_sack; i++) {
		s->sack[2 * i] = opt->sack[i].left;
		s->sack[2 * i + 1] = opt->sack[i].right;
	}
}

void segment_trace_in(struct tcp *tcp, const struct tern_tuple *tuple,
		      const struct tcp_header *h, const struct tcp_options *opt,
		      uint32_t text_len)
{
	struct tern_event ev = {.type = TERN_EV_SEGMENT_IN, .tuple = *tuple};

	fill_trace(&ev.u.segment, h, opt, text_len);
	env_trace(tcp->env, &ev);
}

void segment_trace_out(struct tcp *tcp, const struct tern_tuple *tuple,
		       const struct tcp_header *h,
		       const struct tcp_options *opt, uint32_t text_len,
		       bool again)
{
	struct tern_event ev = {.type = TERN_EV_SEGMENT_OUT, .tuple = *tuple};

	fill_trace(&ev.u.segment, h, opt, text_len);
	ev.u.segment.retransmission = again;
	env_trace(tcp->env, &ev);
}

static void fill_header(const struct bare_segment *b, struct tcp_header *h)
{
	h->sport = b->tuple.lport;
	h->dport = b->tuple.rport;
	h->seq = b->seq.u;
	h->ack = b->ack.u;
	h->flags = b->flags;
	h->wnd = b->wnd;
	h->header_len = TCP_HEADER_LEN;
}

void reply_bare(struct tcp *tcp, const struct bare_segment *b)
{
	uint32_t src = b->tuple.laddr;
	const struct ip_meta ip = {
		.src = src,
		.dst = b->tuple.raddr,
		.proto = IP_PROTO_TCP,
		.tos = b->tos,
		.ttl = b->ttl,
		.df = true,
	};
	struct tcp_header h = {0};
	struct net_path path;
	struct tern_frame *f;
	uint64_t acc;
	uint8_t *p;

	if (b->path && net_path_valid(tcp->net, b->path))
		path = *b->path;
	else if (net_path(tcp->net, b->tuple.raddr, &src, &path) < 0)
		return;
	f = net_reply(tcp->net, &path);
	if (!f)
		return;
	p = f->head + path.headroom;
	fill_header(b, &h);
	if (b->opt)
		h.header_len = (uint8_t)(h.header_len +
					 emit_options(tcp, p + TCP_HEADER_LEN,
						      b->opt));
	tcp_emit(p, &h);
	acc = sum_pseudo4(ip.src, ip.dst, IP_PROTO_TCP, h.header_len);
	acc = sum_header(acc, p, h.header_len);
	store_be16(p + TCP_SUM_OFFSET, checksum_finish(acc)); /* MUST-2 */
	f->head_len = (uint16_t)(path.headroom + h.header_len);
	f->len = f->head_len;
	env_count(tcp->env, TERN_TcpOutSegs);
	if (b->flags & RST)
		env_count(tcp->env, TERN_TcpOutRsts);
	if (env_traced(tcp->env))
		segment_trace_out(tcp, &b->tuple, &h, b->opt, 0, false);
	net_reply_send(tcp->net, &path, &ip, f);
}

void reply_reset_of(struct tcp *tcp, const struct tcb *t)
{
	struct tcp_options o = {0};
	struct bare_segment b = {
		.tuple = conn_tuple(&t->conn),
		.seq = t->snd.nxt,
		.ack = t->rcv.nxt,
		.flags = RST | ACK,
		.tos = t->opts->tos,
		.ttl = t->opts->ttl,
		.opt = &o,
	};

	if (tcp->tun.linux_acks)
		b.wnd = window_last(tcp, t);
	if (t->ts_ok) { /* RFC 7323 3.2: SHOULD be on a RST */
		o.present = TERN_OPT_TIMESTAMPS;
		o.ts_val = timestamp_now(tcp, conn_ts_offset(&t->conn));
		o.ts_ecr = t->ts_recent;
	}
	reply_bare(tcp, &b);
}

void reply_reset_now(struct tcp *tcp, const struct tcb *t)
{
	const struct bare_segment b = {
		.tuple = conn_tuple(&t->conn),
		.seq = t->snd.nxt,
		.flags = RST,
	};

	reply_bare(tcp, &b);
}

void reply_ack_of(struct tcp *tcp, struct tcb *t)
{
	const struct outseg o = {.seq = t->snd.nxt};
	struct tern_frame *f;
	uint32_t len;

	if (!net_path_valid(tcp->net, &t->path) && !output_reroute(tcp, t))
		return;
	f = net_reply(tcp->net, &t->path);
	if (f && !emit_segment(tcp, t, &o, f, &len))
		net_reply_cancel(tcp->net, &t->path, f);
	t->ack_now = false;
	timer_stop_delayed_ack(t);
}

/* A bucket of tokens, so that a flood of segments is not reflected. */
static bool may_reset(struct tcp *tcp)
{
	const uint64_t now = tcp->env->now;

	if (now - tcp->rst_tokens_at >= TERN_S || tcp->rst_tokens_at == 0) {
		tcp->rst_tokens_at = now;
		tcp->rst_tokens = tcp->tun.rst_per_s;
	}
	if (tcp->rst_tokens == 0)
		return false;
	tcp->rst_tokens--;
	return true;
}

void reply_reset(struct tcp *tcp, const struct segment *seg,
		 const struct tern_tuple *tuple)
{
	struct bare_segment b = {.tuple = *tuple};

	if (seg->flags & RST)
		return;
	if (!may_reset(tcp)) {
		segment_drop(tcp, tuple, TERN_DROP_TCP_RST_RATE);
		return;
	}
	if (seg->flags & ACK) { /* <SEQ=SEG.ACK><CTL=RST> */
		b.seq = seg->ack;
		b.flags = RST;
	} else { /* <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> */
		b.ack = seq_add(seg->seq, seg->len);
		b.flags = RST | ACK;
	}
	reply_bare(tcp, &b);
}
