/* SPDX-License-Identifier: ISC */
/*
 * fastopen_cache.c - what a client knows of servers, RFC 7413 4.1.3: cookie and
 * MSS, and that it had better not be tried
 */
#include "tcp/fastopen_cache.h"

#include <string.h>

#include "base/bytes.h"

#define RETRY_NS    (60 * TERN_S) /* after one loss; then doubling */
#define LOSSES_MOST 10		  /* about 17 hours */

void fastopen_cache_init(struct fastopen_cache *c, struct env *env)
{
	c->env = env;
	map_init(&c->map, &env->mem, TERN_MEM_CONN);
	pool_init(&c->pool, &env->mem, TERN_MEM_CONN,
		  sizeof(struct fastopen_peer));
	list_init(&c->by_use);
	c->key.k0 = rng_u64(&env->rng);
	c->key.k1 = rng_u64(&env->rng);
}

void fastopen_cache_fini(struct fastopen_cache *c)
{
	map_fini(&c->map);
	pool_drain(&c->pool);
}

static uint32_t hash_of(const struct fastopen_cache *c, uint32_t addr)
{
	return (uint32_t)siphash13_12(&c->key, addr, 0);
}

static struct fastopen_peer *look_up(const struct fastopen_cache *c,
				     uint32_t addr)
{
	struct map_node *n;

	if (map_count(&c->map) == 0)
		return NULL;
	n = map_first(&c->map, hash_of(c, addr));
	for (; n; n = map_next(&c->map, n)) {
		struct fastopen_peer *p =
			container_of(n, struct fastopen_peer, node);

		if (p->addr == addr)
			return p;
	}
	return NULL;
}

const struct fastopen_peer *fastopen_cache_peek(const struct fastopen_cache *c,
						uint32_t addr)
{
	return look_up(c, addr);
}

struct fastopen_peer *fastopen_cache_find(struct fastopen_cache *c,
					  uint32_t addr)
{
	struct fastopen_peer *p = look_up(c, addr);

	if (!p)
		return NULL;
	list_del(&p->link);
	list_add_tail(&c->by_use, &p->link);
	return p;
}

static void forget_oldest(struct fastopen_cache *c)
{
	struct fastopen_peer *p =
		LIST_ENTRY(list_first(&c->by_use), struct fastopen_peer, link);

	list_del(&p->link);
	map_remove(&c->map, &p->node);
	pool_put(&c->pool, p);
}

/* The entry, made if need be; NULL without memory: then there is no cache. */
static struct fastopen_peer *get(struct fastopen_cache *c, uint32_t addr)
{
	struct fastopen_peer *p = fastopen_cache_find(c, addr);

	if (p)
		return p;
	if (map_count(&c->map) >= FASTOPEN_PEERS_MAX)
		forget_oldest(c);
	p = pool_zget(&c->pool);
	if (!p)
		return NULL;
	p->addr = addr;
	if (map_insert(&c->map, &p->node, hash_of(c, addr)) < 0) {
		pool_put(&c->pool, p);
		return NULL;
	}
	list_add_tail(&c->by_use, &p->link);
	return p;
}

void fastopen_cache_store(struct fastopen_cache *c, uint32_t addr, uint16_t mss,
			  const struct tcp_options *o)
{
	struct fastopen_peer *p = get(c, addr);

	if (!p)
		return;
	p->mss = mss;
	p->n_losses = 0;
	p->retry_at = 0;
	if (!(o->present & TERN_OPT_FASTOPEN) || o->fo_len == 0)
		return;
	p->len = o->fo_len;
	p->experiment = o->fo_experiment;
	memcpy(p->cookie, o->fo, o->fo_len);
}

void fastopen_cache_failed(struct fastopen_cache *c, uint32_t addr)
{
	struct fastopen_peer *p = get(c, addr);

	if (!p)
		return;
	p->retry_at = c->env->now + (RETRY_NS << p->n_losses);
	if (p->n_losses < LOSSES_MOST)
		p->n_losses++;
}
