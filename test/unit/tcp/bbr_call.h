/* SPDX-License-Identifier: ISC */
/*
 * bbr_call.h - one event of BBR, of which a test sets what matters
 *
 * The path delivers 1 MB/s and is 100 ms long: 100000 bytes belong in flight.
 * BBR is in ProbeBW_CRUISE, no bound is known, and the event is an ACK of 2000
 * bytes that neither starts a round nor says anything of losses.
 */
#ifndef TERN_TEST_TCP_BBR_CALL_H
#define TERN_TEST_TCP_BBR_CALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/bbr.h"

#define SMSS   UINT32_C(1000)
#define SEC    BBR_NS_PER_S
#define NOW    (1000 * SEC)
#define RATE   UINT64_C(1000000)
#define BDP    UINT32_C(100000)
#define N_CWND UINT32_C(150000)

struct event {
	struct bbr_call k;
	struct bbr b;
	struct cc c;
	struct cc_cold f;
	struct cc_now at;
	struct cc_ack a;
	struct rate_sample rs;
};

static inline void event_init(struct event *e)
{
	memset(e, 0, sizeof(*e));
	e->k = (struct bbr_call){&e->b, &e->c, &e->f, &e->at, &e->a, RATE};
	e->c.cwnd = N_CWND;
	e->f.seed = 7;
	e->at.now = NOW;
	e->at.smss = SMSS;
	e->at.init_cwnd = 10;
	e->at.delivered = 5000000;
	e->at.inflight = BDP;
	e->at.has_sack = true;
	e->a.rs = &e->rs;
	e->a.delivered = e->a.acked = 2000;
	e->a.rtt_us = 100000;
	e->rs.has_data = true;
	e->rs.prior_delivered = 4900000;
	e->rs.delivered = 100000;
	e->rs.tx_in_flight = BDP;
	e->b.state = BBR_PROBE_BW_CRUISE;
	e->b.has_sack = true;
	e->b.full_bw_reached = true;
	e->b.bw = e->b.max_bw_filter[1] = RATE;
	e->b.min_rtt_us = e->b.probe_rtt_min_us = 100000;
	e->b.min_rtt_stamp = e->b.probe_rtt_min_stamp = NOW - SEC;
	e->b.inflight_longterm = BBR_VOLUME_INF;
	e->b.probe_up_cnt = BBR_VOLUME_INF;
	e->b.next_round_delivered = 5000000;
	e->b.loss_round_delivered = 5000000;
	bbr_reset_short_term(&e->b);
}

#endif
