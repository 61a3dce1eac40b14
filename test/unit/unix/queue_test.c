/* SPDX-License-Identifier: ISC */
/* queue_test.c - bytes in, the same bytes out, and no memory when empty */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "domain.h"

static struct domain t;
static struct unix_queue q;

static int setup(void **state)
{
	(void)state;
	memset(&q, 0, sizeof(q));
	return domain_open(&t);
}

static int teardown(void **state)
{
	(void)state;
	unix_queue_clear(&q, &t.env.mem);
	return domain_close(&t);
}

/* The byte at a place of the stream. */
static uint8_t byte_at(size_t at)
{
	return (uint8_t)(at * 7 + (at >> 8));
}

static ssize_t put(size_t at, size_t len)
{
	static uint8_t bytes[300000];
	struct iovec iov = {bytes, len};

	assert_true(len <= sizeof(bytes));
	for (size_t i = 0; i < len; i++)
		bytes[i] = byte_at(at + i);
	return unix_queue_append(&q, &t.env.mem, t.env.blocks, &iov, len);
}

static size_t take(size_t at, size_t len)
{
	static uint8_t bytes[300000];
	struct iovec iov = {bytes, len};
	size_t n = unix_queue_peek(&q, &iov, len);

	for (size_t i = 0; i < n; i++)
		assert_int_equal(bytes[i], byte_at(at + i));
	unix_queue_drop(&q, &t.env.mem, n);
	return n;
}

static void test_sizes_around_the_blocks(void **state)
{
	static const size_t sizes[] = {1,     255,   256,   257,   2047,
				       2048,  2049,  16383, 16384, 16385,
				       66047, 66048, 66049, 200000};
	size_t in = 0, out = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		assert_int_equal(put(in, sizes[i]), sizes[i]);
		in += sizes[i];
		assert_int_equal(q.len, in - out);
		out += take(out, sizes[i] / 2);
	}
	out += take(out, 300000);
	assert_int_equal(in, out);
	assert_int_equal(q.len, 0);
	assert_int_equal(mem_used_for(&t.env.mem, TERN_MEM_UNIX), 0);
	assert_int_equal(block_pool_count(t.env.blocks), 0);
}

static void test_random_steps(void **state)
{
	size_t in = 0, out = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t len = 1 + rng_below(&t.env.rng, 1U << (i % 14));

		if (rng_below(&t.env.rng, 2) && q.len < 150000) {
			assert_int_equal(put(in, len), len);
			in += len;
		} else {
			out += take(out, len);
		}
		assert_int_equal(q.len, in - out);
	}
	assert_true(in > 1000000);
}

static void test_small_writes_share_a_block(void **state)
{
	(void)state;
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(put(i, 1), 1);
	assert_int_equal(block_pool_count(t.env.blocks), 1);
	assert_int_equal(take(0, 100), 64);
}

static void test_iovec_with_holes(void **state)
{
	char a[3] = "abc", b[2] = "de", out[6] = {0};
	struct iovec in[5] = {{NULL, 0}, {a, 3}, {NULL, 0}, {b, 2}, {a, 0}};
	struct iovec to[4] = {{out, 1}, {NULL, 0}, {out + 1, 3}, {out + 4, 2}};

	(void)state;
	assert_int_equal(unix_queue_append(&q, &t.env.mem, t.env.blocks, in, 5),
			 5);
	assert_int_equal(unix_queue_peek(&q, to, 6), 5);
	assert_string_equal(out, "abcde");
	assert_int_equal(q.len, 5);
}

static void test_memory_runs_out(void **state)
{
	ssize_t n;

	(void)state;
	t.env.mem.limit = mem_used(&t.env.mem) + 100000;
	n = put(0, 300000);
	assert_in_range(n, 1, 100000);
	assert_int_equal(put((size_t)n, 70000), -ENOBUFS);
	assert_int_equal(q.len, n);
	assert_int_equal(take(0, 300000), n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sizes_around_the_blocks,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_random_steps, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_small_writes_share_a_block,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_iovec_with_holes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_memory_runs_out, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
