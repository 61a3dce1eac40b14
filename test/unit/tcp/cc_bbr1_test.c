/* SPDX-License-Identifier: ISC */
/*
 * cc_bbr1_test.c - BBR version 1: what comes out of events,
 * draft-cardwell-iccrg-bbr-congestion-control-00 4.2
 */
#include "bbr1_course.h"

/* One ACK of `n` bytes, of which some is a round trip's first. */
static void ack(struct course *x, uint32_t n, uint32_t lost, bool round)
{
	const struct rate_sample rs = {
		.has_data = n > 0,
		.prior_delivered = round ? x->b->next_round_delivered : 0,
		.delivered = BDP,
		.interval_ns = RTT_US * UINT64_C(1000),
	};
	const struct cc_ack a = {
		.at = x->p.at,
		.rs = &rs,
		.acked = n,
		.delivered = n,
		.lost = lost,
		.prior_inflight = x->p.at.inflight + n,
		.rtt_us = RTT_US,
	};

	cc_bbr1.on_ack(&x->p.c, &x->p.f, &a);
}

/* 4.2.1: InitialCwnd a millisecond, then a round trip, times 2/ln(2)
 * (BBR1-10). */
static void initial_rate(void **state)
{
	struct course x;

	(void)state;
	begin(&x);
	assert_int_equal(x.p.f.pacing_rate, 10000000 * UINT64_C(739) / 256);
	trip(&x);
	assert_in_range(x.p.f.pacing_rate, 500000 * 739 / 256,
			1000000 * 739 / 256);
}

/* 4.2.1: one percent below the gain times BtlBw, in ProbeBW (BBR1-11). */
static void margin(void **state)
{
	struct course x;

	(void)state;
	reach_phase(&x, 3);
	assert_int_equal(bbr1_max_bw(x.b), LINK);
	assert_int_equal(x.p.f.pacing_rate, LINK * 99 / 100);
	reach_phase(&x, 0);
	assert_int_equal(x.p.f.pacing_rate, LINK * 5 / 4 * 99 / 100);
}

/* In Startup a slow sample does not lower the rate (BBR1-11). */
static void startup_only_rises(void **state)
{
	struct course x;
	uint64_t rate;

	(void)state;
	begin(&x);
	for (int i = 0; i < 4; i++)
		trip(&x);
	assert_int_equal(x.b->state, BBR1_STARTUP);
	rate = x.p.f.pacing_rate;
	x.link = LINK / 100;
	for (int i = 0; i < 2; i++)
		trip(&x);
	assert_int_equal(x.p.f.pacing_rate, rate);
}

/* 4.2.2: a millisecond's worth, two segments to 64 KiB (BBR1-12). */
static void quantum(void **state)
{
	struct course x;

	(void)state;
	begin(&x);
	assert_int_equal(x.p.f.send_quantum, x.p.f.pacing_rate / 1000);
	trip(&x);
	assert_int_equal(x.p.f.send_quantum, 2 * SMSS);
	x.p.f.pacing_rate = LINK * 1000;
	trip(&x);
	assert_int_equal(x.p.f.send_quantum, 65536);
}

/* 4.2.3: twice the BDP and three quanta, once the pipe is full; no step larger
 * than what is delivered (BBR1-13). */
static void window(void **state)
{
	struct course x;
	uint32_t most;

	(void)state;
	reach_phase(&x, 3);
	most = 2 * BDP + 3 * x.p.f.send_quantum + x.b->extra_acked[0];
	assert_in_range(x.p.c.cwnd, 2 * BDP, most + x.b->extra_acked[1]);
	x.p.c.cwnd = BDP;
	ack(&x, 5 * SMSS, 0, false);
	assert_int_equal(x.p.c.cwnd, BDP + 5 * SMSS);
	x.p.c.cwnd = 10 * BDP;
	ack(&x, 5 * SMSS, 0, false);
	assert_true(x.p.c.cwnd < 3 * BDP);
	x.p.c.cwnd = SMSS;
	ack(&x, 1, 0, false);
	assert_int_equal(x.p.c.cwnd, 4 * SMSS);
}

/* 4.2.3.4: in the first round trip of a recovery as much leaves as is
 * delivered; then it grows again, and in the end all is as before (BBR1-14). */
static void recovery(void **state)
{
	struct course x;
	uint32_t cwnd;

	(void)state;
	reach_phase(&x, 3);
	cwnd = x.p.c.cwnd;
	x.p.at.inflight = 100 * SMSS;
	lose(&x, 2 * SMSS);
	cc_bbr1.on_loss(&x.p.c, &x.p.f, &x.p.at);
	ack(&x, SMSS, 2 * SMSS, false);
	assert_int_equal(x.p.c.cwnd, 101 * SMSS);
	x.p.at.inflight = 101 * SMSS;
	ack(&x, SMSS, SMSS, false);
	assert_int_equal(x.p.c.cwnd, 102 * SMSS);
	x.p.at.delivered += BDP;
	ack(&x, SMSS, 0, true); /* the round trip is over */
	assert_int_equal(x.p.c.cwnd, 103 * SMSS);
	x.p.at.inflight = 50 * SMSS;
	ack(&x, 2 * SMSS, SMSS, false); /* what is lost leaves cwnd */
	assert_int_equal(x.p.c.cwnd, 104 * SMSS);
	cc_bbr1.on_recovered(&x.p.c, &x.p.f, &x.p.at);
	assert_int_equal(x.p.c.cwnd, cwnd);
}

/* A second event within a recovery begins no other (BBR1-14). */
static void recovery_once(void **state)
{
	struct course x;

	(void)state;
	reach_phase(&x, 3);
	x.p.at.inflight = 100 * SMSS;
	cc_bbr1.on_loss(&x.p.c, &x.p.f, &x.p.at);
	ack(&x, SMSS, SMSS, false);
	x.p.at.delivered += BDP;
	ack(&x, SMSS, 0, true);
	x.p.at.inflight = 10 * SMSS;
	cc_bbr1.on_loss(&x.p.c, &x.p.f, &x.p.at);
	ack(&x, SMSS, 0, false);
	assert_int_equal(x.p.c.cwnd, 103 * SMSS);
}

/* A round trip in recovery: its first ACK ends the round. */
static void begin_recovery(struct course *x)
{
	reach_phase(x, 3);
	x->p.at.inflight = 100 * SMSS;
	cc_bbr1.on_loss(&x->p.c, &x->p.f, &x->p.at);
	ack(x, SMSS, SMSS, false);
	assert_int_equal(x->p.c.cwnd, 101 * SMSS);
	x->p.at.delivered += BDP;
	ack(x, SMSS, 0, true);
	assert_int_equal(x->p.c.cwnd, 102 * SMSS);
}

/* Where more was lost meanwhile the recovery goes on: cwnd grows, and what is
 * found lost later is no first round of another (BBR1-24). */
static void recovery_goes_on(void **state)
{
	struct course x;

	(void)state;
	begin_recovery(&x);
	x.p.at.unrepaired = SMSS;
	x.p.at.una = UINT32_MAX - 10;
	x.p.at.nxt = x.p.at.una + 100;
	cc_bbr1.on_recovered(&x.p.c, &x.p.f, &x.p.at);
	assert_int_equal(x.p.c.cwnd, 102 * SMSS);
	ack(&x, 3 * SMSS, 0, false);
	assert_int_equal(x.p.c.cwnd, 105 * SMSS);
	cc_bbr1.on_loss(&x.p.c, &x.p.f, &x.p.at);
	x.p.at.inflight = 50 * SMSS;
	ack(&x, 3 * SMSS, SMSS, false);
	assert_int_equal(x.p.c.cwnd, 107 * SMSS);
	x.p.at.una = x.p.at.nxt; /* its end is for repair to tell */
	x.p.at.unrepaired = 0;
	ack(&x, SMSS, 0, false);
	assert_int_equal(x.p.c.cwnd, 108 * SMSS);
}

/* It is over when what was in flight has arrived and nothing is missing
 * (BBR1-24). */
static void recovery_goes_on_and_ends(void **state)
{
	struct course x;
	uint32_t cwnd;

	(void)state;
	begin_recovery(&x);
	cwnd = x.b->prior_cwnd;
	x.p.at.unrepaired = SMSS;
	x.p.at.una = UINT32_MAX - 10;
	x.p.at.nxt = x.p.at.una + 100;
	cc_bbr1.on_recovered(&x.p.c, &x.p.f, &x.p.at);
	x.p.at.una = x.p.at.nxt;
	x.p.at.nxt += 100;
	ack(&x, SMSS, 0, false); /* something still is: another round trip */
	assert_int_equal(x.p.c.cwnd, 103 * SMSS);
	x.p.at.unrepaired = 0;
	x.p.at.una = x.p.at.nxt - 1;
	ack(&x, SMSS, 0, false);
	assert_int_equal(x.p.c.cwnd, 104 * SMSS);
	x.p.at.una = x.p.at.nxt;
	ack(&x, SMSS, 0, false);
	assert_in_range(x.p.c.cwnd, cwnd, cwnd + SMSS);
	x.p.at.inflight = 90 * SMSS;
	cc_bbr1.on_loss(&x.p.c, &x.p.f, &x.p.at); /* another recovery */
	ack(&x, SMSS, SMSS, false);
	assert_int_equal(x.p.c.cwnd, 91 * SMSS);
}

/* Nothing was lost after all, or all was: it does not go on (BBR1-24). */
static void recovery_stops(void **state)
{
	struct course x;
	uint32_t cwnd;

	(void)state;
	for (int undone = 0; undone <= 1; undone++) {
		begin_recovery(&x);
		cwnd = x.b->prior_cwnd;
		x.p.at.unrepaired = SMSS;
		cc_bbr1.on_recovered(&x.p.c, &x.p.f, &x.p.at);
		assert_true(x.p.c.cwnd < cwnd);
		if (undone)
			cc_bbr1.on_undo(&x.p.c, &x.p.f, &x.p.at, 0, 0);
		else
			cc_bbr1.on_rto(&x.p.c, &x.p.f, &x.p.at, false);
		x.p.at.una = x.p.at.nxt;
		x.p.at.unrepaired = 0;
		assert_int_equal(x.p.c.cwnd, undone ? cwnd : SMSS);
		ack(&x, SMSS, 0, false);
		assert_in_range(x.p.c.cwnd, undone ? cwnd : 2 * SMSS,
				undone ? 3 * BDP : 4 * SMSS);
	}
}

/* 4.2.3.4: a timeout leaves one segment, which grows as what is sent again
 * arrives; after it, or if it was none, all is as before (BBR1-15). */
static void timeout(void **state)
{
	struct course x;
	uint32_t cwnd;

	(void)state;
	for (int undone = 0; undone <= 1; undone++) {
		reach_phase(&x, 3);
		cwnd = x.p.c.cwnd;
		x.p.at.inflight = 0;
		cc_bbr1.on_rto(&x.p.c, &x.p.f, &x.p.at, false);
		assert_int_equal(x.p.c.cwnd, SMSS);
		cc_bbr1.on_rto(&x.p.c, &x.p.f, &x.p.at, true);
		ack(&x, 4 * SMSS, 0, false);
		assert_int_equal(x.p.c.cwnd, 5 * SMSS);
		if (undone)
			cc_bbr1.on_undo(&x.p.c, &x.p.f, &x.p.at, cwnd, 0);
		else
			cc_bbr1.on_recovered(&x.p.c, &x.p.f, &x.p.at);
		assert_int_equal(x.p.c.cwnd, cwnd);
	}
}

/* 4.3.4.4: after silence at exactly BtlBw; cwnd stays, and there is no ProbeRTT
 * for it (BBR1-9). */
static void idle(void **state)
{
	struct course x;
	uint32_t cwnd;

	(void)state;
	reach_phase(&x, 0);
	cwnd = x.p.c.cwnd;
	x.p.at.app_limited = true;
	x.p.at.now += 11 * SEC;
	assert_null(cc_bbr1.on_idle);
	cc_bbr1.on_start(&x.p.c, &x.p.f, &x.p.at);
	assert_int_equal(x.p.c.cwnd, cwnd);
	assert_int_equal(x.p.f.pacing_rate, LINK * 99 / 100);
	assert_int_equal(x.b->ack_epoch_at, x.p.at.now);
	ack(&x, SMSS, 0, false);
	assert_int_equal(x.b->state, BBR1_PROBE_BW);
	x.p.at.now += 11 * SEC;
	x.p.at.app_limited = false; /* it was the path that was silent */
	cc_bbr1.on_start(&x.p.c, &x.p.f, &x.p.at);
	ack(&x, SMSS, 0, false);
	assert_int_equal(x.b->state, BBR1_PROBE_RTT);
}

/* Silence in ProbeRTT counts for it (BBR1-9). */
static void idle_in_probe_rtt(void **state)
{
	struct course x;

	(void)state;
	reach(&x, BBR1_PROBE_RTT);
	for (int i = 0; i < 9; i++) /* 180 ms */
		trip(&x);
	assert_int_equal(x.b->state, BBR1_PROBE_RTT);
	x.p.at.now += SEC;
	x.p.at.app_limited = true;
	cc_bbr1.on_start(&x.p.c, &x.p.f, &x.p.at);
	assert_int_equal(x.b->state, BBR1_PROBE_BW);
	assert_in_range(x.p.c.cwnd, 2 * BDP, 3 * BDP);
}

/* A mark slows nothing down (BBR1-18). */
static void mark(void **state)
{
	struct course x;
	struct cc c;

	(void)state;
	reach_phase(&x, 3);
	c = x.p.c;
	cc_bbr1.on_ecn(&x.p.c, &x.p.f, &x.p.at);
	assert_memory_equal(&c, &x.p.c, sizeof(c));
}

/* What is known of the path outlives the cold half. */
static void memo(void **state)
{
	struct cc_memo m;
	struct course x;

	(void)state;
	begin(&x);
	trip(&x);
	assert_false(cc_bbr1.save(&x.p.f, &m));
	reach_phase(&x, 3);
	assert_true(cc_bbr1.save(&x.p.f, &m));
	begin(&x);
	cc_bbr1.restore(&x.p.c, &x.p.f, &x.p.at, &m);
	assert_int_equal(x.b->state, BBR1_PROBE_BW);
	assert_int_equal(bbr1_max_bw(x.b), LINK);
	assert_int_equal(x.b->min_rtt_us, RTT_US);
	assert_int_equal(x.p.f.pacing_rate, LINK * 99 / 100);
}

/* struct tcp_bbr_info, whole or as much as there is room for (BBR1-17). */
static void info(void **state)
{
	struct course x;
	uint32_t v[5] = {0};

	(void)state;
	reach_phase(&x, 0);
	assert_int_equal(cc_bbr1.info(&x.p.c, &x.p.f, v, sizeof(v)), 20);
	assert_int_equal(v[0], LINK);
	assert_int_equal(v[1], 0);
	assert_int_equal(v[2], RTT_US);
	assert_int_equal(v[3], 320);
	assert_int_equal(v[4], 512);
	assert_int_equal(cc_bbr1.info(&x.p.c, &x.p.f, v, 7), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(initial_rate),
		cmocka_unit_test(margin),
		cmocka_unit_test(startup_only_rises),
		cmocka_unit_test(quantum),
		cmocka_unit_test(window),
		cmocka_unit_test(recovery),
		cmocka_unit_test(recovery_once),
		cmocka_unit_test(recovery_goes_on),
		cmocka_unit_test(recovery_goes_on_and_ends),
		cmocka_unit_test(recovery_stops),
		cmocka_unit_test(timeout),
		cmocka_unit_test(idle),
		cmocka_unit_test(idle_in_probe_rtt),
		cmocka_unit_test(mark),
		cmocka_unit_test(memo),
		cmocka_unit_test(info),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
