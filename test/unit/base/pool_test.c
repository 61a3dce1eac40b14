/* SPDX-License-Identifier: ISC */
/*
 * pool_test.c - objects of one size: alignment, reuse, and giving back
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/pool.h"
#include "unit/base/dice.h"
#include "unit/base/meter.h"

#define N_MAX 4096

struct fixture {
	struct meter meter;
	struct mem mem;
	struct pool pool;
};

static void setup(struct fixture *f, size_t size, size_t limit)
{
	struct tern_allocator a = meter_allocator(&f->meter);

	mem_init(&f->mem, &a, limit);
	pool_init(&f->pool, &f->mem, TERN_MEM_CONN, size);
}

static void check_all_returned(struct fixture *f)
{
	assert_int_equal(f->meter.n_out, 0);
	assert_int_equal(mem_used(&f->mem), 0);
}

static void test_alignment_follows_size(void **state)
{
	static const struct {
		size_t size, align;
	} rows[] = {{1, 8},   {8, 8},	  {12, 16},  {24, 8},	 {48, 16},
		    {64, 64}, {96, 32},	  {128, 64}, {320, 64},	 {512, 64},
		    {520, 8}, {1024, 64}, {1032, 8}, {4096, 64}, {16384, 64}};
	struct fixture f;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setup(&f, rows[i].size, SIZE_MAX);
		for (n = 0; n < 40; n++) {
			uintptr_t p = (uintptr_t)pool_get(&f.pool);

			assert_true(p);
			assert_int_equal(p % rows[i].align, 0);
		}
		assert_int_equal(pool_count(&f.pool), 40);
		pool_drain(&f.pool);
		check_all_returned(&f);
	}
}

static void test_zget_clears_what_was_used(void **state)
{
	struct fixture f;
	uint8_t zeros[40] = {0}, *p;

	(void)state;
	setup(&f, 40, SIZE_MAX);
	p = pool_get(&f.pool);
	memset(p, 0xff, 40);
	pool_put(&f.pool, p);
	p = pool_zget(&f.pool);
	assert_memory_equal(p, zeros, 40);
	pool_drain(&f.pool);
}

/* Gets and puts at random; every object keeps what was written into it. */
static void twin(uint64_t seed, size_t size, uint32_t n_max, int rounds)
{
	static uint64_t *out[N_MAX];
	static uint64_t mark[N_MAX];
	struct dice d = {seed};
	struct fixture f;
	uint32_t n = 0, target = n_max, i;

	setup(&f, size, SIZE_MAX);
	while (rounds--) {
		/* Swing between full and empty, so that slabs come and go. */
		if (n == target)
			target = dice_below(&d, n_max + 1);
		if (n < target) {
			out[n] = pool_get(&f.pool);
			assert_non_null(out[n]);
			mark[n] = dice_u64(&d);
			for (i = 0; i < size / 8; i++)
				out[n][i] = mark[n] + i;
			n++;
		} else if (n > target) {
			uint32_t at = dice_below(&d, n);

			for (i = 0; i < size / 8; i++)
				assert_true(out[at][i] == mark[at] + i);
			pool_put(&f.pool, out[at]);
			out[at] = out[--n];
			mark[at] = mark[n];
		}
		assert_int_equal(pool_count(&f.pool), n);
	}
	while (n > 0)
		pool_put(&f.pool, out[--n]);
	/* One slab is kept, and the map that finds it. */
	assert_int_equal(f.pool.n_slabs, 1);
	assert_true(mem_used(&f.mem) <= 65536 + 20000);
	pool_drain(&f.pool);
	check_all_returned(&f);
}

static void test_random_use_keeps_contents(void **state)
{
	(void)state;
	twin(1, 64, N_MAX, 100000);
	twin(2, 512, 1000, 30000);
	twin(3, 24, N_MAX, 100000);
	twin(4, 2048, 300, 10000);
	twin(5, 16384, 40, 2000);
	twin(6, 336, 1000, 30000);
	twin(7, 8, N_MAX, 100000);
	twin(8, 40, N_MAX, 100000);
}

static void test_wholly_free_slab_goes_back(void **state)
{
	static void *out[N_MAX];
	struct fixture f;
	uint32_t n_slabs, i;

	(void)state;
	setup(&f, 64, SIZE_MAX);
	for (i = 0; i < N_MAX; i++)
		out[i] = pool_get(&f.pool);
	n_slabs = f.pool.n_slabs;
	assert_true(n_slabs > 4);
	/* 64 bytes cost 64 bytes, and little besides. */
	assert_true(mem_used(&f.mem) < 64 * N_MAX + 65536 + 1000);
	for (i = N_MAX; i-- > N_MAX / 2;)
		pool_put(&f.pool, out[i]);
	assert_true(f.pool.n_slabs < n_slabs);
	pool_drain(&f.pool); /* with objects still out */
	check_all_returned(&f);
	assert_int_equal(pool_count(&f.pool), 0);
	assert_non_null(pool_get(&f.pool)); /* and it can be used again */
	pool_drain(&f.pool);
	check_all_returned(&f);
}

/* The header of a slab does not cost one of 195 objects. */
static void test_slabs_are_cut_to_the_end(void **state)
{
	const int n_small = 8192 / 336 + 3 * (16384 / 336);
	const int n_large = 10 * 195;
	struct fixture f;
	int i;

	(void)state;
	setup(&f, 336, SIZE_MAX);
	for (i = 0; i < n_small + n_large; i++)
		assert_non_null(pool_get(&f.pool));
	assert_int_equal(f.pool.n_slabs, 14);
	assert_non_null(pool_get(&f.pool));
	assert_int_equal(f.pool.n_slabs, 15);
	pool_drain(&f.pool);
	check_all_returned(&f);
}

/* Objects at hand may each hold a slab: no more of them than a sixteenth of
 * memory has slabs of 64 KiB for.  Here the last object of each slab comes back
 * when all others have, while as many slabs are out. */
static void test_objects_at_hand_hold_little(void **state)
{
	static void *inner[N_MAX], *last[N_MAX];
	const uint32_t n_back = 250; /* slabs */
	const size_t limit = (size_t)64 << 20;
	struct fixture f;
	uint32_t n_inner = 0, n_last = 0, n_slabs, i;

	(void)state;
	setup(&f, 16384, limit);
	while (n_last < n_back) {
		void *object = pool_get(&f.pool);

		assert_non_null(object);
		if (f.pool.n_slabs > n_last)
			last[n_last++] = object;
		else
			inner[n_inner++] = object;
	}
	while (f.pool.n_slabs < 2 * n_back)
		assert_non_null(pool_get(&f.pool));
	n_slabs = f.pool.n_slabs;
	for (i = 0; i < n_inner; i++)
		pool_put(&f.pool, inner[i]);
	for (i = 0; i < n_back; i++)
		pool_put(&f.pool, last[i]);
	assert_in_range(f.pool.n_slabs, n_slabs - n_back,
			n_slabs - n_back + limit / 16 / 65536 + 2);
	pool_drain(&f.pool);
	check_all_returned(&f);
}

static void test_one_object_does_not_churn_slabs(void **state)
{
	struct fixture f;
	size_t n_allocs;
	int i;

	(void)state;
	setup(&f, 512, SIZE_MAX);
	pool_put(&f.pool, pool_get(&f.pool));
	n_allocs = f.meter.n_allocs;
	for (i = 0; i < 1000; i++)
		pool_put(&f.pool, pool_get(&f.pool));
	assert_int_equal(f.meter.n_allocs, n_allocs);
	pool_put(&f.pool, NULL);
	assert_int_equal(pool_count(&f.pool), 0);
	pool_drain(&f.pool);
}

/* A hundred come back and go out again, while one is out: no slab is asked for,
 * and they are the same.  When that one is back too, one slab is left. */
static void test_a_burst_stays_at_hand(void **state)
{
	void *out[101];
	struct fixture f;
	size_t n_allocs;
	uint32_t i;

	(void)state;
	setup(&f, 336, SIZE_MAX);
	for (i = 0; i < 101; i++)
		out[i] = pool_get(&f.pool);
	assert_true(f.pool.n_slabs > 1);
	n_allocs = f.meter.n_allocs;
	for (i = 0; i < 100; i++)
		pool_put(&f.pool, out[i]);
	for (i = 100; i-- > 0;)
		assert_ptr_equal(pool_get(&f.pool), out[i]);
	assert_int_equal(f.meter.n_allocs, n_allocs);
	for (i = 0; i < 101; i++)
		pool_put(&f.pool, out[i]);
	assert_int_equal(f.pool.n_slabs, 1);
	for (i = 0; i < 101; i++)
		memset(pool_get(&f.pool), (int)i, 336);
	assert_int_equal(pool_count(&f.pool), 101);
	pool_drain(&f.pool);
	check_all_returned(&f);
}

static void test_limit_gives_null_and_no_leak(void **state)
{
	static void *out[N_MAX];
	struct fixture f;
	int n = 0, again = 0;

	(void)state;
	setup(&f, 64, 40000);
	while ((out[n] = pool_get(&f.pool)))
		n++;
	assert_true(n > 400); /* two slabs of 16 KiB */
	pool_put(&f.pool, out[0]);
	assert_ptr_equal(pool_get(&f.pool), out[0]);
	assert_null(pool_get(&f.pool));
	while (again < n)
		pool_put(&f.pool, out[again++]);
	pool_drain(&f.pool);
	check_all_returned(&f);
}

/* With memory in plenty slabs grow; the last of it goes in small pieces. */
static void test_slabs_grow_and_shrink_again(void **state)
{
	struct fixture f;
	size_t used, step, largest = 0, last = 0;

	(void)state;
	setup(&f, 64, 2000000);
	assert_non_null(pool_get(&f.pool));
	assert_in_range(mem_used(&f.mem), 64, 6000);
	for (;;) {
		used = mem_used(&f.mem);
		if (!pool_get(&f.pool))
			break;
		step = mem_used(&f.mem) - used;
		if (step > 0)
			last = step;
		largest = step > largest ? step : largest;
	}
	assert_true(largest >= 65536);
	assert_in_range(last, 1, 20000);
	assert_in_range(mem_room(&f.mem), 0, 20000);
	pool_drain(&f.pool);
	check_all_returned(&f);
}

static void test_every_allocation_may_fail(void **state)
{
	size_t nth;

	(void)state;
	for (nth = 1; nth < 12; nth++) {
		struct fixture f;
		int i, n_failed = 0;

		setup(&f, 1024, SIZE_MAX);
		f.meter.fail_from = nth;
		f.meter.fail_to = nth;
		for (i = 0; i < 200; i++)
			n_failed += !pool_get(&f.pool);
		assert_true(n_failed <= 1);
		pool_drain(&f.pool);
		check_all_returned(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alignment_follows_size),
		cmocka_unit_test(test_zget_clears_what_was_used),
		cmocka_unit_test(test_random_use_keeps_contents),
		cmocka_unit_test(test_wholly_free_slab_goes_back),
		cmocka_unit_test(test_slabs_are_cut_to_the_end),
		cmocka_unit_test(test_objects_at_hand_hold_little),
		cmocka_unit_test(test_one_object_does_not_churn_slabs),
		cmocka_unit_test(test_a_burst_stays_at_hand),
		cmocka_unit_test(test_limit_gives_null_and_no_leak),
		cmocka_unit_test(test_slabs_grow_and_shrink_again),
		cmocka_unit_test(test_every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
