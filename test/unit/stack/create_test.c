/* SPDX-License-Identifier: ISC */
/* create_test.c - a stack: made, out of memory at every step, ended */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "two.h"

/* An allocator that counts, and fails at the allocation `fail_at`. */
struct purse {
	size_t n_out, bytes_out, n_allocs, fail_at;
};

static void *purse_alloc(void *ctx, size_t size)
{
	struct purse *p = (struct purse *)ctx;

	if (++p->n_allocs == p->fail_at)
		return NULL;
	p->n_out++;
	p->bytes_out += size;
	return malloc(size);
}

static void purse_free(void *ctx, void *mem, size_t size)
{
	struct purse *p = (struct purse *)ctx;

	p->n_out--;
	p->bytes_out -= size;
	free(mem);
}

static struct tern_config config(struct purse *p)
{
	struct tern_config c;

	memset(p, 0, sizeof(*p));
	tern_config_init(&c);
	c.alloc = (struct tern_allocator){purse_alloc, purse_free, p};
	return c;
}

static void test_config(void **state)
{
	struct purse p;
	struct tern_config c = config(&p);
	struct tern *n = NULL;

	(void)state;
	assert_int_equal(c.memory_limit, 1 << 30);
	assert_int_equal(c.max_sockets, 1 << 20);
	c.max_sockets = 0;
	assert_int_equal(tern_create(&n, &c, 1), -EINVAL);
	c.max_sockets = (1 << 24) + 1;
	assert_int_equal(tern_create(&n, &c, 1), -EINVAL);
	c.max_sockets = 1 << 24;
	c.alloc.alloc = NULL;
	assert_int_equal(tern_create(&n, &c, 1), -EINVAL);
	c.alloc.alloc = purse_alloc;
	c.alloc.free = NULL;
	assert_int_equal(tern_create(&n, &c, 1), -EINVAL);
	c.alloc.free = purse_free;
	c.memory_limit = 0;
	assert_int_equal(tern_create(&n, &c, 1), -EINVAL);
	c.memory_limit = 1000;
	assert_int_equal(tern_create(&n, &c, 1), -ENOMEM);
	assert_null(n);
	assert_int_equal(p.n_out, 0);
	tern_destroy(NULL);
}

static void test_every_allocation_may_fail(void **state)
{
	struct purse p;
	struct tern_config c = config(&p);
	struct tern *n;
	size_t i;
	int err = -ENOMEM;

	(void)state;
	for (i = 1; err; i++) {
		memset(&p, 0, sizeof(p));
		p.fail_at = i;
		n = NULL;
		err = tern_create(&n, &c, 1);
		assert_true(err == 0 || err == -ENOMEM);
		if (err)
			assert_int_equal(p.n_out, 0);
	}
	assert_true(i > 5);
	tern_selfcheck(n);
	assert_true(tern_memory_total(n) > 0);
	tern_destroy(n);
	assert_int_equal(p.n_out, 0);
	assert_int_equal(p.bytes_out, 0);
}

/* All that a stack can hold goes back, whatever it is doing. */
static void test_destroyed_in_the_middle(void **state)
{
	struct purse p;
	struct tern_config c = config(&p);
	struct two t = {.now = 1};
	struct sockaddr_in a;
	static char big[300000];
	int l, fd, pair[2], ep;
	struct epoll_event ev = {.events = EPOLLIN};

	(void)state;
	assert_int_equal(tern_create(&t.a, &c, 1), 0);
	t.b = two_stack(7, 1);
	t.if_a = two_attach(t.a, TWO_A);
	t.if_b = two_attach(t.b, TWO_B);
	l = two_listen(t.a, 80, 5);
	assert_true(l >= 0);
	for (int i = 0; i < 4; i++)
		assert_true(two_dial(t.b, TWO_A, 80) >= 0);
	two_run(&t);
	fd = tern_accept(t.a, l, NULL, NULL);
	assert_true(fd >= 0);
	assert_true(tern_send(t.a, fd, big, sizeof(big), 0) > 0);
	two_run(&t);
	assert_int_equal(tern_close(t.a, fd), 0);
	fd = tern_accept(t.a, l, NULL, NULL);
	assert_true(tern_send(t.a, fd, big, sizeof(big), 0) > 0);
	assert_true(two_dial(t.a, TWO_B, 81) >= 0); /* SYN-SENT */
	assert_true(two_dial(t.a, INADDR_LOOPBACK, 80) >= 0);
	a = two_addr(TWO_A, 0);
	fd = tern_socket(t.a, AF_INET, SOCK_STREAM, 0);
	assert_int_equal(tern_bind(t.a, fd, (struct sockaddr *)&a, sizeof(a)),
			 0);
	assert_int_equal(tern_socketpair(t.a, AF_UNIX, SOCK_STREAM, 0, pair),
			 0);
	assert_int_equal(tern_send(t.a, pair[0], big, 1000, 0), 1000);
	ep = tern_epoll_create(t.a);
	assert_int_equal(tern_epoll_ctl(t.a, ep, EPOLL_CTL_ADD, pair[1], &ev),
			 0);
	assert_int_equal(tern_epoll_ctl(t.a, ep, EPOLL_CTL_ADD, l, &ev), 0);
	tern_selfcheck(t.a);
	tern_destroy(t.a);
	tern_destroy(t.b); /* it holds blocks that a's frames were made of */
	assert_int_equal(p.n_out, 0);
	assert_int_equal(p.bytes_out, 0);
}

/* A frame that is held elsewhere outlives the stack. */
static void test_frame_outlives_the_stack(void **state)
{
	struct two t;
	struct tern_frame f[8];
	uint8_t bytes[2000];
	int n, e[2], l;

	(void)state;
	assert_int_equal(two_open(&t), 0);
	l = two_listen(t.b, 80, 1);
	assert_int_equal(two_connect(&t, 80, l, e), 0);
	assert_int_equal(tern_send(t.a, e[0], "remains", 7, 0), 7);
	n = tern_output(t.a, t.if_a, f, 8, t.now);
	assert_int_equal(n, 1);
	tern_destroy(t.a);
	assert_int_equal(tern_frame_read(&f[0], f[0].len - 7, bytes, 7), 7);
	assert_memory_equal(bytes, "remains", 7);
	tern_frame_release(&f[0]);
	tern_destroy(t.b);
}

static void test_time_does_not_run_back(void **state)
{
	struct tern *n = two_stack(1, 1000);

	(void)state;
	assert_int_equal(tern_now(n), 1000);
	tern_advance(n, 500);
	assert_int_equal(tern_now(n), 1000);
	tern_advance(n, 1500);
	assert_int_equal(tern_now(n), 1500);
	tern_destroy(n);
}

static void test_frames_of_no_interface(void **state)
{
	struct tern *n = two_stack(1, 1);
	struct tern_frame f[2];
	uint8_t bytes[40] = {0x45};

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			tern_frame_copy(&f[i], tern_blocks(n), bytes, 40), 0);
	assert_int_equal(tern_input(n, 7, &f[0], 1, 2), -ENODEV);
	/* Nobody may say that he is the loopback interface. */
	assert_int_equal(tern_input(n, TERN_IF_LOOPBACK, &f[1], 1, 2), -ENODEV);
	assert_int_equal(tern_output(n, 7, f, 2, 2), -ENODEV);
	assert_int_equal(tern_output(n, TERN_IF_LOOPBACK, f, 2, 2), -ENODEV);
	assert_false(tern_has_output(n, 7));
	assert_false(tern_has_output(n, -1));
	assert_int_equal(tern_memory(n, TERN_MEM_SEND), 0);
	tern_selfcheck(n);
	tern_destroy(n);
}

/* The same seed and the same calls give the same frames. */
static void test_repeatable(void **state)
{
	uint8_t bytes[2][4096];
	uint32_t len[2] = {0};

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct two t;
		struct tern_frame f[8];
		int n;

		assert_int_equal(two_open(&t), 0);
		for (int i = 0; i < 8; i++)
			assert_true(two_dial(t.a, TWO_B, 80) >= 0);
		while ((n = tern_output(t.a, t.if_a, f, 8, t.now)) > 0)
			for (int i = 0; i < n; i++) {
				len[k] += tern_frame_read(
					&f[i], 0, bytes[k] + len[k], 200);
				tern_frame_release(&f[i]);
			}
		two_close(&t);
	}
	assert_true(len[0] > 8 * 40);
	assert_int_equal(len[0], len[1]);
	assert_memory_equal(bytes[0], bytes[1], len[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_every_allocation_may_fail),
		cmocka_unit_test(test_destroyed_in_the_middle),
		cmocka_unit_test(test_frame_outlives_the_stack),
		cmocka_unit_test(test_time_does_not_run_back),
		cmocka_unit_test(test_frames_of_no_interface),
		cmocka_unit_test(test_repeatable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
