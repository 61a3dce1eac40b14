/* SPDX-License-Identifier: ISC */
/*
 * route.c - the table of routes, RFC 1122 3.3.1
 *
 * The routes are sorted, so that a binary search finds the last one that
 * begins at or before a destination.  If its prefix does not hold the
 * destination, the longest one that does is among the prefixes around it:
 *
 *	10.0.0.0/8   +-------------------------------------------+
 *	10.1.0.0/16	 +--------------------+
 *	10.1.2.0/24	      +------+
 *				found ^     ^ 10.1.9.9, held by /16
 *
 * since whatever begins between that one and the destination lies within it.
 * So each route knows the next wider one, and a look-up costs a binary search
 * and at most 32 steps.  Changes are linear in the number of routes; they are
 * made by hand or by a routing daemon, not by packets.
 */
#include "net/route.h"

#include <errno.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "wire/ip4.h"

int route_reserve(struct route_table *t, struct mem *mem)
{
	uint32_t cap = t->cap ? t->cap * 2 : 8;
	struct route *routes;

	if (t->n == ROUTE_MAX)
		return -ENOSPC;
	if (t->n < t->cap)
		return 0;
	routes = mem_alloc(mem, TERN_MEM_NET, cap * sizeof(*routes));
	if (!routes)
		return -ENOMEM;
	if (t->n > 0)
		memcpy(routes, t->routes, t->n * sizeof(*routes));
	mem_free(mem, TERN_MEM_NET, t->routes, t->cap * sizeof(*routes));
	t->routes = routes;
	t->cap = cap;
	return 0;
}

static bool holds(const struct route *r, uint32_t addr)
{
	return ((r->dst ^ addr) & ip4_mask(r->prefix_len)) == 0;
}

static bool same_prefix(const struct route *a, const struct route *b)
{
	return a->dst == b->dst && a->prefix_len == b->prefix_len;
}

/* True if r comes before the prefix in the order of the table. */
static bool before(const struct route *r, uint32_t dst, int prefix_len)
{
	return r->dst < dst || (r->dst == dst && r->prefix_len < prefix_len);
}

/* The first route that does not come before the prefix. */
static uint32_t lower_bound(const struct route_table *t, uint32_t dst,
			    int prefix_len)
{
	uint32_t lo = 0, hi = t->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (before(&t->routes[mid], dst, prefix_len))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

uint32_t route_range(const struct route_table *t, uint32_t dst, int prefix_len,
		     uint32_t *first)
{
	*first = lower_bound(t, dst, prefix_len);
	return lower_bound(t, dst, prefix_len + 1);
}

/* Sets the links to the next wider prefix anew. */
static void link_wider(struct route_table *t)
{
	for (uint32_t i = 0; i < t->n; i++) {
		struct route *r = &t->routes[i];
		int32_t wider = (int32_t)i - 1;

		if (i > 0 && same_prefix(r - 1, r)) {
			r->wider = r[-1].wider;
			continue;
		}
		while (wider >= 0 && !holds(&t->routes[wider], r->dst))
			wider = t->routes[wider].wider;
		r->wider = wider;
	}
}

void route_insert(struct route_table *t, const struct route *r)
{
	uint32_t first, i, end = route_range(t, r->dst, r->prefix_len, &first);
	struct route *at;

	TERN_ASSERT(t->n < t->cap);
	for (i = first; i < end && t->routes[i].metric > r->metric; i++)
		;
	at = &t->routes[i];
	memmove(at + 1, at, (t->n - i) * sizeof(*at));
	*at = *r;
	t->n++;
	link_wider(t);
}

void route_erase(struct route_table *t, uint32_t i)
{
	struct route *at = &t->routes[i];

	TERN_ASSERT(i < t->n);
	t->n--;
	memmove(at, at + 1, (t->n - i) * sizeof(*at));
	link_wider(t);
}

void route_erase_all(struct route_table *t, route_match_fn *match, uint32_t arg)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		if (!match(&t->routes[i], arg))
			t->routes[kept++] = t->routes[i];
	}
	t->n = kept;
	link_wider(t);
}

void route_fini(struct route_table *t, struct mem *mem)
{
	mem_free(mem, TERN_MEM_NET, t->routes, t->cap * sizeof(*t->routes));
	memset(t, 0, sizeof(*t));
}

static bool is_usable(const struct route *r, const struct route_query *q)
{
	return (q->up >> r->ifindex & 1) && r->dead_until <= q->now;
}

/* The route to try after i, which holds the destination but is unusable. */
static int32_t next_best(const struct route_table *t, int32_t i)
{
	const struct route *r = &t->routes[i];

	return i > 0 && same_prefix(r - 1, r) ? i - 1 : r->wider;
}

static const struct route *find_usable(const struct route_table *t,
				       const struct route_query *q)
{
	/* No prefix is longer than 32 bits: the last that is not beyond. */
	int32_t i = (int32_t)lower_bound(t, q->dst, 33) - 1;

	while (i >= 0) {
		const struct route *r = &t->routes[i];

		if (!holds(r, q->dst))
			i = r->wider;
		else if (is_usable(r, q))
			return r;
		else
			i = next_best(t, i);
	}
	return NULL;
}

const struct route *route_find(const struct route_table *t,
			       const struct route_query *q)
{
	const struct route_query desperate = {q->dst, q->up, UINT64_MAX};
	const struct route *r = find_usable(t, q);

	return r ? r : find_usable(t, &desperate);
}

bool route_set_dead(struct route_table *t, int ifindex, uint32_t gateway,
		    uint64_t now, uint64_t until)
{
	bool changed = false;

	for (uint32_t i = 0; i < t->n; i++) {
		struct route *r = &t->routes[i];

		if (r->gateway != gateway || r->ifindex != ifindex)
			continue;
		changed |= r->dead_until <= now;
		r->dead_until = until;
		t->any_dead = true;
	}
	return changed;
}

bool route_set_alive(struct route_table *t, int ifindex, uint32_t gateway,
		     uint64_t now)
{
	bool changed = false, any_dead = false;

	if (!t->any_dead)
		return false;
	for (uint32_t i = 0; i < t->n; i++) {
		struct route *r = &t->routes[i];

		if (r->gateway == gateway && r->ifindex == ifindex) {
			changed |= r->dead_until > now;
			r->dead_until = 0;
		}
		any_dead |= r->dead_until > 0;
	}
	t->any_dead = any_dead;
	return changed;
}
