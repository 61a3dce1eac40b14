/* SPDX-License-Identifier: ISC */
/*
 * variables.c - what code can ask of a connection, by name
 */
#include "variables.h"

#include <string.h>

#include <netinet/in.h>

#include <linux/sock_diag.h>

#include "stage.h"

enum source {
	INFO,
	VEGAS,
	DCTCP,
	BBR,
	MEM,
	BITS, /* two of TCP_INFO that share a byte */
};

struct variable {
	const char *name;
	enum source source;
	size_t offset, size;
};

#define OF(type, field) offsetof(type, field), sizeof(((const type *)0)->field)
#define I(x)                                                    \
	{                                                       \
		"tcpi_" #x, INFO, OF(struct tcp_info, tcpi_##x) \
	}
#define V(x)                                                          \
	{                                                             \
		"tcpv_" #x, VEGAS, OF(struct tcpvegas_info, tcpv_##x) \
	}
#define D(x)                                                             \
	{                                                                \
		"dctcp_" #x, DCTCP, OF(struct tcp_dctcp_info, dctcp_##x) \
	}
#define B(x)                                                     \
	{                                                        \
		"bbr_" #x, BBR, OF(struct tcp_bbr_info, bbr_##x) \
	}
#define M(x)                                \
	{                                   \
#x, MEM, 4 * (size_t)(x), 4 \
	}

/* What Linux 6.12 has behind the tcp_info of older headers. */
#define TAIL (offsetof(struct tcp_info, tcpi_snd_wnd) + 4)

/* clang-format off */
static const struct variable variables[] = {
	I(state), I(ca_state), I(retransmits), I(probes), I(backoff),
	I(options), {"tcpi_snd_wscale", BITS, 0, 0},
	{"tcpi_rcv_wscale", BITS, 1, 0},
	{"tcpi_delivery_rate_app_limited", BITS, 2, 0},
	{"tcpi_fastopen_client_fail", BITS, 3, 0},
	I(rto), I(ato), I(snd_mss), I(rcv_mss), I(unacked), I(sacked), I(lost),
	I(retrans), I(fackets), I(last_data_sent), I(last_ack_sent),
	I(last_data_recv), I(last_ack_recv), I(pmtu), I(rcv_ssthresh), I(rtt),
	I(rttvar), I(snd_ssthresh), I(snd_cwnd), I(advmss), I(reordering),
	I(rcv_rtt), I(rcv_space), I(total_retrans), I(pacing_rate),
	I(max_pacing_rate), I(bytes_acked), I(bytes_received), I(segs_out),
	I(segs_in), I(notsent_bytes), I(min_rtt), I(data_segs_in),
	I(data_segs_out), I(delivery_rate), I(busy_time), I(rwnd_limited),
	I(sndbuf_limited), I(delivered), I(delivered_ce), I(bytes_sent),
	I(bytes_retrans), I(dsack_dups), I(reord_seen), I(rcv_ooopack),
	I(snd_wnd),
	{"tcpi_rcv_wnd", INFO, TAIL, 4},
	{"tcpi_rehash", INFO, TAIL + 4, 4},
	{"tcpi_total_rto", INFO, TAIL + 8, 2},
	{"tcpi_total_rto_recoveries", INFO, TAIL + 10, 2},
	{"tcpi_total_rto_time", INFO, TAIL + 12, 4},
	V(enabled), V(rttcnt), V(rtt), V(minrtt),
	D(enabled), D(ce_state), D(alpha), D(ab_ecn), D(ab_tot),
	B(bw_lo), B(bw_hi), B(min_rtt), B(pacing_gain), B(cwnd_gain),
	M(SK_MEMINFO_RMEM_ALLOC), M(SK_MEMINFO_RCVBUF),
	M(SK_MEMINFO_WMEM_ALLOC), M(SK_MEMINFO_SNDBUF),
	M(SK_MEMINFO_FWD_ALLOC), M(SK_MEMINFO_WMEM_QUEUED),
	M(SK_MEMINFO_OPTMEM), M(SK_MEMINFO_BACKLOG), M(SK_MEMINFO_DROPS),
};
/* clang-format on */

static socklen_t ask(struct drill_stage *n, int fd, int level, int name,
		     void *out, socklen_t len)
{
	memset(out, 0, len);
	return n->target->getsockopt(n, fd, level, name, out, &len) ? 0 : len;
}

void drill_snapshot_take(struct drill_snapshot *s, struct drill_stage *n,
			 int fd)
{
	s->info_len = ask(n, fd, IPPROTO_TCP, TCP_INFO, s->info_bytes,
			  sizeof(s->info_bytes));
	s->cc_len = ask(n, fd, IPPROTO_TCP, TCP_CC_INFO, &s->cc, sizeof(s->cc));
	s->mem_len = ask(n, fd, SOL_SOCKET, SO_MEMINFO, s->mem, sizeof(s->mem));
	ask(n, fd, IPPROTO_TCP, TCP_CONGESTION, s->cc_name,
	    sizeof(s->cc_name) - 1);
}

void drill_snapshot_to_freebsd(struct drill_snapshot *s)
{
	/* TCP_ESTABLISHED is 1, TCP_SYN_SENT 2, ..., TCP_CLOSING 11 */
	static const uint8_t states[] = {0, 4, 2, 3, 6, 9, 10, 0, 5, 8, 1, 7};
	struct tcp_info *i = &s->info;

	if (s->info_len == 0)
		return;
	if (i->tcpi_state < sizeof(states))
		i->tcpi_state = states[i->tcpi_state];
	i->tcpi_snd_cwnd *= i->tcpi_snd_mss;
	if (i->tcpi_snd_ssthresh < UINT32_MAX / (i->tcpi_snd_mss + 1))
		i->tcpi_snd_ssthresh *= i->tcpi_snd_mss;
}

static int64_t bits_of(const struct tcp_info *i, size_t which)
{
	switch (which) {
	case 0:
		return i->tcpi_snd_wscale;
	case 1:
		return i->tcpi_rcv_wscale;
	case 2:
		return i->tcpi_delivery_rate_app_limited;
	default:
		return i->tcpi_fastopen_client_fail;
	}
}

/* Where it lies, and up to where the stack has filled that in. */
static const uint8_t *base_of(const struct drill_snapshot *s,
			      enum source source, size_t *len)
{
	const bool bbr = strncmp(s->cc_name, "bbr", 3) == 0;
	const bool dctcp = strcmp(s->cc_name, "dctcp") == 0;

	switch (source) {
	case INFO:
	case BITS:
		*len = s->info_len;
		return s->info_bytes;
	case VEGAS:
		*len = bbr || dctcp ? 0 : s->cc_len;
		return (const uint8_t *)&s->cc;
	case DCTCP:
		*len = dctcp ? s->cc_len : 0;
		return (const uint8_t *)&s->cc;
	case BBR:
		*len = bbr ? s->cc_len : 0;
		return (const uint8_t *)&s->cc;
	case MEM:
		break;
	}
	*len = s->mem_len;
	return (const uint8_t *)s->mem;
}

static bool load(const struct drill_snapshot *s, const struct variable *v,
		 int64_t *value)
{
	size_t len;
	const uint8_t *p = base_of(s, v->source, &len);
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;

	if (v->source == BITS) {
		*value = bits_of(&s->info, v->offset);
		return len > 0;
	}
	if (v->offset + v->size > len)
		return false;
	p += v->offset;
	if (v->size == 8) {
		memcpy(&v64, p, 8);
		*value = (int64_t)v64;
	} else if (v->size == 4) {
		memcpy(&v32, p, 4);
		*value = v32;
	} else if (v->size == 2) {
		memcpy(&v16, p, 2);
		*value = v16;
	} else {
		*value = *p;
	}
	return true;
}

bool drill_snapshot_find(const struct drill_snapshot *s, const char *name,
			 int64_t *value)
{
	size_t i;

	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if (strcmp(variables[i].name, name) == 0)
			return load(s, &variables[i], value);
	return false;
}

const char *drill_snapshot_at(const struct drill_snapshot *s, int i,
			      int64_t *value)
{
	size_t k;

	for (k = 0; k < sizeof(variables) / sizeof(variables[0]); k++)
		if (load(s, &variables[k], value) && i-- == 0)
			return variables[k].name;
	return NULL;
}
