/* SPDX-License-Identifier: ISC */
/*
 * neigh_static.c - neighbours that are configured: never asked, never forgotten
 *
 * What the wire says of such a neighbour is ignored, so it is also the
 * protection against stations that claim what is not theirs.
 */
#include <errno.h>

#include "net/config.h"
#include "net/tables.h"

int net_neigh_add(struct net *net, int ifindex, uint32_t addr,
		  const uint8_t mac[6])
{
	struct neigh_table *t = &net->tables->neigh;
	struct netif *nif = net_if(net, ifindex);
	struct neigh *n;

	if (!nif)
		return -ENODEV;
	if (!netif_is_ethernet(nif) || eth_is_group(mac) || eth_is_zero(mac) ||
	    net_addr_kind(net, addr) != ADDR_REMOTE)
		return -EINVAL;
	n = neigh_find(t, ifindex, addr);
	if (!n)
		n = neigh_create(net, nif, addr, NEIGH_KNOWN);
	if (!n)
		return map_count(&t->map) < net->tun.neigh_max ? -ENOMEM
							       : -ENOSPC;
	memcpy(n->mac, mac, ETH_ADDR_LEN);
	n->phase = NEIGH_STATIC;
	n->disputed = false;
	wheel_cancel(&t->wheel, &n->timer);
	neigh_unclassify(t, n);
	neigh_send_waiting(net, nif, n);
	return 0;
}
