/* SPDX-License-Identifier: ISC */
/*
 * ecn_test.c - which kind of ECN is spoken (RFC 9768 3.1, RFC 3168 6.1.1), and
 * what is said and understood of marks (RFC 3168 6.1.2, 6.1.3, RFC 8257 3.2)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/cc.h"
#include "tcp/ecn.h"
#include "tcp/tcb.h"

#define NONE	 ECN_MODE_NONE
#define CLASSIC	 ECN_MODE_CLASSIC
#define ACCURATE ECN_MODE_ACCURATE

struct bench {
	struct env env;
	struct tcp tcp;
	struct tcb t;
	struct tcp_opts opts;
	struct flow f;
	struct packet packet;
	struct tern_frame frame;
	struct segment seg;
};

static uint8_t dctcp(void)
{
	uint8_t i = 0;

	while (!cc_at(i)->wants_ecn)
		i++;
	return i;
}

static void begin(struct bench *b, uint32_t sysctl, enum ecn_mode mode)
{
	memset(b, 0, sizeof(*b));
	b->t = (struct tcb){
		.opts = &b->opts,
		.flow = &b->f,
		.mss = 1000,
	};
	b->f.ack_at = TERN_NEVER;
	b->t.conn.flags = (uint8_t)mode;
	b->t.snd.una.u = 0xfffffff0;
	b->t.snd.nxt.u = 10000;
	b->tcp.env = &b->env;
	b->tcp.tun.ecn = sysctl;
	b->tcp.tun.ecn_fallback = 1;
	b->seg.flags = ACK;
	b->seg.ack = b->t.snd.una;
	b->seg.packet = &b->packet;
	b->packet.frame = &b->frame;
	accecn_init(&b->f.accecn);
}

/* net.ipv4.tcp_ecn: 0 none; 1 classic; 2 classic, not asked for; 3 accurate; 4
 * accurate, classic asked for; 5 accurate, not asked for. */
static void asks(void **state)
{
	static const enum ecn_mode want[] = {NONE,     CLASSIC, NONE,
					     ACCURATE, CLASSIC, NONE};
	uint32_t i;

	(void)state;
	for (i = 0; i < 6; i++) {
		struct bench b;

		begin(&b, i, ACCURATE);
		b.t.conn.flags |= ECN_SEEN;
		ecn_open(&b.tcp, &b.t);
		assert_int_equal(b.t.conn.flags, want[i]);
		if (want[i] != ACCURATE) { /* who wants marks asks */
			b.opts.cc = dctcp();
			ecn_open(&b.tcp, &b.t);
			assert_int_equal(b.t.conn.flags, CLASSIC);
		}
	}
}

/* What a SYN with each of the eight combinations gets, by tcp_ecn. */
static void accepts(void **state)
{
	static const enum ecn_mode want[6][8] = {
		{NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE},
		{NONE, NONE, NONE, CLASSIC, NONE, NONE, NONE, CLASSIC},
		{NONE, NONE, NONE, CLASSIC, NONE, NONE, NONE, CLASSIC},
		{NONE, ACCURATE, ACCURATE, CLASSIC, ACCURATE, ACCURATE,
		 ACCURATE, ACCURATE},
		{NONE, ACCURATE, ACCURATE, CLASSIC, ACCURATE, ACCURATE,
		 ACCURATE, ACCURATE},
		{NONE, ACCURATE, ACCURATE, CLASSIC, ACCURATE, ACCURATE,
		 ACCURATE, ACCURATE},
	};
	uint32_t i, k;

	(void)state;
	for (i = 0; i < 6; i++)
		for (k = 0; k < 8; k++) {
			struct bench b;

			begin(&b, i, NONE);
			b.seg.flags = (uint16_t)(SYN | k << ECN_ACE_SHIFT);
			assert_int_equal(ecn_accept(&b.tcp, &b.opts, &b.seg),
					 want[i][k]);
			b.seg.tos = ECN_ECT_0; /* 6.1.1: something writes it */
			if (want[i][k] == CLASSIC)
				assert_int_equal(
					ecn_accept(&b.tcp, &b.opts, &b.seg),
					NONE);
			b.seg.tos = 0;
			b.opts.cc = dctcp();
			if (i == 0 && (k == 3 || k == 7))
				assert_int_equal(
					ecn_accept(&b.tcp, &b.opts, &b.seg),
					CLASSIC);
		}
}

/* RFC 9768 3.1.5: a SYN that comes again and asks for the other kind. */
static void contradicts(void **state)
{
	static const struct {
		uint32_t sysctl;
		enum ecn_mode mode;
		uint16_t flags;
		bool answer;
	} row[] = {
		{3, ACCURATE, CWR | ECE, true},
		{3, ACCURATE, AE | CWR | ECE, false},
		{3, ACCURATE, 0, false},
		{3, CLASSIC, AE | CWR | ECE, true},
		{3, CLASSIC, CWR | ECE, false},
		{3, NONE, AE | CWR | ECE, false},
		{2, ACCURATE, CWR | ECE, false},
		{2, CLASSIC, AE | CWR | ECE, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		struct bench b;

		begin(&b, row[i].sysctl, NONE);
		b.seg.flags = SYN | row[i].flags;
		assert_int_equal(ecn_contradicts(&b.tcp, row[i].mode, &b.seg),
				 row[i].answer);
	}
}

/* 6.1.1.1, RFC 9768 3.1.4.1: a SYN that goes again asks for less. */
static void syn_flags(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 1, NONE);
	assert_int_equal(ecn_syn_flags(&b.tcp, &b.t), 0);
	begin(&b, 1, CLASSIC);
	assert_int_equal(ecn_syn_flags(&b.tcp, &b.t), CWR | ECE);
	b.t.syn_rexmitted = true;
	b.tcp.tun.ecn_fallback = 0;
	assert_int_equal(ecn_syn_flags(&b.tcp, &b.t), CWR | ECE);
	b.tcp.tun.ecn_fallback = 1;
	assert_int_equal(ecn_syn_flags(&b.tcp, &b.t), 0);
	assert_int_equal(ecn_mode_of(&b.t), NONE);
	begin(&b, 3, ACCURATE);
	b.t.syn_rexmitted = true;
	assert_int_equal(ecn_syn_flags(&b.tcp, &b.t), AE | CWR | ECE);
	b.t.syn_lost_twice = true;
	b.tcp.tun.ecn_fallback = 0;
	assert_int_equal(ecn_syn_flags(&b.tcp, &b.t), AE | CWR | ECE);
	b.tcp.tun.ecn_fallback = 1;
	assert_int_equal(ecn_syn_flags(&b.tcp, &b.t), 0);
	assert_int_equal(ecn_mode_of(&b.t), ACCURATE); /* the first may come */
}

/* SYN,ACK: ECE alone; or how the SYN came, as a number. */
static void syn_ack_flags(void **state)
{
	struct bench b;

	(void)state;
	assert_int_equal(ecn_syn_ack_flags(NONE, ECN_CE), 0);
	assert_int_equal(ecn_syn_ack_flags(CLASSIC, ECN_CE), ECE);
	assert_int_equal(ecn_syn_ack_flags(ACCURATE, ECN_CE),
			 6 << ECN_ACE_SHIFT);
	begin(&b, 3, ACCURATE);
	b.f.accecn.syn_ecn = ECN_ECT_0;
	assert_int_equal(ecn_own_syn_ack_flags(&b.t), 4 << ECN_ACE_SHIFT);
	b.t.syn_lost_twice = true;
	assert_int_equal(ecn_own_syn_ack_flags(&b.t), 0);
	begin(&b, 1, CLASSIC);
	b.t.syn_lost_twice = true;
	assert_int_equal(ecn_own_syn_ack_flags(&b.t), ECE);
	b.t.flow = NULL;
	assert_int_equal(ecn_own_syn_ack_flags(&b.t), ECE);
}

/* Table 2: what the SYN,ACK says, to who asked for which. */
static void agree(void **state)
{
	static const enum ecn_mode classic[] = {NONE, CLASSIC, NONE, NONE,
						NONE, CLASSIC, NONE, NONE};
	static const enum ecn_mode accurate[] = {NONE,	   CLASSIC,  ACCURATE,
						 ACCURATE, ACCURATE, ACCURATE,
						 ACCURATE, NONE};
	uint32_t k;

	(void)state;
	for (k = 0; k < 8; k++) {
		struct bench b;

		begin(&b, 3, CLASSIC);
		b.seg.flags = (uint16_t)(SYN | ACK | k << ECN_ACE_SHIFT);
		ecn_agree(&b.tcp, &b.t, &b.seg);
		assert_int_equal(ecn_mode_of(&b.t), classic[k]);
		begin(&b, 3, ACCURATE);
		b.f.kept = FLOW_KEPT_ECN | FLOW_KEPT_MTU;
		b.seg.flags = (uint16_t)(SYN | ACK | k << ECN_ACE_SHIFT);
		ecn_agree(&b.tcp, &b.t, &b.seg);
		assert_int_equal(ecn_mode_of(&b.t), accurate[k]);
		assert_int_equal(b.f.kept,
				 accurate[k] == ACCURATE
					 ? FLOW_KEPT_ECN | FLOW_KEPT_MTU
					 : FLOW_KEPT_MTU);
		begin(&b, 3, NONE);
		b.seg.flags = (uint16_t)(SYN | ACK | k << ECN_ACE_SHIFT);
		ecn_agree(&b.tcp, &b.t, &b.seg);
		assert_int_equal(ecn_mode_of(&b.t), NONE);
	}
}

static void arrives(struct bench *b, uint16_t flags, uint8_t tos, uint32_t len)
{
	b->seg.flags = ACK | flags;
	b->seg.tos = tos;
	b->seg.text_len = len;
	ecn_arrived(&b->tcp, &b->t, &b->seg);
}

/* 6.1.3: ECE from the first mark of text until CWR comes. */
static void echo(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 1, CLASSIC);
	arrives(&b, 0, ECN_NOT_ECT, 100);
	assert_int_equal(b.t.conn.flags, ECN_CLASSIC);
	arrives(&b, 0, ECN_CE, 0);
	assert_int_equal(ecn_flags(&b.t, false, true), 0); /* no text */
	assert_int_equal(b.t.conn.flags, ECN_CLASSIC | ECN_SEEN);
	arrives(&b, 0, ECN_ECT_0, 100);
	assert_int_equal(ecn_flags(&b.t, false, true), 0);
	assert_false(b.t.ack_now);
	arrives(&b, 0, ECN_CE, 100);
	assert_int_equal(ecn_flags(&b.t, false, true), ECE);
	assert_true(b.t.ack_now);
	b.t.ack_now = false;
	arrives(&b, 0, ECN_CE, 100);
	assert_false(b.t.ack_now); /* it was told */
	arrives(&b, 0, ECN_ECT_0, 100);
	assert_int_equal(ecn_flags(&b.t, true, false), ECE);
	arrives(&b, CWR, ECN_ECT_0, 0);
	assert_int_equal(ecn_flags(&b.t, true, false), 0);
	assert_false(b.t.ack_now);
	arrives(&b, CWR, ECN_CE, 100); /* the mark came after it */
	assert_int_equal(ecn_flags(&b.t, true, false), ECE);
	arrives(&b, CWR, ECN_ECT_0, 100);
	assert_int_equal(ecn_flags(&b.t, true, false), 0);
	assert_true(b.t.ack_now);
	begin(&b, 0, NONE);
	arrives(&b, 0, ECN_CE, 100);
	assert_int_equal(b.t.conn.flags, 0);
}

/* RFC 8257 3.2: ECE says how the last text came, and each change at once. */
static void echo_of_each(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 1, CLASSIC);
	b.opts.cc = dctcp();
	arrives(&b, 0, ECN_ECT_0, 100);
	assert_false(b.t.ack_now);
	arrives(&b, 0, ECN_CE, 100);
	assert_true(b.t.ack_now);
	assert_int_equal(ecn_flags(&b.t, false, true), ECE);
	b.t.ack_now = false;
	arrives(&b, 0, ECN_CE, 100);
	assert_false(b.t.ack_now);
	arrives(&b, 0, ECN_ECT_0, 100);
	assert_true(b.t.ack_now);
	assert_int_equal(ecn_flags(&b.t, false, true), 0);
}

/* 6.1.2: CWR once, on new text. */
static void cwr(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 1, CLASSIC);
	b.t.conn.flags |= ECN_CWR_OWED;
	assert_int_equal(ecn_flags(&b.t, false, false), 0);
	assert_int_equal(ecn_flags(&b.t, true, false), CWR);
	assert_int_equal(ecn_flags(&b.t, true, false), 0);
	begin(&b, 1, NONE);
	assert_int_equal(ecn_flags(&b.t, true, false), 0);
	begin(&b, 3, ACCURATE);
	assert_int_equal(ecn_flags(&b.t, true, false), 5 << ECN_ACE_SHIFT);
}

/* 6.1.1, 6.1.4, 6.1.5: new text alone is ECN-capable; DSCP is the user's. */
static void codepoint(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 1, CLASSIC);
	b.opts.tos = 0xfd;
	assert_int_equal(ecn_tos(&b.t, true), 0xfc | ECN_ECT_0);
	assert_int_equal(ecn_tos(&b.t, false), 0xfc);
	b.t.conn.flags |= ECN_NO_ECT;
	assert_int_equal(ecn_tos(&b.t, true), 0xfc);
	b.t.conn.flags = NONE;
	assert_int_equal(ecn_tos(&b.t, true), 0xfc);
}

/* What an ACK with ECE says is marked: all that it acknowledges, and something
 * even if that is nothing. */
static void feedback(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 1, CLASSIC);
	b.seg.flags = ACK | ECE;
	b.seg.ack.u = 984; /* 1000 bytes, across 2^32 */
	ecn_feedback(&b.t, &b.seg);
	assert_int_equal(b.f.marked, 1000);
	b.seg.ack = b.t.snd.una;
	ecn_feedback(&b.t, &b.seg);
	assert_int_equal(b.f.marked, 1);
	b.seg.flags = ACK;
	ecn_feedback(&b.t, &b.seg);
	assert_int_equal(b.f.marked, 0);
	b.seg.flags = ACK | ECE | SYN;
	ecn_feedback(&b.t, &b.seg);
	assert_int_equal(b.f.marked, 0);
	b.seg.flags = ACK | ECE;
	b.seg.was_syn = true;
	ecn_feedback(&b.t, &b.seg);
	assert_int_equal(b.f.marked, 0);
	begin(&b, 0, NONE);
	b.seg.flags = ACK | ECE;
	ecn_feedback(&b.t, &b.seg);
	assert_int_equal(b.f.marked, 0);
}

/* 6.1.2: a mark is answered as a loss is: half of what is in flight, or of cwnd
 * if that is more; once a window, and not while a loss is being answered. */
static void response(void **state)
{
	static const struct {
		uint32_t flight, cwnd, after;
	} row[] = {{20000, 10000, 10000}, {10000, 20000, 10000}, {0, 0, 2000}};
	struct tally tally = {0};
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		begin(&b, 1, CLASSIC);
		while (strcmp(cc_at(b.opts.cc)->name, "reno") != 0)
			b.opts.cc++;
		b.t.tally = &tally;
		sentq_init(&b.f.sent);
		b.t.snd.nxt = seq_add(b.t.snd.una, row[i].flight);
		b.t.cc.cwnd = row[i].cwnd;
		b.t.cc.ssthresh = CC_SSTHRESH_0;
		ecn_respond(&b.tcp, &b.t, &b.seg); /* no mark */
		assert_int_equal(b.t.cc.cwnd, row[i].cwnd);
		b.f.marked = 1;
		ecn_respond(&b.tcp, &b.t, &b.seg);
		assert_int_equal(b.t.cc.cwnd, row[i].after);
		assert_int_equal(b.f.marked, 0);
		assert_true(b.t.conn.flags & ECN_CWR_OWED);
		b.f.marked = 1;
		b.seg.ack = b.t.snd.nxt; /* up to what was sent then */
		ecn_respond(&b.tcp, &b.t, &b.seg);
		assert_int_equal(b.t.cc.cwnd, row[i].after);
		b.t.snd.nxt = seq_add(b.t.snd.nxt, 8000);
		b.seg.ack = seq_add(b.seg.ack, 1);
		b.t.recovery = RECOVERY_FAST;
		b.f.marked = 1;
		ecn_respond(&b.tcp, &b.t, &b.seg);
		b.t.recovery = RECOVERY_LOSS;
		b.f.marked = 1;
		ecn_respond(&b.tcp, &b.t, &b.seg);
		assert_int_equal(b.t.cc.cwnd, row[i].after);
		b.t.recovery = RECOVERY_DISORDER;
		b.f.marked = 1;
		b.t.cc.cwnd = 50000;
		ecn_respond(&b.tcp, &b.t, &b.seg);
		assert_true(b.t.cc.cwnd < 50000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks),		 cmocka_unit_test(accepts),
		cmocka_unit_test(contradicts),	 cmocka_unit_test(syn_flags),
		cmocka_unit_test(syn_ack_flags), cmocka_unit_test(agree),
		cmocka_unit_test(echo),		 cmocka_unit_test(echo_of_each),
		cmocka_unit_test(cwr),		 cmocka_unit_test(codepoint),
		cmocka_unit_test(feedback),	 cmocka_unit_test(response),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
