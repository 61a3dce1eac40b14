/* SPDX-License-Identifier: ISC */
/*
 * plpmtud.h - the path MTU: found by larger segments (RFC 4821, RFC 8899), and
 * what ICMP says of it, held against what arrives (RFC 5927 7)
 */
#ifndef TERN_TCP_PLPMTUD_H
#define TERN_TCP_PLPMTUD_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/seq.h"

struct tcp;
struct tcb;
struct outseg;

/* In the cold half.  Sizes are of IP datagrams. */
struct plpmtud {
	bool on;	     /* the search decides, not the interface */
	bool forgiven;	     /* text from `from` to `to` was not lost for the
				path's load, if it was not sent twice */
	uint8_t n_lost;	     /* probes of this size lost: MAX_PROBES */
	uint16_t low;	     /* this much arrives */
	uint16_t high;	     /* more does not, as far as is known */
	uint16_t next;	     /* size of the next probe, 0: none for now */
	uint16_t probe;	     /* size of that in flight, 0: none */
	uint16_t acked;	     /* the largest datagram that has arrived */
	uint16_t told;	     /* MTU that ICMP claims and nothing proves yet, or
			      0 */
	struct seq from, to; /* text of the probe, or what is forgiven */
	struct seq told_seq; /* the segment that ICMP quoted */
	uint32_t raise_s;    /* when to look for more again, RAISE_NEVER */
};

/* Nothing is searched, and nothing is doubted. */
static inline bool plpmtud_is_calm(const struct plpmtud *p)
{
	return !p->on && !p->forgiven && !p->probe && !p->told;
}

/* The connection is ESTABLISHED: net.ipv4.tcp_mtu_probing 2 begins low. */
void plpmtud_established(struct tcp *tcp, struct tcb *t);

/* The largest datagram to be sent, of `mtu` that the path is said to take. */
uint32_t plpmtud_limit(const struct tcb *t, uint32_t mtu);

/* R1 was reached with full segments: perhaps they are too large for the path,
 * and nobody says so. */
void plpmtud_suspect(struct tcp *tcp, struct tcb *t);

/* With so much text that was not sent: is a probe the next thing to send?  Then
 * other text waits until there is room for it. */
bool plpmtud_wants(const struct tcb *t, uint32_t unsent);
/* The probe, if it fits into `room`. */
bool plpmtud_plan(const struct tcb *t, uint32_t room, struct outseg *o);
void plpmtud_sent(struct tcb *t, const struct outseg *o);

/* A segment of `len` bytes has arrived; SND.UNA has moved; the timer has
 * expired. */
void plpmtud_delivered(struct tcb *t, uint32_t len);
void plpmtud_acked(struct tcp *tcp, struct tcb *t);
void plpmtud_rto(struct tcp *tcp, struct tcb *t);

/*
 * Fast retransmit is due.  Returns true if what is lost is a probe, and nothing
 * else as far as one can see: then it goes again in smaller segments, and that
 * was no sign of congestion (RFC 4821 7.6.2, RFC 8899 3).
 */
bool plpmtud_excuses(struct tcp *tcp, struct tcb *t);

/* ICMP claims `mtu`, about the segment at `seq`, which had `quoted` bytes. */
void plpmtud_told(struct tcp *tcp, struct tcb *t, uint32_t mtu, uint32_t quoted,
		  struct seq seq);

#endif
