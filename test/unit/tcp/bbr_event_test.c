/* SPDX-License-Identifier: ISC */
/*
 * bbr_event_test.c - what BBR makes of each event: pacing rate, quantum, cwnd
 * (draft-ietf-ccwg-bbr-05 5.6), losses, timeouts, undo (5.5.11) and silence
 * (5.4)
 */
#include "unit/tcp/bbr_call.h"

struct bench {
	struct event e;
	struct bbr *b; /* as the object has it */
};

/* BBR is where event_init() has it: see bbr_call.h. */
static void begin(struct bench *x)
{
	event_init(&x->e);
	x->e.at.srtt_us = 100000;
	cc_bbr.init(&x->e.c, &x->e.f, &x->e.at);
	x->b = (struct bbr *)(void *)x->e.f.priv;
	*x->b = x->e.b;
	x->b->seen_rtt = true;
	x->b->cycle_stamp = NOW;
	x->b->bw_probe_wait_ns = 2 * SEC;
	x->b->extra_acked_start = NOW;
	x->e.rs.interval_ns = SEC / 10; /* 100000 bytes in it: RATE */
}

static void ack(struct bench *x)
{
	x->e.a.at = x->e.at;
	cc_bbr.on_ack(&x->e.c, &x->e.f, &x->e.a);
}

/* 5.2.1: what is known at the start. */
static void start(void **state)
{
	struct bench x;

	(void)state;
	begin(&x);
	cc_bbr.init(&x.e.c, &x.e.f, &x.e.at);
	assert_int_equal(x.b->state, BBR_STARTUP);
	assert_int_equal(x.b->min_rtt_us, 100000);
	assert_int_equal(x.b->probe_rtt_min_us, 100000);
	assert_int_equal(x.b->min_rtt_stamp, NOW);
	assert_int_equal(x.b->probe_rtt_min_stamp, NOW);
	assert_int_equal(x.b->extra_acked_start, NOW);
	assert_int_equal(x.b->inflight_longterm, BBR_VOLUME_INF);
	assert_int_equal(x.b->inflight_shortterm, BBR_VOLUME_INF);
	assert_true(x.b->bw_shortterm == BBR_RATE_INF);
	assert_int_equal(x.b->probe_up_cnt, BBR_VOLUME_INF);
	assert_true(x.b->has_sack);
	assert_false(x.b->full_bw_reached);
	/* 5.6.2: 2.77 windows in a round trip; the window is IW at least. */
	assert_int_equal(x.e.f.pacing_rate, N_CWND * 277 / 10);
	x.e.c.cwnd = 1;
	x.e.at.srtt_us = 0;
	cc_bbr.init(&x.e.c, &x.e.f, &x.e.at);
	assert_int_equal(x.b->min_rtt_us, UINT32_MAX);
	assert_int_equal(x.e.f.pacing_rate, 10 * SMSS * 2770);
	/* The first round trip is worth more than that millisecond. */
	x.e.at.srtt_us = 100000;
	x.e.rs.has_data = false;
	x.e.rs.interval_ns = 0;
	x.e.c.cwnd = 10 * SMSS;
	ack(&x);
	assert_true(x.b->seen_rtt);
	assert_in_range(x.e.f.pacing_rate, 277000, 400000);
}

/* 5.6.1, 5.6.2: the rate of the path, less 1 %, times the gain of the state. */
static void pacing(void **state)
{
	static const uint16_t gain[] = {277, 50, 90, 100, 100, 125, 100};
	struct bench x;
	uint8_t s;

	(void)state;
	for (s = BBR_STARTUP; s <= BBR_PROBE_RTT; s++) {
		begin(&x);
		x.b->state = s;
		x.b->full_bw_reached = s != BBR_STARTUP;
		x.b->drain_start_round = 99;
		x.b->inflight_longterm = 50000; /* DOWN goes on */
		x.b->probe_rtt_done_stamp = NOW + SEC;
		x.e.at.inflight = 2 * BDP;
		x.e.f.pacing_rate = 1;
		x.e.rs.tx_in_flight = 0;
		ack(&x);
		assert_int_equal(x.b->state, s);
		assert_int_equal(x.e.f.pacing_rate,
				 RATE * gain[s] * 99 / 10000);
		assert_int_equal(x.e.f.send_quantum,
				 max_u32((uint32_t)(x.e.f.pacing_rate / 1000),
					 2 * SMSS));
	}
	/* It does not fall before the pipe was full. */
	begin(&x);
	x.b->state = BBR_STARTUP;
	x.b->full_bw_reached = false;
	x.e.f.pacing_rate = 100 * RATE;
	ack(&x);
	assert_int_equal(x.e.f.pacing_rate, 100 * RATE);
	assert_int_equal(x.e.f.send_quantum, 65536); /* 5.6.3 */
}

/* 5.6.4.6: cwnd grows by what arrives, up to the model's volume. */
static void window(void **state)
{
	struct bench x;

	(void)state;
	begin(&x);
	ack(&x);
	assert_int_equal(x.e.c.cwnd, N_CWND + 2000);
	x.e.c.cwnd = 2 * BDP + 3000;
	ack(&x);
	assert_int_equal(x.e.c.cwnd, 2 * BDP + 4000); /* and the aggregate */
	/* With less than the model has, nothing is taken away at once. */
	begin(&x);
	x.e.c.cwnd = 3 * BDP;
	ack(&x);
	assert_int_equal(x.e.c.cwnd, 2 * BDP + 2000);
	/* Before the pipe is full it never falls. */
	begin(&x);
	x.b->full_bw_reached = false;
	x.b->state = BBR_STARTUP;
	x.e.c.cwnd = 3 * BDP;
	ack(&x);
	assert_int_equal(x.e.c.cwnd, 3 * BDP);
	x.e.at.delivered = 10 * SMSS - 1; /* IW was not delivered yet */
	ack(&x);
	assert_int_equal(x.e.c.cwnd, 3 * BDP + 2000);
	x.e.at.delivered = 10 * SMSS;
	ack(&x);
	assert_int_equal(x.e.c.cwnd, 3 * BDP + 2000);
	/* 5.5.9: what ACKs run ahead by is added; of both slots the larger. */
	begin(&x);
	x.e.c.cwnd = 10 * BDP;
	x.b->extra_acked[1] = 7000;
	ack(&x);
	assert_int_equal(x.e.c.cwnd, 2 * BDP + 7000);
	/* MinPipeCwnd */
	begin(&x);
	x.e.c.cwnd = 1;
	x.e.a.delivered = 1;
	ack(&x);
	assert_int_equal(x.e.c.cwnd, 4 * SMSS);
}

/* 5.6.4.7: the bounds, by state. */
static void bounds(void **state)
{
	static const struct {
		uint8_t state;
		uint32_t cwnd;
	} row[] = {
		{BBR_PROBE_BW_DOWN, 60000},   {BBR_PROBE_BW_CRUISE, 51000},
		{BBR_PROBE_BW_REFILL, 60000}, {BBR_PROBE_BW_UP, 60000},
		{BBR_DRAIN, N_CWND + 2000},
	};
	struct bench x;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		begin(&x);
		x.b->state = row[i].state;
		x.b->drain_start_round = 99;
		x.b->inflight_longterm = 60000;
		x.e.rs.tx_in_flight = 0;
		x.e.at.inflight = 2 * BDP;
		ack(&x);
		assert_int_equal(x.b->state, row[i].state);
		assert_int_equal(x.e.c.cwnd, row[i].cwnd);
	}
	begin(&x);
	x.b->inflight_shortterm = 30000;
	ack(&x);
	assert_int_equal(x.e.c.cwnd, 30000);
	x.b->inflight_shortterm = 10;
	ack(&x);
	assert_int_equal(x.e.c.cwnd, 4 * SMSS);
}

/* 5.3.4.5: half of the BDP while the round trip is measured. */
static void probe_rtt(void **state)
{
	struct bench x;

	(void)state;
	begin(&x);
	x.b->state = BBR_PROBE_RTT;
	x.b->probe_rtt_done_stamp = NOW + SEC;
	ack(&x);
	assert_int_equal(x.e.c.cwnd, BDP / 2);
	assert_int_equal(bbr_probe_rtt_cwnd(&x.e.k), BDP / 2);
	x.e.b.min_rtt_us = 1;
	assert_int_equal(bbr_probe_rtt_cwnd(&x.e.k), 4 * SMSS);
}

/* 5.5.3: the lesser of what the path has done and what it bears. */
static void bandwidth(void **state)
{
	struct bench x;

	(void)state;
	begin(&x);
	ack(&x);
	assert_int_equal(x.b->bw, RATE);
	x.b->bw_shortterm = RATE / 2;
	ack(&x);
	assert_int_equal(x.b->bw, RATE / 2);
	/* 5.5.10.3: a round of losses begins with its first sample. */
	x.e.rs.prior_delivered = 6000000;
	x.e.rs.delivered = 500;
	x.e.rs.interval_ns = SEC;
	ack(&x);
	assert_int_equal(x.b->bw_latest, 500);
}

/* 5.6.4.4: the last cwnd that neither repair nor ProbeRTT made. */
static void saved_window(void **state)
{
	static const struct {
		bool recovery;
		uint8_t state;
		uint32_t prior, saved;
	} row[] = {
		{false, BBR_PROBE_BW_UP, 2 * N_CWND, N_CWND},
		{true, BBR_PROBE_BW_UP, 2 * N_CWND, 2 * N_CWND},
		{true, BBR_PROBE_BW_UP, 10, N_CWND},
		{false, BBR_PROBE_RTT, 2 * N_CWND, 2 * N_CWND},
	};
	struct bench x;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		begin(&x);
		x.b->in_recovery = row[i].recovery;
		x.b->state = row[i].state;
		x.b->prior_cwnd = row[i].prior;
		cc_bbr.on_loss(&x.e.c, &x.e.f, &x.e.at);
		assert_int_equal(x.b->prior_cwnd, row[i].saved);
		assert_true(x.b->in_recovery);
		assert_int_equal(x.b->undo_state, row[i].state);
		assert_int_equal(x.e.c.cwnd, N_CWND); /* repair's to set */
	}
	cc_bbr.on_recovered(&x.e.c, &x.e.f, &x.e.at);
	assert_false(x.b->in_recovery);
	assert_int_equal(x.e.c.cwnd, 2 * N_CWND);
	x.b->prior_cwnd = 1;
	cc_bbr.on_recovered(&x.e.c, &x.e.f, &x.e.at);
	assert_int_equal(x.e.c.cwnd, 2 * N_CWND);
}

/* A timeout leaves one segment; the second one saves nothing. */
static void timeouts(void **state)
{
	struct bench x;

	(void)state;
	begin(&x);
	cc_bbr.on_rto(&x.e.c, &x.e.f, &x.e.at, false);
	assert_int_equal(x.e.c.cwnd, SMSS);
	assert_int_equal(x.b->prior_cwnd, N_CWND);
	assert_int_equal(x.b->undo_state, BBR_PROBE_BW_CRUISE);
	assert_true(x.b->in_recovery);
	x.b->in_recovery = false;
	x.b->state = BBR_PROBE_BW_UP;
	cc_bbr.on_rto(&x.e.c, &x.e.f, &x.e.at, true);
	assert_int_equal(x.b->prior_cwnd, N_CWND);
	assert_int_equal(x.b->undo_state, BBR_PROBE_BW_CRUISE);
	assert_true(x.b->in_recovery);
}

/* 5.5.11.2: nothing was lost: what was known before comes back. */
static void undo(void **state)
{
	struct bench x;

	(void)state;
	begin(&x);
	x.b->loss_in_round = x.b->in_recovery = true;
	x.b->full_bw_now = true;
	x.b->full_bw = 5;
	x.b->bw_shortterm = 10;
	x.b->inflight_shortterm = 20;
	x.b->inflight_longterm = 30;
	x.b->undo_bw_shortterm = 100;
	x.b->undo_inflight_shortterm = 200;
	x.b->undo_inflight_longterm = 300;
	x.b->undo_state = BBR_PROBE_BW_CRUISE;
	x.e.c.cwnd = 1000;
	cc_bbr.on_undo(&x.e.c, &x.e.f, &x.e.at, 7000, 0);
	assert_false(x.b->loss_in_round || x.b->in_recovery);
	assert_false(x.b->full_bw_now);
	assert_int_equal(x.b->full_bw, 0);
	assert_int_equal(x.b->bw_shortterm, 100);
	assert_int_equal(x.b->inflight_shortterm, 200);
	assert_int_equal(x.b->inflight_longterm, 300);
	assert_int_equal(x.e.c.cwnd, 7000);
	assert_int_equal(x.b->state, BBR_PROBE_BW_CRUISE);
	x.b->bw_shortterm = x.b->inflight_shortterm = 9999;
	x.b->inflight_longterm = 9999;
	x.b->prior_cwnd = 8000;
	cc_bbr.on_undo(&x.e.c, &x.e.f, &x.e.at, 7000, 0);
	assert_int_equal(x.b->bw_shortterm, 9999);
	assert_int_equal(x.b->inflight_shortterm, 9999);
	assert_int_equal(x.b->inflight_longterm, 9999);
	assert_int_equal(x.e.c.cwnd, 8000);
}

/* ... and the state, if it was one that looks for more. */
static void undo_of_the_state(void **state)
{
	static const struct {
		uint8_t now, was, then;
	} row[] = {
		{BBR_DRAIN, BBR_STARTUP, BBR_STARTUP},
		{BBR_PROBE_BW_DOWN, BBR_PROBE_BW_UP, BBR_PROBE_BW_UP},
		{BBR_PROBE_BW_DOWN, BBR_PROBE_BW_CRUISE, BBR_PROBE_BW_DOWN},
		{BBR_PROBE_RTT, BBR_STARTUP, BBR_PROBE_RTT},
		{BBR_PROBE_RTT, BBR_PROBE_BW_UP, BBR_PROBE_RTT},
		{BBR_PROBE_BW_UP, BBR_PROBE_BW_UP, BBR_PROBE_BW_UP},
	};
	struct bench x;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		begin(&x);
		x.b->state = row[i].now;
		x.b->undo_state = row[i].was;
		x.b->ack_phase = BBR_ACKS_INIT;
		cc_bbr.on_undo(&x.e.c, &x.e.f, &x.e.at, 7000, 0);
		assert_int_equal(x.b->state, row[i].then);
		assert_int_equal(x.b->ack_phase,
				 i == 1 ? BBR_ACKS_PROBE_STARTING
					: BBR_ACKS_INIT);
		/* Losses can end it again. */
		assert_int_equal(x.b->bw_probe_samples, i == 1);
	}
}

/* A mark counts as a loss in its round, ends a probe, and says in Startup that
 * the pipe is full. */
static void marks(void **state)
{
	struct bench x;

	(void)state;
	begin(&x);
	cc_bbr.on_ecn(&x.e.c, &x.e.f, &x.e.at);
	assert_true(x.b->loss_in_round);
	assert_int_equal(x.b->inflight_longterm, BBR_VOLUME_INF);
	begin(&x);
	x.b->state = BBR_PROBE_BW_UP;
	x.b->bw_probe_samples = true;
	x.e.at.inflight = 123456;
	cc_bbr.on_ecn(&x.e.c, &x.e.f, &x.e.at);
	assert_int_equal(x.b->state, BBR_PROBE_BW_DOWN);
	assert_int_equal(x.b->inflight_longterm, 123456);
	begin(&x);
	x.b->state = BBR_STARTUP;
	x.b->full_bw_reached = false;
	cc_bbr.on_ecn(&x.e.c, &x.e.f, &x.e.at);
	assert_true(x.b->full_bw_reached);
	begin(&x);
	x.b->state = BBR_PROBE_BW_UP;
	x.b->full_bw_reached = false;
	cc_bbr.on_ecn(&x.e.c, &x.e.f, &x.e.at);
	assert_false(x.b->full_bw_reached);
}

/* 5.4.1: text after silence: at the rate of the path; ProbeRTT may be over. */
static void after_silence(void **state)
{
	struct bench x;

	(void)state;
	begin(&x);
	x.e.f.pacing_rate = 7;
	x.b->extra_acked_start = 0;
	cc_bbr.on_start(&x.e.c, &x.e.f, &x.e.at);
	assert_false(x.b->idle_restart); /* the user had not run dry */
	assert_int_equal(x.e.f.pacing_rate, 7);
	x.e.at.app_limited = true;
	cc_bbr.on_start(&x.e.c, &x.e.f, &x.e.at);
	assert_true(x.b->idle_restart);
	assert_int_equal(x.b->extra_acked_start, NOW);
	assert_int_equal(x.e.f.pacing_rate, RATE * 99 / 100);
	begin(&x);
	x.e.at.app_limited = true;
	x.b->state = BBR_PROBE_RTT;
	x.b->probe_rtt_done_stamp = NOW - 1;
	x.e.f.pacing_rate = 7;
	cc_bbr.on_start(&x.e.c, &x.e.f, &x.e.at);
	assert_int_equal(x.b->state, BBR_PROBE_BW_CRUISE);
	assert_int_equal(x.e.f.pacing_rate, 7);
	begin(&x);
	x.e.at.app_limited = true;
	x.b->state = BBR_STARTUP;
	x.b->probe_rtt_done_stamp = NOW - 1;
	x.e.f.pacing_rate = 7;
	cc_bbr.on_start(&x.e.c, &x.e.f, &x.e.at);
	assert_int_equal(x.b->state, BBR_STARTUP);
	assert_int_equal(x.e.f.pacing_rate, 7);
}

/* struct tcp_bbr_info of Linux. */
static void info(void **state)
{
	uint32_t i[6] = {0, 0, 0, 0, 0, 42};
	struct bench x;

	(void)state;
	begin(&x);
	x.b->bw = UINT64_C(0x500000007);
	x.b->state = BBR_PROBE_BW_UP;
	assert_int_equal(cc_bbr.info(&x.e.c, &x.e.f, i, sizeof(i)), 20);
	assert_int_equal(i[0], 7);
	assert_int_equal(i[1], 5);
	assert_int_equal(i[2], 100000);
	assert_int_equal(i[3], 320);
	assert_int_equal(i[4], 576);
	assert_int_equal(i[5], 42);
	i[1] = 43;
	assert_int_equal(cc_bbr.info(&x.e.c, &x.e.f, i, 4), 4);
	assert_int_equal(i[1], 43);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start),
		cmocka_unit_test(pacing),
		cmocka_unit_test(window),
		cmocka_unit_test(bounds),
		cmocka_unit_test(probe_rtt),
		cmocka_unit_test(bandwidth),
		cmocka_unit_test(saved_window),
		cmocka_unit_test(timeouts),
		cmocka_unit_test(undo),
		cmocka_unit_test(undo_of_the_state),
		cmocka_unit_test(marks),
		cmocka_unit_test(after_silence),
		cmocka_unit_test(info),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
