/* SPDX-License-Identifier: ISC */
/*
 * frames_test.c - frames in pieces: trimmed, summed, appended
 */
#include "net/frames.h"

#include "fixture.h"

/* Bytes 0, 1, 2 ... in a head and parts of the given lengths. */
static void make(struct host *h, struct tern_frame *f, uint32_t head,
		 const uint32_t *parts, int n_parts)
{
	uint8_t v = 0;

	tern_frame_init(f);
	for (uint32_t i = 0; i < head; i++)
		f->head[i] = v++;
	f->head_len = (uint16_t)head;
	f->len = head;
	for (int i = 0; i < n_parts; i++) {
		struct tern_block *b = block_get(h->env.blocks, parts[i] + 1);

		assert_non_null(b);
		f->part[i].block = b;
		f->part[i].data = b->data;
		f->part[i].len = parts[i];
		for (uint32_t k = 0; k < parts[i]; k++)
			b->data[k] = v++;
		f->len += parts[i];
		f->n_parts++;
	}
}

/* The frame holds the bytes from `first` on, `len` of them, and no more. */
static void check(const struct tern_frame *f, uint32_t skip, uint8_t first,
		  uint32_t len)
{
	uint32_t sum = f->head_len;
	uint8_t p[512];

	for (int i = 0; i < f->n_parts; i++) {
		assert_true(f->part[i].len > 0);
		sum += f->part[i].len;
	}
	assert_int_equal(sum, f->len);
	assert_int_equal(f->len, skip + len);
	assert_int_equal(tern_frame_read(f, skip, p, sizeof(p)), len);
	for (uint32_t i = 0; i < len; i++)
		assert_int_equal(p[i], (uint8_t)(first + i));
}

static void start_is_head_or_first_part(struct host *h)
{
	const uint32_t parts[] = {5, 7};
	struct tern_frame f;
	uint32_t contig;

	make(h, &f, 3, parts, 2);
	assert_ptr_equal(frame_start(&f, &contig), f.head);
	assert_int_equal(contig, 3);
	tern_frame_release(&f);
	make(h, &f, 0, parts, 2);
	assert_ptr_equal(frame_start(&f, &contig), f.part[0].data);
	assert_int_equal(contig, 5);
	tern_frame_release(&f);
	tern_frame_init(&f);
	frame_start(&f, &contig);
	assert_int_equal(contig, 0);
}

static void trimming_cuts_at_every_length(struct host *h)
{
	const uint32_t parts[] = {4, 1, 6};
	struct tern_frame f;

	for (uint32_t head = 0; head <= 5; head += 5) {
		for (uint32_t len = 0; len <= head + 13; len++) {
			make(h, &f, head, parts, 3);
			frame_trim(&f, len);
			check(&f, 0, 0, min_u32(len, head + 11));
			tern_frame_release(&f);
			assert_int_equal(block_pool_count(h->env.blocks), 0);
		}
	}
}

/* The sum over pieces is that over the bytes in a row. */
static void sums_do_not_see_the_seams(struct host *h)
{
	const uint32_t parts[] = {4, 1, 7};
	struct tern_frame f;
	uint8_t p[64];

	make(h, &f, 5, parts, 3);
	tern_frame_read(&f, 0, p, sizeof(p));
	for (uint32_t off = 0; off <= 17; off++) {
		for (uint32_t len = 0; off + len <= 17; len++) {
			uint64_t want = sum_bytes(0, p + off, len);
			uint64_t have = frame_sum(0, &f, off, len);

			assert_int_equal(sum_fold(want), sum_fold(have));
		}
	}
	tern_frame_release(&f);
}

static void little_is_copied(struct host *h)
{
	const uint32_t parts[] = {40, 30};
	struct tern_frame from, to;

	make(h, &from, 10, parts, 2);
	for (uint32_t off = 0; off <= 80; off++) {
		tern_frame_init(&to);
		to.head_len = 42;
		to.len = 42;
		assert_true(frame_append(&to, &from, off));
		assert_int_equal(to.n_parts, 0);
		check(&to, 42, (uint8_t)off, 80 - off);
	}
	tern_frame_release(&from);
}

static void much_is_shared(struct host *h)
{
	const uint32_t parts[] = {100, 60, 70};
	struct tern_frame from, to;

	make(h, &from, 20, parts, 3);
	for (uint32_t off = 0; off <= 100; off++) {
		tern_frame_init(&to);
		to.head_len = 42;
		to.len = 42;
		assert_true(frame_append(&to, &from, off));
		assert_int_equal(to.n_parts, 3);
		assert_ptr_equal(to.part[1].data, from.part[1].data);
		check(&to, 42, (uint8_t)off, 250 - off);
		tern_frame_release(&to);
	}
	tern_frame_init(&to);
	to.len = to.head_len = 42;
	assert_true(frame_append(&to, &from, 125));
	assert_int_equal(to.n_parts, 2);
	check(&to, 42, 125, 125);
	tern_frame_release(&to);
	tern_frame_release(&from);
}

static void a_head_too_long_is_refused(struct host *h)
{
	const uint32_t parts[] = {100};
	struct tern_frame from, to;

	make(h, &from, 128, parts, 1);
	tern_frame_init(&to);
	to.len = to.head_len = 42;
	assert_false(frame_append(&to, &from, 20));
	assert_int_equal(to.len, 42);
	assert_int_equal(to.n_parts, 0);
	/* 94 bytes are what the room is. */
	assert_false(frame_append(&to, &from, 33));
	assert_true(frame_append(&to, &from, 34));
	check(&to, 42, 34, 194);
	tern_frame_release(&to);
	tern_frame_release(&from);
}

HOST_TEST(start_is_head_or_first_part)
HOST_TEST(trimming_cuts_at_every_length)
HOST_TEST(sums_do_not_see_the_seams)
HOST_TEST(little_is_copied)
HOST_TEST(much_is_shared)
HOST_TEST(a_head_too_long_is_refused)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_is_head_or_first_part_test),
		cmocka_unit_test(trimming_cuts_at_every_length_test),
		cmocka_unit_test(sums_do_not_see_the_seams_test),
		cmocka_unit_test(little_is_copied_test),
		cmocka_unit_test(much_is_shared_test),
		cmocka_unit_test(a_head_too_long_is_refused_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
