/* SPDX-License-Identifier: ISC */
/*
 * route.h - the table of routes, RFC 1122 3.3.1
 *
 * A plain data structure: it knows prefixes and interface numbers, not
 * interfaces.
 */
#ifndef TERN_NET_ROUTE_H
#define TERN_NET_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/netif.h>

#include "base/mem.h"

#define ROUTE_MAX 16384

struct route {
	uint32_t dst;
	uint32_t gateway; /* 0: the destination is on the link */
	uint32_t source;  /* 0: chosen by the interface's addresses */
	uint32_t metric;
	uint64_t dead_until; /* the gateway did not answer; 0: it is well */
	int32_t wider;	     /* index of the best route of the next shorter
				prefix that holds this one, -1 if none */
	uint8_t prefix_len;
	uint8_t ifindex;
	bool connected; /* belongs to an address of the interface */
};

/*
 * Sorted by prefix address, then by prefix length; of one prefix the route
 * with the lowest metric, and of those the oldest, is the last.
 */
struct route_table {
	struct route *routes;
	uint32_t n, cap;
	bool any_dead; /* some route may have dead_until set */
};

/* What a look-up must know besides the destination. */
struct route_query {
	uint32_t dst;
	uint64_t up;  /* bit i: interface i is up */
	uint64_t now; /* routes that are dead at this time come last */
};

/* Makes room for one more.  Returns 0, -ENOMEM, or -ENOSPC at ROUTE_MAX. */
TERN_CHECK int route_reserve(struct route_table *t, struct mem *mem);

/* Adds a copy of r; room must have been reserved. */
void route_insert(struct route_table *t, const struct route *r);

void route_erase(struct route_table *t, uint32_t i);

/* Erases all routes that match(), with this argument. */
typedef bool route_match_fn(const struct route *r, uint32_t arg);
void route_erase_all(struct route_table *t, route_match_fn *match,
		     uint32_t arg);

void route_fini(struct route_table *t, struct mem *mem);

/*
 * The best usable route: longest prefix, then lowest metric, among those whose
 * interface is up.  A route over a dead gateway is taken only if there is no
 * other (RFC 1122 3.3.1.4).  NULL if there is none.
 */
const struct route *route_find(const struct route_table *t,
			       const struct route_query *q);

/*
 * The range [*first, returned value) of routes of one prefix.  Empty if there
 * are none.
 */
uint32_t route_range(const struct route_table *t, uint32_t dst, int prefix_len,
		     uint32_t *first);

/*
 * Marks the routes over a gateway dead until that time.  Returns true if there
 * was one that was not.
 */
bool route_set_dead(struct route_table *t, int ifindex, uint32_t gateway,
		    uint64_t now, uint64_t until);

/* The gateway has answered.  Returns true if one of its routes was dead. */
bool route_set_alive(struct route_table *t, int ifindex, uint32_t gateway,
		     uint64_t now);

#endif
