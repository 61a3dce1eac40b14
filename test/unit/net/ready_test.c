/* SPDX-License-Identifier: ISC */
/*
 * ready_test.c - the ring of ready frames: order, cancelling, limits
 */
#include "net/ready.h"

#include "fixture.h"

/* Appends a frame that is told by its length. */
static struct tern_frame *add(struct host *h, struct ready *r, uint32_t len)
{
	struct tern_frame *f = ready_add(r, &h->env);

	if (f) {
		f->head_len = (uint16_t)len;
		f->len = len;
	}
	return f;
}

static void gives_frames_in_order(struct host *h)
{
	struct tern_frame out[8];
	struct ready r = {0};

	for (uint32_t round = 0; round < 100; round++) {
		for (uint32_t i = 1; i <= 7; i++)
			assert_non_null(add(h, &r, i));
		assert_int_equal(ready_take(&r, out, 3), 3);
		assert_int_equal(out[0].len, 1);
		assert_int_equal(out[2].len, 3);
		assert_int_equal(ready_take(&r, out, 8), 4);
		assert_int_equal(out[3].len, 7);
		assert_true(ready_empty(&r));
		assert_int_equal(ready_take(&r, out, 8), 0);
	}
	ready_fini(&r, &h->env);
}

static void holds_no_more_than_its_limit(struct host *h)
{
	struct tern_frame out[READY_MAX];
	struct ready r = {0};

	for (uint32_t i = 1; i <= READY_MAX; i++)
		assert_non_null(add(h, &r, 1 + i % 100));
	assert_null(add(h, &r, 1));
	assert_int_equal(drops(h, TERN_DROP_REPLY_QUEUE_FULL), 1);
	/* One leaves, and one more fits: the ring wraps. */
	assert_int_equal(ready_take(&r, out, 1), 1);
	assert_non_null(add(h, &r, 77));
	assert_null(add(h, &r, 1));
	assert_int_equal(ready_take(&r, out, READY_MAX), READY_MAX);
	assert_int_equal(out[READY_MAX - 1].len, 77);
	ready_fini(&r, &h->env);
}

static void frames_stay_where_they_are(struct host *h)
{
	struct ready r = {0};
	struct tern_frame *first = add(h, &r, 11);

	for (uint32_t i = 1; i < READY_MAX; i++)
		add(h, &r, 1);
	assert_int_equal(first->len, 11);
	ready_fini(&r, &h->env);
}

static void cancelled_frames_are_not_given(struct host *h)
{
	struct tern_frame out[4], *f;
	struct ready r = {0};

	f = add(h, &r, 1);
	ready_cancel(&r, f);
	assert_true(ready_empty(&r));

	f = add(h, &r, 1);
	add(h, &r, 2);
	ready_cancel(&r, f);
	assert_false(ready_empty(&r));
	assert_int_equal(ready_take(&r, out, 4), 1);
	assert_int_equal(out[0].len, 2);
	assert_true(ready_empty(&r));
	ready_fini(&r, &h->env);
}

static void cancelling_releases_the_parts(struct host *h)
{
	struct ready r = {0};
	struct tern_frame *f = ready_add(&r, &h->env);

	assert_int_equal(tern_frame_copy(f, h->env.blocks, "abc", 3), 0);
	assert_int_equal(block_pool_count(h->env.blocks), 1);
	ready_cancel(&r, f);
	assert_int_equal(block_pool_count(h->env.blocks), 0);

	f = ready_add(&r, &h->env);
	assert_int_equal(tern_frame_copy(f, h->env.blocks, "abc", 3), 0);
	ready_fini(&r, &h->env);
	assert_int_equal(block_pool_count(h->env.blocks), 0);
}

static void no_memory_is_a_drop(struct host *h)
{
	struct ready r = {0};

	h->fail_after = 0;
	assert_null(ready_add(&r, &h->env));
	assert_int_equal(drops(h, TERN_DROP_NO_MEMORY), 1);
	assert_true(ready_empty(&r));
	h->fail_after = -1;
	assert_non_null(ready_add(&r, &h->env));
	ready_fini(&r, &h->env);
}

static void a_quiet_ring_uses_one_chunk(struct host *h)
{
	size_t before = mem_used_for(&h->env.mem, TERN_MEM_NET);
	struct tern_frame out[1];
	struct ready r = {0};

	for (int i = 0; i < 1000; i++) {
		add(h, &r, 1);
		ready_take(&r, out, 1);
	}
	assert_int_equal(mem_used_for(&h->env.mem, TERN_MEM_NET) - before,
			 READY_CHUNK * sizeof(struct tern_frame));
	ready_fini(&r, &h->env);
}

HOST_TEST(gives_frames_in_order)
HOST_TEST(holds_no_more_than_its_limit)
HOST_TEST(frames_stay_where_they_are)
HOST_TEST(cancelled_frames_are_not_given)
HOST_TEST(cancelling_releases_the_parts)
HOST_TEST(no_memory_is_a_drop)
HOST_TEST(a_quiet_ring_uses_one_chunk)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_frames_in_order_test),
		cmocka_unit_test(holds_no_more_than_its_limit_test),
		cmocka_unit_test(frames_stay_where_they_are_test),
		cmocka_unit_test(cancelled_frames_are_not_given_test),
		cmocka_unit_test(cancelling_releases_the_parts_test),
		cmocka_unit_test(no_memory_is_a_drop_test),
		cmocka_unit_test(a_quiet_ring_uses_one_chunk_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
