/* SPDX-License-Identifier: ISC */
/*
 * tcp_info_test.c - TCP_INFO: each field says what its name on Linux says
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <linux/tcp.h>

#include <cmocka.h>

#include "tcp/ecn.h"
#include "tcp/listener.h"
#include "tcp/tcb.h"

struct bench {
	struct env env;
	struct tcp tcp;
	struct tcb t;
	struct tcp_opts opts;
	struct flow f;
	struct tally y;
};

/* Five segments of 1000 bytes in flight, and three and a half more queued. */
static void begin(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->env.now = 100 * TERN_S;
	b->tcp.env = &b->env;
	b->tcp.tun.delack_min_ms = 40;
	b->tcp.tun.reordering = 3;
	b->tcp.tun.pacing_ss_ratio = b->tcp.tun.pacing_ca_ratio = 100;
	b->tcp.rtt_limits.max_us = 120000000;
	b->t = (struct tcb){.opts = &b->opts,
			    .state = ESTABLISHED,
			    .flow = &b->f,
			    .tally = &b->y,
			    .mss = 1000};
	sentq_init(&b->f.sent);
	b->f.sendq.len = 8500;
	b->t.was_open = true;
	b->t.snd.una.u = 0xfffffff0;
	b->t.snd.nxt = seq_add(b->t.snd.una, 5000);
	b->t.snd.end = seq_add(b->t.snd.una, 8500);
	b->t.snd.rtx = b->t.snd.una;
	b->t.snd.wnd = 33333;
	b->t.cc.cwnd = 12999;
	b->t.cc.ssthresh = 7001;
}

static struct tcp_info get(struct bench *b)
{
	struct tcp_info i;
	uint32_t len = sizeof(i);

	memset(&i, 0xee, sizeof(i));
	tcp_info_fill(&b->tcp, &b->t, &i, &len);
	return i;
}

static void options(void **state)
{
	struct tcp_info i;
	struct bench b;

	(void)state;
	begin(&b);
	assert_int_equal(get(&b).tcpi_options, 0);
	b.t.ts_ok = true;
	assert_int_equal(get(&b).tcpi_options, TCPI_OPT_TIMESTAMPS);
	begin(&b);
	b.t.sack_ok = true;
	assert_int_equal(get(&b).tcpi_options, TCPI_OPT_SACK);
	begin(&b);
	b.t.wscale_ok = true;
	b.t.snd_wscale = 7;
	b.t.rcv_wscale = 9;
	i = get(&b);
	assert_int_equal(i.tcpi_options, TCPI_OPT_WSCALE);
	assert_int_equal(i.tcpi_snd_wscale, 7);
	assert_int_equal(i.tcpi_rcv_wscale, 9);
	begin(&b);
	b.t.conn.flags = ECN_CLASSIC;
	assert_int_equal(get(&b).tcpi_options, TCPI_OPT_ECN);
	b.t.was_open = false; /* it was only asked for */
	assert_int_equal(get(&b).tcpi_options, 0);
	begin(&b);
	b.t.conn.flags = ECN_SEEN;
	assert_int_equal(get(&b).tcpi_options, TCPI_OPT_ECN_SEEN);
	begin(&b);
	b.t.conn.fastopen = FASTOPEN_TAKEN | 2 << FASTOPEN_FAIL_SHIFT;
	i = get(&b);
	assert_int_equal(i.tcpi_options, TCPI_OPT_SYN_DATA);
	assert_int_equal(i.tcpi_fastopen_client_fail, 2);
}

static void repair(void **state)
{
	struct tcp_info i;
	struct bench b;

	(void)state;
	begin(&b);
	b.t.sack_ok = true;
	b.t.recovery = RECOVERY_LOSS;
	b.t.retries = 4;
	b.t.keep_probes = 5;
	b.t.backoff = 2;
	b.t.rtt.rto_us = 250000;
	b.t.n_rexmit = 77;
	b.f.repair.reordering = 9;
	b.f.sent.n_sacked = 1001;
	b.f.sent.n_lost = 2000;
	b.f.sent.n_again = 1;
	i = get(&b);
	assert_int_equal(i.tcpi_state, 1);
	assert_int_equal(i.tcpi_ca_state, 4);
	assert_int_equal(i.tcpi_retransmits, 4);
	assert_int_equal(i.tcpi_probes, 5);
	assert_int_equal(i.tcpi_backoff, 2);
	assert_int_equal(i.tcpi_rto, 1000000);
	assert_int_equal(i.tcpi_unacked, 5);
	assert_int_equal(i.tcpi_reordering, 9);
	assert_int_equal(i.tcpi_total_retrans, 77);
	assert_int_equal(i.tcpi_sacked, 2);
	assert_int_equal(i.tcpi_lost, 3); /* what goes again still is */
	assert_int_equal(i.tcpi_retrans, 1);
	b.f.sent.n_twice = 1; /* ... but was not lost */
	i = get(&b);
	assert_int_equal(i.tcpi_lost, 2);
	assert_int_equal(i.tcpi_retrans, 0);
	b.t.flow = NULL;
	i = get(&b);
	assert_int_equal(i.tcpi_reordering, 3);
	assert_int_equal(i.tcpi_sacked, 0);
}

static void sending(void **state)
{
	struct tcp_info i;
	struct bench b;

	(void)state;
	begin(&b);
	b.t.rtt.srtt_us = 11;
	b.t.rtt.rttvar_us = 12;
	b.t.rtt.min_us = 13;
	b.t.segs_out = 14;
	b.y.sent_at = b.env.now - 15 * TERN_MS;
	b.y.opened_at = b.env.now - 16 * TERN_MS;
	assert_int_equal(get(&b).tcpi_last_data_sent, 16);
	b.y.text_out = 1;
	i = get(&b);
	assert_int_equal(i.tcpi_snd_mss, 1000);
	assert_int_equal(i.tcpi_rtt, 11);
	assert_int_equal(i.tcpi_rttvar, 12);
	assert_int_equal(i.tcpi_min_rtt, 13);
	assert_int_equal(i.tcpi_segs_out, 14);
	assert_int_equal(i.tcpi_last_data_sent, 15);
	assert_int_equal(i.tcpi_snd_ssthresh, 8);
	assert_int_equal(i.tcpi_snd_cwnd, 12);
	assert_int_equal(i.tcpi_notsent_bytes, 3500);
	assert_int_equal(i.tcpi_snd_wnd, 33333);
	assert_int_equal(i.tcpi_pacing_rate, 0);
	assert_true(i.tcpi_max_pacing_rate == UINT64_MAX);
	b.t.cc.ssthresh = CC_SSTHRESH_0;
	b.opts.pacing_less = ~(uint64_t)10;
	i = get(&b);
	assert_int_equal(i.tcpi_snd_ssthresh, 0x7fffffff);
	assert_int_equal(i.tcpi_max_pacing_rate, 10); /* SO_MAX_PACING_RATE */
	assert_int_equal(i.tcpi_pacing_rate, 10);
}

static void receiving(void **state)
{
	struct tcp_info i;
	struct bench b;

	(void)state;
	begin(&b);
	b.t.rcv_mss = 21;
	b.t.path_mtu = 1400;
	b.t.segs_in = 23;
	b.t.rx_at = b.env.now - 24 * TERN_MS;
	b.y.opened_at = b.env.now - 30 * TERN_MS;
	b.t.rcv.adv.u = 31;
	b.f.rcv.taken = 25;
	b.f.rcv.rtt_us = 26;
	b.f.rcv.ssthresh = 27;
	i = get(&b);
	assert_int_equal(i.tcpi_ato, 40000);
	assert_int_equal(i.tcpi_rcv_mss, 21);
	assert_int_equal(i.tcpi_pmtu, 1400);
	assert_int_equal(i.tcpi_advmss, 28); /* the interface's, not path's */
	assert_int_equal(i.tcpi_segs_in, 23);
	assert_int_equal(i.tcpi_last_ack_recv, 24);
	assert_int_equal(i.tcpi_last_data_recv, 30); /* no text yet */
	assert_int_equal(i.tcpi_rcv_space, 25);
	assert_int_equal(i.tcpi_rcv_rtt, 0); /* it is of the handshake */
	b.f.rcv.measured = true;
	assert_int_equal(get(&b).tcpi_rcv_rtt, 26);
	assert_int_equal(i.tcpi_rcv_ssthresh, 27);
	b.y.text_at = b.env.now - 50 * TERN_MS;
	assert_int_equal(get(&b).tcpi_last_data_recv, 50);
	b.t.ts_ok = true;
	b.t.rx_at = 0;
	i = get(&b);
	assert_int_equal(i.tcpi_advmss, 16);
	assert_int_equal(i.tcpi_last_ack_recv, 0);
}

static void since_it_began(void **state)
{
	struct tcp_info i;
	struct bench b;

	(void)state;
	begin(&b);
	b.y = (struct tally){
		.bytes_acked = 41,
		.bytes_received = 42,
		.bytes_again = 43,
		.delivered = 4400,
		.n_delivered = 5,
		.delivered_ce = 4500,
		.rate = 46,
		.rate_app_limited = true,
		.text_in = 47,
		.text_out = 48,
		.ooo_in = 49,
		.dsacks = 50,
		.reordered = 51,
		.wait = TALLY_IDLE,
	};
	b.y.wait_ns[TALLY_BUSY] = 1 * TERN_S;
	b.y.wait_ns[TALLY_RWND] = 2 * TERN_S;
	b.y.wait_ns[TALLY_SNDBUF] = 4 * TERN_S;
	i = get(&b);
	assert_int_equal(i.tcpi_bytes_acked, 42); /* with the SYN */
	assert_int_equal(i.tcpi_bytes_received, 42);
	assert_int_equal(i.tcpi_bytes_retrans, 43);
	assert_int_equal(i.tcpi_bytes_sent, 41 + 43 + 5000);
	assert_int_equal(i.tcpi_delivered, 1 + 5); /* with the SYN */
	assert_int_equal(i.tcpi_delivered_ce, 5);
	assert_int_equal(i.tcpi_delivery_rate, 46);
	assert_int_equal(i.tcpi_delivery_rate_app_limited, 1);
	assert_int_equal(i.tcpi_data_segs_in, 47);
	assert_int_equal(i.tcpi_data_segs_out, 48);
	assert_int_equal(i.tcpi_rcv_ooopack, 49);
	assert_int_equal(i.tcpi_dsack_dups, 50);
	assert_int_equal(i.tcpi_reord_seen, 51);
	assert_int_equal(i.tcpi_rwnd_limited, 2000000);
	assert_int_equal(i.tcpi_sndbuf_limited, 4000000);
	assert_int_equal(i.tcpi_busy_time, 7000000);
	b.t.tally = NULL;
	b.t.was_open = false;
	i = get(&b);
	assert_int_equal(i.tcpi_delivered, 0);
	assert_int_equal(i.tcpi_bytes_acked, 0);
}

/* Linux numbers the states in its own way. */
static void states(void **state)
{
	static const uint8_t numbers[][2] = {
		{CLOSED, 7},	  {SYN_SENT, 2},   {SYN_RECEIVED, 3},
		{ESTABLISHED, 1}, {FIN_WAIT_1, 4}, {FIN_WAIT_2, 5},
		{CLOSE_WAIT, 8},  {CLOSING, 11},   {LAST_ACK, 9},
	};
	struct listener l = {.n_accept = 3, .backlog = 7};
	struct tcp_info i;
	uint32_t len = sizeof(i);
	struct bench b;
	size_t k;

	(void)state;
	for (k = 0; k < ARRAY_LEN(numbers); k++) {
		begin(&b);
		b.t = (struct tcb){
			.opts = &b.opts, .state = numbers[k][0], .mss = 1};
		assert_int_equal(get(&b).tcpi_state, numbers[k][1]);
	}
	listener_info_fill(&l, &i, &len);
	assert_int_equal(i.tcpi_state, 10);
	assert_int_equal(i.tcpi_unacked, 3);
	assert_int_equal(i.tcpi_sacked, 7);
}

/* As much as there is room for. */
static void length(void **state)
{
	uint8_t bytes[512];
	struct bench b;
	uint32_t len;

	(void)state;
	begin(&b);
	memset(bytes, 0xee, sizeof(bytes));
	len = 5;
	tcp_info_fill(&b.tcp, &b.t, bytes, &len);
	assert_int_equal(len, 5);
	assert_int_equal(bytes[0], 1);
	assert_int_equal(bytes[5], 0xee);
	len = sizeof(bytes);
	tcp_info_fill(&b.tcp, &b.t, bytes, &len);
	assert_in_range(len, 232, 256);
	assert_int_equal(bytes[len], 0xee);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options),	  cmocka_unit_test(repair),
		cmocka_unit_test(sending),	  cmocka_unit_test(receiving),
		cmocka_unit_test(since_it_began), cmocka_unit_test(states),
		cmocka_unit_test(length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
