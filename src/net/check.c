/* SPDX-License-Identifier: ISC */
/*
 * check.c - the invariants of this floor, for tests, simulation and fuzzing
 *
 *	N1  every interface has its own index; bit i of `up` says that
 *	    interface i is there and up; loopback is there
 *	N2  every address of an interface is in the table of addresses, which
 *	    is sorted and behind its hints
 *	N3  routes are sorted; each knows the next wider prefix that holds it;
 *	    its interface is there
 *	N4  a neighbour that is listed is in the phase of its class, its timer
 *	    runs, and only one that was asked for has frames waiting; counts
 *	    are those of the lists, and no class exceeds the table
 *	N5  path MTUs are in the order of their updates, and counts are those
 *	    of the list
 *	N6  no ring of ready frames holds more than it may
 */
#include "net/check.h"

#include "base/assert.h"
#include "net/tables.h"

static void check_addrs(const struct net *net, const struct netif *nif)
{
	TERN_ASSERT(nif->n_addrs >= 0 && nif->n_addrs <= NETIF_ADDRS);
	for (int i = 0; i < nif->n_addrs; i++) {
		TERN_ASSERT(addr_find(&net->tables->addrs,
				      nif->addrs[i].addr) == ADDR_LOCAL);
	}
}

static void check_netifs(const struct net *net)
{
	uint64_t up = 0;

	TERN_ASSERT(net->ifs[TERN_IF_LOOPBACK] && !net->ifs[0]);
	for (int i = 1; i < NETIF_MAX; i++) {
		const struct netif *nif = net->ifs[i];

		if (!nif)
			continue;
		TERN_ASSERT(nif->index == i);
		TERN_ASSERT(nif->ready.tail - nif->ready.head <= READY_MAX);
		if (nif->up)
			up |= UINT64_C(1) << i;
		check_addrs(net, nif);
	}
	TERN_ASSERT(up == net->tables->up);
}

static void check_addr_table(const struct addr_table *t)
{
	TERN_ASSERT(t->n <= t->cap);
	for (uint32_t i = 0; i < t->n; i++) {
		const struct addr_entry *e = &t->entries[i];

		TERN_ASSERT(e->refs > 0 && addr_maybe(t, e->addr));
		if (i > 0)
			TERN_ASSERT(e[-1].addr < e->addr ||
				    (e[-1].addr == e->addr &&
				     e[-1].kind < e->kind));
	}
}

static bool in_order(const struct route *a, const struct route *b)
{
	if (a->dst != b->dst)
		return a->dst < b->dst;
	if (a->prefix_len != b->prefix_len)
		return a->prefix_len < b->prefix_len;
	return a->metric >= b->metric;
}

static void check_routes(const struct net *net)
{
	const struct route_table *t = &net->tables->routes;

	TERN_ASSERT(t->n <= t->cap && t->n <= ROUTE_MAX);
	for (uint32_t i = 0; i < t->n; i++) {
		const struct route *r = &t->routes[i];
		const struct route *wider;

		TERN_ASSERT(net_if(net, r->ifindex));
		TERN_ASSERT(i == 0 || in_order(r - 1, r));
		TERN_ASSERT(r->wider < (int32_t)i);
		if (r->wider < 0)
			continue;
		wider = &t->routes[r->wider];
		TERN_ASSERT(
			wider->prefix_len < r->prefix_len &&
			!((wider->dst ^ r->dst) & ip4_mask(wider->prefix_len)));
	}
}

static uint32_t length(const struct list *head)
{
	const struct list *link;
	uint32_t n = 0;

	list_for_each(link, head)
		n++;
	return n;
}

static void check_neigh(const struct net *net, const struct neigh *n)
{
	bool asked = n->phase == NEIGH_INCOMPLETE;

	TERN_ASSERT(n->phase != NEIGH_STATIC);
	TERN_ASSERT(asked == (n->class == NEIGH_ASKED));
	TERN_ASSERT(n->class != NEIGH_LEARNED || n->phase == NEIGH_STALE);
	TERN_ASSERT(wheel_armed(&n->timer));
	TERN_ASSERT(asked || n->n_waiting == 0);
	TERN_ASSERT(!n->disputed || n->phase == NEIGH_PROBE);
	TERN_ASSERT(length(&n->waiting) == n->n_waiting);
	TERN_ASSERT(netif_is_ethernet(net->ifs[n->ifindex]));
}

static void check_neighs(const struct net *net)
{
	const struct neigh_table *t = &net->tables->neigh;
	uint32_t n_waiting = 0, n_listed = 0;

	for (int i = 0; i < NEIGH_CLASSES; i++) {
		const struct list *head = &t->classes[i];
		struct list *link = list_first(head);

		TERN_ASSERT(length(head) == t->count[i]);
		n_listed += t->count[i];
		for (; link; link = list_next(head, link)) {
			const struct neigh *n =
				LIST_ENTRY(link, struct neigh, link);

			TERN_ASSERT(n->class == i);
			check_neigh(net, n);
			n_waiting += n->n_waiting;
		}
	}
	TERN_ASSERT(n_waiting == t->n_queued);
	TERN_ASSERT(t->n_queued <= NEIGH_QUEUED_MAX);
	TERN_ASSERT(n_listed <= map_count(&t->map));
	TERN_ASSERT(n_listed == wheel_count(&t->wheel));
}

static void check_pmtus(const struct net *net)
{
	const struct pmtu_table *t = &net->tables->pmtu;
	uint32_t n = 0, n_below_floor = 0;
	uint64_t updated = 0;
	struct list *link = list_first(&t->by_age);

	for (; link; link = list_next(&t->by_age, link)) {
		const struct pmtu *p = LIST_ENTRY(link, struct pmtu, link);

		TERN_ASSERT(p->updated >= updated);
		updated = p->updated;
		n_below_floor += p->below_floor;
		n++;
	}
	TERN_ASSERT(n == map_count(&t->map) && n <= PMTU_MAX);
	TERN_ASSERT(n_below_floor == t->n_below_floor);
}

void net_check(const struct net *net)
{
	check_netifs(net);
	check_addr_table(&net->tables->addrs);
	check_routes(net);
	check_neighs(net);
	check_pmtus(net);
}
