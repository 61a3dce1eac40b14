/* SPDX-License-Identifier: ISC */
/* host_io_test.c - sending and receiving with waiting, and who waits not */
#include "hosts.h"

#define BIG (4 * 1024 * 1024)

static struct tern_host *a, *b;
static uint8_t text[BIG], copy[BIG];

static int setup(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < BIG; i++)
		text[i] = (uint8_t)(i ^ i >> 8 ^ i >> 16);
	memset(copy, 0, sizeof(copy));
	hosts_make(&a, &b, true);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tern_host_destroy(a);
	tern_host_destroy(b);
	return 0;
}

/* A connection from a to b. */
static void connect_hosts(int fds[2])
{
	int listener = listen_at(b, 7);

	fds[0] = tern_host_socket(a, AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect_to(a, fds[0], ADDR_B, 7), 0);
	fds[1] = tern_host_accept(b, listener, NULL, NULL);
	assert_true(fds[1] >= 0);
	assert_int_equal(tern_host_close(b, listener), 0);
}

/* Both ends know each other's address. */
static void test_names(void **state)
{
	struct sockaddr_in local = {0}, peer = {0}, from = {0};
	socklen_t len = sizeof(local);
	int listener = listen_at(b, 7), fd, in_fd;

	(void)state;
	fd = tern_host_socket(a, AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect_to(a, fd, ADDR_B, 7), 0);
	in_fd = tern_host_accept4(b, listener, (struct sockaddr *)&from, &len,
				  0);
	assert_true(in_fd >= 0);
	assert_int_equal(ntohl(from.sin_addr.s_addr), ADDR_A);
	assert_int_equal(
		tern_host_getsockname(a, fd, (struct sockaddr *)&local, &len),
		0);
	assert_int_equal(local.sin_port, from.sin_port);
	assert_int_equal(
		tern_host_getpeername(a, fd, (struct sockaddr *)&peer, &len),
		0);
	assert_int_equal(ntohl(peer.sin_addr.s_addr), ADDR_B);
	assert_int_equal(ntohs(peer.sin_port), 7);
}

static int big_fd;

static void send_big(void *arg)
{
	ssize_t n = tern_host_send(arg, big_fd, text, BIG, 0);

	assert_int_equal(n, BIG);
}

/* One send() of more than all buffers, one recv() of all of it. */
static void test_send_all_receive_all(void **state)
{
	struct later l;
	int fds[2];

	(void)state;
	connect_hosts(fds);
	big_fd = fds[0];
	later_start(&l, 0, send_big, a);
	assert_int_equal(tern_host_recv(b, fds[1], copy, BIG, MSG_WAITALL),
			 BIG);
	later_join(&l);
	assert_memory_equal(text, copy, BIG);
}

/* The same in pieces that end anywhere; zero-length pieces are no trouble. */
static void test_vectors(void **state)
{
	const struct iovec out[] = {{text, 1000000},
				    {NULL, 0},
				    {text + 1000000, 1},
				    {text + 1000001, 2000000}};
	struct iovec in[] = {
		{copy, 1}, {copy + 1, 0}, {copy + 1, 2999999}, {copy, 0}};
	struct msghdr msg = {.msg_iov = in, .msg_iovlen = 4};
	struct later l;
	int fds[2];

	(void)state;
	connect_hosts(fds);
	big_fd = fds[0];
	later_start(&l, 0, send_big, a);
	assert_int_equal(tern_host_recvmsg(b, fds[1], &msg, MSG_WAITALL),
			 3000000);
	assert_memory_equal(text, copy, 3000000);
	assert_int_equal(
		tern_host_recv(b, fds[1], copy, BIG - 3000000, MSG_WAITALL),
		BIG - 3000000);
	later_join(&l);

	set_timeout(a, fds[0], SO_SNDTIMEO, 50);
	assert_true(tern_host_writev(a, fds[0], out, 4) > 0);
	assert_true(tern_host_readv(b, fds[1], in, 4) > 0);
	assert_memory_equal(text, copy, 2);
	assert_int_equal(tern_host_writev(a, fds[0], out, 1025), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(tern_host_readv(b, fds[1], in, -1), -1);
	assert_int_equal(errno, EINVAL);
}

static void test_end_of_stream_ends_waiting_for_all(void **state)
{
	int fds[2];

	(void)state;
	connect_hosts(fds);
	assert_int_equal(tern_host_write(a, fds[0], text, 100), 100);
	assert_int_equal(tern_host_shutdown(a, fds[0], SHUT_WR), 0);
	assert_int_equal(tern_host_recv(b, fds[1], copy, 1000, MSG_WAITALL),
			 100);
	assert_int_equal(tern_host_read(b, fds[1], copy, 1), 0);
}

static void write_more(void *arg)
{
	tern_host_write(a, *(int *)arg, text + 5, 5);
}

/* A peek that wants ten bytes waits for ten, and leaves them there. */
static void test_peek_all(void **state)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	struct later l;
	int fds[2];

	(void)state;
	connect_hosts(fds);
	assert_int_equal(tern_host_write(a, fds[0], text, 5), 5);
	later_start(&l, 30, write_more, &fds[0]);
	assert_int_equal(
		tern_host_recv(b, fds[1], copy, 10, MSG_PEEK | MSG_WAITALL),
		10);
	assert_memory_equal(text, copy, 10);
	later_join(&l);
	assert_int_equal(tern_host_recvfrom(b, fds[1], copy, 20, 0,
					    (struct sockaddr *)&from, &len),
			 10);
	assert_int_equal(len, 0); /* as Linux: a stream names nobody */
	/* Cut short, it takes what there is. */
	assert_int_equal(tern_host_write(a, fds[0], text, 5), 5);
	set_timeout(b, fds[1], SO_RCVTIMEO, 40);
	assert_int_equal(
		tern_host_recv(b, fds[1], copy, 10, MSG_PEEK | MSG_WAITALL), 5);
}

static void expect_error(ssize_t result, int error)
{
	assert_int_equal(result, -1);
	assert_int_equal(errno, error);
}

static void test_nonblocking(void **state)
{
	int fds[2], fd, listener;

	(void)state;
	connect_hosts(fds);
	expect_error(tern_host_recv(b, fds[1], copy, 1, MSG_DONTWAIT), EAGAIN);
	set_nonblocking(b, fds[1]);
	expect_error(tern_host_read(b, fds[1], copy, 1), EAGAIN);
	set_nonblocking(a, fds[0]);
	while (tern_host_write(a, fds[0], text, 65536) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	expect_error(tern_host_send(a, fds[0], text, 1, 0), EAGAIN);

	listener = listen_at(b, 9);
	set_nonblocking(b, listener);
	expect_error(tern_host_accept(b, listener, NULL, NULL), EAGAIN);
	fd = tern_host_socket(a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	expect_error(connect_to(a, fd, ADDR_B, 9), EINPROGRESS);
}

/* A blocking call after a nonblocking start waits for what is under way. */
static void test_connect_after_connect(void **state)
{
	int fd = tern_host_socket(a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int listener = listen_at(b, 9);

	(void)state;
	expect_error(connect_to(a, fd, ADDR_B, 9), EINPROGRESS);
	assert_int_equal(tern_host_fcntl(a, fd, F_SETFL, 0), 0);
	assert_int_equal(connect_to(a, fd, ADDR_B, 9), 0);
	expect_error(connect_to(a, fd, ADDR_B, 9), EISCONN);
	assert_int_equal(tern_host_close(b, listener), 0);
}

static void test_connect_fails(void **state)
{
	int fd = tern_host_socket(a, AF_INET, SOCK_STREAM, 0);

	(void)state;
	expect_error(connect_to(a, fd, ADDR_B, 9), ECONNREFUSED);
	fd = tern_host_socket(a, AF_INET, SOCK_STREAM, 0);
	expect_error(connect_to(a, fd, 0x0b000001, 9), ENETUNREACH);
}

static void test_timeouts(void **state)
{
	tern_time start = tern_host_now();
	int fds[2], fd, listener;

	(void)state;
	connect_hosts(fds);
	set_timeout(b, fds[1], SO_RCVTIMEO, 60);
	start = tern_host_now();
	expect_error(tern_host_read(b, fds[1], copy, 1), EAGAIN);
	assert_in_range(ms_since(start), 60, 5000);

	assert_int_equal(tern_host_write(a, fds[0], text, 3), 3);
	start = tern_host_now();
	assert_int_equal(tern_host_recv(b, fds[1], copy, 10, MSG_WAITALL), 3);
	assert_in_range(ms_since(start), 60, 5000);

	listener = listen_at(b, 9);
	set_timeout(b, listener, SO_RCVTIMEO, 60);
	start = tern_host_now();
	expect_error(tern_host_accept(b, listener, NULL, NULL), EAGAIN);
	assert_in_range(ms_since(start), 60, 5000);

	/* Nobody has this address; the handshake goes on after the call. */
	fd = tern_host_socket(a, AF_INET, SOCK_STREAM, 0);
	set_timeout(a, fd, SO_SNDTIMEO, 60);
	start = tern_host_now();
	expect_error(connect_to(a, fd, 0x0a000009, 9), EINPROGRESS);
	assert_in_range(ms_since(start), 60, 5000);
	expect_error(connect_to(a, fd, 0x0a000009, 9), EALREADY);
}

/* A send that finds no room in time says how much has found it. */
static void test_send_timeout(void **state)
{
	ssize_t n, more = 0;
	int fds[2];

	(void)state;
	connect_hosts(fds);
	set_timeout(a, fds[0], SO_SNDTIMEO, 60);
	n = tern_host_send(a, fds[0], text, BIG, 0);
	assert_in_range(n, 1, BIG);
	if (n < BIG) { /* else the buffers are large indeed */
		while ((more = tern_host_send(a, fds[0], text, BIG, 0)) > 0)
			n += more;
		expect_error(more, EAGAIN);
		assert_int_equal(
			tern_host_recv(b, fds[1], copy, (size_t)n, MSG_WAITALL),
			n);
	}
}

static void reset_peer(void *arg)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};
	int fd = *(int *)arg;

	tern_host_setsockopt(b, fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	tern_host_close(b, fd);
}

/* The bytes that went are the result; the error is the next call's. */
static void test_reset_while_sending(void **state)
{
	struct later l;
	int fds[2];
	ssize_t n;

	(void)state;
	connect_hosts(fds);
	later_start(&l, 50, reset_peer, &fds[1]);
	n = tern_host_send(a, fds[0], text, BIG, 0);
	later_join(&l);
	assert_in_range(n, 1, BIG - 1);
	expect_error(tern_host_send(a, fds[0], text, 1, 0), ECONNRESET);
	expect_error(tern_host_send(a, fds[0], text, 1, 0), EPIPE);
}

static void test_reset_while_receiving(void **state)
{
	struct later l;
	int fds[2];

	(void)state;
	connect_hosts(fds);
	later_start(&l, 30, reset_peer, &fds[1]);
	expect_error(tern_host_read(a, fds[0], copy, 1), ECONNRESET);
	later_join(&l);
	assert_int_equal(tern_host_read(a, fds[0], copy, 1), 0);
}

/* What came before the reset is the result, the reset is the next call's. */
static void test_reset_while_receiving_all(void **state)
{
	struct later l;
	int fds[2];

	(void)state;
	connect_hosts(fds);
	assert_int_equal(tern_host_write(b, fds[1], text, 3), 3);
	later_start(&l, 50, reset_peer, &fds[1]);
	assert_int_equal(tern_host_recv(a, fds[0], copy, 10, MSG_WAITALL), 3);
	later_join(&l);
	expect_error(tern_host_read(a, fds[0], copy, 1), ECONNRESET);
}

/* SIGPIPE would end this program. */
static void test_no_signal(void **state)
{
	int fds[2];

	(void)state;
	signal(SIGPIPE, SIG_DFL);
	connect_hosts(fds);
	assert_int_equal(tern_host_shutdown(a, fds[0], SHUT_WR), 0);
	expect_error(tern_host_write(a, fds[0], text, 1), EPIPE);
}

static void test_urgent_data_is_not_waited_for(void **state)
{
	int fds[2];

	(void)state;
	connect_hosts(fds);
	expect_error(tern_host_recv(b, fds[1], copy, 1, MSG_OOB), EINVAL);
}

/* AF_UNIX waits as well as AF_INET. */
static void test_socketpair(void **state)
{
	struct later l;
	int fds[2];

	(void)state;
	assert_int_equal(tern_host_socketpair(a, AF_UNIX, SOCK_STREAM, 0, fds),
			 0);
	big_fd = fds[0];
	later_start(&l, 10, send_big, a);
	assert_int_equal(tern_host_recv(a, fds[1], copy, BIG, MSG_WAITALL),
			 BIG);
	later_join(&l);
	assert_memory_equal(text, copy, BIG);
	expect_error(tern_host_socketpair(a, AF_INET, SOCK_STREAM, 0, fds),
		     EOPNOTSUPP);
}

/* close() returns when the peer has everything. */
static void test_linger(void **state)
{
	const struct linger five = {.l_onoff = 1, .l_linger = 5};
	tern_time start;
	int fds[2], unread = 0;

	(void)state;
	connect_hosts(fds);
	assert_int_equal(tern_host_setsockopt(a, fds[0], SOL_SOCKET, SO_LINGER,
					      &five, sizeof(five)),
			 0);
	assert_int_equal(tern_host_write(a, fds[0], text, 5000), 5000);
	start = tern_host_now();
	assert_int_equal(tern_host_close(a, fds[0]), 0);
	assert_true(ms_since(start) < 4000);
	assert_int_equal(tern_host_ioctl(b, fds[1], FIONREAD, &unread), 0);
	assert_int_equal(unread, 5000);
	expect_error(tern_host_close(a, fds[0]), EBADF);
}

/* ... or its time is up: here the peer's window is shut. */
/* Until the peer, too, takes no more: one refusal may mean only that what has
 * been written is still on its way. */
static void fill_up(struct tern_host *h, int fd)
{
	int refused = 0;

	while (refused < 10) {
		refused = tern_host_write(h, fd, text, 65536) > 0 ? 0
								  : refused + 1;
		usleep(10000);
	}
}

static void test_linger_gives_up(void **state)
{
	const struct linger one = {.l_onoff = 1, .l_linger = 1};
	tern_time start;
	int fds[2];

	(void)state;
	connect_hosts(fds);
	assert_int_equal(tern_host_setsockopt(a, fds[0], SOL_SOCKET, SO_LINGER,
					      &one, sizeof(one)),
			 0);
	set_nonblocking(a, fds[0]);
	fill_up(a, fds[0]);
	start = tern_host_now();
	assert_int_equal(tern_host_close(a, fds[0]), 0);
	assert_in_range(ms_since(start), 1000, 9000);
}

static void lend_big(void *arg)
{
	struct tern_zc_done done[8];
	size_t sent = 0, back = 0;
	int r;

	while (sent < BIG) {
		ssize_t n = tern_host_send_zc(arg, big_fd, text + sent,
					      BIG - sent, 0, sent);

		assert_true(n > 0);
		sent += (size_t)n;
		r = tern_host_zc_done(arg, big_fd, done, 8, MSG_DONTWAIT);
		for (int i = 0; i < r; i++)
			back += done[i].len;
	}
	while ((r = tern_host_zc_done(arg, big_fd, done, 8, 0)) > 0)
		for (int i = 0; i < r; i++)
			back += done[i].len;
	assert_int_equal(r, 0);
	assert_int_equal(back, BIG);
}

/* By reference: each call waits, and all memory comes home. */
static void test_zero_copy(void **state)
{
	struct tern_slice s[16];
	struct later l;
	size_t got = 0;
	int fds[2], n;

	(void)state;
	connect_hosts(fds);
	errno = 0;
	assert_int_equal(tern_host_recv_zc(b, fds[1], s, 16, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(tern_host_zc_done(a, fds[0], NULL, 1, 0), 0);
	big_fd = fds[0];
	later_start(&l, 0, lend_big, a);
	while (got < BIG) {
		n = tern_host_recv_zc(b, fds[1], s, 16, 0);
		assert_true(n > 0);
		for (int i = 0; i < n; i++) {
			memcpy(copy + got, s[i].data, s[i].len);
			got += s[i].len;
		}
		tern_host_recv_zc_done(b, fds[1], s, n);
	}
	later_join(&l);
	assert_memory_equal(copy, text, BIG);
	assert_int_equal(tern_host_close(a, fds[0]), 0);
	assert_int_equal(tern_host_recv_zc(b, fds[1], s, 16, 0), 0);
	errno = 0;
	assert_int_equal(tern_host_zc_done(a, fds[0], NULL, 1, 0), -1);
	assert_int_equal(errno, EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(test_names),
		TEST(test_send_all_receive_all),
		TEST(test_vectors),
		TEST(test_end_of_stream_ends_waiting_for_all),
		TEST(test_peek_all),
		TEST(test_nonblocking),
		TEST(test_connect_after_connect),
		TEST(test_connect_fails),
		TEST(test_timeouts),
		TEST(test_send_timeout),
		TEST(test_reset_while_sending),
		TEST(test_reset_while_receiving),
		TEST(test_reset_while_receiving_all),
		TEST(test_no_signal),
		TEST(test_urgent_data_is_not_waited_for),
		TEST(test_socketpair),
		TEST(test_zero_copy),
		TEST(test_linger),
		TEST(test_linger_gives_up),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
