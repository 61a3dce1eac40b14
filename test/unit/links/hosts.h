/* SPDX-License-Identifier: ISC */
/*
 * hosts.h - one host on its loopback, or two that are joined by a socket pair
 *
 *	a 10.0.0.1 ---- 10.0.0.2 b
 *
 * Real threads and real time: waits here are short, and what is asserted of
 * time leaves room for a machine that is busy.
 */
#ifndef TERN_TEST_LINKS_HOSTS_H
#define TERN_TEST_LINKS_HOSTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <tern/libc.h>
#include <tern/tern.h>

#define LOOPBACK 0x7f000001
#define ADDR_A	 0x0a000001
#define ADDR_B	 0x0a000002

static inline struct sockaddr_in endpoint(uint32_t addr, uint16_t port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
				  .sin_port = htons(port)};

	sin.sin_addr.s_addr = htonl(addr);
	return sin;
}

static inline struct tern_host *host_make(bool threaded)
{
	struct tern_host *h;

	assert_int_equal(tern_host_create(&h, NULL), 0);
	if (threaded)
		assert_int_equal(tern_host_start(h), 0);
	return h;
}

/* An interface over a socket, with an address. */
static inline void host_join(struct tern_host *h, int fd, uint32_t addr)
{
	const struct tern_tun_config c = {
		.offload = true,
		.blocks = tern_blocks(tern_host_stack(h)),
		.alloc = tern_libc_allocator()};
	struct tern_link *l;
	int ifindex;

	assert_int_equal(tern_tun_attach(&l, fd, &c), 0);
	ifindex = tern_host_add_link(h, l, "eth0");
	assert_true(ifindex > 1);
	tern_host_lock(h);
	assert_int_equal(tern_addr_add(tern_host_stack(h), ifindex, addr, 24),
			 0);
	tern_host_unlock(h);
}

static inline void hosts_make(struct tern_host **a, struct tern_host **b,
			      bool threaded)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	*a = host_make(threaded);
	*b = host_make(threaded);
	host_join(*a, fds[0], ADDR_A);
	host_join(*b, fds[1], ADDR_B);
}

static inline int listen_at(struct tern_host *h, uint16_t port)
{
	struct sockaddr_in at = endpoint(0, port);
	int fd = tern_host_socket(h, AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(
		tern_host_bind(h, fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(tern_host_listen(h, fd, 8), 0);
	return fd;
}

/* Returns the result; -1 and errno. */
static inline int connect_to(struct tern_host *h, int fd, uint32_t addr,
			     uint16_t port)
{
	struct sockaddr_in to = endpoint(addr, port);

	return tern_host_connect(h, fd, (struct sockaddr *)&to, sizeof(to));
}

/* A connection over loopback: fds[0] the client's, fds[1] the server's. */
static inline void connect_pair(struct tern_host *h, int fds[2])
{
	int listener = listen_at(h, 7);

	fds[0] = tern_host_socket(h, AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect_to(h, fds[0], LOOPBACK, 7), 0);
	fds[1] = tern_host_accept(h, listener, NULL, NULL);
	assert_true(fds[1] >= 0);
	tern_host_close(h, listener);
}

static inline void set_timeout(struct tern_host *h, int fd, int option, int ms)
{
	struct timeval tv = {.tv_sec = ms / 1000,
			     .tv_usec = (ms % 1000) * 1000};

	assert_int_equal(tern_host_setsockopt(h, fd, SOL_SOCKET, option, &tv,
					      sizeof(tv)),
			 0);
}

static inline void set_nonblocking(struct tern_host *h, int fd)
{
	assert_int_equal(tern_host_fcntl(h, fd, F_SETFL, O_NONBLOCK), 0);
}

/* A thread that does one thing a little later. */
struct later {
	pthread_t thread;
	void (*fn)(void *arg);
	void *arg;
	useconds_t after_us;
};

static inline void *later_run(void *arg)
{
	struct later *l = arg;

	usleep(l->after_us);
	l->fn(l->arg);
	return NULL;
}

static inline void later_start(struct later *l, unsigned int ms,
			       void (*fn)(void *), void *arg)
{
	l->fn = fn;
	l->arg = arg;
	l->after_us = ms * 1000;
	assert_int_equal(pthread_create(&l->thread, NULL, later_run, l), 0);
}

static inline void later_join(struct later *l)
{
	pthread_join(l->thread, NULL);
}

static inline uint64_t ms_since(tern_time start)
{
	return (tern_host_now() - start) / TERN_MS;
}

#endif
