/* SPDX-License-Identifier: ISC */
/*
 * agenda_test.c - calls come out in order of time, then of noting
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/agenda.h"
#include "sim/chance.h"

static void no_call(void *ctx)
{
	(void)ctx;
}

static void note(struct sim_agenda *a, tern_time at, void *ctx)
{
	assert_int_equal(sim_agenda_add(a, at, no_call, ctx), 0);
}

static void an_empty_agenda_is_never_due(void **state)
{
	struct sim_agenda a = {0};

	(void)state;
	assert_true(sim_agenda_next(&a) == TERN_NEVER);
	sim_agenda_clear(&a);
}

static void calls_of_one_instant_keep_their_order(void **state)
{
	struct sim_agenda a = {0};
	int marks[100], i;

	(void)state;
	for (i = 0; i < 100; i++)
		note(&a, 7, &marks[i]);
	for (i = 0; i < 100; i++)
		assert_ptr_equal(sim_agenda_take(&a).ctx, &marks[i]);
	assert_int_equal(a.n, 0);
	sim_agenda_clear(&a);
}

static void calls_come_in_order_of_time(void **state)
{
	struct sim_agenda a = {0};
	struct sim_chance c = {1};
	tern_time last = 0;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		note(&a, sim_chance_between(&c, 0, 300), &a);
	for (i = 0; i < 1000; i++) {
		tern_time next = sim_agenda_next(&a);
		struct sim_call call = sim_agenda_take(&a);

		assert_true(call.at == next && call.at >= last);
		last = call.at;
	}
	assert_true(sim_agenda_next(&a) == TERN_NEVER);
	sim_agenda_clear(&a);
}

static void what_is_forgotten_is_not_called(void **state)
{
	struct sim_agenda a = {0};
	struct sim_chance c = {2};
	tern_time last = 0;
	int keep, drop, i;

	(void)state;
	for (i = 0; i < 500; i++)
		note(&a, sim_chance_between(&c, 0, 1000),
		     i % 3 ? &drop : &keep);
	sim_agenda_forget(&a, &drop);
	assert_int_equal(a.n, 167);
	while (a.n) {
		struct sim_call call = sim_agenda_take(&a);

		assert_ptr_equal(call.ctx, &keep);
		assert_true(call.at >= last);
		last = call.at;
	}
	sim_agenda_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_agenda_is_never_due),
		cmocka_unit_test(calls_of_one_instant_keep_their_order),
		cmocka_unit_test(calls_come_in_order_of_time),
		cmocka_unit_test(what_is_forgotten_is_not_called),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
