/* SPDX-License-Identifier: ISC */
/* zero_copy_receive_test.c - slices that the application holds: tern_recv_zc */
#include "zero_copy.h"

static uint32_t window_of_b(void)
{
	struct tern_sockinfo rows[16];
	uint64_t cursor = 0;
	int n;

	while ((n = tern_sockets(t.b, &cursor, rows, 16)) > 0)
		for (int i = 0; i < n; i++)
			if (rows[i].fd == e[1])
				return rows[i].rcv_wnd;
	return 0;
}

/* What the application holds closes the window, and giving it back opens it. */
static void test_held_closes_window(void **state)
{
	struct tern_slice s[4][SLICES];
	size_t sent = 0, held = 0, got;
	int size = 32768, n[4] = {0};
	ssize_t r;

	(void)state;
	tern_setsockopt(t.b, e[1], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	for (int turn = 0; turn < 4; turn++) {
		while (sent < 100000 &&
		       (r = tern_send(t.a, e[0], text + sent, 20000, 0)) > 0)
			sent += (size_t)r;
		two_wait(&t, TERN_S / 10);
		r = tern_recv_zc(t.b, e[1], s[turn], SLICES, 0);
		n[turn] = r > 0 ? (int)r : 0;
		for (int i = 0; i < n[turn]; i++) {
			assert_memory_equal(s[turn][i].data, text + held,
					    s[turn][i].len);
			held += s[turn][i].len;
		}
	}
	assert_true(held < 66000);
	assert_true(window_of_b() < 1460);
	two_wait(&t, 3 * TERN_S); /* the idle second has passed, too */
	assert_true(window_of_b() < 1460);
	for (int turn = 3; turn >= 0; turn--)
		tern_recv_zc_done(t.b, e[1], s[turn], n[turn]);
	two_wait(&t, TERN_S);
	got = borrow_all(held);
	assert_true(got > held + 10000);
	held = got;
	while (held < sent) {
		two_wait(&t, TERN_S);
		held = borrow_all(held);
	}
	assert_int_equal(held, sent);
}

/* What is held keeps the cold half, which goes when it is back. */
static void test_held_keeps_account(void **state)
{
	struct tern_slice s[SLICES];
	int n;

	(void)state;
	assert_int_equal(tern_send(t.a, e[0], text, 3000, 0), 3000);
	two_run(&t);
	n = tern_recv_zc(t.b, e[1], s, SLICES, 0);
	assert_true(n > 0);
	two_wait(&t, 5 * TERN_S);
	assert_int_equal(pool_count(&t.b->tcp.flows), 1);
	tern_recv_zc_done(t.b, e[1], s, n);
	two_wait(&t, 5 * TERN_S);
	assert_int_equal(pool_count(&t.b->tcp.flows), 0);
}

/* Slices outlive descriptor and stack. */
static void test_held_after_close(void **state)
{
	struct tern_slice s[SLICES], last[SLICES];
	int n, n_last;

	(void)state;
	assert_int_equal(tern_send(t.a, e[0], text, 3000, 0), 3000);
	two_run(&t);
	n = tern_recv_zc(t.b, e[1], s, SLICES, 0);
	assert_true(n > 0);
	assert_int_equal(tern_send(t.a, e[0], text + 3000, 3000, 0), 3000);
	two_run(&t);
	n_last = tern_recv_zc(t.b, e[1], last, SLICES, 0);
	assert_true(n_last > 0);
	assert_int_equal(tern_close(t.b, e[1]), 0);
	two_wait(&t, TERN_S);
	assert_memory_equal(s[0].data, text, s[0].len);
	tern_recv_zc_done(t.b, e[1], s, n);
	tern_destroy(t.b);
	t.b = NULL;
	assert_memory_equal(last[0].data, text + 3000, last[0].len);
	for (int i = 0; i < n_last; i++)
		tern_block_unref(last[i].block);
}

static void test_recv_urgent_peek_end(void **state)
{
	struct tern_slice s[4];
	uint8_t some[3];

	(void)state;
	assert_int_equal(tern_send(t.a, e[0], "abc!", 4, MSG_OOB), 4);
	assert_int_equal(tern_send(t.a, e[0], "def", 3, 0), 3);
	two_run(&t);
	assert_int_equal(tern_recv(t.b, e[1], some, 3, MSG_PEEK), 3);
	assert_int_equal(tern_recv_zc(t.b, e[1], s, 4, 0), 1);
	assert_int_equal(s[0].len, 3);
	assert_memory_equal(s[0].data, "abc", 3);
	tern_recv_zc_done(t.b, e[1], s, 1);
	assert_int_equal(tern_recv_zc(t.b, e[1], s, 4, 0), 1);
	assert_int_equal(s[0].len, 3);
	assert_memory_equal(s[0].data, "def", 3);
	tern_recv_zc_done(t.b, e[1], s, 1);
	assert_int_equal(tern_recv_zc(t.b, e[1], s, 4, 0), -EAGAIN);
	tern_shutdown(t.a, e[0], SHUT_WR);
	two_run(&t);
	assert_int_equal(tern_recv_zc(t.b, e[1], s, 4, 0), 0);
}

static void test_recv_errors(void **state)
{
	struct tern_slice s[1];
	int pair[2], set = tern_epoll_create(t.b);

	(void)state;
	assert_int_equal(tern_socketpair(t.b, AF_UNIX, SOCK_STREAM, 0, pair),
			 0);
	assert_int_equal(tern_recv_zc(t.b, -1, s, 1, 0), -EBADF);
	assert_int_equal(tern_recv_zc(t.b, set, s, 1, 0), -ENOTSOCK);
	assert_int_equal(tern_recv_zc(t.b, pair[0], s, 1, 0), -EOPNOTSUPP);
	assert_int_equal(tern_recv_zc(t.b, listener, s, 1, 0), -ENOTCONN);
	assert_int_equal(tern_recv_zc(t.b, e[1], s, 1, MSG_PEEK), -EOPNOTSUPP);
	assert_int_equal(tern_recv_zc(t.b, e[1], s, 0, 0), -EINVAL);
	assert_int_equal(tern_recv_zc(t.b, e[1], s, 1, MSG_DONTWAIT), -EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_held_closes_window), TEST(test_held_keeps_account),
		TEST(test_held_after_close),   TEST(test_recv_urgent_peek_end),
		TEST(test_recv_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
