/* SPDX-License-Identifier: ISC */
/*
 * meter.h - an allocator for tests: counts what is out, fails on demand, and
 * traps if free() is told another size than alloc() was
 */
#ifndef TERN_TEST_METER_H
#define TERN_TEST_METER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <tern/types.h>

struct meter {
	size_t n_out;	  /* allocations not freed yet */
	size_t bytes_out; /* ... and their bytes */
	size_t n_allocs;  /* ever */
	size_t fail_from; /* the allocation, from 1, that fails; 0: none */
	size_t fail_to;	  /* the last that fails */
};

#define METER_HEAD 16 /* the size is kept in front */

static inline void *meter_alloc(void *ctx, size_t size)
{
	struct meter *m = ctx;
	uint8_t *p;

	m->n_allocs++;
	if (m->fail_from && m->n_allocs >= m->fail_from &&
	    m->n_allocs <= m->fail_to)
		return NULL;
	p = malloc(METER_HEAD + size);
	if (!p)
		abort();
	memcpy(p, &size, sizeof(size));
	memset(p + METER_HEAD, 0xa5, size);
	m->n_out++;
	m->bytes_out += size;
	return p + METER_HEAD;
}

static inline void meter_free(void *ctx, void *p, size_t size)
{
	struct meter *m = ctx;
	uint8_t *start = (uint8_t *)p - METER_HEAD;

	if (memcmp(start, &size, sizeof(size)) != 0)
		abort();
	m->n_out--;
	m->bytes_out -= size;
	free(start);
}

static inline struct tern_allocator meter_allocator(struct meter *m)
{
	struct tern_allocator a = {meter_alloc, meter_free, m};

	memset(m, 0, sizeof(*m));
	return a;
}

/* Lets the next n allocations fail. */
static inline void meter_fail_next(struct meter *m, size_t n)
{
	m->fail_from = m->n_allocs + 1;
	m->fail_to = m->n_allocs + n;
}

static inline void meter_fail_none(struct meter *m)
{
	m->fail_from = 0;
}

#endif
