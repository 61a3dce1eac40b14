/* SPDX-License-Identifier: ISC */
/*
 * netif.c - interfaces, addresses, routes and neighbours under public names
 */
#include <tern/netif.h>

#include "net/config.h"
#include "stack/tern.h"

int tern_if_add(struct tern *n, const struct tern_if_config *c)
{
	return net_if_add(&n->net, c);
}

int tern_if_remove(struct tern *n, int ifindex)
{
	return net_if_remove(&n->net, ifindex);
}

int tern_if_set_up(struct tern *n, int ifindex, bool up)
{
	return net_if_set_up(&n->net, ifindex, up);
}

int tern_if_set_mtu(struct tern *n, int ifindex, uint32_t mtu)
{
	return net_if_set_mtu(&n->net, ifindex, mtu);
}

int tern_if_info(const struct tern *n, int ifindex, struct tern_if_info *info)
{
	return net_if_info(&n->net, ifindex, info);
}

int tern_addr_add(struct tern *n, int ifindex, uint32_t addr, int prefix_len)
{
	return net_addr_add(&n->net, ifindex, addr, prefix_len);
}

int tern_addr_remove(struct tern *n, int ifindex, uint32_t addr)
{
	return net_addr_remove(&n->net, ifindex, addr);
}

int tern_route_add(struct tern *n, const struct tern_route *r)
{
	return net_route_add(&n->net, r);
}

int tern_route_remove(struct tern *n, const struct tern_route *r)
{
	return net_route_remove(&n->net, r);
}

int tern_route_at(const struct tern *n, int i, struct tern_route *r)
{
	return net_route_at(&n->net, i, r);
}

int tern_neigh_add(struct tern *n, int ifindex, uint32_t addr,
		   const uint8_t mac[6])
{
	return net_neigh_add(&n->net, ifindex, addr, mac);
}
