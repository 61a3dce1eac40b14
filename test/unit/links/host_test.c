/* SPDX-License-Identifier: ISC */
/* host_test.c - the runtime: its life, its links, its loop, its end */
#include "hosts.h"

#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>

static void test_lives_and_dies(void **state)
{
	struct tern_host *h = host_make(false);

	(void)state;
	assert_non_null(tern_host_stack(h));
	assert_int_equal(tern_host_status(h), 0);
	assert_int_equal(tern_host_pump(h), 0);
	tern_host_destroy(h);
	h = host_make(true);
	assert_int_equal(tern_host_start(h), -EALREADY);
	tern_host_destroy(h);
}

/* An allocator that fails at the n-th call. */
static long fail_in, out;

static void *count_alloc(void *ctx, size_t size)
{
	(void)ctx;
	if (fail_in-- == 0)
		return NULL;
	out++;
	return malloc(size);
}

static void count_free(void *ctx, void *p, size_t size)
{
	(void)ctx;
	(void)size;
	out--;
	free(p);
}

static void test_create_without_memory(void **state)
{
	struct tern_config c;
	struct tern_host *h;
	long i;
	int error;

	(void)state;
	tern_config_init(&c);
	c.alloc.alloc = count_alloc;
	c.alloc.free = count_free;
	for (i = 0;; i++) {
		fail_in = i;
		out = 0;
		error = tern_host_create(&h, &c);
		if (!error)
			break;
		assert_int_equal(error, -ENOMEM);
		assert_int_equal(out, 0);
	}
	assert_true(i > 2);
	fail_in = -1;
	tern_host_destroy(h);
	assert_int_equal(out, 0);
}

/* Each of the four descriptors may be the one that is too many. */
static void test_create_without_descriptors(void **state)
{
	struct rlimit limit, low;
	struct tern_host *h;
	int free_fd = dup(0);
	rlim_t i;

	(void)state;
	close(free_fd);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	for (i = 0; i < 4; i++) {
		low.rlim_cur = (rlim_t)free_fd + i;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
		assert_int_equal(tern_host_create(&h, NULL), -EMFILE);
	}
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(dup(0), free_fd);
	close(free_fd);
}

static void test_add_link_without_memory(void **state)
{
	const struct tern_pipe_config pipe = {.alloc = tern_libc_allocator()};
	struct tern_link *ends[2];
	struct tern_config c;
	struct tern_frame f;
	struct tern_host *h;

	(void)state;
	tern_config_init(&c);
	c.alloc.alloc = count_alloc;
	c.alloc.free = count_free;
	fail_in = -1;
	assert_int_equal(tern_host_create(&h, &c), 0);
	assert_int_equal(tern_pipe_create(ends, &pipe), 0);
	fail_in = 0;
	assert_int_equal(tern_host_add_link(h, ends[0], NULL), -ENOMEM);
	fail_in = -1;
	assert_int_equal(tern_link_recv(ends[1], &f, 1, 0), -ENODEV);
	tern_link_close(ends[1]);
	tern_host_destroy(h);
}

static void test_seeds_differ(void **state)
{
	struct sockaddr_in at[2];
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct tern_host *h = host_make(false);
		socklen_t len = sizeof(at[i]);
		int fd = tern_host_socket(h, AF_INET, SOCK_STREAM, 0);
		uint16_t tries = 0;

		/* A port from the seed; one in 28,000 by chance. */
		do {
			at[i] = endpoint(LOOPBACK, 0);
			assert_int_equal(
				tern_host_bind(h, fd, (struct sockaddr *)&at[i],
					       sizeof(at[i])),
				0);
			assert_int_equal(
				tern_host_getsockname(
					h, fd, (struct sockaddr *)&at[i], &len),
				0);
			tern_host_close(h, fd);
			fd = tern_host_socket(h, AF_INET, SOCK_STREAM, 0);
		} while (i == 1 && at[0].sin_port == at[1].sin_port &&
			 ++tries < 3);
		tern_host_destroy(h);
	}
	assert_int_not_equal(at[0].sin_port, at[1].sin_port);
}

static void test_errors_are_errno(void **state)
{
	struct tern_host *h = host_make(false);
	char byte;

	(void)state;
	errno = 0;
	assert_int_equal(tern_host_socket(h, 12345, SOCK_STREAM, 0), -1);
	assert_int_equal(errno, EAFNOSUPPORT);
	assert_int_equal(tern_host_recv(h, 99, &byte, 1, 0), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(tern_host_accept(h, 99, NULL, NULL), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(tern_host_close(h, 99), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(connect_to(h, 99, LOOPBACK, 7), -1);
	assert_int_equal(errno, EBADF);
	tern_host_destroy(h);
}

static void test_link_that_cannot_be_added_is_closed(void **state)
{
	const struct tern_pipe_config c = {.alloc = tern_libc_allocator()};
	struct tern_host *h = host_make(false);
	struct tern_link *ends[2];
	struct tern_frame f;

	(void)state;
	assert_int_equal(tern_pipe_create(ends, &c), 0);
	assert_int_equal(tern_host_add_link(h, ends[0], "a-name-of-16-byt"),
			 -EINVAL);
	assert_int_equal(tern_link_recv(ends[1], &f, 1, 0), -ENODEV);
	tern_link_close(ends[1]);
	/* A name that is taken, and the link's own where none is given. */
	assert_int_equal(tern_pipe_create(ends, &c), 0);
	assert_true(tern_host_add_link(h, ends[0], NULL) > 1);
	assert_int_equal(tern_host_add_link(h, ends[1], "pipe"), -EEXIST);
	tern_host_destroy(h);
}

static void write_hello(void *arg)
{
	struct tern_host *h = arg;
	int fd = tern_host_socket(h, AF_INET, SOCK_STREAM, 0);

	if (connect_to(h, fd, ADDR_B, 7) == 0)
		tern_host_write(h, fd, "hello", 5);
	tern_host_close(h, fd);
}

/* b is driven by its application's loop, which sleeps in the system's poll. */
static void test_loop_of_the_application(void **state)
{
	struct tern_host *a, *b;
	struct pollfd p = {.events = POLLIN};
	struct later l;
	char buf[16];
	int listener, fd = -1, turns = 0;
	ssize_t n = -1;

	(void)state;
	hosts_make(&a, &b, false);
	assert_int_equal(tern_host_start(a), 0);
	listener = listen_at(b, 7);
	set_nonblocking(b, listener);
	p.fd = tern_host_pollfd(b);
	later_start(&l, 10, write_hello, a);
	while (n <= 0 && turns++ < 1000) {
		assert_int_equal(poll(&p, 1, 5000), 1);
		assert_int_equal(tern_host_pump(b), 0);
		if (fd < 0)
			fd = tern_host_accept4(b, listener, NULL, NULL,
					       SOCK_NONBLOCK);
		if (fd >= 0)
			n = tern_host_recv(b, fd, buf, sizeof(buf), 0);
	}
	assert_int_equal(n, 5);
	/* It slept: each frame and each timer is a turn, nothing else. */
	assert_in_range(turns, 1, 50);
	later_join(&l);
	tern_host_destroy(a);
	tern_host_destroy(b);
}

/* After all is done there is nothing to do. */
static void test_idle_host_sleeps(void **state)
{
	struct tern_host *h = host_make(false);
	struct pollfd p = {.fd = tern_host_pollfd(h), .events = POLLIN};

	(void)state;
	assert_int_equal(tern_host_pump(h), 0);
	assert_int_equal(poll(&p, 1, 20), 0);
	tern_host_destroy(h);
}

/* It is a call that finds out, when it sends. */
static void test_link_fails_in_a_call(void **state)
{
	struct tern_host *a, *b;
	int fd;

	(void)state;
	hosts_make(&a, &b, false);
	tern_host_destroy(b);
	fd = tern_host_socket(a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(connect_to(a, fd, ADDR_B, 7), -1);
	assert_int_equal(tern_host_status(a), -ENODEV);
	fd = tern_host_socket(a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(connect_to(a, fd, ADDR_B, 7), -1);
	assert_int_equal(tern_host_pump(a), -ENODEV);
	tern_host_destroy(a);
}

/* Two interfaces of one host that are joined by a pipe: it talks to itself. */
static void test_pipe_to_itself(void **state)
{
	const struct tern_pipe_config c = {.alloc = tern_libc_allocator(),
					   .depth = 4};
	struct tern_host *h = host_make(false);
	struct tern *n = tern_host_stack(h);
	struct tern_link *ends[2];
	int i, index[2];
	struct tern_if_info info;

	(void)state;
	assert_int_equal(tern_pipe_create(ends, &c), 0);
	for (i = 0; i < 2; i++)
		index[i] = tern_host_add_link(h, ends[i], i ? "b" : "a");
	tern_host_lock(h);
	assert_int_equal(tern_addr_add(n, index[0], ADDR_A, 24), 0);
	tern_host_unlock(h);
	i = tern_host_socket(h, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(connect_to(h, i, ADDR_B, 7), -1);
	assert_int_equal(errno, EINPROGRESS);
	assert_int_equal(tern_host_pump(h), 0);
	assert_int_equal(tern_if_info(n, index[1], &info), 0);
	assert_int_equal(info.rx_frames, 1);
	tern_host_destroy(h);
}

/* The device goes away: said once, and the host goes on without it. */
static void test_link_fails(void **state)
{
	struct tern_host *a, *b;
	struct pollfd p = {.events = POLLIN};
	int fds[2];
	char byte;

	(void)state;
	hosts_make(&a, &b, false);
	p.fd = tern_host_pollfd(a);
	tern_host_destroy(b);
	assert_int_equal(poll(&p, 1, 1000), 1);
	assert_int_equal(tern_host_pump(a), -ENODEV);
	assert_int_equal(tern_host_status(a), -ENODEV);
	assert_int_equal(poll(&p, 1, 20), 0);
	connect_pair(a, fds);
	assert_int_equal(tern_host_write(a, fds[0], "x", 1), 1);
	assert_int_equal(tern_host_read(a, fds[1], &byte, 1), 1);
	tern_host_destroy(a);
}

static uint64_t frames_received(struct tern_host *h, int ifindex)
{
	struct tern_if_info info;

	tern_host_lock(h);
	assert_int_equal(tern_if_info(tern_host_stack(h), ifindex, &info), 0);
	tern_host_unlock(h);
	return info.rx_frames;
}

/*
 * A link without room: the stack waits for it and nothing is lost, whether the
 * link can be polled for room (a socket) ...
 */
static void test_full_link_that_is_polled(void **state)
{
	const struct tern_tun_config c = {.alloc = tern_libc_allocator()};
	struct tern_tun_config with = c;
	static char text[200000], copy[200000];
	struct tern_host *h[2];
	struct tern_link *l;
	int fds[2], i, small = 1, listener, fd;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(text); n++)
		text[n] = (char)(n ^ n >> 8);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	for (i = 0; i < 2; i++) {
		h[i] = host_make(false);
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &small,
			   sizeof(small));
		with.blocks = tern_blocks(tern_host_stack(h[i]));
		assert_int_equal(tern_tun_attach(&l, fds[i], &with), 0);
		assert_int_equal(tern_host_add_link(h[i], l, "eth0"), 2);
		tern_host_lock(h[i]);
		assert_int_equal(tern_addr_add(tern_host_stack(h[i]), 2,
					       i ? ADDR_B : ADDR_A, 24),
				 0);
		tern_host_unlock(h[i]);
	}
	assert_int_equal(tern_host_start(h[1]), 0);
	listener = listen_at(h[1], 7);
	fd = tern_host_socket(h[0], AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect_to(h[0], fd, ADDR_B, 7), 0);
	listener = tern_host_accept(h[1], listener, NULL, NULL);
	/* While the receiver holds its lock, nothing is taken out. */
	tern_host_lock(h[1]);
	set_nonblocking(h[0], fd);
	n = 0;
	while ((i = (int)tern_host_write(h[0], fd, text + n,
					 sizeof(text) - n)) > 0)
		n += (size_t)i;
	tern_host_unlock(h[1]);
	assert_true(n > 10000);
	assert_int_equal(tern_host_start(h[0]), 0);
	assert_int_equal(tern_host_recv(h[1], listener, copy, n, MSG_WAITALL),
			 n);
	assert_memory_equal(text, copy, n);
	tern_host_destroy(h[0]);
	tern_host_destroy(h[1]);
}

/* ... or not (a pipe), in which case it is asked again a little later. */
static void test_full_link_that_is_not_polled(void **state)
{
	const struct tern_pipe_config c = {.alloc = tern_libc_allocator(),
					   .depth = 2};
	struct tern_host *h = host_make(false);
	struct pollfd p = {.fd = tern_host_pollfd(h), .events = POLLIN};
	struct tern_frame f[4];
	struct tern_link *ends[2];
	int i, fd;

	(void)state;
	assert_int_equal(tern_pipe_create(ends, &c), 0);
	assert_int_equal(tern_host_add_link(h, ends[0], "eth0"), 2);
	tern_host_lock(h);
	assert_int_equal(tern_addr_add(tern_host_stack(h), 2, ADDR_A, 24), 0);
	tern_host_unlock(h);
	for (i = 0; i < 3; i++) { /* three SYNs, room for two */
		fd = tern_host_socket(h, AF_INET, SOCK_STREAM | SOCK_NONBLOCK,
				      0);
		assert_int_equal(connect_to(h, fd, ADDR_B, 7), -1);
	}
	assert_int_equal(tern_link_recv(ends[1], f, 4, 0), 2);
	tern_frame_release(&f[0]);
	tern_frame_release(&f[1]);
	assert_int_equal(poll(&p, 1, 500), 1); /* before any RTO */
	assert_int_equal(tern_host_pump(h), 0);
	assert_int_equal(tern_link_recv(ends[1], f, 4, 0), 1);
	tern_frame_release(&f[0]);
	/* Frames that are still refused at the end go with the host. */
	for (i = 0; i < 3; i++) {
		fd = tern_host_socket(h, AF_INET, SOCK_STREAM | SOCK_NONBLOCK,
				      0);
		assert_int_equal(connect_to(h, fd, ADDR_B, 7), -1);
	}
	tern_host_destroy(h);
	tern_link_close(ends[1]);
}

/* What is done with the stack itself goes out when the lock is given back. */
static void test_unlock_sends(void **state)
{
	struct sockaddr_in to = endpoint(ADDR_B, 7);
	struct tern_host *a, *b;
	uint64_t n = 0;
	int fd, i;

	(void)state;
	hosts_make(&a, &b, false);
	assert_int_equal(tern_host_start(b), 0);
	tern_host_lock(a);
	fd = tern_socket(tern_host_stack(a), AF_INET, SOCK_STREAM, 0);
	assert_int_equal(tern_connect(tern_host_stack(a), fd,
				      (struct sockaddr *)&to, sizeof(to)),
			 -EINPROGRESS);
	tern_host_unlock(a);
	for (i = 0; i < 1000 && n == 0; i++) {
		usleep(1000);
		n = frames_received(b, 2);
	}
	assert_int_equal(n, 1);
	tern_host_destroy(a);
	tern_host_destroy(b);
}

static void drain(void *arg)
{
	int left = tern_host_drain(arg, 10 * TERN_S);

	assert_int_equal(left, 0);
}

/* What was written before is delivered, although the writer is closed. */
static void drain_both(bool threaded)
{
	struct tern_host *a, *b;
	static char text[300000];
	int listener, out_fd, in_fd;
	ssize_t n, got, all = 0;
	struct later l;

	hosts_make(&a, &b, threaded);
	if (!threaded)
		assert_int_equal(tern_host_start(b), 0);
	listener = listen_at(b, 7);
	out_fd = tern_host_socket(a, AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect_to(a, out_fd, ADDR_B, 7), 0);
	in_fd = tern_host_accept(b, listener, NULL, NULL);
	set_nonblocking(a, out_fd);
	n = tern_host_send(a, out_fd, text, sizeof(text), 0);
	assert_true(n > 0);
	later_start(&l, 0, drain, a);
	usleep(20000);
	while ((got = tern_host_recv(b, in_fd, text, sizeof(text), 0)) > 0)
		all += got;
	assert_int_equal(got, 0);
	assert_int_equal(all, n);
	tern_host_close(b, in_fd);
	later_join(&l);
	tern_host_destroy(a);
	tern_host_destroy(b);
}

static void test_drain(void **state)
{
	(void)state;
	drain_both(true);
	drain_both(false);
}

/* What nobody acknowledges is left when the time is over. */
static void test_drain_gives_up(void **state)
{
	struct tern_host *a, *b;
	int listener, fd, i;
	tern_time start;

	(void)state;
	hosts_make(&a, &b, false);
	assert_int_equal(tern_host_drain(a, TERN_S), 0);
	listener = listen_at(b, 7);
	fd = tern_host_socket(a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(connect_to(a, fd, ADDR_B, 7), -1);
	for (i = 0; i < 3; i++) {
		tern_host_pump(b);
		tern_host_pump(a);
	}
	assert_int_equal(tern_host_send(a, fd, "x", 1, 0), 1);
	start = tern_host_now();
	assert_int_equal(tern_host_drain(a, 60 * TERN_MS), 1);
	assert_in_range(ms_since(start), 60, 5000);
	assert_int_equal(tern_host_send(a, fd, "x", 1, 0), -1);
	assert_int_equal(errno, EBADF);
	/* Those who listen go too, and what stands in their queues. */
	assert_int_equal(tern_host_drain(b, TERN_S), 0);
	assert_int_equal(tern_host_accept(b, listener, NULL, NULL), -1);
	assert_int_equal(errno, EBADF);
	tern_host_destroy(a);
	tern_host_destroy(b);
}

static void test_capture_file(void **state)
{
	FILE *full = fopen("/dev/full", "w"), *file = tmpfile();

	(void)state;
	assert_non_null(file);
	assert_int_equal(tern_host_capture_file(file, "abc", 3), 0);
	assert_int_equal(ftell(file), 3);
	fclose(file);
	if (!full)
		skip();
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(tern_host_capture_file(full, "abc", 3), -ENOSPC);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lives_and_dies),
		cmocka_unit_test(test_create_without_memory),
		cmocka_unit_test(test_create_without_descriptors),
		cmocka_unit_test(test_add_link_without_memory),
		cmocka_unit_test(test_seeds_differ),
		cmocka_unit_test(test_errors_are_errno),
		cmocka_unit_test(test_link_that_cannot_be_added_is_closed),
		cmocka_unit_test(test_loop_of_the_application),
		cmocka_unit_test(test_idle_host_sleeps),
		cmocka_unit_test(test_pipe_to_itself),
		cmocka_unit_test(test_link_fails),
		cmocka_unit_test(test_link_fails_in_a_call),
		cmocka_unit_test(test_full_link_that_is_polled),
		cmocka_unit_test(test_full_link_that_is_not_polled),
		cmocka_unit_test(test_unlock_sends),
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_drain_gives_up),
		cmocka_unit_test(test_capture_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
