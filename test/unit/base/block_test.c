/* SPDX-License-Identifier: ISC */
/*
 * block_test.c - counted blocks: references, recycling, and orphaned pools
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/block.h"
#include "unit/base/dice.h"
#include "unit/base/meter.h"

#define N_BLOCKS 200

static void test_sizes_fit_their_class(void **state)
{
	static const struct {
		size_t ask, get;
	} rows[] = {{0, BLOCK_COMPACT},
		    {1, BLOCK_COMPACT},
		    {BLOCK_COMPACT, BLOCK_COMPACT},
		    {BLOCK_COMPACT + 1, BLOCK_PACKET},
		    {BLOCK_PACKET, BLOCK_PACKET},
		    {BLOCK_PACKET + 1, BLOCK_SUPER},
		    {65536, BLOCK_SUPER},
		    {BLOCK_SUPER, BLOCK_SUPER},
		    {BLOCK_SUPER + 1, BLOCK_SUPER + 1},
		    {1 << 20, 1 << 20}};
	struct meter meter;
	struct tern_allocator a = meter_allocator(&meter);
	struct tern_block_pool *p = tern_block_pool_create(&a, SIZE_MAX);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tern_block *b = tern_block_get(p, rows[i].ask);

		assert_non_null(b);
		assert_int_equal(tern_block_size(b), rows[i].get);
		assert_int_equal((uintptr_t)tern_block_data(b) % 16, 0);
		assert_int_equal(b->used, 0);
		assert_int_equal(block_room(b), rows[i].get);
		assert_int_equal(block_truesize(b), rows[i].get + 32);
		memset(tern_block_data(b), 0xff, rows[i].get);
		tern_block_unref(b);
	}
	assert_null(tern_block_get(p, SIZE_MAX));
	assert_null(tern_block_get(p, UINT32_MAX));
	tern_block_pool_destroy(p);
	assert_int_equal(meter.n_out, 0);
}

static void test_sole_holder(void **state)
{
	struct meter meter;
	struct tern_allocator a = meter_allocator(&meter);
	struct tern_block_pool *p = tern_block_pool_create(&a, SIZE_MAX);
	struct tern_block *b = block_get(p, 100);

	(void)state;
	assert_true(block_sole(b));
	assert_ptr_equal(block_ref(b), b);
	assert_false(block_sole(b));
	block_unref(b);
	assert_true(block_sole(b));
	b->used = 100;
	assert_int_equal(block_room(b), BLOCK_COMPACT - 100);
	block_unref(b);
	assert_int_equal(block_pool_count(p), 0);
	b = block_get(p, 100); /* recycled, and as if new */
	assert_int_equal(b->used, 0);
	assert_true(block_sole(b));
	block_unref(b);
	block_pool_destroy(p);
}

struct held {
	struct tern_block *b;
	uint32_t refs;
	uint8_t mark;
};

static void check_contents(const struct held *h)
{
	size_t i, size = tern_block_size(h->b);

	assert_int_equal(h->b->refs, h->refs);
	for (i = 0; i < size; i += 61)
		assert_int_equal(tern_block_data(h->b)[i], h->mark);
	assert_int_equal(tern_block_data(h->b)[size - 1], h->mark);
}

static size_t random_size(struct dice *d)
{
	static const size_t sizes[] = {10, 256, 1500, 2048, 3000, 66048, 80000};

	return sizes[dice_below(d, 7)];
}

/* One step: a new block, one more reference, or one less. */
static void step(struct dice *d, struct tern_block_pool *p, struct held *h)
{
	if (!h->b) {
		h->b = block_get(p, random_size(d));
		assert_non_null(h->b);
		h->refs = 1;
		h->mark = (uint8_t)dice_u64(d);
		memset(h->b->data, h->mark, h->b->size);
		return;
	}
	check_contents(h);
	if (dice_below(d, 5) < 2) {
		block_ref(h->b);
		h->refs++;
		return;
	}
	block_unref(h->b);
	if (--h->refs == 0)
		h->b = NULL;
}

static void test_random_references_match_counts(void **state)
{
	static struct held held[N_BLOCKS];
	struct dice d = {7};
	struct meter meter;
	struct tern_allocator a = meter_allocator(&meter);
	struct mem m;
	struct tern_block_pool *p;
	size_t n, bytes;
	int round, i;

	(void)state;
	mem_init(&m, &a, SIZE_MAX);
	p = block_pool_create(&m);
	for (round = 0; round < 30000; round++) {
		step(&d, p, &held[dice_below(&d, N_BLOCKS)]);
		if (round % 100)
			continue;
		n = 0;
		bytes = 0;
		for (i = 0; i < N_BLOCKS; i++) {
			n += held[i].b != NULL;
			bytes += held[i].b ? block_truesize(held[i].b) : 0;
		}
		assert_int_equal(block_pool_count(p), n);
		assert_true(block_pool_bytes(p) >= bytes);
		assert_int_equal(block_pool_bytes(p), mem_used(&m));
		assert_int_equal(mem_used_for(&m, TERN_MEM_BLOCK),
				 mem_used(&m));
		assert_int_equal(meter.bytes_out, mem_used(&m));
	}
	/* The stack goes; whoever has blocks keeps them. */
	block_pool_destroy(p);
	assert_int_equal(mem_used(&m), 0);
	for (i = 0; i < N_BLOCKS; i++)
		while (held[i].b)
			step(&d, p, &held[i]);
	assert_int_equal(meter.n_out, 0);
}

static void test_pool_goes_with_its_last_block(void **state)
{
	struct meter meter;
	struct tern_allocator a = meter_allocator(&meter);
	struct tern_block_pool *p = tern_block_pool_create(&a, SIZE_MAX);
	struct tern_block *b = block_get(p, 1), *large = block_get(p, 1 << 20);

	(void)state;
	block_ref(b);
	tern_block_pool_destroy(p);
	assert_int_equal(meter.n_out, 3);
	b->data[0] = 1;
	block_unref(b);
	assert_int_equal(meter.n_out, 3);
	block_unref(large);
	assert_int_equal(meter.n_out, 2);
	block_unref(b);
	assert_int_equal(meter.n_out, 0);
	tern_block_pool_destroy(NULL); /* nothing happens */
}

static void test_free_lists_are_bounded(void **state)
{
	static struct tern_block *out[4000];
	struct meter meter;
	struct tern_allocator a = meter_allocator(&meter);
	struct tern_block_pool *p = tern_block_pool_create(&a, SIZE_MAX);
	size_t i, n_allocs;

	(void)state;
	for (i = 0; i < 4000; i++)
		out[i] = block_get(p, 2048);
	for (i = 0; i < 4000; i++)
		block_unref(out[i]);
	assert_true(block_pool_bytes(p) < 300 * 2080);
	/* Under load blocks are recycled: half out and half back, again and
	 * again, takes no memory after the first time. */
	for (i = 0; i < 1000; i++)
		out[i] = block_get(p, 2048);
	for (i = 0; i < 500; i++)
		block_unref(out[i]);
	n_allocs = meter.n_allocs;
	for (i = 0; i < 400; i++)
		out[i] = block_get(p, 2048);
	assert_int_equal(meter.n_allocs, n_allocs);
	for (i = 0; i < 400; i++)
		block_unref(out[i]);
	for (i = 500; i < 1000; i++)
		block_unref(out[i]);
	block_pool_trim(p);
	assert_int_equal(meter.n_out, 1);
	tern_block_pool_destroy(p);
	assert_int_equal(meter.n_out, 0);
}

static void test_limit_is_kept_by_giving_up_free_ones(void **state)
{
	struct tern_block *b, *c;
	struct meter meter;
	struct tern_allocator a = meter_allocator(&meter);
	struct tern_block_pool *p;

	(void)state;
	assert_null(tern_block_pool_create(&a, 0));
	assert_null(tern_block_pool_create(&a, 16));
	p = tern_block_pool_create(&a, 70000);
	b = block_get(p, BLOCK_SUPER);
	assert_non_null(b);
	assert_null(block_get(p, BLOCK_SUPER));
	block_unref(b);
	c = block_get(p, 60000 + BLOCK_SUPER - 60000 + 1);
	assert_non_null(c); /* the free block had to go for it */
	assert_int_equal(meter.n_out, 2);
	block_unref(c);
	tern_block_pool_destroy(p);
	assert_int_equal(meter.n_out, 0);
}

/* Free blocks must not keep others from the memory they share. */
static void test_free_blocks_make_room_for_anything(void **state)
{
	struct meter meter;
	struct tern_allocator a = meter_allocator(&meter);
	struct tern_block_pool *p;
	struct mem m;
	void *other;

	(void)state;
	mem_init(&m, &a, 80000);
	p = block_pool_create(&m);
	block_unref(block_get(p, BLOCK_SUPER));
	assert_true(block_pool_bytes(p) > BLOCK_SUPER);
	other = mem_alloc(&m, TERN_MEM_CONN, 70000);
	assert_non_null(other);
	assert_true(block_pool_bytes(p) < BLOCK_SUPER);
	mem_free(&m, TERN_MEM_CONN, other, 70000);
	block_pool_destroy(p);
	assert_int_equal(meter.n_out, 0);
	/* The account outlives the pool, and has nobody to ask any more. */
	assert_null(mem_alloc(&m, TERN_MEM_CONN, 90000));
}

static void test_creation_without_memory(void **state)
{
	struct meter meter;
	struct tern_allocator a = meter_allocator(&meter);
	struct mem m;

	(void)state;
	meter_fail_next(&meter, 1);
	assert_null(tern_block_pool_create(&a, SIZE_MAX));
	mem_init(&m, &a, 8);
	assert_null(block_pool_create(&m));
	mem_init(&m, &a, 80000);
	meter_fail_next(&meter, 1);
	assert_null(block_pool_create(&m));
	assert_int_equal(mem_used(&m), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes_fit_their_class),
		cmocka_unit_test(test_sole_holder),
		cmocka_unit_test(test_random_references_match_counts),
		cmocka_unit_test(test_pool_goes_with_its_last_block),
		cmocka_unit_test(test_free_lists_are_bounded),
		cmocka_unit_test(test_limit_is_kept_by_giving_up_free_ones),
		cmocka_unit_test(test_free_blocks_make_room_for_anything),
		cmocka_unit_test(test_creation_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
