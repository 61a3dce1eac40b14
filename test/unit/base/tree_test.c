/* SPDX-License-Identifier: ISC */
/*
 * tree_test.c - the red-black tree against an array of flags
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/tree.h"
#include "unit/base/dice.h"

#define N_MAX 1000

struct item {
	struct tree_node node;
	uint32_t key;
};

struct fixture {
	struct tree tree;
	uint32_t base; /* key of item 0: keys may wrap at 2^32 */
	uint32_t n;    /* items in use */
	struct item items[N_MAX];
	bool in[N_MAX];
};

static struct item *item_of(struct tree_node *n)
{
	return n ? container_of(n, struct item, node) : NULL;
}

static uint32_t key_of(const struct tree_node *n)
{
	return ((const struct item *)(const void *)n)->key;
}

/* The order of sequence numbers: correct across the wrap. */
static int compare(const struct tree_node *a, const struct tree_node *b)
{
	int32_t d = (int32_t)(key_of(a) - key_of(b));

	return d < 0 ? -1 : d > 0;
}

static int compare_key(const void *key, const struct tree_node *n)
{
	int32_t d = (int32_t)(*(const uint32_t *)key - key_of(n));

	return d < 0 ? -1 : d > 0;
}

static struct fixture *setup(uint32_t base, uint32_t n)
{
	static struct fixture f;
	uint32_t i;

	memset(&f, 0, sizeof(f));
	f.base = base;
	f.n = n;
	for (i = 0; i < n; i++)
		f.items[i].key = base + i;
	return &f;
}

/* The first item in the tree from i on, or the last before it. */
static struct item *at_or_after(struct fixture *f, uint32_t i)
{
	while (i < f->n && !f->in[i])
		i++;
	return i < f->n ? &f->items[i] : NULL;
}

static struct item *before(struct fixture *f, uint32_t i)
{
	while (i > 0 && !f->in[i - 1])
		i--;
	return i > 0 ? &f->items[i - 1] : NULL;
}

static void check(struct fixture *f)
{
	uint32_t i;

	tree_check(&f->tree);
	assert_ptr_equal(item_of(tree_first(&f->tree)), at_or_after(f, 0));
	assert_ptr_equal(item_of(tree_last(&f->tree)), before(f, f->n));
	assert_int_equal(tree_empty(&f->tree), !at_or_after(f, 0));
	for (i = 0; i < f->n; i++) {
		uint32_t key = f->base + i;
		struct item *it = &f->items[i];

		assert_ptr_equal(
			item_of(tree_lower_bound(&f->tree, &key, compare_key)),
			at_or_after(f, i));
		assert_ptr_equal(
			item_of(tree_find(&f->tree, &key, compare_key)),
			f->in[i] ? it : NULL);
		if (!f->in[i])
			continue;
		assert_ptr_equal(item_of(tree_next(&it->node)),
				 at_or_after(f, i + 1));
		assert_ptr_equal(item_of(tree_prev(&it->node)), before(f, i));
	}
}

static void insert(struct fixture *f, struct dice *d, uint32_t i)
{
	struct item *next = at_or_after(f, i), *prev = before(f, i);
	uint32_t how = dice_below(d, 3);

	if (how == 1 && next)
		tree_insert_before(&f->tree, &f->items[i].node, &next->node);
	else if (how == 2 && prev)
		tree_insert_after(&f->tree, &f->items[i].node, &prev->node);
	else
		assert_null(tree_insert(&f->tree, &f->items[i].node, compare));
	f->in[i] = true;
}

static void twin(uint64_t seed, uint32_t base, uint32_t n, int rounds)
{
	struct fixture *f = setup(base, n);
	struct dice d = {seed};
	int every = n > 100 ? 50 : 1;
	uint32_t fill = 50;

	while (rounds--) {
		uint32_t i = dice_below(&d, n);

		if (rounds % 500 == 0)
			fill = dice_below(&d, 101);
		if (!f->in[i] && dice_below(&d, 100) < fill) {
			insert(f, &d, i);
		} else if (f->in[i] && dice_below(&d, 100) >= fill) {
			tree_erase(&f->tree, &f->items[i].node);
			f->in[i] = false;
		}
		if (rounds % every == 0)
			check(f);
	}
}

static void test_random_operations_match_an_array(void **state)
{
	(void)state;
	twin(1, 0, 3, 2000);
	twin(2, UINT32_MAX - 3, 8, 10000);
	twin(3, UINT32_MAX - 15, 40, 20000);
	twin(4, 0x7fffff00, N_MAX, 30000);
}

static void test_equal_key_is_not_inserted(void **state)
{
	struct fixture *f = setup(5, 2);
	struct item twin_of_0 = {.key = 5};

	(void)state;
	assert_null(tree_insert(&f->tree, &f->items[0].node, compare));
	assert_null(tree_insert(&f->tree, &f->items[1].node, compare));
	assert_ptr_equal(tree_insert(&f->tree, &twin_of_0.node, compare),
			 &f->items[0].node);
	f->in[0] = true;
	f->in[1] = true;
	check(f);
}

static uint32_t depth(const struct tree_node *n)
{
	return n ? 1 + max_u32(depth(n->child[0]), depth(n->child[1])) : 0;
}

static void test_ordered_insertion_stays_flat(void **state)
{
	struct fixture *f = setup(0, N_MAX);
	uint32_t i;

	(void)state;
	for (i = 0; i < N_MAX; i++) {
		tree_link(&f->tree, &f->items[i].node, tree_last(&f->tree),
			  true);
		f->in[i] = true;
	}
	check(f);
	/* 2 log2(n + 1) is the bound of the book. */
	assert_true(depth(f->tree.root) <= 20);
	for (i = 0; i < N_MAX; i++) {
		tree_erase(&f->tree, tree_first(&f->tree));
		f->in[i] = false;
	}
	check(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_operations_match_an_array),
		cmocka_unit_test(test_equal_key_is_not_inserted),
		cmocka_unit_test(test_ordered_insertion_stays_flat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
