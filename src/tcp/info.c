/* SPDX-License-Identifier: ISC */
/*
 * info.c - TCP_INFO, in the layout of Linux
 *
 * Only what is measured is filled in; the rest is 0.
 */
#include <linux/tcp.h>
#include <string.h>

#include "tcp/ecn.h"
#include "tcp/life.h"
#include "tcp/listener.h"
#include "tcp/output.h"

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

static uint32_t segments(uint32_t bytes, uint32_t mss)
{
	return mss ? (bytes + mss - 1) / mss : 0;
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

static void fill_sending(const struct tcp *tcp, const struct tcb *t,
			 struct tcp_info *i)
{
	const uint32_t mss = t->mss;

	i->tcpi_ca_state = t->recovery;
	i->tcpi_retransmits = t->retries;
	i->tcpi_probes = t->keep_probes;
	i->tcpi_backoff = t->backoff;
	i->tcpi_rto =
		(uint32_t)(rtt_rto(&t->rtt, &tcp->rtt_limits, t->backoff) /
			   TERN_US);
	i->tcpi_snd_mss = mss;
	i->tcpi_unacked = segments(tcp_flight(t), mss);
	i->tcpi_rtt = t->rtt.srtt_us;
	i->tcpi_rttvar = t->rtt.rttvar_us;
	i->tcpi_min_rtt = t->rtt.min_us;
	i->tcpi_snd_ssthresh = t->cc.ssthresh == CC_SSTHRESH_0
				       ? 0x7fffffff
				       : segments(t->cc.ssthresh, mss);
	i->tcpi_snd_cwnd = mss ? t->cc.cwnd / mss : 0;
	i->tcpi_total_retrans = t->n_rexmit;
	i->tcpi_bytes_acked = t->bytes_acked;
	i->tcpi_bytes_sent = t->bytes_acked + tcp_flight(t);
	i->tcpi_notsent_bytes = tcp_outq_unsent(t);
	i->tcpi_segs_out = t->segs_out;
	i->tcpi_snd_wnd = t->snd.wnd;
	i->tcpi_last_data_sent = ms_since(tcp, t->tx_at);
}

static void fill_receiving(const struct tcp *tcp, const struct tcb *t,
			   struct tcp_info *i)
{
	i->tcpi_rcv_mss = t->rcv_mss;
	i->tcpi_pmtu = t->path_mtu;
	i->tcpi_advmss = t->path_mtu > 40 ? t->path_mtu - 40U : 0;
	i->tcpi_rcv_space = t->opts.rcvbuf / 2;
	i->tcpi_rcv_ssthresh = t->opts.rcvbuf / 2;
	i->tcpi_bytes_received = t->bytes_received;
	i->tcpi_segs_in = t->segs_in;
	i->tcpi_last_data_recv = ms_since(tcp, t->rx_at);
	i->tcpi_last_ack_recv = ms_since(tcp, t->rx_at);
}

static void copy_out(const struct tcp_info *i, void *out, uint32_t *len)
{
	*len = min_u32(*len, sizeof(*i));
	memcpy(out, i, *len);
}

void tcp_info_fill(const struct tcp *tcp, const struct tcb *t, void *out,
		   uint32_t *len)
{
	struct tcp_info i;

	memset(&i, 0, sizeof(i));
	i.tcpi_state = linux_state((enum tcp_state)t->state);
	fill_options(t, &i);
	fill_sending(tcp, t, &i);
	fill_receiving(tcp, t, &i);
	copy_out(&i, out, len);
}

void listener_info_fill(const struct listener *l, void *out, uint32_t *len)
{
	struct tcp_info i;

	memset(&i, 0, sizeof(i));
	i.tcpi_state = linux_state(LISTEN);
	i.tcpi_unacked = l->n_accept;
	i.tcpi_sacked = l->backlog;
	copy_out(&i, out, len);
}
