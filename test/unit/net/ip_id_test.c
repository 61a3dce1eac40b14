/* SPDX-License-Identifier: ISC */
/*
 * ip_id_test.c - identifications do not repeat and tell nothing
 */
#include "net/ip_id.h"

#include "fixture.h"

static void a_round_has_every_value_once(struct host *h)
{
	static uint16_t ids_of[2][65536];
	static uint8_t seen[65536];
	struct ip_ids ids;
	int same = 0;

	ip_ids_init(&ids, &h->env.rng);
	for (int round = 1; round <= 2; round++) {
		for (int i = 0; i < 65536; i++) {
			uint16_t id = ip_ids_next(&ids, &h->env.rng);

			ids_of[round - 1][i] = id;
			seen[id]++;
		}
		for (int i = 0; i < 65536; i++)
			assert_int_equal(seen[i], round);
	}
	for (int i = 0; i < 65536; i++)
		same += ids_of[0][i] == ids_of[1][i];
	assert_true(same < 20); /* each round has its own order */
}

static void the_order_is_new_each_time(struct host *h)
{
	struct ip_ids a, b;
	int same = 0;

	ip_ids_init(&a, &h->env.rng);
	ip_ids_init(&b, &h->env.rng);
	for (int i = 0; i < 1000; i++)
		same += ip_ids_next(&a, &h->env.rng) ==
			ip_ids_next(&b, &h->env.rng);
	assert_true(same < 5);
}

/* Differences between neighbours in the sequence are spread out. */
static void steps_are_not_small(struct host *h)
{
	struct ip_ids ids;
	uint16_t last;
	int small = 0;

	ip_ids_init(&ids, &h->env.rng);
	last = ip_ids_next(&ids, &h->env.rng);
	for (int i = 0; i < 10000; i++) {
		uint16_t id = ip_ids_next(&ids, &h->env.rng);

		small += (uint16_t)(id - last) < 256;
		last = id;
	}
	assert_in_range(small, 10, 100); /* 39 expected */
}

HOST_TEST(a_round_has_every_value_once)
HOST_TEST(the_order_is_new_each_time)
HOST_TEST(steps_are_not_small)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_round_has_every_value_once_test),
		cmocka_unit_test(the_order_is_new_each_time_test),
		cmocka_unit_test(steps_are_not_small_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
