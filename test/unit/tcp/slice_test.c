/* SPDX-License-Identifier: ISC */
/*
 * slice_test.c - when slices are joined, copied, and what they are charged
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/slice.h"
#include "unit/tcp/memory.h"

#define HEAD ((uint32_t)sizeof(struct tern_block))

static uint8_t text[70000];

static int setup(void **state)
{
	static struct memory m;
	uint32_t i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 7 + i / 256);
	memory_open(&m);
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	memory_close(*state);
	return 0;
}

static void charges(void **state)
{
	static const struct {
		uint32_t size, len, truesize;
	} rows[] = {
		{BLOCK_COMPACT, 1, 256 + HEAD},
		{BLOCK_COMPACT, 256, 256 + HEAD},
		{BLOCK_PACKET, 100, 400 + HEAD},
		{BLOCK_PACKET, 512, 2048 + HEAD},
		{BLOCK_PACKET, 1460, 2048 + HEAD},
		{BLOCK_SUPER, 64, 256 + HEAD},
		{BLOCK_SUPER, 1460, 5840 + HEAD},
		{BLOCK_SUPER, 16512, 66048 + HEAD},
		{BLOCK_SUPER, 65536, 66048 + HEAD},
	};
	struct memory *m = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tern_slice s =
			memory_slice(m, rows[i].size, 0, text, rows[i].len);

		assert_int_equal(slice_truesize(&s), rows[i].truesize);
		block_unref(s.block);
	}
}

/* Which block a slice ends in when it is compacted. */
static void compacts(void **state)
{
	static const struct {
		uint32_t size, len;
		bool more;
		uint32_t ends_in;
	} rows[] = {
		{BLOCK_COMPACT, 1, false, BLOCK_COMPACT},
		{BLOCK_PACKET, 1, false, BLOCK_COMPACT},
		{BLOCK_PACKET, 256, false, BLOCK_COMPACT},
		{BLOCK_PACKET, 257, false, BLOCK_PACKET},
		{BLOCK_PACKET, 100, true, BLOCK_PACKET},
		{BLOCK_SUPER, 64, false, BLOCK_COMPACT},
		{BLOCK_SUPER, 64, true, BLOCK_PACKET},
		{BLOCK_SUPER, 257, false, BLOCK_PACKET},
		{BLOCK_SUPER, 2048, false, BLOCK_PACKET},
		{BLOCK_SUPER, 2049, false, BLOCK_SUPER},
		{BLOCK_SUPER, 60000, false, BLOCK_SUPER},
		{1 << 20, 64, false, BLOCK_COMPACT},
	};
	struct memory *m = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tern_slice s =
			memory_slice(m, rows[i].size, 5, text, rows[i].len);
		struct tern_block *was = s.block;

		assert_int_equal(slice_compact(&s, m->blocks, rows[i].more), 0);
		assert_int_equal(s.block->size, rows[i].ends_in);
		assert_int_equal(s.block == was,
				 rows[i].size == rows[i].ends_in);
		assert_memory_equal(s.data, text, rows[i].len);
		assert_int_equal(block_pool_count(m->blocks), 1);
		block_unref(s.block);
	}
}

static void compact_without_memory(void **state)
{
	struct memory *m = *state;
	struct tern_slice s = memory_slice(m, BLOCK_SUPER, 0, text, 64),
			  was = s;

	memory_fail_from(m, 1);
	assert_int_equal(slice_compact(&s, m->blocks, false), -ENOBUFS);
	memory_fail_none(m);
	assert_memory_equal(&s, &was, sizeof(s));
	assert_int_equal(s.block->refs, 1);
	block_unref(s.block);
}

/* What lies behind in the same block is joined without copying. */
static void joins_neighbour(void **state)
{
	struct memory *m = *state;
	struct tern_slice all = memory_slice(m, BLOCK_SUPER, 54, text, 60000);
	struct tern_slice tail = all, s = all;

	tail.len = 10000;
	s.data += 10000;
	s.len = 50000;
	block_ref(all.block);
	assert_true(slice_join(&tail, &s));
	assert_ptr_equal(tail.data, all.data);
	assert_int_equal(tail.len, 60000);
	assert_int_equal(all.block->refs, 2); /* none taken, none given */

	tail.len = 9999; /* one byte before it is missing */
	assert_false(slice_join(&tail, &s));
	block_unref(all.block);
	block_unref(all.block);
}

/* Few bytes are copied behind the tail, to the last byte of its block. */
static void joins_by_copy(void **state)
{
	struct memory *m = *state;
	struct tern_slice tail = memory_slice(m, BLOCK_COMPACT, 0, text, 200);
	struct tern_slice s = memory_slice(m, BLOCK_SUPER, 0, text + 200, 56);

	assert_true(slice_join(&tail, &s));
	assert_int_equal(tail.len, 256);
	assert_int_equal(tail.block->used, 256);
	assert_memory_equal(tail.data, text, 256);
	s.len = 1;
	assert_false(slice_join(&tail, &s)); /* it is full */
	block_unref(tail.block);
	block_unref(s.block);
}

/* Nobody else may hold a block that is written to. */
static void leaves_shared_block(void **state)
{
	struct memory *m = *state;
	struct tern_slice tail = memory_slice(m, BLOCK_PACKET, 0, text, 200);
	struct tern_slice s = memory_slice(m, BLOCK_PACKET, 0, text, 56);

	block_ref(tail.block);
	assert_false(slice_join(&tail, &s));
	assert_int_equal(tail.len, 200);
	block_unref(tail.block);
	assert_true(slice_join(&tail, &s));
	block_unref(tail.block);
	block_unref(s.block);
}

/* What fills a good part of its block is not copied, room or not. */
static void leaves_full_slice(void **state)
{
	struct memory *m = *state;
	struct tern_slice tail = memory_slice(m, BLOCK_SUPER, 0, text, 200);
	struct tern_slice full = memory_slice(m, BLOCK_PACKET, 0, text, 512);

	assert_false(slice_join(&tail, &full));
	full.len = 511;
	assert_true(slice_join(&tail, &full));
	block_unref(tail.block);
	block_unref(full.block);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(charges, setup, teardown),
		cmocka_unit_test_setup_teardown(compacts, setup, teardown),
		cmocka_unit_test_setup_teardown(compact_without_memory, setup,
						teardown),
		cmocka_unit_test_setup_teardown(joins_neighbour, setup,
						teardown),
		cmocka_unit_test_setup_teardown(joins_by_copy, setup, teardown),
		cmocka_unit_test_setup_teardown(leaves_shared_block, setup,
						teardown),
		cmocka_unit_test_setup_teardown(leaves_full_slice, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
