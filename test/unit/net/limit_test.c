/* SPDX-License-Identifier: ISC */
/*
 * limit_test.c - limits of ICMP messages: bursts, rates, one host and all
 */
#include "net/limit.h"

#include "fixture.h"

/* How many of n errors to one host are allowed now. */
static int allowed(struct host *h, uint32_t dst, int n)
{
	int yes = 0;

	while (n-- > 0)
		yes += limit_allows_error(&h->net, dst);
	return yes;
}

static void one_host_has_a_burst_then_one_a_second(struct host *h)
{
	assert_int_equal(allowed(h, PEER_IP, 100), LIMIT_HOST_BURST);
	assert_int_equal(counter(h, TERN_IcmpOutRateLimitHost),
			 100 - LIMIT_HOST_BURST);
	assert_int_equal(counter(h, TERN_IcmpOutRateLimitGlobal), 0);
	h->env.now += TERN_S - 1;
	assert_int_equal(allowed(h, PEER_IP, 100), 0);
	h->env.now += 1;
	assert_int_equal(allowed(h, PEER_IP, 100), 1);
	h->env.now += 100 * TERN_S;
	assert_int_equal(allowed(h, PEER_IP, 100), LIMIT_HOST_BURST);
}

static void other_hosts_are_not_affected(struct host *h)
{
	allowed(h, PEER_IP, 100);
	assert_int_equal(allowed(h, FAR_IP, 1), 1);
}

static void no_limit_if_the_interval_is_0(struct host *h)
{
	h->net.tun.icmp_ratelimit_ms = 0;
	h->net.tun.icmp_msgs_per_sec = 1000000;
	h->net.tun.icmp_msgs_burst = 1000000;
	assert_int_equal(allowed(h, PEER_IP, 1000), 1000);
}

/* One message costs one on the average, but nobody can tell which. */
static void all_hosts_share_a_random_burst(struct host *h)
{
	int sum = 0, min = 1000, max = 0;

	for (int round = 0; round < 200; round++) {
		int n = 0;

		h->env.now += 100 * TERN_S;
		for (uint32_t i = 0; i < 300; i++)
			n += limit_allows_error(&h->net, IP(1, 1, 0, 0) + i);
		sum += n;
		min = n < min ? n : min;
		max = n > max ? n : max;
	}
	assert_in_range(sum / 200, 45, 55);
	assert_true(max - min > 10);
	assert_true(counter(h, TERN_IcmpOutRateLimitGlobal) > 0);
}

static void the_rate_of_all_holds(struct host *h)
{
	int n = 0;

	h->net.tun.icmp_ratelimit_ms = 0;
	for (uint32_t i = 0; i < 1000000; i++) {
		h->env.now += 10 * TERN_US; /* 10 s in all */
		n += limit_allows_error(&h->net, PEER_IP);
	}
	assert_in_range(n, 9500, 10600);
}

static void no_messages_at_all_if_configured(struct host *h)
{
	h->net.tun.icmp_msgs_per_sec = 0;
	assert_int_equal(allowed(h, PEER_IP, 10), 0);
	assert_false(limit_allows_echo(&h->net));
}

static void echoes_have_their_own(struct host *h)
{
	int n = 0;

	for (int i = 0; i < 1000; i++)
		n += limit_allows_echo(&h->net);
	assert_in_range(n, 26, 120);
	assert_int_equal(allowed(h, PEER_IP, 1), 1);
}

static void time_near_its_end_is_no_wrap(struct host *h)
{
	h->env.now = UINT64_MAX - 10;
	assert_true(allowed(h, PEER_IP, 10) <= 10);
}

HOST_TEST(one_host_has_a_burst_then_one_a_second)
HOST_TEST(other_hosts_are_not_affected)
HOST_TEST(no_limit_if_the_interval_is_0)
HOST_TEST(all_hosts_share_a_random_burst)
HOST_TEST(the_rate_of_all_holds)
HOST_TEST(no_messages_at_all_if_configured)
HOST_TEST(echoes_have_their_own)
HOST_TEST(time_near_its_end_is_no_wrap)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_host_has_a_burst_then_one_a_second_test),
		cmocka_unit_test(other_hosts_are_not_affected_test),
		cmocka_unit_test(no_limit_if_the_interval_is_0_test),
		cmocka_unit_test(all_hosts_share_a_random_burst_test),
		cmocka_unit_test(the_rate_of_all_holds_test),
		cmocka_unit_test(no_messages_at_all_if_configured_test),
		cmocka_unit_test(echoes_have_their_own_test),
		cmocka_unit_test(time_near_its_end_is_no_wrap_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
