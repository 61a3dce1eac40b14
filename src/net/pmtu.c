/* SPDX-License-Identifier: ISC */
/*
 * pmtu.c - what is known of path MTUs, RFC 1191
 *
 * The transport decides whether to believe an ICMP message (RFC 5927 7) and
 * calls net_pmtu_lower().  An entry is never raised, only forgotten, 10 minutes
 * after the last message that set it (6.3): the next datagram then finds out
 * anew.  It is never below min_pmtu, since a tiny MTU is an attack more often
 * than a path; where a path really is that narrow, datagrams go out without DF
 * and routers cut them.
 *
 * All entries live equally long, so that a list in the order of their updates
 * is a list in the order of their ends.
 */
#include "net/pmtu.h"

#include "net/tables.h"

void pmtu_init(struct pmtu_table *t, struct env *env)
{
	map_init(&t->map, &env->mem, TERN_MEM_NET);
	pool_init(&t->pool, &env->mem, TERN_MEM_NET, sizeof(struct pmtu));
	list_init(&t->by_age);
	t->key.k0 = rng_u64(&env->rng);
	t->key.k1 = rng_u64(&env->rng);
	t->n_below_floor = 0;
}

void pmtu_fini(struct pmtu_table *t)
{
	map_fini(&t->map);
	pool_drain(&t->pool);
}

static uint32_t hash_of(const struct pmtu_table *t, uint32_t dst)
{
	return (uint32_t)siphash13_12(&t->key, dst, 0);
}

static struct pmtu *find(const struct pmtu_table *t, uint32_t dst)
{
	struct map_node *node = map_first(&t->map, hash_of(t, dst));

	for (; node; node = map_next(&t->map, node)) {
		struct pmtu *p = container_of(node, struct pmtu, node);

		if (p->dst == dst)
			return p;
	}
	return NULL;
}

static uint64_t end_of(const struct net *net, const struct pmtu *p)
{
	return add_sat_u64(p->updated, net->tun.mtu_expires_s * TERN_S);
}

const struct pmtu *pmtu_find(const struct net *net, uint32_t dst)
{
	const struct pmtu_table *t = &net->tables->pmtu;
	const struct pmtu *p;

	if (likely(map_count(&t->map) == 0))
		return NULL;
	p = find(t, dst);
	return p && net->env->now < end_of(net, p) ? p : NULL;
}

bool pmtu_forbids_df(const struct net *net, uint32_t dst)
{
	const struct pmtu *p;

	if (likely(net->tables->pmtu.n_below_floor == 0))
		return false;
	p = pmtu_find(net, dst);
	return p && p->below_floor;
}

static void forget(struct pmtu_table *t, struct pmtu *p)
{
	t->n_below_floor -= p->below_floor;
	list_del(&p->link);
	map_remove(&t->map, &p->node);
	pool_put(&t->pool, p);
}

static struct pmtu *oldest(const struct pmtu_table *t)
{
	struct list *link = list_first(&t->by_age);

	return link ? LIST_ENTRY(link, struct pmtu, link) : NULL;
}

/* A new entry that says nothing yet; NULL if there is no memory. */
static struct pmtu *create(struct pmtu_table *t, uint32_t dst)
{
	struct pmtu *p;

	if (map_count(&t->map) >= PMTU_MAX)
		forget(t, oldest(t));
	p = pool_zget(&t->pool);
	if (!p)
		return NULL;
	if (map_insert(&t->map, &p->node, hash_of(t, dst))) {
		pool_put(&t->pool, p);
		return NULL;
	}
	p->dst = dst;
	p->mtu = UINT16_MAX;
	list_add_tail(&t->by_age, &p->link);
	return p;
}

void net_pmtu_lower(struct net *net, uint32_t dst, uint32_t mtu)
{
	struct pmtu_table *t = &net->tables->pmtu;
	uint32_t floor = net->tun.min_pmtu;
	struct pmtu *p;

	pmtu_expire(net); /* what is too old must not keep it low */
	p = find(t, dst);
	if (!p)
		p = create(t, dst);
	if (!p) {
		env_drop(net->env, TERN_DROP_NO_MEMORY, NULL);
		return;
	}
	if (mtu > p->mtu)
		return;
	if (mtu < floor && !p->below_floor) {
		p->below_floor = true;
		t->n_below_floor++;
	}
	p->mtu = (uint16_t)min_u32(p->mtu, max_u32(mtu, floor));
	p->updated = net->env->now;
	list_del(&p->link);
	list_add_tail(&t->by_age, &p->link);
	env_arm(net->env, end_of(net, p));
}

void pmtu_expire(struct net *net)
{
	struct pmtu_table *t = &net->tables->pmtu;
	struct pmtu *p;

	while ((p = oldest(t)) != NULL && net->env->now >= end_of(net, p)) {
		forget(t, p);
		net->route_gen++; /* connections look at their path anew */
	}
}

uint64_t pmtu_deadline(const struct net *net)
{
	const struct pmtu *p = oldest(&net->tables->pmtu);

	return p ? end_of(net, p) : TERN_NEVER;
}

uint32_t net_pmtu(const struct net *net, uint32_t dst,
		  const struct net_path *path)
{
	const struct pmtu *p = pmtu_find(net, dst);
	uint32_t mtu = net_mtu(net, path);

	return p ? min_u32(p->mtu, mtu) : mtu;
}

uint32_t pmtu_plateau(uint32_t len)
{
	/* RFC 1191 table 7-1, and what tunnels over Ethernet leave. */
	static const uint16_t plateaus[] = {
		32000, 17914, 8166, 4352, 2002, 1492,
		1400,  1280,  1006, 508,  296,	68,
	};

	for (size_t i = 0; i < ARRAY_LEN(plateaus); i++) {
		if (plateaus[i] < len)
			return plateaus[i];
	}
	return NETIF_MTU_MIN;
}
