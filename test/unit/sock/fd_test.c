/* SPDX-License-Identifier: ISC */
/* fd_test.c - descriptors: generations, reuse in order, limits */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include <tern/libc.h>

#include "base/bytes.h"
#include "sock/fd.h"

static struct mem mem;
static struct fd_table t;

static void begin(uint32_t max)
{
	struct tern_allocator a = tern_libc_allocator();

	mem_init(&mem, &a, 1 << 30);
	assert_int_equal(fd_init(&t, &mem, max), 0);
}

static void end(void)
{
	fd_check(&t);
	fd_fini(&t);
	assert_int_equal(mem_used(&mem), 0);
}

static void test_first_are_small(void **state)
{
	(void)state;
	begin(FD_MAX);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(fd_open(&t, FD_TCP), i);
	assert_ptr_equal(fd_find(&t, 4999), fd_at(&t, 4999));
	assert_null(fd_find(&t, 5000));
	assert_null(fd_find(&t, -1));
	assert_null(fd_find(&t, INT32_MIN));
	assert_null(fd_find(&t, INT32_MAX));
	assert_int_equal(t.n_open, 5000);
	end();
}

static void test_slot_size(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct fd), 24);
}

static void test_stale_is_not_found(void **state)
{
	int fd, again;

	(void)state;
	begin(1);
	fd = fd_open(&t, FD_TCP);
	assert_int_equal(fd, 0);
	fd_find(&t, fd)->flags = FD_NONBLOCK;
	fd_close(&t, fd);
	assert_null(fd_find(&t, fd));
	again = fd_open(&t, FD_UNIX);
	assert_int_equal(again, 1 << FD_INDEX_BITS);
	assert_null(fd_find(&t, fd));
	assert_int_equal(fd_find(&t, again)->kind, FD_UNIX);
	assert_int_equal(fd_find(&t, again)->flags, 0);
	assert_int_equal(fd_number(&t, 0), again);
	end();
}

/* 128 generations, never a negative number. */
static void test_generations_wrap(void **state)
{
	(void)state;
	begin(1);
	for (int i = 0; i < 300; i++) {
		int fd = fd_open(&t, FD_TCP);

		assert_int_equal(fd, (i % 128) << FD_INDEX_BITS);
		fd_close(&t, fd);
	}
	end();
}

/* A place rests while FD_REST - 1 others are closed. */
static void test_reuse_is_late(void **state)
{
	int fd, n = 0;

	(void)state;
	begin(100000);
	fd = fd_open(&t, FD_TCP);
	fd_close(&t, fd);
	for (;;) {
		int other = fd_open(&t, FD_TCP);

		if (fd_index(other) == fd_index(fd))
			break;
		fd_close(&t, other);
		n++;
	}
	assert_int_equal(n, FD_REST - 1);
	assert_int_equal(t.n_used, FD_REST);
	end();
}

static void test_limit(void **state)
{
	int fds[10];

	(void)state;
	begin(10);
	for (int i = 0; i < 10; i++)
		fds[i] = fd_open(&t, FD_TCP);
	assert_int_equal(fd_reserve(&t), -EMFILE);
	assert_int_equal(fd_open(&t, FD_TCP), -EMFILE);
	fd_close(&t, fds[7]);
	fd_close(&t, fds[2]);
	assert_int_equal(fd_reserve(&t), 0);
	assert_int_equal(fd_index(fd_open(&t, FD_TCP)), 7); /* the older */
	assert_int_equal(fd_index(fd_open(&t, FD_TCP)), 2);
	assert_int_equal(fd_open(&t, FD_TCP), -EMFILE);
	end();
}

static void test_no_memory(void **state)
{
	(void)state;
	begin(100000);
	assert_int_equal(fd_open(&t, FD_TCP), 0);
	fd_close(&t, 0);
	for (int i = 1; i < FD_CHUNK; i++)
		assert_int_equal(fd_open(&t, FD_TCP), i);
	mem.limit = mem_used(&mem);
	/* No new chunk, but a place that has not rested enough. */
	assert_int_equal(fd_reserve(&t), 0);
	assert_int_equal(fd_open(&t, FD_TCP), 1 << FD_INDEX_BITS);
	assert_int_equal(fd_reserve(&t), -ENOBUFS);
	assert_int_equal(fd_open(&t, FD_TCP), -ENOBUFS);
	mem.limit = 1 << 30;
	assert_int_equal(fd_open(&t, FD_TCP), FD_CHUNK);
	end();
	mem.limit = 100;
	assert_int_equal(fd_init(&t, &mem, 100000), -ENOBUFS);
	fd_fini(&t);
}

/* Opens and closes at random beside a plain list of what is open. */
static void test_random(void **state)
{
	static int open[4000], stale[4000];
	uint32_t dice = 1;
	int n = 0, n_stale = 0;

	(void)state;
	begin(3000);
	for (int i = 0; i < 200000; i++) {
		dice = dice * 1664525 + 1013904223;
		if ((dice >> 16) % 100 < 52) {
			int fd = fd_open(&t, FD_TCP);

			if (n == 3000) {
				assert_int_equal(fd, -EMFILE);
				continue;
			}
			assert_true(fd >= 0);
			open[n++] = fd;
		} else if (n) {
			int k = (int)((dice >> 8) % (uint32_t)n);

			stale[n_stale++ % 4000] = open[k];
			fd_close(&t, open[k]);
			open[k] = open[--n];
		}
		if (i % 20000 == 0)
			fd_check(&t);
	}
	for (int i = 0; i < n; i++)
		assert_non_null(fd_find(&t, open[i]));
	for (int i = 0; i < n_stale && i < 4000; i++) {
		bool is_open = false;

		for (int k = 0; k < n; k++)
			is_open |= open[k] == stale[i];
		assert_int_equal(fd_find(&t, stale[i]) != NULL, is_open);
	}
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_are_small),
		cmocka_unit_test(test_slot_size),
		cmocka_unit_test(test_stale_is_not_found),
		cmocka_unit_test(test_generations_wrap),
		cmocka_unit_test(test_reuse_is_late),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
