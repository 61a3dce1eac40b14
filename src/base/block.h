/* SPDX-License-Identifier: ISC */
/*
 * block.h - counted blocks of payload bytes, and pools of them
 *
 * This is the inside of what <tern/frame.h> declares.  Blocks come in three
 * sizes that are kept on free lists (compact, packet, super-segment) and, above
 * those, as large as asked for.  Counts are not atomic.
 *
 * A lent block has no bytes of its own: it counts the references on memory that
 * belongs to somebody else, to which slices of it point, and tells when there
 * are none left.
 *
 * A pool outlives tern_block_pool_destroy() until its last block comes back, so
 * that a peer stack or a link may hold frames of a stack that is gone.
 */
#ifndef TERN_BASE_BLOCK_H
#define TERN_BASE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tern/frame.h>

#include "base/assert.h"
#include "base/mem.h"

/* Data bytes of the classes. */
#define BLOCK_COMPACT 256
#define BLOCK_PACKET  2048
#define BLOCK_SUPER   (65536 + 512) /* 64 KiB and any headers before it */

#define BLOCK_LENT UINT32_MAX /* see block_lend() */

/* The last reference on a lent block is gone: block_lend_end() is due. */
typedef void block_back_fn(struct tern_block *b);

struct tern_block {
	uint32_t refs;
	uint32_t size; /* capacity of data[] */
	uint32_t used; /* bytes filled from the start; whoever is the only
			  holder may append after them */
	uint32_t kind; /* index of the free list it belongs to, or
			  BLOCK_LENT */
	struct tern_block_pool *pool;
	union {
		struct tern_block *next_free; /* while on a free list */
		block_back_fn *back;	      /* BLOCK_LENT */
	} u;
	_Alignas(16) uint8_t data[];
};

/*
 * Makes a pool whose memory is charged to m under TERN_MEM_BLOCK.  NULL if
 * there is no memory.  m may die right after tern_block_pool_destroy(); what is
 * still out then is no longer charged to it.
 */
TERN_CHECK struct tern_block_pool *block_pool_create(struct mem *m);

/* Same as tern_block_pool_destroy(). */
void block_pool_destroy(struct tern_block_pool *p);

/* Gives the memory of all free blocks back. */
void block_pool_trim(struct tern_block_pool *p);

/* Bytes held by the pool, in blocks that are out and in free ones. */
size_t block_pool_bytes(const struct tern_block_pool *p);

/* Blocks that are out. */
size_t block_pool_count(const struct tern_block_pool *p);

/*
 * Gets a block of at least `size` bytes, one reference, used = 0.  NULL if
 * there is no memory.
 */
TERN_CHECK struct tern_block *block_get(struct tern_block_pool *p, size_t size);

/* Gives a block without references back to its pool; see block_unref(). */
void block_release(struct tern_block *b);

/*
 * Gets a lent block for `len` bytes that slices will point to, one reference.
 * data[] has BLOCK_COMPACT bytes for whatever the lender wants to note.  It
 * counts as a block of `len` bytes for those who hold slices of it, at most as
 * the largest there are.  NULL if there is no memory.
 */
TERN_CHECK struct tern_block *block_lend(struct tern_block_pool *p,
					 uint32_t len, block_back_fn *back);

/* Gives back a lent block that has no references, or only the first. */
void block_lend_end(struct tern_block *b);

/* Nobody wants to know any more when its references are gone. */
void block_lend_forget(struct tern_block *b);

static inline struct tern_block *block_ref(struct tern_block *b)
{
	b->refs++;
	return b;
}

static inline void block_unref(struct tern_block *b)
{
	TERN_ASSERT(b->refs > 0);
	if (--b->refs == 0)
		block_release(b);
}

/* True if the caller's reference is the only one: it may write. */
static inline bool block_sole(const struct tern_block *b)
{
	return b->refs == 1 && b->kind != BLOCK_LENT;
}

/* Bytes that may still be appended. */
static inline uint32_t block_room(const struct tern_block *b)
{
	return b->size - b->used;
}

/* What holding the block costs, its own header included. */
static inline size_t block_truesize(const struct tern_block *b)
{
	return sizeof(*b) + b->size;
}

#endif
