/* SPDX-License-Identifier: ISC */
/*
 * opt_tcp.c - socket options of the level IPPROTO_TCP
 *
 * Ranges are those of Linux.  What the user has not set reads back as the
 * tunable that stands in for it.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "base/newer.h"
#include "sock/epoll.h"
#include "sock/opt.h"
#include "tcp/cc.h"
#include "tcp/tcp.h"

#define MAXSEG_MIN	 88
#define MAXSEG_MAX	 32767
#define MAXSEG_UNSET	 536 /* RFC 9293 3.7.1 */
#define KEEP_SECONDS_MAX 32767
#define KEEP_COUNT_MAX	 127
#define SYN_COUNT_MAX	 127
#define LINGER2_MAX_S	 120
#define CLAMP_MIN	 1152
#define RTO_MAX_LEAST_MS 1000
#define RTO_MAX_MOST_MS	 120000
#define CC_NAME_MAX	 16 /* bytes of a name, the zero included */

OPT_FLAG(nodelay)
OPT_FLAG(cork)
OPT_FLAG(thin_linear)

static const struct tcp_tunables *tunables(const struct opt_call *c)
{
	return &c->s->tcp->tun;
}

static bool in_range(int value, int min, int max)
{
	return value >= min && value <= max;
}

static int set_maxseg(const struct opt_call *c, int value)
{
	if (value && !in_range(value, MAXSEG_MIN, MAXSEG_MAX))
		return -EINVAL;
	c->o->maxseg = (uint16_t)value;
	return 0;
}

static int get_maxseg(const struct opt_call *c, int *value)
{
	if (c->f->kind == FD_TCP)
		*value = (int)tcp_get_maxseg(c->s->tcp, c->f->u.tcb);
	else
		*value = c->o->maxseg ? c->o->maxseg : MAXSEG_UNSET;
	return 0;
}

static int set_keepidle(const struct opt_call *c, int value)
{
	if (!in_range(value, 1, KEEP_SECONDS_MAX))
		return -EINVAL;
	c->o->keepidle_s = (uint16_t)value;
	return 0;
}

static int get_keepidle(const struct opt_call *c, int *value)
{
	*value = c->o->keepidle_s ? c->o->keepidle_s
				  : (int)tunables(c)->keepalive_time_s;
	return 0;
}

static int set_keepintvl(const struct opt_call *c, int value)
{
	if (!in_range(value, 1, KEEP_SECONDS_MAX))
		return -EINVAL;
	c->o->keepintvl_s = (uint16_t)value;
	return 0;
}

static int get_keepintvl(const struct opt_call *c, int *value)
{
	*value = c->o->keepintvl_s ? c->o->keepintvl_s
				   : (int)tunables(c)->keepalive_intvl_s;
	return 0;
}

static int set_keepcnt(const struct opt_call *c, int value)
{
	if (!in_range(value, 1, KEEP_COUNT_MAX))
		return -EINVAL;
	c->o->keepcnt = (uint8_t)value;
	return 0;
}

static int get_keepcnt(const struct opt_call *c, int *value)
{
	*value = c->o->keepcnt ? c->o->keepcnt
			       : (int)tunables(c)->keepalive_probes;
	return 0;
}

static int set_syncnt(const struct opt_call *c, int value)
{
	if (!in_range(value, 1, SYN_COUNT_MAX))
		return -EINVAL;
	c->o->syncnt = (uint8_t)value;
	return 0;
}

static int get_syncnt(const struct opt_call *c, int *value)
{
	*value = c->o->syncnt ? c->o->syncnt : (int)tunables(c)->syn_retries;
	return 0;
}

static int set_linger2(const struct opt_call *c, int value)
{
	c->o->linger2_s =
		value < 0 ? -1
			  : (int16_t)min_u32((uint32_t)value, LINGER2_MAX_S);
	return 0;
}

static int get_linger2(const struct opt_call *c, int *value)
{
	*value = c->o->linger2_s ? c->o->linger2_s
				 : (int)tunables(c)->fin_timeout_s;
	return 0;
}

/* The first and the longest time between retransmissions, in seconds. */
static uint32_t rto_first_s(const struct opt_call *c)
{
	return max_u32(tunables(c)->rto_initial_ms / 1000, 1);
}

static uint32_t rto_longest_s(const struct opt_call *c)
{
	return max_u32(tunables(c)->rto_max_ms / 1000, rto_first_s(c));
}

/* Seconds that n retransmissions take. */
static uint32_t seconds_of(const struct opt_call *c, uint32_t n)
{
	uint32_t step = rto_first_s(c);
	uint32_t total = 0;

	for (; n; n--) {
		total += step;
		step = min_u32(step * 2, rto_longest_s(c));
	}
	return total;
}

/* Kept as the number of SYN,ACKs that fit into the time. */
static int set_defer_accept(const struct opt_call *c, int value)
{
	uint32_t n = 0;

	if (value > 0)
		while (++n < UINT8_MAX && seconds_of(c, n) < (uint32_t)value)
			;
	c->o->defer_accept = (uint8_t)n;
	return 0;
}

static int get_defer_accept(const struct opt_call *c, int *value)
{
	*value = (int)seconds_of(c, c->o->defer_accept);
	return 0;
}

static int set_window_clamp(const struct opt_call *c, int value)
{
	bool closed = c->f->kind == FD_TCP &&
		      tcp_state_of(c->f->u.tcb) == TERN_TCP_CLOSED;

	if (!value && !closed)
		return -EINVAL;
	if (value && value < CLAMP_MIN)
		value = CLAMP_MIN;
	c->o->window_clamp = (uint32_t)value;
	return 0;
}

static int get_window_clamp(const struct opt_call *c, int *value)
{
	*value = (int)c->o->window_clamp;
	if (c->f->kind == FD_TCP)
		*value = (int)tcp_window_clamp(c->s->tcp, c->f->u.tcb);
	return 0;
}

/* More may be sent now, or less. */
static int set_notsent_lowat(const struct opt_call *c, int value)
{
	c->o->notsent_lowat = (uint32_t)value;
	watch_wake(c->s, c->f, POLLOUT);
	return 0;
}

static int get_notsent_lowat(const struct opt_call *c, int *value)
{
	*value = (int)c->o->notsent_lowat;
	return 0;
}

static int set_quickack(const struct opt_call *c, int value)
{
	c->o->quickack_off = !value;
	if (c->f->kind == FD_TCP)
		tcp_set_quickack(c->s->tcp, c->f->u.tcb, value != 0);
	return 0;
}

static int get_quickack(const struct opt_call *c, int *value)
{
	*value = !c->o->quickack_off;
	if (c->f->kind == FD_TCP)
		*value = tcp_quickack(c->s->tcp, c->f->u.tcb);
	return 0;
}

static int set_user_timeout(const struct opt_call *c, int value)
{
	if (value < 0)
		return -EINVAL;
	c->o->user_timeout_ms = (uint32_t)value;
	if (c->f->kind == FD_TCP)
		tcp_user_timeout_changed(c->s->tcp, c->f->u.tcb);
	return 0;
}

static int get_user_timeout(const struct opt_call *c, int *value)
{
	*value = (int)c->o->user_timeout_ms;
	return 0;
}

static int get_info(const struct opt_call *c, void *out, socklen_t *len)
{
	uint32_t n = *len;

	if (c->f->kind == FD_TCP)
		tcp_info_fill(c->s->tcp, c->f->u.tcb, out, &n);
	else
		listener_info_fill(c->f->u.listener, out, &n);
	*len = n;
	return 0;
}

static int get_cc_info(const struct opt_call *c, void *out, socklen_t *len)
{
	if (c->f->kind == FD_TCP)
		*len = tcp_cc_info(c->f->u.tcb, out, *len);
	else
		*len = 0;
	return 0;
}

static int set_congestion(const struct opt_call *c, const void *in,
			  socklen_t len)
{
	char name[CC_NAME_MAX] = {0};
	const struct cc_ops *found;

	if (len < 1)
		return -EINVAL;
	memcpy(name, in, min_u32(len, CC_NAME_MAX - 1));
	found = cc_find(name);
	if (!found)
		return -ENOENT;
	for (unsigned int i = 0; cc_at(i); i++)
		if (cc_at(i) == found)
			c->o->cc = (uint8_t)i;
	return 0;
}

static int get_congestion(const struct opt_call *c, void *out, socklen_t *len)
{
	char name[CC_NAME_MAX] = {0};
	const struct cc_ops *cc = cc_at(c->o->cc);

	memcpy(name, cc->name, min_size(strlen(cc->name), CC_NAME_MAX - 1));
	*len = min_u32(*len, CC_NAME_MAX);
	memcpy(out, name, *len);
	return 0;
}

OPT_FLAG(fastopen_connect)
OPT_FLAG(fastopen_free)

static bool may_listen(const struct opt_call *c)
{
	return c->f->kind == FD_LISTENER ||
	       tcp_state_of(c->f->u.tcb) == TERN_TCP_CLOSED;
}

static int set_fastopen(const struct opt_call *c, int value)
{
	if (value < 0 || !may_listen(c))
		return -EINVAL;
	c->o->fastopen_qlen = (uint16_t)min_u32(
		(uint32_t)value, min_u32(tunables(c)->somaxconn, UINT16_MAX));
	return 0;
}

static int get_fastopen(const struct opt_call *c, int *value)
{
	*value = may_listen(c) ? c->o->fastopen_qlen : 0;
	return 0;
}

static int set_fastopen_key(const struct opt_call *c, const void *in,
			    socklen_t len)
{
	return fastopen_keys_load(listener_fastopen_keys(c->f->u.listener), in,
				  len);
}

static int get_fastopen_key(const struct opt_call *c, void *out, socklen_t *len)
{
	uint8_t bytes[FASTOPEN_KEYS_MAX * FASTOPEN_KEY_LEN];
	uint32_t n = fastopen_keys_store(
		listener_fastopen_keys(c->f->u.listener), bytes);

	return opt_put_bytes(bytes, n, out, len);
}

static int set_thin(const struct opt_call *c, int value)
{
	return in_range(value, 0, 1) ? set_thin_linear(c, value) : -EINVAL;
}

static int set_rto_max(const struct opt_call *c, int value)
{
	if (!in_range(value, RTO_MAX_LEAST_MS, RTO_MAX_MOST_MS))
		return -EINVAL;
	c->o->rto_max_ms = (uint32_t)value;
	return 0;
}

static int get_rto_max(const struct opt_call *c, int *value)
{
	*value = (int)(c->o->rto_max_ms ? c->o->rto_max_ms
					: tunables(c)->rto_max_ms);
	return 0;
}

/* What a segment that left now would say. */
static int get_timestamp(const struct opt_call *c, int *value)
{
	*value = 0;
	if (c->f->kind == FD_TCP)
		*value = (int)tcp_timestamp(c->s->tcp, c->f->u.tcb);
	return 0;
}

/* Only who repairs a connection may set it. */
static int set_timestamp(const struct opt_call *c, int value)
{
	(void)c;
	(void)value;
	return -EPERM;
}

static int set_inq(const struct opt_call *c, int value)
{
	if (!in_range(value, 0, 1))
		return -EINVAL;
	c->o->inq = value;
	return 0;
}

static int get_inq(const struct opt_call *c, int *value)
{
	*value = c->o->inq;
	return 0;
}

/* clang-format off */
static const struct opt rows[] = {
	OPT(IPPROTO_TCP, TCP_NODELAY,
	    "No Nagle: a small segment does not wait for an acknowledgement. "
	    "Setting it sends what waits.",
	    OPT_INET, OPT_INT, set_nodelay, get_nodelay, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_CORK,
	    "Only full segments are sent, for at most `tern.tcp_cork_ms`. "
	    "Taking it away sends what waits.",
	    OPT_INET, OPT_INT, set_cork, get_cork, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_MAXSEG,
	    "Upper bound of the segment size, announced to the peer; 0 or 88 "
	    "to 32767. Reads back as the size in use once connected.",
	    OPT_INET, OPT_INT, set_maxseg, get_maxseg, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_KEEPIDLE,
	    "Seconds of silence before the first keep-alive probe, 1 to "
	    "32767.",
	    OPT_INET, OPT_INT, set_keepidle, get_keepidle, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_KEEPINTVL,
	    "Seconds between keep-alive probes, 1 to 32767.",
	    OPT_INET, OPT_INT, set_keepintvl, get_keepintvl, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_KEEPCNT,
	    "Unanswered keep-alive probes that end the connection, 1 to 127.",
	    OPT_INET, OPT_INT, set_keepcnt, get_keepcnt, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_SYNCNT,
	    "Retransmissions of the SYN before ETIMEDOUT, 1 to 127.",
	    OPT_INET, OPT_INT, set_syncnt, get_syncnt, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_LINGER2,
	    "Seconds that FIN-WAIT-2 lasts after `close()`, at most 120; "
	    "less than 0: it is left at once.",
	    OPT_INET, OPT_INT, set_linger2, get_linger2, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_DEFER_ACCEPT,
	    "A connection is not given to `accept()` before it has data, for "
	    "about this many seconds; kept as a number of SYN,ACK "
	    "retransmissions, and read back as the time these take.",
	    OPT_INET, OPT_INT, set_defer_accept, get_defer_accept, NULL,
	    NULL),
	OPT(IPPROTO_TCP, TCP_WINDOW_CLAMP,
	    "Upper bound of the window offered, at least 1152; 0, on a "
	    "closed socket only: none. Reads back as what bounds the window "
	    "of a connection anyway if none was set.",
	    OPT_INET, OPT_INT, set_window_clamp, get_window_clamp, NULL,
	    NULL),
	OPT(IPPROTO_TCP, TCP_NOTSENT_LOWAT,
	    "Bytes that may wait to be sent: with more `send()` takes none, "
	    "and with more than half the socket is not writable; 0: "
	    "`net.ipv4.tcp_notsent_lowat`.",
	    OPT_INET, OPT_INT, set_notsent_lowat, get_notsent_lowat, NULL,
	    NULL),
	OPT(IPPROTO_TCP, TCP_INFO,
	    "`struct tcp_info` as in `<linux/tcp.h>`.",
	    OPT_INET, OPT_BYTES, NULL, NULL, NULL, get_info),
	OPT(IPPROTO_TCP, TCP_FASTOPEN,
	    "RFC 7413, for a listener: how many connections may be open before "
	    "their handshake is over; 0: none. `net.ipv4.tcp_fastopen` must "
	    "allow it.",
	    OPT_INET, OPT_INT, set_fastopen, get_fastopen, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_FASTOPEN_CONNECT,
	    "`connect()` to a server whose cookie is known returns at once, "
	    "and the first text that is sent goes in the SYN.",
	    OPT_INET, OPT_INT, set_fastopen_connect, get_fastopen_connect,
	    NULL, NULL),
	OPT(IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE,
	    "Text in a SYN needs no cookie, sent or received.",
	    OPT_INET, OPT_INT, set_fastopen_free, get_fastopen_free, NULL,
	    NULL),
	OPT(IPPROTO_TCP, TCP_FASTOPEN_KEY,
	    "Keys of a listener's cookies: 16 bytes, or 32: the second one is "
	    "still accepted. Without any, the stack's own key.",
	    OPT_LISTENER, OPT_BYTES, NULL, NULL, set_fastopen_key,
	    get_fastopen_key),
	OPT(IPPROTO_TCP, TCP_CC_INFO,
	    "What the congestion control tells of itself: `struct "
	    "tcp_bbr_info`, `struct tcp_dctcp_info`; nothing for others.",
	    OPT_INET, OPT_BYTES, NULL, NULL, NULL, get_cc_info),
	OPT(IPPROTO_TCP, TCP_QUICKACK,
	    "1: acknowledge at once, also what is owed now. 0: delay "
	    "acknowledgements.",
	    OPT_INET, OPT_INT, set_quickack, get_quickack, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_USER_TIMEOUT,
	    "Milliseconds that sent data may remain unacknowledged before "
	    "the connection ends with ETIMEDOUT; 0: the stack's limits.",
	    OPT_INET, OPT_INT, set_user_timeout, get_user_timeout, NULL,
	    NULL),
	OPT(IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS,
	    "With less than four segments in flight the first six "
	    "retransmission timeouts do not back off; 0 or 1.",
	    OPT_INET, OPT_INT, set_thin, get_thin_linear, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_RTO_MAX_MS,
	    "Milliseconds that the retransmission timeout "
	    "lasts at most, 1000 to 120000.",
	    OPT_INET, OPT_INT, set_rto_max, get_rto_max, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_TIMESTAMP,
	    "What the Timestamps option of a segment that left now would say. "
	    "EPERM when set: there is no TCP_REPAIR.",
	    OPT_INET, OPT_INT, set_timestamp, get_timestamp, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_INQ,
	    "`recvmsg()` tells how many octets are left to be read: "
	    "TCP_CM_INQ; a FIN that was received counts as one.",
	    OPT_INET, OPT_INT, set_inq, get_inq, NULL, NULL),
	OPT(IPPROTO_TCP, TCP_CONGESTION,
	    "Name of the congestion control algorithm; ENOENT if there is "
	    "none of that name.",
	    OPT_INET, OPT_BYTES, NULL, NULL, set_congestion, get_congestion),
};
/* clang-format on */

struct opt_table opt_table_tcp(void)
{
	return (struct opt_table){rows, ARRAY_LEN(rows)};
}
