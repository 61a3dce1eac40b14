/* SPDX-License-Identifier: ISC */
/*
 * drive_peer.h - the stack of drive.h, its time, and what the peer sends it and
 * takes from it
 */
#ifndef TERN_TEST_RFC_DRIVE_PEER_H
#define TERN_TEST_RFC_DRIVE_PEER_H

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tern/frame.h>
#include <tern/info.h>
#include <tern/netif.h>
#include <tern/poll.h>
#include <tern/socket.h>
#include <tern/stack.h>

#include "unit/base/meter.h"
#include "wire/checksum.h"
#include "wire/icmp4.h"
#include "wire/ip4.h"
#include "wire/tcp.h"
#include "wire/tcp_opt.h"

#define STACK_ADDR ip4_addr(192, 168, 0, 1)
#define PEER_ADDR  ip4_addr(192, 0, 2, 1)
#define STACK_PORT 8080
#define PEER_PORT  40000
#define PEER_ISN   UINT32_C(0xfffffff0)
#define ANY	   UINT32_MAX /* in an expected segment: do not compare */

/* A segment.  Fields that are 0 are not there, except seq, ack and len. */
struct dseg {
	uint16_t flags;
	uint32_t seq, ack; /* relative */
	uint32_t len;	   /* bytes of text */
	uint32_t wnd;	   /* in: 0 is 65535, use wnd_zero; out: if not 0 */
	bool wnd_zero;
	uint16_t up;
	uint8_t tos;
	uint16_t mss;
	bool wscale_on;
	uint8_t wscale;
	bool sack_ok;
	bool ts;
	uint32_t ts_val, ts_ecr;
	uint8_t n_sack;
	struct tcp_sack_block sack[4]; /* relative */
	const uint8_t *options;	       /* raw, instead of those above */
	uint8_t options_len;
	uint8_t text_from; /* value of the first byte of text */
	uint32_t src, dst; /* other addresses than the usual */
	bool src_zero;	   /* from 0.0.0.0 */
	bool bad_sum;
};

#define SEG(f, s, a, ...) \
	((struct dseg){.flags = (f), .seq = (s), .ack = (a), __VA_ARGS__})

struct drive {
	struct meter meter;
	struct tern *n;
	tern_time now;
	int ifindex;
	int lfd, fd; /* -1: none */
	uint16_t lport, rport;
	uint32_t iss; /* the stack's, known from its SYN on */
	bool iss_known;
	struct tern_frame q[256]; /* what the stack has sent */
	int q_head, q_tail;
	struct tern_frame in[64]; /* held for drive_deliver() */
	int n_in;
	bool hold;
	struct dseg last; /* the segment that expect() has just taken */
	uint32_t last_ip_id;
	uint8_t last_ttl, last_tos, last_ip_len;
	bool last_df;
	uint64_t states; /* bit i: tern_tcp_state i was entered */
	enum tern_drop last_drop;
	uint32_t timers; /* bit i: tern_tcp_timer i expired */
	int n_states;
	enum tern_tcp_state trail[64]; /* states entered, in order */
};

static inline void drive_trace(void *ctx, const struct tern_event *ev)
{
	struct drive *d = ctx;

	if (ev->type == TERN_EV_DROP)
		d->last_drop = ev->u.drop.reason;
	if (ev->type == TERN_EV_TIMER)
		d->timers |= 1U << ev->u.timer.timer;
	if (ev->type != TERN_EV_STATE)
		return;
	d->states |= UINT64_C(1) << ev->u.state.to;
	if (d->n_states < 64)
		d->trail[d->n_states++] = ev->u.state.to;
}

/* A stack with one interface of this MTU and these flags (no Ethernet). */
static inline struct drive *drive_new_like(uint32_t mtu, uint32_t flags,
					   int seed)
{
	struct drive *d = calloc(1, sizeof(*d));
	struct tern_if_config ic = {.name = "d0", .mtu = mtu, .flags = flags};
	const struct tern_route r = {.dst = 0, .prefix_len = 0};
	struct tern_route def = r;
	struct tern_config c;

	assert_non_null(d);
	tern_config_init(&c);
	c.alloc = meter_allocator(&d->meter);
	memset(c.seed, seed, sizeof(c.seed));
	c.trace = drive_trace;
	c.trace_ctx = d;
	d->now = 1000 * TERN_S;
	d->lfd = d->fd = -1;
	d->lport = STACK_PORT;
	d->rport = PEER_PORT;
	assert_int_equal(tern_create(&d->n, &c, d->now), 0);
	/* Windows are those of RFC 5681, to the byte. */
	assert_int_equal(tern_sysctl_set(d->n,
					 "net.ipv4.tcp_congestion_control",
					 "reno"),
			 0);
	/* One send() hands over all that a test wants to see sent. */
	assert_int_equal(tern_sysctl_set(d->n, "net.ipv4.tcp_wmem",
					 "4096 2097152 4194304"),
			 0);
	d->ifindex = tern_if_add(d->n, &ic);
	assert_true(d->ifindex > 0);
	assert_int_equal(tern_addr_add(d->n, d->ifindex, STACK_ADDR, 24), 0);
	def.ifindex = d->ifindex;
	assert_int_equal(tern_route_add(d->n, &def), 0);
	return d;
}

static inline struct drive *drive_new_if(uint32_t mtu, uint32_t flags)
{
	return drive_new_like(mtu, flags, 42);
}

static inline struct drive *drive_new_seed(int seed)
{
	return drive_new_like(1500, TERN_IF_POINTOPOINT, seed);
}

static inline struct drive *drive_new_mtu(uint32_t mtu)
{
	return drive_new_if(mtu, TERN_IF_POINTOPOINT);
}

static inline struct drive *drive_new(void)
{
	return drive_new_mtu(1500);
}

static inline void drive_pull(struct drive *d)
{
	int n;

	while ((n = tern_output(d->n, d->ifindex, &d->q[d->q_tail],
				256 - d->q_tail, d->now)) > 0)
		d->q_tail += n;
	tern_selfcheck(d->n);
}

/* Ends the test: everything must have come back. */
static inline void drive_free(struct drive *d)
{
	while (d->q_head < d->q_tail)
		tern_frame_release(&d->q[d->q_head++]);
	tern_destroy(d->n);
	assert_int_equal(d->meter.bytes_out, 0);
	free(d);
}

/* Lets time pass, stopping at every deadline. */
static inline void drive_sleep(struct drive *d, tern_time ns)
{
	const tern_time until = d->now + ns;

	drive_pull(d);
	while (d->now < until) {
		tern_time next = tern_deadline(d->n);

		if (next > until)
			next = until;
		d->now = next > d->now ? next : d->now + 1;
		tern_advance(d->n, d->now);
		drive_pull(d);
	}
}

/* Lets time pass until the stack sends something, a day at most.  Returns how
 * long that took. */
static inline tern_time drive_wait(struct drive *d)
{
	const tern_time start = d->now;

	drive_pull(d);
	while (d->q_head == d->q_tail && tern_deadline(d->n) != TERN_NEVER &&
	       d->now - start < 86400 * TERN_S)
		drive_sleep(d, tern_deadline(d->n) > d->now
				       ? tern_deadline(d->n) - d->now
				       : 1);
	return d->now - start;
}

static inline uint32_t drive_options(const struct drive *d,
				     const struct dseg *s, uint8_t *p)
{
	struct tcp_options o = {0};
	int i;

	if (s->options) {
		memcpy(p, s->options, s->options_len);
		return s->options_len;
	}
	o.mss = s->mss;
	o.wscale = s->wscale;
	o.ts_val = s->ts_val;
	o.ts_ecr = s->ts_ecr;
	o.n_sack = s->n_sack;
	for (i = 0; i < s->n_sack; i++) {
		o.sack[i].left = d->iss + s->sack[i].left;
		o.sack[i].right = d->iss + s->sack[i].right;
	}
	o.present = (uint8_t)((s->mss ? TERN_OPT_MSS : 0) |
			      (s->wscale_on ? TERN_OPT_WSCALE : 0) |
			      (s->sack_ok ? TERN_OPT_SACK_PERM : 0) |
			      (s->ts ? TERN_OPT_TIMESTAMPS : 0) |
			      (s->n_sack ? TERN_OPT_SACK : 0));
	return tcp_opt_emit(p, &o);
}

/* From now on what is injected waits for drive_deliver(). */
static inline void drive_hold(struct drive *d)
{
	d->hold = true;
}

/* All that was held arrives as one batch. */
static inline void drive_deliver(struct drive *d)
{
	assert_int_equal(tern_input(d->n, d->ifindex, d->in, d->n_in, d->now),
			 0);
	d->n_in = 0;
	d->hold = false;
	tern_advance(d->n, d->now);
	drive_pull(d);
}

/* Sends raw bytes of an IP datagram into the stack. */
static inline void drive_datagram(struct drive *d, const void *p, uint32_t len)
{
	assert_true(d->n_in < 64);
	assert_int_equal(
		tern_frame_copy(&d->in[d->n_in++], tern_blocks(d->n), p, len),
		0);
	if (!d->hold)
		drive_deliver(d);
}

/* Makes the datagram of a segment.  Returns its length. */
static inline uint32_t drive_make(const struct drive *d, struct dseg s,
				  uint8_t *p)
{
	struct ip4_header ip = {0};
	struct tcp_header h = {0};
	uint32_t opt, len, at, i;
	uint64_t acc;

	ip.src = s.src || s.src_zero ? s.src : PEER_ADDR;
	ip.dst = s.dst ? s.dst : STACK_ADDR;
	ip.ttl = 64;
	ip.df = true;
	ip.proto = IP_PROTO_TCP;
	ip.tos = s.tos;
	opt = drive_options(d, &s, p + 40);
	len = TCP_HEADER_LEN + opt + s.len;
	ip.total_len = (uint16_t)(20 + len);
	at = ip4_emit(p, &ip);
	h.sport = d->rport;
	h.dport = d->lport;
	h.seq = PEER_ISN + s.seq;
	h.ack = s.flags & ACK ? d->iss + s.ack : 0;
	h.flags = s.flags;
	h.wnd = (uint16_t)(s.wnd_zero ? 0 : s.wnd ? s.wnd : 65535);
	h.up = s.up;
	h.header_len = (uint8_t)(TCP_HEADER_LEN + opt);
	tcp_emit(p + at, &h);
	for (i = 0; i < s.len; i++)
		p[at + h.header_len + i] = (uint8_t)(s.text_from + i);
	acc = sum_pseudo4(ip.src, ip.dst, IP_PROTO_TCP, len);
	acc = sum_bytes(acc, p + at, len);
	store_be16(p + at + TCP_SUM_OFFSET,
		   (uint16_t)(checksum_finish(acc) + s.bad_sum));
	return at + len;
}

/* Sends one segment.  Byte i of the text is text_from + i. */
static inline void inject(struct drive *d, struct dseg s)
{
	static uint8_t p[70000];

	drive_datagram(d, p, drive_make(d, s, p));
}

/* Reads the next datagram that the stack has sent.  False if there is none. */
static inline bool drive_next(struct drive *d, uint8_t *p, uint32_t *len,
			      struct ip4_header *ip)
{
	struct tern_frame *f;

	if (d->q_head == d->q_tail) {
		d->q_head = d->q_tail = 0;
		drive_pull(d);
	}
	if (d->q_head == d->q_tail)
		return false;
	f = &d->q[d->q_head++];
	/* Only what is longer than a segment is to be cut. */
	assert_true(f->gso_size == 0 || f->len - f->head_len > f->gso_size);
	tern_frame_finish_csum(f); /* what a link would do that offers it */
	*len = tern_frame_read(f, 0, p, 70000);
	assert_int_equal(*len, f->len);
	tern_frame_release(f);
	assert_int_equal(ip4_parse(p, *len, *len, ip), 0);
	return true;
}

static inline void drive_learn(struct drive *d, const struct tcp_header *h,
			       const struct tcp_options *o, struct dseg *s)
{
	int i;

	if (h->flags & SYN) {
		d->iss = h->seq;
		d->iss_known = true;
	}
	s->flags = h->flags;
	s->seq = h->seq - d->iss;
	s->ack = h->flags & ACK ? h->ack - PEER_ISN : 0;
	s->wnd = h->wnd;
	s->up = h->up;
	s->mss = o->present & TERN_OPT_MSS ? o->mss : 0;
	s->wscale_on = o->present & TERN_OPT_WSCALE;
	s->wscale = o->wscale;
	s->sack_ok = o->present & TERN_OPT_SACK_PERM;
	s->ts = o->present & TERN_OPT_TIMESTAMPS;
	s->ts_val = o->ts_val;
	s->ts_ecr = o->ts_ecr;
	s->n_sack = o->present & TERN_OPT_SACK ? o->n_sack : 0;
	for (i = 0; i < s->n_sack; i++) {
		s->sack[i].left = o->sack[i].left - PEER_ISN;
		s->sack[i].right = o->sack[i].right - PEER_ISN;
	}
}

/* Every option but End of List and No-Operation has a length that fits
 * (MUST-68), and after End of List there is nothing but zeros (MUST-69). */
static inline void drive_check_options(const uint8_t *p, uint32_t len)
{
	while (len > 0 && *p != TCP_OPT_EOL) {
		const uint32_t n = *p == TCP_OPT_NOP ? 1 : len > 1 ? p[1] : 0;

		assert_true(n >= 1 && n <= len);
		assert_true(*p == TCP_OPT_NOP || n >= 2);
		p += n;
		len -= n;
	}
	for (; len > 0; len--)
		assert_int_equal(*p++, 0);
}

/* Takes the next segment into d->last; its checksum must be right (MUST-2),
 * MSS only with SYN (MUST-65), option padding zero (MUST-69). */
static inline bool drive_take(struct drive *d)
{
	static uint8_t p[70000];
	struct ip4_header ip;
	struct tcp_header h;
	struct tcp_options o;
	uint32_t len;
	uint64_t acc;

	memset(&d->last, 0, sizeof(d->last));
	if (!drive_next(d, p, &len, &ip))
		return false;
	assert_int_equal(ip.proto, IP_PROTO_TCP);
	d->last_ttl = ip.ttl;
	d->last_ip_len = ip.header_len;
	d->last_tos = ip.tos;
	d->last_df = ip.df;
	d->last_ip_id = ip.id;
	len -= ip.header_len;
	assert_int_equal(tcp_parse(p + ip.header_len, len, len, &h), 0);
	acc = sum_pseudo4(ip.src, ip.dst, IP_PROTO_TCP, len);
	assert_true(checksum_ok(sum_bytes(acc, p + ip.header_len, len)));
	drive_check_options(h.options, h.header_len - 20U);
	tcp_opt_parse(h.options, h.header_len - 20U, &o);
	assert_false(o.malformed);
	if (o.present & TERN_OPT_MSS)
		assert_true(h.flags & SYN);
	if (!d->iss_known && !(h.flags & SYN))
		d->iss = h.seq;
	d->rport = h.dport;
	d->lport = h.sport;
	drive_learn(d, &h, &o, &d->last);
	d->last.len = len - h.header_len;
	d->last.src = ip.src;
	d->last.dst = ip.dst;
	d->last.text_from = d->last.len ? p[ip.header_len + h.header_len] : 0;
	return true;
}

/* The next segment must be this one: flags, seq, ack and len always, window,
 * urgent pointer and options if they are given. */
static inline void expect(struct drive *d, struct dseg s)
{
	if (!drive_take(d))
		fail_msg("no segment; expected flags %x seq %u ack %u len %u",
			 s.flags, s.seq, s.ack, s.len);
	if (d->last.flags != s.flags ||
	    (s.seq != ANY && d->last.seq != s.seq) ||
	    (s.ack != ANY && d->last.ack != s.ack) ||
	    (s.len != ANY && d->last.len != s.len))
		fail_msg("flags %x seq %u ack %u len %u; "
			 "expected flags %x seq %u ack %u len %u",
			 d->last.flags, d->last.seq, d->last.ack, d->last.len,
			 s.flags, s.seq, s.ack, s.len);
	if (s.wnd)
		assert_int_equal(d->last.wnd, s.wnd);
	if (s.wnd_zero)
		assert_int_equal(d->last.wnd, 0);
	if (s.up)
		assert_int_equal(d->last.up, s.up);
	if (s.mss)
		assert_int_equal(d->last.mss, s.mss);
}

static inline void expect_nothing(struct drive *d)
{
	if (drive_take(d))
		fail_msg("unexpected: flags %x seq %u ack %u len %u",
			 d->last.flags, d->last.seq, d->last.ack, d->last.len);
}

/* Throws away what the stack has sent. */
static inline int drive_drain(struct drive *d)
{
	int n = 0;

	while (drive_take(d))
		n++;
	return n;
}

#endif
