/* SPDX-License-Identifier: ISC */
/*
 * route_config.c - routes are added, removed and listed, RFC 1122 3.3.1
 */
#include <errno.h>

#include "net/config.h"
#include "net/tables.h"

/* The interface on whose link a gateway is, 0 if it is on none. */
static int link_of(const struct net *net, uint32_t gateway)
{
	const struct route_query query = {
		.dst = gateway, .up = net->tables->up, .now = net->env->now};
	const struct route *r;

	if (net_addr_kind(net, gateway) != ADDR_REMOTE)
		return 0;
	r = route_find(&net->tables->routes, &query);
	return r && r->gateway == 0 ? r->ifindex : 0;
}

/* True if a gateway may be used on an interface, whatever link it is on. */
static bool is_on_link(const struct net *net, int ifindex, uint32_t gateway)
{
	const struct netif *nif = net->ifs[ifindex];

	return link_of(net, gateway) == ifindex ||
	       (net_addr_kind(net, gateway) == ADDR_REMOTE &&
		netif_addr_covering(nif, gateway));
}

static bool prefix_is_legal(const struct tern_route *r)
{
	if (r->prefix_len < 0 || r->prefix_len > 32)
		return false;
	if (r->dst & ~ip4_mask(r->prefix_len))
		return false;
	return !ip4_is_loopback(r->dst);
}

static bool exists(const struct route_table *t, const struct tern_route *r)
{
	uint32_t i, end = route_range(t, r->dst, r->prefix_len, &i);

	for (; i < end; i++) {
		if (t->routes[i].metric == r->metric)
			return true;
	}
	return false;
}

int net_route_add(struct net *net, const struct tern_route *r)
{
	struct route_table *t = &net->tables->routes;
	int err, ifindex = r->ifindex;
	struct route new = {
		.dst = r->dst,
		.gateway = r->gateway,
		.source = r->source,
		.metric = r->metric,
		.prefix_len = (uint8_t)r->prefix_len,
	};

	if (ifindex == 0 && r->gateway) {
		ifindex = link_of(net, r->gateway);
		if (ifindex == 0)
			return -ENETUNREACH;
	}
	if (!net_if(net, ifindex))
		return -ENODEV;
	if (!prefix_is_legal(r) ||
	    (r->source && net_addr_kind(net, r->source) != ADDR_LOCAL))
		return -EINVAL;
	if (r->gateway && !is_on_link(net, ifindex, r->gateway))
		return -ENETUNREACH;
	if (exists(t, r))
		return -EEXIST;
	err = route_reserve(t, &net->env->mem);
	if (err)
		return err;
	new.ifindex = (uint8_t)ifindex;
	route_insert(t, &new);
	net_rerouted(net);
	return 0;
}

static bool is_meant(const struct route *have, const struct tern_route *r)
{
	return have->metric == r->metric &&
	       (!r->gateway || have->gateway == r->gateway) &&
	       (!r->ifindex || have->ifindex == r->ifindex);
}

int net_route_remove(struct net *net, const struct tern_route *r)
{
	struct route_table *t = &net->tables->routes;
	uint32_t i, end;

	if (r->prefix_len < 0 || r->prefix_len > 32)
		return -EINVAL;
	end = route_range(t, r->dst, r->prefix_len, &i);
	for (; i < end; i++) {
		if (is_meant(&t->routes[i], r)) {
			route_erase(t, i);
			net_rerouted(net);
			return 0;
		}
	}
	return -ESRCH;
}

int net_route_at(const struct net *net, int i, struct tern_route *r)
{
	const struct route_table *t = &net->tables->routes;
	const struct route *have;

	if (i < 0 || (uint32_t)i >= t->n)
		return -ENOENT;
	have = &t->routes[i];
	r->dst = have->dst;
	r->prefix_len = have->prefix_len;
	r->gateway = have->gateway;
	r->ifindex = have->ifindex;
	r->source = have->source;
	r->metric = have->metric;
	return 0;
}
