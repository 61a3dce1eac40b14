/* SPDX-License-Identifier: ISC */
/*
 * opt_ip.c - socket options of the level IPPROTO_IP
 */
#include <errno.h>
#include <netinet/in.h>

#include "sock/opt.h"
#include "tcp/tcp.h"

#define ECN_MASK 3 /* these bits of TOS are the transport's, RFC 3168 */

OPT_FLAG(recverr)
OPT_FLAG(freebind)
OPT_FLAG(transparent)
OPT_FLAG(bind_no_port)

/* At any time (SHLD-21). */
static int set_tos(const struct opt_call *c, int value)
{
	/* What the queues of Linux think of it, SO_PRIORITY. */
	static const uint8_t priority[] = {0, 2, 6, 4};

	const uint8_t tos =
		(uint8_t)((value & ~ECN_MASK) | (c->o->tos & ECN_MASK));

	if (tos != c->o->tos)
		c->o->priority = priority[tos >> 3 & 3];
	c->o->tos = tos;
	return 0;
}

static int get_tos(const struct opt_call *c, int *value)
{
	*value = c->o->tos;
	return 0;
}

static int set_ttl(const struct opt_call *c, int value)
{
	if (value != -1 && (value < 1 || value > UINT8_MAX))
		return -EINVAL;
	c->o->ttl = value == -1 ? 0 : (uint8_t)value;
	return 0;
}

static int get_ttl(const struct opt_call *c, int *value)
{
	*value = c->o->ttl ? c->o->ttl : (int)c->s->net->tun.ip_default_ttl;
	return 0;
}

static int set_mtu_discover(const struct opt_call *c, int value)
{
	if (value < IP_PMTUDISC_DONT || value > IP_PMTUDISC_OMIT)
		return -EINVAL;
	c->o->pmtudisc = (uint8_t)(value ^ IP_PMTUDISC_WANT) & 7U;
	c->o->no_df = value != IP_PMTUDISC_WANT && value != IP_PMTUDISC_DO;
	c->o->no_pmtud = c->o->no_df && value != IP_PMTUDISC_PROBE;
	return 0;
}

static int get_mtu_discover(const struct opt_call *c, int *value)
{
	*value = c->o->pmtudisc ^ IP_PMTUDISC_WANT;
	return 0;
}

/* RFC 5082 */
static int set_minttl(const struct opt_call *c, int value)
{
	if (value < 0 || value > UINT8_MAX)
		return -EINVAL;
	c->o->min_ttl = (uint8_t)value;
	return 0;
}

static int get_minttl(const struct opt_call *c, int *value)
{
	*value = c->o->min_ttl;
	return 0;
}

static int get_mtu(const struct opt_call *c, int *value)
{
	struct tern_sockinfo info;

	if (c->f->kind != FD_TCP)
		return -ENOTCONN;
	tcp_call_status(c->s->tcp, c->f->u.tcb, &info);
	if (info.state == TERN_TCP_CLOSED || !info.pmtu)
		return -ENOTCONN;
	*value = (int)info.pmtu;
	return 0;
}

/* clang-format off */
static const struct opt rows[] = {
	OPT(IPPROTO_IP, IP_TOS,
	    "Type of service of what is sent. The two ECN bits are not the "
	    "user's.",
	    OPT_INET, OPT_SMALL, set_tos, get_tos, NULL, NULL),
	OPT(IPPROTO_IP, IP_TTL,
	    "Time to live of what is sent, 1 to 255; -1: the stack's "
	    "`net.ipv4.ip_default_ttl`.",
	    OPT_INET, OPT_SMALL, set_ttl, get_ttl, NULL, NULL),
	OPT(IPPROTO_IP, IP_RECVERR,
	    "An ICMP error that does not end the connection becomes the "
	    "pending error at once. It does not go to the error queue.",
	    OPT_INET, OPT_SMALL, set_recverr, get_recverr, NULL, NULL),
	OPT(IPPROTO_IP, IP_FREEBIND,
	    "`bind()` to an address that is not this host's (yet).",
	    OPT_INET, OPT_SMALL_1, set_freebind, get_freebind, NULL, NULL),
	OPT(IPPROTO_IP, IP_TRANSPARENT,
	    "`bind()` to an address that is not this host's.",
	    OPT_INET, OPT_SMALL_1, set_transparent, get_transparent, NULL,
	    NULL),
	OPT(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT,
	    "`bind()` to port 0 picks none; `connect()` or `listen()` does.",
	    OPT_INET, OPT_SMALL, set_bind_no_port, get_bind_no_port, NULL,
	    NULL),
	OPT(IPPROTO_IP, IP_MINTTL,
	    "RFC 5082: a segment with a smaller time to live is dropped "
	    "(TcpExtTCPMinTTLDrop); 0: none is.",
	    OPT_INET, OPT_SMALL_1, set_minttl, get_minttl, NULL, NULL),
	OPT(IPPROTO_IP, IP_MTU_DISCOVER,
	    "IP_PMTUDISC_WANT or IP_PMTUDISC_DO, which are the same for TCP: "
	    "path MTU discovery; IP_PMTUDISC_PROBE: no DF; IP_PMTUDISC_DONT, "
	    "_INTERFACE, _OMIT: neither DF nor what ICMP says of a path's "
	    "MTU.",
	    OPT_INET, OPT_SMALL, set_mtu_discover, get_mtu_discover, NULL,
	    NULL),
	OPT(IPPROTO_IP, IP_MTU,
	    "Path MTU to the peer as known now; ENOTCONN without a "
	    "connection.",
	    OPT_INET, OPT_SMALL, NULL, get_mtu, NULL, NULL),
};
/* clang-format on */

struct opt_table opt_table_ip(void)
{
	return (struct opt_table){rows, ARRAY_LEN(rows)};
}
