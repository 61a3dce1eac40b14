/* SPDX-License-Identifier: ISC */
/*
 * sparse_test.c - very many connections that rarely speak, tcp/sparse.h
 *
 * Two connections are very many here, by tern.tcp_crowd.
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

#define PORT	80
#define SILENCE TERN_S

struct talk {
	struct two t;
	int fd[2][2]; /* connection, end */
};

static void set_crowd(struct talk *k, const char *value)
{
	assert_int_equal(tern_sysctl_set(k->t.a, "tern.tcp_crowd", value), 0);
	assert_int_equal(tern_sysctl_set(k->t.b, "tern.tcp_crowd", value), 0);
}

static int setup(void **state)
{
	struct talk *k = calloc(1, sizeof(*k));
	int i, listener;

	assert_int_equal(two_open(&k->t), 0);
	listener = two_listen(k->t.b, PORT, 8);
	for (i = 0; i < 2; i++)
		assert_int_equal(two_connect(&k->t, PORT, listener, k->fd[i]),
				 0);
	set_crowd(k, "2");
	*state = k;
	return 0;
}

static int teardown(void **state)
{
	struct talk *k = *state;

	two_close(&k->t);
	free(k);
	return 0;
}

static size_t n_flows(const struct tern *n)
{
	return pool_count(&n->tcp.flows);
}

static void say(struct tern *n, int fd)
{
	assert_int_equal(tern_send(n, fd, "x", 1, 0), 1);
}

static void hear(struct tern *n, int fd)
{
	char c[8];

	assert_int_equal(tern_recv(n, fd, c, sizeof(c), 0), 1);
}

static uint64_t carry_to_b(struct talk *k)
{
	const uint64_t before = k->t.n_frames;

	while (two_move(&k->t, k->t.a, k->t.if_a, k->t.b, k->t.if_b) > 0)
		;
	return k->t.n_frames - before;
}

static uint64_t carry_to_a(struct talk *k)
{
	const uint64_t before = k->t.n_frames;

	while (two_move(&k->t, k->t.b, k->t.if_b, k->t.a, k->t.if_a) > 0)
		;
	return k->t.n_frames - before;
}

/* A question and its answer, which a has read and not yet acknowledged. */
static void ask(struct talk *k)
{
	say(k->t.a, k->fd[0][0]);
	assert_int_equal(carry_to_b(k), 1);
	hear(k->t.b, k->fd[0][1]);
	say(k->t.b, k->fd[0][1]);
	assert_int_equal(carry_to_a(k), 1); /* it carries the ACK */
	hear(k->t.a, k->fd[0][0]);
}

/* The first ACK waits, and goes alone: then it is known. */
static void ask_first(struct talk *k)
{
	ask(k);
	assert_int_equal(carry_to_b(k), 0);
	two_wait(&k->t, SILENCE);
}

static void test_a_lone_ack_goes_at_once(void **state)
{
	struct talk *k = *state;
	int i;

	ask_first(k);
	for (i = 0; i < 3; i++) {
		ask(k);
		assert_int_equal(carry_to_b(k), 1);
		assert_int_equal(n_flows(k->t.a), 0);
		assert_int_equal(n_flows(k->t.b), 0);
		two_run(&k->t);
		two_wait(&k->t, SILENCE);
	}
}

static void test_few_connections_wait(void **state)
{
	struct talk *k = *state;

	set_crowd(k, "3");
	ask_first(k);
	ask(k);
	assert_int_equal(carry_to_b(k), 0);
	assert_true(n_flows(k->t.a) > 0);
	assert_true(n_flows(k->t.b) > 0);
}

/* No silence, so the next question may carry it. */
static void test_a_dialogue_waits(void **state)
{
	struct talk *k = *state;
	int i;

	ask_first(k);
	ask(k);
	assert_int_equal(carry_to_b(k), 1);
	for (i = 0; i < 5; i++) {
		two_wait(&k->t, 5 * TERN_MS);
		ask(k);
		assert_int_equal(carry_to_b(k), 0);
		assert_true(n_flows(k->t.a) > 0);
		assert_true(n_flows(k->t.b) > 0);
	}
}

/* Who was quick enough to give the ACK a carrier is waited for again. */
static void test_an_ack_that_was_carried_waits_again(void **state)
{
	struct talk *k = *state;

	ask_first(k);
	ask(k);
	ask(k);
	assert_int_equal(carry_to_b(k), 0);
	two_wait(&k->t, SILENCE);
	/* That one was alone, by its timer. */
	ask(k);
	assert_int_equal(carry_to_b(k), 1);
}

static void test_what_is_not_read_stays(void **state)
{
	struct talk *k = *state;

	ask_first(k);
	say(k->t.a, k->fd[0][0]);
	two_wait(&k->t, SILENCE);
	assert_int_equal(n_flows(k->t.b), 1);
	hear(k->t.b, k->fd[0][1]);
	assert_int_equal(n_flows(k->t.b), 0);
	tern_selfcheck(k->t.b);
	say(k->t.b, k->fd[0][1]);
	assert_int_equal(carry_to_a(k), 1);
	hear(k->t.a, k->fd[0][0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_lone_ack_goes_at_once,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_few_connections_wait,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_dialogue_waits, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			test_an_ack_that_was_carried_waits_again, setup,
			teardown),
		cmocka_unit_test_setup_teardown(test_what_is_not_read_stays,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
