/* SPDX-License-Identifier: ISC */
/*
 * net.c - the network floor is made, torn down, and asked for frames and time
 */
#include "net/net.h"

#include <errno.h>

#include "base/assert.h"
#include "net/config.h"
#include "net/tables.h"

/* Linux's defaults, where Linux has the same thing. */
static const struct net_tunables defaults = {
	.ip_default_ttl = 64,
	.icmp_msgs_per_sec = 1000,
	.icmp_msgs_burst = 50,
	.icmp_ratelimit_ms = 1000,
	.icmp_echo_ignore_broadcasts = true,
	.mtu_expires_s = 600,
	.min_pmtu = 552,
	.neigh_max = 1024,
	.neigh_queue_max = 64,
	.neigh_solicits = 3,
	.neigh_retrans_ms = 1000,
	.neigh_reachable_ms = 30000,
	.neigh_stale_s = 60,
};

static int add_loopback(struct net *net)
{
	const struct tern_if_config lo = {
		.name = "lo",
		.flags = TERN_IF_CSUM | TERN_IF_GSO | TERN_IF_TRUSTED,
		.mtu = NETIF_MTU_MAX,
	};
	int index = net_if_add(net, &lo);

	if (index < 0)
		return index;
	TERN_ASSERT(index == TERN_IF_LOOPBACK);
	return net_addr_add(net, index, ip4_addr(127, 0, 0, 1), 8);
}

int net_init(struct net *net, struct env *env)
{
	struct netif_tables *t;
	int err;

	memset(net, 0, sizeof(*net));
	net->env = env;
	net->tun = defaults;
	t = mem_zalloc(&env->mem, TERN_MEM_NET, sizeof(*t));
	if (!t)
		return -ENOMEM;
	net->tables = t;
	neigh_init(&t->neigh, env);
	pmtu_init(&t->pmtu, env);
	limits_init(&t->limits, &env->rng);
	ip_ids_init(&t->ids, &env->rng);
	err = add_loopback(net);
	if (err)
		net_fini(net);
	return err;
}

static void free_netif(struct net *net, int i)
{
	struct netif *nif = net->ifs[i];

	if (!nif)
		return;
	ready_fini(&nif->ready, net->env);
	mem_free(&net->env->mem, TERN_MEM_NET, nif, sizeof(*nif));
	net->ifs[i] = NULL;
}

void net_fini(struct net *net)
{
	struct netif_tables *t = net->tables;

	if (!t)
		return;
	neigh_fini(net);
	pmtu_fini(&t->pmtu);
	route_fini(&t->routes, &net->env->mem);
	addr_fini(&t->addrs, &net->env->mem);
	for (int i = 0; i < NETIF_MAX; i++)
		free_netif(net, i);
	mem_free(&net->env->mem, TERN_MEM_NET, t, sizeof(*t));
	net->tables = NULL;
}

bool net_has_output(const struct netif *out)
{
	return !ready_empty(&out->ready) || !list_empty(&out->work);
}

int net_output(struct net *net, struct netif *out, struct tern_frame *frames,
	       int max)
{
	int n = ready_take(&out->ready, frames, max);

	if (n < max && !list_empty(&out->work))
		n += net->tcp.output(net->tcp.ctx, out, frames + n, max - n);
	if (n < max) /* a frame that waits may have left an ARP request */
		n += ready_take(&out->ready, frames + n, max - n);
	out->tx_frames += (uint64_t)n;
	for (int i = 0; i < n; i++)
		out->tx_bytes += frames[i].len;
	return n;
}

uint64_t net_deadline(const struct net *net)
{
	return min_u64(wheel_next(&net->tables->neigh.wheel),
		       pmtu_deadline(net));
}

uint64_t net_due(const struct net *net)
{
	return min_u64(wheel_due(&net->tables->neigh.wheel),
		       pmtu_deadline(net));
}

void net_advance(struct net *net)
{
	neigh_advance(net);
	pmtu_expire(net);
}
