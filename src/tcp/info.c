/* SPDX-License-Identifier: ISC */
/*
 * info.c - TCP_INFO, in the layout of Linux
 *
 * The structure is Linux 6.12's; an application that knows an older and shorter
 * one gets its beginning.  A field that is not here for want of the thing is 0:
 * tcpi_fackets, tcpi_rehash.  What Linux counts in segments and tern in bytes
 * is divided by the size of a segment, and rounded up.
 */
#include <linux/tcp.h>
#include <stddef.h>
#include <string.h>

#include "tcp/arrives.h"
#include "tcp/ecn.h"
#include "tcp/life.h"
#include "tcp/listener.h"
#include "tcp/output.h"
#include "tcp/pace.h"
#include "tcp/timeout.h"

/* What 6.12 has behind the tcp_info of the oldest headers we build with. */
struct info_tail {
	uint32_t rcv_wnd;
	uint32_t rehash;
	uint16_t total_rto, total_rto_recoveries;
	uint32_t total_rto_time;
};

#define BASE (offsetof(struct tcp_info, tcpi_snd_wnd) + sizeof(uint32_t))

struct info {
	struct tcp_info i;
	struct info_tail tail;
};

/* Linux numbers the states in its own way. */
static uint8_t linux_state(enum tcp_state s)
{
	static const uint8_t numbers[] = {
		[CLOSED] = 7,	    [LISTEN] = 10,     [SYN_SENT] = 2,
		[SYN_RECEIVED] = 3, [ESTABLISHED] = 1, [FIN_WAIT_1] = 4,
		[FIN_WAIT_2] = 5,   [CLOSE_WAIT] = 8,  [CLOSING] = 11,
		[LAST_ACK] = 9,	    [TIME_WAIT] = 6,
	};

	return numbers[s];
}

static uint32_t ms_since(const struct tcp *tcp, uint64_t at)
{
	return at ? (uint32_t)((tcp->env->now - at) / TERN_MS) : 0;
}

static uint32_t segments(uint64_t bytes, uint32_t mss)
{
	return mss ? (uint32_t)((bytes + mss - 1) / mss) : 0;
}

static void fill_options(const struct tcb *t, struct tcp_info *i)
{
	if (t->ts_ok)
		i->tcpi_options |= TCPI_OPT_TIMESTAMPS;
	if (t->sack_ok)
		i->tcpi_options |= TCPI_OPT_SACK;
	if (t->wscale_ok)
		i->tcpi_options |= TCPI_OPT_WSCALE;
	if (t->conn.fastopen & FASTOPEN_TAKEN)
		i->tcpi_options |= TCPI_OPT_SYN_DATA;
	i->tcpi_fastopen_client_fail =
		t->conn.fastopen >> FASTOPEN_FAIL_SHIFT & 3U;
	if (t->was_open && ecn_mode_of(t) != ECN_MODE_NONE)
		i->tcpi_options |= TCPI_OPT_ECN;
	if (t->conn.flags & ECN_SEEN)
		i->tcpi_options |= TCPI_OPT_ECN_SEEN;
	i->tcpi_snd_wscale = t->snd_wscale & 15U;
	i->tcpi_rcv_wscale = t->rcv_wscale & 15U;
}

/* A mark has reduced cwnd, and what was in flight then still is. */
static bool in_cwr(const struct tcb *t)
{
	const struct flow *f = t->flow;

	return f && f->ecn_reduced && t->recovery < RECOVERY_FAST &&
	       seq_lt(t->snd.una, f->ecn_recover) &&
	       seq_le(f->ecn_recover, t->snd.nxt);
}

static uint32_t us(uint64_t ns)
{
	return (uint32_t)min_u64(ns / TERN_US, UINT32_MAX);
}

/* Bytes in flight once more that were not taken for lost: duplicates for those
 * that RFC 6675 sends, and what a tail loss probe has. */
static uint32_t again_unlost(const struct flow *f)
{
	const struct tlp *p = &f->repair.tlp;
	const struct sent *r;

	if (!p->out || !p->is_rexmit)
		return f->sent.n_twice;
	r = sentq_find(&f->sent, seq_sub(p->end, 1));
	if (!r || !r->again || r->twice || r->fate != SENT_FLYING)
		return f->sent.n_twice;
	return f->sent.n_twice + r->len;
}

#define RECORDS_COUNTED 256

/* What was sent as small segments is more of them than bytes tell.  A long
 * flight is not looked through for that. */
static uint32_t segments_in_flight(const struct tcb *t)
{
	const struct sent *r = t->flow ? t->flow->sent.first : NULL;
	uint32_t n = 0, len = 0;

	if (!r || t->flow->sent.n > RECORDS_COUNTED)
		return segments(tcp_flight(t), t->mss);
	for (; r; r = sentq_next(r)) {
		n += segments(r->len, r->mss);
		len += r->len;
	}
	/* What was sent before there were records, and a FIN beside text. */
	return n +
	       segments(tcp_flight(t) - min_u32(len, tcp_flight(t)), t->mss);
}

/* Without SACK a duplicate stands for a segment that has arrived, and after a
 * timeout all that was in flight is lost. */
static void fill_unsacked(const struct tcb *t, struct tcp_info *i)
{
	const struct seq stop = seq_min(t->recover, t->snd.nxt);

	if (t->recovery != RECOVERY_LOSS)
		i->tcpi_sacked =
			min_u32(t->dupacks, max_u32(i->tcpi_unacked, 1) - 1);
	else if (seq_lt(t->snd.una, stop))
		i->tcpi_lost = segments(seq_len(t->snd.una, stop), t->mss);
}

static void fill_repair(const struct tcp *tcp, const struct tcb *t,
			struct tcp_info *i)
{
	const struct sentq *q = t->flow ? &t->flow->sent : NULL;

	i->tcpi_ca_state = t->recovery;
	if (in_cwr(t))
		i->tcpi_ca_state = TCP_CA_CWR;
	i->tcpi_retransmits = t->retries;
	i->tcpi_probes = t->keep_probes;
	i->tcpi_backoff = t->backoff;
	i->tcpi_rto = us(min_u64(rtt_rto(&t->rtt, &tcp->rtt_limits, t->backoff),
				 timer_longest_rto(t)));
	i->tcpi_unacked = segments_in_flight(t);
	i->tcpi_reordering =
		t->flow ? t->flow->repair.reordering : tcp->tun.reordering;
	i->tcpi_total_retrans = t->n_rexmit;
	if (!q)
		return;
	i->tcpi_sacked = segments(q->n_sacked, t->mss);
	/* What was lost still is when it has been sent again. */
	i->tcpi_retrans = segments(q->n_again - again_unlost(t->flow), t->mss);
	i->tcpi_lost = segments(q->n_lost, t->mss) + i->tcpi_retrans;
	if (!t->sack_ok)
		fill_unsacked(t, i);
}

/* What Linux would pace at. */
static uint64_t rate_unpaced(const struct tcb *t)
{
	const bool starts = t->cc.cwnd < t->cc.ssthresh / 2;
	const uint64_t cwnd = max_u32(t->cc.cwnd, tcp_flight(t));

	if (!t->was_open)
		return UINT64_MAX;
	return cwnd * (starts ? 20 : 12) * 100000 / max_u32(t->rtt.srtt_us, 1);
}

/* Nothing is known of the path, or of the peer, yet. */
static void fill_unopened(const struct tcp *tcp, const struct tcb *t,
			  struct tcp_info *i)
{
	const uint32_t opts = tcp->tun.timestamps ? 12 : 0;

	i->tcpi_options = 0;
	i->tcpi_snd_wscale = i->tcpi_rcv_wscale = 0;
	i->tcpi_rto = tcp->rtt_limits.initial_us;
	i->tcpi_snd_ssthresh = 0x7fffffff;
	i->tcpi_snd_cwnd = tcp->tun.init_cwnd;
	i->tcpi_snd_mss = 536;
	i->tcpi_rcv_mss = 0;
	i->tcpi_rcv_space = 0;
	i->tcpi_advmss = 0;
	if (t->state == CLOSED)
		return;
	i->tcpi_unacked = 1;
	i->tcpi_snd_mss = 536 - opts;
	i->tcpi_rcv_mss = 88;
	if (!t->path_mtu)
		i->tcpi_pmtu = net_mtu(tcp->net, &t->path);
	i->tcpi_advmss = mss_to_advertise(tcp, &t->path, t->opts);
	i->tcpi_rcv_ssthresh = tcp_rcv_wnd(t);
}

/* When text was sent or received last.  Before any it counts from when it could
 * be: SYN or SYN,ACK was acknowledged, and nothing since. */
static uint64_t last_text(const struct tcb *t, bool sent)
{
	const struct tally *y = t->tally;

	if (!y)
		return t->stalled_at;
	if (sent)
		return y->text_out ? y->sent_at : y->opened_at;
	return y->text_at ? y->text_at : y->opened_at;
}

static void fill_sending(const struct tcp *tcp, const struct tcb *t,
			 struct tcp_info *i)
{
	const uint32_t mss = t->mss;

	i->tcpi_snd_mss = mss;
	i->tcpi_rtt = t->rtt.srtt_us;
	i->tcpi_rttvar = t->rtt.rttvar_us;
	i->tcpi_min_rtt = t->rtt.min_us;
	if (!t->rtt.srtt_us) { /* as if RTO were a measurement */
		i->tcpi_rttvar = max_u32(t->rtt.rto_us, 1000000) / 4;
		i->tcpi_min_rtt = UINT32_MAX;
	}
	i->tcpi_snd_ssthresh = t->cc.ssthresh == CC_SSTHRESH_0
				       ? 0x7fffffff
				       : segments(t->cc.ssthresh, mss);
	i->tcpi_snd_cwnd = mss ? t->cc.cwnd / mss : 0;
	i->tcpi_notsent_bytes = tcp_outq_unsent(t);
	i->tcpi_segs_out = t->segs_out;
	i->tcpi_snd_wnd = t->snd.wnd;
	i->tcpi_last_data_sent = ms_since(tcp, last_text(t, true));
	i->tcpi_pacing_rate = pace_rate(tcp, t);
	if (tcp->tun.linux_acks && !i->tcpi_pacing_rate)
		i->tcpi_pacing_rate = rate_unpaced(t);
	i->tcpi_max_pacing_rate = opts_max_pacing(t->opts);
}

static void fill_receiving(const struct tcp *tcp, const struct tcb *t,
			   struct tcp_info *i)
{
	const struct flow *f = t->flow;

	i->tcpi_ato = tcp->tun.linux_acks ? f ? f->rcv.ato_ms * 1000U : 0
					  : tcp->tun.delack_min_ms * 1000;
	i->tcpi_rcv_mss = t->rcv_mss ? t->rcv_mss : min_u32(t->mss, 536);
	i->tcpi_pmtu = t->path_mtu;
	i->tcpi_advmss = mss_advertised(tcp, t);
	i->tcpi_rcv_space =
		f ? f->rcv.taken : min_u32(10 * i->tcpi_advmss, tcp_rcv_wnd(t));
	i->tcpi_rcv_rtt = f && f->rcv.measured ? f->rcv.rtt_us : 0;
	i->tcpi_rcv_ssthresh = f ? f->rcv.ssthresh : window_first(tcp, t);
	i->tcpi_segs_in = t->segs_in + t->passive; /* and the SYN */
	i->tcpi_last_ack_recv = ms_since(tcp, t->rx_at);
	i->tcpi_last_data_recv = ms_since(tcp, last_text(t, false));
}

static uint64_t waited_us(const struct tcp *tcp, const struct tcb *t,
			  enum tally_wait w)
{
	return tally_waited(tcp, t, w) / TERN_US;
}

/* What there is only once text has been sent or received. */
static void fill_tally(const struct tcp *tcp, const struct tcb *t,
		       struct info *n)
{
	const struct tally *y = t->tally;
	struct tcp_info *i = &n->i;

	/* The SYN counts among what was delivered, and SYN and FIN where octets
	 * of sequence space are counted, as on Linux. */
	i->tcpi_delivered = t->was_open;
	i->tcpi_delivery_rate_app_limited = true; /* until an ACK says more */
	i->tcpi_bytes_received = t->peer_fin;
	i->tcpi_bytes_acked =
		t->fin_acked + (t->was_open && !t->passive ? 1U : 0U);
	if (!y)
		return;
	i->tcpi_delivered += y->n_delivered;
	i->tcpi_delivered_ce = segments(y->delivered_ce, t->mss);
	i->tcpi_bytes_acked += y->bytes_acked;
	i->tcpi_bytes_received += y->bytes_received;
	i->tcpi_bytes_retrans = y->bytes_again;
	i->tcpi_bytes_sent = y->bytes_acked + y->bytes_again +
			     (tcp_sendq_len(t) - tcp_outq_unsent(t));
	i->tcpi_data_segs_in = y->text_in;
	i->tcpi_data_segs_out = y->text_out;
	i->tcpi_rcv_ooopack = y->ooo_in;
	i->tcpi_dsack_dups = y->dsacks;
	i->tcpi_reord_seen = y->reordered;
	i->tcpi_delivery_rate = y->rate;
	i->tcpi_delivery_rate_app_limited = y->rate_app_limited || !y->rate;
	i->tcpi_rwnd_limited = waited_us(tcp, t, TALLY_RWND);
	i->tcpi_sndbuf_limited = waited_us(tcp, t, TALLY_SNDBUF);
	i->tcpi_busy_time = waited_us(tcp, t, TALLY_BUSY) +
			    i->tcpi_rwnd_limited + i->tcpi_sndbuf_limited;
	n->tail.total_rto = y->n_rto;
	n->tail.total_rto_recoveries = y->n_rto_series;
	n->tail.total_rto_time = y->rto_ms;
}

/* A newer header may have the tail in its tcp_info. */
static void copy_out(const struct info *n, void *out, uint32_t *len)
{
	uint8_t bytes[BASE + sizeof(n->tail)];

	memcpy(bytes, &n->i, BASE);
	memcpy(bytes + BASE, &n->tail, sizeof(n->tail));
	*len = min_u32(*len, sizeof(bytes));
	memcpy(out, bytes, *len);
}

void tcp_info_fill(const struct tcp *tcp, const struct tcb *t, void *out,
		   uint32_t *len)
{
	struct info n;

	memset(&n, 0, sizeof(n));
	n.i.tcpi_state = linux_state((enum tcp_state)t->state);
	fill_options(t, &n.i);
	fill_repair(tcp, t, &n.i);
	fill_sending(tcp, t, &n.i);
	fill_receiving(tcp, t, &n.i);
	fill_tally(tcp, t, &n);
	if (!t->was_open)
		fill_unopened(tcp, t, &n.i);
	n.tail.rcv_wnd = tcp_rcv_wnd(t);
	copy_out(&n, out, len);
}

void listener_info_fill(const struct listener *l, void *out, uint32_t *len)
{
	struct info n;

	memset(&n, 0, sizeof(n));
	n.i.tcpi_state = linux_state(LISTEN);
	n.i.tcpi_unacked = l->n_accept;
	n.i.tcpi_sacked = l->backlog;
	copy_out(&n, out, len);
}
