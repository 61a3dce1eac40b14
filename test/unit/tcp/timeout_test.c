/* SPDX-License-Identifier: ISC */
/*
 * timeout_test.c - the timers of a connection, RFC 9293 3.8, 3.10.8, RFC 6298:
 * when each of them expires, and whether that is the end, to the nanosecond
 */
#include <errno.h>

#include "tcp/life.h"
#include "tcp/timeout.h"
#include "tcp/uto.h"
#include "unit/tcp/flight.h"
#include "unit/tcp/opts_of.h"

struct timed {
	struct drive *d;
	struct tcp *tcp;
	struct tcb *t;
	uint64_t now;
};

static void set_now(struct timed *x, uint64_t now)
{
	x->now = x->d->now = x->d->n->env.now = now;
}

/* Segments 0 to n - 1 are in flight. */
static void begin(struct timed *x, uint32_t n)
{
	x->d = flight_new(false);
	x->tcp = &x->d->n->tcp;
	x->t = flight_tcb(x->d);
	if (n > 0)
		drive_send(x->d, n * MSS, 0);
	drive_drain(x->d);
	x->now = x->d->now;
}

/* RTO comes now, `ns` after the last progress.  Is that the end? */
static bool gives_up(struct timed *x, uint8_t retries, uint64_t ns)
{
	x->t->retries = retries;
	x->t->rexmit_at = x->now;
	x->t->stalled_at = x->now - ns;
	tcp_timeout(x->tcp, x->t);
	return drive_state(x->d) == TERN_TCP_CLOSED;
}

static bool ends(uint8_t retries, uint64_t ns, int option, int value)
{
	struct timed x;
	bool over;

	begin(&x, 1);
	if (option)
		drive_set(x.d, x.d->fd, IPPROTO_TCP, option, value);
	over = gives_up(&x, retries, ns);
	if (over) {
		assert_int_equal(COUNTED(x.d, TCPAbortOnTimeout), 1);
		assert_int_equal(drive_recv(x.d, 1), -ETIMEDOUT);
	}
	drive_free(x.d);
	return over;
}

#define TCP_USER_TIMEOUT_ 18

/* MUST-20, R2: tcp_retries2 times, and 100 s (SHLD-11), whichever is later;
 * MUST-21: or what the user has set. */
static void r2(void **state)
{
	(void)state;
	assert_false(ends(14, 200 * TERN_S, 0, 0));
	assert_false(ends(15, 100 * TERN_S - 1, 0, 0));
	assert_true(ends(15, 100 * TERN_S, 0, 0));
	assert_false(ends(200, 5 * TERN_S - 1, TCP_USER_TIMEOUT_, 5000));
	assert_true(ends(0, 5 * TERN_S, TCP_USER_TIMEOUT_, 5000));
}

/* The count of retransmissions does not wrap. */
static void retries_saturate(void **state)
{
	struct timed x;

	(void)state;
	begin(&x, 1);
	assert_false(gives_up(&x, 254, TERN_S));
	assert_int_equal(x.t->retries, 255);
	assert_false(gives_up(&x, 255, TERN_S));
	assert_int_equal(x.t->retries, 255);
	drive_free(x.d);
}

/* Whom the user has left gives up after tcp_orphan_retries, soon or not. */
static void orphans(void **state)
{
	struct timed x;

	(void)state;
	begin(&x, 1);
	assert_int_equal(tern_close(x.d->n, x.d->fd), 0);
	drive_drain(x.d);
	x.tcp->tun.orphan_retries = 8;
	assert_false(gives_up(&x, 7, TERN_S));
	assert_true(gives_up(&x, 8, TERN_S));
	drive_free(x.d);
}

/* RFC 6298 5.5, 5.6: RTO doubles, and the timer starts anew. */
static void backs_off(void **state)
{
	struct timed x;
	int i;

	(void)state;
	begin(&x, 1);
	for (i = 1; i < 8; i++) {
		gives_up(&x, 0, TERN_S);
		assert_int_equal(x.t->backoff, i);
		assert_int_equal(x.t->rexmit_at, x.now + (RTO << i));
	}
	x.t->backoff = 32;
	gives_up(&x, 0, TERN_S);
	assert_int_equal(x.t->backoff, 32);
	assert_int_equal(x.t->rexmit_at, x.now + 120 * TERN_S);
	drive_free(x.d);
}

/* MUST-21: the timer does not sleep past the user timeout, nor in the past. */
static void user_timeout_is_met(void **state)
{
	struct timed x;

	(void)state;
	begin(&x, 1);
	opts_of(x.t)->user_timeout_ms = 1000;
	x.t->stalled_at = x.now - TERN_S + RTO / 2;
	timer_start_rexmit(x.tcp, x.t);
	assert_int_equal(x.t->rexmit_at, x.now + RTO / 2);
	x.t->stalled_at = x.now - 2 * TERN_S;
	timer_start_rexmit(x.tcp, x.t);
	assert_int_equal(x.t->rexmit_at, x.now);
	x.t->stalled_at = x.now;
	timer_start_rexmit(x.tcp, x.t);
	assert_int_equal(x.t->rexmit_at, x.now + RTO);
	x.t->stalled_at = 0; /* nothing has stalled */
	timer_start_rexmit(x.tcp, x.t);
	assert_int_equal(x.t->rexmit_at, x.now + RTO);
	drive_free(x.d);
}

/* The user's, then the peer's (RFC 5482), then the tunable. */
static void which_user_timeout(void **state)
{
	struct timed x;

	(void)state;
	begin(&x, 1);
	assert_true(timer_user_timeout(x.tcp, x.t) == TERN_NEVER);
	x.tcp->tun.user_timeout_s = 7;
	assert_int_equal(timer_user_timeout(x.tcp, x.t), 7 * TERN_S);
	x.tcp->tun.uto = 1;
	x.tcp->tun.uto_min_s = 1;
	x.t->remote_uto = 9;
	assert_int_equal(timer_user_timeout(x.tcp, x.t), 9 * TERN_S);
	opts_of(x.t)->user_timeout_ms = 1500;
	assert_int_equal(timer_user_timeout(x.tcp, x.t), 1500 * TERN_MS);
	drive_free(x.d);
}

/* The peer has closed its window, and there is text for it. */
static void begin_shut(struct timed *x)
{
	begin(x, 1);
	flight_ack(x->d, 1);
	inject(x->d, SEG(ACK, 1, 1 + MSS, .wnd_zero = true));
	drive_send(x->d, MSS, 0);
}

/* Persist timer: SHLD-29, SHLD-30; 3.8.6.2.1: 0.1 to 1 s where the window is
 * open, but not worth using. */
static void persist(void **state)
{
	struct timed x;

	(void)state;
	begin_shut(&x);
	expect_nothing(x.d);
	assert_true(x.t->persisting);
	assert_int_equal(x.t->backoff, 0);
	assert_int_equal(x.t->stalled_at, x.now);
	x.t->rexmit_at = x.now;
	x.t->retries = 7;
	tcp_timeout(x.tcp, x.t);
	assert_int_equal(x.t->backoff, 1);
	assert_int_equal(x.t->retries, 8);
	assert_int_equal(COUNTED(x.d, TCPWinProbe), 1);
	x.t->backoff = 32;
	x.t->retries = 255;
	x.t->rexmit_at = x.now;
	x.t->stalled_at = x.now - TERN_S;
	tcp_timeout(x.tcp, x.t);
	assert_int_equal(x.t->backoff, 32);
	assert_int_equal(x.t->retries, 255);
	assert_int_equal(x.t->stalled_at, x.now - TERN_S);
	x.t->backoff = 3;
	x.t->snd.wnd = 1; /* open, but for nothing */
	timer_start_persist(x.tcp, x.t);
	assert_int_equal(x.t->rexmit_at, x.now + TERN_S);
	x.t->backoff = 0;
	x.t->rtt.rto_us = 99999;
	timer_start_persist(x.tcp, x.t);
	assert_int_equal(x.t->rexmit_at, x.now + 100 * TERN_MS);
	x.t->snd.wnd = 0;
	timer_start_persist(x.tcp, x.t);
	assert_int_equal(x.t->rexmit_at, x.now + 99999000);
	x.t->backoff = 2;
	timer_stop_rexmit(x.t);
	assert_int_equal(x.t->backoff, 0);
	assert_false(x.t->persisting);
	x.t->backoff = 2; /* RFC 6298 5: until there is a sample */
	timer_stop_rexmit(x.t);
	assert_int_equal(x.t->backoff, 2);
	assert_true(x.t->rexmit_at == TERN_NEVER);
	drive_free(x.d);
}

/* Nobody is there any more that could want the window to open. */
static void persist_of_an_orphan(void **state)
{
	struct timed x;

	(void)state;
	begin_shut(&x);
	assert_int_equal(tern_close(x.d->n, x.d->fd), 0);
	x.tcp->tun.orphan_retries = 5;
	x.t->backoff = 4;
	assert_false(gives_up(&x, 0, TERN_S));
	assert_int_equal(x.t->backoff, 5);
	assert_true(gives_up(&x, 0, TERN_S));
	drive_free(x.d);
}

/* MUST-40: one delay, from the first segment on that waits. */
static void delayed_ack(void **state)
{
	struct timed x;

	(void)state;
	begin(&x, 0);
	timer_start_delayed_ack(x.tcp, x.t);
	assert_true(x.t->ack_now); /* there was no text */
	x.t->ack_now = false;
	assert_non_null(tcp_flow(x.tcp, x.t));
	timer_start_delayed_ack(x.tcp, x.t);
	assert_int_equal(x.t->flow->ack_at, x.now + 40 * TERN_MS);
	set_now(&x, x.now + TERN_MS);
	timer_start_delayed_ack(x.tcp, x.t);
	assert_int_equal(x.t->flow->ack_at, x.now + 39 * TERN_MS);
	set_now(&x, x.now + 39 * TERN_MS - 1);
	tcp_timeout(x.tcp, x.t);
	assert_int_equal(COUNTED(x.d, DelayedACKs), 0);
	set_now(&x, x.now + 1);
	tcp_timeout(x.tcp, x.t);
	assert_int_equal(COUNTED(x.d, DelayedACKs), 1);
	drive_pull(x.d);
	expect(x.d, SEG(ACK, 1, 1));
	drive_free(x.d);
}

/* What MSG_MORE holds back goes 200 ms after the first of it. */
static void push(void **state)
{
	struct timed x;

	(void)state;
	begin(&x, 0);
	drive_send(x.d, 10, MSG_MORE);
	assert_int_equal(x.t->flow->push_at, x.now + 200 * TERN_MS);
	set_now(&x, x.now + TERN_MS);
	drive_send(x.d, 10, MSG_MORE);
	assert_int_equal(x.t->flow->push_at, x.now + 199 * TERN_MS);
	set_now(&x, x.now + 199 * TERN_MS - 1);
	tcp_timeout(x.tcp, x.t);
	expect_nothing(x.d);
	set_now(&x, x.now + 1);
	tcp_timeout(x.tcp, x.t);
	assert_true(x.t->flow->push_at == TERN_NEVER);
	expect(x.d, SEG(ACK | PSH, 1, 1, .len = 20));
	drive_free(x.d);
}

/* MUST-27, MUST-28: as long as the user says, or two hours. */
static void keepalive(void **state)
{
	struct timed x;

	(void)state;
	begin(&x, 0);
	timer_start_keepalive(x.tcp, x.t);
	assert_true(x.t->idle_at == TERN_NEVER); /* MUST-25 */
	opts_of(x.t)->keepalive = true;
	x.t->rx_at = x.now - TERN_S;
	timer_start_keepalive(x.tcp, x.t);
	assert_int_equal(x.t->idle_at, x.now + 7199 * TERN_S);
	opts_of(x.t)->keepidle_s = 10;
	timer_start_keepalive(x.tcp, x.t);
	assert_int_equal(x.t->idle_at, x.now + 9 * TERN_S);
	x.t->rx_at = x.now - 11 * TERN_S;
	timer_start_keepalive(x.tcp, x.t);
	assert_int_equal(x.t->idle_at, x.now);
	/* MUST-29: keepcnt probes, keepintvl apart. */
	opts_of(x.t)->keepcnt = 2;
	opts_of(x.t)->keepintvl_s = 3;
	tcp_timeout(x.tcp, x.t);
	assert_int_equal(x.t->keep_probes, 1);
	assert_int_equal(x.t->idle_at, x.now + 3 * TERN_S);
	assert_int_equal(COUNTED(x.d, TCPKeepAlive), 1);
	expect(x.d, SEG(ACK, 0, 1)); /* SHLD-12 */
	x.t->idle_at = x.now;
	tcp_timeout(x.tcp, x.t);
	assert_int_equal(drive_state(x.d), TERN_TCP_ESTABLISHED);
	expect(x.d, SEG(ACK, 0, 1));
	x.t->idle_at = x.now;
	tcp_timeout(x.tcp, x.t);
	assert_int_equal(drive_state(x.d), TERN_TCP_CLOSED);
	assert_int_equal(drive_recv(x.d, 1), -ETIMEDOUT);
	drive_free(x.d);
}

/* What the peer has said meanwhile puts it off, to the nanosecond. */
static void keepalive_put_off(void **state)
{
	struct timed x;

	(void)state;
	begin(&x, 0);
	opts_of(x.t)->keepalive = true;
	opts_of(x.t)->keepidle_s = 10;
	x.t->rx_at = x.now - 10 * TERN_S + 1;
	x.t->idle_at = x.now;
	tcp_timeout(x.tcp, x.t);
	assert_int_equal(x.t->keep_probes, 0);
	assert_int_equal(x.t->idle_at, x.now + 1);
	x.t->rx_at = x.now - 10 * TERN_S;
	x.t->idle_at = x.now;
	tcp_timeout(x.tcp, x.t);
	assert_int_equal(x.t->keep_probes, 1);
	drive_free(x.d);
}

/* With a user timeout that decides, but a probe must have gone (MUST-29). */
static void keepalive_and_user_timeout(void **state)
{
	static const struct {
		uint8_t probes;
		uint64_t silent;
		bool over;
	} row[] = {
		{2, 30 * TERN_S, true},
		{2, 30 * TERN_S - 1, false},
		{1, 60 * TERN_S, false},
		{100, 30 * TERN_S - 1, false},
	};
	struct timed x;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(row); i++) {
		begin(&x, 0);
		opts_of(x.t)->keepalive = true;
		opts_of(x.t)->keepidle_s = 10;
		opts_of(x.t)->user_timeout_ms = 30000;
		x.t->keep_probes = row[i].probes;
		x.t->rx_at = x.now - row[i].silent;
		x.t->idle_at = x.now;
		tcp_timeout(x.tcp, x.t);
		assert_int_equal(drive_state(x.d),
				 row[i].over ? TERN_TCP_CLOSED
					     : TERN_TCP_ESTABLISHED);
		drive_free(x.d);
	}
}

static void to_fin_wait_2(struct timed *x, int linger2)
{
	begin(x, 0);
	if (linger2)
		drive_set(x->d, x->d->fd, IPPROTO_TCP, 8, linger2);
	assert_int_equal(tern_close(x->d->n, x->d->fd), 0);
	drive_drain(x->d);
	inject(x->d, SEG(ACK, 1, 2));
}

/* FIN-WAIT-2 of an orphan ends: after tcp_fin_timeout, TCP_LINGER2, or at once;
 * without an error, or a reset that nobody asked for. */
static void fin_wait_2(void **state)
{
	struct timed x;

	(void)state;
	to_fin_wait_2(&x, 0);
	assert_int_equal(drive_state(x.d), TERN_TCP_FIN_WAIT_2);
	assert_int_equal(x.t->idle_at, x.now + 60 * TERN_S);
	drive_sleep(x.d, 60 * TERN_S - 1);
	assert_int_equal(drive_state(x.d), TERN_TCP_FIN_WAIT_2);
	drive_sleep(x.d, TICK);
	assert_int_equal(drive_state(x.d), TERN_TCP_CLOSED);
	assert_int_equal(x.d->timers, 1U << TERN_TIMER_FIN_WAIT_2);
	expect_nothing(x.d);
	drive_free(x.d);
	to_fin_wait_2(&x, 5);
	assert_int_equal(x.t->idle_at, x.now + 5 * TERN_S);
	drive_free(x.d);
}

/* As long as a user is there the half-open state may last (3.6.1). */
static void fin_wait_2_of_a_user(void **state)
{
	struct timed x;

	(void)state;
	begin(&x, 0);
	assert_int_equal(tern_shutdown(x.d->n, x.d->fd, SHUT_WR), 0);
	drive_drain(x.d);
	inject(x.d, SEG(ACK, 1, 2));
	assert_int_equal(drive_state(x.d), TERN_TCP_FIN_WAIT_2);
	assert_true(x.t->idle_at == TERN_NEVER);
	timer_start_fin_wait_2(x.tcp, x.t);
	assert_true(x.t->idle_at == TERN_NEVER);
	drive_free(x.d);
}

/* The timer that comes next, and when. */
static void next(void **state)
{
	static const enum tern_tcp_timer want[] = {
		TERN_TIMER_RETRANSMIT, TERN_TIMER_DELAYED_ACK,
		TERN_TIMER_KEEPALIVE,  TERN_TIMER_CORK,
		TERN_TIMER_PROBE,      TERN_TIMER_REORDER,
		TERN_TIMER_PERSIST,
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(want); i++) {
		struct flow f = {.push_at = 900};
		struct tcb t = {.flow = &f, .state = ESTABLISHED};
		uint64_t at;

		t.rexmit_at = 900;
		f.ack_at = t.idle_at = f.repair.early_at = 900;
		*(i == 1	     ? &f.ack_at
		  : i == 2	     ? &t.idle_at
		  : i == 3	     ? &f.push_at
		  : i == 4 || i == 5 ? &f.repair.early_at
				     : &t.rexmit_at) = 800;
		f.repair.early = i == 4 ? REPAIR_PROBE : REPAIR_REORDER;
		t.persisting = i == 6;
		assert_int_equal(timer_next(&t, &at), want[i]);
		assert_int_equal(at, 800);
		t.rexmit_at = f.ack_at = t.idle_at = TERN_NEVER;
		t.flow = NULL;
		assert_int_equal(timer_next(&t, &at), TERN_TIMER_NONE);
		assert_true(at == TERN_NEVER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r2),
		cmocka_unit_test(retries_saturate),
		cmocka_unit_test(orphans),
		cmocka_unit_test(backs_off),
		cmocka_unit_test(user_timeout_is_met),
		cmocka_unit_test(which_user_timeout),
		cmocka_unit_test(persist),
		cmocka_unit_test(persist_of_an_orphan),
		cmocka_unit_test(delayed_ack),
		cmocka_unit_test(push),
		cmocka_unit_test(keepalive),
		cmocka_unit_test(keepalive_put_off),
		cmocka_unit_test(keepalive_and_user_timeout),
		cmocka_unit_test(fin_wait_2),
		cmocka_unit_test(fin_wait_2_of_a_user),
		cmocka_unit_test(next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
