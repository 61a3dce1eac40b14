/* SPDX-License-Identifier: ISC */
/*
 * flight.h - a connection with segments of 1000 bytes in flight, a round trip
 * of 100 ms, and a peer that is the test itself (unit/rfc/drive.h)
 *
 * Segments are called by their number: segment i is bytes 1 + 1000 * i to 1000
 * * (i + 1).  The congestion control is Reno, so that windows can be told to
 * the byte, and IW is 10 segments.
 */
#ifndef TERN_TEST_TCP_FLIGHT_H
#define TERN_TEST_TCP_FLIGHT_H

#include "stack/tern.h"
#include "tcp/tcb.h"
#include "unit/rfc/drive.h"

#define MSS  1000U
#define RTT  (100 * TERN_MS)
/* SRTT + 4 * RTTVAR after the one sample of the handshake. */
#define RTO  (300 * TERN_MS)
/* Timers may be late by a tick of the wheel. */
#define TICK (2 * TERN_MS)

/* What SACK blocks say, in segments: from, and the one behind the last. */
struct blocks {
	int n;
	struct {
		uint32_t from, to;
	} b[4];
};

static void flight_visit(void *ctx, struct map_node *node)
{
	struct conn *c = container_of(node, struct conn, node);
	struct tcb **t = ctx;

	if (c->kind == CONN_TCB)
		*t = container_of(c, struct tcb, conn);
}

/* The control block of the only connection. */
static inline struct tcb *flight_tcb(struct drive *d)
{
	struct map_cursor cur = {0};
	struct tcb *t = NULL;

	while (map_visit(&d->n->tcp.conns, &cur, 1024, flight_visit, &t))
		;
	assert_non_null(t);
	return t;
}

/* ESTABLISHED, its SYN,ACK answered after a round trip. */
static inline void flight_join(struct drive *d, struct dseg syn)
{
	if (d->lfd < 0)
		drive_listen(d, 8);
	inject(d, syn);
	expect(d, SEG(SYN | ACK, 0, 1));
	drive_sleep(d, RTT);
	inject(d, SEG(ACK, 1, 1, .ts = syn.ts, .ts_val = syn.ts_val,
		      .ts_ecr = d->last.ts_val));
	d->fd = tern_accept(d->n, d->lfd, NULL, NULL);
	assert_true(d->fd >= 0);
	expect_nothing(d);
}

/* Takes what is sent; it must be `n` segments from number i on. */
static inline void flight_expect(struct drive *d, uint32_t i, uint32_t n)
{
	for (; n > 0; n--, i++) {
		if (!drive_take(d))
			fail_msg("segment %u does not come", i);
		if (d->last.seq != 1 + i * MSS || d->last.len != MSS)
			fail_msg("seq %u len %u instead of segment %u",
				 d->last.seq, d->last.len, i);
	}
	expect_nothing(d);
}

static inline struct drive *flight_new(bool sack)
{
	struct drive *d = drive_new();

	flight_join(d, SEG(SYN, 0, 0, .mss = MSS, .sack_ok = sack));
	return d;
}

/* The same with segments 0 to n - 1 in flight, and `more` queued behind. */
static inline struct drive *flight_of(uint32_t n, uint32_t more)
{
	struct drive *d = flight_new(true);

	drive_send(d, (n + more) * MSS, 0);
	flight_expect(d, 0, n);
	return d;
}

/* The same with RFC 6675 in place of RACK, a round trip later. */
static inline struct drive *flight_by_count(uint32_t n, uint32_t more)
{
	struct drive *d = drive_new();

	drive_sysctl(d, "net.ipv4.tcp_recovery", "0");
	flight_join(d, SEG(SYN, 0, 0, .mss = MSS, .sack_ok = true));
	drive_send(d, (n + more) * MSS, 0);
	flight_expect(d, 0, n);
	drive_sleep(d, RTT);
	return d;
}

/* The peer has everything before segment i. */
static inline void flight_ack(struct drive *d, uint32_t i)
{
	inject(d, SEG(ACK, 1, 1 + i * MSS));
}

/* ... and these. */
static inline void flight_sack(struct drive *d, uint32_t i, struct blocks b)
{
	struct dseg s = SEG(ACK, 1, 1 + i * MSS);
	int k;

	s.n_sack = (uint8_t)b.n;
	for (k = 0; k < b.n; k++) {
		s.sack[k].left = 1 + b.b[k].from * MSS;
		s.sack[k].right = 1 + b.b[k].to * MSS;
	}
	inject(d, s);
}

#define SACK1(f, t)		((struct blocks){1, {{f, t}}})
#define SACK2(f, t, f2, t2)	((struct blocks){2, {{f, t}, {f2, t2}}})
#define SACK3(a, b, c, e, f, g) ((struct blocks){3, {{a, b}, {c, e}, {f, g}}})

/* Something is sent so much later, and not before. */
static inline void flight_wait(struct drive *d, tern_time ns)
{
	const tern_time waited = drive_wait(d);

	assert_in_range(waited, ns, ns + TICK);
}

#define COUNTED(d, name) tern_counter((d)->n, TERN_TcpExt##name)

#endif
