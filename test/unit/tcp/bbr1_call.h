/* SPDX-License-Identifier: ISC */
/*
 * bbr1_call.h - one call of BBR version 1, of which a test sets what matters:
 * an ACK of a segment, after 100 seconds
 */
#ifndef TERN_TEST_TCP_BBR1_CALL_H
#define TERN_TEST_TCP_BBR1_CALL_H

#include "bbr_path.h"
#include "tcp/bbr1.h"

struct call {
	struct bbr1 b;
	struct cc c;
	struct cc_cold f;
	struct cc_ack a;
	struct rate_sample rs;
	struct bbr1_call k;
};

static inline void call_init(struct call *x)
{
	memset(x, 0, sizeof(*x));
	x->k = (struct bbr1_call){&x->b, &x->c, &x->f, &x->a.at, &x->a};
	x->b.min_rtt_stamp = 100 * SEC;
	x->a.rs = &x->rs;
	x->a.at.smss = SMSS;
	x->a.at.now = 100 * SEC;
	x->a.delivered = SMSS;
}

#endif
