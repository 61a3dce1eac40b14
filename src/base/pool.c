/* SPDX-License-Identifier: ISC */
/*
 * pool.c - many objects of one size
 *
 * A slab is one allocation: its own header, then objects.  Objects have no
 * header, so pool_put() must find the slab from the address.  The allocator
 * promises no more alignment than malloc does, which rules out masking the
 * address; instead a map holds the slabs under the number of the 64 KiB page
 * they begin in.  An object begins less than 64 KiB behind the beginning of its
 * slab, so it does so in the slab's first page or in the next one: two look-ups
 * in a map that is tiny, since it holds slabs and not objects.
 *
 * Objects that came back stay at hand, whichever slab they are of: few more
 * than are out at the most, and no more than a part of memory has slabs for,
 * since each may hold one.  When the last one is back none needs to be looked
 * at: one slab is kept, as if it were new.
 *
 * Objects never handed out yet are taken from `fresh` on, so that a new slab
 * is not walked to chain it up; those that came back are on the slab's list.
 */
#include "base/pool.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/poison.h"

#define PAGE_SHIFT  16
#define SLAB_SPAN   (UINT32_C(1) << PAGE_SHIFT) /* objects begin in it */
#define SLAB_LEAST  (UINT32_C(1) << 12) /* the first one of a pool, or two */
#define SLAB_SMALL  POOL_STEP		/* the next ones */
#define SLAB_LARGE  (SLAB_SPAN + 64)	/* with room for the header */
#define SMALL_SLABS 4
#define LARGE_PART  8	 /* a large slab takes no more of what memory is left */
#define LEAST_SIZE  256	 /* of larger objects it would hold too few */
#define SMALL_SIZE  2048 /* larger ones are cut from large slabs only */
#define ALIGN_MAX   64
#define AT_HAND_MAX 256 /* objects; and as many older ones */
#define AT_HAND_FEW 128 /* more than are out */
#define HAND_PART   16	/* of memory, that their slabs may take */
#define SHORT_PART  4	/* of memory, which is short when less is left */
#define OBJECT_MAX  (UINT32_C(1) << 14)

struct slab {
	struct map_node by_addr;
	struct list link; /* on pool.partial or pool.full */
	void *free;	  /* objects that came back; each holds the next */
	char *fresh;	  /* the first object never handed out */
	uint32_t size;	  /* of the allocation */
	uint32_t n_total;
	uint32_t n_out;
};

static uint32_t align_of(uint32_t size)
{
	return min_u32(size & -size, ALIGN_MAX);
}

void pool_init(struct pool *p, struct mem *mem, enum tern_mem_purpose purpose,
	       size_t size)
{
	TERN_ASSERT(size > 0 && size <= OBJECT_MAX);
	memset(p, 0, sizeof(*p));
	p->mem = mem;
	p->purpose = purpose;
	p->object_size = ((uint32_t)size + 7) & ~UINT32_C(7);
	list_init(&p->partial);
	list_init(&p->full);
	map_init(&p->by_addr, mem, purpose);
}

static uint32_t page_of(const void *addr)
{
	return (uint32_t)((uintptr_t)addr >> PAGE_SHIFT);
}

/* Address of the first object. */
static char *objects_of(const struct pool *p, struct slab *s)
{
	uintptr_t align = align_of(p->object_size);
	uintptr_t at = (uintptr_t)(s + 1);

	return (char *)(s + 1) + (-at & (align - 1));
}

/* Those that have room, and begin in the span. */
static uint32_t n_objects_of(const struct pool *p, uint32_t head, uint32_t size)
{
	return min_u32((size - head) / p->object_size,
		       (SLAB_SPAN - 1 - head) / p->object_size + 1);
}

/* Of the next slab: who has few objects needs little memory, and of the last
 * of it nobody is to take much at a time. */
static uint32_t slab_size(const struct pool *p)
{
	if (p->object_size > SMALL_SIZE)
		return SLAB_LARGE;
	if (p->n_slabs >= SMALL_SLABS &&
	    mem_room(p->mem) / LARGE_PART >= SLAB_LARGE)
		return SLAB_LARGE;
	if (p->n_slabs > 0)
		return SLAB_SMALL;
	return p->object_size <= LEAST_SIZE ? SLAB_LEAST : 2 * SLAB_LEAST;
}

static struct slab *slab_create(struct pool *p)
{
	const uint32_t size = slab_size(p);
	struct slab *s = mem_alloc(p->mem, p->purpose, size);
	uint32_t head;

	if (!s)
		return NULL;
	memset(s, 0, sizeof(*s));
	if (map_insert(&p->by_addr, &s->by_addr, page_of(s))) {
		mem_free(p->mem, p->purpose, s, size);
		return NULL;
	}
	s->fresh = objects_of(p, s);
	head = (uint32_t)(s->fresh - (char *)s);
	s->size = size;
	s->n_total = n_objects_of(p, head, size);
	list_add_head(&p->partial, &s->link);
	p->n_slabs++;
	poison(s + 1, size - sizeof(*s));
	return s;
}

static void slab_destroy(struct pool *p, struct slab *s)
{
	map_remove(&p->by_addr, &s->by_addr);
	list_del(&s->link);
	p->n_slabs--;
	unpoison(s + 1, s->size - sizeof(*s));
	mem_free(p->mem, p->purpose, s, s->size);
}

static struct slab *find_in_page(const struct pool *p, uint32_t page,
				 const void *object)
{
	struct map_node *n;

	for (n = map_first(&p->by_addr, page); n;
	     n = map_next(&p->by_addr, n)) {
		struct slab *s = container_of(n, struct slab, by_addr);

		if ((uintptr_t)object - (uintptr_t)s < s->size)
			return s;
	}
	return NULL;
}

/* What was taken last is often what comes back first. */
static struct slab *slab_of(const struct pool *p, const void *object)
{
	const uint32_t page = page_of(object);
	struct list *first = list_first(&p->partial);
	struct slab *s;

	if (first) {
		s = LIST_ENTRY(first, struct slab, link);
		if ((uintptr_t)object - (uintptr_t)s < s->size)
			return s;
	}
	s = find_in_page(p, page, object);
	return s ? s : find_in_page(p, page - 1, object);
}

/* Chains of objects that came back begin at *first. */
static void push(const struct pool *p, void **first, void *object)
{
	memcpy(object, first, sizeof(*first));
	*first = object;
	poison(object, p->object_size);
}

static void *pop(const struct pool *p, void **first)
{
	void *object = *first;

	unpoison(object, p->object_size);
	memcpy(first, object, sizeof(*first));
	return object;
}

static void *take(struct pool *p, struct slab *s)
{
	char *object;

	if (s->free)
		return pop(p, &s->free);
	object = s->fresh;
	unpoison(object, p->object_size);
	s->fresh += p->object_size;
	return object;
}

static void *get_from_slab(struct pool *p)
{
	struct list *first = list_first(&p->partial);
	struct slab *s;
	void *object;

	s = first ? LIST_ENTRY(first, struct slab, link) : slab_create(p);
	if (unlikely(!s))
		return NULL;
	object = take(p, s);
	if (s == p->spare)
		p->spare = NULL;
	if (++s->n_out == s->n_total) {
		list_del(&s->link);
		list_add_head(&p->full, &s->link);
	}
	return object;
}

static void swap(struct pool *p)
{
	const struct pool_chain older = p->older;

	p->older = p->at_hand;
	p->at_hand = older;
}

void *pool_get(struct pool *p)
{
	void *object;

	if (p->at_hand.n == 0)
		swap(p);
	if (p->at_hand.n > 0) {
		p->at_hand.n--;
		object = pop(p, &p->at_hand.first);
	} else {
		object = get_from_slab(p);
	}
	p->n_objects += object != NULL;
	return object;
}

void *pool_zget(struct pool *p)
{
	void *object = pool_get(p);

	if (object)
		memset(object, 0, p->object_size);
	return object;
}

static void put_into_slab(struct pool *p, void *object)
{
	struct slab *s = slab_of(p, object);

	TERN_ASSERT(s && s->n_out > 0);
	push(p, &s->free, object);
	if (s->n_out-- == s->n_total) {
		/* At the end: slabs that are emptier empty themselves first. */
		list_del(&s->link);
		list_add_tail(&p->partial, &s->link);
	}
	if (s->n_out > 0)
		return;
	if (p->spare) {
		slab_destroy(p, s);
		return;
	}
	p->spare = s;
	list_del(&s->link);
	list_add_tail(&p->partial, &s->link);
}

static void put_away(struct pool *p, struct pool_chain *c)
{
	for (; c->n > 0; c->n--)
		put_into_slab(p, pop(p, &c->first));
}

/* Each object at hand may be of a slab that could go. */
static bool hold_much(const struct pool *p)
{
	const uint64_t n = p->at_hand.n + p->older.n;

	return p->n_slabs > 1 &&
	       (n > p->n_objects + AT_HAND_FEW ||
		n * SLAB_LARGE > p->mem->limit / HAND_PART ||
		mem_room(p->mem) < p->mem->limit / SHORT_PART);
}

/* More is coming back than is asked for: the older ones go. */
static void make_room(struct pool *p)
{
	put_away(p, &p->older);
	swap(p);
	if (hold_much(p))
		put_away(p, &p->older);
}

static void destroy_all(struct pool *p, struct list *slabs)
{
	struct list *n;

	while ((n = list_first(slabs)))
		slab_destroy(p, LIST_ENTRY(n, struct slab, link));
}

/* All have come back: one slab is enough. */
static void begin_again(struct pool *p)
{
	struct list *first = list_first(&p->partial);
	struct slab *s = LIST_ENTRY(first ? first : list_first(&p->full),
				    struct slab, link);

	list_del(&s->link);
	destroy_all(p, &p->partial);
	destroy_all(p, &p->full);
	list_add_head(&p->partial, &s->link);
	s->free = NULL;
	s->fresh = objects_of(p, s);
	s->n_out = 0;
	p->spare = s;
	p->at_hand = p->older = (struct pool_chain){0};
}

void pool_put(struct pool *p, void *object)
{
	if (!object)
		return;
	p->n_objects--;
	push(p, &p->at_hand.first, object);
	p->at_hand.n++;
	if (p->n_objects == 0 && p->n_slabs > 1)
		begin_again(p);
	else if (p->at_hand.n >= AT_HAND_MAX || hold_much(p))
		make_room(p);
}

void pool_drain(struct pool *p)
{
	destroy_all(p, &p->partial);
	destroy_all(p, &p->full);
	map_fini(&p->by_addr);
	p->spare = NULL;
	p->at_hand = p->older = (struct pool_chain){0};
	p->n_objects = 0;
}
