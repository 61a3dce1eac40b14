/* SPDX-License-Identifier: ISC */
/*
 * wheel_test.c - the timing wheel against an array of deadlines
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/wheel.h"
#include "unit/base/dice.h"

#define N_TIMERS 60
#define TICK	 WHEEL_TICK_NS

struct timer {
	struct wheel_guide guide;
	bool armed;
	uint64_t tick;	/* when it must fire */
	uint64_t order; /* of setting */
};

struct fixture {
	struct wheel wheel;
	tern_time due_at;
	struct dice dice;
	tern_time now;
	uint64_t n_set;
	bool exact; /* nothing was cancelled or moved since the wheel was empty,
		       so wheel_next() must be exact */
	struct timer timers[N_TIMERS];
};

static struct fixture *setup(uint64_t seed, tern_time now)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	f.dice.state = seed;
	f.now = now;
	f.exact = true;
	wheel_init(&f.wheel, now, &f.due_at);
	if (seed % 2)
		wheel_guide(&f.wheel);
	return &f;
}

static struct wheel_node *pop(struct wheel *w, tern_time now)
{
	uint32_t unbounded = WHEEL_UNBOUNDED;
	struct wheel_node *n = wheel_pop(w, now, &unbounded);

	assert_true(unbounded == WHEEL_UNBOUNDED);
	return n;
}

static uint64_t tick_up(tern_time t)
{
	return t / TICK + (t % TICK != 0);
}

static void set(struct fixture *f, struct timer *t, tern_time expires)
{
	if (t->armed)
		f->exact = false;
	wheel_set(&f->wheel, &t->guide.node, expires);
	t->armed = expires != TERN_NEVER;
	t->tick = max_u64(tick_up(expires), f->wheel.cur);
	t->order = f->n_set++;
	assert_int_equal(wheel_armed(&t->guide.node), t->armed);
}

static void cancel(struct fixture *f, struct timer *t)
{
	wheel_cancel(&f->wheel, &t->guide.node);
	t->armed = false;
	f->exact = false;
	assert_false(wheel_armed(&t->guide.node));
}

/* The timer that is to fire next, NULL if none is armed. */
static struct timer *earliest(struct fixture *f)
{
	struct timer *best = NULL, *t;

	for (t = f->timers; t < f->timers + N_TIMERS; t++) {
		if (!t->armed)
			continue;
		if (!best || t->tick < best->tick ||
		    (t->tick == best->tick && t->order < best->order))
			best = t;
	}
	return best;
}

static uint32_t n_armed(const struct fixture *f)
{
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < N_TIMERS; i++)
		n += f->timers[i].armed;
	return n;
}

static void check_next(struct fixture *f)
{
	struct timer *t = earliest(f);
	tern_time next = wheel_next(&f->wheel);
	bool beyond = t && t->tick >= UINT64_C(1) << 51;

	assert_int_equal(wheel_count(&f->wheel), n_armed(f));
	assert_true(f->due_at <= wheel_due(&f->wheel));
	assert_true(wheel_due(&f->wheel) <= next);
	if (!t || beyond) {
		assert_true(!f->exact || next == TERN_NEVER);
		return;
	}
	assert_true(next <= t->tick * TICK);
	assert_true(!f->exact || next == t->tick * TICK);
}

static void check_fired(struct fixture *f, struct wheel_node *n)
{
	struct timer *t = container_of(n, struct timer, guide.node);
	struct timer *want = earliest(f);

	if (f->wheel.guided) /* of one tick, who was put off comes later */
		assert_int_equal(t->tick, want->tick);
	else
		assert_ptr_equal(t, want);
	assert_true(t->armed);
	assert_true(t->tick <= f->now / TICK);
	assert_true(n->expires <= f->now); /* never early */
	assert_false(wheel_armed(n));
	t->armed = false;
}

/* As far as the budget goes: what is due then is said to be due. */
static void advance_some(struct fixture *f, tern_time to, uint32_t budget)
{
	struct wheel_node *n;
	struct timer *left;

	f->now = to;
	f->exact = false;
	while ((n = wheel_pop(&f->wheel, to, &budget)))
		check_fired(f, n);
	f->due_at = wheel_due(&f->wheel);
	left = earliest(f);
	if (left && left->tick <= to / TICK) {
		assert_int_equal(budget, 0);
		assert_true(wheel_next(&f->wheel) <= to);
	}
}

/* What due_at says is enough to know that there is nothing to do. */
static bool may_skip(struct fixture *f, tern_time to)
{
	const struct timer *t = earliest(f);

	if (to >= f->due_at)
		return false;
	assert_true(!t || t->tick > to / TICK);
	return dice_below(&f->dice, 2);
}

static void advance(struct fixture *f, tern_time to)
{
	struct wheel_node *n;
	struct timer *want;

	f->now = to;
	if (may_skip(f, to))
		return;
	while ((n = pop(&f->wheel, to)))
		check_fired(f, n);
	f->due_at = wheel_due(&f->wheel);
	want = earliest(f);
	assert_true(!want || want->tick > to / TICK); /* never late */
	if (!want)
		f->exact = true;
}

/* A deadline at any distance: past, on a tick, next to one, or very far. */
static tern_time random_deadline(struct fixture *f)
{
	uint64_t far = dice_scaled(&f->dice, 60);
	tern_time t = add_sat_u64(f->now, far);

	switch (dice_below(&f->dice, 6)) {
	case 0:
		return t / TICK * TICK;
	case 1:
		return t / TICK * TICK + 1;
	case 2:
		return t | (TICK - 1);
	case 3:
		return far > f->now ? 0 : f->now - far;
	default:
		return t;
	}
}

static void twin(uint64_t seed, tern_time start, int rounds, uint32_t max_bits)
{
	struct fixture *f = setup(seed, start);

	while (rounds--) {
		struct timer *t = &f->timers[dice_below(&f->dice, N_TIMERS)];
		uint32_t what = dice_below(&f->dice, 11);

		if (what < 6 && (!t->armed || what == 0))
			set(f, t, random_deadline(f));
		else if (what == 6 && dice_below(&f->dice, 4) == 0)
			cancel(f, t);
		else if (what == 7)
			advance(f, add_sat_u64(f->now, dice_scaled(&f->dice,
								   max_bits)));
		else if (what == 8 && wheel_next(&f->wheel) != TERN_NEVER)
			advance(f, max_u64(f->now, wheel_next(&f->wheel)));
		else if (what == 9)
			advance(f, f->now);
		else if (what == 10)
			advance_some(f,
				     add_sat_u64(f->now, dice_scaled(&f->dice,
								     max_bits)),
				     dice_below(&f->dice, 40));
		check_next(f);
	}
	/* Going from deadline to deadline fires everything there is. */
	while (wheel_next(&f->wheel) != TERN_NEVER)
		advance(f, max_u64(f->now, wheel_next(&f->wheel)));
	assert_true(n_armed(f) == 0 || earliest(f)->tick >= UINT64_C(1) << 51);
}

static void test_random_operations_match_an_array(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 20; seed++)
		twin(seed, 0, 3000, 20 + (uint32_t)seed);
	twin(30, 1, 20000, 30);
	twin(31, UINT64_C(1790000000000000000), 20000, 40); /* wall clock */
	twin(32, (UINT64_C(1) << 61) - 5000, 20000, 30); /* all digits turn */
	twin(34, 1, 20000, 30);				 /* without guides */
	twin(33, UINT64_MAX - (UINT64_C(1) << 40), 20000, 36);
}

static void test_never_early_and_less_than_a_tick_late(void **state)
{
	struct fixture *f = setup(1, 0);
	struct timer *t = &f->timers[0];
	tern_time at;

	(void)state;
	for (at = 3 * TICK - 2; at <= 3 * TICK + 2; at++) {
		wheel_init(&f->wheel, 5, &f->due_at);
		wheel_set(&f->wheel, &t->guide.node, at);
		assert_true(wheel_next(&f->wheel) == tick_up(at) * TICK);
		assert_null(pop(&f->wheel, tick_up(at) * TICK - 1));
		assert_ptr_equal(pop(&f->wheel, tick_up(at) * TICK),
				 &t->guide.node);
		assert_null(pop(&f->wheel, tick_up(at) * TICK));
	}
}

static void test_never_is_not_armed(void **state)
{
	struct fixture *f = setup(1, 0);

	(void)state;
	assert_true(wheel_next(&f->wheel) == TERN_NEVER);
	set(f, &f->timers[0], TERN_NEVER);
	assert_true(wheel_next(&f->wheel) == TERN_NEVER);
	set(f, &f->timers[0], 100);
	set(f, &f->timers[0], TERN_NEVER);
	assert_int_equal(wheel_count(&f->wheel), 0);
	assert_null(pop(&f->wheel, TICK));
	/* The last nanosecond but one is armed, and no tick reaches it. */
	set(f, &f->timers[1], TERN_NEVER - 1);
	assert_true(wheel_next(&f->wheel) == TERN_NEVER);
	assert_null(pop(&f->wheel, TERN_NEVER));
	cancel(f, &f->timers[1]);
	assert_int_equal(wheel_count(&f->wheel), 0);
}

static void test_past_deadline_fires_at_the_next_advance(void **state)
{
	struct fixture *f = setup(1, 1000 * TICK + 7);

	(void)state;
	set(f, &f->timers[0], 3);
	set(f, &f->timers[1], 0);
	assert_true(wheel_next(&f->wheel) <= f->now);
	assert_ptr_equal(pop(&f->wheel, f->now), &f->timers[0].guide.node);
	assert_ptr_equal(pop(&f->wheel, f->now), &f->timers[1].guide.node);
	assert_null(pop(&f->wheel, f->now));
}

static void test_time_may_not_run_backwards(void **state)
{
	struct fixture *f = setup(1, 1000 * TICK);

	(void)state;
	set(f, &f->timers[0], 1001 * TICK);
	assert_null(pop(&f->wheel, 10 * TICK));
	assert_null(pop(&f->wheel, 500 * TICK));
	assert_true(wheel_next(&f->wheel) == 1001 * TICK);
	assert_ptr_equal(pop(&f->wheel, 1001 * TICK), &f->timers[0].guide.node);
}

struct chain {
	struct wheel *w;
	struct timer *timers;
	tern_time now;
	int n_fired;
};

/* Each timer that fires sets itself again, cancels one, and moves one. */
static void fire(void *ctx, struct wheel_node *n)
{
	struct chain *c = ctx;

	c->n_fired++;
	wheel_set(c->w, n, c->now + 1); /* after now: not in this advance */
	wheel_cancel(c->w, &c->timers[1].guide.node);
	wheel_set(c->w, &c->timers[2].guide.node, c->now + 50 * TICK);
}

static void test_handler_may_set_cancel_and_move(void **state)
{
	struct fixture *f = setup(1, 0);
	struct chain c = {&f->wheel, f->timers, 10 * TICK, 0};

	(void)state;
	set(f, &f->timers[0], 5 * TICK);
	set(f, &f->timers[1], 6 * TICK);
	set(f, &f->timers[2], 7 * TICK);
	assert_int_equal(wheel_advance(&f->wheel, c.now, fire, &c), 1);
	assert_int_equal(c.n_fired, 1);
	assert_true(wheel_armed(&f->timers[0].guide.node));
	assert_false(wheel_armed(&f->timers[1].guide.node));
	assert_true(wheel_armed(&f->timers[2].guide.node));
	c.now = 11 * TICK;
	assert_int_equal(wheel_advance(&f->wheel, c.now, fire, &c), 1);
}

static void test_idle_wheel_does_not_wake_for_cascades(void **state)
{
	struct fixture *f = setup(1, 12345);
	tern_time day = 86400 * TERN_S;

	(void)state;
	set(f, &f->timers[0], f->now + 50 * day);
	assert_true(wheel_next(&f->wheel) == f->timers[0].tick * TICK);
	advance(f, f->now + day);
	assert_true(wheel_next(&f->wheel) == f->timers[0].tick * TICK);
	advance(f, f->now + 49 * day + TICK);
	assert_int_equal(n_armed(f), 0);
}

static void test_many_timers_fire_in_order(void **state)
{
	enum { N = 100000 };
	struct timer *timers = calloc(N, sizeof(*timers));
	struct fixture *f = setup(2, 0);
	struct wheel_node *n;
	uint64_t last = 0;
	size_t i, n_fired = 0;

	(void)state;
	for (i = 0; i < N; i++)
		wheel_set(&f->wheel, &timers[i].guide.node,
			  dice_u64(&f->dice) % (7200 * TERN_S));
	assert_int_equal(wheel_count(&f->wheel), N);
	while ((n = pop(&f->wheel, 7200 * TERN_S + TICK))) {
		assert_true(tick_up(n->expires) >= last);
		last = tick_up(n->expires);
		n_fired++;
	}
	assert_int_equal(n_fired, N);
	assert_true(wheel_next(&f->wheel) == TERN_NEVER);
	free(timers);
}

#define MANY 1000

/* Many in one slot of a high level, one a tick, in some order. */
static struct timer *fill_slot(struct fixture *f, tern_time from)
{
	struct timer *timers = calloc(MANY, sizeof(*timers));
	size_t i;

	assert_non_null(timers);
	for (i = 0; i < MANY; i++)
		wheel_set(&f->wheel, &timers[i].guide.node,
			  from + i * 7 % MANY * TICK);
	return timers;
}

#define SLOT_4 (TICK << 24) /* a slot of level 4 */

static void test_a_large_slot_goes_down_bit_by_bit(void **state)
{
	const tern_time from = 3 * SLOT_4 + 960 * TICK;
	struct fixture *f = setup(1, 0);
	struct timer *timers = fill_slot(f, from);
	struct timer same = {.armed = true};
	uint32_t budget = 4096, calls = 0;
	struct wheel_node *n;
	size_t i;

	(void)state;
	/* Nothing is due: nobody is woken, and a call does little. */
	assert_null(wheel_pop(&f->wheel, 3 * SLOT_4, &budget));
	assert_true(budget < 4096);
	assert_true(budget >= 4096 - MANY / 2);
	assert_true(wheel_next(&f->wheel) == from);
	/* One that is set for the tick of others comes after them, though they
	 * have still to go down; and what is due before comes before. */
	wheel_set(&f->wheel, &same.guide.node, from);
	wheel_set(&f->wheel, &f->timers[0].guide.node, from - 940 * TICK);
	assert_ptr_equal(pop(&f->wheel, from - 940 * TICK),
			 &f->timers[0].guide.node);
	assert_null(pop(&f->wheel, from - TICK));
	/* At their time as many calls are needed as the budget makes it. */
	do {
		assert_true(wheel_next(&f->wheel) <= from);
		budget = 10;
		n = wheel_pop(&f->wheel, from, &budget);
	} while (!n && ++calls < MANY);
	assert_true(calls > 10);
	assert_ptr_equal(n, &timers[0].guide.node);
	assert_ptr_equal(pop(&f->wheel, from), &same.guide.node);
	for (i = 1; i < MANY; i++) {
		n = pop(&f->wheel, from + MANY * TICK);
		assert_true(n->expires == from + i * TICK);
	}
	assert_true(wheel_next(&f->wheel) == TERN_NEVER);
	free(timers);
}

static void test_what_is_going_down_may_be_cancelled(void **state)
{
	const tern_time from = 3 * SLOT_4 + 960 * TICK;
	struct fixture *f = setup(1, 0);
	struct timer *timers = fill_slot(f, from);
	uint32_t budget = 20;
	size_t i;

	(void)state;
	assert_null(wheel_pop(&f->wheel, from, &budget));
	assert_int_equal(budget, 0);
	for (i = 0; i < MANY; i++)
		wheel_cancel(&f->wheel, &timers[i].guide.node);
	assert_int_equal(wheel_count(&f->wheel), 0);
	assert_true(wheel_next(&f->wheel) == TERN_NEVER);
	assert_null(pop(&f->wheel, from + MANY * TICK));
	set(f, &f->timers[0], from + 2 * SLOT_4);
	assert_ptr_equal(pop(&f->wheel, from + 2 * SLOT_4),
			 &f->timers[0].guide.node);
	free(timers);
}

static void test_timers_of_one_tick_go_down_together(void **state)
{
	const tern_time at = 5 * SLOT_4 + 77777 * TICK;
	struct fixture *f = setup(1, 0);
	struct timer *timers = calloc(MANY, sizeof(*timers));
	uint32_t budget = 1;
	size_t i;

	(void)state;
	for (i = 0; i < MANY; i++)
		wheel_set(&f->wheel, &timers[i].guide.node, at - i % 2);
	/* No budget is needed for that. */
	assert_ptr_equal(wheel_pop(&f->wheel, at, &budget),
			 &timers[0].guide.node);
	assert_int_equal(budget, 0);
	for (i = 1; i < MANY; i++)
		assert_ptr_equal(pop(&f->wheel, at), &timers[i].guide.node);
	assert_null(pop(&f->wheel, at + TICK));
	free(timers);
}

/* What is set while a slot goes down, at the ticks of others or between. */
static void test_what_is_set_meanwhile_comes_after(void **state)
{
	const tern_time from = 3 * SLOT_4 + 960 * TICK;
	const tern_time end = from + MANY * TICK;
	struct fixture *f = setup(1, 0);
	struct timer *timers = fill_slot(f, from);
	uint32_t budget = 4096;
	struct wheel_node *n;
	size_t i;

	(void)state;
	assert_null(wheel_pop(&f->wheel, 3 * SLOT_4, &budget));
	assert_true(budget >= 4096 - MANY / 2);
	f->due_at = TERN_NEVER;
	for (i = 0; i < 10; i++)
		wheel_set(&f->wheel, &f->timers[i].guide.node, from + i * TICK);
	assert_true(f->due_at <= wheel_due(&f->wheel));
	wheel_set(&f->wheel, &f->timers[10].guide.node, from - 1 - TICK);
	wheel_set(&f->wheel, &f->timers[11].guide.node, end);
	wheel_set(&f->wheel, &f->timers[12].guide.node, 4 * SLOT_4);
	assert_ptr_equal(pop(&f->wheel, from - TICK),
			 &f->timers[10].guide.node);
	for (i = 0; i < MANY; i++) {
		n = pop(&f->wheel, end);
		assert_true(n->expires == from + i * TICK);
		if (i < 10)
			assert_ptr_equal(pop(&f->wheel, end),
					 &f->timers[i].guide.node);
	}
	assert_ptr_equal(pop(&f->wheel, end), &f->timers[11].guide.node);
	assert_true(wheel_next(&f->wheel) == 4 * SLOT_4);
	assert_ptr_equal(pop(&f->wheel, 4 * SLOT_4), &f->timers[12].guide.node);
	free(timers);
}

static void test_peek_shows_what_comes_and_takes_nothing(void **state)
{
	struct fixture *f = setup(1, 0);
	struct wheel_node *seen[N_TIMERS];
	size_t i;

	(void)state;
	assert_int_equal(wheel_peek(&f->wheel, TICK, seen, N_TIMERS), 0);
	for (i = 0; i < 10; i++)
		set(f, &f->timers[i], (i + 1) * TICK);
	assert_int_equal(wheel_peek(&f->wheel, 0, seen, N_TIMERS), 0);
	assert_int_equal(wheel_peek(&f->wheel, 5 * TICK, seen, N_TIMERS), 5);
	assert_int_equal(wheel_peek(&f->wheel, 20 * TICK, seen, 3), 3);
	for (i = 0; i < 3; i++)
		assert_ptr_equal(seen[i], &f->timers[i].guide.node);
	assert_int_equal(wheel_count(&f->wheel), 10);
	advance(f, 20 * TICK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_operations_match_an_array),
		cmocka_unit_test(test_never_early_and_less_than_a_tick_late),
		cmocka_unit_test(test_never_is_not_armed),
		cmocka_unit_test(test_past_deadline_fires_at_the_next_advance),
		cmocka_unit_test(test_time_may_not_run_backwards),
		cmocka_unit_test(test_handler_may_set_cancel_and_move),
		cmocka_unit_test(test_idle_wheel_does_not_wake_for_cascades),
		cmocka_unit_test(test_many_timers_fire_in_order),
		cmocka_unit_test(test_a_large_slot_goes_down_bit_by_bit),
		cmocka_unit_test(test_what_is_going_down_may_be_cancelled),
		cmocka_unit_test(test_timers_of_one_tick_go_down_together),
		cmocka_unit_test(test_what_is_set_meanwhile_comes_after),
		cmocka_unit_test(test_peek_shows_what_comes_and_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
