/* SPDX-License-Identifier: ISC */
/*
 * pmtu_test.c - path MTUs: lowered, never raised, aged, bounded
 */
#include "net/pmtu.h"

#include "fixture.h"

static uint32_t pmtu_to(struct host *h, uint32_t dst)
{
	struct net_path path;
	uint32_t src = 0;

	assert_int_equal(net_path(&h->net, dst, &src, &path), 0);
	return net_pmtu(&h->net, dst, &path);
}

static void unknown_is_the_interface_s(struct host *h)
{
	assert_int_equal(pmtu_to(h, FAR_IP), 1500);
	assert_int_equal(net_deadline(&h->net), TERN_NEVER);
}

static void only_ever_lower(struct host *h)
{
	net_pmtu_lower(&h->net, FAR_IP, 1400);
	assert_int_equal(pmtu_to(h, FAR_IP), 1400);
	net_pmtu_lower(&h->net, FAR_IP, 1450);
	assert_int_equal(pmtu_to(h, FAR_IP), 1400);
	net_pmtu_lower(&h->net, FAR_IP, 1000);
	assert_int_equal(pmtu_to(h, FAR_IP), 1000);
	assert_int_equal(pmtu_to(h, FAR_IP + 1), 1500);
	/* Larger than the interface's MTU says nothing. */
	net_pmtu_lower(&h->net, FAR_IP + 1, 9000);
	assert_int_equal(pmtu_to(h, FAR_IP + 1), 1500);
}

static void the_floor_holds(struct host *h)
{
	assert_false(pmtu_forbids_df(&h->net, FAR_IP));
	net_pmtu_lower(&h->net, FAR_IP, 552);
	assert_int_equal(pmtu_to(h, FAR_IP), 552);
	assert_false(pmtu_forbids_df(&h->net, FAR_IP));
	net_pmtu_lower(&h->net, FAR_IP, 551);
	assert_int_equal(pmtu_to(h, FAR_IP), 552);
	assert_true(pmtu_forbids_df(&h->net, FAR_IP));
	assert_false(pmtu_forbids_df(&h->net, FAR_IP + 1));
	net_pmtu_lower(&h->net, FAR_IP + 1, 0);
	assert_int_equal(pmtu_to(h, FAR_IP + 1), 552);
	assert_true(pmtu_forbids_df(&h->net, FAR_IP + 1));
}

static void forgotten_after_ten_minutes(struct host *h)
{
	net_pmtu_lower(&h->net, FAR_IP, 100);
	assert_int_equal(net_deadline(&h->net), 600 * TERN_S);
	h->env.now = 600 * TERN_S - 1;
	net_advance(&h->net);
	assert_int_equal(pmtu_to(h, FAR_IP), 552);
	h->env.now++;
	/* Too old already, before anybody cleans up. */
	assert_int_equal(pmtu_to(h, FAR_IP), 1500);
	assert_false(pmtu_forbids_df(&h->net, FAR_IP));
	net_advance(&h->net);
	assert_int_equal(map_count(&h->net.tables->pmtu.map), 0);
	assert_int_equal(h->net.tables->pmtu.n_below_floor, 0);
	assert_int_equal(net_deadline(&h->net), TERN_NEVER);
}

static void hearing_it_again_keeps_it(struct host *h)
{
	net_pmtu_lower(&h->net, FAR_IP, 1400);
	net_pmtu_lower(&h->net, FAR_IP + 1, 1300);
	pass_time(h, 400 * TERN_S);
	net_pmtu_lower(&h->net, FAR_IP, 1400);
	pass_time(h, 400 * TERN_S);
	assert_int_equal(pmtu_to(h, FAR_IP), 1400);
	assert_int_equal(pmtu_to(h, FAR_IP + 1), 1500);
	assert_int_equal(map_count(&h->net.tables->pmtu.map), 1);
	net_pmtu_lower(&h->net, FAR_IP, 1401); /* a larger one does not */
	pass_time(h, 200 * TERN_S);
	assert_int_equal(pmtu_to(h, FAR_IP), 1500);
}

/* What expired must not be the reason to ignore a larger value. */
static void an_old_value_does_not_count(struct host *h)
{
	net_pmtu_lower(&h->net, FAR_IP, 600);
	h->env.now += 700 * TERN_S;
	net_pmtu_lower(&h->net, FAR_IP, 1400);
	assert_int_equal(pmtu_to(h, FAR_IP), 1400);
}

static void the_table_is_bounded(struct host *h)
{
	for (uint32_t i = 0; i < PMTU_MAX + 10; i++) {
		h->env.now++;
		net_pmtu_lower(&h->net, FAR_IP + i, 500);
	}
	assert_int_equal(map_count(&h->net.tables->pmtu.map), PMTU_MAX);
	assert_int_equal(h->net.tables->pmtu.n_below_floor, PMTU_MAX);
	assert_int_equal(pmtu_to(h, FAR_IP), 1500); /* the oldest went */
	assert_int_equal(pmtu_to(h, FAR_IP + 9), 1500);
	assert_int_equal(pmtu_to(h, FAR_IP + 10), 552);
}

static void no_memory_is_a_drop(struct host *h)
{
	for (int n = 0; n < 4; n++) {
		h->fail_after = n;
		net_pmtu_lower(&h->net, FAR_IP + (uint32_t)n, 1000);
	}
	h->fail_after = -1;
	assert_true(drops(h, TERN_DROP_NO_MEMORY) >= 1);
	net_pmtu_lower(&h->net, FAR_IP, 1000);
	assert_int_equal(pmtu_to(h, FAR_IP), 1000);
}

static void guesses_are_plateaus(struct host *h)
{
	(void)h;
	assert_int_equal(pmtu_plateau(65535), 32000);
	assert_int_equal(pmtu_plateau(1500), 1492);
	assert_int_equal(pmtu_plateau(1492), 1400);
	assert_int_equal(pmtu_plateau(1007), 1006);
	assert_int_equal(pmtu_plateau(297), 296);
	assert_int_equal(pmtu_plateau(296), 68);
	assert_int_equal(pmtu_plateau(68), 68);
	assert_int_equal(pmtu_plateau(0), 68);
}

HOST_TEST(unknown_is_the_interface_s)
HOST_TEST(only_ever_lower)
HOST_TEST(the_floor_holds)
HOST_TEST(forgotten_after_ten_minutes)
HOST_TEST(hearing_it_again_keeps_it)
HOST_TEST(an_old_value_does_not_count)
HOST_TEST(the_table_is_bounded)
HOST_TEST(no_memory_is_a_drop)
HOST_TEST(guesses_are_plateaus)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_is_the_interface_s_test),
		cmocka_unit_test(only_ever_lower_test),
		cmocka_unit_test(the_floor_holds_test),
		cmocka_unit_test(forgotten_after_ten_minutes_test),
		cmocka_unit_test(hearing_it_again_keeps_it_test),
		cmocka_unit_test(an_old_value_does_not_count_test),
		cmocka_unit_test(the_table_is_bounded_test),
		cmocka_unit_test(no_memory_is_a_drop_test),
		cmocka_unit_test(guesses_are_plateaus_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
