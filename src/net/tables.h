/* SPDX-License-Identifier: ISC */
/*
 * tables.h - what hangs on net->tables: all that this floor remembers
 */
#ifndef TERN_NET_TABLES_H
#define TERN_NET_TABLES_H

#include "net/addr.h"
#include "net/ip_id.h"
#include "net/limit.h"
#include "net/neigh.h"
#include "net/pmtu.h"
#include "net/route.h"

#define PATH_ANSWER_BITS 8

/* What net_path() has said, while the path is valid. */
struct path_answer {
	uint32_t dst, asked; /* for `asked` as source, 0: any */
	uint32_t src;
	struct net_path path;
};

struct netif_tables {
	uint64_t up; /* bit i: interface i is there and up */
	struct addr_table addrs;
	struct route_table routes;
	struct neigh_table neigh;
	struct pmtu_table pmtu;
	struct limits limits;
	struct ip_ids ids;
	struct path_answer answers[1 << PATH_ANSWER_BITS];
};

/*
 * An address of ours to talk with a next hop on an interface: one whose prefix
 * holds it, else the interface's first, else the first of any interface but
 * loopback.  0 if there is none.
 */
uint32_t net_choose_source(const struct net *net, const struct netif *nif,
			   uint32_t next_hop);

/* Removes the i-th address of an interface; paths are not yet void. */
void net_addr_forget(struct net *net, struct netif *nif, int i);

/* Addresses, routes or an interface have changed: all paths are void. */
void net_rerouted(struct net *net);

#endif
