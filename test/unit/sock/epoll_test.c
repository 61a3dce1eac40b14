/* SPDX-License-Identifier: ISC */
/*
 * epoll_test.c - epoll sets: what a comparison with Linux does not show
 *
 * Turns with EPOLLEXCLUSIVE, the cost of sockets that are not ready, and what
 * is left of a set or a socket that is closed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include <tern/libc.h>
#include <tern/tern.h>

static struct tern *n;

static int setup(void **state)
{
	struct tern_config c;

	(void)state;
	tern_config_init(&c);
	c.alloc = tern_libc_allocator();
	return tern_create(&n, &c, 1);
}

static int teardown(void **state)
{
	(void)state;
	tern_selfcheck(n);
	tern_destroy(n);
	return 0;
}

static void pair(int p[2])
{
	assert_int_equal(
		tern_socketpair(n, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p),
		0);
}

static int set_of(int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.fd = fd};
	int ep = tern_epoll_create(n);

	assert_true(ep >= 0);
	if (fd >= 0)
		assert_int_equal(tern_epoll_ctl(n, ep, EPOLL_CTL_ADD, fd, &ev),
				 0);
	return ep;
}

static int n_ready(int ep)
{
	struct epoll_event ev[64];

	return tern_epoll_wait(n, ep, ev, 64);
}

static void say(int fd)
{
	assert_int_equal(tern_send(n, fd, "x", 1, 0), 1);
}

static void hear(int fd)
{
	char buf[16];

	assert_true(tern_recv(n, fd, buf, 16, 0) > 0);
}

static void test_exclusive_takes_turns(void **state)
{
	int p[2], ep[3], told[3] = {0};

	(void)state;
	pair(p);
	for (int i = 0; i < 3; i++)
		ep[i] = set_of(p[0], EPOLLIN | EPOLLET | EPOLLEXCLUSIVE);
	for (int i = 0; i < 9; i++) {
		int sum = 0;

		say(p[1]);
		for (int k = 0; k < 3; k++) {
			int r = n_ready(ep[k]);

			told[k] += r;
			sum += r;
		}
		assert_int_equal(sum, 1);
		hear(p[0]);
	}
	for (int i = 0; i < 3; i++)
		assert_int_equal(told[i], 3);
}

/* A set whose owner does not come does not keep events from the others. */
static void test_exclusive_passes_the_busy(void **state)
{
	int p[2], a, b;

	(void)state;
	pair(p);
	a = set_of(p[0], EPOLLIN | EPOLLEXCLUSIVE);
	b = set_of(p[0], EPOLLIN | EPOLLEXCLUSIVE);
	say(p[1]);
	say(p[1]);
	assert_int_equal(n_ready(a), 1);
	assert_int_equal(n_ready(b), 1);
}

static void test_exclusive_is_handed_on(void **state)
{
	int p[2], ep[2];

	(void)state;
	pair(p);
	ep[0] = set_of(p[0], EPOLLIN | EPOLLEXCLUSIVE);
	ep[1] = set_of(p[0], EPOLLIN | EPOLLEXCLUSIVE);
	say(p[1]); /* the last registered is told first */
	assert_int_equal(tern_close(n, ep[1]), 0);
	assert_int_equal(n_ready(ep[0]), 1);
}

/* All that are not exclusive are told besides. */
static void test_others_beside_exclusive(void **state)
{
	int p[2], ep[4], sum = 0;

	(void)state;
	pair(p);
	for (int i = 0; i < 4; i++)
		ep[i] = set_of(p[0], EPOLLIN | EPOLLET |
					     (i < 2 ? EPOLLEXCLUSIVE : 0));
	say(p[1]);
	for (int i = 0; i < 2; i++)
		sum += n_ready(ep[i]);
	assert_int_equal(sum, 1);
	assert_int_equal(n_ready(ep[2]), 1);
	assert_int_equal(n_ready(ep[3]), 1);
}

static void test_ten_thousand(void **state)
{
	static int fds[10000][2];
	struct epoll_event ev = {.events = EPOLLIN};
	struct epoll_event evs[128];
	int ep = tern_epoll_create(n);

	(void)state;
	for (int i = 0; i < 10000; i++) {
		pair(fds[i]);
		ev.data.u32 = (uint32_t)i;
		assert_int_equal(
			tern_epoll_ctl(n, ep, EPOLL_CTL_ADD, fds[i][0], &ev),
			0);
	}
	assert_int_equal(tern_epoll_wait(n, ep, evs, 128), 0);

	/* A hundred rounds with one that is ready, then all of them. */
	for (int i = 0; i < 10000; i += 100) {
		say(fds[i][1]);
		assert_int_equal(tern_epoll_wait(n, ep, evs, 128), 1);
		assert_int_equal(evs[0].data.u32, i);
		hear(fds[i][0]);
		assert_int_equal(tern_epoll_wait(n, ep, evs, 128), 0);
	}
	for (int i = 0; i < 10000; i++)
		say(fds[9999 - i][1]);
	for (int i = 0; i < 10000; i += 100) {
		assert_int_equal(tern_epoll_wait(n, ep, evs, 100), 100);
		for (int k = 0; k < 100; k++) {
			assert_int_equal(evs[k].data.u32, 9999 - i - k);
			hear(fds[evs[k].data.u32][0]);
		}
	}
	assert_int_equal(tern_epoll_wait(n, ep, evs, 128), 0);

	/* Closing takes them out, from either side. */
	for (int i = 0; i < 5000; i++)
		assert_int_equal(tern_close(n, fds[i][0]), 0);
	tern_selfcheck(n);
	assert_int_equal(tern_close(n, ep), 0);
	tern_selfcheck(n);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(tern_close(n, fds[i][1]), 0);
	assert_true(tern_memory(n, TERN_MEM_POLL) < 200000);
}

static void test_descriptor_is_reused(void **state)
{
	int p[2], ep;

	(void)state;
	pair(p);
	ep = set_of(p[0], EPOLLIN);
	say(p[1]);
	assert_int_equal(tern_close(n, p[0]), 0);
	assert_int_equal(n_ready(ep), 0);
	for (int i = 0; i < 300; i++) { /* until its place is used again */
		pair(p);
		say(p[1]);
		assert_int_equal(n_ready(ep), 0);
		assert_int_equal(tern_close(n, p[0]), 0);
		assert_int_equal(tern_close(n, p[1]), 0);
	}
}

static void test_no_memory(void **state)
{
	struct epoll_event ev = {.events = EPOLLIN};
	struct tern_config c;
	struct tern *small;
	static int eps[100000];
	int p[2], n_eps = 0, ep, err = 0;

	(void)state;
	tern_config_init(&c);
	c.alloc = tern_libc_allocator();
	c.memory_limit = 1000000;
	assert_int_equal(tern_create(&small, &c, 1), 0);
	assert_int_equal(tern_socketpair(small, AF_UNIX, SOCK_STREAM, 0, p), 0);
	while ((ep = tern_epoll_create(small)) >= 0) {
		eps[n_eps++] = ep;
		err = tern_epoll_ctl(small, ep, EPOLL_CTL_ADD, p[0], &ev);
		if (err)
			break;
	}
	assert_true(n_eps > 1000);
	assert_int_equal(err ? err : ep, -ENOBUFS);
	tern_selfcheck(small);

	/* What is there still works, and there is room again after closing. */
	assert_int_equal(tern_epoll_wait(small, eps[0], &ev, 1), 0);
	while (n_eps > 1)
		assert_int_equal(tern_close(small, eps[--n_eps]), 0);
	tern_selfcheck(small);
	assert_int_equal(tern_send(small, p[1], "x", 1, 0), 1);
	assert_int_equal(tern_epoll_wait(small, eps[0], &ev, 1), 1);
	tern_destroy(small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_exclusive_takes_turns,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_exclusive_passes_the_busy,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_exclusive_is_handed_on,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_others_beside_exclusive,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_ten_thousand, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_descriptor_is_reused,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
