/* SPDX-License-Identifier: ISC */
/*
 * path.c - where a destination lies, RFC 1122 3.3.1, 3.3.4.3
 *
 * What is addressed to this host itself goes over the loopback interface,
 * whatever interface has the address.
 *
 * Whoever asks for a path asks for it again: for the SYN,ACK, for what comes of
 * it, and for the next connection with the same host.  So the answers are
 * remembered, each at a place by what was asked, until routes change.
 */
#include <errno.h>

#include "net/tables.h"

#define LOOPBACK_ADDR UINT32_C(0x7f000001) /* 127.0.0.1 */

struct netif *net_if(const struct net *net, int ifindex)
{
	if (ifindex <= 0 || ifindex >= NETIF_MAX)
		return NULL;
	return net->ifs[ifindex];
}

bool netif_has_addr(const struct netif *nif, uint32_t addr)
{
	for (int i = 0; i < nif->n_addrs; i++) {
		if (nif->addrs[i].addr == addr)
			return true;
	}
	return false;
}

const struct netif_addr *netif_addr_covering(const struct netif *nif,
					     uint32_t addr)
{
	for (int i = 0; i < nif->n_addrs; i++) {
		const struct netif_addr *a = &nif->addrs[i];

		if (((a->addr ^ addr) & ip4_mask(a->prefix_len)) == 0)
			return a;
	}
	return NULL;
}

uint32_t net_choose_source(const struct net *net, const struct netif *nif,
			   uint32_t next_hop)
{
	const struct netif_addr *a = netif_addr_covering(nif, next_hop);

	if (a)
		return a->addr;
	if (nif->n_addrs > 0)
		return nif->addrs[0].addr;
	for (int i = TERN_IF_LOOPBACK + 1; i < NETIF_MAX; i++) {
		if (net->ifs[i] && net->ifs[i]->n_addrs > 0)
			return net->ifs[i]->addrs[0].addr;
	}
	return 0;
}

static void fill(const struct net *net, const struct netif *nif,
		 uint32_t next_hop, struct net_path *path)
{
	path->ifindex = (uint16_t)nif->index;
	path->headroom = (uint16_t)(netif_link_len(nif) + IP4_HEADER_LEN);
	path->next_hop = next_hop;
	path->gen = net->route_gen;
}

static int local_path(const struct net *net, uint32_t dst, uint32_t *src,
		      struct net_path *path)
{
	const struct netif *lo = net->ifs[TERN_IF_LOOPBACK];

	if (!lo->up)
		return -ENETUNREACH;
	if (*src && net_addr_kind(net, *src) != ADDR_LOCAL)
		return -EADDRNOTAVAIL;
	if (*src == 0)
		*src = ip4_is_loopback(dst) ? LOOPBACK_ADDR : dst;
	fill(net, lo, dst, path);
	return 0;
}

static int remote_path(struct net *net, uint32_t dst, uint32_t *src,
		       struct net_path *path)
{
	const struct netif_tables *t = net->tables;
	const struct route_query query = {
		.dst = dst, .up = t->up, .now = net->env->now};
	const struct route *r;
	const struct netif *nif;
	uint32_t next_hop, source = *src;

	if (ip4_is_loopback(source))
		return -EINVAL;
	if (source && net_addr_kind(net, source) != ADDR_LOCAL)
		return -EADDRNOTAVAIL;
	r = route_find(&t->routes, &query);
	if (!r) {
		env_count(net->env, TERN_IpOutNoRoutes);
		return -ENETUNREACH;
	}
	nif = net->ifs[r->ifindex];
	next_hop = r->gateway ? r->gateway : dst;
	if (!source)
		source = r->source ? r->source
				   : net_choose_source(net, nif, next_hop);
	if (!source)
		return -EADDRNOTAVAIL;
	*src = source;
	fill(net, nif, next_hop, path);
	return 0;
}

static int look_up(struct net *net, uint32_t dst, uint32_t *src,
		   struct net_path *path)
{
	path->ifindex = 0;
	switch (net_addr_kind(net, dst)) {
	case ADDR_LOCAL:
		return local_path(net, dst, src, path);
	case ADDR_REMOTE:
		return remote_path(net, dst, src, path);
	case ADDR_ANY:
	case ADDR_BROADCAST:
	case ADDR_MULTICAST:
	case ADDR_INVALID:
		break;
	}
	return -EINVAL;
}

/* No secret: who shares a place only has the table searched. */
static struct path_answer *place_of(const struct net *net, uint32_t dst,
				    uint32_t src)
{
	const uint64_t what = (uint64_t)dst << 32 | src;

	return &net->tables->answers[what * UINT64_C(0x9e3779b97f4a7c15) >>
				     (64 - PATH_ANSWER_BITS)];
}

int net_path(struct net *net, uint32_t dst, uint32_t *src,
	     struct net_path *path)
{
	const uint32_t asked = *src;
	struct path_answer *a = place_of(net, dst, asked);
	int err;

	if (likely(a->dst == dst && a->asked == asked &&
		   net_path_valid(net, &a->path))) {
		*src = a->src;
		*path = a->path;
		return 0;
	}
	err = look_up(net, dst, src, path);
	/* With time alone a gateway that is dead becomes another answer. */
	if (!err && !net->tables->routes.any_dead)
		*a = (struct path_answer){dst, asked, *src, *path};
	return err;
}

uint32_t net_mtu(const struct net *net, const struct net_path *path)
{
	const struct netif *nif = net_if(net, path->ifindex);

	return nif ? nif->config.mtu : NETIF_MTU_MIN;
}

uint32_t net_smallest_mtu(const struct net *net)
{
	uint32_t mtu = NETIF_MTU_MAX;

	for (int i = TERN_IF_LOOPBACK + 1; i < NETIF_MAX; i++) {
		const struct netif *nif = net->ifs[i];

		if (nif && nif->up)
			mtu = min_u32(mtu, nif->config.mtu);
	}
	return mtu;
}
