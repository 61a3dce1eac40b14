/* SPDX-License-Identifier: ISC */
/*
 * opt_socket.c - socket options of the level SOL_SOCKET
 *
 * Buffer sizes read back as twice what was set, as on Linux, where the other
 * half is for bookkeeping.  SO_RCVTIMEO and SO_SNDTIMEO are in opt_timeout.c.
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>

#include <linux/sock_diag.h>

#include "base/newer.h"
#include "sock/epoll.h"
#include "sock/extras.h"
#include "sock/opt.h"
#include "tcp/autotune.h"
#include "tcp/tcp.h"
#include "unix/unix.h"

#define SNDBUF_MIN 4608
#define RCVBUF_MIN 2304

OPT_FLAG(reuse_addr)
OPT_FLAG(reuse_port)
OPT_FLAG(keepalive)
OPT_FLAG(oobinline)

/* Twice the value, where a negative one is a large one, as Linux takes it. */
static uint32_t buffer_size(int value, uint32_t max, uint32_t min)
{
	uint32_t v = min_u32((uint32_t)value, min_u32(max, INT_MAX / 2));

	return max_u32(v * 2, min);
}

static void put_sndbuf(const struct opt_call *c, uint32_t bytes)
{
	if (c->f->kind == FD_UNIX) {
		unix_set_sndbuf(c->s->un, c->f->u.un, bytes);
		return;
	}
	c->bufs->snd = bytes;
	c->o->sndbuf_locked = true;
	watch_wake(c->s, c->f, POLLOUT); /* perhaps there is room now */
}

static int set_sndbuf(const struct opt_call *c, int value)
{
	put_sndbuf(c, buffer_size(value, c->s->tcp->tun.wmem_max, SNDBUF_MIN));
	return 0;
}

static int set_sndbuf_force(const struct opt_call *c, int value)
{
	put_sndbuf(c, buffer_size(value < 0 ? 0 : value, INT_MAX, SNDBUF_MIN));
	return 0;
}

static int get_sndbuf(const struct opt_call *c, int *value)
{
	*value = (int)(c->o ? c->bufs->snd : c->f->u.un->sndbuf);
	return 0;
}

static void put_rcvbuf(const struct opt_call *c, uint32_t bytes)
{
	if (c->f->kind == FD_UNIX) {
		unix_set_rcvbuf(c->s->un, c->f->u.un, bytes);
		return;
	}
	c->bufs->rcv = bytes;
	c->o->rcvbuf_locked = true;
}

static int set_rcvbuf(const struct opt_call *c, int value)
{
	put_rcvbuf(c, buffer_size(value, c->s->tcp->tun.rmem_max, RCVBUF_MIN));
	return 0;
}

static int set_rcvbuf_force(const struct opt_call *c, int value)
{
	put_rcvbuf(c, buffer_size(value < 0 ? 0 : value, INT_MAX, RCVBUF_MIN));
	return 0;
}

static int get_rcvbuf(const struct opt_call *c, int *value)
{
	*value = (int)(c->o ? c->bufs->rcv : c->f->u.un->rcvbuf);
	return 0;
}

/* Half of what the buffer may become; what waits may be enough now. */
static int set_pacing(const struct opt_call *c, const void *in, socklen_t len)
{
	uint32_t narrow = 0;
	uint64_t rate = 0;

	if (len >= sizeof(rate)) {
		memcpy(&rate, in, sizeof(rate));
	} else if (len >= sizeof(narrow)) {
		memcpy(&narrow, in, sizeof(narrow));
		rate = narrow == UINT32_MAX ? UINT64_MAX : narrow;
	} else {
		return -EINVAL;
	}
	c->o->pacing_less = ~rate;
	return 0;
}

static int get_pacing(const struct opt_call *c, void *out, socklen_t *len)
{
	const uint64_t rate = opts_max_pacing(c->o);
	const uint32_t narrow = (uint32_t)min_u64(rate, UINT32_MAX);

	if (*len >= sizeof(rate))
		return opt_put_bytes(&rate, sizeof(rate), out, len);
	return opt_put_bytes(&narrow, sizeof(narrow), out, len);
}

#define BUF_LOCK_SND 1
#define BUF_LOCK_RCV 2

static int set_buf_lock(const struct opt_call *c, int value)
{
	if (value & ~(BUF_LOCK_SND | BUF_LOCK_RCV))
		return -EINVAL;
	c->o->sndbuf_locked = value & BUF_LOCK_SND;
	c->o->rcvbuf_locked = (value & BUF_LOCK_RCV) != 0;
	return 0;
}

static int get_buf_lock(const struct opt_call *c, int *value)
{
	*value = (c->o->sndbuf_locked ? BUF_LOCK_SND : 0) |
		 (c->o->rcvbuf_locked ? BUF_LOCK_RCV : 0);
	return 0;
}

/* struct of SK_MEMINFO_*: what is used by either side, and its bound. */
static int get_meminfo(const struct opt_call *c, void *out, socklen_t *len)
{
	uint32_t v[SK_MEMINFO_VARS] = {0};

	v[SK_MEMINFO_RCVBUF] = c->bufs->rcv;
	v[SK_MEMINFO_SNDBUF] = c->bufs->snd;
	if (c->f->kind == FD_TCP) {
		const struct tcb *t = c->f->u.tcb;

		v[SK_MEMINFO_RMEM_ALLOC] = tcp_receive_memory(t);
		v[SK_MEMINFO_WMEM_QUEUED] = tcp_outq(t);
		v[SK_MEMINFO_WMEM_ALLOC] = tcp_outq(t) - tcp_outq_unsent(t);
	}
	return opt_put_bytes(v, sizeof(v), out, len);
}

/* Kept with what few descriptors have: it moves with each look. */
static int set_peek_off(const struct opt_call *c, int value)
{
	struct extras *x = extras_get(c->s, c->f, c->fd);

	if (!x)
		return -ENOBUFS;
	x->peek_off = value;
	return 0;
}

static int get_peek_off(const struct opt_call *c, int *value)
{
	const struct extras *x = extras_find(c->s, c->f, c->fd);

	*value = x ? x->peek_off : -1;
	return 0;
}

static int set_rcvlowat(const struct opt_call *c, int value)
{
	struct tcp_opts *o = c->o;
	uint32_t most = c->s->tcp->tun.rmem[2];
	uint32_t v = value < 0 ? INT_MAX : (uint32_t)value;

	if (o->rcvbuf_locked)
		most = c->bufs->rcv;
	v = clamp_u32(v, 1, max_u32(most / 2, 1));
	o->rcvlowat = v;
	if (!o->rcvbuf_locked)
		c->bufs->rcv =
			max_u32(c->bufs->rcv, autotune_space(c->s->tcp, v));
	watch_wake(c->s, c->f, POLLIN);
	return 0;
}

static int get_rcvlowat(const struct opt_call *c, int *value)
{
	*value = (int)c->o->rcvlowat;
	return 0;
}

static int get_one(const struct opt_call *c, int *value)
{
	(void)c;
	*value = 1;
	return 0;
}

static int get_error(const struct opt_call *c, int *value)
{
	*value = 0;
	if (c->f->kind == FD_TCP)
		*value = -tcp_take_any_error(c->s->tcp, c->f->u.tcb);
	else if (c->f->kind == FD_UNIX)
		*value = -unix_take_error(c->f->u.un);
	return 0;
}

static int get_type(const struct opt_call *c, int *value)
{
	(void)c;
	*value = SOCK_STREAM;
	return 0;
}

static int get_domain(const struct opt_call *c, int *value)
{
	*value = c->f->kind == FD_UNIX ? AF_UNIX : AF_INET;
	return 0;
}

static int get_protocol(const struct opt_call *c, int *value)
{
	*value = c->f->kind == FD_UNIX ? 0 : IPPROTO_TCP;
	return 0;
}

static int get_acceptconn(const struct opt_call *c, int *value)
{
	if (c->f->kind == FD_UNIX)
		*value = c->f->u.un->phase == UNIX_LISTENING;
	else
		*value = c->f->kind == FD_LISTENER;
	return 0;
}

static int set_linger(const struct opt_call *c, const void *in, socklen_t len)
{
	struct linger l;

	if (len < sizeof(l))
		return -EINVAL;
	memcpy(&l, in, sizeof(l));
	c->o->linger = l.l_onoff != 0;
	if (l.l_onoff) /* a negative time is a long one, as on Linux */
		c->o->linger_s =
			(uint16_t)min_u32((uint32_t)l.l_linger, UINT16_MAX);
	return 0;
}

static int get_linger(const struct opt_call *c, void *out, socklen_t *len)
{
	struct linger l = {c->o->linger, c->o->linger_s};

	return opt_put_bytes(&l, sizeof(l), out, len);
}

/* Unlike the others it will not be cut short, nor padded. */
static int get_peername(const struct opt_call *c, void *out, socklen_t *len)
{
	struct sockaddr_storage addr;
	socklen_t n = sizeof(addr);
	int err = sock_peer_name(c->s, c->fd, (struct sockaddr *)&addr, &n);

	if (err)
		return err;
	if (n < *len)
		return -EINVAL;
	return opt_put_bytes(&addr, n, out, len);
}

/* clang-format off */
static const struct opt rows[] = {
	OPT(SOL_SOCKET, SO_REUSEADDR,
	    "`bind()` to a port that others hold, if all have the option and "
	    "none listens.",
	    OPT_INET, OPT_INT, set_reuse_addr, get_reuse_addr, NULL, NULL),
	OPT(SOL_SOCKET, SO_REUSEPORT,
	    "Several listeners on one port, if all have the option; "
	    "connections are spread over them.",
	    OPT_INET, OPT_INT, set_reuse_port, get_reuse_port, NULL, NULL),
	OPT(SOL_SOCKET, SO_LINGER,
	    "{1, 0}: `close()` resets the connection. {1, t}: the blocking "
	    "`tern_host_close()` waits up to t seconds.",
	    OPT_INET, OPT_BYTES, NULL, NULL, set_linger, get_linger),
	OPT(SOL_SOCKET, SO_KEEPALIVE,
	    "Probes an idle connection (TCP_KEEPIDLE and the like).",
	    OPT_INET, OPT_INT, set_keepalive, get_keepalive, NULL, NULL),
	OPT(SOL_SOCKET, SO_SNDBUF,
	    "Bytes that may wait to be sent or acknowledged; AF_UNIX: to be "
	    "read by the peer. At most `net.core.wmem_max`, at least 4608; "
	    "reads back doubled.",
	    OPT_ALL, OPT_INT, set_sndbuf, get_sndbuf, NULL, NULL),
	OPT(SOL_SOCKET, SO_SNDBUFFORCE,
	    "SO_SNDBUF beyond `net.core.wmem_max`.",
	    OPT_ALL, OPT_INT, set_sndbuf_force, NULL, NULL, NULL),
	OPT(SOL_SOCKET, SO_RCVBUF,
	    "Memory for what was received and not read, which bounds the "
	    "window offered; AF_UNIX: bytes. At most `net.core.rmem_max`, at "
	    "least 2304; reads back doubled.",
	    OPT_ALL, OPT_INT, set_rcvbuf, get_rcvbuf, NULL, NULL),
	OPT(SOL_SOCKET, SO_RCVBUFFORCE,
	    "SO_RCVBUF beyond `net.core.rmem_max`.",
	    OPT_ALL, OPT_INT, set_rcvbuf_force, NULL, NULL, NULL),
	OPT(SOL_SOCKET, SO_RCVLOWAT,
	    "Bytes that must have come before the socket is readable.",
	    OPT_INET, OPT_INT, set_rcvlowat, get_rcvlowat, NULL, NULL),
	OPT(SOL_SOCKET, SO_MAX_PACING_RATE,
	    "Bytes a second at which text may leave at most, as 32 or 64 "
	    "bits; all ones, and 0: no limit. Paces also where the congestion "
	    "control does not.",
	    OPT_INET, OPT_BYTES, NULL, NULL, set_pacing, get_pacing),
	OPT(SOL_SOCKET, SO_BUF_LOCK,
	    "1: SO_SNDBUF, 2: SO_RCVBUF is not tuned, as if it "
	    "had been set.",
	    OPT_INET, OPT_INT, set_buf_lock, get_buf_lock, NULL, NULL),
	OPT(SOL_SOCKET, SO_MEMINFO,
	    "SK_MEMINFO_*: memory that received text takes, bytes sent and "
	    "not acknowledged, bytes that wait, and both buffers; the rest "
	    "is 0.",
	    OPT_INET, OPT_BYTES, NULL, NULL, NULL, get_meminfo),
	OPT(SOL_SOCKET, SO_PEEK_OFF,
	    "0 or more: MSG_PEEK begins that many octets behind the first, and "
	    "moves it on by what it has seen; reading moves it back. -1: it "
	    "begins with the first.",
	    OPT_INET, OPT_INT, set_peek_off, get_peek_off, NULL, NULL),
	OPT(SOL_SOCKET, SO_BINDTODEVICE,
	    "Only by the interface of this name: `connect()` has no other way "
	    "(ENETUNREACH), and segments that come by others are dropped. "
	    "Nothing: any.",
	    OPT_INET, OPT_BYTES, NULL, NULL, opt_set_device, opt_get_device),
	OPT(SOL_SOCKET, SO_BINDTOIFINDEX,
	    "The same by its number.",
	    OPT_INET, OPT_INT, opt_set_ifindex, opt_get_ifindex, NULL, NULL),
	OPT(SOL_SOCKET, SO_SNDLOWAT, "Always 1.",
	    OPT_ALL, OPT_INT, NULL, get_one, NULL, NULL),
	OPT(SOL_SOCKET, SO_RCVTIMEO,
	    "How long a blocking call waits to receive, accept: `struct "
	    "timeval`; 0: for ever.",
	    OPT_ALL, OPT_BYTES, NULL, NULL, opt_set_rcvtimeo, opt_get_rcvtimeo),
	OPT(SOL_SOCKET, SO_RCVTIMEO_NEW,
	    "The same with times of 64 bits.",
	    OPT_ALL, OPT_BYTES, NULL, NULL, opt_set_rcvtimeo_new,
	    opt_get_rcvtimeo_new),
	OPT(SOL_SOCKET, SO_SNDTIMEO,
	    "How long a blocking call waits to send, connect.",
	    OPT_ALL, OPT_BYTES, NULL, NULL, opt_set_sndtimeo, opt_get_sndtimeo),
	OPT(SOL_SOCKET, SO_SNDTIMEO_NEW,
	    "The same with times of 64 bits.",
	    OPT_ALL, OPT_BYTES, NULL, NULL, opt_set_sndtimeo_new,
	    opt_get_sndtimeo_new),
	OPT(SOL_SOCKET, SO_ERROR,
	    "The pending error, which is cleared.",
	    OPT_ALL, OPT_INT, NULL, get_error, NULL, NULL),
	OPT(SOL_SOCKET, SO_TYPE, "SOCK_STREAM.",
	    OPT_ALL, OPT_INT, NULL, get_type, NULL, NULL),
	OPT(SOL_SOCKET, SO_DOMAIN, "AF_INET or AF_UNIX.",
	    OPT_ALL, OPT_INT, NULL, get_domain, NULL, NULL),
	OPT(SOL_SOCKET, SO_PROTOCOL, "IPPROTO_TCP, or 0 for AF_UNIX.",
	    OPT_ALL, OPT_INT, NULL, get_protocol, NULL, NULL),
	OPT(SOL_SOCKET, SO_ACCEPTCONN, "1 if it listens.",
	    OPT_ALL, OPT_INT, NULL, get_acceptconn, NULL, NULL),
	OPT(SOL_SOCKET, SO_OOBINLINE,
	    "The urgent byte stays in the stream.",
	    OPT_INET, OPT_INT, set_oobinline, get_oobinline, NULL, NULL),
	OPT(SOL_SOCKET, SO_ZEROCOPY,
	    "`send()` with MSG_ZEROCOPY is told of on the error queue when its "
	    "bytes are acknowledged; they are copied, and it says so. "
	    "`tern_send_zc()` copies nothing.",
	    OPT_INET, OPT_INT, opt_set_zerocopy, opt_get_zerocopy, NULL, NULL),
	OPT(SOL_SOCKET, SO_TIMESTAMP,
	    "`recvmsg()` tells when the last octet read came: SCM_TIMESTAMP, "
	    "`struct timeval` of the stack's time.",
	    OPT_INET, OPT_INT, opt_set_timestamp, opt_get_timestamp, NULL,
	    NULL),
	OPT(SOL_SOCKET, SO_TIMESTAMPNS,
	    "The same with `struct timespec`: SCM_TIMESTAMPNS.",
	    OPT_INET, OPT_INT, opt_set_timestampns, opt_get_timestampns, NULL,
	    NULL),
	OPT(SOL_SOCKET, SO_TIMESTAMPING,
	    "SOF_TIMESTAMPING_*: when the last octet of a send left (TX_SCHED, "
	    "TX_SOFTWARE) and was acknowledged (TX_ACK), on the error queue, "
	    "without the packet; when what is read came (RX_SOFTWARE). EINVAL "
	    "for OPT_STATS, BIND_PHC, TX_COMPLETION.",
	    OPT_INET, OPT_BYTES, NULL, NULL, opt_set_timestamping,
	    opt_get_timestamping),
	OPT(SOL_SOCKET, SO_PEERNAME,
	    "As `getpeername()`; EINVAL if more is asked for than there is.",
	    OPT_ALL, OPT_BYTES, NULL, NULL, NULL, get_peername),
};
/* clang-format on */

struct opt_table opt_table_socket(void)
{
	return (struct opt_table){rows, ARRAY_LEN(rows)};
}
