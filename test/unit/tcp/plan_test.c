/* SPDX-License-Identifier: ISC */
/*
 * plan_test.c - what may be sent now, RFC 9293 3.7.4, 3.8.6, RFC 5681, each
 * rule by itself
 *
 * Segments have 1000 bytes, the windows room for ten of them, and SND.UNA lies
 * just below 2^32.  What goes again with SACK is in repair_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/output.h"
#include "tcp/plan.h"
#include "tcp/tcb.h"

#define MSS 1000U
#define UNA 0xfffffe00U

struct bench {
	struct tcb t;
	struct tcp_opts opts;
	struct flow f;
	struct outseg o;
};

static struct seq at(uint32_t n)
{
	return (struct seq){UNA + n};
}

static void queue(struct bench *b, uint32_t n)
{
	b->f.sendq.len = n;
	b->t.snd.end = seq_add(output_data_start(&b->t),
			       n + (b->t.fin_queued && !b->t.fin_acked));
}

static void queue_fin(struct bench *b)
{
	b->t.fin_queued = true;
	queue(b, b->f.sendq.len);
}

/* `queued` bytes, of which `out` are in flight. */
static void begin(struct bench *b, uint32_t queued, uint32_t out)
{
	memset(&b->f, 0, sizeof(b->f));
	b->opts = (struct tcp_opts){0};
	b->t = (struct tcb){.opts = &b->opts,
			    .state = ESTABLISHED,
			    .flow = &b->f,
			    .mss = MSS};
	sentq_init(&b->f.sent);
	b->t.snd.una = b->t.snd.rtx = b->f.sml = at(0);
	queue(b, queued);
	b->t.snd.nxt = at(out);
	b->t.snd.wnd = b->t.snd.wnd_max = 10 * MSS;
	b->t.cc.cwnd = 10 * MSS;
	b->t.cc.ssthresh = 5 * MSS;
	b->t.recover = at((uint32_t)-1);
}

/* The next segment is of `len` bytes from `seq` on. */
static void expect(struct bench *b, uint32_t max, uint32_t seq, uint32_t len,
		   uint16_t flags)
{
	assert_true(plan_next(&b->t, max, &b->o));
	assert_int_equal(b->o.seq.u, UNA + seq);
	assert_int_equal(b->o.len, len);
	assert_int_equal(b->o.flags, flags);
}

static void expect_nothing(struct bench *b)
{
	assert_false(plan_next(&b->t, MSS, &b->o));
}

/* Up to the peer's window, and not a byte beyond; a window that has shrunk
 * leaves nothing, rather than less than nothing (MUST-34). */
static void peers_window(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 20 * MSS, 5 * MSS);
	b.t.cc.cwnd = 30 * MSS;
	expect(&b, 64 * MSS, 5 * MSS, 5 * MSS, 0);
	b.t.snd.nxt = at(10 * MSS);
	expect_nothing(&b);
	b.t.snd.wnd = 9 * MSS;
	expect_nothing(&b);
	b.t.snd.wnd = 10 * MSS + 500; /* (1): a full segment or nothing */
	expect_nothing(&b);
	b.t.snd.wnd = 11 * MSS;
	expect(&b, MSS, 10 * MSS, MSS, 0);
}

/* RFC 5681 3: up to cwnd; limited transmit (RFC 3042) is beyond it. */
static void congestion_window(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 30 * MSS, 9 * MSS);
	b.t.snd.wnd = b.t.snd.wnd_max = 40 * MSS;
	expect(&b, 64 * MSS, 9 * MSS, MSS, 0);
	assert_true(!plan_cwnd_blocked(&b.t));
	b.t.snd.nxt = at(10 * MSS);
	expect_nothing(&b);
	assert_true(plan_cwnd_blocked(&b.t));
	b.t.limited = 1;
	expect(&b, 64 * MSS, 10 * MSS, MSS, 0);
	b.t.limited = 2;
	expect(&b, 64 * MSS, 10 * MSS, 2 * MSS, 0);
	b.t.snd.nxt = at(12 * MSS);
	expect_nothing(&b);
	/* One segment always goes when nothing is in flight. */
	begin(&b, 5 * MSS, 0);
	b.t.cc.cwnd = 10;
	expect(&b, 64 * MSS, 0, MSS, 0);
	b.t.snd.nxt = at(1);
	expect_nothing(&b);
}

/* It is cwnd, and not the peer's window or the user, that keeps text back. */
static void cwnd_blocked(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 20 * MSS, 10 * MSS);
	assert_true(plan_cwnd_blocked(&b.t)); /* both are full */
	b.t.cc.cwnd = 10 * MSS + 1;
	assert_false(plan_cwnd_blocked(&b.t));
	b.t.snd.wnd = 12 * MSS;
	assert_true(plan_cwnd_blocked(&b.t));
	b.t.cc.cwnd = 11 * MSS;
	assert_false(plan_cwnd_blocked(&b.t));
	b.t.cc.cwnd = 10 * MSS;
	queue(&b, 10 * MSS);
	assert_false(plan_cwnd_blocked(&b.t));
}

/* What a timeout has declared lost is not in flight until it goes again. */
static void pipe(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 20 * MSS, 10 * MSS);
	assert_int_equal(plan_pipe(&b.t), 10 * MSS);
	b.t.recovery = RECOVERY_LOSS;
	b.t.recover = at(10 * MSS);
	assert_int_equal(plan_pipe(&b.t), 0);
	b.t.snd.rtx = at(3 * MSS);
	assert_int_equal(plan_pipe(&b.t), 3 * MSS);
	b.t.snd.nxt = at(12 * MSS); /* new text behind it */
	assert_int_equal(plan_pipe(&b.t), 5 * MSS);
	b.t.snd.rtx = at(11 * MSS);
	assert_int_equal(plan_pipe(&b.t), 12 * MSS);
}

/* MUST-61, SHLD-27: PSH with the last byte that is queued, unless more is to
 * come. */
static void push(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 2 * MSS, 0);
	expect(&b, MSS, 0, MSS, 0);
	expect(&b, 2 * MSS, 0, 2 * MSS, PSH);
	b.t.more = true;
	expect(&b, 2 * MSS, 0, 2 * MSS, 0);
	b.t.push_now = true;
	expect(&b, 2 * MSS, 0, 2 * MSS, PSH);
	b.t.push_now = false;
	b.t.more = false;
	b.opts.cork = true; /* full segments do not wait */
	expect(&b, 2 * MSS, 0, 2 * MSS, PSH);
	queue_fin(&b);
	expect(&b, 2 * MSS, 0, 2 * MSS, PSH | FIN);
}

/* SHLD-7, with Minshall's modification: a small tail waits for a small one that
 * is in flight; not for full ones. */
static void nagle(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 2 * MSS + 10, 2 * MSS);
	expect(&b, MSS, 2 * MSS, 10, PSH); /* only full ones are in flight */
	begin(&b, MSS + 10, MSS);
	b.f.sml = at(MSS);
	expect_nothing(&b);
	b.f.sml = at(1);
	expect_nothing(&b);
	b.f.sml = at(MSS + 1); /* not within the flight: an old mark */
	expect(&b, MSS, MSS, 10, PSH);
	b.f.sml = at(MSS);
	b.opts.nodelay = true; /* MUST-17 */
	expect(&b, MSS, MSS, 10, PSH);
	b.t.more = true;
	expect_nothing(&b);
	b.t.push_now = true;
	expect(&b, MSS, MSS, 10, PSH);
	b.t.push_now = b.t.more = b.opts.nodelay = false;
	queue_fin(&b);
	expect(&b, MSS, MSS, 10, PSH | FIN);
	begin(&b, 10, 0);
	b.opts.cork = true;
	expect_nothing(&b);
}

/* 3.8.6.2.1 (1): what is left over of full segments waits. */
static void full_segments(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 5 * MSS + 10, 0);
	b.opts.cork = true;
	expect(&b, 64 * MSS, 0, 5 * MSS, 0);
	begin(&b, 20 * MSS, 0);
	b.t.snd.wnd = b.t.snd.wnd_max = 3 * MSS + 300;
	expect(&b, 64 * MSS, 0, 3 * MSS, 0);
	expect(&b, 2 * MSS + 999, 0, 2 * MSS, 0); /* what a frame takes */
	expect(&b, MSS, 0, MSS, 0);
}

/* (3): half of the largest window that the peer has had; (4): the override. */
static void small_windows(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 20 * MSS, 0);
	b.t.snd.wnd = 400;
	b.t.snd.wnd_max = 802;
	expect_nothing(&b);
	b.t.override_sws = true;
	expect(&b, MSS, 0, 400, 0);
	b.t.override_sws = false;
	b.t.snd.wnd_max = 800;
	expect(&b, MSS, 0, 400, 0);
	/* That is for the peer's window; a part of cwnd is none. */
	begin(&b, 20 * MSS, 2 * MSS);
	b.t.cc.cwnd = 2 * MSS + 999;
	b.t.snd.wnd_max = MSS;
	expect_nothing(&b);
	b.t.override_sws = true;
	expect_nothing(&b);
}

/* FIN goes with the last text if the window has room for both, else by itself;
 * never before text, nor twice. */
static void fin(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 10 * MSS, 9 * MSS);
	queue_fin(&b);
	expect(&b, MSS, 9 * MSS, MSS, PSH); /* the window is full with it */
	b.t.snd.wnd++;
	b.t.cc.cwnd++;
	expect(&b, MSS, 9 * MSS, MSS, PSH | FIN);
	begin(&b, MSS, MSS);
	queue_fin(&b);
	expect(&b, MSS, MSS, 0, FIN);
	b.t.snd.wnd = MSS; /* no room for its octet */
	expect_nothing(&b);
	assert_true(output_window_blocked(&b.t));
	b.t.snd.wnd = MSS + 1;
	expect(&b, MSS, MSS, 0, FIN);
	b.t.snd.nxt = at(MSS + 1);
	expect_nothing(&b);
	begin(&b, 20 * MSS, 10 * MSS);
	queue_fin(&b);
	expect_nothing(&b); /* text in front of it waits for windows */
	begin(&b, 0, 0);
	b.t.fin_acked = true;
	queue_fin(&b);
	expect_nothing(&b);
	assert_int_equal(output_end(&b.t).u, UNA);
}

/* A retransmission out of turn: a full segment from SND.UNA on, of what was
 * sent, and FIN if that was. */
static void again(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 5 * MSS, 3 * MSS);
	b.t.rexmit_now = true;
	expect(&b, 64 * MSS, 0, MSS, 0);
	assert_true(b.o.again);
	begin(&b, 5 * MSS, 700); /* MSS has grown since */
	b.t.rexmit_now = true;
	expect(&b, 64 * MSS, 0, 700, 0);
	begin(&b, 700, 700);
	b.t.rexmit_now = true;
	expect(&b, 64 * MSS, 0, 700, PSH);
	queue_fin(&b); /* not sent yet */
	expect(&b, 64 * MSS, 0, 700, PSH);
	b.t.snd.nxt = at(701);
	expect(&b, 64 * MSS, 0, 700, PSH | FIN);
	begin(&b, 0, 1); /* only FIN is in flight */
	queue_fin(&b);
	b.t.rexmit_now = true;
	expect(&b, 64 * MSS, 0, 0, FIN);
	assert_true(b.o.again);
	begin(&b, MSS + 1, MSS + 2);
	queue_fin(&b);
	b.t.rexmit_now = true;
	expect(&b, 64 * MSS, 0, MSS, 0);
}

/* Whole segments, as many as the windows have room for. */
static void go_back_in_long_frames(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 8 * MSS + 500, 8 * MSS + 500);
	b.t.recovery = RECOVERY_LOSS;
	b.t.recover = b.t.snd.nxt;
	b.t.cc.cwnd = MSS; /* SND.UNA alone */
	expect(&b, 64 * MSS, 0, MSS, 0);
	b.t.snd.rtx = at(MSS);
	expect_nothing(&b);
	b.t.cc.cwnd = 4 * MSS + 300; /* whole segments */
	expect(&b, 64 * MSS, MSS, 3 * MSS, 0);
	b.t.cc.cwnd = 20 * MSS;
	expect(&b, 64 * MSS, MSS, 7 * MSS, 0);
	expect(&b, 2 * MSS, MSS, 2 * MSS, 0);
	expect(&b, MSS, MSS, MSS, 0);
	b.t.snd.wnd = 3 * MSS; /* SHLD-16 */
	expect(&b, 64 * MSS, MSS, 2 * MSS, 0);
	b.f.repair.frto = FRTO_FIRST;
	b.t.snd.rtx = at(0);
	expect(&b, 64 * MSS, 0, MSS, 0); /* RFC 5682 2.1 (1) */
}

/* After a timeout without SACK: all from SND.UNA to `recover', as windows
 * allow; the first segment whatever they say (MAY-7). */
static void go_back(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 20 * MSS, 5 * MSS);
	b.t.recovery = RECOVERY_LOSS;
	b.t.recover = at(5 * MSS);
	b.t.snd.wnd = 0;
	b.t.cc.cwnd = MSS;
	expect(&b, MSS, 0, MSS, 0);
	assert_true(b.o.again);
	b.t.snd.rtx = at(MSS);
	expect_nothing(&b); /* cwnd */
	b.t.cc.cwnd = 2 * MSS;
	expect_nothing(&b); /* SHLD-16: the peer's window */
	b.t.snd.wnd = 2 * MSS - 1;
	expect_nothing(&b);
	b.t.snd.wnd = 2 * MSS;
	expect(&b, MSS, MSS, MSS, 0);
	b.t.cc.cwnd = 2 * MSS - 1;
	expect_nothing(&b);
	b.t.cc.cwnd = b.t.snd.wnd = 20 * MSS;
	b.t.snd.rtx = at(4 * MSS);
	expect(&b, MSS, 4 * MSS, MSS, 0);
	assert_true(b.o.again);
	b.t.snd.rtx = at(5 * MSS);
	expect(&b, MSS, 5 * MSS, MSS, 0);
	assert_false(b.o.again);
	begin(&b, 20 * MSS, 5 * MSS); /* no timeout */
	b.t.recovery = RECOVERY_FAST;
	b.t.recover = at(5 * MSS);
	expect(&b, MSS, 5 * MSS, MSS, 0);
}

/* With SACK, on a link that takes long frames: as much of a hole in one as may
 * go; of segments that were of another size, one. */
static void a_hole_in_one_frame(void **state)
{
	struct bench b;
	struct sent *r;

	(void)state;
	begin(&b, 8 * MSS, 8 * MSS);
	b.t.sack_ok = true;
	b.t.recovery = RECOVERY_FAST;
	r = sentq_append(&b.f.sent, NULL, at(0), 8 * MSS, MSS, 1);
	sentq_set_lost(&b.f.sent, r);
	b.t.cc.cwnd = 4 * MSS + 300;
	expect(&b, 64 * MSS, 0, 4 * MSS, 0);
	assert_true(b.o.again);
	expect(&b, 3 * MSS + 1, 0, 3 * MSS, 0);
	expect(&b, MSS, 0, MSS, 0);
	b.t.cc.cwnd = 20 * MSS;
	expect(&b, 64 * MSS, 0, 8 * MSS, PSH);
	b.t.snd.wnd = 2 * MSS + 1; /* SHLD-16 */
	expect(&b, 64 * MSS, 0, 2 * MSS, 0);
	r->mss = MSS + 1; /* its segments were others */
	expect(&b, 64 * MSS, 0, MSS, 0);
}

/* RFC 5682 2.1: while it is not sure that the timeout was needed nothing goes
 * again but the first segment; then only new text. */
static void frto(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 20 * MSS, 5 * MSS);
	b.t.recovery = RECOVERY_LOSS;
	b.t.recover = at(5 * MSS);
	b.f.repair.frto = FRTO_FIRST;
	expect(&b, MSS, 0, MSS, 0);
	b.t.snd.rtx = at(MSS);
	expect(&b, MSS, 5 * MSS, MSS, 0);
	b.t.snd.rtx = at(0);
	b.f.repair.frto = FRTO_NEW;
	expect(&b, MSS, 5 * MSS, MSS, 0);
	b.f.repair.frto = FRTO_OFF;
	expect(&b, MSS, 0, MSS, 0);
}

/* Nothing but SYN before the connection is there; that once, unless it is to go
 * again. */
static void syn(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, MSS, 0);
	b.t = (struct tcb){
		.opts = &b.opts, .state = SYN_SENT, .flow = &b.f, .mss = MSS};
	b.t.snd.una = b.t.snd.nxt = b.t.snd.iss = at(0);
	b.t.syn_unacked = true;
	queue(&b, MSS);
	b.t.cc.cwnd = b.t.snd.wnd = 10 * MSS;
	expect(&b, MSS, 0, 0, SYN);
	assert_false(b.o.again);
	b.t.snd.nxt = at(1);
	expect_nothing(&b);
	b.t.rexmit_now = true;
	expect(&b, MSS, 0, 0, SYN);
	assert_true(b.o.again);
	assert_int_equal(output_data_start(&b.t).u, UNA + 1);
	assert_int_equal(output_end(&b.t).u, UNA + 1 + MSS);
	b.t = (struct tcb){
		.opts = &b.opts, .state = CLOSED, .flow = &b.f, .mss = MSS};
	b.t.cc.cwnd = b.t.snd.wnd = 10 * MSS;
	expect_nothing(&b);
}

/* 3.8.6.1: the persist timer is for what waits for nothing but the window. */
static void window_blocked(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 10 * MSS, 0);
	assert_false(output_window_blocked(&b.t));
	b.t.snd.wnd = MSS;
	assert_false(output_window_blocked(&b.t));
	b.t.snd.wnd = MSS - 1;
	assert_true(output_window_blocked(&b.t));
	queue(&b, MSS - 1); /* all of it fits: Nagle, if anything */
	assert_false(output_window_blocked(&b.t));
	b.t.snd.wnd = 0;
	assert_true(output_window_blocked(&b.t));
	queue(&b, 0);
	assert_false(output_window_blocked(&b.t));
	queue_fin(&b);
	assert_true(output_window_blocked(&b.t));
	b.t.snd.wnd = 1;
	assert_false(output_window_blocked(&b.t));
	b.t.snd.wnd = 0;
	b.t.snd.nxt = at(1); /* FIN is out */
	assert_false(output_window_blocked(&b.t));
	begin(&b, 10 * MSS, 0);
	b.t.snd.wnd = 0;
	b.t.syn_unacked = true;
	assert_false(output_window_blocked(&b.t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peers_window),
		cmocka_unit_test(congestion_window),
		cmocka_unit_test(cwnd_blocked),
		cmocka_unit_test(pipe),
		cmocka_unit_test(push),
		cmocka_unit_test(nagle),
		cmocka_unit_test(full_segments),
		cmocka_unit_test(small_windows),
		cmocka_unit_test(fin),
		cmocka_unit_test(again),
		cmocka_unit_test(go_back),
		cmocka_unit_test(go_back_in_long_frames),
		cmocka_unit_test(frto),
		cmocka_unit_test(a_hole_in_one_frame),
		cmocka_unit_test(syn),
		cmocka_unit_test(window_blocked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
