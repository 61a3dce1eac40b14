/* SPDX-License-Identifier: ISC */
/*
 * netif.c - interfaces come, go, and change
 *
 * Index 1 is the loopback interface, which is always there.  An index that has
 * become free is used again; what was computed for its former owner is void
 * since the route generation has moved on.
 */
#include <errno.h>

#include "net/config.h"
#include "net/tables.h"

#define FLAGS_KNOWN                                                        \
	(TERN_IF_ETHERNET | TERN_IF_CSUM | TERN_IF_GSO | TERN_IF_TRUSTED | \
	 TERN_IF_POINTOPOINT)

void net_rerouted(struct net *net)
{
	net->route_gen++;
	if (net->tcp.rerouted)
		net->tcp.rerouted(net->tcp.ctx);
}

static bool name_is_legal(const char name[TERN_IF_NAME])
{
	int len = 0;

	while (len < TERN_IF_NAME && name[len]) {
		if (name[len] <= ' ' || name[len] > '~' || name[len] == '/')
			return false;
		len++;
	}
	return len > 0 && len < TERN_IF_NAME;
}

static bool mtu_is_legal(uint32_t mtu)
{
	return mtu >= NETIF_MTU_MIN && mtu <= NETIF_MTU_MAX;
}

static bool config_is_legal(const struct tern_if_config *c)
{
	if (!name_is_legal(c->name) || !mtu_is_legal(c->mtu) ||
	    (c->flags & ~(uint32_t)FLAGS_KNOWN))
		return false;
	return !(c->flags & TERN_IF_ETHERNET) ||
	       (!eth_is_group(c->mac) && !eth_is_zero(c->mac));
}

/* The lowest free index, 0 if all are taken; -EEXIST if the name is. */
static int choose_index(const struct net *net, const char *name)
{
	int free = 0;

	for (int i = NETIF_MAX - 1; i > 0; i--) {
		if (!net->ifs[i])
			free = i;
		else if (!strcmp(net->ifs[i]->config.name, name))
			return -EEXIST;
	}
	return free;
}

int net_if_add(struct net *net, const struct tern_if_config *c)
{
	struct netif *nif;
	int index;

	if (!config_is_legal(c))
		return -EINVAL;
	index = choose_index(net, c->name);
	if (index <= 0)
		return index ? index : -ENOSPC;
	nif = mem_zalloc(&net->env->mem, TERN_MEM_NET, sizeof(*nif));
	if (!nif)
		return -ENOMEM;
	nif->config = *c;
	nif->index = index;
	nif->up = true;
	list_init(&nif->work);
	net->ifs[index] = nif;
	net->tables->up |= UINT64_C(1) << index;
	net_rerouted(net);
	return index;
}

static bool is_over(const struct route *r, uint32_t ifindex)
{
	return r->ifindex == ifindex;
}

int net_if_remove(struct net *net, int ifindex)
{
	struct netif *nif = net_if(net, ifindex);

	if (!nif)
		return -ENODEV;
	if (netif_is_loopback(nif))
		return -EINVAL;
	neigh_flush(net, ifindex, true);
	while (nif->n_addrs > 0)
		net_addr_forget(net, nif, 0);
	route_erase_all(&net->tables->routes, is_over, (uint32_t)ifindex);
	net->tables->up &= ~(UINT64_C(1) << ifindex);
	net->ifs[ifindex] = NULL;
	list_splice_tail(&net->ifs[TERN_IF_LOOPBACK]->work, &nif->work);
	net_rerouted(net);
	ready_fini(&nif->ready, net->env);
	mem_free(&net->env->mem, TERN_MEM_NET, nif, sizeof(*nif));
	return 0;
}

int net_if_set_up(struct net *net, int ifindex, bool up)
{
	struct netif *nif = net_if(net, ifindex);

	if (!nif)
		return -ENODEV;
	if (nif->up == up)
		return 0;
	nif->up = up;
	if (up) {
		net->tables->up |= UINT64_C(1) << ifindex;
	} else {
		net->tables->up &= ~(UINT64_C(1) << ifindex);
		neigh_flush(net, ifindex, false);
		ready_clear(&nif->ready);
	}
	net_rerouted(net);
	return 0;
}

int net_if_set_mtu(struct net *net, int ifindex, uint32_t mtu)
{
	struct netif *nif = net_if(net, ifindex);

	if (!nif)
		return -ENODEV;
	if (!mtu_is_legal(mtu))
		return -EINVAL;
	nif->config.mtu = mtu;
	net_rerouted(net); /* segment sizes are computed anew */
	return 0;
}

int net_if_info(const struct net *net, int ifindex, struct tern_if_info *info)
{
	const struct netif *nif = net_if(net, ifindex);

	if (!nif)
		return -ENODEV;
	info->config = nif->config;
	info->up = nif->up;
	info->rx_frames = nif->rx_frames;
	info->rx_bytes = nif->rx_bytes;
	info->tx_frames = nif->tx_frames;
	info->tx_bytes = nif->tx_bytes;
	return 0;
}
