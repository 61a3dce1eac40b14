/* SPDX-License-Identifier: ISC */
/*
 * congest_test.c - what a connection tells its congestion control, and when
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/bbr.h"
#include "tcp/congest.h"
#include "tcp/plan.h"

#define MSS 1000U

struct bench {
	struct env env;
	struct tcp tcp;
	struct tcb t;
	struct tcp_opts opts;
	struct flow f;
	struct tally tally;
};

static uint8_t number_of(const char *name)
{
	uint8_t i = 0;

	while (strcmp(cc_at(i)->name, name) != 0)
		i++;
	return i;
}

/* `out` of `queued` bytes are in flight, cwnd has 10 segments. */
static void begin(struct bench *b, const char *cc, uint32_t queued,
		  uint32_t out)
{
	memset(b, 0, sizeof(*b));
	b->env.now = 1000 * TERN_S;
	b->tcp.env = &b->env;
	b->tcp.tun.init_cwnd = 10;
	b->tcp.tun.slow_start_after_idle = 1;
	b->tcp.rtt_limits.max_us = 120000000;
	b->t = (struct tcb){.opts = &b->opts,
			    .state = ESTABLISHED,
			    .flow = &b->f,
			    .mss = MSS};
	b->opts.cc = number_of(cc);
	b->t.tally = &b->tally;
	sentq_init(&b->f.sent);
	b->f.sendq.len = queued;
	b->t.snd.end.u = queued;
	b->t.snd.nxt.u = out;
	b->t.snd.wnd = b->t.snd.wnd_max = 100 * MSS;
	b->t.cc.cwnd = 10 * MSS;
	b->t.cc.ssthresh = CC_SSTHRESH_0;
	b->t.rtt.rto_us = 300000;
	b->t.rtt.srtt_us = b->t.rtt.min_us = 100000;
	congest_again(&b->tcp, &b->t);
}

static void ack(struct bench *b, uint32_t acked, uint32_t marked)
{
	struct rate_sample rs = {.has_data = false};
	struct cc_ack a = {.acked = acked,
			   .delivered = acked,
			   .marked = marked,
			   .rs = &rs};

	congest_on_ack(&b->tcp, &b->t, &a);
}

/* draft-ietf-ccwg-bbr 4.1.2.4: the user has left a gap if everything was sent,
 * what is lost too, and cwnd has room. */
static void app_limited(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "bbr", 5 * MSS, 5 * MSS);
	congest_on_write(&b.t);
	assert_int_equal(b.f.rate.app_limited, 5 * MSS);
	begin(&b, "bbr", 10 * MSS, 10 * MSS);
	congest_on_write(&b.t); /* cwnd is used up */
	assert_int_equal(b.f.rate.app_limited, 0);
	begin(&b, "bbr", 10 * MSS - 1, 10 * MSS - 1);
	congest_on_write(&b.t);
	assert_true(b.f.rate.app_limited > 0);
	begin(&b, "bbr", 6 * MSS, 5 * MSS);
	congest_on_write(&b.t); /* there is something to be sent */
	assert_int_equal(b.f.rate.app_limited, 0);
	begin(&b, "bbr", 5 * MSS, 5 * MSS);
	b.t.recovery = RECOVERY_LOSS;
	b.t.recover.u = 5 * MSS;
	congest_on_write(&b.t); /* it has to go again */
	assert_int_equal(b.f.rate.app_limited, 0);
	b.t.snd.rtx.u = 5 * MSS;
	congest_on_write(&b.t);
	assert_true(b.f.rate.app_limited > 0);
	b.t.flow = NULL;
	congest_on_write(&b.t);
}

/* A full send buffer and the peer's window leave gaps, too: to version 1 of BBR
 * they are the path's, as on Linux (BBR1-25). */
static void limits(void **state)
{
	struct bench b;

	(void)state;
	for (int v1 = 0; v1 <= 1; v1++) {
		const char *cc = v1 ? "bbr1" : "bbr";
		const uint64_t at = v1 ? 0 : 5 * MSS;

		begin(&b, cc, 5 * MSS, 5 * MSS);
		b.f.send_full = true;
		congest_on_write(&b.t);
		assert_int_equal(b.f.rate.app_limited, at);
		b.f.send_full = false; /* it is the user's after all */
		congest_on_write(&b.t);
		assert_int_equal(b.f.rate.app_limited, 5 * MSS);
		begin(&b, cc, 6 * MSS, 5 * MSS);
		b.t.snd.wnd = 5 * MSS;
		congest_on_blocked(&b.t);
		assert_int_equal(b.f.rate.app_limited, at);
	}
}

/* RFC 3168 6.1.2: what comes with a mark makes no window grow, unless marks are
 * what the algorithm weighs. */
static void marks(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "reno", 0, 0);
	b.t.cwnd_limited = true;
	ack(&b, MSS, 1);
	assert_int_equal(b.t.cc.cwnd, 10 * MSS);
	ack(&b, MSS, 0);
	assert_int_equal(b.t.cc.cwnd, 11 * MSS);
	b.t.cwnd_limited = false; /* RFC 7661: nor what is not used */
	ack(&b, MSS, 0);
	assert_int_equal(b.t.cc.cwnd, 11 * MSS);
	begin(&b, "dctcp", 0, 0);
	b.t.cwnd_limited = true;
	ack(&b, MSS, 1);
	assert_int_equal(b.t.cc.cwnd, 11 * MSS);
}

/* RFC 3465 2.3: L is one segment in the slow start that a timeout began, until
 * ssthresh is reached. */
static void after_timeout(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "reno", 0, 0);
	b.t.cwnd_limited = b.t.slow_after_rto = true;
	b.t.cc.ssthresh = 12 * MSS;
	ack(&b, 3 * MSS, 0);
	assert_int_equal(b.t.cc.cwnd, 11 * MSS);
	assert_true(b.t.slow_after_rto);
	ack(&b, MSS, 0);
	assert_int_equal(b.t.cc.cwnd, 12 * MSS);
	assert_false(b.t.slow_after_rto);
}

/* RFC 5681 4.1: after more than RTO of silence cwnd is IW. */
static void idle(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "reno", 0, 0);
	b.t.cc.cwnd = 50 * MSS;
	b.tally.sent_at = b.env.now - 300 * TERN_MS;
	congest_on_start(&b.tcp, &b.t);
	assert_int_equal(b.t.cc.cwnd, 50 * MSS);
	b.tally.sent_at--;
	b.tcp.tun.slow_start_after_idle = 0;
	congest_on_start(&b.tcp, &b.t);
	assert_int_equal(b.t.cc.cwnd, 50 * MSS);
	b.tcp.tun.slow_start_after_idle = 1;
	congest_on_start(&b.tcp, &b.t);
	assert_int_equal(b.t.cc.cwnd, 10 * MSS);
}

/* What is lost counts in the rate of the path, and is told to who asks. */
static void lost(void **state)
{
	const struct rate_stamp stamp = {.tx_in_flight = 10 * MSS};
	const struct bbr *bbr;
	struct bench b;

	(void)state;
	begin(&b, "bbr", 10 * MSS, 10 * MSS);
	bbr = (const struct bbr *)(const void *)b.f.cc.priv;
	assert_false(bbr->loss_in_round);
	congest_on_lost(&b.tcp, &b.t, &stamp, 700);
	assert_int_equal(b.f.rate.lost, 700);
	assert_true(bbr->loss_in_round);
	begin(&b, "reno", 10 * MSS, 10 * MSS);
	congest_on_lost(&b.tcp, &b.t, &stamp, 700);
	assert_int_equal(b.f.rate.lost, 700);
}

/* The numbers of a loss and a timeout are those of the flight. */
static void reductions(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, "reno", 10 * MSS, 10 * MSS);
	congest_on_loss(&b.tcp, &b.t, 8 * MSS);
	assert_int_equal(b.t.cc.ssthresh, 4 * MSS);
	congest_on_undo(&b.tcp, &b.t, 20 * MSS, 30 * MSS);
	assert_int_equal(b.t.cc.cwnd, 20 * MSS);
	assert_int_equal(b.t.cc.ssthresh, 30 * MSS);
	congest_on_ecn(&b.tcp, &b.t, 20 * MSS);
	assert_int_equal(b.t.cc.cwnd, 10 * MSS);
	congest_on_rto(&b.tcp, &b.t, 6 * MSS, false);
	assert_int_equal(b.t.cc.ssthresh, 3 * MSS);
	assert_int_equal(b.t.cc.cwnd, MSS);
	congest_on_rto(&b.tcp, &b.t, 2 * MSS, true);
	assert_int_equal(b.t.cc.ssthresh, 3 * MSS);
}

/* RFC 7661 4.4.3: the cold half goes and comes with every answer, and the five
 * minutes in which the window was not used end all the same. */
static void five_minutes_of_silences(void **state)
{
	static const char *const names[] = {"cubic", "reno"};
	struct bench b;
	size_t k;
	int s;

	(void)state;
	for (k = 0; k < 2; k++) {
		begin(&b, names[k], 100, 100);
		b.t.cc.cwnd = 100 * MSS;
		for (s = 0; s <= 305; s++) {
			b.env.now += TERN_S;
			ack(&b, 100, 0);
			congest_save(&b.t);
			memset(&b.f.cc, 0xff, sizeof(b.f.cc));
			congest_again(&b.tcp, &b.t);
			if (s < 295)
				assert_int_equal(b.t.cc.cwnd, 100 * MSS);
		}
		assert_int_equal(b.t.cc.cwnd, 50 * MSS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_minutes_of_silences),
		cmocka_unit_test(app_limited),
		cmocka_unit_test(limits),
		cmocka_unit_test(marks),
		cmocka_unit_test(after_timeout),
		cmocka_unit_test(idle),
		cmocka_unit_test(lost),
		cmocka_unit_test(reductions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
