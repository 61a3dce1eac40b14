/* SPDX-License-Identifier: ISC */
/*
 * reass_test.c - reassembly: every shape of overlap, and what it costs
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "tcp/reass.h"
#include "unit/base/dice.h"
#include "unit/tcp/memory.h"
#include "unit/tcp/reass_twin.h"

#define BASE UINT32_C(0xffffff00) /* the wrap is 256 bytes on */

struct fixture {
	struct memory m;
	struct reass r;
	struct recvq q;
	struct reass_result res;
	uint8_t out[100000];
};

static int setup(void **state)
{
	static struct fixture f;

	memory_open(&f.m);
	memset(&f.r, 0, sizeof(f.r));
	memset(&f.q, 0, sizeof(f.q));
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	static const struct reass none;

	reass_check(&f->r);
	reass_free(&f->r, &f->m.mem);
	assert_memory_equal(&f->r, &none, sizeof(none));
	recvq_free(&f->q, &f->m.mem);
	memory_close(&f->m);
	return 0;
}

static int insert_parts(struct fixture *f, struct seq left,
			const struct tern_slice *parts, int n_parts)
{
	const struct reass_text text = {left, parts, n_parts};

	return reass_insert(&f->r, &f->m.mem, f->m.blocks, &text, &f->res);
}

/* Inserts `len` bytes of value c, in a block of `size`. */
static int insert_in(struct fixture *f, uint32_t off, uint32_t len, int c,
		     size_t size)
{
	static uint8_t text[70000];
	struct tern_slice s;
	int err;

	memset(text, c, len);
	s = memory_slice(&f->m, max_size(len, size), 0, text, len);
	err = insert_parts(f, (struct seq){BASE + off}, &s, 1);
	block_unref(s.block);
	reass_check(&f->r);
	return err;
}

static int insert(struct fixture *f, uint32_t off, uint32_t len, int c)
{
	return insert_in(f, off, len, c, 1);
}

/* All that can be taken from `off` on is this string. */
static void assert_take(struct fixture *f, uint32_t off, const char *text)
{
	struct seq nxt = {BASE + off};
	uint32_t len = (uint32_t)strlen(text);
	struct iovec iov = {f->out, sizeof(f->out)};

	assert_int_equal(reass_take(&f->r, &f->m.mem, f->m.blocks, &nxt, &f->q),
			 len);
	assert_int_equal(nxt.u, BASE + off + len);
	assert_int_equal(recvq_peek(&f->q, 0, &iov, 0, SIZE_MAX), len);
	assert_memory_equal(f->out, text, len);
	recvq_drop(&f->q, len);
	reass_check(&f->r);
}

static void assert_range(struct fixture *f, uint8_t i, uint32_t left,
			 uint32_t right)
{
	struct tcp_sack_block b[8];

	assert_true(reass_sack(&f->r, b, 8) > i);
	assert_int_equal(b[i].left, BASE + left);
	assert_int_equal(b[i].right, BASE + right);
}

static void nothing_costs_nothing(void **state)
{
	struct fixture *f = *state;
	struct tcp_sack_block b;
	struct seq nxt = {BASE};

	assert_int_equal(insert(f, 5, 0, 'a'), 0);
	assert_int_equal(f->r.n_ranges, 0);
	assert_int_equal(reass_sack(&f->r, &b, 1), 0);
	assert_int_equal(reass_end(&f->r, nxt).u, BASE);
	assert_int_equal(reass_prune(&f->r, &f->m.mem), 0);
	assert_int_equal(reass_take(&f->r, &f->m.mem, f->m.blocks, &nxt, &f->q),
			 0);
	assert_int_equal(mem_used_for(&f->m.mem, TERN_MEM_RECV), 0);
}

/* Each way in which a segment 'b' can lie to what is there ('a', 'c'). */
static void shapes(void **state)
{
	static const struct {
		uint32_t off, len;	      /* of the new segment */
		uint32_t n_ranges;	      /* after it */
		uint32_t stored, left, right; /* right: end of duplicates */
		bool merged;
		const char *text; /* after all gaps are filled with '.' */
	} rows[] = {
		/* There: 10..19 'a' and 30..39 'c'; to 50. */
		{0, 5, 3, 5, 0, 0, false,
		 "bbbbb.....aaaaaaaaaa..........cccccccccc.........."},
		{0, 10, 2, 10, 0, 0, false,
		 "bbbbbbbbbbaaaaaaaaaa..........cccccccccc.........."},
		{5, 10, 2, 5, 10, 15, false,
		 ".....bbbbbaaaaaaaaaa..........cccccccccc.........."},
		{10, 10, 2, 0, 10, 20, false,
		 "..........aaaaaaaaaa..........cccccccccc.........."},
		{12, 5, 2, 0, 12, 17, false,
		 "..........aaaaaaaaaa..........cccccccccc.........."},
		{10, 5, 2, 0, 10, 15, false,
		 "..........aaaaaaaaaa..........cccccccccc.........."},
		{15, 5, 2, 0, 15, 20, false,
		 "..........aaaaaaaaaa..........cccccccccc.........."},
		{15, 10, 2, 5, 15, 20, false,
		 "..........aaaaaaaaaabbbbb.....cccccccccc.........."},
		{20, 5, 2, 5, 0, 0, false,
		 "..........aaaaaaaaaabbbbb.....cccccccccc.........."},
		{20, 10, 1, 10, 0, 0, true,
		 "..........aaaaaaaaaabbbbbbbbbbcccccccccc.........."},
		{19, 12, 1, 10, 19, 20, true,
		 "..........aaaaaaaaaabbbbbbbbbbcccccccccc.........."},
		{22, 5, 3, 5, 0, 0, false,
		 "..........aaaaaaaaaa..bbbbb...cccccccccc.........."},
		{25, 5, 2, 5, 0, 0, false,
		 "..........aaaaaaaaaa.....bbbbbcccccccccc.........."},
		{25, 10, 2, 5, 30, 35, false,
		 "..........aaaaaaaaaa.....bbbbbcccccccccc.........."},
		{5, 20, 2, 10, 10, 20, false,
		 ".....bbbbbaaaaaaaaaabbbbb.....cccccccccc.........."},
		{5, 40, 1, 20, 10, 20, true,
		 ".....bbbbbaaaaaaaaaabbbbbbbbbbccccccccccbbbbb....."},
		{15, 20, 1, 10, 15, 20, true,
		 "..........aaaaaaaaaabbbbbbbbbbcccccccccc.........."},
		{40, 5, 2, 5, 0, 0, false,
		 "..........aaaaaaaaaa..........ccccccccccbbbbb....."},
		{39, 6, 2, 5, 39, 40, false,
		 "..........aaaaaaaaaa..........ccccccccccbbbbb....."},
		{41, 5, 3, 5, 0, 0, false,
		 "..........aaaaaaaaaa..........cccccccccc.bbbbb...."},
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t left = rows[i].right ? rows[i].left : rows[i].off;
		uint32_t right = rows[i].right ? rows[i].right : rows[i].off;

		insert(f, 10, 10, 'a');
		insert(f, 30, 10, 'c');
		assert_int_equal(insert(f, rows[i].off, rows[i].len, 'b'), 0);
		assert_int_equal(f->r.n_ranges, rows[i].n_ranges);
		assert_int_equal(f->res.stored, rows[i].stored);
		assert_int_equal(f->res.duplicate,
				 rows[i].len - rows[i].stored);
		assert_int_equal(f->res.dup_left.u, BASE + left);
		assert_int_equal(f->res.dup_right.u, BASE + right);
		assert_int_equal(f->res.merged, rows[i].merged);
		insert(f, 0, 50, '.');
		assert_int_equal(f->r.n_ranges, 1);
		assert_take(f, 0, rows[i].text);
	}
}

/* The byte that came first stays, whatever comes later. */
static void first_bytes_win(void **state)
{
	struct fixture *f = *state;

	insert(f, 4, 4, 'a');
	insert(f, 0, 12, 'b');
	insert(f, 2, 8, 'c');
	assert_int_equal(f->res.stored, 0);
	assert_take(f, 0, "bbbbaaaabbbb");
}

/* RFC 2018 4: the range of the last segment first, also of a duplicate. */
static void sack_order(void **state)
{
	struct fixture *f = *state;
	struct tcp_sack_block b[4];

	insert(f, 10, 5, 'a');
	insert(f, 20, 5, 'a');
	insert(f, 30, 5, 'a');
	assert_range(f, 0, 30, 35);
	assert_range(f, 1, 20, 25);
	assert_range(f, 2, 10, 15);
	insert(f, 21, 2, 'a'); /* a duplicate */
	assert_range(f, 0, 20, 25);
	assert_range(f, 1, 30, 35);
	insert(f, 15, 1, 'a');
	assert_range(f, 0, 10, 16);
	insert(f, 25, 5, 'a'); /* joins two */
	assert_range(f, 0, 20, 35);
	assert_range(f, 1, 10, 16);
	assert_int_equal(f->r.n_ranges, 2);
	assert_int_equal(reass_sack(&f->r, b, 1), 1);
	assert_int_equal(reass_sack(&f->r, b, 0), 0);
	assert_int_equal(reass_end(&f->r, (struct seq){0}).u, BASE + 35);
}

/* The range that was touched last takes the next segment without a search. */
static void takes_hint(void **state)
{
	struct fixture *f = *state;
	uint32_t i;

	insert(f, 1000, 5, 'z');
	insert(f, 10, 1, 'a');
	for (i = 11; i < 500; i++)
		insert(f, i, 1, 'a');
	assert_int_equal(f->r.n_ranges, 2);
	assert_range(f, 0, 10, 500);
	insert(f, 500, 500, 'b'); /* to the very edge of the next */
	assert_int_equal(f->r.n_ranges, 1);
	assert_range(f, 0, 10, 1005);
}

static void takes_what_is_due(void **state)
{
	struct fixture *f = *state;

	insert(f, 5, 5, 'a');
	insert(f, 20, 5, 'b');
	assert_take(f, 0, ""); /* still missing */
	assert_take(f, 5, "aaaaa");
	assert_int_equal(f->r.n_ranges, 1);
	insert(f, 15, 3, 'c');
	assert_take(f, 22, "bbb"); /* all before is old */
	assert_int_equal(f->r.len, 0);
	assert_int_equal(f->r.truesize, 0);
	insert(f, 30, 5, 'd');
	assert_take(f, 50, "");
	assert_int_equal(f->r.n_ranges, 0);
}

static void parts_of_a_segment(void **state)
{
	struct fixture *f = *state;
	struct tern_slice parts[4];
	int i;

	parts[0] = memory_slice(&f->m, 1, 0, "ab", 2);
	parts[1] = memory_slice(&f->m, 1, 0, "", 0);
	parts[2] = memory_slice(&f->m, 1, 0, "cdef", 4);
	parts[3] = memory_slice(&f->m, 1, 0, "g", 1);
	insert(f, 3, 1, 'x');
	assert_int_equal(insert_parts(f, (struct seq){BASE}, parts, 4), 0);
	assert_int_equal(f->res.stored, 6);
	memory_unref(parts, 4);
	assert_take(f, 0, "abcxefg");
	for (i = 0; i < 4; i++)
		parts[i] = memory_slice(&f->m, 1, 0, "", 0);
	assert_int_equal(insert_parts(f, (struct seq){BASE}, parts, 4), 0);
	assert_int_equal(f->r.n_ranges, 0);
	memory_unref(parts, 4);
}

static void prunes_the_farthest(void **state)
{
	struct fixture *f = *state;

	insert(f, 30, 7, 'c');
	insert(f, 10, 5, 'a');
	insert(f, 20, 6, 'b');
	assert_int_equal(reass_prune(&f->r, &f->m.mem), 7);
	assert_int_equal(reass_end(&f->r, (struct seq){0}).u, BASE + 26);
	assert_int_equal(reass_prune(&f->r, &f->m.mem), 6);
	assert_int_equal(reass_prune(&f->r, &f->m.mem), 5);
	assert_int_equal(reass_prune(&f->r, &f->m.mem), 0);
	assert_int_equal(f->r.truesize, 0);
}

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

static void agrees_with_twin(void **state)
{
	static struct reass_twin t;
	struct dice d = {3};
	uint32_t i;

	(void)state;
	reass_twin_open(&t, UINT32_MAX - 5000);
	for (i = 0; i < 100000; i++) {
		uint32_t off = dice_below(&d, REASS_TWIN_WINDOW);
		uint32_t len = (uint32_t)dice_scaled(&d, 10);

		switch (dice_below(&d, 40)) {
		case 0:
			reass_twin_take(&t, off / (1 + dice_below(&d, 200)));
			break;
		case 1:
			reass_twin_prune(&t);
			break;
		default:
			dice_fill(&d, t.text, len);
			reass_twin_insert(
				&t, off, len, 1 + (int)dice_below(&d, 4),
				1U << dice_below(&d, 17), dice_below(&d, 2));
			break;
		}
		if (i % 8 == 0)
			reass_twin_check(&t);
	}
	assert_true(t.nxt.u + 5001 > 100000); /* went through the wrap */
	reass_twin_close(&t);
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

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(nothing_costs_nothing),
		T(shapes),
		T(first_bytes_win),
		T(sack_order),
		T(takes_hint),
		T(takes_what_is_due),
		T(parts_of_a_segment),
		T(prunes_the_farthest),
		T(ranges_are_capped),
		T(compacts),
		T(gathers_backwards),
		T(gathers_alternating),
		T(memory_runs_out),
		T(take_without_memory),
		cmocka_unit_test(agrees_with_twin),
		T(no_order_is_costly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
