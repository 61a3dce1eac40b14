/* SPDX-License-Identifier: ISC */
/*
 * addr_test.c - which addresses mean this host
 */
#include "net/addr.h"

#include "fixture.h"

static void kinds(struct host *h)
{
	const struct net *net = &h->net;

	assert_int_equal(net_addr_kind(net, 0), ADDR_ANY);
	assert_int_equal(net_addr_kind(net, 1), ADDR_INVALID);
	assert_int_equal(net_addr_kind(net, IP(0, 255, 255, 255)),
			 ADDR_INVALID);
	assert_int_equal(net_addr_kind(net, IP(1, 0, 0, 0)), ADDR_REMOTE);
	assert_int_equal(net_addr_kind(net, IP(126, 255, 255, 255)),
			 ADDR_REMOTE);
	assert_int_equal(net_addr_kind(net, IP(127, 0, 0, 0)), ADDR_LOCAL);
	assert_int_equal(net_addr_kind(net, IP(127, 255, 255, 255)),
			 ADDR_LOCAL);
	assert_int_equal(net_addr_kind(net, IP(223, 255, 255, 255)),
			 ADDR_REMOTE);
	assert_int_equal(net_addr_kind(net, IP(224, 0, 0, 0)), ADDR_MULTICAST);
	assert_int_equal(net_addr_kind(net, IP(239, 255, 255, 255)),
			 ADDR_MULTICAST);
	assert_int_equal(net_addr_kind(net, IP(240, 0, 0, 0)), ADDR_INVALID);
	assert_int_equal(net_addr_kind(net, IP(255, 255, 255, 254)),
			 ADDR_INVALID);
	assert_int_equal(net_addr_kind(net, UINT32_MAX), ADDR_BROADCAST);
}

static void own_and_broadcast(struct host *h)
{
	const struct net *net = &h->net;

	assert_int_equal(net_addr_kind(net, OUR_IP), ADDR_LOCAL);
	assert_int_equal(net_addr_kind(net, PEER_IP), ADDR_REMOTE);
	assert_int_equal(net_addr_kind(net, IP(10, 0, 0, 255)), ADDR_BROADCAST);
	assert_int_equal(net_addr_kind(net, IP(10, 0, 0, 0)), ADDR_BROADCAST);
	assert_int_equal(net_addr_kind(net, IP(10, 0, 1, 0)), ADDR_REMOTE);
	assert_int_equal(net_addr_kind(net, IP(172, 16, 0, 1)), ADDR_LOCAL);
}

static void two_subnets_share_a_broadcast_address(struct host *h)
{
	struct net *net = &h->net;
	uint32_t all = IP(10, 0, 0, 255);

	assert_int_equal(net_addr_add(net, h->eth, IP(10, 0, 0, 9), 24), 0);
	assert_int_equal(net_addr_remove(net, h->eth, OUR_IP), 0);
	assert_int_equal(net_addr_kind(net, all), ADDR_BROADCAST);
	assert_int_equal(net_addr_kind(net, OUR_IP), ADDR_REMOTE);
	assert_int_equal(net_addr_remove(net, h->eth, IP(10, 0, 0, 9)), 0);
	assert_int_equal(net_addr_kind(net, all), ADDR_REMOTE);
}

/* An address of ours may be the broadcast address of a narrower subnet. */
static void own_goes_before_broadcast(struct host *h)
{
	struct net *net = &h->net;
	uint32_t addr = IP(10, 0, 0, 255);

	assert_int_equal(net_addr_add(net, h->tun, addr, 8), 0);
	assert_int_equal(net_addr_kind(net, addr), ADDR_LOCAL);
	assert_int_equal(net_addr_remove(net, h->tun, addr), 0);
	assert_int_equal(net_addr_kind(net, addr), ADDR_BROADCAST);
}

static void narrow_prefixes_have_no_broadcast(struct host *h)
{
	struct net *net = &h->net;

	assert_int_equal(net_addr_add(net, h->eth, IP(10, 9, 0, 0), 31), 0);
	assert_int_equal(net_addr_kind(net, IP(10, 9, 0, 0)), ADDR_LOCAL);
	assert_int_equal(net_addr_kind(net, IP(10, 9, 0, 1)), ADDR_REMOTE);
	assert_int_equal(net_addr_add(net, h->eth, IP(10, 8, 0, 0), 32), 0);
	assert_int_equal(net_addr_kind(net, IP(10, 8, 0, 0)), ADDR_LOCAL);
	assert_int_equal(net_addr_kind(net, IP(10, 8, 0, 1)), ADDR_REMOTE);
	assert_int_equal(net_addr_add(net, h->eth, IP(10, 7, 0, 1), 30), 0);
	assert_int_equal(net_addr_kind(net, IP(10, 7, 0, 0)), ADDR_BROADCAST);
	assert_int_equal(net_addr_kind(net, IP(10, 7, 0, 3)), ADDR_BROADCAST);
}

/* The table against an array that says what is in it. */
static void many_come_and_go(struct host *h)
{
	struct addr_table t = {0};
	uint8_t refs[256][2];

	memset(refs, 0, sizeof(refs));
	assert_int_equal(addr_reserve(&t, &h->env.mem, 512), 0);
	for (int step = 0; step < 20000; step++) {
		uint32_t a = rng_below(&h->env.rng, 256);
		uint32_t b = rng_below(&h->env.rng, 2);
		enum addr_kind kind = b ? ADDR_BROADCAST : ADDR_LOCAL;
		enum addr_kind want = ADDR_REMOTE;

		if (refs[a][b] == 0 || rng_below(&h->env.rng, 2)) {
			if (refs[a][b] == 100)
				continue;
			addr_insert(&t, a << 13, kind);
			refs[a][b]++;
		} else {
			addr_erase(&t, a << 13, kind);
			refs[a][b]--;
		}
		if (refs[a][1])
			want = ADDR_BROADCAST;
		if (refs[a][0])
			want = ADDR_LOCAL;
		assert_int_equal(addr_find(&t, a << 13), want);
		if (want != ADDR_REMOTE)
			assert_true(addr_maybe(&t, a << 13));
	}
	addr_fini(&t, &h->env.mem);
}

static void the_filter_turns_most_away(struct host *h)
{
	int passed = 0;

	for (uint32_t i = 0; i < 10000; i++)
		passed += addr_maybe(&h->net.tables->addrs, IP(8, 0, 0, 0) + i);
	assert_true(passed < 200);
}

static void no_memory(struct host *h)
{
	struct addr_table t = {0};

	h->fail_after = 0;
	assert_int_equal(addr_reserve(&t, &h->env.mem, 1), -ENOMEM);
	assert_int_equal(t.cap, 0);
	h->fail_after = -1;
}

HOST_TEST(kinds)
HOST_TEST(own_and_broadcast)
HOST_TEST(two_subnets_share_a_broadcast_address)
HOST_TEST(own_goes_before_broadcast)
HOST_TEST(narrow_prefixes_have_no_broadcast)
HOST_TEST(many_come_and_go)
HOST_TEST(the_filter_turns_most_away)
HOST_TEST(no_memory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_test),
		cmocka_unit_test(own_and_broadcast_test),
		cmocka_unit_test(two_subnets_share_a_broadcast_address_test),
		cmocka_unit_test(own_goes_before_broadcast_test),
		cmocka_unit_test(narrow_prefixes_have_no_broadcast_test),
		cmocka_unit_test(many_come_and_go_test),
		cmocka_unit_test(the_filter_turns_most_away_test),
		cmocka_unit_test(no_memory_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
