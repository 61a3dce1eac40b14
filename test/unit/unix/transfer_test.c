/* SPDX-License-Identifier: ISC */
/* transfer_test.c - AF_UNIX sockets: flow control, ends of stream, readiness */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "domain.h"

static struct domain t;
static struct unix_sock *a, *b; /* users 1 and 2, connected */

static int setup(void **state)
{
	(void)state;
	if (domain_open(&t) < 0)
		return -1;
	a = unix_create(&t.d);
	b = unix_create(&t.d);
	if (!a || !b)
		return -1;
	unix_set_user(a, 1);
	unix_set_user(b, 2);
	unix_pair(a, b);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (a)
		unix_close(&t.d, a);
	if (b)
		unix_close(&t.d, b);
	return domain_close(&t);
}

static ssize_t put(struct unix_sock *u, const char *bytes, size_t len)
{
	union {
		const char *in;
		void *base;
	} p = {bytes};
	struct iovec iov = {p.base, len};

	return unix_send(&t.d, u, &iov, len);
}

static ssize_t get(struct unix_sock *u, char *bytes, size_t len, int flags)
{
	struct iovec iov = {bytes, len};

	return unix_receive(&t.d, u, &iov, len, flags);
}

static void test_both_ways(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(get(b, out, 8, 0), -EAGAIN);
	assert_int_equal(put(a, "tern", 4), 4);
	assert_int_equal(domain_told(&t, 2), POLLIN);
	assert_int_equal(unix_outq(a), 4);
	assert_int_equal(unix_inq(b), 4);
	assert_int_equal(unix_poll(b), POLLIN | POLLOUT);
	assert_int_equal(get(b, out, 2, MSG_PEEK), 2);
	assert_int_equal(get(b, out, 8, 0), 4);
	assert_memory_equal(out, "tern", 4);
	assert_int_equal(put(b, "back", 4), 4);
	assert_int_equal(get(a, out, 8, 0), 4);
	assert_memory_equal(out, "back", 4);
	assert_int_equal(put(a, "", 0), 0);
	assert_int_equal(unix_poll(b), POLLOUT);
}

static void test_flow_control(void **state)
{
	static char big[300000];

	(void)state;
	a->sndbuf = 10000;
	assert_int_equal(put(a, big, 300000), 10000);
	assert_int_equal(put(a, big, 1), -EAGAIN);
	assert_int_equal(unix_poll(a), 0);
	domain_told(&t, 1);
	assert_int_equal(get(b, big, 7499, 0), 7499);
	assert_int_equal(domain_told(&t, 1), 0); /* more than a quarter left */
	assert_int_equal(unix_poll(a), 0);
	assert_int_equal(get(b, big, 1, 0), 1);
	assert_int_equal(domain_told(&t, 1), POLLOUT);
	assert_int_equal(unix_poll(a), POLLOUT);

	/* The receiver's buffer bounds it too. */
	b->rcvbuf = 5000;
	assert_int_equal(put(a, big, 300000), 2500);
	assert_int_equal(put(a, big, 1), -EAGAIN);
}

static void test_wait_for_all(void **state)
{
	static char big[300000];

	(void)state;
	assert_int_equal(put(a, "abc", 3), 3);
	assert_int_equal(get(b, big, 4, MSG_WAITALL), -EAGAIN);
	assert_int_equal(put(a, "d", 1), 1);
	assert_int_equal(get(b, big, 4, MSG_WAITALL), 4);

	/* A full buffer will not grow, an ended stream neither. */
	assert_int_equal(put(a, big, 300000), UNIX_BUFFER);
	assert_int_equal(get(b, big, 300000, MSG_WAITALL), UNIX_BUFFER);
	assert_int_equal(put(a, "abc", 3), 3);
	unix_shutdown(&t.d, a, SHUT_WR);
	assert_int_equal(get(b, big, 4, MSG_WAITALL), 3);
	assert_int_equal(get(b, big, 4, MSG_WAITALL), 0);
}

static void test_half_close(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(put(a, "last", 4), 4);
	domain_told(&t, 2);
	unix_shutdown(&t.d, a, SHUT_WR);
	assert_true(domain_told(&t, 2) & POLLRDHUP);
	assert_int_equal(put(a, "x", 1), -EPIPE);
	assert_int_equal(get(b, out, 8, 0), 4);
	assert_int_equal(get(b, out, 8, 0), 0);
	assert_int_equal(unix_poll(b), POLLIN | POLLRDHUP | POLLOUT);
	assert_int_equal(put(b, "still", 5), 5);
	assert_int_equal(get(a, out, 8, 0), 5);
	unix_shutdown(&t.d, b, SHUT_WR);
	assert_true(unix_poll(a) & POLLHUP);
	assert_int_equal(get(a, out, 8, 0), 0);
}

static void test_receiver_shuts(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(put(a, "kept", 4), 4);
	unix_shutdown(&t.d, b, SHUT_RD);
	assert_int_equal(put(a, "x", 1), -EPIPE);
	assert_int_equal(get(b, out, 8, 0), 4);
	assert_int_equal(get(b, out, 8, 0), 0);
}

static void test_peer_closes(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(put(a, "end", 3), 3);
	unix_close(&t.d, a);
	a = NULL;
	assert_int_equal(unix_poll(b), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
	assert_int_equal(get(b, out, 8, 0), 3);
	assert_int_equal(get(b, out, 8, 0), 0);
	assert_int_equal(put(b, "x", 1), -EPIPE);
}

static void test_unread_data_resets(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(put(a, "end", 3), 3);
	assert_int_equal(put(b, "unread", 6), 6);
	unix_close(&t.d, a);
	a = NULL;
	assert_true(unix_poll(b) & POLLERR);
	assert_int_equal(get(b, out, 8, 0), 3); /* what was sent still comes */
	assert_int_equal(get(b, out, 8, 0), -ECONNRESET);
	assert_int_equal(get(b, out, 8, 0), 0);
}

static void test_not_connected(void **state)
{
	struct unix_sock *u = unix_create(&t.d);
	char out[1];

	(void)state;
	assert_non_null(u);
	assert_int_equal(put(u, "x", 1), -ENOTCONN);
	assert_int_equal(get(u, out, 1, 0), -EINVAL);
	unix_close(&t.d, u);
}

static void test_no_memory(void **state)
{
	static char big[100000];

	(void)state;
	t.env.mem.limit = mem_used(&t.env.mem);
	assert_int_equal(put(a, big, 100000), -ENOBUFS);
	assert_int_equal(domain_told(&t, 2), 0);
	assert_int_equal(unix_inq(b), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_both_ways, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_flow_control, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_wait_for_all, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_half_close, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_receiver_shuts, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_peer_closes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_unread_data_resets, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_not_connected, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_no_memory, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
