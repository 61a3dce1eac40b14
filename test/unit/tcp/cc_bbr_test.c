/* SPDX-License-Identifier: ISC */
/*
 * cc_bbr_test.c - BBRv3 on a path of one rate, draft-ietf-ccwg-bbr-05
 */
#include "bbr_path.h"
#include "tcp/bbr.h"

struct course {
	struct path p;
	const struct bbr *b;
	uint32_t lost;	/* of a thousand bytes */
	uint32_t noise; /* the same, and it lowers what is delivered */
	uint32_t alien; /* microseconds that the queue of others takes */
};

static void begin(struct course *x)
{
	*x = (struct course){0};
	path_begin(&x->p, &cc_bbr);
	x->b = (const struct bbr *)(const void *)x->p.f.priv;
}

/* A round trip: what the window and the pacing rate allow is in flight, and
 * the link delivers at its rate what is more. */
static void trip(struct course *x)
{
	const uint64_t before = x->p.at.delivered;
	const uint64_t paced = x->p.f.pacing_rate * RTT_US / 1000000;
	const uint32_t n = (uint32_t)min_u64(x->p.c.cwnd, paced);
	const uint64_t rate = min_u64((uint64_t)n * 1000000 / RTT_US, LINK);
	const uint32_t through = (uint32_t)min_u64(n, BDP);
	const uint32_t done = through - through * x->noise / 1000;
	const uint32_t queue = n - through;
	struct rate_sample rs = {.has_data = true, .tx_in_flight = n};
	struct cc_ack a;

	for (int i = 0; i < 10; i++) {
		x->p.at.now += (RTT_US + (uint64_t)queue / 10) * 100;
		x->p.at.delivered += done / 10;
		x->p.at.inflight = n;
		rs.prior_delivered = i ? 0 : before;
		rs.delivered = done;
		rs.interval_ns = (uint64_t)through * SEC / rate;
		rs.lost = (uint32_t)((uint64_t)n * x->lost / 1000);
		a = (struct cc_ack){
			.at = x->p.at,
			.rs = &rs,
			.acked = done / 10,
			.delivered = done / 10,
			.rtt_us = RTT_US + queue / 10 + x->alien,
			.cwnd_limited = n == x->p.c.cwnd,
		};
		cc_bbr.on_ack(&x->p.c, &x->p.f, &a);
	}
}

/* 5.6.2: InitialCwnd a millisecond, then a round trip, times 2.77. */
static void initial_rate(void **state)
{
	struct course x;

	(void)state;
	begin(&x);
	assert_int_equal(x.p.f.pacing_rate, 27700000);
	trip(&x);
	assert_in_range(x.p.f.pacing_rate, 1385000, 2 * 1385000);
	assert_int_equal(x.b->state, BBR_STARTUP);
}

/* 5.3.1: doubles each round trip, ends when three brought nothing; 5.3.2. */
static void startup(void **state)
{
	struct course x;
	int n;

	(void)state;
	begin(&x);
	for (n = 0; n < 40 && x.b->state == BBR_STARTUP; n++)
		trip(&x);
	assert_in_range(n, 6, 14);
	assert_true(x.b->full_bw_reached);
	assert_in_range(bbr_max_bw(x.b), LINK * 99 / 100, LINK);
	for (n = 0; n < 10 && x.b->state == BBR_DRAIN; n++)
		trip(&x);
	assert_true(bbr_in_probe_bw(x.b));
	assert_in_range(n, 0, 4);
	assert_int_equal(x.b->min_rtt_us, RTT_US);
}

/* 5.3.3: every phase comes, and the rate is the link's times the gain. */
static void probes(void **state)
{
	uint32_t seen = 0;
	struct course x;
	int i;

	(void)state;
	begin(&x);
	for (i = 0; i < 240; i++) { /* 4.8 s: before ProbeRTT */
		trip(&x);
		seen |= 1U << x.b->state;
		if (i < 40)
			continue;
		assert_in_range(x.p.f.pacing_rate, LINK * 85 / 100,
				LINK * 126 / 100);
		assert_in_range(x.p.c.cwnd, BDP, BDP * 5 / 2);
	}
	assert_int_equal(seen, 0x3f);
}

/* 5.3.4: 200 ms at half of the BDP, every 10 s; every 5 s, if others have a
 * queue there. */
static void probe_rtt_comes(uint32_t alien, uint64_t due)
{
	uint64_t since = 0, spent = 0;
	struct course x;
	int i;

	begin(&x);
	for (i = 0; i < 1000 && spent == 0; i++) {
		x.alien = i < 10 ? 0 : alien;
		trip(&x);
		if (x.b->state == BBR_PROBE_RTT && !since)
			since = x.p.at.now;
		if (x.b->state == BBR_PROBE_RTT)
			assert_in_range(x.p.c.cwnd, BDP * 2 / 5, BDP * 3 / 5);
		else if (since)
			spent = x.p.at.now - since;
	}
	assert_in_range(since, due, due + SEC);
	assert_in_range(spent, 200000000, 300000000);
	assert_true(x.p.c.cwnd > BDP);
	assert_true(x.b->state == BBR_PROBE_BW_CRUISE);
	assert_int_equal(x.b->min_rtt_us, RTT_US);
}

static void probe_rtt(void **state)
{
	(void)state;
	probe_rtt_comes(0, 110 * SEC);
	probe_rtt_comes(RTT_US / 16, 110 * SEC);
	probe_rtt_comes(RTT_US / 16 + 1, 105 * SEC);
}

static void reach(struct course *x, uint8_t state)
{
	begin(x);
	for (int i = 0; i < 400 && x->b->state != state; i++)
		trip(x);
	assert_int_equal(x->b->state, state);
}

static void lose(struct course *x, uint32_t lost_since, uint32_t in_flight)
{
	const struct cc_lost lost = {
		.len = SMSS,
		.lost_since = lost_since,
		.tx_in_flight = in_flight,
	};

	cc_bbr.on_lost(&x->p.c, &x->p.f, &x->p.at, &lost);
}

/* 5.5.10.2: up to 2% is noise, and what chance makes of so few segments;
 * beyond it, the probe ends and the bound is where the losses became too
 * many. */
static void loss_while_probing(void **state)
{
	struct course x;

	(void)state;
	reach(&x, BBR_PROBE_BW_UP);
	lose(&x, 5000, 250000);
	lose(&x, 9000, 250000); /* expected are 5 +- 2.2 segments */
	assert_int_equal(x.b->state, BBR_PROBE_BW_UP);
	assert_true(x.b->inflight_longterm == BBR_VOLUME_INF);
	lose(&x, 10000, 250000);
	assert_int_equal(x.b->state, BBR_PROBE_BW_DOWN);
	assert_int_equal(x.b->inflight_longterm, 249000);
	lose(&x, 90000, 250000); /* once a probe */
	assert_int_equal(x.b->inflight_longterm, 249000);
}

/* Of many segments, 2% is 2%. */
static void loss_of_many(void **state)
{
	struct course x;

	(void)state;
	reach(&x, BBR_PROBE_BW_UP);
	lose(&x, 2080000, 100000000);
	assert_int_equal(x.b->state, BBR_PROBE_BW_UP);
	lose(&x, 2100000, 100000000);
	assert_int_equal(x.b->state, BBR_PROBE_BW_DOWN);
}

/* Fifty round trips of CRUISE on a path that loses so much of a thousand bytes
 * at random.  Returns the pacing rate then, in percent of the link. */
static uint32_t noisy(uint32_t per_mille)
{
	struct course x;

	reach(&x, BBR_PROBE_BW_CRUISE);
	x.noise = per_mille;
	for (int i = 0; i < 50; i++) {
		lose(&x, SMSS, BDP);
		trip(&x);
		assert_int_equal(x.b->state, BBR_PROBE_BW_CRUISE);
	}
	return (uint32_t)(x.p.f.pacing_rate * 100 / LINK);
}

static void noise_while_cruising(void **state)
{
	(void)state;
	assert_in_range(noisy(10), 98, 99);
	assert_in_range(noisy(20), 95, 99);
	assert_in_range(noisy(40), 20, 60);
}

/* 5.5.10.3: otherwise the short-term bounds follow what is delivered, but by no
 * more than 0.7 a round trip. */
static void loss_while_cruising(void **state)
{
	struct course x;
	uint32_t cwnd;

	(void)state;
	reach(&x, BBR_PROBE_BW_CRUISE);
	trip(&x);
	cwnd = x.p.c.cwnd;
	lose(&x, SMSS, BDP);
	trip(&x);
	trip(&x);
	assert_true(x.b->bw_shortterm != BBR_RATE_INF);
	assert_in_range(x.b->bw_shortterm, LINK * 70 / 100, LINK * 103 / 100);
	assert_in_range(x.b->inflight_shortterm, cwnd * 7 / 10, cwnd);
	assert_true(x.b->inflight_longterm == BBR_VOLUME_INF);
}

/* 5.6.4.4, 5.5.11: a timeout leaves one segment; after it, or if it was none,
 * all is as before. */
static void timeout(void **state)
{
	struct course x;
	uint32_t cwnd;

	(void)state;
	reach(&x, BBR_PROBE_BW_CRUISE);
	cwnd = x.p.c.cwnd;
	cc_bbr.on_rto(&x.p.c, &x.p.f, &x.p.at, false);
	assert_int_equal(x.p.c.cwnd, SMSS);
	cc_bbr.on_recovered(&x.p.c, &x.p.f, &x.p.at);
	assert_int_equal(x.p.c.cwnd, cwnd);
	cc_bbr.on_rto(&x.p.c, &x.p.f, &x.p.at, false);
	cc_bbr.on_undo(&x.p.c, &x.p.f, &x.p.at, cwnd, 0);
	assert_int_equal(x.p.c.cwnd, cwnd);
	assert_int_equal(x.b->inflight_longterm, BBR_VOLUME_INF);
}

/* 5.4.1: after silence at exactly the bandwidth; cwnd stays. */
static void idle(void **state)
{
	struct course x;
	uint32_t cwnd;

	(void)state;
	reach(&x, BBR_PROBE_BW_UP);
	cwnd = x.p.c.cwnd;
	x.p.at.app_limited = true;
	x.p.at.now += SEC;
	assert_null(cc_bbr.on_idle);
	cc_bbr.on_start(&x.p.c, &x.p.f, &x.p.at);
	assert_int_equal(x.p.c.cwnd, cwnd);
	assert_in_range(x.p.f.pacing_rate, LINK * 98 / 100, LINK);
}

/* 5.6.3: a millisecond's worth, two segments to 64 KiB. */
static void quantum(void **state)
{
	struct course x;

	(void)state;
	reach(&x, BBR_PROBE_BW_CRUISE);
	assert_int_equal(x.p.f.send_quantum, x.p.f.pacing_rate / 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(initial_rate),
		cmocka_unit_test(startup),
		cmocka_unit_test(probes),
		cmocka_unit_test(probe_rtt),
		cmocka_unit_test(loss_while_probing),
		cmocka_unit_test(loss_of_many),
		cmocka_unit_test(noise_while_cruising),
		cmocka_unit_test(loss_while_cruising),
		cmocka_unit_test(timeout),
		cmocka_unit_test(idle),
		cmocka_unit_test(quantum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
