/* SPDX-License-Identifier: ISC */
/*
 * poison.h - tells AddressSanitizer what is free inside memory that we hold
 *
 * A pool recycles its objects without the allocator seeing it, which would
 * hide every use after free from the sanitizer.  In other builds both calls
 * are nothing.
 */
#ifndef TERN_BASE_POISON_H
#define TERN_BASE_POISON_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TERN_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define TERN_ASAN 1
#endif

#if defined(TERN_ASAN)
void __asan_poison_memory_region(void const volatile *p, size_t size);
void __asan_unpoison_memory_region(void const volatile *p, size_t size);

static inline void poison(void *p, size_t size)
{
	__asan_poison_memory_region(p, size);
}

static inline void unpoison(void *p, size_t size)
{
	__asan_unpoison_memory_region(p, size);
}
#else
static inline void poison(void *p, size_t size)
{
	(void)p;
	(void)size;
}

static inline void unpoison(void *p, size_t size)
{
	(void)p;
	(void)size;
}
#endif

#endif
