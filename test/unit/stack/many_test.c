/* SPDX-License-Identifier: ISC */
/*
 * many_test.c - more cold halves than a cache holds
 *
 * From 16385 on they are given back after a shorter silence.  When the deadline
 * of a stack has come, it does something then: neither more of them nor fewer
 * may leave a deadline behind at which nothing happens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/tcp.h>
#include <stdlib.h>

#include "base/pool.h"
#include "stack/tern.h"
#include "tcp/tcb.h"
#include "two.h"

#define MANY  16384 /* FLOWS_MANY of src/tcp/life.c */
#define CONNS (MANY + 1600)
#define PORT  80

struct many {
	struct two t;
	int fd[2][CONNS];
};

/* Frames until there are none, and no deadline is left behind. */
static void run(struct two *t)
{
	int n, idle = 0;

	do {
		tern_advance(t->a, t->now);
		tern_advance(t->b, t->now);
		n = two_move(t, t->a, t->if_a, t->b, t->if_b);
		n += two_move(t, t->b, t->if_b, t->a, t->if_a);
		idle = n > 0 ? 0 : idle + 1;
		assert_true(idle < 10 * CONNS);
	} while (n > 0 || tern_deadline(t->a) <= t->now ||
		 tern_deadline(t->b) <= t->now);
}

static void sleep_until(struct two *t, tern_time until)
{
	for (;;) {
		tern_time a, b, at = until;

		run(t);
		if (t->now >= until)
			return;
		a = tern_deadline(t->a);
		b = tern_deadline(t->b);
		at = a < at ? a : at;
		t->now = b < at ? b : at;
	}
}

static size_t n_flows(const struct tern *n)
{
	return pool_count(&n->tcp.flows);
}

static int setup(void **state)
{
	struct many *m = calloc(1, sizeof(*m));
	int i, listener;

	assert_int_equal(two_open(&m->t), 0);
	/* What goes at once is for sparse_test.c. */
	assert_int_equal(tern_sysctl_set(m->t.a, "tern.tcp_crowd", "1000000"),
			 0);
	assert_int_equal(tern_sysctl_set(m->t.b, "tern.tcp_crowd", "1000000"),
			 0);
	listener = two_listen(m->t.b, PORT, 8);
	for (i = 0; i < CONNS; i++) {
		m->fd[0][i] = two_dial(m->t.a, TWO_B, PORT);
		run(&m->t);
		m->fd[1][i] = tern_accept(m->t.b, listener, NULL, NULL);
		assert_true(m->fd[0][i] >= 0 && m->fd[1][i] >= 0);
	}
	sleep_until(&m->t, m->t.now + 3 * TERN_S);
	assert_int_equal(n_flows(m->t.a), 0);
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct many *m = *state;

	two_close(&m->t);
	free(m);
	return 0;
}

/* Those from `first` on say something. */
static void speak(struct many *m, int first, int end)
{
	char c[8];
	int i;

	for (i = first; i < end; i++) {
		assert_int_equal(tern_send(m->t.a, m->fd[0][i], "x", 1, 0), 1);
		if (i % 16 == 0)
			run(&m->t);
	}
	run(&m->t);
	for (i = first; i < end; i++)
		assert_true(tern_recv(m->t.b, m->fd[1][i], c, 8, 0) > 0);
}

/* One by one across the border, when the others have been silent a while. */
static void one_more(void **state)
{
	struct many *m = *state;
	int i;

	speak(m, 0, MANY);
	assert_int_equal(n_flows(m->t.a), MANY);
	sleep_until(&m->t, m->t.now + 500 * TERN_MS);
	for (i = MANY; i < MANY + 4; i++) {
		speak(m, i, i + 1);
		assert_int_equal(n_flows(m->t.a), i + 1);
	}
	sleep_until(&m->t, m->t.now + 3 * TERN_S);
	assert_int_equal(n_flows(m->t.a), 0);
	assert_int_equal(n_flows(m->t.b), 0);
}

static struct tcb *tcb_of(struct tern *n, int fd)
{
	return fd_find(&n->socks.fds, fd)->u.tcb;
}

/* The cold half at that end of a connection. */
static struct flow *half(struct many *m, int end, int i)
{
	return tcb_of(end ? m->t.b : m->t.a, m->fd[end][i])->flow;
}

static void set(struct tern *n, int fd, int level, int name, const void *value,
		socklen_t len)
{
	assert_int_equal(tern_setsockopt(n, fd, level, name, value, len), 0);
}

enum { PACED, PLAIN, REORDERED, MODELLED };

/* A tenth of a second is silence enough for those that are too many, and for no
 * more of them. */
static void too_many_go(void **state)
{
	struct many *m = *state;
	const tern_time start = m->t.now;
	const uint32_t rate = 1000000000;

	/* Not for one whose departures are paced, nor if its algorithm makes
	 * a model of the path, though it has sent nothing yet. */
	set(m->t.a, m->fd[0][PACED], SOL_SOCKET, SO_MAX_PACING_RATE, &rate,
	    sizeof(rate));
	set(m->t.b, m->fd[1][MODELLED], IPPROTO_TCP, TCP_CONGESTION, "bbr", 3);
	speak(m, 0, CONNS);
	sleep_until(&m->t, start + 900 * TERN_MS);
	speak(m, 0, CONNS);
	/* Nor if RACK waits longer than it did, after a D-SACK. */
	half(m, 0, REORDERED)->repair.rack.mult = 2;
	assert_int_equal(n_flows(m->t.a), CONNS);
	assert_int_equal(n_flows(m->t.b), CONNS);
	assert_int_equal(half(m, 1, MODELLED)->pace_next, 0);
	sleep_until(&m->t, start + 1050 * TERN_MS);
	assert_int_equal(n_flows(m->t.a), MANY);
	assert_int_equal(n_flows(m->t.b), MANY);
	assert_non_null(half(m, 0, PACED));
	assert_non_null(half(m, 0, REORDERED));
	assert_non_null(half(m, 1, MODELLED));
	assert_null(half(m, 0, PLAIN));
	assert_null(half(m, 1, PLAIN));
	sleep_until(&m->t, start + 5 * TERN_S);
	assert_int_equal(n_flows(m->t.a), 0);
}

/* One that is done with sending, and whose user has gone, has no round trip to
 * wait for, however long they were: header prediction takes no sample of the
 * ACK for its FIN, and no deadline may tell. */
static void last_word_is_said(void **state)
{
	struct many *m = *state;
	const tern_time start = m->t.now;
	const int i = CONNS - 1; /* first in line, and of no use to others */
	struct tcb *t = tcb_of(m->t.a, m->fd[0][i]);

	speak(m, i, CONNS);
	speak(m, 0, i);
	sleep_until(&m->t, start + 900 * TERN_MS);
	speak(m, 0, i);
	t->rtt.srtt_us = 400000;
	assert_int_equal(tern_close(m->t.a, m->fd[0][i]), 0);
	run(&m->t);
	assert_int_equal(t->state, FIN_WAIT_2);
	assert_non_null(t->flow);
	sleep_until(&m->t, start + 1050 * TERN_MS);
	assert_int_equal(t->state, FIN_WAIT_2);
	assert_null(t->flow);
	sleep_until(&m->t, start + 5 * TERN_S);
	assert_int_equal(n_flows(m->t.a), 0);
}

/* The first in line was listed when they were few, with patience; the next when
 * they were one too many. */
static void is_not_left_behind(struct many *m)
{
	sleep_until(&m->t, m->t.now + 3 * TERN_S);
	assert_int_equal(n_flows(m->t.a), 0);
}

static void first_in_line_is_reset(void **state)
{
	const struct linger at_once = {1, 0};
	struct many *m = *state;
	int i;

	speak(m, 0, MANY + 6);
	sleep_until(&m->t, m->t.now + 100 * TERN_MS);
	for (i = 0; i < MANY; i++) {
		set(m->t.a, m->fd[0][i], SOL_SOCKET, SO_LINGER, &at_once,
		    sizeof(at_once));
		assert_int_equal(tern_close(m->t.a, m->fd[0][i]), 0);
		run(&m->t);
	}
	is_not_left_behind(m);
}

static void tell(struct many *m, int i)
{
	assert_int_equal(tern_send(m->t.b, m->fd[1][i], "x", 1, 0), 1);
	run(&m->t);
}

static void hear(struct many *m, int i)
{
	char c[8];

	assert_int_equal(tern_recv(m->t.a, m->fd[0][i], c, 8, 0), 1);
}

static void first_in_line_is_sparse(void **state)
{
	struct many *m = *state;
	int i;

	assert_int_equal(tern_sysctl_set(m->t.a, "tern.tcp_crowd", "1"), 0);
	for (i = 2; i <= MANY; i++) /* which is not read yet */
		tell(m, i);
	sleep_until(&m->t, m->t.now + 3 * TERN_S);
	assert_int_equal(n_flows(m->t.a), MANY - 1);
	for (i = 0; i < 2; i++) {
		tell(m, 0);
		hear(m, 0);
		sleep_until(&m->t, m->t.now + 2 * TERN_S);
	}
	tell(m, 0);
	assert_int_equal(tern_send(m->t.a, m->fd[0][1], "x", 1, 0), 1);
	run(&m->t);
	sleep_until(&m->t, m->t.now + 100 * TERN_MS);
	hear(m, 0);
	run(&m->t);
	for (i = 2; i <= MANY; i++)
		hear(m, i);
	is_not_left_behind(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_more),
		cmocka_unit_test(too_many_go),
		cmocka_unit_test(last_word_is_said),
		cmocka_unit_test(first_in_line_is_sparse),
		cmocka_unit_test(first_in_line_is_reset),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
