/* SPDX-License-Identifier: ISC */
/* impair_test.c - an impaired link: every fault, its time, its repeatability */
#include "frames.h"

/*
 *	near (impaired) --tx--> far
 *	near (impaired) <--rx-- far
 */
static struct memory mem;
static struct tern_link *near, *far;

static int setup(void **state)
{
	(void)state;
	memory_begin(&mem);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tern_link_close(near);
	tern_link_close(far);
	memory_end(&mem);
	return 0;
}

static void open_with(uint32_t flags, uint32_t depth, uint64_t seed,
		      const struct tern_impair_dir *tx,
		      const struct tern_impair_dir *rx)
{
	struct tern_pipe_config pipe = {
		.alloc = mem.alloc, .flags = flags, .depth = depth};
	struct tern_impair_config c = {
		.alloc = mem.alloc, .blocks = mem.blocks, .seed = seed};
	struct tern_link *ends[2];

	assert_int_equal(tern_pipe_create(ends, &pipe), 0);
	if (tx)
		c.tx = *tx;
	if (rx)
		c.rx = *rx;
	assert_int_equal(tern_impair_create(&near, ends[0], &c), 0);
	far = ends[1];
}

static void send_number(struct tern_link *l, uint32_t number, tern_time now)
{
	struct tern_frame f;

	frame_number(&f, &mem, number);
	assert_int_equal(tern_link_send(l, &f, 1, now), 1);
}

/* Lets time pass, then takes one frame's number; UINT32_MAX if none came. */
static uint32_t recv_number(struct tern_link *l, tern_time now)
{
	struct tern_frame f;

	assert_int_equal(tern_link_send(near, NULL, 0, now), 0);
	return tern_link_recv(l, &f, 1, now) == 1 ? frame_which(&f)
						  : UINT32_MAX;
}

static void expect_none(struct tern_link *l, tern_time now)
{
	assert_int_equal(recv_number(l, now), UINT32_MAX);
}

static struct tern_impair_stats tx_stats(void)
{
	struct tern_impair_stats s;

	tern_impair_stats(near, &s, NULL);
	return s;
}

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
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(test_does_nothing_if_told_nothing),
		TEST(test_delay_is_exact_both_ways),
		TEST(test_delay_alone_cuts_nothing),
		TEST(test_loss_mask),
		TEST(test_filter),
		TEST(test_loss_is_as_likely_as_it_says),
		TEST(test_certain_loss_and_none),
		TEST(test_duplicate_follows_its_original),
		TEST(test_reordered_frame_is_overtaken),
		TEST(test_jitter_keeps_order),
		TEST(test_set_keeps_what_is_under_way),
		TEST(test_rate_spaces_frames),
		TEST(test_rate_does_not_drift),
		TEST(test_queue_drops_its_tail),
		TEST(test_queue_smaller_than_a_frame),
		TEST(test_corruption_flips_one_bit),
		TEST(test_corruption_without_memory_loses),
		TEST(test_cuts_gso_frames),
		TEST(test_keeps_partial_sums_for_a_link_that_takes_them),
		TEST(test_gso_that_cannot_be_cut_is_lost),
		TEST(test_full_link_below),
		TEST(test_close_with_frames_everywhere),
		TEST(test_far_end_is_gone),
		TEST(test_same_seed_same_fate),
		TEST(test_kinds_of_chance_are_apart),
		TEST(test_create_refuses),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
