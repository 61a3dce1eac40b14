/* SPDX-License-Identifier: ISC */
/*
 * fastopen_cache.h - what a client knows of servers, RFC 7413 4.1.3
 */
#ifndef TERN_TCP_FASTOPEN_CACHE_H
#define TERN_TCP_FASTOPEN_CACHE_H

#include "base/env.h"
#include "base/list.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/siphash.h"
#include "wire/tcp_opt.h"

#define FASTOPEN_PEERS_MAX 1024 /* the one used longest ago makes room */

struct fastopen_peer {
	struct map_node node;
	struct list link; /* on cache.by_use */
	uint32_t addr;
	uint16_t mss; /* of its last SYN,ACK */
	uint8_t len;  /* of the cookie, 0: none known */
	uint8_t cookie[TCP_COOKIE_MAX];
	bool experiment;   /* it speaks kind 254 */
	uint8_t n_losses;  /* SYNs with text lost in a row */
	uint64_t retry_at; /* not before this is it tried again */
};

struct fastopen_cache {
	struct env *env;
	struct map map;
	struct pool pool;
	struct list by_use; /* the one used longest ago first */
	struct siphash_key key;
};

void fastopen_cache_init(struct fastopen_cache *c, struct env *env);
void fastopen_cache_fini(struct fastopen_cache *c);

/* The entry of a server, or NULL. */
struct fastopen_peer *fastopen_cache_find(struct fastopen_cache *c,
					  uint32_t addr);

/* The same, only to look at it. */
const struct fastopen_peer *fastopen_cache_peek(const struct fastopen_cache *c,
						uint32_t addr);

/* A SYN,ACK has come: its MSS, and its cookie if it has one. */
void fastopen_cache_store(struct fastopen_cache *c, uint32_t addr, uint16_t mss,
			  const struct tcp_options *o);

/* A SYN with text got no answer, or one that ignored it: not again for a
 * while, twice as long each time (4.1.3.1). */
void fastopen_cache_failed(struct fastopen_cache *c, uint32_t addr);

#endif
