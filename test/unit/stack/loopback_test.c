/* SPDX-License-Identifier: ISC */
/*
 * loopback_test.c - a stack that talks to itself
 *
 * What is sent to 127.0.0.1 goes round when time is let pass, and the deadline
 * says that it should; a long transfer does not keep others waiting.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "two.h"

static struct tern *n;
static tern_time now;
static int client, server;

/* Until nothing is due. */
static void settle(void)
{
	while (tern_deadline(n) <= now)
		tern_advance(n, now);
	tern_selfcheck(n);
}

static int setup(void **state)
{
	int l;

	(void)state;
	now = TERN_S;
	n = two_stack(1, now);
	if (!n)
		return -1;
	l = two_listen(n, 80, 1);
	client = two_dial(n, INADDR_LOOPBACK, 80);
	settle();
	server = tern_accept(n, l, NULL, NULL);
	return client < 0 || server < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	tern_destroy(n);
	return 0;
}

static void test_deadline_is_now(void **state)
{
	char buf[8];

	(void)state;
	assert_true(tern_deadline(n) > now);
	assert_int_equal(tern_send(n, client, "x", 1, 0), 1);
	assert_int_equal(tern_deadline(n), now);
	assert_int_equal(tern_recv(n, server, buf, 8, 0), -EAGAIN);
	now += TERN_S;
	assert_int_equal(tern_deadline(n), now - TERN_S);
	tern_advance(n, now);
	assert_int_equal(tern_recv(n, server, buf, 8, 0), 1);
	settle();
	assert_true(tern_deadline(n) > now);
}

/* 127.0.0.0/8 is all this host, and its own addresses are too. */
static void test_other_own_addresses(void **state)
{
	static const uint32_t ips[] = {0x7f000002, 0x7fffff01, TWO_A,
				       INADDR_ANY};

	(void)state;
	assert_true(two_attach(n, TWO_A) > 1);
	for (size_t i = 0; i < 4; i++) {
		struct sockaddr_in a;
		socklen_t len = sizeof(a);
		struct pollfd p = {.events = POLLOUT};

		p.fd = two_dial(n, ips[i], 80);
		assert_true(p.fd >= 0);
		settle();
		assert_int_equal(tern_poll(n, &p, 1), 1);
		assert_int_equal(p.revents, POLLOUT);
		assert_int_equal(
			tern_getpeername(n, p.fd, (struct sockaddr *)&a, &len),
			0);
		if (ips[i])
			assert_int_equal(ntohl(a.sin_addr.s_addr), ips[i]);
		if (i == 1) /* room in the accept queue */
			for (int k = 0; k < 2; k++)
				tern_close(n, tern_accept(n, 0, NULL, NULL));
	}
	assert_false(tern_has_output(n, 2));
}

static void test_bulk_both_ways(void **state)
{
	static uint8_t buf[1 << 20];
	size_t sent[2] = {0}, got[2] = {0}, total = 50 << 20;
	int e[2] = {client, server};

	(void)state;
	while (got[0] < total || got[1] < total) {
		for (int k = 0; k < 2; k++) {
			size_t len = total - sent[k] < sizeof(buf)
					     ? total - sent[k]
					     : sizeof(buf);
			ssize_t r;

			for (size_t i = 0; i < len; i += 251)
				buf[i] = (uint8_t)((sent[k] + i) >> 8);
			r = len ? tern_send(n, e[k], buf, len, 0) : 0;
			sent[k] += r > 0 ? (size_t)r : 0;
			while ((r = tern_recv(n, e[k], buf, sizeof(buf), 0)) >
			       0)
				got[k] += (size_t)r;
		}
		tern_advance(n, now);
		now += TERN_US;
	}
	assert_int_equal(got[0], total);
	assert_int_equal(got[1], total);
	tern_selfcheck(n);
	/* Without an interface of MTU 1500 this takes no segments of that. */
	assert_true(tern_counter(n, TERN_TcpOutSegs) < 2 * total / 1460);
}

/* One call of tern_advance() does a bounded amount of work, and says that there
 * is more. */
static void test_others_are_not_kept_waiting(void **state)
{
	uint64_t before;
	int l = two_listen(n, 81, 2000);

	(void)state;
	for (int i = 0; i < 1500; i++)
		assert_true(two_dial(n, INADDR_LOOPBACK, 81) >= 0);
	before = tern_counter(n, TERN_IpInReceives);
	tern_advance(n, now);
	assert_int_equal(tern_counter(n, TERN_IpInReceives) - before, 16 * 32);
	assert_int_equal(tern_deadline(n), now);
	settle();
	for (int i = 0; i < 1500; i++)
		assert_true(tern_accept(n, l, NULL, NULL) >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_deadline_is_now, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_other_own_addresses, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_bulk_both_ways, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			test_others_are_not_kept_waiting, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
