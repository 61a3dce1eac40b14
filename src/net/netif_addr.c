/* SPDX-License-Identifier: ISC */
/*
 * netif_addr.c - addresses of interfaces, RFC 1122 3.2.1.3, RFC 3021
 *
 * An address brings three things: itself, the two broadcast addresses of its
 * subnet, and the route to its subnet, which is shared by all addresses of the
 * interface in that subnet.
 */
#include <errno.h>

#include "net/config.h"
#include "net/tables.h"

static uint32_t prefix_of(const struct netif_addr *a)
{
	return a->addr & ip4_mask(a->prefix_len);
}

static bool has_broadcast(const struct netif *nif, int prefix_len)
{
	return prefix_len < 31 && !netif_is_loopback(nif) &&
	       !(nif->config.flags & TERN_IF_POINTOPOINT);
}

/* An address alone on its link has no subnet to route to. */
static bool has_route(const struct netif_addr *a)
{
	return a->prefix_len < 32;
}

static bool addr_is_legal(const struct netif *nif, const struct netif_addr *a)
{
	uint32_t host = a->addr & ~ip4_mask(a->prefix_len);

	if (ip4_is_this_network(a->addr) || ip4_is_multicast(a->addr) ||
	    ip4_is_reserved(a->addr))
		return false;
	if (ip4_is_loopback(a->addr) && !netif_is_loopback(nif))
		return false;
	return !has_broadcast(nif, a->prefix_len) ||
	       (host != 0 && host != ~ip4_mask(a->prefix_len));
}

/* How many addresses of the interface share the subnet. */
static int n_sharing(const struct netif *nif, const struct netif_addr *a)
{
	int n = 0;

	for (int i = 0; i < nif->n_addrs; i++) {
		n += nif->addrs[i].prefix_len == a->prefix_len &&
		     prefix_of(&nif->addrs[i]) == prefix_of(a);
	}
	return n;
}

static void insert_route(struct net *net, const struct netif *nif,
			 const struct netif_addr *a)
{
	const struct route r = {
		.dst = prefix_of(a),
		.prefix_len = a->prefix_len,
		.ifindex = (uint8_t)nif->index,
		.connected = true,
	};

	route_insert(&net->tables->routes, &r);
}

static void erase_route(struct net *net, const struct netif *nif,
			const struct netif_addr *a)
{
	struct route_table *t = &net->tables->routes;
	uint32_t i, end = route_range(t, prefix_of(a), a->prefix_len, &i);

	for (; i < end; i++) {
		if (t->routes[i].connected &&
		    t->routes[i].ifindex == nif->index) {
			route_erase(t, i);
			return;
		}
	}
}

static bool is_from(const struct route *r, uint32_t source)
{
	return r->source == source;
}

int net_addr_add(struct net *net, int ifindex, uint32_t addr, int prefix_len)
{
	struct netif_addr a = {addr, (uint8_t)prefix_len};
	struct netif_tables *t = net->tables;
	struct netif *nif = net_if(net, ifindex);
	int err;

	if (!nif)
		return -ENODEV;
	if (prefix_len < 1 || prefix_len > 32 || !addr_is_legal(nif, &a))
		return -EINVAL;
	if (addr_find(&t->addrs, addr) == ADDR_LOCAL)
		return -EEXIST;
	if (nif->n_addrs == NETIF_ADDRS)
		return -ENOSPC;
	err = addr_reserve(&t->addrs, &net->env->mem, 3);
	if (!err)
		err = route_reserve(&t->routes, &net->env->mem);
	if (err)
		return err;
	nif->addrs[nif->n_addrs++] = a;
	addr_insert(&t->addrs, addr, ADDR_LOCAL);
	if (has_broadcast(nif, prefix_len)) {
		addr_insert(&t->addrs, prefix_of(&a), ADDR_BROADCAST);
		addr_insert(&t->addrs, addr | ~ip4_mask(prefix_len),
			    ADDR_BROADCAST);
	}
	if (has_route(&a) && n_sharing(nif, &a) == 1)
		insert_route(net, nif, &a);
	net_rerouted(net);
	return 0;
}

void net_addr_forget(struct net *net, struct netif *nif, int i)
{
	struct netif_addr a = nif->addrs[i];
	struct addr_table *t = &net->tables->addrs;

	addr_erase(t, a.addr, ADDR_LOCAL);
	if (has_broadcast(nif, a.prefix_len)) {
		addr_erase(t, prefix_of(&a), ADDR_BROADCAST);
		addr_erase(t, a.addr | ~ip4_mask(a.prefix_len), ADDR_BROADCAST);
	}
	if (has_route(&a) && n_sharing(nif, &a) == 1)
		erase_route(net, nif, &a);
	route_erase_all(&net->tables->routes, is_from, a.addr);
	nif->n_addrs--;
	memmove(&nif->addrs[i], &nif->addrs[i + 1],
		(size_t)(nif->n_addrs - i) * sizeof(a));
	/* ip4_input() looks at the first without asking whether it is there. */
	memset(&nif->addrs[nif->n_addrs], 0, sizeof(a));
}

int net_addr_remove(struct net *net, int ifindex, uint32_t addr)
{
	struct netif *nif = net_if(net, ifindex);

	if (!nif)
		return -ENODEV;
	for (int i = 0; i < nif->n_addrs; i++) {
		if (nif->addrs[i].addr == addr) {
			net_addr_forget(net, nif, i);
			net_rerouted(net);
			return 0;
		}
	}
	return -EADDRNOTAVAIL;
}
