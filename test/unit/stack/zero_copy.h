/* SPDX-License-Identifier: ISC */
/*
 * zero_copy.h - a connection from a to b, and text to send by reference
 *
 * e[0] is a's end, e[1] that of b.  borrow_all() copies what b has from place
 * `at` of copy[] on.
 */
#ifndef TEST_UNIT_STACK_ZERO_COPY_H
#define TEST_UNIT_STACK_ZERO_COPY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "base/block.h"
#include "stack/tern.h"
#include "two.h"

#define BIG    200000
#define SLICES 64

static struct two t;
static int listener, e[2];
static uint8_t text[BIG], copy[BIG];

static inline int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < BIG; i++)
		text[i] = (uint8_t)(i * 7 + (i >> 8) * 13);
	memset(copy, 0, sizeof(copy));
	if (two_open(&t) < 0)
		return -1;
	listener = two_listen(t.b, 80, 10);
	return listener < 0 ? -1 : two_connect(&t, 80, listener, e);
}

static inline int teardown(void **state)
{
	(void)state;
	two_close(&t);
	return 0;
}

static inline short events(struct tern *n, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT | POLLMSG};

	tern_poll(n, &p, 1);
	return p.revents;
}

static inline size_t blocks_out(struct tern *n)
{
	return block_pool_count(tern_blocks(n));
}

/* Copies what b has, and gives it back.  Returns the number of bytes. */
static inline size_t borrow_all(size_t at)
{
	struct tern_slice s[SLICES];
	int n;

	while ((n = tern_recv_zc(t.b, e[1], s, SLICES, 0)) > 0) {
		for (int i = 0; i < n; i++) {
			assert_true(at + s[i].len <= BIG);
			memcpy(copy + at, s[i].data, s[i].len);
			at += s[i].len;
		}
		tern_recv_zc_done(t.b, e[1], s, n);
		for (int i = 0; i < n; i++)
			assert_null(s[i].block);
	}
	return at;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
