/* SPDX-License-Identifier: ISC */
/*
 * block.c - counted blocks of payload bytes, and pools of them
 *
 * A block that comes back is kept on the free list of its class.  The list is
 * bounded by a floor of its own, or by the number of blocks of the class that
 * are out if that is more: under load nearly every block is recycled, and when
 * the load goes the list shrinks with it, one extra block per release.  Where
 * memory runs out, for whatever purpose, the lists are emptied.
 *
 * Memory is charged to a struct mem: to the stack's, or, for pools made through
 * the public interface, to one inside the pool.  A stack's account dies with
 * the stack; blocks that are out by then are written off it, and the orphaned
 * pool lives until they have come back, without an account.
 *
 * A lent block is a compact one under another name, with the lender's notes for
 * data.
 */
#include "base/block.h"

#include <string.h>

#include "base/bytes.h"
#include "base/poison.h"

enum { N_CLASSES = 3 };

struct class
{
	uint32_t size;	  /* data bytes of a block */
	uint32_t n_floor; /* free ones that are kept in any case */
};

static const struct class classes[N_CLASSES] = {
	{BLOCK_COMPACT, 512},
	{BLOCK_PACKET, 128},
	{BLOCK_SUPER, 16},
};

struct free_list {
	struct tern_block *first;
	uint32_t n_free;
	uint32_t n_out;
};

struct tern_block_pool {
	struct tern_allocator alloc; /* outlives every account */
	struct mem *mem;	     /* NULL once the pool is an orphan */
	struct mem own;		     /* the account of a public pool */
	size_t n_bytes;		     /* this struct, and all blocks */
	size_t n_out;
	struct free_list lists[N_CLASSES];
};

static void reclaim(void *ctx)
{
	block_pool_trim(ctx);
}

static void use_account(struct tern_block_pool *p, struct mem *m)
{
	p->mem = m;
	m->reclaim = reclaim;
	m->reclaim_ctx = p;
}

static struct tern_block_pool *pool_create(const struct tern_allocator *alloc)
{
	struct tern_block_pool *p = alloc->alloc(alloc->ctx, sizeof(*p));

	if (!p)
		return NULL;
	memset(p, 0, sizeof(*p));
	p->alloc = *alloc;
	p->n_bytes = sizeof(*p);
	return p;
}

struct tern_block_pool *block_pool_create(struct mem *m)
{
	struct tern_block_pool *p;

	if (!mem_charge(m, TERN_MEM_BLOCK, sizeof(*p)))
		return NULL;
	p = pool_create(&m->alloc);
	if (p)
		use_account(p, m);
	else
		mem_uncharge(m, TERN_MEM_BLOCK, sizeof(*p));
	return p;
}

struct tern_block_pool *tern_block_pool_create(
	const struct tern_allocator *alloc, size_t limit)
{
	struct tern_block_pool *p;

	if (limit < sizeof(*p))
		return NULL;
	p = pool_create(alloc);
	if (!p)
		return NULL;
	mem_init(&p->own, alloc, limit - sizeof(*p));
	use_account(p, &p->own);
	return p;
}

size_t block_pool_bytes(const struct tern_block_pool *p)
{
	return p->n_bytes;
}

size_t block_pool_count(const struct tern_block_pool *p)
{
	return p->n_out;
}

static struct tern_block *block_create(struct tern_block_pool *p, uint32_t kind,
				       uint32_t size)
{
	size_t n_bytes = sizeof(struct tern_block) + size;
	struct tern_block *b;

	b = mem_alloc(p->mem, TERN_MEM_BLOCK, n_bytes);
	if (!b)
		return NULL;
	p->n_bytes += n_bytes;
	b->size = size;
	b->kind = kind;
	b->pool = p;
	return b;
}

static void block_destroy(struct tern_block_pool *p, struct tern_block *b)
{
	size_t n_bytes = block_truesize(b);

	p->n_bytes -= n_bytes;
	if (p->mem)
		mem_free(p->mem, TERN_MEM_BLOCK, b, n_bytes);
	else
		p->alloc.free(p->alloc.ctx, b, n_bytes);
}

static struct tern_block *pop(struct free_list *l)
{
	struct tern_block *b = l->first;

	if (b) {
		unpoison(b->data, b->size);
		l->first = b->u.next_free;
		l->n_free--;
	}
	return b;
}

static void push(struct free_list *l, struct tern_block *b)
{
	b->u.next_free = l->first;
	l->first = b;
	l->n_free++;
	poison(b->data, b->size);
}

void block_pool_trim(struct tern_block_pool *p)
{
	struct tern_block *b;
	int kind;

	for (kind = 0; kind < N_CLASSES; kind++)
		while ((b = pop(&p->lists[kind])))
			block_destroy(p, b);
}

void block_pool_destroy(struct tern_block_pool *p)
{
	if (!p)
		return;
	block_pool_trim(p);
	if (p->mem && p->mem != &p->own)
		mem_uncharge(p->mem, TERN_MEM_BLOCK, p->n_bytes);
	if (p->mem)
		p->mem->reclaim = NULL;
	p->mem = NULL;
	if (p->n_out == 0)
		p->alloc.free(p->alloc.ctx, p, sizeof(*p));
}

/* The class of the smallest blocks that are large enough. */
static uint32_t kind_for(size_t size)
{
	uint32_t kind = 0;

	while (kind < N_CLASSES && classes[kind].size < size)
		kind++;
	return kind;
}

struct tern_block *block_get(struct tern_block_pool *p, size_t size)
{
	uint32_t kind = kind_for(size);
	struct tern_block *b = NULL;

	if (unlikely(size > UINT32_MAX / 2))
		return NULL;
	if (kind < N_CLASSES) {
		size = classes[kind].size;
		b = pop(&p->lists[kind]);
	}
	if (!b)
		b = block_create(p, kind, (uint32_t)size);
	if (unlikely(!b))
		return NULL;
	if (kind < N_CLASSES)
		p->lists[kind].n_out++;
	p->n_out++;
	b->refs = 1;
	b->used = 0;
	return b;
}

/* Keeps the block for the next one who asks, or lets it go. */
static void recycle(struct tern_block_pool *p, struct tern_block *b)
{
	struct free_list *l = &p->lists[b->kind];
	uint32_t most = max_u32(classes[b->kind].n_floor, l->n_out);

	if (l->n_free < most) {
		push(l, b);
		return;
	}
	block_destroy(p, b);
	if (l->n_free > most)
		block_destroy(p, pop(l));
}

struct tern_block *block_lend(struct tern_block_pool *p, uint32_t len,
			      block_back_fn *back)
{
	struct tern_block *b = block_get(p, BLOCK_COMPACT);

	if (!b)
		return NULL;
	b->size = min_u32(len, BLOCK_SUPER);
	b->kind = BLOCK_LENT;
	b->u.back = back;
	return b;
}

void block_lend_end(struct tern_block *b)
{
	TERN_ASSERT(b->kind == BLOCK_LENT && b->refs <= 1);
	b->refs = 0;
	b->size = BLOCK_COMPACT;
	b->kind = kind_for(BLOCK_COMPACT);
	block_release(b);
}

void block_lend_forget(struct tern_block *b)
{
	TERN_ASSERT(b->kind == BLOCK_LENT);
	b->u.back = block_lend_end;
}

void block_release(struct tern_block *b)
{
	struct tern_block_pool *p = b->pool;

	if (unlikely(b->kind == BLOCK_LENT)) {
		b->u.back(b);
		return;
	}
	p->n_out--;
	if (b->kind < N_CLASSES)
		p->lists[b->kind].n_out--;
	if (p->mem && b->kind < N_CLASSES)
		recycle(p, b);
	else
		block_destroy(p, b);
	if (!p->mem && p->n_out == 0)
		p->alloc.free(p->alloc.ctx, p, sizeof(*p));
}

void tern_block_pool_destroy(struct tern_block_pool *pool)
{
	block_pool_destroy(pool);
}

struct tern_block *tern_block_get(struct tern_block_pool *pool, size_t size)
{
	return block_get(pool, size);
}

struct tern_block *tern_block_ref(struct tern_block *b)
{
	return block_ref(b);
}

void tern_block_unref(struct tern_block *b)
{
	block_unref(b);
}

uint8_t *tern_block_data(struct tern_block *b)
{
	return b->data;
}

size_t tern_block_size(const struct tern_block *b)
{
	return b->size;
}
