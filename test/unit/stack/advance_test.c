/* SPDX-License-Identifier: ISC */
/*
 * advance_test.c - one call of tern_advance() does not do all that is due
 *
 * Thousands of connections have the same deadline.  A call does a part, says
 * that more is due now, and goes on the next time; nothing is lost, and nothing
 * is late by the stack's own clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include <tern/libc.h>
#include <tern/netif.h>
#include <tern/socket.h>
#include <tern/stack.h>
#include <tern/stats.h>

#define N_CONNS	     3000
#define N_AT_MOST    512 /* timers of one call */
#define CALLS_ENOUGH (N_CONNS * 4)

struct crowd {
	struct tern *n;
	int ifindex;
	tern_time now;
};

static int lose(struct crowd *c)
{
	struct tern_frame frames[64];
	int n, i, all = 0;

	while ((n = tern_output(c->n, c->ifindex, frames, 64, c->now)) > 0) {
		for (i = 0; i < n; i++)
			tern_frame_release(&frames[i]);
		all += n;
	}
	return all;
}

/* All of them send a SYN at the same time, which is lost. */
static void setup(struct crowd *c)
{
	const struct tern_if_config pipe = {
		.name = "if0", .flags = TERN_IF_POINTOPOINT, .mtu = 1500};
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(0x0a000002),
				 .sin_port = htons(80)};
	struct tern_config config;
	int i, fd;

	c->now = TERN_S;
	tern_config_init(&config);
	config.alloc = tern_libc_allocator();
	assert_int_equal(tern_create(&c->n, &config, c->now), 0);
	c->ifindex = tern_if_add(c->n, &pipe);
	assert_true(c->ifindex > 0);
	assert_int_equal(tern_addr_add(c->n, c->ifindex, 0x0a000001, 24), 0);
	for (i = 0; i < N_CONNS; i++) {
		fd = tern_socket(c->n, AF_INET, SOCK_STREAM, 0);
		assert_true(fd >= 0);
		assert_int_equal(
			tern_connect(c->n, fd, (const void *)&to, sizeof(to)),
			-EINPROGRESS);
	}
	assert_int_equal(lose(c), N_CONNS);
}

static uint64_t n_timeouts(const struct crowd *c)
{
	return tern_counter(c->n, TERN_TcpExtTCPSynRetrans);
}

/* One round of timeouts; returns how many calls it took. */
static int fire_all(struct crowd *c)
{
	const uint64_t end = n_timeouts(c) + N_CONNS;
	uint64_t before;
	int n_calls = 0;

	c->now = tern_deadline(c->n);
	while (tern_deadline(c->n) <= c->now) {
		before = n_timeouts(c);
		tern_advance(c->n, c->now);
		assert_true(n_timeouts(c) - before <= N_AT_MOST);
		assert_true(++n_calls < CALLS_ENOUGH);
	}
	assert_int_equal(n_timeouts(c), end);
	assert_int_equal(lose(c), N_CONNS);
	return n_calls;
}

static void test_what_is_due_at_once_is_done_in_parts(void **state)
{
	struct crowd c;
	tern_time first;

	(void)state;
	setup(&c);
	first = tern_deadline(c.n);
	assert_true(fire_all(&c) >= N_CONNS / N_AT_MOST);
	assert_true(c.now == first);
	assert_true(fire_all(&c) >= N_CONNS / N_AT_MOST);
	/* The second timeout is twice the first (RFC 6298 5.5). */
	assert_true(c.now - first >= 2 * (first - TERN_S) - TERN_MS);
	assert_true(c.now - first <= 2 * (first - TERN_S) + TERN_MS);
	tern_destroy(c.n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_due_at_once_is_done_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
