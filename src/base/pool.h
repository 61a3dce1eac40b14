/* SPDX-License-Identifier: ISC */
/*
 * pool.h - many objects of one size
 *
 * Objects are cut from slabs of 4 to 64 KiB, with no header on the object: 64
 * bytes cost 64 bytes.  A slab that is wholly free goes back to the allocator,
 * except one that is kept.  Getting and putting is O(1), and what was put last
 * is got first, being in the cache.
 */
#ifndef TERN_BASE_POOL_H
#define TERN_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"

/* By how much a pool grows at a time where memory is short. */
#define POOL_STEP (UINT32_C(1) << 14)

struct pool {
	struct mem *mem;
	enum tern_mem_purpose purpose;
	uint32_t object_size; /* as rounded up */
	uint32_t n_slabs;
	size_t n_objects;    /* handed out */
	struct list partial; /* slabs with objects to give */
	struct list full;    /* slabs with none */
	struct slab *spare;  /* the one wholly free slab that is kept */
	/* What came back last, newest first, and before that. */
	struct pool_chain {
		void *first; /* each holds the next */
		uint32_t n;
	} at_hand, older;
	struct map by_addr; /* slabs by the 64 KiB page they begin in */
};

/*
 * Makes an empty pool of objects of `size` bytes, at most 16 KiB; takes no
 * memory yet.  Objects are aligned to the largest power of two, up to 64, that
 * divides the size (at least 8).
 */
void pool_init(struct pool *p, struct mem *mem, enum tern_mem_purpose purpose,
	       size_t size);

/* Returns an object with undefined content, or NULL if there is no memory. */
TERN_CHECK void *pool_get(struct pool *p);

/* ... with all bytes zero. */
TERN_CHECK void *pool_zget(struct pool *p);

/* Takes back an object that pool_get() of this pool gave; NULL is ignored. */
void pool_put(struct pool *p, void *object);

/* Gives all memory back, also that of objects still out; p is empty then. */
void pool_drain(struct pool *p);

static inline size_t pool_count(const struct pool *p)
{
	return p->n_objects;
}

/* It holds memory, but no object is out: then draining gives that back. */
static inline bool pool_is_idle(const struct pool *p)
{
	return p->n_objects == 0 && p->n_slabs > 0;
}

#endif
