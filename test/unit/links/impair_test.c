/* SPDX-License-Identifier: ISC */
/*
 * impair_test.c - an impaired link: what becomes of frames, and how repeatably
 *
 * When they arrive is impair_time_test.c.
 */
#include "impair.h"

static void test_does_nothing_if_told_nothing(void **state)
{
	struct tern_frame f;
	const uint8_t *data;

	(void)state;
	open_with(TERN_IF_GSO | TERN_IF_CSUM, 2, 0, NULL, NULL);
	assert_int_equal(near->flags, TERN_IF_GSO | TERN_IF_CSUM);
	assert_int_equal(near->mtu, 1500);
	frame_make(&f, &mem, 3000, 1, 0);
	f.gso_size = 1460;
	data = f.part[0].data;
	assert_int_equal(tern_link_send(near, &f, 1, 0), 1);
	assert_int_equal(tern_link_recv(far, &f, 1, 0), 1);
	assert_int_equal(f.gso_size, 1460);
	assert_ptr_equal(f.part[0].data, data);
	assert_int_equal(tern_link_send(far, &f, 1, 0), 1);
	assert_int_equal(tern_link_recv(near, &f, 1, 0), 1);
	assert_ptr_equal(f.part[0].data, data);
	tern_frame_release(&f);
	assert_true(tern_link_deadline(near) == TERN_NEVER);
	assert_int_equal(tx_stats().passed, 1);
}

/* Bits 1, 5 and 63 of 64, twice over. */
static void test_loss_mask(void **state)
{
	const uint64_t mask = 1U << 1 | 1U << 5 | UINT64_C(1) << 63;
	const struct tern_impair_dir tx = {.loss_mask = mask};
	uint32_t i;

	(void)state;
	open_with(0, 0, 0, &tx, NULL);
	for (i = 0; i < 128; i++)
		send_number(near, i, 0);
	for (i = 0; i < 128; i++)
		if (!(mask >> i % 64 & 1))
			assert_int_equal(recv_number(far, 0), i);
	expect_none(far, 0);
	assert_int_equal(tx_stats().lost, 6);
	assert_int_equal(tx_stats().passed, 122);
}

static bool lose_number_two(void *ctx, bool tx, const struct tern_frame *f,
			    tern_time now)
{
	uint32_t number;

	tern_frame_read(f, 0, &number, sizeof(number));
	*(tern_time *)ctx = now;
	return tx && number == 2;
}

static void test_filter(void **state)
{
	tern_time seen = 0;

	(void)state;
	open_with(0, 0, 0, NULL, NULL);
	tern_impair_filter(near, lose_number_two, &seen);
	send_number(near, 1, 5);
	send_number(near, 2, 6);
	assert_int_equal(seen, 6);
	assert_int_equal(recv_number(far, 7), 1);
	expect_none(far, 7);
	send_number(far, 2, 7);
	assert_int_equal(recv_number(near, 7), 2);
	tern_impair_filter(near, NULL, NULL);
	send_number(near, 2, 8);
	assert_int_equal(recv_number(far, 8), 2);
}

/* One in a hundred of 100,000 within four standard deviations, and no less. */
static void test_loss_is_as_likely_as_it_says(void **state)
{
	const struct tern_impair_dir tx = {.loss_ppm = 10000};
	uint32_t i;

	(void)state;
	open_with(0, 0, 42, &tx, NULL);
	for (i = 0; i < 100000; i++) {
		send_number(near, i, 0);
		recv_number(far, 0);
	}
	assert_in_range(tx_stats().lost, 874, 1126);
	assert_int_equal(tx_stats().lost + tx_stats().passed, 100000);
}

static void test_certain_loss_and_none(void **state)
{
	struct tern_impair_dir tx = {.loss_ppm = 1000000};
	uint32_t i;

	(void)state;
	open_with(0, 0, 42, &tx, NULL);
	for (i = 0; i < 1000; i++)
		send_number(near, i, 0);
	assert_int_equal(tx_stats().lost, 1000);
	tx.loss_ppm = 0;
	tern_impair_set(near, &tx, NULL);
	for (i = 0; i < 1000; i++)
		send_number(near, i, 0);
	assert_int_equal(tx_stats().lost, 1000);
}

static void test_duplicate_follows_its_original(void **state)
{
	const struct tern_impair_dir tx = {.duplicate_ppm = 1000000};

	(void)state;
	open_with(0, 0, 1, &tx, NULL);
	send_number(near, 1, 0);
	send_number(near, 2, 0);
	assert_int_equal(recv_number(far, 0), 1);
	assert_int_equal(recv_number(far, 0), 1);
	assert_int_equal(recv_number(far, 0), 2);
	assert_int_equal(recv_number(far, 0), 2);
	assert_int_equal(tx_stats().duplicated, 2);
	assert_int_equal(tx_stats().passed, 4);
}

/* A private copy with whole checksums, and exactly one bit of it wrong. */
static void test_corruption_flips_one_bit(void **state)
{
	const struct tern_impair_dir tx = {.corrupt_ppm = 1000000};
	uint8_t good[200], bad[200];
	struct tern_frame f, kept;
	unsigned int wrong, i, b;

	(void)state;
	open_with(TERN_IF_CSUM, 0, 9, &tx, NULL);
	for (i = 0; i < 50; i++) {
		frame_make(&f, &mem, 100, i, 0x10);
		tern_frame_share(&kept, &f);
		assert_int_equal(tern_link_send(near, &f, 1, 0), 1);
		assert_int_equal(tern_link_recv(far, &f, 1, 0), 1);
		assert_int_equal(f.flags, 0);
		assert_int_equal(f.len, 140);
		tern_frame_finish_csum(&kept);
		tern_frame_read(&kept, 0, good, sizeof(good));
		assert_true(packet_is_sound(good, 140));
		tern_frame_read(&f, 0, bad, sizeof(bad));
		for (wrong = 0, b = 0; b < 140 * 8; b++)
			wrong += (unsigned int)(good[b / 8] ^ bad[b / 8]) >>
					 b % 8 &
				 1;
		assert_int_equal(wrong, 1);
		tern_frame_release(&kept);
		tern_frame_release(&f);
	}
	assert_int_equal(tx_stats().corrupted, 50);
}

static void test_corruption_without_memory_loses(void **state)
{
	const struct tern_impair_dir tx = {.corrupt_ppm = 1000000};
	struct tern_frame f;

	(void)state;
	open_with(0, 0, 9, &tx, NULL);
	frame_make(&f, &mem, 40000, 1, 0);
	mem.fail_in = 0;
	assert_int_equal(tern_link_send(near, &f, 1, 0), 1);
	mem.fail_in = -1;
	assert_int_equal(tx_stats().lost, 1);
	expect_none(far, 0);
}

/* Loss strikes segments; those that pass are whole if the link wants that. */
static void test_cuts_gso_frames(void **state)
{
	const struct tern_impair_dir dir = {.loss_mask = 2};
	uint8_t flat[1500];
	struct tern_frame f;
	uint32_t i, n;
	int side;

	(void)state;
	open_with(0, 0, 0, &dir, &dir);
	for (side = 0; side < 2; side++) {
		frame_make(&f, &mem, 3000, 1000, 0x18);
		f.gso_size = 1000;
		assert_int_equal(tern_link_send(side ? far : near, &f, 1, 0),
				 1);
		for (i = 0; i < 3; i += 2) {
			assert_int_equal(
				tern_link_recv(side ? near : far, &f, 1, 0), 1);
			if (side)
				tern_frame_finish_csum(&f);
			assert_int_equal(f.flags, 0);
			n = tern_frame_read(&f, 0, flat, sizeof(flat));
			assert_int_equal(n, 1040);
			assert_true(packet_is_sound(flat, n));
			assert_int_equal(get_be32(flat + IP4_LEN + TCP_SEQ),
					 1000 + i * 1000);
			tern_frame_release(&f);
		}
	}
	assert_int_equal(tx_stats().lost, 1);
	assert_int_equal(tx_stats().passed, 2);
}

static void test_keeps_partial_sums_for_a_link_that_takes_them(void **state)
{
	const struct tern_impair_dir dir = {.loss_mask = 1};
	struct tern_frame f;

	(void)state;
	open_with(TERN_IF_CSUM | TERN_IF_GSO, 0, 0, &dir, NULL);
	frame_make(&f, &mem, 2000, 1000, 0x18);
	f.gso_size = 1000;
	assert_int_equal(tern_link_send(near, &f, 1, 0), 1);
	assert_int_equal(tern_link_recv(far, &f, 1, 0), 1);
	assert_int_equal(f.flags, TERN_FRAME_CSUM_PARTIAL);
	tern_frame_release(&f);
}

static void test_gso_that_cannot_be_cut_is_lost(void **state)
{
	const struct tern_impair_dir dir = {.loss_mask = 1};
	struct tern_frame f;

	(void)state;
	open_with(TERN_IF_CSUM | TERN_IF_GSO, 0, 0, &dir, NULL);
	frame_make(&f, &mem, 2000, 1000, 0x18);
	f.gso_size = 1000;
	f.head[0] = 0x60;
	assert_int_equal(tern_link_send(near, &f, 1, 0), 1);
	assert_int_equal(tx_stats().lost, 1);
}

/* Everything at once; returns a digest of what came out and when. */
static uint64_t digest_of_a_run(uint64_t seed)
{
	const struct tern_impair_dir tx = {
		.loss_ppm = 100000,
		.duplicate_ppm = 100000,
		.reorder_ppm = 100000,
		.corrupt_ppm = 100000,
		.delay_ns = 5000,
		.jitter_ns = 3000,
		.reorder_ns = 10000,
		.rate_bps = 100000000,
		.queue_bytes = 200,
	};
	uint64_t digest = 0;
	tern_time now = 0;
	uint32_t i, number;

	open_with(0, 0, seed, &tx, NULL);
	for (i = 0; i < 2000; i++) {
		send_number(near, i, now);
		while (tern_link_deadline(near) < now + 500) {
			number = recv_number(far, tern_link_deadline(near));
			digest = digest * 31 + number;
		}
		now += 300;
	}
	assert_true(tx_stats().lost && tx_stats().duplicated &&
		    tx_stats().reordered && tx_stats().corrupted &&
		    tx_stats().overflowed);
	return digest;
}

static void test_same_seed_same_fate(void **state)
{
	uint64_t first;

	(void)state;
	first = digest_of_a_run(7);
	tern_link_close(near);
	tern_link_close(far);
	assert_true(digest_of_a_run(7) == first);
	tern_link_close(near);
	tern_link_close(far);
	assert_true(digest_of_a_run(8) != first);
}

/* Which frames one fault strikes does not depend on the others. */
static void test_kinds_of_chance_are_apart(void **state)
{
	struct tern_impair_dir tx = {.loss_ppm = 300000};
	bool lost[200];
	uint32_t i;

	(void)state;
	open_with(0, 0, 11, &tx, NULL);
	for (i = 0; i < 200; i++) {
		send_number(near, i, 0);
		lost[i] = recv_number(far, 0) == UINT32_MAX;
	}
	tern_link_close(near);
	tern_link_close(far);
	tx.duplicate_ppm = 500000;
	tx.jitter_ns = 100;
	open_with(0, 0, 11, &tx, NULL);
	for (i = 0; i < 200; i++) {
		send_number(near, i, i * 1000);
		assert_int_equal(recv_number(far, i * 1000 + 100) == UINT32_MAX,
				 lost[i]);
		recv_number(far, i * 1000 + 100);
	}
}

static void test_create_refuses(void **state)
{
	struct tern_impair_config c = {.alloc = mem.alloc};
	struct tern_link *l;

	(void)state;
	open_with(0, 0, 0, NULL, NULL);
	c.rx.corrupt_ppm = 1;
	assert_int_equal(tern_impair_create(&l, far, &c), -EINVAL);
	c.rx.corrupt_ppm = 0;
	c.alloc.alloc = NULL;
	assert_int_equal(tern_impair_create(&l, far, &c), -EINVAL);
	c.alloc = mem.alloc;
	mem.fail_in = 0;
	assert_int_equal(tern_impair_create(&l, far, &c), -ENOMEM);
	mem.fail_in = -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, memory_setup, impair_teardown)
		TEST(test_does_nothing_if_told_nothing),
		TEST(test_loss_mask),
		TEST(test_filter),
		TEST(test_loss_is_as_likely_as_it_says),
		TEST(test_certain_loss_and_none),
		TEST(test_duplicate_follows_its_original),
		TEST(test_corruption_flips_one_bit),
		TEST(test_corruption_without_memory_loses),
		TEST(test_cuts_gso_frames),
		TEST(test_keeps_partial_sums_for_a_link_that_takes_them),
		TEST(test_gso_that_cannot_be_cut_is_lost),
		TEST(test_same_seed_same_fate),
		TEST(test_kinds_of_chance_are_apart),
		TEST(test_create_refuses),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
