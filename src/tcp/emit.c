/* SPDX-License-Identifier: ISC */
/*
 * emit.c - a segment of a connection, built in a frame
 *
 * The header is written at the path's headroom in the frame's head; the text
 * is slices of the send queue's blocks.
 */
#include "tcp/output.h"

#include <string.h>

#include "tcp/arrives.h"
#include "tcp/ecn.h"
#include "tcp/fastopen.h"
#include "tcp/uto.h"
#include "wire/checksum.h"

/* Only that may be ECN-capable, RFC 3168 6.1.5. */
static bool is_new_text(const struct outseg *o)
{
	return o->len > 0 && !o->again;
}

static void syn_options(const struct tcp *tcp, const struct tcb *t,
			struct tcp_options *o)
{
	/* MUST-14, SHLD-5; MUST-65: here and in synq_reply.c only. */
	o->present = TERN_OPT_MSS;
	o->mss = mss_to_advertise(tcp, &t->path, t->opts);
	if (t->wscale_ok) {
		o->present |= TERN_OPT_WSCALE;
		o->wscale = t->rcv_wscale;
	}
	if (t->sack_ok)
		o->present |= TERN_OPT_SACK_PERM;
	if (t->state == SYN_RECEIVED && !t->syn_rexmitted &&
	    ecn_mode_of(t) == ECN_MODE_ACCURATE && tcp->tun.ecn_option)
		accecn_option_initial(o);
	uto_advertise(tcp, t->opts, o);
	if (t->conn.fastopen)
		fastopen_option(tcp, t, o);
}

/* Linux: a FIN that waits for text before it is part of the block that it ends,
 * or one of its own. */
static void sack_fin(const struct flow *f, uint8_t max, struct tcp_options *o)
{
	struct tcp_sack_block *b;
	bool is_there = false;
	uint8_t i;

	for (i = 0; i < o->n_sack; i++) {
		b = &o->sack[i];
		b->right += b->right == f->fin_seq.u;
		is_there |= b->right == f->fin_seq.u + 1;
	}
	if (is_there || o->n_sack == max)
		return;
	b = &o->sack[o->n_sack++];
	b->left = f->fin_seq.u;
	b->right = f->fin_seq.u + 1;
}

/* RFC 2018: as many blocks as there is room for beside the text; what came
 * twice first, RFC 2883 4. */
static void sack_option(const struct tcp *tcp, const struct tcb *t,
			uint32_t room, struct tcp_options *o)
{
	uint8_t max;

	if (!t->sack_ok || !t->flow ||
	    (t->flow->reass.len == 0 && !t->flow->dsack_due &&
	     !t->flow->fin_held))
		return;
	if (room < 12)
		return;
	max = (uint8_t)((room - 4) / 8);
	o->n_sack = dsack_take(t->flow, o->sack);
	o->n_sack = (uint8_t)(o->n_sack +
			      reass_sack(&t->flow->reass, o->sack + o->n_sack,
					 (uint8_t)(max - o->n_sack)));
	if (t->flow->fin_held && tcp->tun.linux_acks)
		sack_fin(t->flow, max, o);
	if (o->n_sack > 0)
		o->present |= TERN_OPT_SACK;
}

/* Bytes for options beside the text: MUST-16, what it leaves of Eff.snd.MSS. */
static uint32_t option_room(const struct tcb *t, uint32_t text_len)
{
	const uint32_t room = TCP_OPTIONS_MAX - (t->ts_ok ? 12 : 0);

	if (text_len == 0)
		return room;
	return min_u32(room, t->mss > text_len ? t->mss - text_len : 0);
}

/* RFC 9768 3.2.3.3: two SACK blocks go first. */
static uint32_t ecn_option(const struct tcp *tcp, struct tcb *t,
			   const struct outseg *o, struct tcp_options *opt)
{
	uint32_t room = option_room(t, o->len);

	if (ecn_mode_of(t) != ECN_MODE_ACCURATE)
		return 0;
	if (o->again) {
		accecn_text_lost(t, o->seq);
		return 0;
	}
	if (t->sack_ok && (t->flow->reass.len > 0 || t->flow->dsack_due))
		room = room > 20 ? room - 20 : 0;
	return accecn_option(tcp, t, room, opt);
}

static void timestamps(const struct tcp *tcp, const struct tcb *t,
		       struct tcp_options *opt)
{
	if (!t->ts_ok)
		return;
	opt->present |= TERN_OPT_TIMESTAMPS;
	opt->ts_val = timestamp_now(tcp, conn_ts_offset(&t->conn));
	opt->ts_ecr = t->ts_recent;
}

static void options(const struct tcp *tcp, struct tcb *t,
		    const struct outseg *o, struct tcp_options *opt)
{
	opt->present = 0;
	if (o->flags & SYN)
		syn_options(tcp, t, opt);
	else
		sack_option(tcp, t,
			    option_room(t, o->len) - ecn_option(tcp, t, o, opt),
			    opt);
	if (t->uto_owed && !(o->flags & SYN) && opt->present == 0)
		uto_option(tcp, t, option_room(t, o->len), opt);
	timestamps(tcp, t, opt);
}

uint32_t emit_options(const struct tcp *tcp, uint8_t *p,
		      const struct tcp_options *o)
{
	return tcp->tun.bsd_layout ? tcp_opt_emit_bsd(p, o)
				   : tcp_opt_emit(p, o);
}

/* 3.8.5, MUST-62: the octet after the urgent data, as far as 16 bits reach. */
static void urgent(const struct tcb *t, struct seq seq, struct tcp_header *h)
{
	if (!t->urgent_out || !t->flow || !seq_lt(seq, t->flow->up))
		return;
	h->flags |= URG;
	h->up = (uint16_t)min_u32(seq_len(seq, t->flow->up), 65535);
}

static uint16_t ecn_of(const struct tcp *tcp, struct tcb *t,
		       const struct outseg *o, const struct tcp_options *opt)
{
	if (!(o->flags & SYN))
		return ecn_flags(t, is_new_text(o),
				 o->len == 0 && !(o->flags & FIN) &&
					 !(opt->present & TERN_OPT_SACK));
	return t->state == SYN_SENT ? ecn_syn_flags(tcp, t)
				    : ecn_own_syn_ack_flags(t);
}

static void header(struct tcp *tcp, struct tcb *t, const struct outseg *o,
		   const struct tcp_options *opt, struct tcp_header *h)
{
	h->sport = t->conn.lport;
	h->dport = t->conn.rport;
	h->seq = o->seq.u;
	h->flags = o->flags;
	if (ecn_mode_of(t) != ECN_MODE_NONE)
		h->flags |= ecn_of(tcp, t, o, opt);
	h->rsrvd = 0;
	h->sum = 0;
	h->up = 0;
	if (o->flags & SYN)
		h->wnd = window_initial(
			tcp, t->opts, t->bufs.rcv,
			window_segment(tcp, &t->path, t->opts, false));
	else
		h->wnd = window_select(tcp, t);
	if (t->state == SYN_SENT) {
		h->ack = 0;
		t->rcv.adv = seq_add(t->rcv.nxt, h->wnd); /* both from 0 */
	} else {
		h->flags |= ACK;
		h->ack = t->rcv.nxt.u;
		t->rcv.acked = t->rcv.nxt;
	}
	urgent(t, o->seq, h);
}

uint64_t emit_sum_text(struct tcb *t, uint32_t off, const struct tern_frame *f,
		       uint64_t acc)
{
	uint32_t at = 0;
	int i;

	if (f->n_parts > 0 &&
	    sendq_sum(&t->flow->sendq, off, f->len - f->head_len, &acc))
		return acc;
	for (i = 0; i < f->n_parts; i++) {
		acc = sum_at(acc, f->part[i].data, f->part[i].len, at & 1);
		at += f->part[i].len;
	}
	return acc;
}

/* MUST-2: the whole sum, or what a link that sums by itself needs.  The header
 * is at p, and the text begins `off` bytes into the send queue. */
static void checksum(struct tcb *t, const struct netif *out, uint8_t *p,
		     uint32_t off, struct tern_frame *f)
{
	const uint32_t header_len = (uint32_t)f->head_len - t->path.headroom;
	const uint32_t len = f->len - t->path.headroom;
	uint64_t acc =
		sum_pseudo4(t->conn.laddr, t->conn.raddr, IP_PROTO_TCP, len);

	if (out->config.flags & TERN_IF_CSUM) {
		f->flags |= TERN_FRAME_CSUM_PARTIAL;
		f->csum_start = t->path.headroom;
		f->csum_offset = TCP_SUM_OFFSET;
		store_be16(p + TCP_SUM_OFFSET, sum_fold(acc));
		return;
	}
	acc = emit_sum_text(t, off, f, sum_header(acc, p, header_len));
	store_be16(p + TCP_SUM_OFFSET, checksum_finish(acc));
}

/* What was written is read again: so nobody has to remember it. */
void emit_trace(struct tcp *tcp, const struct tcb *t, const uint8_t *p,
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

/* All is decided, and the text is there: writes the header, and hands the frame
 * to the floor below. */
static bool finish(struct tcp *tcp, struct tcb *t, const struct outseg *o,
		   const struct tcp_header *h, uint32_t off,
		   struct tern_frame *f)
{
	uint8_t *p = f->head + t->path.headroom;
	struct ip_meta ip;

	tcp_emit(p, h);
	checksum(t, net_if(tcp->net, t->path.ifindex), p, off, f);
	t->segs_out++;
	env_count(tcp->env, TERN_TcpOutSegs);
	if (unlikely(env_traced(tcp->env)))
		emit_trace(tcp, t, p, f->len - f->head_len, o->again);
	ip.src = t->conn.laddr;
	ip.dst = t->conn.raddr;
	ip.proto = IP_PROTO_TCP;
	ip.tos = ecn_tos(t, is_new_text(o)); /* MUST-48, SHLD-22 */
	ip.ttl = t->opts->ttl;		     /* MUST-49 */
	ip.df = !t->opts->no_df;
	return net_finish(tcp->net, &t->path, &ip, f);
}

/* Open, and with nothing to tell beside text, FIN and ACK? */
static bool is_plain(const struct tcp *tcp, const struct tcb *t,
		     const struct outseg *o)
{
	const struct flow *f = t->flow;

	if (!tcp->predicts || t->state < ESTABLISHED || (o->flags & SYN))
		return false;
	if (t->conn.flags || tcb_has(t, .uto_owed = true, .urgent_out = true))
		return false;
	return !f || (f->reass.len == 0 && !f->dsack_due && !f->fin_held);
}

/* Begins a frame, with no option but timestamps. */
static void begin_plain(struct tcp *tcp, struct tcb *t, const struct outseg *o,
			struct tcp_header *h, struct tern_frame *f)
{
	uint8_t *options = f->head + t->path.headroom + TCP_HEADER_LEN;

	tern_frame_init(f);
	h->header_len = TCP_HEADER_LEN;
	if (t->ts_ok)
		h->header_len += tcp_opt_emit_timestamps(
			options, timestamp_now(tcp, conn_ts_offset(&t->conn)),
			t->ts_recent);
	f->head_len = (uint16_t)(t->path.headroom + h->header_len);
	h->sport = t->conn.lport;
	h->dport = t->conn.rport;
	h->seq = o->seq.u;
	h->ack = t->rcv.nxt.u;
	h->flags = o->flags | ACK;
	h->wnd = window_select(tcp, t);
	h->sum = h->up = 0;
	t->rcv.acked = t->rcv.nxt;
}

static void begin_any(struct tcp *tcp, struct tcb *t, const struct outseg *o,
		      struct tcp_header *h, struct tcp_options *opt,
		      struct tern_frame *f)
{
	uint8_t *p = f->head + t->path.headroom;

	tern_frame_init(f);
	options(tcp, t, o, opt);
	header(tcp, t, o, opt, h);
	h->header_len = (uint8_t)(TCP_HEADER_LEN +
				  emit_options(tcp, p + TCP_HEADER_LEN, opt));
	f->head_len = (uint16_t)(t->path.headroom + h->header_len);
}

bool emit_plain(struct tcp *tcp, struct tcb *t, const struct outseg *o,
		struct tern_frame *f)
{
	struct tcp_header h;

	begin_plain(tcp, t, o, &h, f);
	f->len = f->head_len + o->len;
	if (o->len > 0)
		f->n_parts = sendq_slice_all(&t->flow->sendq, f->part);
	return finish(tcp, t, o, &h, 0, f);
}

bool emit_segment(struct tcp *tcp, struct tcb *t, const struct outseg *o,
		  struct tern_frame *f, uint32_t *len)
{
	struct tcp_options opt;
	struct tcp_header h;
	uint32_t off = 0;

	*len = 0;
	opt.present = 0;
	if (is_plain(tcp, t, o))
		begin_plain(tcp, t, o, &h, f);
	else
		begin_any(tcp, t, o, &h, &opt, f);
	if (o->len > 0) {
		off = seq_len(output_data_start(t),
			      seq_add(o->seq, !!(o->flags & SYN)));
		*len = sendq_slice(&t->flow->sendq, off, o->len, f->part,
				   TERN_FRAME_PARTS, &f->n_parts);
	}
	f->len = f->head_len + *len;
	if (*len < o->len)
		h.flags &= (uint16_t) ~(FIN | PSH);
	if (*len > t->mss && !o->probe) {
		f->gso_size = t->mss;
		f->hdr_len = f->head_len;
	}
	if (ecn_mode_of(t) == ECN_MODE_ACCURATE)
		accecn_sent(t, &opt, o->seq, *len);
	return finish(tcp, t, o, &h, off, f);
}
