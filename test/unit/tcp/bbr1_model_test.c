/* SPDX-License-Identifier: ISC */
/*
 * bbr1_model_test.c - what BBR version 1 knows of the path,
 * draft-cardwell-iccrg-bbr-congestion-control-00 4.1; and of a policer
 */
#include "bbr1_call.h"

/* Nothing is known yet, and it says that LINK was delivered. */
static void ack_init(struct call *x)
{
	call_init(x);
	x->b.min_rtt_us = BBR1_NO_RTT;
	x->b.ack_epoch_at = 100 * SEC;
	x->c.cwnd = 100 * SMSS;
	x->a.at.init_cwnd = 10;
	x->rs = (struct rate_sample){
		.has_data = true, .delivered = LINK, .interval_ns = SEC};
}

/* A sample of `rate`; `round` begins one. */
static void sample(struct call *x, uint64_t rate, bool round)
{
	x->a.at.delivered += SMSS;
	x->rs.delivered = rate;
	x->rs.prior_delivered = round ? x->b.next_round_delivered
				      : x->b.next_round_delivered - 1;
	bbr1_update_round(&x->k);
	bbr1_update_bw(&x->k);
}

/* 4.1.1.3: a round ends with what was sent after it began (BBR1-16). */
static void rounds(void **state)
{
	struct call x;

	(void)state;
	ack_init(&x);
	x.a.at.delivered = 5000;
	sample(&x, LINK, true);
	assert_true(x.b.round_start);
	assert_int_equal(x.b.round_count, 1);
	assert_int_equal(x.b.next_round_delivered, 6000);
	sample(&x, LINK, false);
	assert_false(x.b.round_start);
	x.rs.has_data = false;
	sample(&x, LINK, true);
	assert_int_equal(x.b.round_count, 1);
	x.rs.has_data = true;
	x.rs.interval_ns = 0;
	sample(&x, LINK, true);
	assert_int_equal(x.b.round_count, 1);
}

/* 4.1.1.4: the most of ten rounds (BBR1-19). */
static void ten_rounds(void **state)
{
	struct call x;

	(void)state;
	ack_init(&x);
	sample(&x, 500, true);
	sample(&x, 900, false);
	sample(&x, 700, false);
	for (int i = 0; i < 9; i++) {
		sample(&x, 600, true);
		assert_int_equal(bbr1_max_bw(&x.b), 900);
	}
	sample(&x, 550, true);
	assert_int_equal(bbr1_max_bw(&x.b), 600);
	for (int i = 0; i < 8; i++)
		sample(&x, 550, true);
	assert_int_equal(bbr1_max_bw(&x.b), 600);
	sample(&x, 550, true);
	assert_int_equal(bbr1_max_bw(&x.b), 550);
}

/* What the user held back counts only if it is no less (BBR1-20). */
static void app_limited(void **state)
{
	struct call x;

	(void)state;
	ack_init(&x);
	sample(&x, 900, true);
	x.rs.is_app_limited = true;
	for (int i = 0; i < 20; i++)
		sample(&x, 500, true); /* which make nothing old */
	assert_int_equal(bbr1_max_bw(&x.b), 900);
	sample(&x, 901, false);
	assert_int_equal(bbr1_max_bw(&x.b), 901);
	x.rs.is_app_limited = false;
	for (int i = 0; i < 9; i++)
		sample(&x, 500, true);
	assert_int_equal(bbr1_max_bw(&x.b), 901);
	sample(&x, 500, true);
	assert_int_equal(bbr1_max_bw(&x.b), 500);
}

/* 4.3.2.2: three rounds that bring less than a quarter more; not by what the
 * user held back, nor within a round (BBR1-2). */
static void full_pipe(void **state)
{
	static const struct {
		uint32_t rate;
		bool limited;
		uint8_t count;
	} rows[] = {
		{800, false, 0},  {1000, false, 0}, {1249, false, 1},
		{1249, true, 1},  {1250, false, 0}, {1300, false, 1},
		{1300, false, 2}, {1300, false, 3},
	};
	struct call x;

	(void)state;
	ack_init(&x);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(x.b.full_bw_reached);
		x.rs.is_app_limited = rows[i].limited;
		sample(&x, rows[i].rate, true);
		bbr1_check_full_pipe(&x.k);
		assert_int_equal(x.b.full_bw_count, rows[i].count);
		x.b.round_start = false;
		bbr1_check_full_pipe(&x.k);
		assert_int_equal(x.b.full_bw_count, rows[i].count);
	}
	assert_true(x.b.full_bw_reached);
}

/* 4.1.2.3: the least of ten seconds; as short is as new (BBR1-7). */
static void min_rtt(void **state)
{
	static const struct {
		uint64_t after;
		uint32_t rtt, min;
		bool expired;
	} rows[] = {
		{0, 500, 500, false},	       {SEC, 501, 500, false},
		{SEC, 500, 500, false},	       {10 * SEC, 501, 500, false},
		{1, 501, 501, true},	       {SEC, 0, 501, false},
		{SEC, 400, 400, false},	       {11 * SEC, 0, 400, true},
		{0, 10000000, 10000000, true},
	};
	struct call x;

	(void)state;
	ack_init(&x);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		x.a.at.now += rows[i].after;
		x.a.rtt_us = rows[i].rtt;
		bbr1_update_min_rtt(&x.k);
		assert_int_equal(x.b.min_rtt_us, rows[i].min);
		assert_int_equal(x.b.min_rtt_expired, rows[i].expired);
	}
}

/* 4.2.3.2 (BBR1-13). */
static void bdp(void **state)
{
	struct call x;

	(void)state;
	ack_init(&x);
	x.f.send_quantum = 2 * SMSS;
	assert_int_equal(bbr1_bdp(&x.k, LINK, 512), 10 * SMSS);
	x.b.min_rtt_us = RTT_US;
	assert_int_equal(bbr1_bdp(&x.k, LINK, 256), BDP);
	assert_int_equal(bbr1_bdp(&x.k, LINK, 512), 2 * BDP);
	assert_int_equal(bbr1_inflight(&x.k, LINK, 256), BDP + 6 * SMSS);
	x.b.state = BBR1_PROBE_BW;
	assert_int_equal(bbr1_inflight(&x.k, LINK, 256), BDP + 8 * SMSS);
	x.b.cycle_idx = 1;
	assert_int_equal(bbr1_inflight(&x.k, LINK, 256), BDP + 6 * SMSS);
	assert_int_equal(bbr1_bdp(&x.k, UINT64_MAX, 739), CC_CWND_MAX);
	x.b.min_rtt_us = UINT32_MAX - 1;
	assert_int_equal(bbr1_bdp(&x.k, UINT64_MAX, 739), CC_CWND_MAX);
}

/* A host that is late has in flight what the path delivers meanwhile, up to an
 * eighth of a round trip (BBR1-26). */
static void late_host(void **state)
{
	struct call x;

	(void)state;
	ack_init(&x);
	x.b.min_rtt_us = RTT_US;
	x.a.at.late_ns = 1000000;
	assert_int_equal(bbr1_inflight(&x.k, LINK, 256), BDP); /* no BtlBw */
	x.b.bw[0] = LINK;
	assert_int_equal(bbr1_inflight(&x.k, LINK, 256), BDP + LINK / 1000);
	x.a.at.late_ns = RTT_US * 1000 / 8;
	assert_int_equal(bbr1_inflight(&x.k, LINK, 256), BDP + BDP / 8);
	x.a.at.late_ns = UINT32_MAX;
	assert_int_equal(bbr1_inflight(&x.k, LINK, 256), BDP + BDP / 8);
	x.b.min_rtt_us = 10;
	assert_int_equal(bbr1_inflight(&x.k, LINK, 256), 100 + 12);
}

/* ACKs in bulk: what runs ahead of BtlBw, for five to ten rounds (BBR1-21). */
static void aggregation(void **state)
{
	struct call x;

	(void)state;
	ack_init(&x);
	x.b.bw[0] = 1000000;
	x.a.delivered = 10 * SMSS;
	bbr1_update_aggregation(&x.k);
	assert_int_equal(x.b.extra_acked[0], 10 * SMSS);
	x.a.at.now += 5000000; /* 5 ms: 5000 bytes were to be expected */
	bbr1_update_aggregation(&x.k);
	assert_int_equal(x.b.extra_acked[0], 15 * SMSS);
	x.a.at.now += 50000000; /* it has caught up */
	x.a.delivered = SMSS;
	bbr1_update_aggregation(&x.k);
	assert_int_equal(x.b.ack_epoch_acked, SMSS);
	assert_int_equal(x.b.extra_acked[0], 15 * SMSS);
	x.b.round_start = true;
	x.b.round_count = 4;
	bbr1_update_aggregation(&x.k);
	assert_int_equal(x.b.extra_acked[1], 0);
	x.b.bw[5] = x.b.bw[0];
	x.b.round_count = 5;
	bbr1_update_aggregation(&x.k);
	assert_int_equal(x.b.extra_acked[1], 15 * SMSS);
	assert_in_range(x.b.extra_acked[0], SMSS, 3 * SMSS);
	x.b.round_count = 10;
	bbr1_update_aggregation(&x.k);
	assert_in_range(x.b.extra_acked[1], SMSS, 3 * SMSS);
}

/* No more than cwnd, or than BtlBw brings in 100 ms (BBR1-21). */
static void aggregation_bounds(void **state)
{
	struct call x;

	(void)state;
	ack_init(&x);
	x.b.bw[0] = 200000;
	x.a.delivered = 90 * SMSS;
	bbr1_update_aggregation(&x.k);
	assert_int_equal(x.b.extra_acked[0], 20 * SMSS);
	ack_init(&x);
	x.b.bw[0] = LINK;
	x.a.delivered = 300 * SMSS;
	bbr1_update_aggregation(&x.k);
	assert_int_equal(x.b.extra_acked[0], 100 * SMSS);
}

/* `n` rounds of 20 ms, which deliver so much each; with the last, `lost`. */
static void intervals(struct call *x, int n, uint32_t delivered, uint32_t lost)
{
	while (n-- > 0) {
		x->a.at.now += SEC / 50;
		x->a.at.delivered += delivered;
		x->b.round_start = true;
		if (n == 0)
			x->b.lost += lost;
		bbr1_police_sample(&x->k, n == 0 && lost > 0, false);
	}
}

static void begin_policed(struct call *x)
{
	ack_init(x);
	x->b.state = BBR1_PROBE_BW;
	x->b.bw[0] = LINK;
	x->b.lost = SMSS;
	bbr1_police_sample(&x->k, true, false);
	assert_true(x->b.police.is_sampling);
}

/* Two intervals of four rounds with a fifth lost, at one rate: a policer, for
 * 48 rounds (BBR1-22). */
static void policer(void **state)
{
	struct call x;

	(void)state;
	begin_policed(&x);
	intervals(&x, 4, 20000, 20000);
	assert_false(x.b.police.is_used);
	assert_int_equal(x.b.police.bw, 1000000);
	intervals(&x, 4, 22000, 20000);
	assert_true(x.b.police.is_used);
	assert_int_equal(bbr1_bw(&x.b), 1050000);
	assert_int_equal(bbr1_pacing_gain(&x.b), 256);
	intervals(&x, 47, 20000, 0);
	assert_true(x.b.police.is_used);
	intervals(&x, 1, 20000, 0);
	assert_false(x.b.police.is_used);
	assert_int_equal(bbr1_bw(&x.b), LINK);
}

/* Fewer rounds, fewer losses, another rate, an idle user, a long interval: no
 * policer (BBR1-22). */
static void no_policer(void **state)
{
	struct call x;

	(void)state;
	begin_policed(&x);
	intervals(&x, 3, 20000, 20000);
	assert_int_equal(x.b.police.bw, 0);

	begin_policed(&x);
	intervals(&x, 4, 20000, 15600);
	assert_int_equal(x.b.police.bw, 0);
	intervals(&x, 4, 20000, 20000);
	assert_true(x.b.police.bw > 0);

	begin_policed(&x);
	intervals(&x, 4, 20000, 20000);
	intervals(&x, 4, 23000, 20000);
	assert_false(x.b.police.is_used);

	begin_policed(&x);
	intervals(&x, 4, 20000, 20000);
	bbr1_police_sample(&x.k, true, true);
	assert_int_equal(x.b.police.bw, 0);
	assert_false(x.b.police.is_sampling);

	begin_policed(&x);
	intervals(&x, 17, 20000, 90000);
	assert_false(x.b.police.is_sampling);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds),
		cmocka_unit_test(ten_rounds),
		cmocka_unit_test(app_limited),
		cmocka_unit_test(full_pipe),
		cmocka_unit_test(min_rtt),
		cmocka_unit_test(bdp),
		cmocka_unit_test(late_host),
		cmocka_unit_test(aggregation),
		cmocka_unit_test(aggregation_bounds),
		cmocka_unit_test(policer),
		cmocka_unit_test(no_policer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
