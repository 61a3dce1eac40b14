/* SPDX-License-Identifier: ISC */
/*
 * opt_kept.c - socket options that are kept and read back
 *
 * What they ask for has no meaning to a stack without routing by marks, queues
 * of devices, CPUs of its own or credentials, or Linux itself does nothing for
 * TCP that they would show in.  A program that sets them goes on as it would
 * there, and reads what it has set; nothing else comes of it.
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "base/newer.h"
#include "sock/opt.h"
#include "tcp/tcp.h"

#define BUSY_POLL_BUDGET_MAX 65535
#define TX_DELAY_MAX_US	     (INT_MAX / 4 / 4)
#define PEER_CRED_LEN	     12

/* Each flag has a bit of tcp_opts.kept, by its place here. */
static const struct {
	int level, name;
} flags[] = {
	{SOL_SOCKET, SO_BROADCAST},
	{SOL_SOCKET, SO_DEBUG},
	{SOL_SOCKET, SO_RXQ_OVFL},
	{SOL_SOCKET, SO_PREFER_BUSY_POLL},
	{SOL_SOCKET, SO_NOFCS},
	{SOL_SOCKET, SO_NO_CHECK},
	{SOL_SOCKET, SO_SELECT_ERR_QUEUE},
	{SOL_SOCKET, SO_WIFI_STATUS},
	{SOL_SOCKET, SO_RCVMARK},
	{SOL_SOCKET, SO_RCVPRIORITY},
	{SOL_SOCKET, SO_LOCK_FILTER},
	{SOL_SOCKET, SO_TXREHASH},
	{IPPROTO_IP, IP_RECVTOS},
	{IPPROTO_IP, IP_RECVTTL},
	{IPPROTO_IP, IP_PKTINFO},
	{IPPROTO_IP, IP_RECVOPTS},
	{IPPROTO_IP, IP_RETOPTS},
	{IPPROTO_IP, IP_PASSSEC},
	{IPPROTO_IP, IP_RECVORIGDSTADDR},
	{IPPROTO_IP, IP_CHECKSUM},
	{IPPROTO_IP, IP_RECVERR_RFC4884},
};

_Static_assert(ARRAY_LEN(flags) <= 32, "tcp_opts.kept has bits for all");

static uint32_t bit_of(const struct opt_call *c)
{
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (flags[i].level == c->opt->level &&
		    flags[i].name == c->opt->name)
			return UINT32_C(1) << i;
	return 0;
}

static int set_flag(const struct opt_call *c, int value)
{
	const uint32_t bit = bit_of(c);

	c->o->kept = value ? c->o->kept | bit : c->o->kept & ~bit;
	return 0;
}

static int get_flag(const struct opt_call *c, int *value)
{
	*value = (c->o->kept & bit_of(c)) != 0;
	return 0;
}

/* Those that Linux wants to be 0 or 1. */
static int set_bool(const struct opt_call *c, int value)
{
	return value < 0 || value > 1 ? -EINVAL : set_flag(c, value);
}

/* On unless it is taken away; -1 is the stack's default, which is on. */
static int set_txrehash(const struct opt_call *c, int value)
{
	return value < -1 || value > 1 ? -EINVAL : set_flag(c, value == 0);
}

static int get_txrehash(const struct opt_call *c, int *value)
{
	*value = !(c->o->kept & bit_of(c));
	return 0;
}

/* Once locked there is no way back. */
static int set_lock_filter(const struct opt_call *c, int value)
{
	if (!value && (c->o->kept & bit_of(c)))
		return -EPERM;
	return set_flag(c, value);
}

static int set_nothing(const struct opt_call *c, int value)
{
	(void)c;
	(void)value;
	return 0;
}

static int get_zero(const struct opt_call *c, int *value)
{
	(void)c;
	*value = 0;
	return 0;
}

static int set_priority(const struct opt_call *c, int value)
{
	c->o->priority = (uint32_t)value;
	return 0;
}

static int get_priority(const struct opt_call *c, int *value)
{
	*value = (int)c->o->priority;
	return 0;
}

static int set_mark(const struct opt_call *c, int value)
{
	c->o->mark = (uint32_t)value;
	return 0;
}

static int get_mark(const struct opt_call *c, int *value)
{
	*value = (int)c->o->mark;
	return 0;
}

static int set_busy_poll(const struct opt_call *c, int value)
{
	if (value < 0)
		return -EINVAL;
	c->o->busy_poll_us = (uint32_t)value;
	return 0;
}

static int get_busy_poll(const struct opt_call *c, int *value)
{
	*value = (int)c->o->busy_poll_us;
	return 0;
}

static int set_busy_poll_budget(const struct opt_call *c, int value)
{
	(void)c;
	return value < 0 || value > BUSY_POLL_BUDGET_MAX ? -EINVAL : 0;
}

/* Kept one more, so that nothing set is -1. */
static int set_incoming_cpu(const struct opt_call *c, int value)
{
	c->o->incoming_cpu = (uint32_t)value + 1;
	return 0;
}

/* A connection's segments come by the one CPU there is. */
static int get_incoming_cpu(const struct opt_call *c, int *value)
{
	*value = (int)(c->o->incoming_cpu - 1);
	if (*value == -1 && c->f->kind == FD_TCP &&
	    tcp_state_of(c->f->u.tcb) != TERN_TCP_CLOSED)
		*value = 0;
	return 0;
}

/* There is no filter to be taken away. */
static int detach_filter(const struct opt_call *c, int value)
{
	(void)c;
	(void)value;
	return -ENOENT;
}

/* A number that no other socket has while this one is open. */
static int get_cookie(const struct opt_call *c, void *out, socklen_t *len)
{
	const uint64_t cookie = (uint64_t)c->fd + 1;

	if (*len < sizeof(cookie))
		return -EINVAL;
	return opt_put_bytes(&cookie, sizeof(cookie), out, len);
}

/* struct ucred of nobody: no process, and no user -1. */
static int get_peercred(const struct opt_call *c, void *out, socklen_t *len)
{
	const int32_t cred[PEER_CRED_LEN / 4] = {0, -1, -1};

	(void)c;
	return opt_put_bytes(cred, sizeof(cred), out, len);
}

static int set_tx_delay(const struct opt_call *c, int value)
{
	if (value < 0 || value > TX_DELAY_MAX_US)
		return -EINVAL;
	c->o->tx_delay_us = (uint32_t)value;
	return 0;
}

static int get_tx_delay(const struct opt_call *c, int *value)
{
	*value = (int)c->o->tx_delay_us;
	return 0;
}

/* Nothing since Linux 4.15, which has it read as 0. */
static int set_thin_dupack(const struct opt_call *c, int value)
{
	(void)c;
	return value < 0 || value > 1 ? -EINVAL : 0;
}

static int set_ulp(const struct opt_call *c, const void *in, socklen_t len)
{
	(void)c;
	(void)in;
	return len < 1 ? -EINVAL : -ENOENT; /* there are none */
}

static int get_ulp(const struct opt_call *c, void *out, socklen_t *len)
{
	(void)c;
	(void)out;
	*len = 0;
	return 0;
}

/* clang-format off */
static const struct opt rows[] = {
	OPT(SOL_SOCKET, SO_PRIORITY,
	    "Kept; also what IP_TOS makes of it, as on Linux. No queue below "
	    "looks at it.",
	    OPT_INET, OPT_INT, set_priority, get_priority, NULL, NULL),
	OPT(SOL_SOCKET, SO_MARK, "Kept. No route goes by it.",
	    OPT_INET, OPT_INT, set_mark, get_mark, NULL, NULL),
	OPT(SOL_SOCKET, SO_BUSY_POLL, "Kept. Nothing here sleeps.",
	    OPT_INET, OPT_INT, set_busy_poll, get_busy_poll, NULL, NULL),
	OPT(SOL_SOCKET, SO_PREFER_BUSY_POLL, "Kept.",
	    OPT_INET, OPT_INT, set_flag, get_flag, NULL, NULL),
	OPT(SOL_SOCKET, SO_BUSY_POLL_BUDGET,
	    "Accepted, 0 to 65535; not to be read.",
	    OPT_INET, OPT_INT, set_busy_poll_budget, NULL, NULL, NULL),
	OPT(SOL_SOCKET, SO_INCOMING_CPU,
	    "Kept; -1 before, and 0 once there is a connection: a stack runs "
	    "on one CPU.",
	    OPT_INET, OPT_INT, set_incoming_cpu, get_incoming_cpu, NULL, NULL),
	OPT(SOL_SOCKET, SO_INCOMING_NAPI_ID, "Always 0.",
	    OPT_INET, OPT_INT, NULL, get_zero, NULL, NULL),
	OPT(SOL_SOCKET, SO_COOKIE,
	    "A number of 64 bits that no other open socket of the stack has.",
	    OPT_INET, OPT_BYTES, NULL, NULL, NULL, get_cookie),
	OPT(SOL_SOCKET, SO_PEERCRED,
	    "`struct ucred` of nobody, as Linux tells it of TCP.",
	    OPT_INET, OPT_BYTES, NULL, NULL, NULL, get_peercred),
	OPT(SOL_SOCKET, SO_BROADCAST, "Kept; says nothing of TCP.",
	    OPT_INET, OPT_INT, set_flag, get_flag, NULL, NULL),
	OPT(SOL_SOCKET, SO_DEBUG, "Kept. `tern_set_trace()` shows more.",
	    OPT_INET, OPT_INT, set_flag, get_flag, NULL, NULL),
	OPT(SOL_SOCKET, SO_RXQ_OVFL, "Kept; says nothing of TCP.",
	    OPT_INET, OPT_INT, set_flag, get_flag, NULL, NULL),
	OPT(SOL_SOCKET, SO_NOFCS, "Kept; says nothing of TCP.",
	    OPT_INET, OPT_INT, set_flag, get_flag, NULL, NULL),
	OPT(SOL_SOCKET, SO_NO_CHECK, "Kept; says nothing of TCP.",
	    OPT_INET, OPT_INT, set_flag, get_flag, NULL, NULL),
	OPT(SOL_SOCKET, SO_BSDCOMPAT, "Accepted; reads 0.",
	    OPT_INET, OPT_INT, set_nothing, get_zero, NULL, NULL),
	OPT(SOL_SOCKET, SO_SELECT_ERR_QUEUE,
	    "Kept. The error queue is told by POLLERR alone, as TCP does on "
	    "Linux.",
	    OPT_INET, OPT_INT, set_flag, get_flag, NULL, NULL),
	OPT(SOL_SOCKET, SO_WIFI_STATUS, "Kept; there is no such link.",
	    OPT_INET, OPT_INT, set_flag, get_flag, NULL, NULL),
	OPT(SOL_SOCKET, SO_RCVMARK, "Kept; not told for TCP.",
	    OPT_INET, OPT_INT, set_flag, get_flag, NULL, NULL),
	OPT(SOL_SOCKET, SO_RCVPRIORITY,
	    "Kept; not told for TCP.",
	    OPT_INET, OPT_INT, set_flag, get_flag, NULL, NULL),
	OPT(SOL_SOCKET, SO_TXREHASH,
	    "Kept, 1 unless set to 0; a flow has no label that "
	    "would change.",
	    OPT_INET, OPT_INT, set_txrehash, get_txrehash, NULL, NULL),
	OPT(SOL_SOCKET, SO_LOCK_FILTER,
	    "Kept, and cannot be undone (EPERM). There are no filters.",
	    OPT_INET, OPT_INT, set_lock_filter, get_flag, NULL, NULL),
	OPT(SOL_SOCKET, SO_DETACH_FILTER,
	    "ENOENT: there are no filters.",
	    OPT_INET, OPT_INT, detach_filter, NULL, NULL, NULL),
	OPT(IPPROTO_IP, IP_RECVTOS,
	    "Kept; a stream tells nothing of its segments, as on Linux.",
	    OPT_INET, OPT_SMALL, set_flag, get_flag, NULL, NULL),
	OPT(IPPROTO_IP, IP_RECVTTL, "Kept; the same.",
	    OPT_INET, OPT_SMALL, set_flag, get_flag, NULL, NULL),
	OPT(IPPROTO_IP, IP_PKTINFO, "Kept; the same.",
	    OPT_INET, OPT_SMALL, set_flag, get_flag, NULL, NULL),
	OPT(IPPROTO_IP, IP_RECVOPTS, "Kept; the same.",
	    OPT_INET, OPT_SMALL, set_flag, get_flag, NULL, NULL),
	OPT(IPPROTO_IP, IP_RETOPTS, "Kept; the same.",
	    OPT_INET, OPT_SMALL, set_flag, get_flag, NULL, NULL),
	OPT(IPPROTO_IP, IP_PASSSEC, "Kept; the same.",
	    OPT_INET, OPT_SMALL, set_flag, get_flag, NULL, NULL),
	OPT(IPPROTO_IP, IP_RECVORIGDSTADDR, "Kept; the same.",
	    OPT_INET, OPT_SMALL, set_flag, get_flag, NULL, NULL),
	OPT(IPPROTO_IP, IP_CHECKSUM, "Kept; the same.",
	    OPT_INET, OPT_SMALL, set_flag, get_flag, NULL, NULL),
	OPT(IPPROTO_IP, IP_RECVERR_RFC4884,
	    "Kept, 0 or 1; the same.",
	    OPT_INET, OPT_SMALL, set_bool, get_flag, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_THIN_DUPACK,
	    "Accepted, 0 or 1; reads 0, as on Linux.",
	    OPT_INET, OPT_INT, set_thin_dupack, get_zero, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_TX_DELAY,
	    "Kept. Linux delays only where the queue of the device does; "
	    "`tern_impair_create()` makes a path longer.",
	    OPT_INET, OPT_INT, set_tx_delay, get_tx_delay, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_ULP,
	    "Reads as nothing; ENOENT for any name.",
	    OPT_INET, OPT_BYTES, NULL, NULL, set_ulp, get_ulp),
	OPT(IPPROTO_TCP, TCP_IS_MPTCP, "Always 0.",
	    OPT_INET, OPT_INT, NULL, get_zero, NULL, NULL),
};
/* clang-format on */

struct opt_table opt_table_kept(void)
{
	return (struct opt_table){rows, ARRAY_LEN(rows)};
}
