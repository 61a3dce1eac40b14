/* SPDX-License-Identifier: ISC */
/*
 * libc.h - an allocator that uses malloc and free
 *
 * Header only, so that the library itself names no allocator.
 */
#ifndef TERN_LIBC_H
#define TERN_LIBC_H

#include <stdlib.h>

#include <tern/types.h>

static inline void *tern_libc_alloc(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static inline void tern_libc_free(void *ctx, void *p, size_t size)
{
	(void)ctx;
	(void)size;
	free(p);
}

/* The allocator to put into a struct tern_config. */
static inline struct tern_allocator tern_libc_allocator(void)
{
	struct tern_allocator a;

	a.alloc = tern_libc_alloc;
	a.free = tern_libc_free;
	a.ctx = NULL;
	return a;
}

#endif
