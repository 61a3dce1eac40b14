/* SPDX-License-Identifier: ISC */
/*
 * accecn_bench.h - a connection that counts for More Accurate ECN, and one
 * segment
 */
#ifndef TERN_TEST_TCP_ACCECN_BENCH_H
#define TERN_TEST_TCP_ACCECN_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/accecn.h"
#include "tcp/ecn.h"
#include "tcp/tcb.h"

#define MSS 1000U
#define ISS UINT32_C(0xffffffff)

struct bench {
	struct tcp tcp;
	struct tcb t;
	struct tcp_opts opts;
	struct flow f;
	struct packet packet;
	struct tern_frame frame;
	struct segment seg;
	struct tcp_options o;
	struct accecn *a;
};

static inline void begin(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->t.opts = &b->opts;
	b->t.flow = &b->f;
	b->a = &b->f.accecn;
	accecn_init(b->a);
	b->t.mss = MSS;
	b->t.snd.iss = (struct seq){ISS};
	b->t.snd.una = (struct seq){0};
	b->t.snd.nxt = (struct seq){50000};
	b->t.conn.flags = ECN_ACCURATE;
	b->tcp.tun.ecn_option = 2;
	b->seg.flags = ACK;
	b->seg.ack = (struct seq){0};
	b->seg.packet = &b->packet;
	b->packet.frame = &b->frame;
	b->a->proven = true;
}

static inline void ace(struct bench *b, uint32_t n)
{
	b->seg.flags = (uint16_t)(ACK | n << ECN_ACE_SHIFT);
}

#endif
