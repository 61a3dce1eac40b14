/* SPDX-License-Identifier: ISC */
/*
 * pmtu.h - what is known of path MTUs, RFC 1191
 *
 * Hosts, not prefixes: a path is that to one destination.
 */
#ifndef TERN_NET_PMTU_H
#define TERN_NET_PMTU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/siphash.h"
#include "net/net.h"

#define PMTU_MAX 4096 /* destinations; the oldest makes room */

struct pmtu {
	struct map_node node;
	struct list link; /* on pmtu_table.by_age */
	uint64_t updated;
	uint32_t dst;
	uint16_t mtu;
	bool below_floor; /* a smaller one was told: DF must not be set */
};

struct pmtu_table {
	struct map map;
	struct pool pool;
	struct list by_age; /* the one updated longest ago first */
	struct siphash_key key;
	uint32_t n_below_floor;
};

void pmtu_init(struct pmtu_table *t, struct env *env);
void pmtu_fini(struct pmtu_table *t);

/* The entry of a destination unless it is too old; NULL if there is none. */
const struct pmtu *pmtu_find(const struct net *net, uint32_t dst);

/* True if datagrams to dst must be left for routers to cut. */
bool pmtu_forbids_df(const struct net *net, uint32_t dst);

/* Forgets what is too old / when that must be done next. */
void pmtu_expire(struct net *net);
uint64_t pmtu_deadline(const struct net *net);

/*
 * The guess for a router that does not tell its MTU: the next plateau below
 * the length of the datagram that was too long, RFC 1191 7.1.
 */
uint32_t pmtu_plateau(uint32_t len);

#endif
