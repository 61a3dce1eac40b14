/* SPDX-License-Identifier: ISC */
/*
 * config.h - interfaces, addresses, routes and neighbours are set up here
 *
 * The functions of <tern/netif.h>, with its contracts, for src/stack to wrap.
 * What is said below is said in addition.
 */
#ifndef TERN_NET_CONFIG_H
#define TERN_NET_CONFIG_H

#include "net/net.h"

TERN_CHECK int net_if_add(struct net *net, const struct tern_if_config *c);

/* -EINVAL for the loopback interface, which stays. */
int net_if_remove(struct net *net, int ifindex);
int net_if_set_up(struct net *net, int ifindex, bool up);
int net_if_set_mtu(struct net *net, int ifindex, uint32_t mtu);
int net_if_info(const struct net *net, int ifindex, struct tern_if_info *info);

/*
 * The host's part of the address must be neither 0 nor all ones, except in
 * prefixes of 31 and 32 bits and on links without broadcast.  127/8 belongs to
 * the loopback interface.  -EEXIST if any interface has the address, -ENOSPC
 * if this one has NETIF_ADDRS.
 */
TERN_CHECK int net_addr_add(struct net *net, int ifindex, uint32_t addr,
			    int prefix_len);

/*
 * Takes away also the route to its prefix, if no other address shares it, and
 * the routes that have it as their source.  -EADDRNOTAVAIL if the interface
 * has no such address.
 */
int net_addr_remove(struct net *net, int ifindex, uint32_t addr);

/*
 * ifindex 0 with a gateway: the interface on whose link the gateway is.
 * -EEXIST if there is a route with this prefix and metric, -EINVAL if dst has
 * bits beyond the prefix or source is not an address of ours, -ENOSPC at
 * ROUTE_MAX.
 */
TERN_CHECK int net_route_add(struct net *net, const struct tern_route *r);

/*
 * Prefix and metric must be equal; gateway and ifindex too where they are not
 * 0.  -ESRCH if there is no such route.
 */
int net_route_remove(struct net *net, const struct tern_route *r);
int net_route_at(const struct net *net, int i, struct tern_route *r);

/*
 * Replaces an entry that exists.  -ENODEV, -EINVAL if the interface is not
 * Ethernet or an address is of a group, -ENOSPC if the table is full of
 * neighbours in use, -ENOMEM.
 */
TERN_CHECK int net_neigh_add(struct net *net, int ifindex, uint32_t addr,
			     const uint8_t mac[6]);

#endif
