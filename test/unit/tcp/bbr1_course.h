/* SPDX-License-Identifier: ISC */
/*
 * bbr1_course.h - BBR version 1 on a path of one rate, round trip by round trip
 *
 * What is more in flight than belongs there waits in a queue, as long as it may
 * be.
 */
#ifndef TERN_TEST_TCP_BBR1_COURSE_H
#define TERN_TEST_TCP_BBR1_COURSE_H

#include "bbr_path.h"
#include "tcp/bbr1.h"

#define STEPS 10 /* ACKs a round trip */

struct course {
	struct path p;
	const struct bbr1 *b;
	uint64_t link;
	uint32_t lost;	 /* bytes of each ACK */
	uint32_t flight; /* of the last round trip */
	bool app_limited, held;
};

static inline void begin(struct course *x)
{
	*x = (struct course){.link = LINK};
	path_begin(&x->p, &cc_bbr1);
	x->b = (const struct bbr1 *)(const void *)x->p.f.priv;
}

static inline void lose(struct course *x, uint32_t len)
{
	const struct cc_lost lost = {.len = len};

	if (len > 0)
		cc_bbr1.on_lost(&x->p.c, &x->p.f, &x->p.at, &lost);
}

/* What the window and the pacing rate allow is in flight, but while it drains
 * no less than what has not arrived yet. */
static inline uint32_t flight_of(const struct course *x)
{
	const uint64_t paced = x->p.f.pacing_rate * RTT_US / 1000000;
	const uint64_t queue = x->flight > BDP ? x->flight - BDP : 0;

	return (uint32_t)min_u64(x->p.c.cwnd, max_u64(paced + queue, SMSS));
}

/* A round trip. */
static inline void trip(struct course *x)
{
	const uint64_t before = x->p.at.delivered;
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

	x->p.f.mark_app_limited = false;
	for (int i = 0; i < STEPS; i++) {
		x->p.at.now += us * 1000 / STEPS;
		x->p.at.delivered += n / STEPS;
		x->p.at.inflight = n;
		rs.prior_delivered = i ? 0 : before;
		lose(x, x->lost);
		a = (struct cc_ack){
			.at = x->p.at,
			.rs = &rs,
			.acked = n / STEPS,
			.delivered = n / STEPS,
			.lost = x->lost,
			.prior_inflight = n,
			.rtt_us = (uint32_t)us,
			.cwnd_limited = n == x->p.c.cwnd,
		};
		cc_bbr1.on_ack(&x->p.c, &x->p.f, &a);
	}
	x->held = x->p.f.mark_app_limited;
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
