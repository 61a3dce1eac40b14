/* SPDX-License-Identifier: ISC */
/*
 * bbr1_course.h - BBR version 1 on a path of one rate, round trip by round trip
 *
 * The link delivers 10 MB/s and is 20 ms long: 200000 bytes belong in flight.
 * What is more in flight waits in a queue, as long as it may be.
 */
#ifndef TERN_TEST_TCP_BBR1_COURSE_H
#define TERN_TEST_TCP_BBR1_COURSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/bbr1.h"

#define SMSS   UINT32_C(1000)
#define LINK   UINT64_C(10000000) /* bytes/s */
#define RTT_US UINT32_C(20000)
#define BDP    UINT32_C(200000)
#define SEC    BBR1_NS_PER_S
#define STEPS  10 /* ACKs a round trip */

struct course {
	struct cc c;
	struct cc_cold f;
	struct cc_now at;
	const struct bbr1 *b;
	uint64_t link;
	uint32_t lost;	 /* bytes of each ACK */
	uint32_t flight; /* of the last round trip */
	bool app_limited, held;
};

static inline void begin(struct course *x)
{
	memset(x, 0, sizeof(*x));
	x->link = LINK;
	x->c.cwnd = 10 * SMSS;
	x->c.ssthresh = CC_SSTHRESH_0;
	x->at.now = 100 * SEC;
	x->at.smss = SMSS;
	x->at.init_cwnd = 10;
	x->at.has_sack = true;
	x->f.seed = 42;
	cc_bbr1.init(&x->c, &x->f, &x->at);
	x->b = (const struct bbr1 *)(const void *)x->f.priv;
	x->at.srtt_us = x->at.min_rtt_us = RTT_US;
}

static inline void lose(struct course *x, uint32_t len)
{
	const struct cc_lost lost = {.len = len};

	if (len > 0)
		cc_bbr1.on_lost(&x->c, &x->f, &x->at, &lost);
}

/* What the window and the pacing rate allow is in flight, but while it drains
 * no less than what has not arrived yet. */
static inline uint32_t flight_of(const struct course *x)
{
	const uint64_t paced = x->f.pacing_rate * RTT_US / 1000000;
	const uint64_t queue = x->flight > BDP ? x->flight - BDP : 0;

	return (uint32_t)min_u64(x->c.cwnd, max_u64(paced + queue, SMSS));
}

/* A round trip. */
static inline void trip(struct course *x)
{
	const uint64_t before = x->at.delivered;
	const uint32_t n = flight_of(x);
	const uint64_t rate = min_u64((uint64_t)n * 1000000 / RTT_US, x->link);
	const uint64_t us =
		max_u64(((uint64_t)n * 1000000 + rate - 1) / rate, RTT_US);
	struct rate_sample rs = {.has_data = true,
				 .tx_in_flight = n,
				 .delivered = n,
				 .is_app_limited = x->app_limited || x->held,
				 .interval_ns = us * 1000};
	struct cc_ack a;

	x->f.mark_app_limited = false;
	for (int i = 0; i < STEPS; i++) {
		x->at.now += us * 1000 / STEPS;
		x->at.delivered += n / STEPS;
		x->at.inflight = n;
		rs.prior_delivered = i ? 0 : before;
		lose(x, x->lost);
		a = (struct cc_ack){
			.at = x->at,
			.rs = &rs,
			.acked = n / STEPS,
			.delivered = n / STEPS,
			.lost = x->lost,
			.prior_inflight = n,
			.rtt_us = (uint32_t)us,
			.cwnd_limited = n == x->c.cwnd,
		};
		cc_bbr1.on_ack(&x->c, &x->f, &a);
	}
	x->held = x->f.mark_app_limited;
	x->flight = n;
}

static inline void reach(struct course *x, enum bbr1_state state)
{
	begin(x);
	for (int i = 0; i < 1000 && x->b->state != state; i++)
		trip(x);
	assert_int_equal(x->b->state, state);
}

/* ... and that phase of its cycle. */
static inline void reach_phase(struct course *x, uint8_t idx)
{
	reach(x, BBR1_PROBE_BW);
	for (int i = 0; i < 50 && x->b->cycle_idx != idx; i++)
		trip(x);
	assert_int_equal(x->b->cycle_idx, idx);
}

#endif
