/* SPDX-License-Identifier: ISC */
/*
 * wheel_guide_test.c - nodes of the timing wheel know who comes a little later,
 * and where they stand
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/wheel.h"

#define MANY 10000
#define TICK WHEEL_TICK_NS
#define TURN (WHEEL_TURN * TICK)
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

/* Whom it knows. */
static const void *ahead(const struct wheel_guide *g)
{
	return g->ahead ? (const char *)&g->node.link + 8 * (ptrdiff_t)g->ahead
			: NULL;
}

/* Of every `step`th from `first` on: how many know the right one. */
static size_t n_guided(const struct fixture *f, size_t first, size_t step)
{
	const struct wheel_guide *g = f->timers;
	size_t i, n = 0;

	for (i = first; i + WHEEL_AHEAD * step < MANY; i += step)
		n += ahead(&g[i]) == &g[i + WHEEL_AHEAD * step].node.link;
	return n;
}

static void test_each_knows_who_comes_a_few_later(void **state)
{
	struct fixture *f = setup();
	size_t i;

	(void)state;
	wheel_guide(&f->wheel);
	for (i = 0; i < MANY; i++)
		wheel_set(&f->wheel, &f->timers[i].node, FAR + i % 2 * TURN);
	/* As long as there are few, nobody needs to know. */
	assert_int_equal(n_guided(f, 0, 1), MANY - WHEEL_CROWD);
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
	const struct wheel_guide *before =
		&f->timers[MANY / 2 + 1 - WHEEL_AHEAD];
	const ptrdiff_t far = (const char *)gone - (const char *)before;
	size_t i;

	(void)state;
	assert_non_null(gone);
	wheel_guide(&f->wheel);
	for (i = 0; i < MANY; i++) {
		wheel_set(&f->wheel, &f->timers[i].node, FAR + i * TICK);
		if (i == MANY / 2)
			wheel_set(&f->wheel, &gone->node, FAR + i * TICK);
	}
	/* Only so far can it be told of. */
	if (far / 8 == (int32_t)(far / 8))
		assert_ptr_equal(ahead(before), &gone->node.link);
	else
		assert_null(ahead(before));
	wheel_cancel(&f->wheel, &gone->node);
	free(gone);
	for (i = 0; i < MANY; i++)
		assert_ptr_equal(pop(f, FAR + MANY * TICK + TURN),
				 &f->timers[i]);
	assert_null(pop(f, FAR + MANY * TICK + TURN));
	free(f);
}

/* Many wait for the end of the turn, and go down as they are. */
static void test_far_deadlines_of_a_crowd_fall_together(void **state)
{
	const tern_time far = 100 * TURN;
	struct fixture *f = setup();
	struct wheel_guide *g;
	tern_time now;
	size_t i, n = 0;

	(void)state;
	wheel_guide(&f->wheel);
	for (i = 0; i < MANY; i++)
		wheel_set(&f->wheel, &f->timers[i].node, far + i * 1000);
	assert_true(f->timers[WHEEL_CROWD - 1].node.expires ==
		    far + (WHEEL_CROWD - 1) * 1000);
	for (now = far; n < MANY; now += TICK)
		while ((g = pop(f, now)) != NULL) {
			i = (size_t)(g - f->timers);
			assert_true(now >= far + i * 1000);
			assert_true(now < far + i * 1000 + TURN);
			assert_true(i < WHEEL_CROWD || now % TURN == 0);
			n++;
		}
	/* Near ones are as exact as ever. */
	for (i = 0; i < MANY; i++)
		wheel_set(&f->wheel, &f->timers[i].node, now + 2 * TURN);
	wheel_set(&f->wheel, &f->timers[0].node, now + TURN + 1);
	assert_null(pop(f, now + TURN));
	assert_ptr_equal(pop(f, now + TURN + TICK), &f->timers[0]);
	free(f);
}

static void set(struct fixture *f, tern_time expires)
{
	wheel_set(&f->wheel, &f->timers[0].node, expires);
}

static bool fires_at(struct fixture *f, tern_time at)
{
	return !pop(f, at - 1) && pop(f, at) == &f->timers[0];
}

/* It stays where it is, and fires in time nevertheless. */
static void test_who_is_put_off_is_not_moved(void **state)
{
	struct fixture *f = setup();
	const struct list *place;

	(void)state;
	wheel_guide(&f->wheel);
	set(f, 1000 * TICK);
	place = f->timers[0].node.link.next;
	set(f, 5000 * TICK);
	assert_ptr_equal(f->timers[0].node.link.next, place);
	assert_true(wheel_next(&f->wheel) == 1000 * TICK);
	assert_null(pop(f, 1000 * TICK));
	assert_true(wheel_next(&f->wheel) == 5000 * TICK);
	assert_true(fires_at(f, 5000 * TICK));
	/* Between its place and its deadline it stays, before that it moves. */
	set(f, 6000 * TICK);
	set(f, 90000 * TICK);
	set(f, 7000 * TICK);
	assert_true(wheel_next(&f->wheel) == 6000 * TICK);
	set(f, 5500 * TICK);
	assert_true(wheel_next(&f->wheel) == 5500 * TICK);
	set(f, 7000 * TICK);
	assert_true(fires_at(f, 7000 * TICK));
	assert_int_equal(wheel_count(&f->wheel), 0);
	free(f);
}

/* A place is known in 32 bits: those too far for that are moved. */
static void test_from_very_far_to_near(void **state)
{
	struct fixture *f = setup();
	tern_time far;

	(void)state;
	for (far = TICK << 28; far < TICK << 34; far += TICK << 27) {
		wheel_init(&f->wheel, 0, &f->due_at);
		wheel_guide(&f->wheel);
		set(f, far);
		set(f, far + (TICK << 31));
		set(f, 50 * TURN);
		assert_true(fires_at(f, 50 * TURN));
		set(f, far);
		set(f, far + 1);
		assert_true(fires_at(f, far + TICK));
	}
	free(f);
}

static void test_a_wheel_of_plain_nodes_writes_no_guide(void **state)
{
	struct fixture *f = setup();
	size_t i;

	(void)state;
	for (i = 0; i < MANY; i++)
		wheel_set(&f->wheel, &f->timers[i].node, FAR + i % 2 * TURN);
	while (pop(f, FAR + TURN))
		;
	for (i = 0; i < MANY; i++)
		assert_null(ahead(&f->timers[i]));
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_knows_who_comes_a_few_later),
		cmocka_unit_test(test_who_leaves_is_missed_by_nobody),
		cmocka_unit_test(test_far_deadlines_of_a_crowd_fall_together),
		cmocka_unit_test(test_who_is_put_off_is_not_moved),
		cmocka_unit_test(test_from_very_far_to_near),
		cmocka_unit_test(test_a_wheel_of_plain_nodes_writes_no_guide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
