/* SPDX-License-Identifier: ISC */
/*
 * arena.c - memory that goes back all at once
 */
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 32768
#define ALIGNMENT  16

struct drill_chunk {
	struct drill_chunk *next;
	size_t unused; /* keeps data[] aligned */
	unsigned char data[];
};

static _Noreturn void out_of_memory(void)
{
	fputs("tern drill: out of memory\n", stderr);
	abort();
}

static void add_chunk(struct drill_arena *a, size_t least)
{
	size_t size = least > CHUNK_SIZE ? least : CHUNK_SIZE;
	struct drill_chunk *c = calloc(1, sizeof(*c) + size);

	if (!c)
		out_of_memory();
	c->next = a->chunks;
	a->chunks = c;
	a->used = 0;
	a->size = size;
}

void *drill_arena_get(struct drill_arena *a, size_t size)
{
	void *p;

	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (!a->chunks || a->size - a->used < size)
		add_chunk(a, size);
	p = a->chunks->data + a->used;
	a->used += size;
	return p;
}

char *drill_arena_text(struct drill_arena *a, const char *text, size_t len)
{
	char *p = drill_arena_get(a, len + 1);

	memcpy(p, text, len);
	return p;
}

void drill_arena_free(struct drill_arena *a)
{
	while (a->chunks) {
		struct drill_chunk *next = a->chunks->next;

		free(a->chunks);
		a->chunks = next;
	}
	a->used = a->size = 0;
}

void *drill_grow(void *p, size_t n, size_t size)
{
	void *q = reallocarray(p, n, size);

	if (!q)
		out_of_memory();
	return q;
}
