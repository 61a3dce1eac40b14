/* SPDX-License-Identifier: ISC */
/* zero_copy_test.c - whose memory it is, and when: tern_send_zc */
#include "zero_copy.h"

/* A loan is done when all of it is acknowledged, not sooner. */
static void test_done_with_the_ack(void **state)
{
	struct tern_zc_done done[2];
	ssize_t n;

	(void)state;
	assert_int_equal(tern_zc_done(t.a, e[0], done, 2), 0);
	n = tern_send_zc(t.a, e[0], text, 5000, 0, 77);
	assert_int_equal(n, 5000);
	assert_int_equal(tern_zc_done(t.a, e[0], done, 2), -EAGAIN);
	assert_int_equal(events(t.a, e[0]) & POLLMSG, 0);
	while (two_move(&t, t.a, t.if_a, t.b, t.if_b) > 0)
		;
	assert_int_equal(borrow_all(0), 5000);
	assert_memory_equal(copy, text, 5000);
	assert_int_equal(tern_zc_done(t.a, e[0], done, 2), -EAGAIN);
	assert_int_equal(events(t.a, e[0]) & POLLMSG, 0);
	two_run(&t);
	assert_int_equal(events(t.a, e[0]) & POLLMSG, POLLMSG);
	assert_int_equal(tern_zc_done(t.a, e[0], done, 2), 1);
	assert_int_equal(done[0].cookie, 77);
	assert_int_equal(done[0].len, 5000);
	assert_false(done[0].copied);
	assert_int_equal(events(t.a, e[0]) & POLLMSG, 0);
	assert_int_equal(tern_zc_done(t.a, e[0], done, 2), 0);
	assert_int_equal(blocks_out(t.a), 0);
}

/* The queue takes what it has room for; what it does not is not lent. */
static void test_part_is_taken(void **state)
{
	struct tern_zc_done done;
	int size = 16384;
	ssize_t n;

	(void)state;
	assert_int_equal(tern_setsockopt(t.a, e[0], SOL_SOCKET, SO_SNDBUF,
					 &size, sizeof(size)),
			 0);
	n = tern_send_zc(t.a, e[0], text, BIG, 0, 1);
	assert_int_equal(n, size);
	assert_int_equal(tern_send_zc(t.a, e[0], text + n, 2000, 0, 2),
			 -EAGAIN);
	two_run(&t);
	assert_int_equal(borrow_all(0), n);
	two_run(&t);
	assert_int_equal(tern_zc_done(t.a, e[0], &done, 1), 1);
	assert_int_equal(done.len, n);
	assert_int_equal(tern_zc_done(t.a, e[0], &done, 1), 0);
}

/* Every third frame is lost: the lent memory is sent again. */
static void test_loss(void **state)
{
	struct tern_zc_done done[8];
	size_t sent = 0, got = 0, back = 0;
	int r;

	(void)state;
	t.lose = 3;
	while (got < BIG) {
		size_t part = BIG - sent < 30000 ? BIG - sent : 30000;
		ssize_t n = tern_send_zc(t.a, e[0], text + sent, part, 0, sent);

		if (n > 0)
			sent += (size_t)n;
		two_wait(&t, TERN_S / 4);
		got = borrow_all(got);
		r = tern_zc_done(t.a, e[0], done, 8);
		for (int i = 0; i < r; i++) {
			assert_int_equal(done[i].cookie, back);
			back += done[i].len;
			assert_true(back <= got);
		}
	}
	t.lose = 0;
	two_wait(&t, 200 * TERN_S);
	assert_memory_equal(copy, text, BIG);
	while ((r = tern_zc_done(t.a, e[0], done, 8)) > 0)
		for (int i = 0; i < r; i++)
			back += done[i].len;
	assert_int_equal(r, 0);
	assert_int_equal(back, BIG);
	assert_int_equal(blocks_out(t.a), 0);
}

/* A frame that a link still has holds the memory, acknowledged or not. */
static void test_frame_holds_memory(void **state)
{
	struct tern_frame f[8], held;
	struct tern_zc_done done;
	int n;

	(void)state;
	assert_int_equal(tern_send_zc(t.a, e[0], text, 2000, 0, 5), 2000);
	n = tern_output(t.a, t.if_a, f, 8, t.now);
	assert_true(n > 0);
	tern_frame_share(&held, &f[0]);
	tern_input(t.b, t.if_b, f, n, t.now);
	assert_int_equal(borrow_all(0), 2000);
	two_wait(&t, TERN_S);
	assert_int_equal(tern_zc_done(t.a, e[0], &done, 1), -EAGAIN);
	tern_frame_release(&held);
	assert_int_equal(tern_zc_done(t.a, e[0], &done, 1), 1);
	assert_int_equal(done.cookie, 5);
}

/* In one process the peer reads the lent memory itself, and holds it. */
static void test_peer_holds_memory(void **state)
{
	struct tern_slice s[SLICES];
	struct tern_zc_done done;
	int n;

	(void)state;
	assert_int_equal(tern_send_zc(t.a, e[0], text, 4000, 0, 5), 4000);
	two_wait(&t, TERN_S);
	assert_int_equal(tern_zc_done(t.a, e[0], &done, 1), -EAGAIN);
	n = tern_recv_zc(t.b, e[1], s, SLICES, 0);
	assert_int_equal(n, 1);
	assert_int_equal(s[0].len, 4000);
	assert_ptr_equal(s[0].data, text);
	assert_int_equal(tern_zc_done(t.a, e[0], &done, 1), -EAGAIN);
	tern_recv_zc_done(t.b, e[1], s, n);
	assert_int_equal(tern_zc_done(t.a, e[0], &done, 1), 1);
}

static void test_reset_gives_back(void **state)
{
	struct linger now = {1, 0};
	struct tern_zc_done done[4];

	(void)state;
	assert_true(tern_send_zc(t.a, e[0], text, 9000, 0, 1) > 0);
	assert_true(tern_send_zc(t.a, e[0], text, 9000, 0, 2) > 0);
	tern_setsockopt(t.b, e[1], SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	tern_close(t.b, e[1]);
	two_run(&t);
	assert_int_equal(events(t.a, e[0]) & (POLLMSG | POLLERR),
			 POLLMSG | POLLERR);
	assert_int_equal(tern_zc_done(t.a, e[0], done, 4), 2);
	assert_int_equal(done[0].cookie, 1);
	assert_int_equal(done[1].cookie, 2);
	assert_int_equal(tern_send_zc(t.a, e[0], text, 9000, 0, 3),
			 -ECONNRESET);
	assert_int_equal(tern_zc_done(t.a, e[0], done, 4), 0);
	assert_int_equal(blocks_out(t.a), 0);
}

/* The connection goes on after close(), and so do its loans. */
static void test_close_with_loans(void **state)
{
	struct tern_zc_done done[4];

	(void)state;
	assert_int_equal(tern_zc_done(t.a, -1, done, 4), 0);
	assert_int_equal(tern_send_zc(t.a, e[0], text, 9000, 0, 1), 9000);
	assert_int_equal(tern_close(t.a, e[0]), 0);
	assert_int_equal(tern_zc_done(t.a, e[0], done, 4), -EBADF);
	assert_int_equal(tern_zc_done(t.a, -1, done, 4), -EAGAIN);
	two_wait(&t, TERN_S);
	assert_int_equal(borrow_all(0), 9000);
	assert_memory_equal(copy, text, 9000);
	assert_int_equal(tern_zc_done(t.a, -1, done, 4), 1);
	assert_int_equal(done[0].cookie, 1);
	assert_int_equal(done[0].len, 9000);
	assert_int_equal(tern_zc_done(t.a, -1, done, 4), 0);
}

/* What was done and not asked for is there after close(), too. */
static void test_close_with_done(void **state)
{
	struct linger now = {1, 0};
	struct tern_zc_done done[4];

	(void)state;
	assert_int_equal(tern_send_zc(t.a, e[0], text, 100, 0, 1), 100);
	assert_true(tern_send_zc(t.a, e[0], text, 9000, 0, 2) > 0);
	tern_setsockopt(t.a, e[0], SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	assert_int_equal(tern_close(t.a, e[0]), 0); /* an abort */
	assert_int_equal(tern_zc_done(t.a, -1, done, 4), 2);
	assert_int_equal(done[0].cookie, 1);
	assert_true(done[0].copied);
	assert_int_equal(done[1].cookie, 2);
	assert_int_equal(blocks_out(t.a), 0);
}

/* A frame outlives its stack, and still refers to the memory. */
static void test_destroy_with_loans(void **state)
{
	struct tern_frame f[8];
	uint8_t head[2000];
	uint32_t len;
	int n;

	(void)state;
	assert_int_equal(tern_send_zc(t.a, e[0], text, 100, 0, 1), 100);
	assert_int_equal(tern_send_zc(t.a, e[0], text, 5000, 0, 2), 5000);
	n = tern_output(t.a, t.if_a, f, 8, t.now);
	assert_true(n > 1);
	tern_destroy(t.a);
	t.a = NULL;
	len = tern_frame_read(&f[1], f[1].head_len, head, sizeof(head));
	assert_true(len > 1000);
	assert_memory_equal(head, f[1].part[0].data, f[1].part[0].len);
	for (int i = 0; i < n; i++)
		tern_frame_release(&f[i]);
}

/* Few bytes are the application's again at once. */
static void test_few_are_copied(void **state)
{
	struct tern_zc_done done[4];
	uint8_t few[1024];

	(void)state;
	memcpy(few, text, sizeof(few));
	assert_int_equal(tern_send_zc(t.a, e[0], few, 1024, 0, 9), 1024);
	assert_int_equal(tern_zc_done(t.a, e[0], done, 4), 1);
	assert_int_equal(done[0].cookie, 9);
	assert_int_equal(done[0].len, 1024);
	assert_true(done[0].copied);
	memset(few, 0, sizeof(few));
	assert_int_equal(tern_send_zc(t.a, e[0], text + 1024, 1025, 0, 9),
			 1025);
	assert_int_equal(tern_zc_done(t.a, e[0], done, 4), -EAGAIN);
	two_wait(&t, TERN_S);
	assert_int_equal(borrow_all(0), 2049);
	assert_memory_equal(copy, text, 2049);
}

/* Copied bytes never go behind lent ones, into memory that is not ours. */
static void test_mixed_with_send(void **state)
{
	uint8_t was[4096];

	(void)state;
	memcpy(was, text, sizeof(was));
	assert_int_equal(tern_send_zc(t.a, e[0], text, 2000, 0, 1), 2000);
	assert_int_equal(tern_send(t.a, e[0], "abc", 3, 0), 3);
	assert_int_equal(tern_send_zc(t.a, e[0], text, 2000, 0, 2), 2000);
	assert_int_equal(tern_send(t.a, e[0], "defg", 4, 0), 4);
	two_wait(&t, TERN_S);
	assert_int_equal(borrow_all(0), 4007);
	assert_memory_equal(copy, was, 2000);
	assert_memory_equal(copy + 2000, "abc", 3);
	assert_memory_equal(copy + 2003, was, 2000);
	assert_memory_equal(copy + 4003, "defg", 4);
	assert_memory_equal(text, was, sizeof(was));
}

static void test_loans_are_limited(void **state)
{
	struct tern_zc_done done[3];
	int i;

	(void)state;
	for (i = 0; i < 1024; i++) {
		assert_int_equal(tern_send_zc(t.a, e[0], "x", 1, 0, 1), 1);
		two_run(&t);
	}
	assert_int_equal(tern_send_zc(t.a, e[0], "x", 1, 0, 1), -ENOBUFS);
	assert_int_equal(tern_zc_done(t.a, e[0], done, 3), 3);
	for (i = 0; i < 3; i++)
		assert_int_equal(tern_send_zc(t.a, e[0], "x", 1, 0, 1), 1);
	assert_int_equal(tern_send_zc(t.a, e[0], "x", 1, 0, 1), -ENOBUFS);
}

static void test_send_errors(void **state)
{
	struct tern_zc_done done;
	int pair[2], set = tern_epoll_create(t.a);
	int idle = tern_socket(t.a, AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(tern_socketpair(t.a, AF_UNIX, SOCK_STREAM, 0, pair),
			 0);
	assert_int_equal(tern_send_zc(t.a, -1, text, 1, 0, 0), -EBADF);
	assert_int_equal(tern_send_zc(t.a, set, text, 1, 0, 0), -ENOTSOCK);
	assert_int_equal(tern_send_zc(t.a, pair[0], text, 1, 0, 0),
			 -EOPNOTSUPP);
	assert_int_equal(tern_send_zc(t.b, listener, text, 1, 0, 0), -EPIPE);
	assert_int_equal(tern_send_zc(t.a, idle, text, 1, 0, 0), -EPIPE);
	assert_int_equal(tern_send_zc(t.a, e[0], text, 1, MSG_FASTOPEN, 0),
			 -EOPNOTSUPP);
	assert_int_equal(tern_send_zc(t.a, e[0], NULL, 1, 0, 0), -EFAULT);
	assert_int_equal(tern_send_zc(t.a, e[0], text, SIZE_MAX, 0, 0),
			 -EINVAL);
	assert_int_equal(tern_send_zc(t.a, e[0], NULL, 0, 0, 0), 0);
	assert_int_equal(tern_zc_done(t.a, e[0], &done, 1), 0);
	assert_int_equal(tern_zc_done(t.a, e[0], &done, 0), -EINVAL);
	assert_int_equal(tern_zc_done(t.a, 12345, &done, 1), -EBADF);
	assert_int_equal(blocks_out(t.a), 0);
}

/* Whatever there is no memory for, nothing is lent then. */
static void test_no_memory(void **state)
{
	struct mem *m = &t.a->env.mem;
	const size_t limit = m->limit;
	struct tern_zc_done done;
	ssize_t n = -ENOBUFS;
	size_t more;

	(void)state;
	for (more = 0; n < 0; more += 64) {
		m->limit = mem_used(m) + more;
		n = tern_send_zc(t.a, e[0], text, 5000, 0, 3);
		if (n > 0)
			break;
		assert_true(n == -ENOBUFS || n == -EAGAIN);
		assert_int_equal(tern_zc_done(t.a, e[0], &done, 1), 0);
		assert_int_equal(blocks_out(t.a), 0);
		tern_selfcheck(t.a);
	}
	m->limit = limit;
	assert_true(more > 0);
	two_wait(&t, TERN_S);
	assert_int_equal(borrow_all(0), n);
	assert_memory_equal(copy, text, (size_t)n);
}

/* Edge triggered: told once for each time that something has come back. */
static void test_epoll(void **state)
{
	struct epoll_event ev = {.events = EPOLLMSG | EPOLLET}, got[4];
	struct tern_zc_done done[4];
	int set = tern_epoll_create(t.a);

	(void)state;
	assert_int_equal(tern_epoll_ctl(t.a, set, EPOLL_CTL_ADD, e[0], &ev), 0);
	assert_int_equal(tern_send_zc(t.a, e[0], text, 5000, 0, 1), 5000);
	two_run(&t);
	assert_int_equal(tern_epoll_wait(t.a, set, got, 4), 0);
	assert_int_equal(borrow_all(0), 5000);
	two_run(&t);
	assert_int_equal(tern_epoll_wait(t.a, set, got, 4), 1);
	assert_int_equal(got[0].events, EPOLLMSG);
	assert_int_equal(tern_epoll_wait(t.a, set, got, 4), 0);
	assert_int_equal(tern_send_zc(t.a, e[0], text, 9, 0, 1), 9);
	assert_int_equal(tern_epoll_wait(t.a, set, got, 4), 1);
	assert_int_equal(tern_zc_done(t.a, e[0], done, 4), 2);
}

/* A connection that waits for its first text (TCP_FASTOPEN_CONNECT) takes lent
 * text as well, more than its SYN can carry. */
static void first_text(const char *cc)
{
	struct sockaddr_in at = two_addr(TWO_B, 80);
	struct tern_zc_done done;
	int on = 1, fd = tern_socket(t.a, AF_INET, SOCK_STREAM, 0);

	tern_setsockopt(t.a, fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on,
			sizeof(on));
	assert_int_equal(tern_setsockopt(t.a, fd, IPPROTO_TCP, TCP_CONGESTION,
					 cc, (socklen_t)strlen(cc)),
			 0);
	assert_int_equal(tern_connect(t.a, fd, (void *)&at, sizeof(at)), 0);
	assert_int_equal(tern_send_zc(t.a, fd, text, 5000, 0, 4), 5000);
	two_wait(&t, TERN_S);
	e[1] = tern_accept(t.b, listener, NULL, NULL);
	assert_true(e[1] >= 0);
	assert_int_equal(borrow_all(0), 5000);
	assert_memory_equal(copy, text, 5000);
	two_wait(&t, TERN_S);
	assert_int_equal(tern_zc_done(t.a, fd, &done, 1), 1);
	assert_int_equal(done.cookie, 4);
}

static void test_first_text(void **state)
{
	const int qlen = 5;

	(void)state;
	assert_int_equal(tern_sysctl_set(t.a, "net.ipv4.tcp_fastopen", "519"),
			 0);
	assert_int_equal(tern_sysctl_set(t.b, "net.ipv4.tcp_fastopen", "519"),
			 0);
	assert_int_equal(tern_setsockopt(t.b, listener, IPPROTO_TCP,
					 TCP_FASTOPEN, &qlen, sizeof(qlen)),
			 0);
	first_text("reno");
	first_text("cubic");
	first_text("dctcp");
	first_text("bbr");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_done_with_the_ack),
		TEST(test_part_is_taken),
		TEST(test_loss),
		TEST(test_frame_holds_memory),
		TEST(test_peer_holds_memory),
		TEST(test_reset_gives_back),
		TEST(test_close_with_loans),
		TEST(test_close_with_done),
		TEST(test_destroy_with_loans),
		TEST(test_few_are_copied),
		TEST(test_mixed_with_send),
		TEST(test_loans_are_limited),
		TEST(test_send_errors),
		TEST(test_no_memory),
		TEST(test_epoll),
		TEST(test_first_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
