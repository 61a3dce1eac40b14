/* SPDX-License-Identifier: ISC */
/*
 * reass_cost_test.c - reassembly: what it costs in ranges, memory and time, and
 * what happens where there is none
 */
#include "unit/tcp/reass_fixture.h"

#include <stdio.h>
#include <time.h>

#include "unit/base/dice.h"

/* One range too many is refused; what needs none of its own is not. */
static void ranges_are_capped(void **state)
{
	struct fixture *f = *state;
	struct tern_slice s = memory_slice(&f->m, 1, 0, "a", 1);
	uint32_t i;

	for (i = 0; i < REASS_RANGES_MAX; i++)
		assert_int_equal(
			insert_parts(f, (struct seq){BASE + 10 + 3 * i}, &s, 1),
			0);
	block_unref(s.block);
	assert_int_equal(f->r.n_ranges, REASS_RANGES_MAX);
	assert_int_equal(insert(f, 5, 1, 'b'), -ENOBUFS);
	assert_int_equal(f->res.stored, 0);
	assert_int_equal(f->r.n_ranges, REASS_RANGES_MAX);
	assert_int_equal(insert(f, 11, 1, 'b'), 0); /* at the end of one */
	assert_int_equal(insert(f, 9, 1, 'b'), 0);  /* before the first */
	assert_int_equal(insert(f, 8, 5, 'b'), 0);  /* between two */
	assert_int_equal(f->r.n_ranges, REASS_RANGES_MAX - 1);
	assert_int_equal(insert(f, 5, 1, 'b'), 0);
	assert_int_equal(insert(f, 3, 1, 'b'), -ENOBUFS);
	assert_int_equal(insert(f, 0, 6, 'b'), 0);
	reass_prune(&f->r, &f->m.mem);
	assert_int_equal(insert(f, 0, 10, 'b'), 0);
}

/* What the blocks that are out cost. */
static size_t pinned(const struct fixture *f, size_t block)
{
	return block_pool_count(f->m.blocks) *
	       (block + sizeof(struct tern_block));
}

/* Segments in long blocks do not pin them, whatever their length. */
static void compacts(void **state)
{
	struct fixture *f = *state;
	uint32_t i;

	for (i = 0; i < 100; i++) /* apart from each other */
		insert_in(f, 10 + i * 100, 64, 'a', BLOCK_SUPER);
	assert_int_equal(block_pool_count(f->m.blocks), 100);
	assert_true(mem_used_for(&f->m.mem, TERN_MEM_BLOCK) < 20 * 66100);
	assert_true(f->r.truesize >= pinned(f, BLOCK_COMPACT));
	reass_free(&f->r, &f->m.mem);

	for (i = 0; i < 10; i++)
		insert_in(f, 10 + i * 6000, 5000, 'a', BLOCK_SUPER);
	assert_int_equal(block_pool_count(f->m.blocks), 30);
	assert_true(f->r.truesize >= 2 * pinned(f, BLOCK_PACKET) / 3);
	block_pool_trim(f->m.blocks);
	assert_true(mem_used_for(&f->m.mem, TERN_MEM_BLOCK) < 200000);
	reass_free(&f->r, &f->m.mem);

	insert_in(f, 10, 30000, 'a', BLOCK_SUPER); /* nearly half of it */
	assert_int_equal(block_pool_count(f->m.blocks), 1);
	assert_true(f->r.truesize >= BLOCK_SUPER);
}

/* A thousand segments of a byte, from the last to the first. */
static void gathers_backwards(void **state)
{
	struct fixture *f = *state;
	uint32_t i;

	for (i = 2000; i > 1000; i--)
		insert(f, i, 1, 'a');
	assert_int_equal(f->r.n_ranges, 1);
	assert_in_range(block_pool_count(f->m.blocks), 1, 10);
	assert_true(f->r.truesize < 8000);
}

/* Odd bytes first, then even ones. */
static void gathers_alternating(void **state)
{
	struct fixture *f = *state;
	uint32_t i;

	for (i = 1; i < 2000; i += 2)
		insert(f, i, 1, 'a');
	assert_int_equal(f->r.n_ranges, 1000);
	for (i = 0; i < 2000; i += 2)
		insert(f, i, 1, 'b');
	assert_int_equal(f->r.n_ranges, 1);
	assert_in_range(block_pool_count(f->m.blocks), 8, 20);
}

/* The same script with the nth allocation and the next failing. */
static void script_failing(struct fixture *f, size_t nth, bool *failed)
{
	static const uint32_t script[][3] = {
		{10, 5, 1},	   {20, 5, 1},	      {15, 5, 1},  {0, 3, 1},
		{40, 9000, 66000}, {30, 9020, 66000}, {25, 20, 1}, {2, 30, 1},
	};
	uint32_t before, i;

	*failed = false;
	for (i = 0; i < ARRAY_LEN(script); i++) {
		static uint8_t text[10000];
		struct tern_slice s = memory_slice(&f->m, script[i][2], 0, text,
						   script[i][1]);
		int err;

		before = f->r.len;
		memory_fail_nth(&f->m, nth);
		err = insert_parts(f, (struct seq){BASE + script[i][0]}, &s, 1);
		*failed |= memory_failed(&f->m);
		assert_true(err == 0 || err == -ENOBUFS);
		assert_true(err == 0 || memory_failed(&f->m));
		memory_fail_none(&f->m);
		assert_int_equal(f->r.len, before + f->res.stored);
		block_unref(s.block);
		reass_check(&f->r);
	}
}

static void memory_runs_out(void **state)
{
	struct fixture *f = *state;
	bool failed = true;
	size_t nth;

	for (nth = 1; failed; nth++) {
		script_failing(f, nth, &failed);
		reass_free(&f->r, &f->m.mem);
		assert_int_equal(mem_used_for(&f->m.mem, TERN_MEM_RECV), 0);
	}
	assert_true(nth > 8);
}

/* The receive queue has no memory: what was moved counts, the rest stays. */
static void take_without_memory(void **state)
{
	struct fixture *f = *state;
	struct seq nxt = {BASE};
	int64_t err = -ENOBUFS;
	uint32_t i, n = 0;

	for (i = 0; i < 20; i++)
		insert_in(f, 1000 * i, 1000, 'a', BLOCK_PACKET);
	for (i = 0; err < 0; i++) {
		memory_fail_from(&f->m, 1 + n % 2);
		n++;
		err = reass_take(&f->r, &f->m.mem, f->m.blocks, &nxt, &f->q);
		memory_fail_none(&f->m);
		reass_check(&f->r);
		assert_int_equal(f->q.len, nxt.u - BASE);
		assert_int_equal(f->r.len, 20000 - f->q.len);
		assert_true(err < 0 || f->r.len == 0);
		if (f->r.len > 0)
			assert_range(f, 0, nxt.u - BASE, 20000);
	}
	assert_true(i > 3);
	assert_int_equal(f->q.len, 20000);
}

/* Orders in which a peer can send every other byte of n. */
enum order { ASCENDING, DESCENDING, OUTSIDE_IN, SHUFFLED, N_ORDERS };

static void put_in_order(uint32_t *at, uint32_t n, enum order o)
{
	struct dice d = {4};
	uint32_t i, k, was;

	for (i = 0; i < n; i++) {
		uint32_t outside = i % 2 ? n - 1 - i / 2 : i / 2;

		at[i] = o == DESCENDING	  ? n - 1 - i
			: o == OUTSIDE_IN ? outside
					  : i;
	}
	for (i = n - 1; i > 0 && o == SHUFFLED; i--) {
		k = dice_below(&d, i + 1);
		was = at[i];
		at[i] = at[k];
		at[k] = was;
	}
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/*
 * Time for one of 10^5 segments of a byte, of which n make ranges, n join them,
 * and so on.
 */
static double time_order(struct fixture *f, uint32_t n, enum order o)
{
	static uint32_t at[REASS_RANGES_MAX];
	struct tern_slice s = memory_slice(&f->m, 1, 0, "a", 1);
	double start, took, best = 1e9;
	uint32_t i, total, odd, tries;
	struct seq nxt;

	put_in_order(at, n, o);
	for (tries = 0; tries < 5; tries++) {
		start = seconds();
		for (total = 0; total < 100000; total += 2 * n) {
			nxt.u = BASE + 2 * total;
			for (i = 0; i < 2 * n; i++) {
				odd = i < n;
				insert_parts(f,
					     seq_add(nxt, 2 * at[i % n] + odd),
					     &s, 1);
				assert_int_equal(f->res.stored, 1);
			}
			assert_int_equal(f->r.n_ranges, 1);
			reass_prune(&f->r, &f->m.mem);
		}
		took = (seconds() - start) / total;
		best = took < best ? took : best;
	}
	block_unref(s.block);
	return best;
}

/*
 * "SegmentSmack": 4000 ranges cost little more than 50, in any order.  It is
 * about twice, for the caches; what walks would be 80 times as slow.
 */
static void no_order_is_costly(void **state)
{
	struct fixture *f = *state;
	double base = time_order(f, 50, ASCENDING), one;
	int o;

	for (o = 0; o < N_ORDERS; o++) {
		one = time_order(f, 4000, (enum order)o);
		print_message("order %d: %.0f ns, base %.0f ns\n", o, one * 1e9,
			      base * 1e9);
		assert_true(one < 8 * base);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, reass_setup, reass_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(ranges_are_capped),  T(compacts),
		T(gathers_backwards),  T(gathers_alternating),
		T(memory_runs_out),    T(take_without_memory),
		T(no_order_is_costly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
