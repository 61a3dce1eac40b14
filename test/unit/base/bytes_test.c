/* SPDX-License-Identifier: ISC */
/*
 * bytes_test.c - loads and stores at every alignment, and the small helpers
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"

static const uint8_t pattern[] = {0x01, 0x82, 0x03, 0x84,
				  0x05, 0x86, 0x07, 0x88};

static void test_loads_have_their_byte_order(void **state)
{
	uint8_t buf[16];
	size_t off;

	(void)state;
	for (off = 0; off < 8; off++) {
		memcpy(buf + off, pattern, 8);
		assert_int_equal(load_be16(buf + off), 0x0182);
		assert_int_equal(load_be32(buf + off), 0x01820384);
		assert_true(load_be64(buf + off) ==
			    UINT64_C(0x0182038405860788));
		assert_int_equal(load_le32(buf + off), 0x84038201);
		assert_true(load_le64(buf + off) ==
			    UINT64_C(0x8807860584038201));
	}
}

static void test_stores_undo_loads(void **state)
{
	uint8_t buf[16];
	size_t off;

	(void)state;
	for (off = 0; off < 8; off++) {
		memset(buf, 0, sizeof(buf));
		store_be16(buf + off, 0x0182);
		assert_memory_equal(buf + off, pattern, 2);
		assert_int_equal(buf[off + 2], 0);
		store_be32(buf + off, 0x01820384);
		assert_memory_equal(buf + off, pattern, 4);
		assert_int_equal(buf[off + 4], 0);
		store_be64(buf + off, UINT64_C(0x0182038405860788));
		assert_memory_equal(buf + off, pattern, 8);
		memset(buf, 0, sizeof(buf));
		store_le32(buf + off, 0x84038201);
		assert_memory_equal(buf + off, pattern, 4);
		assert_int_equal(buf[off + 4], 0);
		store_le64(buf + off, UINT64_C(0x8807860584038201));
		assert_memory_equal(buf + off, pattern, 8);
	}
}

static void test_rotation_by_nothing_is_nothing(void **state)
{
	(void)state;
	assert_int_equal(rotl32(0x80000001, 0), 0x80000001);
	assert_int_equal(rotl32(0x80000001, 1), 3);
	assert_int_equal(rotl32(0x80000001, 31), 0xc0000000);
	assert_true(rotl64(UINT64_C(1) << 63 | 1, 0) ==
		    (UINT64_C(1) << 63 | 1));
	assert_true(rotl64(UINT64_C(1) << 63 | 1, 1) == 3);
}

static void test_bounds(void **state)
{
	(void)state;
	assert_int_equal(min_u32(0, UINT32_MAX), 0);
	assert_int_equal(max_u32(0, UINT32_MAX), UINT32_MAX);
	assert_int_equal(clamp_u32(5, 6, 9), 6);
	assert_int_equal(clamp_u32(10, 6, 9), 9);
	assert_int_equal(clamp_u32(7, 6, 9), 7);
	assert_true(min_u64(1, UINT64_MAX) == 1);
	assert_true(max_u64(1, UINT64_MAX) == UINT64_MAX);
	assert_true(clamp_u64(UINT64_MAX, 1, 2) == 2);
	assert_true(add_sat_u64(UINT64_MAX - 1, 1) == UINT64_MAX);
	assert_true(add_sat_u64(UINT64_MAX - 1, 2) == UINT64_MAX);
	assert_true(add_sat_u64(UINT64_MAX - 1, 0) == UINT64_MAX - 1);
	assert_true(add_sat_u64(UINT64_MAX, UINT64_MAX) == UINT64_MAX);
}

struct outer {
	int before;
	uint64_t inner;
};

static void test_container_of_goes_back(void **state)
{
	struct outer o = {1, 2};

	(void)state;
	assert_ptr_equal(container_of(&o.inner, struct outer, inner), &o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loads_have_their_byte_order),
		cmocka_unit_test(test_stores_undo_loads),
		cmocka_unit_test(test_rotation_by_nothing_is_nothing),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_container_of_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
