/* SPDX-License-Identifier: ISC */
/*
 * route_test.c - routes found: longest prefix, metric, dead gateways; against
 * a linear search
 */
#include "net/route.h"

#include "fixture.h"

#define ALL_UP UINT64_MAX

static struct route make(uint32_t dst, int prefix_len, int ifindex,
			 uint32_t metric)
{
	struct route r = {
		.dst = dst,
		.prefix_len = (uint8_t)prefix_len,
		.ifindex = (uint8_t)ifindex,
		.metric = metric,
	};

	return r;
}

static void add(struct host *h, struct route_table *t, struct route r)
{
	assert_int_equal(route_reserve(t, &h->env.mem), 0);
	route_insert(t, &r);
}

/* The interface that a destination goes to, 0 if there is no route. */
static int find(const struct route_table *t, uint32_t dst, uint64_t up,
		uint64_t now)
{
	const struct route_query q = {dst, up, now};
	const struct route *r = route_find(t, &q);

	return r ? r->ifindex : 0;
}

static void an_empty_table_has_no_routes(struct host *h)
{
	struct route_table t = {0};

	(void)h;
	assert_int_equal(find(&t, 0, ALL_UP, 0), 0);
	assert_int_equal(find(&t, UINT32_MAX, ALL_UP, 0), 0);
}

static void the_longest_prefix_wins(struct host *h)
{
	struct route_table t = {0};

	add(h, &t, make(0, 0, 1, 0));
	add(h, &t, make(IP(10, 0, 0, 0), 8, 2, 0));
	add(h, &t, make(IP(10, 1, 2, 0), 24, 4, 0));
	add(h, &t, make(IP(10, 1, 0, 0), 16, 3, 0));
	add(h, &t, make(IP(10, 1, 2, 3), 32, 5, 0));
	add(h, &t, make(IP(255, 255, 255, 255), 32, 6, 0));

	assert_int_equal(find(&t, 0, ALL_UP, 0), 1);
	assert_int_equal(find(&t, IP(9, 255, 255, 255), ALL_UP, 0), 1);
	assert_int_equal(find(&t, IP(10, 0, 0, 0), ALL_UP, 0), 2);
	assert_int_equal(find(&t, IP(10, 0, 255, 255), ALL_UP, 0), 2);
	assert_int_equal(find(&t, IP(10, 1, 0, 0), ALL_UP, 0), 3);
	assert_int_equal(find(&t, IP(10, 1, 2, 2), ALL_UP, 0), 4);
	assert_int_equal(find(&t, IP(10, 1, 2, 3), ALL_UP, 0), 5);
	assert_int_equal(find(&t, IP(10, 1, 2, 255), ALL_UP, 0), 4);
	assert_int_equal(find(&t, IP(10, 1, 3, 0), ALL_UP, 0), 3);
	assert_int_equal(find(&t, IP(10, 2, 0, 0), ALL_UP, 0), 2);
	assert_int_equal(find(&t, IP(11, 0, 0, 0), ALL_UP, 0), 1);
	assert_int_equal(find(&t, IP(255, 255, 255, 254), ALL_UP, 0), 1);
	assert_int_equal(find(&t, UINT32_MAX, ALL_UP, 0), 6);
	route_fini(&t, &h->env.mem);
}

static void then_the_lowest_metric_then_the_oldest(struct host *h)
{
	struct route_table t = {0};

	add(h, &t, make(IP(10, 0, 0, 0), 8, 2, 5));
	add(h, &t, make(IP(10, 0, 0, 0), 8, 3, 1));
	add(h, &t, make(IP(10, 0, 0, 0), 8, 4, 9));
	assert_int_equal(find(&t, IP(10, 3, 3, 3), ALL_UP, 0), 3);
	add(h, &t, make(IP(10, 0, 0, 0), 8, 5, 1));
	assert_int_equal(find(&t, IP(10, 3, 3, 3), ALL_UP, 0), 3);
	route_fini(&t, &h->env.mem);
}

static void routes_of_downed_interfaces_are_passed_over(struct host *h)
{
	struct route_table t = {0};

	add(h, &t, make(0, 0, 1, 0));
	add(h, &t, make(IP(10, 0, 0, 0), 8, 2, 0));
	add(h, &t, make(IP(10, 0, 0, 0), 8, 3, 1));
	assert_int_equal(find(&t, IP(10, 1, 1, 1), 0xe, 0), 2);
	assert_int_equal(find(&t, IP(10, 1, 1, 1), 0xa, 0), 3);
	assert_int_equal(find(&t, IP(10, 1, 1, 1), 0x2, 0), 1);
	assert_int_equal(find(&t, IP(10, 1, 1, 1), 0x0, 0), 0);
	route_fini(&t, &h->env.mem);
}

static void dead_gateways_come_last(struct host *h)
{
	struct route a = make(0, 0, 2, 0), b = make(0, 0, 3, 1);
	struct route_table t = {0};

	a.gateway = 1;
	b.gateway = 2;
	add(h, &t, a);
	add(h, &t, b);
	assert_false(route_set_dead(&t, 2, 99, 0, 100));
	assert_false(route_set_dead(&t, 3, 1, 0, 100));
	assert_true(route_set_dead(&t, 2, 1, 0, 100));
	assert_false(route_set_dead(&t, 2, 1, 50, 150)); /* is dead already */
	assert_int_equal(find(&t, 7, ALL_UP, 149), 3);
	assert_int_equal(find(&t, 7, ALL_UP, 150), 2);
	/* If all are dead, the best of them is as good as any. */
	assert_true(route_set_dead(&t, 3, 2, 0, 200));
	assert_int_equal(find(&t, 7, ALL_UP, 10), 2);
	assert_true(route_set_alive(&t, 3, 2, 10));
	assert_false(route_set_alive(&t, 3, 2, 10));
	assert_int_equal(find(&t, 7, ALL_UP, 10), 3);
	assert_true(route_set_alive(&t, 2, 1, 10));
	assert_int_equal(find(&t, 7, ALL_UP, 10), 2);
	route_fini(&t, &h->env.mem);
}

static bool is_even(const struct route *r, uint32_t arg)
{
	return r->metric % 2 == arg;
}

static void many_are_erased_at_once(struct host *h)
{
	struct route_table t = {0};

	for (uint32_t i = 0; i < 100; i++)
		add(h, &t, make(i << 24, 8, (int)(1 + i % 60), i));
	route_erase_all(&t, is_even, 0);
	assert_int_equal(t.n, 50);
	assert_int_equal(find(&t, 2U << 24, ALL_UP, 0), 0);
	assert_int_equal(find(&t, 3U << 24, ALL_UP, 0), 4);
	route_fini(&t, &h->env.mem);
}

static void ranges_hold_one_prefix(struct host *h)
{
	struct route_table t = {0};
	uint32_t first;

	assert_int_equal(route_range(&t, 0, 0, &first), 0);
	add(h, &t, make(0, 0, 1, 0));
	add(h, &t, make(0, 8, 1, 0));
	add(h, &t, make(0, 0, 1, 1));
	assert_int_equal(route_range(&t, 0, 0, &first), 2);
	assert_int_equal(first, 0);
	assert_int_equal(route_range(&t, 0, 8, &first), 3);
	assert_int_equal(first, 2);
	assert_int_equal(route_range(&t, 0, 9, &first), 3);
	assert_int_equal(first, 3);
	route_fini(&t, &h->env.mem);
}

static void the_table_has_a_limit(struct host *h)
{
	struct route_table t = {0};

	for (uint32_t i = 0; i < ROUTE_MAX; i++) {
		assert_int_equal(route_reserve(&t, &h->env.mem), 0);
		t.n++; /* as if one were inserted */
	}
	assert_int_equal(route_reserve(&t, &h->env.mem), -ENOSPC);
	route_fini(&t, &h->env.mem);
	h->fail_after = 0;
	assert_int_equal(route_reserve(&t, &h->env.mem), -ENOMEM);
	h->fail_after = -1;
}

/* The slow twin: looks at all of them. */
static const struct route *find_slowly(const struct route *all, uint32_t n,
				       const struct route_query *q, bool dead)
{
	const struct route *best = NULL;

	for (uint32_t i = 0; i < n; i++) {
		const struct route *r = &all[i];

		if (((r->dst ^ q->dst) & ip4_mask(r->prefix_len)) ||
		    !(q->up >> r->ifindex & 1) ||
		    (!dead && r->dead_until > q->now))
			continue;
		if (!best || r->prefix_len > best->prefix_len ||
		    (r->prefix_len == best->prefix_len &&
		     r->metric < best->metric))
			best = r;
	}
	return best;
}

/* Few different bits, so that prefixes nest and collide. */
static uint32_t some_addr(struct rng *rng)
{
	return rng_below(rng, 4) << 30 | rng_below(rng, 4) << 24 |
	       rng_below(rng, 4) << 8 | rng_below(rng, 4);
}

static struct route some_route(struct rng *rng, uint32_t metric)
{
	struct route r = make(some_addr(rng), (int)rng_below(rng, 33),
			      (int)rng_below(rng, 8), metric);

	r.dst &= ip4_mask(r.prefix_len);
	r.dead_until = rng_below(rng, 4) ? 0 : 100;
	return r;
}

static void compare(struct host *h, const struct route_table *t,
		    const struct route *all, uint32_t n)
{
	struct route_query q = {some_addr(&h->env.rng), 0, 50};
	const struct route *want, *have;

	q.up = rng_below(&h->env.rng, 256);
	want = find_slowly(all, n, &q, false);
	if (!want)
		want = find_slowly(all, n, &q, true);
	have = route_find(t, &q);
	assert_int_equal(want == NULL, have == NULL);
	if (want) {
		assert_int_equal(have->dst, want->dst);
		assert_int_equal(have->prefix_len, want->prefix_len);
		assert_int_equal(have->metric, want->metric);
	}
}

static void agrees_with_a_linear_search(struct host *h)
{
	struct route all[64];
	struct route_table t = {0};
	uint32_t n = 0;

	for (uint32_t step = 0; step < 4000; step++) {
		if (n < 64 && (n == 0 || rng_below(&h->env.rng, 3))) {
			all[n] = some_route(&h->env.rng, step);
			add(h, &t, all[n++]);
		} else {
			uint32_t first, i = rng_below(&h->env.rng, n);
			uint32_t end = route_range(&t, all[i].dst,
						   all[i].prefix_len, &first);

			while (t.routes[first].metric != all[i].metric)
				first++;
			assert_true(first < end);
			route_erase(&t, first);
			all[i] = all[--n];
		}
		for (int i = 0; i < 20; i++)
			compare(h, &t, all, n);
	}
	route_fini(&t, &h->env.mem);
}

HOST_TEST(an_empty_table_has_no_routes)
HOST_TEST(the_longest_prefix_wins)
HOST_TEST(then_the_lowest_metric_then_the_oldest)
HOST_TEST(routes_of_downed_interfaces_are_passed_over)
HOST_TEST(dead_gateways_come_last)
HOST_TEST(many_are_erased_at_once)
HOST_TEST(ranges_hold_one_prefix)
HOST_TEST(the_table_has_a_limit)
HOST_TEST(agrees_with_a_linear_search)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_table_has_no_routes_test),
		cmocka_unit_test(the_longest_prefix_wins_test),
		cmocka_unit_test(then_the_lowest_metric_then_the_oldest_test),
		cmocka_unit_test(
			routes_of_downed_interfaces_are_passed_over_test),
		cmocka_unit_test(dead_gateways_come_last_test),
		cmocka_unit_test(many_are_erased_at_once_test),
		cmocka_unit_test(ranges_hold_one_prefix_test),
		cmocka_unit_test(the_table_has_a_limit_test),
		cmocka_unit_test(agrees_with_a_linear_search_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
