/* SPDX-License-Identifier: ISC */
/*
 * worlds_test.c - many random worlds (sim/swarm.h)
 *
 * TERN_WORLDS=1000 plays that many; TERN_SEED=N plays one alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/swarm.h"

#ifndef WORLDS_QUICK
#define WORLDS_QUICK 200
#endif

static void report(uint64_t seed, const char *error)
{
	print_error("world %llu: %s (TERN_SEED=%llu plays it alone)\n",
		    (unsigned long long)seed, error, (unsigned long long)seed);
}

static uint64_t from_env(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void every_world_ends_well(void **state)
{
	uint64_t n = from_env("TERN_WORLDS", WORLDS_QUICK), seed;
	uint64_t first = from_env("TERN_SEED", 1);
	uint64_t n_events = 0, n_bytes = 0;
	unsigned int n_failed = 0;
	struct sim_verdict v;

	(void)state;
	if (getenv("TERN_SEED"))
		n = 1;
	for (seed = first; seed < first + n; seed++) {
		if (!sim_swarm_play(seed, &v)) {
			report(seed, v.error);
			n_failed++;
		}
		n_events += v.n_events;
		n_bytes += v.n_bytes;
	}
	print_message("%llu worlds, %llu events, %llu bytes\n",
		      (unsigned long long)n, (unsigned long long)n_events,
		      (unsigned long long)n_bytes);
	assert_true(n_bytes > 0 || n == 1);
	assert_int_equal(n_failed, 0);
}

static void the_same_seed_gives_the_same_world(void **state)
{
	struct sim_verdict once, twice;
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 30; seed++) {
		sim_swarm_play(seed, &once);
		sim_swarm_play(seed, &twice);
		if (once.digest != twice.digest)
			report(seed, "two runs differ");
		assert_true(once.digest == twice.digest);
		assert_true(once.n_events == twice.n_events);
	}
}

static void another_seed_gives_another_world(void **state)
{
	struct sim_verdict one, other;

	(void)state;
	sim_swarm_play(1, &one);
	sim_swarm_play(2, &other);
	assert_true(one.digest != other.digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_world_ends_well),
		cmocka_unit_test(the_same_seed_gives_the_same_world),
		cmocka_unit_test(another_seed_gives_another_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
