/* SPDX-License-Identifier: ISC */
/*
 * cc_test.c - the table of algorithms, and the initial window
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/cc.h"

static void finds_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(cc_find("reno"), &cc_newreno);
	assert_ptr_equal(cc_find("cubic"), &cc_cubic);
	assert_ptr_equal(cc_find("bbr"), &cc_bbr);
	assert_ptr_equal(cc_find("bbr1"), &cc_bbr1);
	assert_ptr_equal(cc_at(0), &cc_cubic); /* the default */
	assert_null(cc_find("Reno"));
	assert_null(cc_find(""));
	assert_null(cc_find("renoo"));
}

/* Every algorithm is whole, and found under its own name only. */
static void table_is_whole(void **state)
{
	const struct cc_ops *ops;
	unsigned int i;

	(void)state;
	for (i = 0; (ops = cc_at(i)) != NULL; i++) {
		assert_ptr_equal(cc_find(ops->name), ops);
		assert_non_null(ops->on_ack);
		assert_non_null(ops->on_loss);
		assert_non_null(ops->on_rto);
		assert_non_null(ops->on_undo);
	}
	assert_true(i >= 1);
	assert_null(cc_at(i));
	assert_null(cc_at(UINT32_MAX));
}

/* RFC 6928 2: min(10 * MSS, max(2 * MSS, 14600)). */
static void initial_window(void **state)
{
	static const struct {
		uint32_t smss, n, iw;
	} rows[] = {
		{536, 10, 5360},
		{1220, 10, 12200},
		{1460, 10, 14600},
		{1461, 10, 14600},
		{2190, 10, 14600},
		{7300, 10, 14600},
		{7301, 10, 14602},
		{8940, 10, 17880},
		{65495, 10, 130990},
		{1460, 1, 1460},
		{1460, 2, 2920},
		{1460, 4, 5840},
		{8940, 1, 8940},
		{1, 10, 10},
		{1460, 0, 1},
		{65495, 100000, 146000000},
		{UINT32_MAX, 3, UINT32_MAX},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t iw = cc_initial_window(rows[i].smss, rows[i].n);

		assert_int_equal(iw, rows[i].iw);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_name),
		cmocka_unit_test(table_is_whole),
		cmocka_unit_test(initial_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
