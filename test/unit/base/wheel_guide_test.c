/* SPDX-License-Identifier: ISC */
/*
 * wheel_guide_test.c - nodes of the timing wheel know who comes a little later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/wheel.h"

#define MANY 1000
#define TICK WHEEL_TICK_NS
#define FAR  (TICK << 24) /* where a slot of a high level begins */

struct fixture {
	struct wheel wheel;
	tern_time due_at;
	struct wheel_guide timers[MANY];
};

static struct fixture *setup(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	wheel_init(&f->wheel, 0, &f->due_at);
	return f;
}

static struct wheel_guide *pop(struct fixture *f, tern_time now)
{
	uint32_t unbounded = WHEEL_UNBOUNDED;
	struct wheel_node *n = wheel_pop(&f->wheel, now, &unbounded);

	return n ? container_of(n, struct wheel_guide, node) : NULL;
}

/* Of every `step`th from `first` on: how many know the right one. */
static size_t n_guided(const struct fixture *f, size_t first, size_t step)
{
	const struct wheel_guide *g = f->timers;
	size_t i, n = 0;

	for (i = first; i + WHEEL_AHEAD * step < MANY; i += step)
		n += g[i].ahead == &g[i + WHEEL_AHEAD * step].node.link;
	return n;
}

static void test_each_knows_who_comes_a_few_later(void **state)
{
	struct fixture *f = setup();
	size_t i;

	(void)state;
	wheel_guide(&f->wheel);
	for (i = 0; i < MANY; i++)
		wheel_set(&f->wheel, &f->timers[i].node, FAR + i % 2 * TICK);
	assert_int_equal(n_guided(f, 0, 1), MANY - WHEEL_AHEAD);
	/* They go down, to two slots. */
	assert_ptr_equal(pop(f, FAR), &f->timers[0]);
	assert_int_equal(n_guided(f, 0, 2), MANY / 2 - WHEEL_AHEAD);
	assert_int_equal(n_guided(f, 1, 2), MANY / 2 - WHEEL_AHEAD);
	free(f);
}

/* Whose memory may be gone: a sanitizer would see if it was looked at. */
static void test_who_leaves_is_missed_by_nobody(void **state)
{
	struct fixture *f = setup();
	struct wheel_guide *gone = calloc(1, sizeof(*gone));
	size_t i;

	(void)state;
	assert_non_null(gone);
	wheel_guide(&f->wheel);
	for (i = 0; i < MANY; i++) {
		wheel_set(&f->wheel, &f->timers[i].node, FAR + i * TICK);
		if (i == MANY / 2)
			wheel_set(&f->wheel, &gone->node, FAR + i * TICK);
	}
	assert_ptr_equal(f->timers[MANY / 2 + 1 - WHEEL_AHEAD].ahead,
			 &gone->node.link);
	wheel_cancel(&f->wheel, &gone->node);
	free(gone);
	for (i = 0; i < MANY; i++)
		assert_ptr_equal(pop(f, FAR + MANY * TICK), &f->timers[i]);
	assert_null(pop(f, FAR + MANY * TICK));
	free(f);
}

static void test_a_wheel_of_plain_nodes_writes_no_guide(void **state)
{
	struct fixture *f = setup();
	size_t i;

	(void)state;
	for (i = 0; i < MANY; i++)
		wheel_set(&f->wheel, &f->timers[i].node, FAR + i % 2 * TICK);
	while (pop(f, FAR + TICK))
		;
	for (i = 0; i < MANY; i++)
		assert_null(f->timers[i].ahead);
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_knows_who_comes_a_few_later),
		cmocka_unit_test(test_who_leaves_is_missed_by_nobody),
		cmocka_unit_test(test_a_wheel_of_plain_nodes_writes_no_guide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
