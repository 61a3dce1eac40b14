/* SPDX-License-Identifier: ISC */
/*
 * pages.c - an allocator for slabs, <tern/pages.h>
 *
 * The system is asked for regions of 64 MiB of addresses, aligned to their
 * size, which cost nothing until they are touched.  A region is cut into units,
 * each with room for a slab, or for a segment of a table (map.c).  A unit that
 * comes back is kept as it is, up to KEPT of them; the pages of any more are
 * given to the system, their addresses are not.  So there are two stacks of
 * free units, warm and cold, whose links are in the region's head, since those
 * in a unit would touch it.
 *
 * What was reserved is there before anybody asks for it, in huge pages where
 * the system has such, and stays; it is handed out first.  Elsewhere there are
 * none: a call that first touches one would wait up to milliseconds for it.
 *
 * A unit, as a slab, is a little longer than 64 KiB, so that slabs do not all
 * begin on the same set of the cache; the page in which two of them meet stays.
 */
#include <tern/pages.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define REGION	   (UINT64_C(64) << 20)
#define UNIT	   ((UINT32_C(1) << 16) + 64) /* a slab of src/base/pool.c */
#define SLAB_LEAST (UNIT - 64 - 4096)
#define HEAD	   (UINT32_C(1) << 14)
#define UNITS	   ((REGION - HEAD) / UNIT)
#define KEPT	   64

struct region {
	struct region *next;
	bool reserved;
	void *link[UNITS]; /* of a unit that is free: the next one */
};

struct tern_pages {
	struct region *regions;
	struct region *newest;	      /* of those not reserved */
	uint64_t n_fresh;	      /* units of it never handed out */
	void *reserved, *warm, *cold; /* free units */
	uint64_t n_warm, n_cold, n_regions;
	uintptr_t page; /* of the system's memory */
};

_Static_assert(sizeof(struct region) <= HEAD, "the head of a region");

static struct region *region_of(void *unit)
{
	return (struct region *)((uintptr_t)unit & ~(uintptr_t)(REGION - 1));
}

static void **link_of(void *unit)
{
	struct region *r = region_of(unit);

	return &r->link[((uintptr_t)unit - (uintptr_t)r - HEAD) / UNIT];
}

static void push(void **stack, void *unit)
{
	*link_of(unit) = *stack;
	*stack = unit;
}

static void *pop(void **stack)
{
	void *unit = *stack;

	*stack = *link_of(unit);
	return unit;
}

/* Addresses for twice as much have an aligned region among them. */
static struct region *map_region(void)
{
	char *p = mmap(NULL, 2 * REGION, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t before;

	if (p == MAP_FAILED)
		return NULL;
	before = (size_t)(-(uintptr_t)p & (REGION - 1));
	if (before)
		munmap(p, before);
	munmap(p + before + REGION, REGION - before);
	return (struct region *)(void *)(p + before);
}

static void add_region(struct tern_pages *p, struct region *r)
{
	r->next = p->regions;
	p->regions = r;
	p->n_regions++;
}

static void *unit_at(struct region *r, uint64_t i)
{
	return (char *)r + HEAD + i * UNIT;
}

static void *fresh(struct tern_pages *p)
{
	struct region *r;

	if (p->n_fresh == 0) {
		r = map_region();
		if (!r)
			return NULL;
		add_region(p, r);
		p->newest = r;
		p->n_fresh = UNITS;
	}
	return unit_at(p->newest, UNITS - p->n_fresh--);
}

/* All of it is there then.  Systems that know no such advice, before Linux
 * 5.14, find it when it is touched. */
static bool populate(const struct tern_pages *p, struct region *r)
{
	char *at = (char *)r;
	uint64_t i;

	(void)madvise(r, REGION, MADV_HUGEPAGE);
#ifdef MADV_POPULATE_WRITE
	if (madvise(r, REGION, MADV_POPULATE_WRITE) == 0)
		return true;
	if (errno != EINVAL)
		return false;
#endif
	for (i = 0; i < REGION; i += p->page)
		at[i] = 0;
	return true;
}

/* Of memory that the machine has not got a system may promise any amount. */
static bool is_too_much(const struct tern_pages *p, uint64_t size)
{
	return size / p->page > (uint64_t)sysconf(_SC_PHYS_PAGES);
}

static bool reserve_region(struct tern_pages *p)
{
	struct region *r = map_region();
	uint64_t i;

	if (!r)
		return false;
	if (!populate(p, r)) {
		munmap(r, REGION);
		return false;
	}
	add_region(p, r);
	r->reserved = true;
	for (i = UNITS; i-- > 0;)
		push(&p->reserved, unit_at(r, i));
	return true;
}

int tern_pages_reserve(struct tern_pages *p, uint64_t size)
{
	uint64_t done;

	if (is_too_much(p, size))
		return -ENOMEM;
	for (done = 0; done < size; done += REGION)
		if (!reserve_region(p))
			return -ENOMEM;
	return 0;
}

static bool is_slab(size_t size)
{
	return size > SLAB_LEAST && size <= UNIT;
}

static void *take(void *ctx, size_t size)
{
	struct tern_pages *p = ctx;

	if (!is_slab(size))
		return malloc(size);
	if (p->reserved)
		return pop(&p->reserved);
	if (p->warm) {
		p->n_warm--;
		return pop(&p->warm);
	}
	if (!p->cold)
		return fresh(p);
	p->n_cold--;
	return pop(&p->cold);
}

/* The pages that are the unit's alone. */
static void chill(const struct tern_pages *p, void *unit)
{
	const uintptr_t end = (uintptr_t)unit + UNIT;
	const uintptr_t from = ((uintptr_t)unit + p->page - 1) & -p->page;
	const uintptr_t to = end & -p->page;

	if (from < to)
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
}

static void give(void *ctx, void *unit, size_t size)
{
	struct tern_pages *p = ctx;

	if (!is_slab(size)) {
		free(unit);
	} else if (region_of(unit)->reserved) {
		push(&p->reserved, unit);
	} else if (p->n_warm < KEPT) {
		p->n_warm++;
		push(&p->warm, unit);
	} else {
		p->n_cold++;
		chill(p, unit);
		push(&p->cold, unit);
	}
}

int tern_pages_create(struct tern_pages **p)
{
	*p = calloc(1, sizeof(**p));
	if (!*p)
		return -ENOMEM;
	(*p)->page = (uintptr_t)sysconf(_SC_PAGESIZE);
	return 0;
}

struct tern_allocator tern_pages_allocator(struct tern_pages *p)
{
	return (struct tern_allocator){take, give, p};
}

uint64_t tern_pages_resident(const struct tern_pages *p)
{
	return p->n_regions * HEAD +
	       (p->n_regions * UNITS - p->n_fresh - p->n_cold) * UNIT;
}

void tern_pages_destroy(struct tern_pages *p)
{
	struct region *r;

	if (!p)
		return;
	while ((r = p->regions) != NULL) {
		p->regions = r->next;
		munmap(r, REGION);
	}
	free(p);
}
