/* SPDX-License-Identifier: ISC */
/* frame_test.c - frames: ownership of blocks, reading, the partial checksum */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include <tern/frame.h>
#include <tern/libc.h>

#include "base/block.h"
#include "wire/checksum.h"

static struct tern_block_pool *pool;

static int setup(void **state)
{
	struct tern_allocator a = tern_libc_allocator();

	(void)state;
	pool = tern_block_pool_create(&a, 1 << 20);
	return pool ? 0 : -1;
}

/* No test may leave a block behind. */
static int teardown(void **state)
{
	size_t left = block_pool_count(pool);

	(void)state;
	tern_block_pool_destroy(pool);
	return left == 0 ? 0 : -1;
}

/* A frame with `head_len` bytes of head and parts of the lengths given. */
static void build(struct tern_frame *f, uint16_t head_len,
		  const uint32_t *part_len, uint8_t n_parts)
{
	struct tern_block *b;
	uint32_t i, k;
	uint8_t next = 1;

	tern_frame_init(f);
	f->head_len = head_len;
	f->len = head_len;
	for (i = 0; i < head_len; i++)
		f->head[i] = next++;
	for (i = 0; i < n_parts; i++) {
		b = tern_block_get(pool, part_len[i] + 3);
		assert_non_null(b);
		f->part[i].block = b;
		f->part[i].data = tern_block_data(b) + 3;
		f->part[i].len = part_len[i];
		for (k = 0; k < part_len[i]; k++)
			f->part[i].data[k] = next++;
		f->len += part_len[i];
	}
	f->n_parts = n_parts;
}

static void test_copy_owns_its_bytes(void **state)
{
	uint8_t bytes[100], out[100];
	struct tern_frame f;

	(void)state;
	memset(bytes, 0xa5, sizeof(bytes));
	assert_int_equal(tern_frame_copy(&f, pool, bytes, sizeof(bytes)), 0);
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(f.len, 100);
	assert_int_equal(f.head_len, 0);
	assert_int_equal(tern_frame_read(&f, 0, out, sizeof(out)), 100);
	assert_int_equal(out[99], 0xa5);
	assert_int_equal(f.part[0].block->used, 100);
	tern_frame_release(&f);
	assert_int_equal(f.n_parts, 0);
	assert_int_equal(f.len, 0);
}

static void test_copy_without_memory(void **state)
{
	static uint8_t big[2 << 20];
	struct tern_frame f;

	(void)state;
	assert_int_equal(tern_frame_copy(&f, pool, big, sizeof(big)), -ENOBUFS);
	assert_int_equal(f.n_parts, 0);
	tern_frame_release(&f);
}

static void test_copy_of_nothing(void **state)
{
	struct tern_frame f;

	(void)state;
	assert_int_equal(tern_frame_copy(&f, pool, NULL, 0), 0);
	assert_int_equal(f.len, 0);
	tern_frame_release(&f);
}

static void test_wrap_takes_the_reference(void **state)
{
	struct tern_block *b = tern_block_get(pool, 64);
	struct tern_frame f;

	(void)state;
	tern_frame_wrap(&f, b, tern_block_data(b) + 10, 20);
	assert_int_equal(b->refs, 1);
	assert_int_equal(b->used, 30);
	assert_int_equal(f.len, 20);
	tern_frame_release(&f);
}

static void test_move_empties_the_source(void **state)
{
	const uint32_t part[] = {5, 6};
	struct tern_frame a, b;
	uint8_t out[16];

	(void)state;
	build(&a, 4, part, 2);
	a.gso_size = 1460;
	tern_frame_move(&b, &a);
	assert_int_equal(a.n_parts, 0);
	assert_int_equal(a.len, 0);
	assert_int_equal(a.gso_size, 0);
	assert_int_equal(b.gso_size, 1460);
	assert_int_equal(tern_frame_read(&b, 0, out, sizeof(out)), 15);
	assert_int_equal(out[14], 15);
	assert_int_equal(b.part[0].block->refs, 1);
	tern_frame_move(&b, &b);
	assert_int_equal(b.n_parts, 2);
	tern_frame_release(&b);
}

static void test_share_adds_references(void **state)
{
	const uint32_t part[] = {5, 6, 7, 8};
	struct tern_frame a, b;
	uint8_t out[64];

	(void)state;
	build(&a, 4, part, 4);
	tern_frame_share(&b, &a);
	assert_int_equal(a.part[3].block->refs, 2);
	tern_frame_release(&a);
	assert_int_equal(b.part[3].block->refs, 1);
	assert_int_equal(tern_frame_read(&b, 0, out, sizeof(out)), 30);
	assert_int_equal(out[29], 30);
	tern_frame_release(&b);
}

/* Every offset and length, over pieces that include empty ones. */
static void test_read_any_range(void **state)
{
	const uint32_t part[] = {3, 0, 5, 1};
	struct tern_frame f;
	uint8_t out[32];
	uint32_t off, max, n, i;

	(void)state;
	build(&f, 4, part, 4);
	for (off = 0; off <= 15; off++) {
		for (max = 0; max <= 15; max++) {
			n = tern_frame_read(&f, off, out, max);
			assert_int_equal(n, off >= 13	     ? 0
					    : max < 13 - off ? max
							     : 13 - off);
			for (i = 0; i < n; i++)
				assert_int_equal(out[i], off + i + 1);
		}
	}
	tern_frame_release(&f);
}

/* What the frame's checksum must be, from a flat copy of its bytes. */
static uint16_t expected_sum(const struct tern_frame *f, uint32_t start)
{
	uint8_t flat[512];
	uint32_t n = tern_frame_read(f, 0, flat, sizeof(flat));

	return checksum_finish(sum_bytes(0, flat + start, n - start));
}

static void test_finish_csum_over_odd_pieces(void **state)
{
	const uint32_t parts[][4] = {
		{0, 0, 0, 0}, {1, 1, 1, 1},    {3, 5, 7, 9},
		{2, 0, 3, 1}, {100, 33, 1, 2}, {0, 1, 0, 1},
	};
	struct tern_frame f;
	uint8_t sum[2];
	uint16_t want;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		build(&f, 40, parts[i], 4);
		f.flags = TERN_FRAME_CSUM_PARTIAL;
		f.csum_start = 20;
		f.csum_offset = 16;
		want = expected_sum(&f, 20);
		tern_frame_finish_csum(&f);
		assert_int_equal(f.flags, 0);
		tern_frame_read(&f, 36, sum, 2);
		assert_int_equal(load_be16(sum), want);
		/* Without the flag nothing is touched. */
		tern_frame_finish_csum(&f);
		tern_frame_read(&f, 36, sum, 2);
		assert_int_equal(load_be16(sum), want);
		tern_frame_release(&f);
	}
}

/* A flat copy is what the frame would be once finished, and that is left as it
 * was: whether the sum begins in the head, in a part, or nowhere. */
static void test_flatten(void **state)
{
	const uint32_t parts[][4] = {
		{0, 0, 0, 0}, {1, 1, 1, 1},    {3, 5, 7, 9},
		{2, 0, 3, 1}, {100, 33, 1, 2}, {0, 1, 0, 1},
	};
	const uint16_t starts[] = {0, 20, 21, 39, 40, 41, 300};
	uint8_t flat[512], again[512], want[512];
	struct tern_frame f;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		for (k = 0; k < sizeof(starts) / sizeof(starts[0]); k++) {
			build(&f, 40, parts[i], 4);
			f.csum_start = starts[k];
			f.csum_offset = 1;
			assert_int_equal(tern_frame_flatten(&f, flat), f.len);
			tern_frame_read(&f, 0, want, sizeof(want));
			assert_memory_equal(flat, want, f.len);
			f.flags = TERN_FRAME_CSUM_PARTIAL;
			assert_int_equal(tern_frame_flatten(&f, flat), f.len);
			assert_int_equal(f.flags, TERN_FRAME_CSUM_PARTIAL);
			tern_frame_read(&f, 0, again, sizeof(again));
			assert_memory_equal(again, want, f.len);
			tern_frame_finish_csum(&f);
			tern_frame_read(&f, 0, want, sizeof(want));
			assert_memory_equal(flat, want, f.len);
			tern_frame_release(&f);
		}
	}
}

/* The field may lie in a part, even across two of them. */
static void test_finish_csum_in_parts(void **state)
{
	const uint32_t part[] = {37, 43};
	struct tern_frame f;
	uint8_t sum[2];
	uint16_t want;

	(void)state;
	build(&f, 0, part, 2);
	f.flags = TERN_FRAME_CSUM_PARTIAL;
	f.csum_start = 20;
	f.csum_offset = 16;
	want = expected_sum(&f, 20);
	tern_frame_finish_csum(&f);
	tern_frame_read(&f, 36, sum, 2);
	assert_int_equal(load_be16(sum), want);
	assert_int_equal(f.part[0].data[36], want >> 8);
	assert_int_equal(f.part[1].data[0], want & 0xff);
	tern_frame_release(&f);
}

/* A field outside of the frame: the flag goes, no byte is touched. */
static void test_finish_csum_outside(void **state)
{
	const uint32_t part[] = {8};
	struct tern_frame f;
	uint16_t start;
	uint8_t out[8];

	(void)state;
	for (start = 7; start <= 9; start++) {
		build(&f, 0, part, 1);
		f.flags = TERN_FRAME_CSUM_PARTIAL;
		f.csum_start = start;
		f.csum_offset = start == 9 ? 0xffff : 0;
		tern_frame_finish_csum(&f);
		assert_int_equal(f.flags, 0);
		tern_frame_read(&f, 0, out, sizeof(out));
		assert_int_equal(out[7], 8);
		tern_frame_release(&f);
	}
	tern_frame_init(&f);
	f.flags = TERN_FRAME_CSUM_PARTIAL;
	tern_frame_finish_csum(&f);
	assert_int_equal(f.flags, 0);
}

/* The last two bytes of the frame are still inside. */
static void test_finish_csum_at_the_end(void **state)
{
	const uint32_t part[] = {8};
	struct tern_frame f;
	uint16_t want;

	(void)state;
	build(&f, 0, part, 1);
	f.flags = TERN_FRAME_CSUM_PARTIAL;
	f.csum_start = 4;
	f.csum_offset = 2;
	want = expected_sum(&f, 4);
	tern_frame_finish_csum(&f);
	assert_int_equal(load_be16(f.part[0].data + 6), want);
	tern_frame_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(test_copy_owns_its_bytes),
		TEST(test_copy_without_memory),
		TEST(test_copy_of_nothing),
		TEST(test_wrap_takes_the_reference),
		TEST(test_move_empties_the_source),
		TEST(test_share_adds_references),
		TEST(test_read_any_range),
		TEST(test_finish_csum_over_odd_pieces),
		TEST(test_flatten),
		TEST(test_finish_csum_in_parts),
		TEST(test_finish_csum_outside),
		TEST(test_finish_csum_at_the_end),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
