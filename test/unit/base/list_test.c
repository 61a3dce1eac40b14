/* SPDX-License-Identifier: ISC */
/*
 * list_test.c - linked lists, against an array
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/list.h"
#include "unit/base/dice.h"

#define N_ITEMS 12

struct item {
	int id;
	struct list link;
};

static int id_of(struct list *n)
{
	return LIST_ENTRY(n, struct item, link)->id;
}

/* Checks that the list holds these ids, forwards and backwards. */
static void check(const struct list *head, const int *ids, int n)
{
	struct list *at;
	int i = 0;

	list_for_each(at, head) {
		assert_true(i < n);
		assert_int_equal(id_of(at), ids[i++]);
	}
	assert_int_equal(i, n);
	for (at = head->prev; at != head; at = at->prev)
		assert_int_equal(id_of(at), ids[--i]);
	assert_int_equal(i, 0);
	assert_int_equal(list_empty(head), n == 0);
	if (n == 0) {
		assert_null(list_first(head));
		assert_null(list_last(head));
		return;
	}
	assert_int_equal(id_of(list_first(head)), ids[0]);
	assert_int_equal(id_of(list_last(head)), ids[n - 1]);
	assert_null(list_prev(head, list_first(head)));
	assert_null(list_next(head, list_last(head)));
}

static void test_zeroed_node_is_unlinked(void **state)
{
	struct item a = {0};

	(void)state;
	assert_false(list_linked(&a.link));
	list_del(&a.link);
	assert_false(list_linked(&a.link));
}

static void test_alone_on_a_list_is_linked(void **state)
{
	struct list head;
	struct item a = {1, {NULL, NULL}};

	(void)state;
	list_init(&head);
	list_add_head(&head, &a.link);
	assert_true(list_linked(&a.link));
	list_del(&a.link);
	assert_false(list_linked(&a.link));
	assert_true(list_empty(&head));
	list_del(&a.link); /* once more does no harm */
	assert_true(list_empty(&head));
}

static void insert_at(int *ids, int *n, int at, int id)
{
	int i;

	for (i = (*n)++; i > at; i--)
		ids[i] = ids[i - 1];
	ids[at] = id;
}

static int find(const int *ids, int n, int id)
{
	int i = 0;

	while (i < n && ids[i] != id)
		i++;
	return i;
}

static void remove_at(int *ids, int *n, int at)
{
	for ((*n)--; at < *n; at++)
		ids[at] = ids[at + 1];
}

static void test_random_operations_match_an_array(void **state)
{
	struct dice d = {1};
	struct item items[N_ITEMS] = {{0, {NULL, NULL}}};
	struct list head;
	int ids[N_ITEMS], n = 0, i, round;

	(void)state;
	list_init(&head);
	for (i = 0; i < N_ITEMS; i++)
		items[i].id = i;
	for (round = 0; round < 20000; round++) {
		struct item *it = &items[dice_below(&d, N_ITEMS)];
		uint32_t what = dice_below(&d, 5);
		int other = n ? ids[dice_below(&d, (uint32_t)n)] : -1;

		if (list_linked(&it->link)) {
			list_del(&it->link);
			remove_at(ids, &n, find(ids, n, it->id));
		} else if (what == 0) {
			list_add_head(&head, &it->link);
			insert_at(ids, &n, 0, it->id);
		} else if (what == 1 || other < 0) {
			list_add_tail(&head, &it->link);
			insert_at(ids, &n, n, it->id);
		} else if (what == 2) {
			list_add_before(&items[other].link, &it->link);
			insert_at(ids, &n, find(ids, n, other), it->id);
		} else if (what == 3) {
			list_add_after(&items[other].link, &it->link);
			insert_at(ids, &n, find(ids, n, other) + 1, it->id);
		} else {
			assert_int_equal(id_of(list_pop_head(&head)), ids[0]);
			remove_at(ids, &n, 0);
		}
		check(&head, ids, n);
	}
}

static void test_splice_moves_all_in_order(void **state)
{
	const int want[] = {0, 1, 2, 3};
	struct item items[4] = {{0, {NULL, NULL}}};
	struct list a, b;
	int i;

	(void)state;
	list_init(&a);
	list_init(&b);
	list_splice_tail(&a, &b); /* nothing to nothing */
	check(&a, want, 0);
	for (i = 0; i < 4; i++) {
		items[i].id = i;
		list_add_tail(i < 2 ? &a : &b, &items[i].link);
	}
	list_splice_tail(&a, &b);
	check(&a, want, 4);
	check(&b, want, 0);
	list_splice_tail(&b, &a);
	check(&b, want, 4);
	list_splice_tail(&b, &a);
	check(&b, want, 4);
	check(&a, want, 0);
}

static void test_safe_walk_survives_removal(void **state)
{
	const int want[] = {1, 3};
	struct item items[5] = {{0, {NULL, NULL}}};
	struct list head, *n, *tmp;
	int i;

	(void)state;
	list_init(&head);
	for (i = 0; i < 5; i++) {
		items[i].id = i;
		list_add_tail(&head, &items[i].link);
	}
	list_for_each_safe(n, tmp, &head) {
		if (id_of(n) % 2 == 0)
			list_del(n);
	}
	check(&head, want, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zeroed_node_is_unlinked),
		cmocka_unit_test(test_alone_on_a_list_is_linked),
		cmocka_unit_test(test_random_operations_match_an_array),
		cmocka_unit_test(test_splice_moves_all_in_order),
		cmocka_unit_test(test_safe_walk_survives_removal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
