/* SPDX-License-Identifier: ISC */
/*
 * mem.h - memory with a hard limit, and accounts of what it is used for
 *
 * Every byte that a stack holds is taken here and charged to a purpose.  At
 * the limit an allocation fails as if the allocator had failed, so there is
 * one out-of-memory path and not two.
 */
#ifndef TERN_BASE_MEM_H
#define TERN_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tern/types.h>

struct mem {
	struct tern_allocator alloc;
	/* Asked when there is no room, or the allocator has none, to give back
	 * what is only kept for later; NULL if nobody keeps anything. */
	void (*reclaim)(void *ctx);
	void *reclaim_ctx;
	size_t limit;	       /* used never exceeds it */
	size_t used;	       /* sum of by[] */
	size_t peak;	       /* the most that used ever was */
	uint64_t n_failed;     /* requests refused, for either reason */
	size_t by[TERN_MEM_N]; /* bytes charged to each purpose */
};

/* Starts the accounts at zero. */
void mem_init(struct mem *m, const struct tern_allocator *alloc, size_t limit);

/*
 * Returns `size` bytes (more than 0) aligned for any object, or NULL if the
 * limit would be exceeded or the allocator has none.  mem_zalloc() clears them.
 */
TERN_CHECK void *mem_alloc(struct mem *m, enum tern_mem_purpose purpose,
			   size_t size);
TERN_CHECK void *mem_zalloc(struct mem *m, enum tern_mem_purpose purpose,
			    size_t size);

/* Gives it back; purpose and size as they were asked for.  p may be NULL. */
void mem_free(struct mem *m, enum tern_mem_purpose purpose, void *p,
	      size_t size);

/*
 * Charges bytes that are held but were allocated elsewhere.  Returns false,
 * with nothing charged, if the limit would be exceeded.
 */
TERN_CHECK bool mem_charge(struct mem *m, enum tern_mem_purpose purpose,
			   size_t bytes);
void mem_uncharge(struct mem *m, enum tern_mem_purpose purpose, size_t bytes);

static inline size_t mem_used(const struct mem *m)
{
	return m->used;
}

static inline size_t mem_used_for(const struct mem *m,
				  enum tern_mem_purpose purpose)
{
	return m->by[purpose];
}

/* Bytes that may still be charged. */
static inline size_t mem_room(const struct mem *m)
{
	return m->limit - m->used;
}

/*
 * True if less than a part of the limit is left, even after a reclaim: one of
 * MEM_SHORT, or of MEM_SCARCE.  What others cause to be held is then refused
 * before nothing is left for anybody; mem_alloc() itself goes on to the limit.
 */
#define MEM_SHORT  8
#define MEM_SCARCE 16
bool mem_reclaim_below(struct mem *m, size_t least);

static inline bool mem_is_below(struct mem *m, unsigned int part)
{
	return mem_room(m) < m->limit / part &&
	       mem_reclaim_below(m, m->limit / part);
}

/* True if so many bytes may be taken before memory is below MEM_SHORT. */
static inline bool mem_has_spare(const struct mem *m, size_t wanted)
{
	const size_t least = m->limit / MEM_SHORT;

	return mem_room(m) >= least && mem_room(m) - least >= wanted;
}

/* How many may; a reclaim is made if these are fewer than `wanted`. */
size_t mem_spare(struct mem *m, size_t wanted);

#endif
