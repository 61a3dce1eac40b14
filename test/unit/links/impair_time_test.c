/* SPDX-License-Identifier: ISC */
/* impair_time_test.c - an impaired link: when frames arrive, and its queue */
#include "impair.h"

static void test_delay_is_exact_both_ways(void **state)
{
	const struct tern_impair_dir tx = {.delay_ns = 100};
	const struct tern_impair_dir rx = {.delay_ns = 30};

	(void)state;
	open_with(0, 0, 0, &tx, &rx);
	send_number(near, 1, 1000);
	assert_int_equal(tern_link_deadline(near), 1100);
	send_number(near, 2, 1050);
	assert_int_equal(tern_link_deadline(near), 1100);
	expect_none(far, 1099);
	assert_int_equal(recv_number(far, 1100), 1);
	assert_int_equal(tern_link_deadline(near), 1150);
	expect_none(far, 1149);
	assert_int_equal(recv_number(far, 1150), 2);

	send_number(far, 3, 2000);
	expect_none(near, 2000);
	assert_int_equal(tern_link_deadline(near), 2030);
	expect_none(near, 2029);
	assert_int_equal(recv_number(near, 2030), 3);
	assert_true(tern_link_deadline(near) == TERN_NEVER);
}

static void test_delay_alone_cuts_nothing(void **state)
{
	const struct tern_impair_dir tx = {.delay_ns = 100};
	struct tern_frame f;

	(void)state;
	open_with(TERN_IF_GSO | TERN_IF_CSUM, 0, 0, &tx, NULL);
	frame_make(&f, &mem, 3000, 1, 0);
	f.gso_size = 1460;
	assert_int_equal(tern_link_send(near, &f, 1, 0), 1);
	assert_int_equal(tern_link_send(near, NULL, 0, 100), 0);
	assert_int_equal(tern_link_recv(far, &f, 1, 100), 1);
	assert_int_equal(f.gso_size, 1460);
	tern_frame_release(&f);
}

static void test_reordered_frame_is_overtaken(void **state)
{
	struct tern_impair_dir tx = {
		.reorder_ppm = 1000000, .delay_ns = 100, .reorder_ns = 50};

	(void)state;
	open_with(0, 0, 1, &tx, NULL);
	send_number(near, 1, 0);
	tx.reorder_ppm = 0;
	tern_impair_set(near, &tx, NULL);
	send_number(near, 2, 20);
	send_number(near, 3, 60);
	assert_int_equal(recv_number(far, 120), 2);
	expect_none(far, 149);
	assert_int_equal(recv_number(far, 150), 1);
	assert_int_equal(recv_number(far, 160), 3);
	assert_int_equal(tx_stats().reordered, 1);
}

static void test_jitter_keeps_order(void **state)
{
	const struct tern_impair_dir tx = {.delay_ns = 1000, .jitter_ns = 500};
	tern_time at, last = 0, least = TERN_NEVER, most = 0;
	uint32_t i;

	(void)state;
	open_with(0, 0, 3, &tx, NULL);
	for (i = 0; i < 200; i++) {
		send_number(near, i, i * 10000);
		at = tern_link_deadline(near) - i * 10000;
		least = at < least ? at : least;
		most = at > most ? at : most;
		assert_int_equal(recv_number(far, i * 10000 + at), i);
	}
	assert_in_range(least, 1000, 1020);
	assert_in_range(most, 1480, 1500);
	for (i = 0; i < 200; i++)
		send_number(near, i, 10000000);
	for (i = 0; i < 200; i++) {
		at = tern_link_deadline(near);
		if (at != TERN_NEVER) /* else all are in the pipe */
			last = at;
		assert_int_equal(recv_number(far, last), i);
	}
}

/* A shorter delay does not let the later frame overtake. */
static void test_set_keeps_what_is_under_way(void **state)
{
	struct tern_impair_dir tx = {.delay_ns = 100};

	(void)state;
	open_with(0, 0, 3, &tx, NULL);
	send_number(near, 1, 0);
	tx.delay_ns = 10;
	tern_impair_set(near, &tx, NULL);
	send_number(near, 2, 0);
	expect_none(far, 99);
	assert_int_equal(recv_number(far, 100), 1);
	assert_int_equal(recv_number(far, 100), 2);
	send_number(near, 3, 100);
	assert_int_equal(recv_number(far, 110), 3);
}

/* 4 bytes and 21 of overhead at 1 Mbit/s take 200 us. */
static void test_rate_spaces_frames(void **state)
{
	const struct tern_impair_dir tx = {.rate_bps = 1000000, .overhead = 21};
	uint32_t i;

	(void)state;
	open_with(0, 0, 3, &tx, NULL);
	for (i = 0; i < 5; i++)
		send_number(near, i, 1000);
	for (i = 0; i < 5; i++) {
		assert_int_equal(tern_link_deadline(near),
				 1000 + (i + 1) * 200000);
		expect_none(far, 1000 + (i + 1) * 200000 - 1);
		assert_int_equal(recv_number(far, 1000 + (i + 1) * 200000), i);
	}
	/* After a pause nothing has been saved up. */
	send_number(near, 9, 5000000);
	assert_int_equal(tern_link_deadline(near), 5200000);
}

/* 32 bits at 3 bit/s: the third of a second is not lost by rounding. */
static void test_rate_does_not_drift(void **state)
{
	const struct tern_impair_dir tx = {.rate_bps = 3};
	tern_time at = 0;
	uint32_t i;

	(void)state;
	open_with(0, 0, 3, &tx, NULL);
	for (i = 0; i < 3; i++)
		send_number(near, i, 0);
	for (i = 0; i < 3; i++) {
		at = tern_link_deadline(near);
		assert_int_equal(recv_number(far, at), i);
	}
	assert_int_equal(at, 32 * TERN_S);
}

/* Also at rates where the product of rate and time is largest. */
static void test_queue_drops_its_tail(void **state)
{
	const uint64_t rates[] = {8, 8000, UINT64_C(1000000000),
				  UINT64_C(100000000000),
				  UINT64_C(8000000000000)};
	struct tern_impair_dir tx = {.queue_bytes = 1000, .overhead = 96};
	struct tern_impair_stats before, after;
	uint32_t i;
	size_t k;

	(void)state;
	open_with(0, 0, 3, NULL, NULL);
	for (k = 0; k < sizeof(rates) / sizeof(rates[0]); k++) {
		tx.rate_bps = rates[k];
		tern_impair_set(near, &tx, NULL);
		before = tx_stats();
		for (i = 0; i < 15; i++)
			send_number(near, i, k * 10000 * TERN_S);
		after = tx_stats();
		assert_int_equal(after.overflowed - before.overflowed, 5);
		for (i = 0; i < 10; i++)
			assert_int_equal(
				recv_number(far, (k + 1) * 10000 * TERN_S), i);
	}
}

/* A frame larger than the queue gets through an idle link. */
static void test_queue_smaller_than_a_frame(void **state)
{
	const struct tern_impair_dir tx = {.rate_bps = 8000, .queue_bytes = 1};

	(void)state;
	open_with(0, 0, 3, &tx, NULL);
	send_number(near, 1, 0);
	send_number(near, 2, 0);
	assert_int_equal(recv_number(far, TERN_S), 1);
	expect_none(far, TERN_S);
	assert_int_equal(tx_stats().overflowed, 1);
}

/* A link below that is full: frames wait, none is lost, none overtakes. */
static void test_full_link_below(void **state)
{
	const struct tern_impair_dir tx = {.delay_ns = 10};
	struct tern_frame f;
	uint32_t i;

	(void)state;
	open_with(0, 2, 0, &tx, NULL);
	for (i = 0; i < 5; i++)
		send_number(near, i, 0);
	assert_int_equal(tern_link_send(near, NULL, 0, 10), 0);
	frame_number(&f, &mem, 5);
	assert_int_equal(tern_link_send(near, &f, 1, 10), 0);
	assert_int_equal(tern_link_deadline(near), 10 + TERN_MS);
	assert_int_equal(recv_number(far, 10), 0);
	assert_int_equal(recv_number(far, 10), 1);
	assert_int_equal(tern_link_send(near, &f, 1, 10), 0);
	for (i = 2; i < 5; i++)
		assert_int_equal(recv_number(far, 10), i);
	assert_int_equal(tern_link_send(near, &f, 1, 10), 1);
	assert_int_equal(recv_number(far, 20), 5);
}

/* What is left in a full link's queue goes away with the link. */
static void test_close_with_frames_everywhere(void **state)
{
	const struct tern_impair_dir dir = {.delay_ns = 10};
	uint32_t i;

	(void)state;
	open_with(0, 2, 0, &dir, &dir);
	for (i = 0; i < 5; i++)
		send_number(near, i, 0);
	assert_int_equal(tern_link_send(near, NULL, 0, 10), 0);
	send_number(far, 6, 0);
	expect_none(near, 0);
}

/* Frames under way arrive although the far end is gone; then it is said. */
static void test_far_end_is_gone(void **state)
{
	const struct tern_impair_dir rx = {.delay_ns = 10};
	struct tern_pipe_config pipe = {.alloc = mem.alloc};
	struct tern_frame f;
	struct tern_link *spare[2];

	(void)state;
	open_with(0, 0, 0, NULL, &rx);
	send_number(far, 1, 0);
	tern_link_close(far);
	assert_int_equal(tern_link_recv(near, &f, 1, 0), 0);
	assert_int_equal(tern_link_recv(near, &f, 1, 10), 1);
	assert_int_equal(frame_which(&f), 1);
	assert_int_equal(tern_link_recv(near, &f, 1, 10), -ENODEV);
	frame_number(&f, &mem, 1);
	assert_int_equal(tern_link_send(near, &f, 1, 10), -ENODEV);
	tern_frame_release(&f);
	/* For teardown to close. */
	assert_int_equal(tern_pipe_create(spare, &pipe), 0);
	tern_link_close(spare[0]);
	far = spare[1];
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, memory_setup, impair_teardown)
		TEST(test_delay_is_exact_both_ways),
		TEST(test_delay_alone_cuts_nothing),
		TEST(test_reordered_frame_is_overtaken),
		TEST(test_jitter_keeps_order),
		TEST(test_set_keeps_what_is_under_way),
		TEST(test_rate_spaces_frames),
		TEST(test_rate_does_not_drift),
		TEST(test_queue_drops_its_tail),
		TEST(test_queue_smaller_than_a_frame),
		TEST(test_full_link_below),
		TEST(test_close_with_frames_everywhere),
		TEST(test_far_end_is_gone),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
