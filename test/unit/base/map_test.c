/* SPDX-License-Identifier: ISC */
/*
 * map_test.c - the map against an array that remembers what is in it
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/map.h"
#include "unit/base/dice.h"
#include "unit/base/meter.h"

#define N_ITEMS 6000

struct item {
	struct map_node node;
	uint32_t hash;
	bool in;
	bool always; /* was in all the time of a visit */
	int n_seen;
};

struct fixture {
	struct meter meter;
	struct mem mem;
	struct map map;
	struct dice dice;
	uint32_t n_in;
	struct item items[N_ITEMS];
};

static struct fixture fixture;

/* Hashes of `bits` bits spread over 32, so that few bits mean many equals. */
static struct fixture *setup(uint64_t seed, uint32_t bits, size_t limit)
{
	struct fixture *f = &fixture;
	struct tern_allocator a;
	uint32_t i;

	memset(f, 0, sizeof(*f));
	a = meter_allocator(&f->meter);
	mem_init(&f->mem, &a, limit);
	map_init(&f->map, &f->mem, TERN_MEM_STACK);
	f->dice.state = seed;
	for (i = 0; i < N_ITEMS; i++) {
		uint64_t v = dice_u64(&f->dice) >> (64 - bits);

		f->items[i].hash = (uint32_t)(v * 0x9e3779b1);
	}
	return f;
}

static void teardown(struct fixture *f)
{
	map_fini(&f->map);
	assert_int_equal(f->meter.n_out, 0);
	assert_int_equal(mem_used(&f->mem), 0);
}

static void add(struct fixture *f, struct item *it)
{
	assert_int_equal(map_insert(&f->map, &it->node, it->hash), 0);
	it->in = true;
	f->n_in++;
}

static void take(struct fixture *f, struct item *it)
{
	map_remove(&f->map, &it->node);
	it->in = false;
	it->always = false;
	f->n_in--;
}

/* Another item takes the place of one. */
static void replaces(struct fixture *f, struct item *old, struct item *it)
{
	map_replace(&f->map, &old->node, &it->node);
	it->hash = old->hash;
	it->in = true;
	old->in = false;
	old->always = false;
	assert_int_equal(it->node.hash, it->hash);
}

/* How many times walking the item's hash comes by the item. */
static int times_found(const struct fixture *f, const struct item *it)
{
	struct map_node *n;
	int times = 0;

	for (n = map_first(&f->map, it->hash); n; n = map_next(&f->map, n)) {
		assert_int_equal(n->hash, it->hash);
		times += n == &it->node;
	}
	return times;
}

static void check_all(const struct fixture *f)
{
	uint32_t i;

	assert_int_equal(map_count(&f->map), f->n_in);
	for (i = 0; i < N_ITEMS; i++)
		assert_int_equal(times_found(f, &f->items[i]), f->items[i].in);
}

static void toggle(struct fixture *f, struct item *it)
{
	if (it->in)
		take(f, it);
	else
		add(f, it);
}

/* Some to and fro, some changes of places, then straight to `target` items in
 * the map. */
static void drive(struct fixture *f, uint32_t target)
{
	uint32_t i;

	for (i = dice_below(&f->dice, 300); i > 0; i--) {
		struct item *a = &f->items[dice_below(&f->dice, N_ITEMS)];
		struct item *b = &f->items[dice_below(&f->dice, N_ITEMS)];

		if (a->in && !b->in)
			replaces(f, a, b);
		else
			toggle(f, a);
	}
	while (f->n_in != target) {
		bool full = f->n_in > target;

		i = dice_below(&f->dice, N_ITEMS);
		while (f->items[i].in != full)
			i = (i + 1) % N_ITEMS;
		toggle(f, &f->items[i]);
	}
}

static void twin(uint64_t seed, uint32_t bits)
{
	struct fixture *f = setup(seed, bits, SIZE_MAX);
	int round;

	check_all(f);
	for (round = 0; round < 30; round++) {
		drive(f, dice_below(&f->dice, N_ITEMS + 1));
		check_all(f);
		/* Not more chains than nodes warrant, and not many fewer. */
		assert_true(f->map.n_buckets >= f->n_in / 3);
		assert_true(f->map.n_buckets <= 8 + f->n_in * 2 / 3);
	}
	drive(f, 0);
	assert_int_equal(f->map.n_buckets, 8);
	assert_int_equal(f->map.n_segments, 1);
	teardown(f);
}

static void test_random_operations_match_an_array(void **state)
{
	(void)state;
	twin(1, 64);
	twin(2, 32);
	twin(3, 11); /* 2048 hashes for 6000 items */
}

static void test_one_hash_for_all_still_works(void **state)
{
	struct fixture *f = setup(4, 64, SIZE_MAX);
	uint32_t i;

	(void)state;
	for (i = 0; i < 300; i++) {
		f->items[i].hash = 0xffffffff;
		add(f, &f->items[i]);
	}
	for (i = 0; i < 300; i++)
		assert_int_equal(times_found(f, &f->items[i]), 1);
	for (i = 0; i < 300; i += 2)
		take(f, &f->items[i]);
	for (i = 0; i < 300; i++)
		assert_int_equal(times_found(f, &f->items[i]), i % 2);
	teardown(f);
}

/* A chain that cannot have the hash is not walked. */
static void test_chain_is_left_alone_for_other_tags(void **state)
{
	struct fixture *f = setup(9, 64, SIZE_MAX);
	struct map_node *last = &f->items[6].node, *next;
	uint32_t i;

	(void)state;
	for (i = 0; i < 7; i++) { /* two more than a bucket has slots */
		f->items[i].hash = i << 3;
		add(f, &f->items[i]);
	}
	assert_int_equal(f->map.n_buckets, 8);
	next = last->next;
	last->next = (void *)(uintptr_t)1;
	assert_null(map_first(&f->map, 0x20000000));
	assert_null(map_first(&f->map, 0xe0000000));
	last->next = next;
	assert_null(map_first(&f->map, 0x1ffffff8)); /* as theirs are */
	for (i = 0; i < 7; i++)
		assert_int_equal(times_found(f, &f->items[i]), 1);
	teardown(f);
}

static void test_empty_map(void **state)
{
	struct map_cursor c = {0};
	struct fixture *f = setup(5, 64, SIZE_MAX);

	(void)state;
	assert_null(map_first(&f->map, 0));
	map_prefetch(&f->map, 1);
	assert_false(map_visit(&f->map, &c, 10, NULL, NULL));
	assert_int_equal(f->meter.n_allocs, 0);
	teardown(f);
}

static void test_first_insertion_needs_memory(void **state)
{
	struct fixture *f = setup(6, 64, SIZE_MAX);
	size_t nth;

	(void)state;
	for (nth = 1; nth <= 2; nth++) {
		f->meter.fail_from = f->meter.n_allocs + nth;
		f->meter.fail_to = f->meter.fail_from;
		assert_int_equal(map_insert(&f->map, &f->items[0].node, 1),
				 -ENOBUFS);
		assert_int_equal(map_count(&f->map), 0);
		assert_int_equal(f->meter.n_out, 0);
	}
	meter_fail_none(&f->meter);
	add(f, &f->items[0]);
	assert_int_equal(times_found(f, &f->items[0]), 1);
	teardown(f);
}

static void test_failure_to_grow_only_makes_chains_longer(void **state)
{
	struct fixture *f = setup(7, 64, SIZE_MAX);
	uint32_t i;

	(void)state;
	for (i = 0; i < 1500; i++)
		add(f, &f->items[i]);
	meter_fail_next(&f->meter, SIZE_MAX / 2);
	for (; i < 4000; i++)
		add(f, &f->items[i]);
	assert_int_equal(f->map.n_buckets, 512); /* a full segment */
	check_all(f);
	meter_fail_none(&f->meter);
	/* Two buckets a time: it catches up within as many insertions. */
	for (; i < N_ITEMS; i++)
		add(f, &f->items[i]);
	assert_int_equal(f->map.n_buckets, N_ITEMS / 3);
	check_all(f);
	teardown(f);
}

static void test_short_first_segment_may_stay_short(void **state)
{
	struct fixture *f = setup(8, 64, SIZE_MAX);
	uint32_t i;

	(void)state;
	add(f, &f->items[0]);
	meter_fail_next(&f->meter, SIZE_MAX / 2);
	for (i = 1; i < 200; i++)
		add(f, &f->items[i]);
	assert_int_equal(f->map.n_buckets, 8);
	check_all(f);
	teardown(f);
}

static void see(void *ctx, struct map_node *n)
{
	(void)ctx;
	container_of(n, struct item, node)->n_seen++;
}

/* Visits all, and lets `between` change the map between two calls. */
static void visit_all(struct fixture *f, uint32_t max,
		      void (*between)(struct fixture *f))
{
	struct map_cursor c = {0};
	uint32_t i;

	for (i = 0; i < N_ITEMS; i++) {
		f->items[i].always = f->items[i].in;
		f->items[i].n_seen = 0;
	}
	while (map_visit(&f->map, &c, max, see, NULL))
		between(f);
	assert_false(map_visit(&f->map, &c, max, see, NULL));
	for (i = 0; i < N_ITEMS; i++) {
		if (f->items[i].always)
			assert_int_equal(f->items[i].n_seen, 1);
	}
}

static void change_nothing(struct fixture *f)
{
	uint32_t i, n = 0;

	for (i = 0; i < N_ITEMS; i++)
		n += (uint32_t)f->items[i].n_seen;
	assert_in_range(n, 1, f->n_in);
}

static void grow(struct fixture *f)
{
	drive(f, min_u32(N_ITEMS, f->n_in + dice_below(&f->dice, 200)));
}

static void shrink(struct fixture *f)
{
	drive(f, f->n_in - min_u32(f->n_in, dice_below(&f->dice, 200)));
}

static void swing(struct fixture *f)
{
	drive(f, dice_below(&f->dice, N_ITEMS));
}

static void test_visit_sees_all_that_stays_exactly_once(void **state)
{
	uint32_t seed, i;

	(void)state;
	for (seed = 10; seed < 20; seed++) {
		struct fixture *f = setup(seed, seed % 2 ? 64 : 12, SIZE_MAX);

		drive(f, 3000);
		visit_all(f, 50, change_nothing);
		for (i = 0; i < N_ITEMS; i++)
			assert_int_equal(f->items[i].n_seen, f->items[i].in);
		visit_all(f, 50, grow);
		visit_all(f, 20, shrink);
		drive(f, 3000);
		visit_all(f, 100, swing);
		visit_all(f, 1, change_nothing);
		teardown(f);
	}
}

/* Buckets that were visited are merged with such that were not, and so on. */
static void test_visit_goes_on_in_a_table_that_shrank(void **state)
{
	uint32_t stop, i;

	(void)state;
	for (stop = 1; stop < 240; stop++) {
		struct fixture *f = setup(stop, 64, SIZE_MAX);
		struct map_cursor c = {0};

		for (i = 0; i < 1000; i++)
			add(f, &f->items[i]);
		for (i = 0; i < stop; i++)
			assert_true(map_visit(&f->map, &c, 1, see, NULL));
		for (i = 100; i < 1000; i++)
			take(f, &f->items[i]);
		assert_true(f->map.n_buckets <= 67);
		while (map_visit(&f->map, &c, 1, see, NULL))
			;
		for (i = 0; i < 100; i++)
			assert_int_equal(f->items[i].n_seen, 1);
		teardown(f);
	}
}

/* One of eight: few enough that buckets are merged meanwhile. */
static bool is_kept(const struct item *it)
{
	return (it->hash >> 7 & 7) == 0;
}

static void see_and_remove(void *ctx, struct map_node *n)
{
	struct fixture *f = ctx;
	struct item *it = container_of(n, struct item, node);

	it->n_seen++;
	if (!is_kept(it))
		take(f, it);
}

static void see_and_remove_all(void *ctx, struct map_node *n)
{
	take(ctx, container_of(n, struct item, node));
}

static void test_visitor_may_remove_what_it_sees(void **state)
{
	uint32_t seed, i;

	(void)state;
	for (seed = 20; seed < 40; seed++) {
		struct fixture *f = setup(seed, seed % 2 ? 64 : 10, SIZE_MAX);
		struct map_cursor c = {0};

		drive(f, 1 + dice_below(&f->dice, N_ITEMS));
		for (i = 0; i < N_ITEMS; i++)
			f->items[i].always = f->items[i].in;
		while (map_visit(&f->map, &c, 7, see_and_remove, f))
			;
		for (i = 0; i < N_ITEMS; i++) {
			struct item *it = &f->items[i];

			if (it->always)
				assert_true(is_kept(it));
			assert_true(it->n_seen <= 1);
			assert_true(!it->in || it->n_seen == 1);
		}
		check_all(f);
		c.pos = 0;
		while (map_visit(&f->map, &c, 3, see_and_remove_all, f))
			;
		assert_int_equal(map_count(&f->map), 0);
		teardown(f);
	}
}

static void test_a_million_nodes(void **state)
{
	enum { N = 1000000 };
	struct fixture *f = setup(9, 64, SIZE_MAX);
	struct map_node *nodes = malloc(N * sizeof(*nodes));
	uint32_t i;

	(void)state;
	for (i = 0; i < N; i++)
		assert_int_equal(map_insert(&f->map, &nodes[i], i * 0x9e3779b1),
				 0);
	assert_int_equal(f->map.n_buckets, N / 3);
	/* A line for three nodes and next to nothing else. */
	assert_true(mem_used(&f->mem) < 22 * N);
	for (i = 0; i < N; i++)
		assert_ptr_equal(map_first(&f->map, i * 0x9e3779b1), &nodes[i]);
	for (i = 0; i < N; i++)
		map_remove(&f->map, &nodes[i]);
	assert_int_equal(f->map.n_buckets, 8);
	free(nodes);
	teardown(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_operations_match_an_array),
		cmocka_unit_test(test_one_hash_for_all_still_works),
		cmocka_unit_test(test_chain_is_left_alone_for_other_tags),
		cmocka_unit_test(test_empty_map),
		cmocka_unit_test(test_first_insertion_needs_memory),
		cmocka_unit_test(test_failure_to_grow_only_makes_chains_longer),
		cmocka_unit_test(test_short_first_segment_may_stay_short),
		cmocka_unit_test(test_visit_sees_all_that_stays_exactly_once),
		cmocka_unit_test(test_visit_goes_on_in_a_table_that_shrank),
		cmocka_unit_test(test_visitor_may_remove_what_it_sees),
		cmocka_unit_test(test_a_million_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
