/* SPDX-License-Identifier: ISC */
/*
 * map.h - a hash table that grows and shrinks a bucket at a time
 *
 * The map knows hashes, not keys: map_first() and map_next() walk the nodes
 * that have a hash, and the caller compares keys.  Hashes of what a peer can
 * choose must be keyed (siphash.h).  The node lives inside the thing mapped.
 *
 *	for (n = map_first(&m, h); n; n = map_next(&m, n))
 *		if (key of container_of(n, ...) is the wanted one)
 *			return it;
 */
#ifndef TERN_BASE_MAP_H
#define TERN_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct map_node {
	struct map_node *next; /* in a chain, where a bucket is overfull */
	uint32_t hash;
	uint32_t own; /* of whoever has the node, who sets it when he likes;
			 the map only hands it on, in map_replace() */
};

struct map {
	struct mem *mem;
	enum tern_mem_purpose purpose;
	uint32_t n_buckets; /* 0 until the first insertion */
	uint32_t mask;	    /* smallest 2^k - 1 that is >= n_buckets - 1 */
	uint32_t n_segments;
	uint32_t max_segments; /* entries of the directory */
	uint32_t first_len;    /* buckets in the first segment */
	bool visiting;	       /* no bucket is dropped meanwhile */
	size_t n_nodes;
	void **segments; /* the directory: segments of struct map_bucket */
};

/* Makes an empty map; takes no memory yet. */
void map_init(struct map *m, struct mem *mem, enum tern_mem_purpose purpose);

/* Gives back the map's own memory; the nodes are the caller's. */
void map_fini(struct map *m);

/*
 * Adds a node, also if there are others with the same hash.  Returns 0, or
 * -ENOBUFS if the map had no bucket yet and there is no memory for the first
 * ones.  Failure to grow only makes chains longer.
 */
TERN_CHECK int map_insert(struct map *m, struct map_node *node, uint32_t hash);

/* Puts a node into the place of another, with its hash and its `own`; the other
 * is out of the map. */
void map_replace(struct map *m, struct map_node *old, struct map_node *node);

/* Takes away a node that is in the map. */
void map_remove(struct map *m, struct map_node *node);

/* The first node with this hash, and the one after, NULL if there is none. */
struct map_node *map_first(const struct map *m, uint32_t hash);
struct map_node *map_next(const struct map *m, const struct map_node *node);

/* The first node with this hash, or one of the chain that it may be in: looks
 * at the bucket only.  For who wants to ask for it in time. */
struct map_node *map_guess(const struct map *m, uint32_t hash);

/* Asks for the cache line of the bucket, for who will soon look into it. */
void map_prefetch(const struct map *m, uint32_t hash);

static inline size_t map_count(const struct map *m)
{
	return m->n_nodes;
}

/* Where a visit stands; {0} is the beginning. */
struct map_cursor {
	uint64_t pos; /* bit-reversed hash from which on to visit, 2^32: end */
};

/* Called for each node; may remove that node, and must not insert any. */
typedef void map_visit_fn(void *ctx, struct map_node *node);

/*
 * Visits about `max` nodes from the cursor on (more, if one chain has more).
 * Returns false if the end is reached.  Between two calls the map may change
 * in any way: a node that is in it all the time is visited exactly once.  The
 * order depends on the hashes alone, except among equal ones.
 */
bool map_visit(struct map *m, struct map_cursor *c, uint32_t max,
	       map_visit_fn *fn, void *ctx);

#endif
