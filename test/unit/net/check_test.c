/* SPDX-License-Identifier: ISC */
/*
 * check_test.c - the invariants hold, and a broken one is found
 */
#include "net/check.h"

#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

/* One of everything. */
static void fill(struct host *h)
{
	assert_int_equal(net_neigh_add(&h->net, h->eth, GATEWAY, other_mac), 0);
	assert_false(sends(h, PEER_IP));
	assert_false(sends(h, PEER_IP + 1));
	inject_arp(h, ARP_REPLY, PEER_IP, peer_mac, OUR_IP);
	inject_arp(h, ARP_REQUEST, PEER_IP + 2, peer_mac, OUR_IP);
	net_pmtu_lower(&h->net, FAR_IP, 100);
	h->env.now++;
	net_pmtu_lower(&h->net, FAR_IP + 1, 1000);
}

static struct neigh *entry(struct host *h, uint32_t addr)
{
	return neigh_find(&h->net.tables->neigh, h->eth, addr);
}

static void holds(struct host *h)
{
	net_check(&h->net);
	fill(h);
	net_check(&h->net);
	pass_time(h, 3 * TERN_S);
	net_check(&h->net);
	assert_int_equal(net_if_remove(&h->net, h->eth), 0);
	net_check(&h->net);
	pass_time(h, 1000 * TERN_S);
	net_check(&h->net);
}

static void break_up(struct host *h)
{
	h->net.tables->up ^= 1U << 3;
}

static void break_index(struct host *h)
{
	net_if(&h->net, h->tun)->index = 9;
}

static void break_addr(struct host *h)
{
	net_if(&h->net, h->tun)->addrs[0].addr++;
}

static void break_addr_filter(struct host *h)
{
	memset(h->net.tables->addrs.hint, 0, sizeof(h->net.tables->addrs.hint));
}

static void break_route_order(struct host *h)
{
	h->net.tables->routes.routes[0].dst = UINT32_MAX;
}

static void break_route_link(struct host *h)
{
	struct route_table *t = &h->net.tables->routes;

	t->routes[t->n - 1].wider = (int32_t)t->n - 2;
}

static void break_route_interface(struct host *h)
{
	h->net.tables->routes.routes[0].ifindex = 40;
}

static void break_neigh_phase(struct host *h)
{
	entry(h, PEER_IP)->phase = NEIGH_INCOMPLETE;
}

static void break_neigh_timer(struct host *h)
{
	wheel_cancel(&h->net.tables->neigh.wheel, &entry(h, PEER_IP)->timer);
}

static void break_neigh_count(struct host *h)
{
	h->net.tables->neigh.count[NEIGH_LEARNED]++;
}

static void break_neigh_queue(struct host *h)
{
	entry(h, PEER_IP + 1)->n_waiting++;
}

static void break_neigh_queued(struct host *h)
{
	h->net.tables->neigh.n_queued--;
}

static void break_pmtu_order(struct host *h)
{
	struct list *first = list_first(&h->net.tables->pmtu.by_age);

	LIST_ENTRY(first, struct pmtu, link)->updated += 2;
}

static void break_pmtu_floor(struct host *h)
{
	h->net.tables->pmtu.n_below_floor++;
}

static void break_ring(struct host *h)
{
	net_if(&h->net, h->tun)->ready.tail += READY_MAX + 1;
}

/* In a process of its own, for it does not survive. */
static bool survives(struct host *h, void (*spoil)(struct host *h))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		spoil(h);
		net_check(&h->net);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void nothing(struct host *h)
{
	(void)h;
}

static void what_is_broken_is_found(struct host *h)
{
	void (*const spoil[])(struct host *) = {
		break_up,
		break_index,
		break_addr,
		break_addr_filter,
		break_route_order,
		break_route_link,
		break_route_interface,
		break_neigh_phase,
		break_neigh_timer,
		break_neigh_count,
		break_neigh_queue,
		break_neigh_queued,
		break_pmtu_order,
		break_pmtu_floor,
		break_ring,
	};

	fill(h);
	assert_true(survives(h, nothing));
	for (size_t i = 0; i < ARRAY_LEN(spoil); i++)
		assert_false(survives(h, spoil[i]));
}

HOST_TEST(holds)
HOST_TEST(what_is_broken_is_found)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_test),
		cmocka_unit_test(what_is_broken_is_found_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
