/* SPDX-License-Identifier: ISC */
/*
 * tcp.h - the TCP floor as the floors above see it, RFC 9293 3.9.1
 *
 * The user calls of the RFC under their names: OPEN is tcp_call_open (active)
 * and tcp_call_listen (passive), and so on.  All return 0 or a count, or a
 * negative errno; none blocks and none sends: what is owed to the peer comes
 * out of tcp_output().
 */
#ifndef TERN_TCP_TCP_H
#define TERN_TCP_TCP_H

#include <poll.h>
#include <sys/uio.h>

#include <tern/info.h>

#include "base/env.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/siphash.h"
#include "base/wheel.h"
#include "net/net.h"
#include "tcp/fastopen_cache.h"
#include "tcp/fastopen_cookie.h"
#include "tcp/opts.h"
#include "tcp/port.h"
#include "tcp/rtt.h"

struct tcb;
struct listener;
struct conn;

#define TCP_RECENT_BITS 10

/* Things that have just become so, for tcp_user.ready(): for which events of
 * poll(2) to look. */
enum tcp_ready {
	/* text, FIN, or a connection to accept */
	TCP_READY_IN = POLLIN | POLLRDNORM,
	/* connected, or room in the send buffer */
	TCP_READY_OUT = POLLOUT | POLLWRNORM,
	/* urgent pointer arrived or advanced (MUST-32) */
	TCP_READY_PRI = POLLPRI,
	/* both directions are closed */
	TCP_READY_HUP = POLLHUP,
	/* an error is pending */
	TCP_READY_ERR = POLLERR,
	/* the peer has sent FIN */
	TCP_READY_RDHUP = POLLRDHUP | POLLIN | POLLRDNORM,
};

/* What has happened on a connection that is watched, for tcp_user.moved(). */
enum tcp_moved {
	TCP_MOVED_SENT,	    /* text `from` to `to` has left, perhaps again */
	TCP_MOVED_ACKED,    /* SND.UNA went `from` .. `to` */
	TCP_MOVED_RECEIVED, /* RCV.NXT went `from` .. `to`, over text */
	TCP_MOVED_OVER,	    /* the connection is over, whatever was sent */
};

/* Where a connection stands, in sequence numbers. */
struct tcp_places {
	uint32_t una, nxt; /* SND.UNA, SND.NXT */
	uint32_t end;	   /* behind the last octet that was queued */
	uint32_t unread;   /* the first octet that was not read */
	uint32_t received; /* RCV.NXT */
	uint64_t rx_at;	   /* when the last segment came */
};

/* What the socket floor gives.  Calls must not come back into this floor. */
struct tcp_user {
	void *ctx;
	/* `user` is the number given with tcp_set_user(). */
	void (*ready)(void *ctx, uint32_t user, uint32_t ready);
	/* For connections with tcp_watch() only. */
	void (*moved)(void *ctx, uint32_t user, enum tcp_moved what,
		      uint32_t from, uint32_t to);
	/* Soon these: asks for the memory that they will need.  Or NULL. */
	void (*expect)(void *ctx, const uint32_t *users, int n);
};

/* Tunables; the sysctl names are in src/stack/sysctl.c. */
struct tcp_tunables {
	uint32_t syn_retries, synack_retries, retries1, retries2;
	uint32_t orphan_retries, max_orphans;
	uint32_t fin_timeout_s; /* orphaned FIN-WAIT-2 */
	uint32_t time_wait_s;	/* 2 MSL */
	uint32_t max_tw_buckets, max_syn_backlog, somaxconn;
	uint32_t syncookies; /* 0 never, 1 when full, 2 always */
	uint32_t abort_on_overflow;
	uint32_t keepalive_time_s, keepalive_intvl_s, keepalive_probes;
	uint32_t rmem[3], wmem[3];   /* bytes: least, initial, most */
	uint32_t rmem_max, wmem_max; /* net.core: largest SO_RCVBUF */
	uint32_t mem[3];	     /* pages of all: calm, pressed, closed */
	int32_t adv_win_scale;	     /* part of a buffer that is overhead */
	uint32_t moderate_rcvbuf;
	uint32_t notsent_lowat; /* bytes */
	uint32_t timestamps, window_scaling, sack;
	uint32_t uto, uto_adv_s, uto_min_s, uto_max_s; /* RFC 5482 */
	uint32_t fastopen;			       /* enum fastopen_mode */
	uint32_t fastopen_blackhole_s;
	uint32_t recovery;	/* enum recovery_flag */
	uint32_t early_retrans; /* 3, 4: TLP */
	uint32_t min_rtt_wlen_s;
	uint32_t frto, dsack;
	uint32_t reordering, max_reordering; /* segments */
	uint32_t ecn;	       /* as Linux numbers it: see ecn.c */
	uint32_t ecn_fallback; /* SYN goes again without */
	uint32_t ecn_option;   /* RFC 9768: see accecn.c */
	uint32_t rto_initial_ms, rto_min_ms, rto_max_ms;
	uint32_t delack_min_ms;
	uint32_t quick_acks;	      /* of a new connection */
	uint32_t crowd;		      /* connections, see sparse.h */
	uint32_t challenge_ack_limit; /* per connection and 5 s */
	uint32_t invalid_ratelimit_ms;
	uint32_t init_cwnd; /* segments */
	uint32_t slow_start_after_idle;
	uint32_t min_tso_segs; /* 0: no bursts, see burst.c */
	uint32_t tw_reuse, rfc1337;
	uint32_t min_snd_mss, base_mss;
	uint32_t mtu_probing; /* 0: off, 1: after a black hole, 2: always */
	uint32_t mtu_probe_floor, probe_threshold; /* bytes */
	uint32_t probe_interval_s;
	uint32_t rst_per_s;	 /* resets to segments of no connection */
	uint32_t user_timeout_s; /* R2 in time, at least 100 s (SHLD-11) */
	uint32_t cork_ms;
	uint32_t bsd_layout;	 /* of options and windows */
	uint32_t whole_window;	 /* the first one is whole segments */
	uint32_t linux_acks;	 /* which ones wait */
	uint32_t rto_min_added;	 /* to the round trip */
	uint32_t slow_start_all; /* without L */
	uint32_t linux_cwnd;	 /* how repair and marks lower it */
	uint32_t syn_linear_timeouts;
	uint32_t prediction; /* of headers, and of output */
	uint32_t thin_linear_timeouts;
	uint32_t quickack;     /* always, with linux_acks */
	uint32_t init_rcv_wnd; /* segments, 0: as the buffer has it */
	uint32_t pacing; /* of algorithms that do not pace by themselves */
	uint32_t pacing_ss_ratio, pacing_ca_ratio; /* percent */
	uint32_t cc; /* number in cc_at() of the default algorithm */
};

struct tcp {
	struct env *env;
	struct net *net;
	struct tcp_user user;
	struct tcp_tunables tun;
	struct rtt_limits rtt_limits; /* from the tunables */
	bool predicts;		      /* likewise: see output_plain.c */

	struct map conns; /* every struct conn by its tuple */
	struct conn *recent[1 << TCP_RECENT_BITS]; /* some of them, demux.c */
	struct map listeners;			   /* by address and port */
	struct ports ports;
	struct wheel wheel;	/* of control blocks */
	struct wheel syn_wheel; /* of SYN queue entries */
	struct pool tcbs, flows, synqs, timewaits, listener_pool;
	struct pool sents; /* records of what is in flight */
	struct pool tallies;
	struct opts_table opts;

	struct list time_waits; /* oldest first: all last equally long */
	struct list ooo_flows;	/* with text out of order, oldest first */
	struct list idle_flows; /* or so it may be; oldest look first */
	struct list listeners_all;
	bool cold_work; /* timers have put some on work lists, and output should
			   ask for their memory */
	uint32_t n_own_addr; /* listeners at one address only */
	size_t n_orphans;

	struct siphash_key hash_key, iss_key, cookie_key;
	uint64_t pressed_at; /* since when memory is short, or 0 */
	struct fastopen_keys fo_keys;
	struct fastopen_cache fo_cache;
	uint64_t fo_off_until; /* clients do not try it before: a black hole */
	uint32_t n_fo_off;
	uint64_t rst_tokens_at; /* token bucket of resets */
	uint32_t rst_tokens;
};

/* Returns 0 or -ENOMEM. */
int tcp_init(struct tcp *tcp, struct env *env, struct net *net,
	     const struct tcp_user *user);
void tcp_fini(struct tcp *tcp);

/* To be called when tunables were changed. */
void tcp_tunables_changed(struct tcp *tcp);

/* For struct net_proto; ctx is the struct tcp. */
void tcp_input(void *ctx, struct packet *p, int n);
void tcp_icmp_error(void *ctx, const struct icmp_error *e);
int tcp_output(void *ctx, struct netif *out, struct tern_frame *frames,
	       int max);
void tcp_rerouted(void *ctx);

/* When tcp_advance() must be called, and from when on it has something to do,
 * which may be earlier. */
uint64_t tcp_deadline(const struct tcp *tcp);
uint64_t tcp_due(const struct tcp *tcp);
void tcp_advance(struct tcp *tcp);

/* Traps if an invariant of any connection is broken.  For tests. */
void tcp_check(struct tcp *tcp);

/*
 * A closed control block with default options, bound to nothing; NULL if there
 * is no memory.  tcp_call_close() or tcp_call_abort() takes it back.
 */
struct tcb *tcp_create(struct tcp *tcp);

/* The number by which the user is told of readiness, or TCP_NO_USER. */
void tcp_set_user(struct tcb *t, uint32_t user);
void listener_set_user(struct listener *l, uint32_t user);

/* Whether the user wants to be told of readiness; at first he does.  Without,
 * he asks with tcp_poll() when he wants to know. */
void tcp_ask(struct tcb *t, bool on);

/* The user is to be told what moves, or no longer. */
void tcp_watch(struct tcb *t, bool on);
void tcp_places(const struct tcb *t, struct tcp_places *p);

/*
 * Fixes the local end; addr 0 is any, port 0 picks one.  Returns 0, -EINVAL
 * if it is fixed already, -EADDRNOTAVAIL, -EADDRINUSE, -EACCES for a group
 * address, -ENOBUFS.
 */
int tcp_bind(struct tcp *tcp, struct tcb *t, uint32_t addr, uint16_t port);

/*
 * Passive OPEN.  Turns a closed control block, which is taken back, into a
 * listener.  Returns 0, -EINVAL if it is not closed, -EADDRINUSE, -ENOBUFS.
 */
int tcp_call_listen(struct tcp *tcp, struct tcb *t, uint32_t backlog,
		    struct listener **l);
void listener_set_backlog(struct tcp *tcp, struct listener *l,
			  uint32_t backlog);

/* Ends a listener: both queues are reset (MUST-41 does not touch others). */
void listener_close(struct tcp *tcp, struct listener *l);

/* The oldest connection of the accept queue, NULL if it is empty. */
struct tcb *tcp_call_accept(struct tcp *tcp, struct listener *l);

/*
 * Active OPEN.  Returns -EINPROGRESS when the SYN is owed; -EALREADY while
 * under way, 0 once when it has succeeded, -EISCONN later; or -EADDRNOTAVAIL,
 * -EADDRINUSE, -ENETUNREACH, -EINVAL, -ENOBUFS, or the pending error.
 */
int tcp_call_open(struct tcp *tcp, struct tcb *t, uint32_t addr, uint16_t port);

/*
 * OPEN with SEND, RFC 7413: the first text may go in the SYN.  Returns how many
 * bytes will, or -EINPROGRESS if none may; -EOPNOTSUPP if net.ipv4.tcp_fastopen
 * forbids it.
 */
ssize_t tcp_call_open_send(struct tcp *tcp, struct tcb *t, uint32_t addr,
			   uint16_t port, const struct iovec *iov, size_t len);

/*
 * SEND.  `flags`: MSG_OOB, MSG_MORE, MSG_EOR.  Returns bytes queued, or
 * -EAGAIN, -EPIPE, -ENOTCONN, -ENOBUFS, the pending error.
 */
ssize_t tcp_call_send(struct tcp *tcp, struct tcb *t, const struct iovec *iov,
		      size_t len, int flags);

/* The same without copying: the queue takes a reference of its own on the block
 * if it queues any of the slice. */
ssize_t tcp_call_send_slice(struct tcp *tcp, struct tcb *t,
			    const struct tern_slice *s, int flags);

/* MSG_PEEK behind `offset` octets that could be read, SO_PEEK_OFF. */
ssize_t tcp_call_peek(struct tcb *t, const struct iovec *iov, size_t len,
		      uint32_t offset);

/*
 * RECEIVE.  `flags`: MSG_PEEK, MSG_OOB, MSG_TRUNC, MSG_WAITALL.  iov may hold
 * fewer bytes than len only with MSG_TRUNC.  Returns bytes, 0 at the end of the
 * stream, or -EAGAIN, -ENOTCONN, -EINVAL, the pending error.
 */
ssize_t tcp_call_receive(struct tcp *tcp, struct tcb *t,
			 const struct iovec *iov, size_t len, int flags);

/*
 * The same without copying: stores up to `max` slices with references, which
 * count towards the receive buffer until tcp_call_receive_done() is told of
 * them; that does not take the references.  Returns the number of slices, 0 at
 * the end of the stream, or an error.
 */
int tcp_call_receive_slices(struct tcp *tcp, struct tcb *t,
			    struct tern_slice *slices, int max);
void tcp_call_receive_done(struct tcp *tcp, struct tcb *t,
			   const struct tern_slice *slices, int n);

/* Half-close.  `how` as in shutdown(2).  -ENOTCONN, -EINVAL. */
int tcp_call_shutdown(struct tcp *tcp, struct tcb *t, int how);

/* CLOSE: the user lets go of the block, which ends by itself. */
void tcp_call_close(struct tcp *tcp, struct tcb *t);

/* ABORT: RST if the peer knows of it; the user lets go. */
void tcp_call_abort(struct tcp *tcp, struct tcb *t);

/* connect(AF_UNSPEC): back to CLOSED, with RST; the descriptor stays. */
int tcp_call_disconnect(struct tcp *tcp, struct tcb *t);

/* STATUS. */
void tcp_call_status(const struct tcp *tcp, const struct tcb *t,
		     struct tern_sockinfo *info);

/* What poll(2) says of it now (POLLIN, ...). */
uint32_t tcp_poll(const struct tcp *tcp, const struct tcb *t);
uint32_t listener_poll(const struct listener *l);

/* The pending error as -errno, or 0; it is cleared. */
int tcp_take_error(struct tcb *t);
int tcp_take_any_error(const struct tcp *tcp, struct tcb *t);

/* FIONREAD, SIOCOUTQ and SIOCOUTQNSD, which count a FIN, SIOCATMARK. */
uint32_t tcp_inq(const struct tcb *t);
uint32_t tcp_outq_told(const struct tcb *t);
uint32_t tcp_outq_unsent_told(const struct tcb *t);
/* TCP_INQ: a FIN that was received counts, read or not. */
uint32_t tcp_inq_hint(const struct tcb *t);
/* Octets of text, all and not sent. */
uint32_t tcp_outq(const struct tcb *t);
uint32_t tcp_outq_unsent(const struct tcb *t);
bool tcp_at_mark(const struct tcb *t);

/* TCP_WINDOW_CLAMP: of a connection, what bounds its window if nothing was
 * set. */
uint32_t tcp_window_clamp(const struct tcp *tcp, const struct tcb *t);

/* Memory that what was received and not read takes. */
uint32_t tcp_receive_memory(const struct tcb *t);

/* TSval of a segment that left now. */
uint32_t tcp_timestamp(const struct tcp *tcp, const struct tcb *t);

/* The options, and how to have others: 0, or -ENOBUFS and all is as it was. */
const struct tcp_opts *tcp_opts(const struct tcb *t);
const struct tcp_opts *listener_opts(const struct listener *l);
TERN_CHECK int tcp_set_opts(struct tcp *tcp, struct tcb *t,
			    const struct tcp_opts *o);
TERN_CHECK int listener_set_opts(struct tcp *tcp, struct listener *l,
				 const struct tcp_opts *o);
/* The sizes of buffers, to be read and written; then call tcp_set_opts(). */
struct tcp_bufs *tcp_bufs(struct tcb *t);
struct tcp_bufs *listener_bufs(struct listener *l);
/* Keys of its Fast Open cookies; n 0: those of the stack. */
struct fastopen_keys *listener_fastopen_keys(struct listener *l);
/* TCP_USER_TIMEOUT was set: the peer may be told (RFC 5482). */
void tcp_user_timeout_changed(struct tcp *tcp, struct tcb *t);

/* TCP_QUICKACK: 1 also acknowledges at once what is owed. */
void tcp_set_quickack(struct tcp *tcp, struct tcb *t, bool on);
bool tcp_quickack(const struct tcp *tcp, const struct tcb *t);

enum tern_tcp_state tcp_state_of(const struct tcb *t);
/* listen() without bind(): a port is picked. */
TERN_CHECK int tcp_bind_any(struct tcp *tcp, struct tcb *t);
bool tcp_is_bound(const struct tcb *t);
struct tern_tuple tcp_tuple_of(const struct tcb *t);
struct tern_tuple listener_tuple_of(const struct listener *l);

/* struct tcp_info as Linux has it (TCP_INFO); writes at most *len bytes. */
void tcp_info_fill(const struct tcp *tcp, const struct tcb *t, void *out,
		   uint32_t *len);
void listener_info_fill(const struct listener *l, void *out, uint32_t *len);

/* TCP_CC_INFO: writes at most `len` bytes, and returns how many. */
uint32_t tcp_cc_info(const struct tcb *t, void *out, uint32_t len);

/* TCP_MAXSEG: what getsockopt(2) says. */
uint32_t tcp_get_maxseg(const struct tcp *tcp, const struct tcb *t);

/* Lists everything with a state; see tern_sockets(). */
int tcp_list(struct tcp *tcp, uint64_t *cursor, struct tern_sockinfo *out,
	     int max);

/* User numbers of what has one, for the list. */
uint32_t tcp_get_user(const struct tcb *t);
uint32_t listener_get_user(const struct listener *l);

#endif
