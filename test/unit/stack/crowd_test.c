/* SPDX-License-Identifier: ISC */
/*
 * crowd_test.c - more connections than are thought to be in the cache
 *
 * Then batches of segments, calls and timers ask for memory before they need
 * it, on ways of their own.  What is said and heard must be the same, whatever
 * descriptors tern_prefetch() is given.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "two.h"

#define CONNS 600 /* more than FLOWS_IN_CACHE of src/tcp/ahead.h */
#define PORT  80
#define BATCH 32
#define TURNS 8

struct crowd {
	struct two t;
	int listener, epfd;
	int fd[2][CONNS];
};

static void carry(struct tern *from, int if_from, struct tern *to, int if_to,
		  tern_time now)
{
	struct tern_frame f[BATCH];
	int n;

	while ((n = tern_output(from, if_from, f, BATCH, now)) > 0)
		tern_input(to, if_to, f, n, now);
	tern_selfcheck(from);
	tern_selfcheck(to);
}

static int setup(void **state)
{
	struct crowd *c = calloc(1, sizeof(*c));
	struct epoll_event ev = {.events = EPOLLIN};
	int ends[2], i;

	assert_int_equal(two_open(&c->t), 0);
	c->listener = two_listen(c->t.b, PORT, 8);
	c->epfd = tern_epoll_create(c->t.b);
	assert_true(c->listener >= 0 && c->epfd >= 0);
	for (i = 0; i < CONNS; i++) {
		assert_int_equal(two_connect(&c->t, PORT, c->listener, ends),
				 0);
		c->fd[0][i] = ends[0];
		c->fd[1][i] = ends[1];
		ev.data.u32 = (uint32_t)i;
		assert_int_equal(tern_epoll_ctl(c->t.b, c->epfd, EPOLL_CTL_ADD,
						ends[1], &ev),
				 0);
	}
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	struct crowd *c = *state;

	two_close(&c->t);
	free(c);
	return 0;
}

/* Each says its number; whom epoll tells of has it, and says it twice. */
static int serve(struct crowd *c)
{
	struct epoll_event evs[CONNS];
	const int n = tern_epoll_wait(c->t.b, c->epfd, evs, CONNS);
	int i, fd;
	uint32_t word;

	for (i = 0; i < n; i++) {
		fd = c->fd[1][evs[i].data.u32];
		assert_int_equal(tern_recv(c->t.b, fd, &word, sizeof(word), 0),
				 4);
		assert_int_equal(word, evs[i].data.u32);
		assert_int_equal(tern_send(c->t.b, fd, &word, sizeof(word), 0),
				 4);
		assert_int_equal(tern_send(c->t.b, fd, &word, sizeof(word), 0),
				 4);
	}
	return n;
}

static void a_turn(struct crowd *c, const int *expected, int n_expected)
{
	uint32_t word[2];
	int i;

	tern_prefetch(c->t.a, expected, n_expected);
	for (i = 0; i < CONNS; i++) {
		word[0] = (uint32_t)i;
		assert_int_equal(tern_send(c->t.a, c->fd[0][i], word, 4, 0), 4);
	}
	carry(c->t.a, c->t.if_a, c->t.b, c->t.if_b, c->t.now);
	assert_int_equal(serve(c), CONNS);
	carry(c->t.b, c->t.if_b, c->t.a, c->t.if_a, c->t.now);
	tern_prefetch(c->t.a, expected, n_expected);
	for (i = 0; i < CONNS; i++) {
		assert_int_equal(
			tern_recv(c->t.a, c->fd[0][i], word, sizeof(word), 0),
			8);
		assert_int_equal(word[0], i);
		assert_int_equal(word[1], i);
	}
}

/* Also after a silence, in which the cold halves go. */
static void all_are_heard(void **state)
{
	struct crowd *c = *state;
	int turn;

	for (turn = 0; turn < TURNS; turn++) {
		a_turn(c, c->fd[0], CONNS);
		two_wait(&c->t, turn % 2 ? 3 * TERN_S : 10 * TERN_MS);
	}
}

static void whatever_is_expected(void **state)
{
	struct crowd *c = *state;
	int fds[CONNS], i;

	for (i = 0; i < CONNS; i++)
		fds[i] = c->fd[0][i] ^ ((i & 63) << 24 | i);
	fds[0] = -1;
	fds[1] = INT32_MAX;
	fds[2] = INT32_MIN;
	fds[3] = tern_socket(c->t.a, AF_UNIX, SOCK_STREAM, 0);
	fds[4] = tern_socket(c->t.a, AF_INET, SOCK_STREAM, 0);
	fds[5] = two_listen(c->t.a, PORT, 1);
	fds[6] = tern_epoll_create(c->t.a);
	fds[7] = tern_socket(c->t.a, AF_INET, SOCK_STREAM, 0);
	assert_int_equal(tern_close(c->t.a, fds[7]), 0);
	a_turn(c, fds, CONNS);
	a_turn(c, fds, 65);
	a_turn(c, fds, 64);
	a_turn(c, NULL, 0);
	a_turn(c, NULL, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_are_heard, setup, teardown),
		cmocka_unit_test_setup_teardown(whatever_is_expected, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
