/* SPDX-License-Identifier: ISC */
/*
 * reass_test.c - reassembly: every shape of overlap, and what comes out
 *
 * What it costs is reass_cost_test.c.
 */
#include "unit/tcp/reass_fixture.h"

#include "unit/base/dice.h"
#include "unit/tcp/reass_twin.h"

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
static const struct {
	uint32_t off, len;	      /* of the new segment */
	uint32_t n_ranges;	      /* after it */
	uint32_t stored, left, right; /* right: end of duplicates */
	bool merged;
	const char *text; /* after all gaps are filled with '.' */
} shape[] = {
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

static void shapes(void **state)
{
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(shape); i++) {
		uint32_t left = shape[i].right ? shape[i].left : shape[i].off;
		uint32_t right = shape[i].right ? shape[i].right : shape[i].off;

		insert(f, 10, 10, 'a');
		insert(f, 30, 10, 'c');
		assert_int_equal(insert(f, shape[i].off, shape[i].len, 'b'), 0);
		assert_int_equal(f->r.n_ranges, shape[i].n_ranges);
		assert_int_equal(f->res.stored, shape[i].stored);
		assert_int_equal(f->res.duplicate,
				 shape[i].len - shape[i].stored);
		assert_int_equal(f->res.dup_left.u, BASE + left);
		assert_int_equal(f->res.dup_right.u, BASE + right);
		assert_int_equal(f->res.merged, shape[i].merged);
		insert(f, 0, 50, '.');
		assert_int_equal(f->r.n_ranges, 1);
		assert_take(f, 0, shape[i].text);
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

#define T(f) cmocka_unit_test_setup_teardown(f, reass_setup, reass_teardown)

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
		cmocka_unit_test(agrees_with_twin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
