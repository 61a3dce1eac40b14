/* SPDX-License-Identifier: ISC */
/*
 * neigh_test.c - the table of neighbours: found, bounded, evicted, flushed
 */
#include "net/neigh.h"

#include "fixture.h"

#define MAX 64 /* of the table, in these tests */

static struct neigh_table *table(struct host *h)
{
	return &h->net.tables->neigh;
}

static struct neigh *entry(struct host *h, uint32_t addr)
{
	return neigh_find(table(h), h->eth, addr);
}

static struct neigh *create(struct host *h, uint32_t addr,
			    enum neigh_class class)
{
	return neigh_create(&h->net, net_if(&h->net, h->eth), addr, class);
}

/* Fills the table with neighbours that were used in this order. */
static void fill_known(struct host *h, uint32_t n)
{
	h->net.tun.neigh_max = MAX;
	for (uint32_t i = 0; i < n; i++) {
		struct neigh *e = create(h, IP(10, 1, 0, 0) + i, NEIGH_KNOWN);

		assert_non_null(e);
		e->phase = NEIGH_REACHABLE;
		e->confirmed = h->env.now;
	}
}

static void found_by_interface_and_address(struct host *h)
{
	struct neigh *a = create(h, PEER_IP, NEIGH_KNOWN);
	struct neigh *b = create(h, PEER_IP + 1, NEIGH_KNOWN);

	for (int i = 0; i < 2; i++) { /* by look-up, then from the cache */
		assert_ptr_equal(entry(h, PEER_IP), a);
		assert_ptr_equal(entry(h, PEER_IP + 1), b);
		assert_null(entry(h, PEER_IP + 2));
		assert_null(neigh_find(table(h), h->tun, PEER_IP));
	}
	neigh_delete(&h->net, a, TERN_DROP_NONE);
	assert_null(entry(h, PEER_IP));
	assert_ptr_equal(entry(h, PEER_IP + 1), b);
}

/* Many more than the cache has places. */
static void found_among_many(struct host *h)
{
	struct neigh *all[2000];

	h->net.tun.neigh_max = 2000;
	for (uint32_t i = 0; i < 2000; i++)
		all[i] = create(h, IP(10, 1, 0, 0) + i, NEIGH_KNOWN);
	for (uint32_t i = 0; i < 4000; i++)
		assert_ptr_equal(entry(h, IP(10, 1, 0, 0) + i % 2000),
				 all[i % 2000]);
	for (uint32_t i = 0; i < 2000; i += 2)
		neigh_delete(&h->net, all[i], TERN_DROP_NONE);
	for (uint32_t i = 0; i < 2000; i++)
		assert_ptr_equal(entry(h, IP(10, 1, 0, 0) + i),
				 i % 2 ? all[i] : NULL);
}

/* I13: a scan costs a quarter of the table, and only those in it. */
static void a_scan_evicts_its_own(struct host *h)
{
	fill_known(h, MAX / 2);
	for (uint32_t i = 0; i < 1000; i++)
		assert_non_null(create(h, IP(10, 2, 0, 0) + i, NEIGH_ASKED));
	assert_int_equal(table(h)->count[NEIGH_ASKED], MAX / 4);
	assert_int_equal(table(h)->count[NEIGH_KNOWN], MAX / 2);
	assert_null(entry(h, IP(10, 2, 0, 0) + 983));
	assert_non_null(entry(h, IP(10, 2, 0, 0) + 984)); /* the newest 16 */
	for (uint32_t i = 0; i < MAX / 2; i++)
		assert_non_null(entry(h, IP(10, 1, 0, 0) + i));
}

static void strangers_that_ask_evict_their_own(struct host *h)
{
	fill_known(h, MAX / 2);
	for (uint32_t i = 0; i < 1000; i++)
		assert_non_null(create(h, IP(10, 3, 0, 0) + i, NEIGH_LEARNED));
	assert_int_equal(table(h)->count[NEIGH_LEARNED], MAX / 4);
	assert_int_equal(table(h)->count[NEIGH_KNOWN], MAX / 2);
}

/* Learned ones leave first, then who is not confirmed, then who is asked. */
static void who_leaves_a_full_table(struct host *h)
{
	fill_known(h, MAX - 2);
	assert_non_null(create(h, IP(10, 3, 0, 0), NEIGH_LEARNED));
	assert_non_null(create(h, IP(10, 2, 0, 0), NEIGH_ASKED));

	assert_non_null(create(h, IP(10, 2, 0, 1), NEIGH_ASKED));
	assert_null(entry(h, IP(10, 3, 0, 0)));
	/* All known ones are confirmed: the oldest asked one leaves. */
	assert_non_null(create(h, IP(10, 2, 0, 2), NEIGH_ASKED));
	assert_null(entry(h, IP(10, 2, 0, 0)));
	assert_int_equal(table(h)->count[NEIGH_KNOWN], MAX - 2);
	/* A stranger pushes nobody out. */
	assert_null(create(h, IP(10, 3, 0, 1), NEIGH_LEARNED));
	assert_int_equal(drops(h, TERN_DROP_NEIGH_TABLE_FULL), 1);
	/* When they are stale, the one used longest ago leaves. */
	h->env.now += 30 * TERN_S;
	assert_non_null(create(h, IP(10, 2, 0, 3), NEIGH_ASKED));
	assert_null(entry(h, IP(10, 1, 0, 0)));
	assert_non_null(entry(h, IP(10, 1, 0, 1)));
	assert_int_equal(map_count(&table(h)->map), MAX);
}

static void nobody_leaves_if_all_are_in_use(struct host *h)
{
	fill_known(h, MAX);
	assert_null(create(h, IP(10, 2, 0, 0), NEIGH_ASKED));
	assert_int_equal(drops(h, TERN_DROP_NEIGH_TABLE_FULL), 1);
	assert_false(sends(h, PEER_IP)); /* dropped and counted, no leak */
	assert_int_equal(drops(h, TERN_DROP_NEIGH_TABLE_FULL), 2);
}

static void eviction_drops_what_waits(struct host *h)
{
	h->net.tun.neigh_max = 4;
	assert_false(sends(h, PEER_IP));
	assert_int_equal(table(h)->n_queued, 1);
	assert_false(sends(h, PEER_IP + 1));
	assert_int_equal(drops(h, TERN_DROP_NEIGH_TABLE_FULL), 1);
	assert_int_equal(table(h)->n_queued, 1);
	assert_null(entry(h, PEER_IP));
}

static void flushing_is_by_interface(struct host *h)
{
	int eth1 = add_if(h, "eth1", TERN_IF_ETHERNET);
	struct netif *other = net_if(&h->net, eth1);

	for (uint32_t i = 0; i < 100; i++) {
		create(h, PEER_IP + i, NEIGH_KNOWN);
		assert_non_null(
			neigh_create(&h->net, other, PEER_IP + i, NEIGH_KNOWN));
	}
	assert_int_equal(net_neigh_add(&h->net, h->eth, PEER_IP, peer_mac), 0);
	neigh_flush(&h->net, h->eth, false);
	assert_int_equal(map_count(&table(h)->map), 101);
	assert_non_null(entry(h, PEER_IP));
	neigh_flush(&h->net, h->eth, true);
	assert_int_equal(map_count(&table(h)->map), 100);
	neigh_flush(&h->net, eth1, true);
	assert_int_equal(map_count(&table(h)->map), 0);
	assert_int_equal(wheel_count(&table(h)->wheel), 0);
}

static void no_memory_is_a_drop(struct host *h)
{
	h->fail_after = 0;
	assert_false(sends(h, PEER_IP));
	h->fail_after = 1;
	assert_false(sends(h, PEER_IP));
	h->fail_after = 2;
	assert_false(sends(h, PEER_IP));
	assert_true(drops(h, TERN_DROP_NO_MEMORY) >= 2);
	h->fail_after = -1;
	assert_int_equal(table(h)->count[NEIGH_ASKED],
			 map_count(&table(h)->map));
	assert_false(sends(h, PEER_IP));
	assert_non_null(entry(h, PEER_IP));
}

HOST_TEST(found_by_interface_and_address)
HOST_TEST(found_among_many)
HOST_TEST(a_scan_evicts_its_own)
HOST_TEST(strangers_that_ask_evict_their_own)
HOST_TEST(who_leaves_a_full_table)
HOST_TEST(nobody_leaves_if_all_are_in_use)
HOST_TEST(eviction_drops_what_waits)
HOST_TEST(flushing_is_by_interface)
HOST_TEST(no_memory_is_a_drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_by_interface_and_address_test),
		cmocka_unit_test(found_among_many_test),
		cmocka_unit_test(a_scan_evicts_its_own_test),
		cmocka_unit_test(strangers_that_ask_evict_their_own_test),
		cmocka_unit_test(who_leaves_a_full_table_test),
		cmocka_unit_test(nobody_leaves_if_all_are_in_use_test),
		cmocka_unit_test(eviction_drops_what_waits_test),
		cmocka_unit_test(flushing_is_by_interface_test),
		cmocka_unit_test(no_memory_is_a_drop_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
