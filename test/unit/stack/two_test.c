/* SPDX-License-Identifier: ISC */
/* two_test.c - two stacks: connect, exchange data, close */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "two.h"

static struct two t;
static int listener;

static int setup(void **state)
{
	(void)state;
	if (two_open(&t) < 0)
		return -1;
	listener = two_listen(t.b, 80, 10);
	return listener < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	two_close(&t);
	return 0;
}

static enum tern_tcp_state state_of(struct tern *n, int fd)
{
	struct tern_sockinfo rows[16];
	uint64_t cursor = 0;
	int n_rows;

	while ((n_rows = tern_sockets(n, &cursor, rows, 16)) > 0)
		for (int i = 0; i < n_rows; i++)
			if (rows[i].fd == fd)
				return rows[i].state;
	return TERN_TCP_CLOSED;
}

static void test_open_data_close(void **state)
{
	char out[16];
	int e[2];

	(void)state;
	assert_int_equal(two_connect(&t, 80, listener, e), 0);
	assert_int_equal(state_of(t.a, e[0]), TERN_TCP_ESTABLISHED);
	assert_int_equal(state_of(t.b, e[1]), TERN_TCP_ESTABLISHED);
	assert_int_equal(tern_recv(t.b, e[1], out, 16, 0), -EAGAIN);
	assert_int_equal(tern_send(t.a, e[0], "hello", 5, 0), 5);
	two_run(&t);
	assert_int_equal(tern_recv(t.b, e[1], out, 16, 0), 5);
	assert_memory_equal(out, "hello", 5);
	assert_int_equal(tern_send(t.b, e[1], "and back", 8, 0), 8);
	two_run(&t);
	assert_int_equal(tern_recv(t.a, e[0], out, 16, 0), 8);
	assert_memory_equal(out, "and back", 8);

	assert_int_equal(tern_shutdown(t.a, e[0], SHUT_WR), 0);
	two_run(&t);
	assert_int_equal(state_of(t.a, e[0]), TERN_TCP_FIN_WAIT_2);
	assert_int_equal(state_of(t.b, e[1]), TERN_TCP_CLOSE_WAIT);
	assert_int_equal(tern_recv(t.b, e[1], out, 16, 0), 0);
	assert_int_equal(tern_close(t.b, e[1]), 0);
	two_run(&t);
	assert_int_equal(tern_recv(t.a, e[0], out, 16, 0), 0);
	assert_int_equal(tern_close(t.a, e[0]), 0);
	assert_int_equal(tern_close(t.a, e[0]), -EBADF);
	two_wait(&t, 61 * TERN_S);
	assert_int_equal(tern_memory(t.a, TERN_MEM_TIMEWAIT) > 4096 * 16, 0);
}

/* Both ways at once, with losses. */
static void transfer(size_t total)
{
	static uint8_t buf[65536];
	size_t sent[2] = {0}, got[2] = {0};
	int e[2];

	assert_int_equal(two_connect(&t, 80, listener, e), 0);
	while (got[0] < total || got[1] < total) {
		for (int k = 0; k < 2; k++) {
			struct tern *n = k ? t.b : t.a;
			size_t len = sizeof(buf);
			ssize_t r;

			if (len > total - sent[k])
				len = total - sent[k];
			for (size_t i = 0; i < len; i++)
				buf[i] = (uint8_t)((sent[k] + i) * 31 >> 3);
			r = len ? tern_send(n, e[k], buf, len, 0) : 0;
			assert_true(r >= 0 || r == -EAGAIN);
			sent[k] += r > 0 ? (size_t)r : 0;
			while ((r = tern_recv(n, e[k], buf, sizeof(buf), 0)) >
			       0) {
				for (ssize_t i = 0; i < r; i++)
					assert_int_equal(
						buf[i],
						(uint8_t)((got[k] + (size_t)i) *
								  31 >>
							  3));
				got[k] += (size_t)r;
			}
			assert_int_equal(r, -EAGAIN);
		}
		two_wait(&t, TERN_MS);
	}
	assert_int_equal(tern_close(t.a, e[0]), 0);
	assert_int_equal(tern_close(t.b, e[1]), 0);
	two_wait(&t, 200 * TERN_S);
}

static void test_bulk(void **state)
{
	(void)state;
	transfer(20000000);
}

static void test_bulk_with_loss(void **state)
{
	(void)state;
	t.lose = 37;
	transfer(2000000);
}

static void test_refused(void **state)
{
	int err = 0, fd = two_dial(t.a, TWO_B, 81);
	socklen_t len = sizeof(err);

	(void)state;
	assert_true(fd >= 0);
	two_run(&t);
	assert_int_equal(
		tern_getsockopt(t.a, fd, SOL_SOCKET, SO_ERROR, &err, &len), 0);
	assert_int_equal(err, ECONNREFUSED);
}

/* Binds to a port of its own and connects. */
static int dial_from(struct tern *n, uint16_t from, uint32_t ip, uint16_t to)
{
	struct sockaddr_in here = two_addr(INADDR_ANY, from);
	struct sockaddr_in there = two_addr(ip, to);
	int fd = tern_socket(n, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_int_equal(
		tern_bind(n, fd, (struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(
		tern_connect(n, fd, (struct sockaddr *)&there, sizeof(there)),
		-EINPROGRESS);
	return fd;
}

/*
 * MUST-10: both ends open at once; the SYN of one arrives while that of the
 * other is still owed, so that the first segment of this one is a SYN,ACK.
 */
static void test_syn_meets_unsent_syn(void **state)
{
	char out[8];
	int a = dial_from(t.a, 81, TWO_B, 83);
	int b = dial_from(t.b, 83, TWO_A, 81);

	(void)state;
	assert_int_equal(two_move(&t, t.a, t.if_a, t.b, t.if_b), 1);
	assert_int_equal(state_of(t.b, b), TERN_TCP_SYN_RECEIVED);
	two_run(&t);
	assert_int_equal(state_of(t.a, a), TERN_TCP_ESTABLISHED);
	assert_int_equal(state_of(t.b, b), TERN_TCP_ESTABLISHED);
	assert_int_equal(t.n_frames, 3);
	assert_int_equal(tern_send(t.b, b, "ok", 2, 0), 2);
	two_run(&t);
	assert_int_equal(tern_recv(t.a, a, out, 8, 0), 2);
}

/* The same, and the SYN,ACK is lost: it comes again. */
static void test_unsent_syn_is_lost(void **state)
{
	int a = dial_from(t.a, 81, TWO_B, 83);
	int b = dial_from(t.b, 83, TWO_A, 81);
	struct tern_frame f;

	(void)state;
	assert_int_equal(two_move(&t, t.a, t.if_a, t.b, t.if_b), 1);
	assert_int_equal(tern_output(t.b, t.if_b, &f, 1, t.now), 1);
	tern_frame_release(&f);
	two_wait(&t, 3 * TERN_S);
	assert_int_equal(state_of(t.a, a), TERN_TCP_ESTABLISHED);
	assert_int_equal(state_of(t.b, b), TERN_TCP_ESTABLISHED);
}

/*
 * SO_RCVLOWAT asks for more than the window leaves room for: what there is must
 * be told of, or both ends would wait for ever.
 */
static void test_low_water_beyond_the_window(void **state)
{
	const int clamp = 1152, lowat = 1000;
	struct epoll_event ev = {.events = EPOLLIN | EPOLLET};
	static char buf[2000];
	int e[2], ep = tern_epoll_create(t.b);

	(void)state;
	assert_int_equal(tern_setsockopt(t.b, listener, IPPROTO_TCP,
					 TCP_WINDOW_CLAMP, &clamp,
					 sizeof(clamp)),
			 0);
	assert_int_equal(tern_setsockopt(t.b, listener, SOL_SOCKET, SO_RCVLOWAT,
					 &lowat, sizeof(lowat)),
			 0);
	assert_int_equal(two_connect(&t, 80, listener, e), 0);
	assert_int_equal(tern_epoll_ctl(t.b, ep, EPOLL_CTL_ADD, e[1], &ev), 0);
	assert_int_equal(tern_send(t.a, e[0], buf, 500, 0), 500);
	two_wait(&t, TERN_S);
	assert_int_equal(tern_epoll_wait(t.b, ep, &ev, 1), 0);
	assert_int_equal(tern_recv(t.b, e[1], buf, 368, 0), 368);
	assert_int_equal(tern_send(t.a, e[0], buf, 2000, 0), 2000);
	two_wait(&t, 10 * TERN_MS);
	assert_int_equal(tern_epoll_wait(t.b, ep, &ev, 1), 1);
	assert_int_equal(tern_recv(t.b, e[1], buf, 2000, 0), 784);
}

/* A set at a with a connection that is new there is told that it is open, that
 * something has come, and that no more will. */
static void hear_of(int ep, int fds[2])
{
	struct epoll_event ev;
	char c = 0;

	assert_int_equal(tern_epoll_wait(t.a, ep, &ev, 1), 1); /* it is open */
	assert_int_equal(ev.events, EPOLLOUT);
	assert_int_equal(tern_epoll_wait(t.a, ep, &ev, 1), 0);
	assert_int_equal(tern_send(t.b, fds[1], "x", 1, 0), 1);
	two_run(&t);
	assert_int_equal(tern_epoll_wait(t.a, ep, &ev, 1), 1);
	assert_int_equal(ev.events, EPOLLIN | EPOLLOUT);
	assert_int_equal(tern_recv(t.a, fds[0], &c, 1, 0), 1);
	assert_int_equal(tern_close(t.b, fds[1]), 0);
	two_run(&t);
	assert_int_equal(tern_epoll_wait(t.a, ep, &ev, 1), 1);
	assert_true(ev.events & EPOLLRDHUP);
}

/* Who comes into a set late, and still with another connection under the same
 * descriptor, is told of all that happens from then on. */
static void test_told_late_and_again(void **state)
{
	const struct sockaddr none = {.sa_family = AF_UNSPEC};
	const struct sockaddr_in to = two_addr(TWO_B, 80);
	struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP |
					   EPOLLET};
	int fds[2], ep = tern_epoll_create(t.a);
	char c;

	(void)state;
	assert_int_equal(two_connect(&t, 80, listener, fds), 0);
	assert_int_equal(tern_send(t.b, fds[1], "x", 1, 0), 1);
	two_run(&t);
	assert_int_equal(tern_recv(t.a, fds[0], &c, 1, 0), 1);
	assert_int_equal(tern_epoll_ctl(t.a, ep, EPOLL_CTL_ADD, fds[0], &ev),
			 0);
	hear_of(ep, fds);
	assert_int_equal(tern_connect(t.a, fds[0], &none, sizeof(none)), 0);
	two_run(&t);
	while (tern_epoll_wait(t.a, ep, &ev, 1) > 0)
		;
	assert_int_equal(
		tern_connect(t.a, fds[0], (const void *)&to, sizeof(to)),
		-EINPROGRESS);
	two_run(&t);
	fds[1] = tern_accept(t.b, listener, NULL, NULL);
	assert_true(fds[1] >= 0);
	hear_of(ep, fds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_open_data_close, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_bulk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bulk_with_loss, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_syn_meets_unsent_syn,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_unsent_syn_is_lost, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			test_low_water_beyond_the_window, setup, teardown),
		cmocka_unit_test_setup_teardown(test_told_late_and_again, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
