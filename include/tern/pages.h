/* SPDX-License-Identifier: ISC */
/*
 * pages.h - an allocator for stacks with very many connections
 *
 * Most of a stack's memory comes in slabs of one size.  Here they have a place
 * of their own, so that taking or giving one back costs the same with one as
 * with a million, and what is not needed goes back to the system though other
 * slabs around it are in use.  malloc() promises neither: with a gigabyte in
 * pieces a call may take milliseconds, and what lies between stays.
 *
 *	tern_pages_create(&pages);
 *	config.alloc = tern_pages_allocator(pages);
 *	tern_create(&stack, &config, now);
 *	...
 *	tern_destroy(stack);
 *	tern_pages_destroy(pages);
 *
 * Like a stack it belongs to one thread at a time; several stacks of the same
 * thread may share it.  Whatever is not the size of a slab comes from malloc().
 */
#ifndef TERN_PAGES_H
#define TERN_PAGES_H

#include <tern/types.h>

struct tern_pages;

/* Makes one, which takes no memory yet.  Returns 0 or -ENOMEM. */
TERN_API TERN_CHECK int tern_pages_create(struct tern_pages **p);

/*
 * Has the system make `size` bytes more ready at once, rounded up to 64 MiB, in
 * huge pages if it has such (madvise(2), MADV_HUGEPAGE).  Slabs are taken from
 * them first, and they stay until the end.  So nobody waits for memory later;
 * and among very many connections, for which the processor would need more
 * addresses of small pages than it remembers, everything is faster.  Takes some
 * tenths of a second for each GiB.  Returns 0, or -ENOMEM: then what was ready
 * stays.
 */
TERN_API TERN_CHECK int tern_pages_reserve(struct tern_pages *p, uint64_t size);

/* The allocator to put into a struct tern_config. */
TERN_API struct tern_allocator tern_pages_allocator(struct tern_pages *p);

/* Bytes that it holds of the system's memory, not counting malloc()'s. */
TERN_API uint64_t tern_pages_resident(const struct tern_pages *p);

/*
 * Gives all back.  What was allocated must have been freed: to be called when
 * the stacks are destroyed, and frames of theirs released.
 */
TERN_API void tern_pages_destroy(struct tern_pages *p);

#endif
