/* SPDX-License-Identifier: ISC */
/*
 * neigh.c - the table of neighbours: finding, making and evicting entries
 *
 * The table is capped at neigh_max, and two kinds of entry that a stranger can
 * cause to be made have a quarter of it each at most: those that were asked
 * for and have not answered (a scan of a large subnet, or spoofed SYNs whose
 * SYN,ACK must find its way) and those that were learned from a request and
 * not used since.  Each of the two evicts its own oldest, so that neither ever
 * costs a neighbour that we talk with.
 */
#include "net/neigh.h"

#include "base/assert.h"
#include "net/tables.h"

#define SHARE 4 /* of the table: one part of so many */

void neigh_init(struct neigh_table *t, struct env *env)
{
	memset(t, 0, sizeof(*t));
	map_init(&t->map, &env->mem, TERN_MEM_NET);
	pool_init(&t->pool, &env->mem, TERN_MEM_NET, sizeof(struct neigh));
	pool_init(&t->frames, &env->mem, TERN_MEM_NET,
		  sizeof(struct neigh_frame));
	wheel_init(&t->wheel, env->now, &env->due_at);
	for (int i = 0; i < NEIGH_CLASSES; i++)
		list_init(&t->classes[i]);
	t->key.k0 = rng_u64(&env->rng);
	t->key.k1 = rng_u64(&env->rng);
}

static uint32_t hash_of(const struct neigh_table *t, int ifindex, uint32_t addr)
{
	return (uint32_t)siphash13_12(&t->key, addr, (uint32_t)ifindex);
}

static struct neigh **cache_slot(struct neigh_table *t, int ifindex,
				 uint32_t addr)
{
	uint32_t h = (addr + (uint32_t)ifindex) * UINT32_C(0x9e3779b1);

	return &t->cache[h >> 24];
}

static bool is_for(const struct neigh *n, int ifindex, uint32_t addr)
{
	return n->addr == addr && n->ifindex == ifindex;
}

struct neigh *neigh_find(struct neigh_table *t, int ifindex, uint32_t addr)
{
	struct neigh **slot = cache_slot(t, ifindex, addr);
	struct map_node *node;

	if (likely(*slot && is_for(*slot, ifindex, addr)))
		return *slot;
	node = map_first(&t->map, hash_of(t, ifindex, addr));
	for (; node; node = map_next(&t->map, node)) {
		struct neigh *n = container_of(node, struct neigh, node);

		if (is_for(n, ifindex, addr))
			return *slot = n;
	}
	return NULL;
}

void neigh_unclassify(struct neigh_table *t, struct neigh *n)
{
	if (!list_linked(&n->link))
		return;
	list_del(&n->link);
	t->count[n->class]--;
}

void neigh_classify(struct neigh_table *t, struct neigh *n,
		    enum neigh_class class)
{
	neigh_unclassify(t, n);
	n->class = (uint8_t) class;
	t->count[class]++;
	list_add_tail(&t->classes[class], &n->link);
}

static void drop_waiting(struct net *net, struct neigh *n,
			 enum tern_drop reason)
{
	struct neigh_table *t = &net->tables->neigh;
	struct list *link;

	while ((link = list_pop_head(&n->waiting)) != NULL) {
		struct neigh_frame *w;

		w = LIST_ENTRY(link, struct neigh_frame, link);
		env_drop(net->env, reason, NULL);
		tern_frame_release(&w->frame);
		pool_put(&t->frames, w);
		t->n_queued--;
	}
}

void neigh_delete(struct net *net, struct neigh *n, enum tern_drop reason)
{
	struct neigh_table *t = &net->tables->neigh;
	struct neigh **slot = cache_slot(t, n->ifindex, n->addr);

	if (*slot == n)
		*slot = NULL;
	drop_waiting(net, n, reason);
	wheel_cancel(&t->wheel, &n->timer);
	neigh_unclassify(t, n);
	map_remove(&t->map, &n->node);
	pool_put(&t->pool, n);
}

/* The first of a class; NULL if there is none. */
static struct neigh *oldest(const struct neigh_table *t, enum neigh_class class)
{
	struct list *link = list_first(&t->classes[class]);

	return link ? LIST_ENTRY(link, struct neigh, link) : NULL;
}

/* Who leaves a full table for a new entry of a class; NULL if nobody. */
static struct neigh *choose_victim(const struct net *net,
				   enum neigh_class class)
{
	const struct neigh_table *t = &net->tables->neigh;
	struct neigh *n = oldest(t, NEIGH_LEARNED);

	if (n || class == NEIGH_LEARNED)
		return n;
	n = oldest(t, NEIGH_KNOWN);
	if (n && !neigh_is_confirmed(net, n))
		return n;
	return oldest(t, NEIGH_ASKED);
}

/* Returns false if no entry of the class may be added. */
static bool make_room(struct net *net, enum neigh_class class)
{
	const struct neigh_table *t = &net->tables->neigh;
	uint32_t share = max_u32(net->tun.neigh_max / SHARE, 1);
	struct neigh *n;

	if (class != NEIGH_KNOWN && t->count[class] >= share)
		n = oldest(t, class);
	else if (map_count(&t->map) >= net->tun.neigh_max)
		n = choose_victim(net, class);
	else
		return true;
	if (n)
		neigh_delete(net, n, TERN_DROP_NEIGH_TABLE_FULL);
	return n != NULL;
}

struct neigh *neigh_create(struct net *net, struct netif *nif, uint32_t addr,
			   enum neigh_class class)
{
	struct neigh_table *t = &net->tables->neigh;
	struct neigh *n;

	if (!make_room(net, class)) {
		env_drop(net->env, TERN_DROP_NEIGH_TABLE_FULL, NULL);
		return NULL;
	}
	n = pool_zget(&t->pool);
	if (n && map_insert(&t->map, &n->node, hash_of(t, nif->index, addr))) {
		pool_put(&t->pool, n);
		n = NULL;
	}
	if (!n) {
		env_drop(net->env, TERN_DROP_NO_MEMORY, NULL);
		return NULL;
	}
	n->addr = addr;
	n->ifindex = (uint8_t)nif->index;
	n->phase = class == NEIGH_ASKED ? NEIGH_INCOMPLETE : NEIGH_STALE;
	n->used = net->env->now;
	list_init(&n->waiting);
	neigh_classify(t, n, class);
	return n;
}

struct flush {
	struct net *net;
	int ifindex;
	bool statics;
};

static void flush_one(void *ctx, struct map_node *node)
{
	struct neigh *n = container_of(node, struct neigh, node);
	const struct flush *flush = ctx;

	if (n->ifindex != flush->ifindex)
		return;
	if (n->phase != NEIGH_STATIC || flush->statics)
		neigh_delete(flush->net, n, TERN_DROP_LINK_DOWN);
}

void neigh_flush(struct net *net, int ifindex, bool statics)
{
	struct flush flush = {net, ifindex, statics};
	struct map_cursor cursor = {0};

	while (map_visit(&net->tables->neigh.map, &cursor, NEIGH_CACHE,
			 flush_one, &flush))
		;
}

void neigh_fini(struct net *net)
{
	struct neigh_table *t = &net->tables->neigh;

	for (int i = 0; i < NETIF_MAX; i++)
		neigh_flush(net, i, true);
	map_fini(&t->map);
	pool_drain(&t->pool);
	pool_drain(&t->frames);
}
