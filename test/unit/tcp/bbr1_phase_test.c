/* SPDX-License-Identifier: ISC */
/*
 * bbr1_phase_test.c - the states of BBR version 1,
 * draft-cardwell-iccrg-bbr-congestion-control-00 4.3
 */
#include "bbr1_call.h"
#include "bbr1_course.h"

/* 4.3.2: doubles each round trip, ends when three brought nothing (BBR1-1,
 * BBR1-2); 4.3.3: the queue goes (BBR1-3). */
static void startup(void **state)
{
	struct course x;
	int n;

	(void)state;
	begin(&x);
	assert_int_equal(bbr1_pacing_gain(x.b), 739);
	assert_int_equal(bbr1_cwnd_gain(x.b), 739);
	for (n = 0; n < 40 && x.b->state == BBR1_STARTUP; n++)
		trip(&x);
	assert_in_range(n, 6, 12);
	assert_true(x.b->full_bw_reached);
	assert_int_equal(bbr1_max_bw(x.b), LINK);
	if (x.b->state == BBR1_DRAIN) {
		assert_int_equal(bbr1_pacing_gain(x.b), 88);
		assert_int_equal(bbr1_cwnd_gain(x.b), 739);
	}
	for (n = 0; n < 10 && x.b->state == BBR1_DRAIN; n++)
		trip(&x);
	assert_int_equal(x.b->state, BBR1_PROBE_BW);
	assert_int_equal(x.b->min_rtt_us, RTT_US);
}

/* In a ProbeBW in which a round trip is 20 ms. */
static void at_phase(struct call *m, uint8_t idx)
{
	call_init(m);
	m->b.state = BBR1_PROBE_BW;
	m->b.full_bw_reached = true;
	m->b.cycle_idx = idx;
	m->b.bw[0] = LINK;
	m->b.min_rtt_us = RTT_US;
	m->b.cycle_stamp = 100 * SEC;
	m->f.send_quantum = 2 * SMSS;
}

static uint8_t phase_after(struct call *m, uint32_t us, uint32_t inflight,
			   uint32_t lost)
{
	m->a.at.now = m->b.cycle_stamp + us * UINT64_C(1000);
	m->a.prior_inflight = inflight;
	m->a.lost = lost;
	bbr1_update_cycle(&m->k);
	return m->b.cycle_idx;
}

/* 4.3.4.2: 5/4 for RTprop, and until as much is in flight or something is lost
 * (BBR1-5). */
static void up(void **state)
{
	const uint32_t enough = BDP * 5 / 4 + 3 * 2 * SMSS + 2 * SMSS;
	struct call m;

	(void)state;
	at_phase(&m, 0);
	assert_int_equal(bbr1_pacing_gain(&m.b), 320);
	assert_int_equal(phase_after(&m, RTT_US, enough, 0), 0);
	assert_int_equal(phase_after(&m, RTT_US + 1, enough - 1, 0), 0);
	assert_int_equal(phase_after(&m, 9 * RTT_US, enough - 1, 0), 0);
	assert_int_equal(phase_after(&m, RTT_US + 1, enough, 0), 1);
	assert_int_equal(m.b.cycle_stamp, m.a.at.now);
	at_phase(&m, 0);
	assert_int_equal(phase_after(&m, RTT_US, BDP, 1), 0);
	assert_int_equal(phase_after(&m, RTT_US + 1, BDP, 1), 1);
}

/* 3/4 for RTprop, or until the queue is gone (BBR1-5). */
static void down(void **state)
{
	const uint32_t enough = BDP + 3 * 2 * SMSS;
	struct call m;

	(void)state;
	at_phase(&m, 1);
	assert_int_equal(bbr1_pacing_gain(&m.b), 192);
	assert_int_equal(phase_after(&m, RTT_US, enough + 1, 0), 1);
	assert_int_equal(phase_after(&m, RTT_US + 1, enough + 1, 0), 2);
	at_phase(&m, 1);
	assert_int_equal(phase_after(&m, 1, enough, 0), 2);
}

/* Six at BtlBw for RTprop each, and all over again (BBR1-4). */
static void cruise(void **state)
{
	struct call m;

	(void)state;
	at_phase(&m, 2);
	for (uint8_t i = 2; i < 8; i++) {
		assert_int_equal(bbr1_pacing_gain(&m.b), 256);
		assert_int_equal(bbr1_cwnd_gain(&m.b), 512);
		assert_int_equal(phase_after(&m, RTT_US, BDP, 1), i);
		assert_int_equal(phase_after(&m, RTT_US + 1, BDP, 0),
				 (i + 1) % 8);
	}
}

/* The whole cycle, as a path shows it: a mean gain of 1 (BBR1-4). */
static void cycle(void **state)
{
	uint32_t seen[BBR1_PHASES] = {0};
	struct course x;

	(void)state;
	reach_phase(&x, 0);
	for (int i = 0; i < 160; i++) {
		seen[x.b->cycle_idx]++;
		trip(&x);
		assert_in_range(x.p.f.pacing_rate, LINK * 74 / 100,
				LINK * 124 / 100);
	}
	for (int i = 0; i < BBR1_PHASES; i++)
		assert_in_range(seen[i], i == 1 ? 0 : 9, 40);
}

/* 4.3.4.3: begins with any phase but 3/4 (BBR1-6). */
static void random_begin(void **state)
{
	uint32_t seen = 0;
	struct call m;

	(void)state;
	at_phase(&m, 0);
	for (int i = 0; i < 500; i++) {
		bbr1_enter_probe_bw(&m.k);
		seen |= 1U << m.b.cycle_idx;
	}
	assert_int_equal(seen, 0xfd);
}

/* 4.3.3: until one BDP is in flight (BBR1-3). */
static void drain(void **state)
{
	struct call m;

	(void)state;
	at_phase(&m, 0);
	m.b.state = BBR1_STARTUP;
	m.b.full_bw_reached = false;
	bbr1_check_drain(&m.k);
	assert_int_equal(m.b.state, BBR1_STARTUP);
	m.b.full_bw_reached = true;
	m.a.at.inflight = BDP + 6 * SMSS + 1;
	bbr1_check_drain(&m.k);
	assert_int_equal(m.b.state, BBR1_DRAIN);
	m.a.at.inflight--;
	bbr1_check_drain(&m.k);
	assert_int_equal(m.b.state, BBR1_PROBE_BW);
}

/* 4.3.5: every 10 s, four segments for 200 ms and a round trip (BBR1-8). */
static void probe_rtt(void **state)
{
	uint64_t since, spent;
	struct course x;

	(void)state;
	reach(&x, BBR1_PROBE_RTT);
	since = x.p.at.now;
	assert_in_range(since, 110 * SEC, 111 * SEC);
	assert_int_equal(bbr1_pacing_gain(x.b), 256);
	while (x.b->state == BBR1_PROBE_RTT) {
		assert_int_equal(x.p.c.cwnd, 4 * SMSS);
		assert_true(x.p.f.mark_app_limited);
		trip(&x);
	}
	spent = x.p.at.now - since;
	assert_in_range(spent, SEC / 5, SEC * 3 / 10);
	assert_int_equal(x.b->state, BBR1_PROBE_BW);
	assert_in_range(x.p.c.cwnd, 2 * BDP, 3 * BDP);
	assert_in_range(x.b->min_rtt_stamp, since + SEC / 5, x.p.at.now);
}

/* A shorter round trip, or one as short, spares it (BBR1-7, BBR1-8). */
static void spared(void **state)
{
	struct call m;

	(void)state;
	at_phase(&m, 3);
	m.a.at.now = 110 * SEC; /* not more than ten seconds */
	m.a.rtt_us = RTT_US + 1;
	bbr1_update_min_rtt(&m.k);
	bbr1_check_probe_rtt(&m.k);
	assert_int_equal(m.b.state, BBR1_PROBE_BW);
	m.a.at.now++;
	bbr1_update_min_rtt(&m.k);
	bbr1_check_probe_rtt(&m.k);
	assert_int_equal(m.b.state, BBR1_PROBE_RTT);
	assert_int_equal(m.b.min_rtt_us, RTT_US + 1);

	at_phase(&m, 3);
	m.a.at.now = 109 * SEC;
	m.a.rtt_us = RTT_US;
	bbr1_update_min_rtt(&m.k);
	m.a.at.now = 119 * SEC;
	m.a.rtt_us = 0;
	bbr1_update_min_rtt(&m.k);
	bbr1_check_probe_rtt(&m.k);
	assert_int_equal(m.b.state, BBR1_PROBE_BW);
}

/* Before the pipe was full it goes back to Startup (BBR1-8). */
static void back_to_startup(void **state)
{
	struct call m;

	(void)state;
	at_phase(&m, 0);
	m.b.state = BBR1_PROBE_RTT;
	m.b.full_bw_reached = false;
	m.b.probe_rtt_done_stamp = 100 * SEC;
	m.b.prior_cwnd = 7 * SMSS;
	bbr1_check_probe_rtt_done(&m.k);
	assert_int_equal(m.b.state, BBR1_PROBE_RTT);
	m.a.at.now++;
	bbr1_check_probe_rtt_done(&m.k);
	assert_int_equal(m.b.state, BBR1_STARTUP);
	assert_int_equal(m.c.cwnd, 7 * SMSS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(startup), cmocka_unit_test(up),
		cmocka_unit_test(down),	   cmocka_unit_test(cruise),
		cmocka_unit_test(cycle),   cmocka_unit_test(random_begin),
		cmocka_unit_test(drain),   cmocka_unit_test(probe_rtt),
		cmocka_unit_test(spared),  cmocka_unit_test(back_to_startup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
