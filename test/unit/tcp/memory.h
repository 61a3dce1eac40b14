/* SPDX-License-Identifier: ISC */
/*
 * memory.h - memory and blocks for a test, and the proof that all came back
 */
#ifndef TERN_TEST_TCP_MEMORY_H
#define TERN_TEST_TCP_MEMORY_H

#include <string.h>

#include "base/assert.h"
#include "base/block.h"
#include "base/mem.h"
#include "unit/base/meter.h"

struct memory {
	struct meter meter;
	struct mem mem;
	struct tern_block_pool *blocks;
};

static inline void memory_open(struct memory *m)
{
	struct tern_allocator a = meter_allocator(&m->meter);

	mem_init(&m->mem, &a, (size_t)1 << 30);
	m->blocks = block_pool_create(&m->mem);
	TERN_ASSERT(m->blocks);
}

/* Traps if a block or a byte is still out. */
static inline void memory_close(struct memory *m)
{
	TERN_ASSERT(block_pool_count(m->blocks) == 0);
	block_pool_destroy(m->blocks);
	TERN_ASSERT(mem_used(&m->mem) == 0);
	TERN_ASSERT(m->meter.n_out == 0 && m->meter.bytes_out == 0);
}

/*
 * Lets the n-th allocation from now on fail, and no other; no blocks are kept
 * in stock that would hide it.
 */
static inline void memory_fail_nth(struct memory *m, size_t n)
{
	block_pool_trim(m->blocks);
	m->meter.fail_from = m->meter.n_allocs + n;
	/* A pool that is refused trims itself and asks again. */
	m->meter.fail_to = m->meter.fail_from + 1;
}

/* All allocations fail from the n-th on. */
static inline void memory_fail_from(struct memory *m, size_t n)
{
	block_pool_trim(m->blocks);
	m->meter.fail_from = m->meter.n_allocs + n;
	m->meter.fail_to = SIZE_MAX;
}

/* Did an allocation fail since? */
static inline bool memory_failed(const struct memory *m)
{
	return m->meter.fail_from && m->meter.n_allocs >= m->meter.fail_from;
}

static inline void memory_fail_none(struct memory *m)
{
	meter_fail_none(&m->meter);
}

/*
 * A slice, with one reference, of `len` bytes from `off` on in a new block of
 * at least `size` bytes, as a driver makes them: `used` says nothing.
 */
static inline struct tern_slice memory_slice(struct memory *m, size_t size,
					     uint32_t off, const void *bytes,
					     uint32_t len)
{
	struct tern_block *b = block_get(m->blocks, size);
	struct tern_slice s;

	TERN_ASSERT(b && off + len <= b->size);
	s = (struct tern_slice){b, b->data + off, len};
	if (len > 0)
		memcpy(s.data, bytes, len);
	return s;
}

/* Another slice of a slice, with a reference of its own. */
static inline struct tern_slice memory_cut(const struct tern_slice *s,
					   uint32_t off, uint32_t len)
{
	TERN_ASSERT(off <= s->len && len <= s->len - off);
	return (struct tern_slice){block_ref(s->block), s->data + off, len};
}

static inline void memory_unref(struct tern_slice *s, int n)
{
	while (n-- > 0)
		block_unref(s[n].block);
}

#endif
