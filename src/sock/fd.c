/* SPDX-License-Identifier: ISC */
/*
 * fd.c - the table of descriptors
 *
 * The directory of chunks is as large as `max` needs it from the start: 8 bytes
 * for a thousand descriptors.  Chunks come one at a time and stay.
 */
#include "sock/fd.h"

#include <errno.h>

#include "base/assert.h"
#include "base/bytes.h"

#define GEN_MAX 127

static uint32_t directory_len(const struct fd_table *t)
{
	return (t->max + FD_CHUNK - 1) / FD_CHUNK;
}

int fd_init(struct fd_table *t, struct mem *mem, uint32_t max)
{
	TERN_ASSERT(max >= 1 && max <= FD_MAX);
	*t = (struct fd_table){.mem = mem, .max = max};
	t->chunks = mem_zalloc(mem, TERN_MEM_CONN,
			       directory_len(t) * sizeof(*t->chunks));
	return t->chunks ? 0 : -ENOBUFS;
}

void fd_fini(struct fd_table *t)
{
	if (!t->chunks)
		return;
	for (uint32_t i = 0; i < t->n_chunks; i++)
		mem_free(t->mem, TERN_MEM_CONN, t->chunks[i],
			 FD_CHUNK * sizeof(struct fd));
	mem_free(t->mem, TERN_MEM_CONN, t->chunks,
		 directory_len(t) * sizeof(*t->chunks));
	t->chunks = NULL;
}

static int add_chunk(struct fd_table *t)
{
	struct fd *chunk =
		mem_zalloc(t->mem, TERN_MEM_CONN, FD_CHUNK * sizeof(*chunk));

	if (!chunk)
		return -ENOBUFS;
	t->chunks[t->n_chunks++] = chunk;
	return 0;
}

/* True if a place should be reused rather than a fresh one begun. */
static bool must_reuse(const struct fd_table *t)
{
	return t->n_free >= FD_REST || (t->n_free && t->n_used == t->max);
}

int fd_reserve(struct fd_table *t)
{
	if (must_reuse(t))
		return 0;
	if (t->n_used == t->max)
		return -EMFILE;
	if (t->n_used < t->n_chunks * FD_CHUNK || add_chunk(t) == 0)
		return 0;
	return t->n_free ? 0 : -ENOBUFS;
}

static uint32_t pop_free(struct fd_table *t)
{
	uint32_t index = t->first_free;

	t->first_free = fd_at(t, index)->next_free;
	t->n_free--;
	return index;
}

int fd_open(struct fd_table *t, enum fd_kind kind)
{
	int err = fd_reserve(t);
	uint32_t index;
	struct fd *f;

	if (err < 0)
		return err;
	if (must_reuse(t) || t->n_used == t->n_chunks * FD_CHUNK)
		index = pop_free(t);
	else
		index = t->n_used++;
	f = fd_at(t, index);
	*f = (struct fd){.kind = (uint8_t)kind, .gen = f->gen};
	t->n_open++;
	return fd_number(t, index);
}

void fd_close(struct fd_table *t, int fd)
{
	uint32_t index = fd_index(fd);
	struct fd *f = fd_at(t, index);

	TERN_ASSERT(f->kind != FD_FREE);
	f->kind = FD_FREE;
	f->gen = f->gen == GEN_MAX ? 0 : (uint8_t)(f->gen + 1);
	if (t->n_free)
		fd_at(t, t->last_free)->next_free = index;
	else
		t->first_free = index;
	t->last_free = index;
	t->n_free++;
	t->n_open--;
}

int fd_find_socket(const struct fd_table *t, int fd, struct fd **f)
{
	*f = fd_find(t, fd);
	if (!*f)
		return -EBADF;
	return (*f)->kind == FD_EPOLL ? -ENOTSOCK : 0;
}

void fd_check(const struct fd_table *t)
{
	uint32_t index = t->first_free;

	TERN_ASSERT(t->n_used <= t->max);
	TERN_ASSERT(t->n_used <= t->n_chunks * FD_CHUNK);
	TERN_ASSERT(t->n_open + t->n_free == t->n_used);
	for (uint32_t i = 0; i < t->n_free; i++) {
		TERN_ASSERT(index < t->n_used);
		TERN_ASSERT(fd_at(t, index)->kind == FD_FREE);
		TERN_ASSERT(i + 1 < t->n_free || index == t->last_free);
		index = fd_at(t, index)->next_free;
	}
}
