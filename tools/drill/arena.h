/* SPDX-License-Identifier: ISC */
/*
 * arena.h - memory that goes back all at once
 *
 * A parsed script is thousands of small nodes that point at each other and die
 * together.  Running out of memory ends the program: there is nothing to be
 * said about a script that does not fit.
 */
#ifndef TERN_DRILL_ARENA_H
#define TERN_DRILL_ARENA_H

#include <stddef.h>

struct drill_chunk;

struct drill_arena {
	struct drill_chunk *chunks;
	size_t used, size; /* of the newest chunk */
};

/* Returns zeroed memory, aligned for any object.  Never NULL. */
void *drill_arena_get(struct drill_arena *a, size_t size);

/* Returns a copy of `len` bytes with a NUL behind them. */
char *drill_arena_text(struct drill_arena *a, const char *text, size_t len);

void drill_arena_free(struct drill_arena *a);

/* realloc(), but never NULL; for what grows and is no arena's. */
void *drill_grow(void *p, size_t n, size_t size);

#endif
