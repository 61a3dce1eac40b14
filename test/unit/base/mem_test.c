/* SPDX-License-Identifier: ISC */
/*
 * mem_test.c - the limit is hard, and the accounts are right
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "unit/base/meter.h"

static void test_limit_is_reached_and_not_passed(void **state)
{
	struct meter meter;
	struct tern_allocator a = meter_allocator(&meter);
	struct mem m;
	void *p, *q;

	(void)state;
	mem_init(&m, &a, 100);
	p = mem_alloc(&m, TERN_MEM_CONN, 60);
	assert_non_null(p);
	assert_null(mem_alloc(&m, TERN_MEM_SEND, 41));
	assert_int_equal(meter.n_allocs, 1); /* it was not even asked */
	assert_int_equal(m.n_failed, 1);
	q = mem_alloc(&m, TERN_MEM_SEND, 40);
	assert_non_null(q);
	assert_int_equal(mem_room(&m), 0);
	assert_false(mem_charge(&m, TERN_MEM_SEND, 1));
	assert_true(mem_charge(&m, TERN_MEM_SEND, 0));
	assert_int_equal(mem_used(&m), 100);
	mem_free(&m, TERN_MEM_CONN, p, 60);
	assert_int_equal(mem_used_for(&m, TERN_MEM_CONN), 0);
	assert_int_equal(mem_used_for(&m, TERN_MEM_SEND), 40);
	mem_free(&m, TERN_MEM_SEND, q, 40);
	assert_int_equal(mem_used(&m), 0);
	assert_int_equal(m.peak, 100);
	assert_int_equal(meter.n_out, 0);
}

static void test_huge_request_does_not_wrap(void **state)
{
	struct meter meter;
	struct tern_allocator a = meter_allocator(&meter);
	struct mem m;

	(void)state;
	mem_init(&m, &a, 100);
	assert_true(mem_charge(&m, TERN_MEM_NET, 50));
	assert_false(mem_charge(&m, TERN_MEM_NET, SIZE_MAX));
	assert_false(mem_charge(&m, TERN_MEM_NET, SIZE_MAX - 49));
	assert_int_equal(mem_used(&m), 50);
	mem_uncharge(&m, TERN_MEM_NET, 50);
	assert_int_equal(mem_used(&m), 0);
}

static void test_allocator_failure_charges_nothing(void **state)
{
	struct meter meter;
	struct tern_allocator a = meter_allocator(&meter);
	struct mem m;

	(void)state;
	mem_init(&m, &a, 1000);
	meter_fail_next(&meter, 1);
	assert_null(mem_zalloc(&m, TERN_MEM_POLL, 10));
	assert_int_equal(mem_used(&m), 0);
	assert_int_equal(m.peak, 0);
	assert_int_equal(m.n_failed, 1);
}

static void test_zalloc_clears(void **state)
{
	static const uint8_t zeros[64];
	struct meter meter;
	struct tern_allocator a = meter_allocator(&meter);
	struct mem m;
	void *p;

	(void)state;
	mem_init(&m, &a, 1000);
	p = mem_zalloc(&m, TERN_MEM_UNIX, 64); /* meter fills with 0xa5 */
	assert_memory_equal(p, zeros, 64);
	mem_free(&m, TERN_MEM_UNIX, p, 64);
	mem_free(&m, TERN_MEM_UNIX, NULL, 64); /* nothing happens */
	assert_int_equal(mem_used(&m), 0);
}

static void test_purposes_sum_up(void **state)
{
	struct meter meter;
	struct tern_allocator a = meter_allocator(&meter);
	enum tern_mem_purpose p;
	size_t sum = 0;
	struct mem m;

	(void)state;
	mem_init(&m, &a, 1000);
	for (p = 0; p < TERN_MEM_N; p++)
		assert_true(mem_charge(&m, p, 1 + (size_t)p));
	for (p = 0; p < TERN_MEM_N; p++) {
		assert_int_equal(mem_used_for(&m, p), 1 + p);
		sum += mem_used_for(&m, p);
	}
	assert_int_equal(mem_used(&m), sum);
}

/* Whoever keeps memory for later only is asked before a request is refused. */
struct keeper {
	struct mem *m;
	void *p;
	int n_asked;
};

static void give_back(void *ctx)
{
	struct keeper *k = ctx;

	k->n_asked++;
	mem_free(k->m, TERN_MEM_BLOCK, k->p, 600);
	k->p = NULL;
}

static void test_what_is_kept_makes_room(void **state)
{
	struct meter meter;
	struct tern_allocator a = meter_allocator(&meter);
	struct mem m;
	struct keeper k = {.m = &m};
	void *p;

	(void)state;
	mem_init(&m, &a, 1000);
	m.reclaim = give_back;
	m.reclaim_ctx = &k;
	k.p = mem_alloc(&m, TERN_MEM_BLOCK, 600);
	p = mem_alloc(&m, TERN_MEM_CONN, 900);
	assert_non_null(p);
	assert_int_equal(k.n_asked, 1);
	assert_int_equal(m.n_failed, 0);
	/* Nothing is left to be given: that is the end of it. */
	assert_null(mem_alloc(&m, TERN_MEM_CONN, 900));
	assert_int_equal(k.n_asked, 2);
	assert_int_equal(m.n_failed, 1);
	mem_free(&m, TERN_MEM_CONN, p, 900);
	/* An allocator that has none is the same as a limit. */
	k.p = mem_alloc(&m, TERN_MEM_BLOCK, 600);
	meter_fail_next(&meter, 1);
	p = mem_alloc(&m, TERN_MEM_CONN, 100);
	assert_non_null(p);
	mem_free(&m, TERN_MEM_CONN, p, 100);
}

static void test_parts_of_the_limit(void **state)
{
	struct meter meter;
	struct tern_allocator a = meter_allocator(&meter);
	struct mem m;
	struct keeper k = {.m = &m};

	(void)state;
	mem_init(&m, &a, 1600);
	assert_true(mem_charge(&m, TERN_MEM_CONN, 1400));
	assert_false(mem_is_below(&m, MEM_SHORT));
	assert_int_equal(mem_spare(&m, 1), 0);
	mem_uncharge(&m, TERN_MEM_CONN, 1);
	assert_int_equal(mem_spare(&m, 1), 1);
	assert_true(mem_charge(&m, TERN_MEM_CONN, 2));
	assert_true(mem_is_below(&m, MEM_SHORT));
	assert_false(mem_is_below(&m, MEM_SCARCE));
	assert_true(mem_charge(&m, TERN_MEM_CONN, 99));
	assert_false(mem_is_below(&m, MEM_SCARCE));
	assert_true(mem_charge(&m, TERN_MEM_CONN, 1));
	assert_true(mem_is_below(&m, MEM_SCARCE));
	mem_uncharge(&m, TERN_MEM_CONN, 1501);
	/* What is kept does not count as used. */
	m.reclaim = give_back;
	m.reclaim_ctx = &k;
	k.p = mem_alloc(&m, TERN_MEM_BLOCK, 600);
	assert_true(mem_charge(&m, TERN_MEM_CONN, 900));
	assert_false(mem_is_below(&m, MEM_SHORT));
	assert_int_equal(k.n_asked, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit_is_reached_and_not_passed),
		cmocka_unit_test(test_huge_request_does_not_wrap),
		cmocka_unit_test(test_allocator_failure_charges_nothing),
		cmocka_unit_test(test_zalloc_clears),
		cmocka_unit_test(test_purposes_sum_up),
		cmocka_unit_test(test_what_is_kept_makes_room),
		cmocka_unit_test(test_parts_of_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
