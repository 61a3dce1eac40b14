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

static const struct flow *flow_of(struct many *m, int i)
{
	return fd_find(&m->t.a->socks.fds, m->fd[0][i])->u.tcb->flow;
}

/* A tenth of a second is silence enough for those that are too many; for no
 * more of them, and not for one whose departures are paced. */
static void too_many_go(void **state)
{
	struct many *m = *state;
	const tern_time start = m->t.now;
	uint32_t rate = 1000000000;

	assert_int_equal(tern_setsockopt(m->t.a, m->fd[0][0], SOL_SOCKET,
					 SO_MAX_PACING_RATE, &rate,
					 sizeof(rate)),
			 0);
	speak(m, 0, CONNS);
	sleep_until(&m->t, start + 900 * TERN_MS);
	speak(m, 0, CONNS);
	assert_int_equal(n_flows(m->t.a), CONNS);
	sleep_until(&m->t, start + 1050 * TERN_MS);
	assert_int_equal(n_flows(m->t.a), MANY);
	assert_non_null(flow_of(m, 0));
	assert_null(flow_of(m, 1));
	sleep_until(&m->t, start + 5 * TERN_S);
	assert_int_equal(n_flows(m->t.a), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_more),
		cmocka_unit_test(too_many_go),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
