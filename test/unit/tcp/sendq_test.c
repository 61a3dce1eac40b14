/* SPDX-License-Identifier: ISC */
/*
 * sendq_test.c - the send queue: where bytes go, and how they are found again
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/sendq.h"
#include "tcp/sums.h"
#include "unit/base/dice.h"
#include "unit/tcp/memory.h"
#include "unit/tcp/sendq_twin.h"

struct fixture {
	struct memory m;
	struct sendq q;
	uint8_t text[200000];
};

static int setup(void **state)
{
	static struct fixture f;
	uint32_t i;

	memory_open(&f.m);
	memset(&f.q, 0, sizeof(f.q));
	for (i = 0; i < sizeof(f.text); i++)
		f.text[i] = (uint8_t)(i * 7 + i / 251);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	static const struct sendq none;

	sendq_free(&f->q, &f->m.mem);
	assert_memory_equal(&f->q, &none, sizeof(none));
	memory_close(&f->m);
	return 0;
}

static ssize_t append(struct fixture *f, uint32_t off, size_t len)
{
	struct iovec iov = {f->text + off, len};

	return sendq_append(&f->q, &f->m.mem, f->m.blocks, &iov, 0, len);
}

/* The bytes off .. off + len - 1 are those of the text from `at` on. */
static void assert_holds(struct fixture *f, uint32_t off, uint32_t len,
			 uint32_t at)
{
	while (len > 0) {
		struct tern_slice s;
		uint8_t n;
		uint32_t got = sendq_slice(&f->q, off, len, &s, 1, &n);

		assert_int_equal(n, 1);
		assert_in_range(got, 1, len);
		assert_memory_equal(s.data, f->text + at, got);
		block_unref(s.block);
		off += got;
		at += got;
		len -= got;
	}
}

static struct sendq_chunk *chunk(struct fixture *f, uint32_t i)
{
	assert_true(i < f->q.n);
	return &f->q.ring[(f->q.head + i) & (f->q.cap - 1)];
}

static void nothing_costs_nothing(void **state)
{
	struct fixture *f = *state;
	struct tern_slice s;
	uint8_t n = 9;

	assert_int_equal(append(f, 0, 0), 0);
	assert_int_equal(sendq_slice(&f->q, 0, 0, &s, 1, &n), 0);
	assert_int_equal(n, 0);
	sendq_drop(&f->q, 0);
	assert_int_equal(mem_used_for(&f->m.mem, TERN_MEM_SEND), 0);
	assert_int_equal(block_pool_count(f->m.blocks), 0);
}

/* The first block a write gets. */
static void chooses_blocks(void **state)
{
	static const struct {
		uint32_t len, size, n;
	} rows[] = {
		{1, BLOCK_COMPACT, 1},
		{256, BLOCK_COMPACT, 1},
		{257, BLOCK_PACKET, 1},
		{2048, BLOCK_PACKET, 1},
		{2049, BLOCK_PACKET, 2},
		{8192, BLOCK_PACKET, 4},
		{8193, BLOCK_SUPER, 1},
		{BLOCK_SUPER, BLOCK_SUPER, 1},
		{BLOCK_SUPER + 1, BLOCK_SUPER, 2},
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(append(f, 0, rows[i].len), rows[i].len);
		assert_int_equal(chunk(f, 0)->block->size, rows[i].size);
		assert_int_equal(f->q.n, rows[i].n);
		assert_holds(f, 0, rows[i].len, 0);
		sendq_drop(&f->q, rows[i].len);
		assert_int_equal(block_pool_count(f->m.blocks), 0);
	}
}

/* Many small writes come to long blocks, in not many chunks. */
static void gathers_small_writes(void **state)
{
	struct fixture *f = *state;
	uint32_t i;

	for (i = 0; i < 2000; i++)
		assert_int_equal(append(f, i * 64, 64), 64);
	assert_in_range(f->q.n, 1, 1 + 17 + 2);
	assert_holds(f, 0, 128000, 0);
}

/* A segment on its way does not see, nor stop, what is written behind it. */
static void appends_to_shared_block(void **state)
{
	struct fixture *f = *state;
	struct tern_slice s;
	uint8_t n;

	append(f, 0, 100);
	assert_int_equal(sendq_slice(&f->q, 0, 100, &s, 1, &n), 100);
	append(f, 100, 100);
	assert_int_equal(f->q.n, 1);
	assert_int_equal(s.len, 100);
	assert_memory_equal(s.data, f->text, 100);
	assert_holds(f, 0, 200, 0);

	sendq_drop(&f->q, 200); /* acknowledged before the segment is gone */
	assert_memory_equal(s.data, f->text, 100);
	block_unref(s.block);
}

/* The rest of a block that came from elsewhere belongs to whoever shares it. */
static void spares_foreign_block(void **state)
{
	struct fixture *f = *state;
	struct tern_slice s = memory_slice(&f->m, 256, 0, f->text, 100);

	block_ref(s.block);
	assert_int_equal(sendq_append_slice(&f->q, &f->m.mem, &s), 0);
	assert_int_equal(append(f, 100, 10), 10);
	assert_int_equal(f->q.n, 2);
	assert_holds(f, 0, 110, 0);
	block_unref(s.block);
	sendq_drop(&f->q, 110);

	s = memory_slice(&f->m, 256, 0, f->text, 100); /* not shared */
	assert_int_equal(sendq_append_slice(&f->q, &f->m.mem, &s), 0);
	assert_int_equal(append(f, 100, 10), 10);
	assert_int_equal(f->q.n, 1);
	assert_holds(f, 0, 110, 0);
}

/* An own tail must not be taken for one after a foreign one came. */
static void own_foreign_own(void **state)
{
	struct fixture *f = *state;
	struct tern_slice s = memory_slice(&f->m, 256, 0, f->text + 10, 10);

	append(f, 0, 10);
	block_ref(s.block);
	assert_int_equal(sendq_append_slice(&f->q, &f->m.mem, &s), 0);
	append(f, 20, 10);
	append(f, 30, 10);
	assert_int_equal(f->q.n, 3);
	assert_holds(f, 0, 40, 0);
	block_unref(s.block);
}

static void skips_into_iovec(void **state)
{
	struct fixture *f = *state;
	const struct iovec iov[] = {
		{f->text, 100},
		{NULL, 0},
		{f->text + 100, 50},
		{f->text + 150, 1000},
	};

	assert_int_equal(
		sendq_append(&f->q, &f->m.mem, f->m.blocks, iov, 120, 500),
		500);
	assert_int_equal(f->q.len, 500);
	assert_holds(f, 0, 500, 120);
}

static void parts_run_out(void **state)
{
	struct fixture *f = *state;
	struct tern_slice s[4];
	uint8_t n;

	append(f, 0, 8192); /* four blocks */
	assert_int_equal(sendq_slice(&f->q, 48, 8000, s, 3, &n), 6096);
	assert_int_equal(n, 3);
	memory_unref(s, n);
	assert_int_equal(sendq_slice(&f->q, 48, 8000, s, 4, &n), 8000);
	assert_int_equal(n, 4);
	memory_unref(s, n);
	assert_int_equal(sendq_slice(&f->q, 0, 8192, s, 0, &n), 0);
	assert_int_equal(n, 0);
	/* The ends of a chunk belong to it and to no other. */
	assert_int_equal(sendq_slice(&f->q, 2047, 1, s, 4, &n), 1);
	assert_ptr_equal(s[0].block, chunk(f, 0)->block);
	memory_unref(s, n);
	assert_int_equal(sendq_slice(&f->q, 2048, 2048, s, 4, &n), 2048);
	assert_int_equal(n, 1);
	assert_ptr_equal(s[0].block, chunk(f, 1)->block);
	memory_unref(s, n);
	assert_int_equal(sendq_slice(&f->q, 8192, 0, s, 4, &n), 0);
}

static void drops_to_each_byte(void **state)
{
	struct fixture *f = *state;
	uint32_t n;

	for (n = 0; n <= 4096; n += n % 2048 > 2 && n % 2048 < 2046 ? 509 : 1) {
		append(f, 0, 4096);
		sendq_drop(&f->q, n);
		assert_int_equal(f->q.len, 4096 - n);
		assert_holds(f, 0, 4096 - n, n);
		sendq_drop(&f->q, 4096 - n);
		assert_int_equal(f->q.n, 0);
	}
}

/* Offsets run through 2^32 while bytes are queued. */
static void wraps(void **state)
{
	struct fixture *f = *state;
	struct tern_slice s;
	uint32_t i, off;
	uint8_t n;

	f->q.base = UINT32_MAX - 5000;
	for (i = 0; i < 20; i++)
		append(f, i * 500, 500);
	assert_holds(f, 0, 10000, 0);
	for (off = 9999; off < 10000; off -= 7) {
		assert_int_equal(sendq_slice(&f->q, off, 1, &s, 1, &n), 1);
		assert_int_equal(s.data[0], f->text[off]);
		memory_unref(&s, 1);
	}
	sendq_drop(&f->q, 5001);
	assert_int_equal(f->q.base, 0);
	assert_holds(f, 0, 4999, 5001);
}

/* A ring that had to be long does not stay so. */
static void ring_shrinks(void **state)
{
	struct fixture *f = *state;
	struct tern_slice s;
	size_t before;
	uint32_t i;

	for (i = 0; i < 1000; i++) {
		s = memory_slice(&f->m, 1, 0, f->text, 1);
		assert_int_equal(sendq_append_slice(&f->q, &f->m.mem, &s), 0);
	}
	before = mem_used_for(&f->m.mem, TERN_MEM_SEND);
	assert_true(before >= 1000 * sizeof(struct sendq_chunk));
	sendq_drop(&f->q, 1000);
	append(f, 0, 1);
	assert_true(mem_used_for(&f->m.mem, TERN_MEM_SEND) <= 64);
	sendq_drop(&f->q, 1);
	sendq_free(&f->q, &f->m.mem); /* what an idle connection may do */
	assert_int_equal(mem_used_for(&f->m.mem, TERN_MEM_SEND), 0);
}

/* Each allocation fails in turn: something is written, or -ENOBUFS. */
static void memory_runs_out(void **state)
{
	struct fixture *f = *state;
	struct tern_slice s;
	size_t nth;
	ssize_t n;

	for (nth = 1;; nth++) {
		memory_fail_from(&f->m, nth);
		n = append(f, 0, 150000);
		if (!memory_failed(&f->m))
			break;
		memory_fail_none(&f->m);
		assert_true(n == -ENOBUFS || (n > 0 && n < 150000));
		assert_int_equal(f->q.len, n < 0 ? 0 : n);
		assert_holds(f, 0, f->q.len, 0);
		sendq_free(&f->q, &f->m.mem);
	}
	memory_fail_none(&f->m);
	assert_int_equal(n, 150000);
	assert_true(nth > 3);
	sendq_free(&f->q, &f->m.mem);

	/* Two slices have a place in the queue itself, the third has not. */
	for (nth = 0; nth < 2; nth++) {
		s = memory_slice(&f->m, 1, 0, f->text, 1);
		assert_int_equal(sendq_append_slice(&f->q, &f->m.mem, &s), 0);
	}
	s = memory_slice(&f->m, 1, 0, f->text, 1);
	memory_fail_from(&f->m, 1);
	assert_int_equal(sendq_append_slice(&f->q, &f->m.mem, &s), -ENOBUFS);
	memory_fail_none(&f->m);
	assert_int_equal(s.block->refs, 1);
	assert_int_equal(f->q.len, 2);
	block_unref(s.block);
	sendq_free(&f->q, &f->m.mem);
}

/* When there are no long blocks, shorter ones do. */
static void takes_shorter_blocks(void **state)
{
	struct fixture *f = *state;

	f->m.mem.limit = f->m.mem.used + 60000;
	assert_in_range(append(f, 0, 100000), 50000, 60000);
	assert_holds(f, 0, f->q.len, 0);
}

/* The sum of bytes that the queue holds from `off` on, and that it says so. */
static void assert_summed(struct fixture *f, uint32_t off, uint32_t len,
			  uint32_t at)
{
	uint64_t acc = 1;

	assert_true(sendq_sum(&f->q, off, len, &acc));
	assert_int_equal(sum_fold(acc),
			 sum_fold(sum_bytes(1, f->text + at, len)));
}

static void assert_not_summed(struct fixture *f, uint32_t off, uint32_t len)
{
	uint64_t acc = 1;

	assert_false(sendq_sum(&f->q, off, len, &acc));
	assert_int_equal(acc, 1);
}

/* Whatever their length, and where one lies in two blocks. */
static void knows_sums_of_segments(void **state)
{
	static const uint32_t mss[] = {1460, 1461, 8960, 800, 65483};
	struct fixture *f = *state;
	uint32_t i, at;

	for (i = 0; i < sizeof(mss) / sizeof(mss[0]); i++) {
		sendq_expect(&f->q, 0, mss[i]);
		assert_int_equal(append(f, 0, 199999), 199999);
		for (at = 0; at + mss[i] <= 199999; at += mss[i])
			assert_summed(f, at, mss[i], at);
		assert_summed(f, at, 199999 - at, at);
		assert_not_summed(f, 0, mss[i] - 1);
		assert_not_summed(f, 1, mss[i] - 1);
		assert_summed(f, 3 * mss[i] % at, mss[i], 3 * mss[i] % at);
		assert_summed(f, 0, mss[i], 0);
		sendq_drop(&f->q, mss[i] + 1);
		assert_not_summed(f, 0, mss[i] - 1);
		assert_summed(f, mss[i] - 1, mss[i], 2 * mss[i]);
		sendq_free(&f->q, &f->m.mem);
	}
}

/* Small writes make segments together, and a segment may go before it is full:
 * what follows begins anew. */
static void sums_follow_what_is_sent(void **state)
{
	struct fixture *f = *state;
	uint32_t at;

	sendq_expect(&f->q, 0, 1460);
	append(f, 0, 20000);
	for (at = 20000; at < 50000; at += 77)
		append(f, at, 77);
	for (; at < 60001; at++)
		append(f, at, 1);
	for (at = 0; at + 1460 <= 60001; at += 1460)
		assert_summed(f, at, 1460, at);
	assert_summed(f, at, 60001 - at, at);
	sendq_expect(&f->q, 60001, 1460);
	append(f, 60001, 100000);
	assert_summed(f, at, 60001 - at, at);
	for (at = 60001; at + 1460 <= 160001; at += 1460)
		assert_summed(f, at, 1460, at);
}

/* There is room for so many; what was not summed is not guessed. */
static void sums_run_out(void **state)
{
	struct fixture *f = *state;
	uint32_t at;

	sendq_expect(&f->q, 0, 100);
	append(f, 0, 65536);
	for (at = 0; at < SUMS_MAX * 100; at += 100)
		assert_summed(f, at, 100, at);
	assert_not_summed(f, at, 100);
	assert_not_summed(f, at - 100, 200);
	sendq_free(&f->q, &f->m.mem);

	sendq_expect(&f->q, 0, 1000);
	append(f, 0, 10000);
	sendq_expect(&f->q, 0, 0);
	append(f, 10000, 10000);
	assert_not_summed(f, 0, 1000); /* nobody wants them */
	sendq_expect(&f->q, 20000, 1000);
	append(f, 20000, 10000);
	assert_summed(f, 9000, 1000, 9000);
	assert_not_summed(f, 10000, 1000);
	assert_not_summed(f, 20000, 1000);
	assert_holds(f, 0, 30000, 0);
}

static void agrees_with_twin(void **state)
{
	static struct sendq_twin t;
	struct dice d = {1};
	uint32_t i;

	(void)state;
	sendq_twin_open(&t, UINT32_MAX - 200000);
	for (i = 0; i < 60000; i++) {
		uint32_t len = (uint32_t)dice_scaled(&d, 16), off;

		if (dice_below(&d, 100) == 0)
			memory_fail_nth(&t.m, 1 + dice_below(&d, 3));
		switch (dice_below(&d, 7)) {
		case 0:
			sendq_twin_write(&t, len, dice_below(&d, 100));
			break;
		case 1:
			sendq_twin_hand(&t, len, dice_below(&d, 2));
			break;
		case 2:
			sendq_twin_ack(&t, dice_below(&d, t.len + 1));
			break;
		case 3:
			off = dice_below(&d, 2) ? t.len : t.q.cut_at - t.q.base;
			sendq_twin_expect(&t, off, dice_below(&d, 3000));
			sendq_twin_write(&t, len, 0);
			break;
		case 4:
			off = t.q.cut_at - t.q.base;
			off += t.q.cut_len * dice_below(&d, 8);
			sendq_twin_sum(&t, off, t.q.cut_len);
			break;
		default:
			sendq_twin_send(&t, dice_below(&d, t.len + 1), len,
					(int)dice_below(&d, 5));
			break;
		}
		memory_fail_none(&t.m);
		sendq_twin_check(&t);
	}
	assert_true(t.next - (UINT32_MAX - 200000) > 10000000);
	assert_in_range(t.n_summed, 100, 60000);
	sendq_twin_close(&t);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(nothing_costs_nothing),
		T(chooses_blocks),
		T(gathers_small_writes),
		T(appends_to_shared_block),
		T(spares_foreign_block),
		T(own_foreign_own),
		T(skips_into_iovec),
		T(parts_run_out),
		T(drops_to_each_byte),
		T(wraps),
		T(ring_shrinks),
		T(memory_runs_out),
		T(takes_shorter_blocks),
		T(knows_sums_of_segments),
		T(sums_follow_what_is_sent),
		T(sums_run_out),
		cmocka_unit_test(agrees_with_twin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
