/* SPDX-License-Identifier: ISC */
/*
 * mem.c - memory with a hard limit, and accounts of what it is used for
 *
 * The allocator is the application's; nothing here keeps memory back, but
 * others may (free lists), and are asked for it before a request is refused.
 * Sizes are charged as asked for: what the allocator adds is not known.
 */
#include "base/mem.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

void mem_init(struct mem *m, const struct tern_allocator *alloc, size_t limit)
{
	memset(m, 0, sizeof(*m));
	m->alloc = *alloc;
	m->limit = limit;
}

bool mem_charge(struct mem *m, enum tern_mem_purpose purpose, size_t bytes)
{
	TERN_ASSERT((unsigned int)purpose < TERN_MEM_N);
	if (unlikely(bytes > mem_room(m))) {
		m->n_failed++;
		return false;
	}
	m->used += bytes;
	m->by[purpose] += bytes;
	if (m->used > m->peak)
		m->peak = m->used;
	return true;
}

void mem_uncharge(struct mem *m, enum tern_mem_purpose purpose, size_t bytes)
{
	TERN_ASSERT((unsigned int)purpose < TERN_MEM_N);
	TERN_ASSERT(bytes <= m->by[purpose]);
	m->used -= bytes;
	m->by[purpose] -= bytes;
}

/* Returns true if anything was given back. */
static bool reclaim(struct mem *m)
{
	const size_t used = m->used;

	if (m->reclaim)
		m->reclaim(m->reclaim_ctx);
	return m->used < used;
}

bool mem_reclaim_below(struct mem *m, size_t least)
{
	reclaim(m);
	return mem_room(m) < least;
}

size_t mem_spare(struct mem *m, size_t wanted)
{
	const size_t least = m->limit / MEM_SHORT;

	if (!mem_has_spare(m, wanted))
		reclaim(m);
	return mem_room(m) > least ? mem_room(m) - least : 0;
}

static void *take(struct mem *m, enum tern_mem_purpose purpose, size_t size)
{
	size_t peak = m->peak;
	void *p;

	if (!mem_charge(m, purpose, size))
		return NULL;
	p = m->alloc.alloc(m->alloc.ctx, size);
	if (unlikely(!p)) {
		mem_uncharge(m, purpose, size);
		m->peak = peak; /* it was never really held */
		m->n_failed++;
	}
	return p;
}

void *mem_alloc(struct mem *m, enum tern_mem_purpose purpose, size_t size)
{
	void *p;

	TERN_ASSERT(size > 0);
	p = take(m, purpose, size);
	if (unlikely(!p) && reclaim(m)) {
		m->n_failed--; /* it was not refused after all, perhaps */
		p = take(m, purpose, size);
	}
	return p;
}

void *mem_zalloc(struct mem *m, enum tern_mem_purpose purpose, size_t size)
{
	void *p = mem_alloc(m, purpose, size);

	if (p)
		memset(p, 0, size);
	return p;
}

void mem_free(struct mem *m, enum tern_mem_purpose purpose, void *p,
	      size_t size)
{
	if (!p)
		return;
	mem_uncharge(m, purpose, size);
	m->alloc.free(m->alloc.ctx, p, size);
}
