/* SPDX-License-Identifier: ISC */
/*
 * fd.h - the table of descriptors
 *
 * A descriptor is a generation (7 bits) above an index (24 bits).  Closing one
 * raises the generation of its place, so that a number kept too long is -EBADF
 * and not another socket (DESIGN 3, rule 12).  Places are reused in the order
 * in which they became free, and only when FD_REST of them are, so that a
 * number comes back after 128 * FD_REST calls of socket() at the earliest.
 *
 * The table grows by chunks that never move: a pointer to a place stays good,
 * and no call is slower than another.
 */
#ifndef TERN_SOCK_FD_H
#define TERN_SOCK_FD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

#define FD_INDEX_BITS 24
#define FD_MAX	      (1U << FD_INDEX_BITS) /* descriptors at most */
#define FD_CHUNK      1024 /* places of a chunk, a power of 2 */
#define FD_REST	      256

struct tcb;
struct listener;
struct unix_sock;
struct epoll;
struct watch;

enum fd_kind {
	FD_FREE,
	FD_TCP,	     /* a control block, in any state but LISTEN */
	FD_LISTENER, /* TCP */
	FD_UNIX,
	FD_EPOLL,
};

enum fd_flag {
	FD_NONBLOCK = 1,
	FD_CLOSE_ON_EXEC = 2,
	FD_HAS_EXTRAS = 4,   /* there is a struct extras for it */
	FD_LOANS_DONE = 8,   /* ... with loans that are done */
	FD_ERROR_QUEUE = 16, /* ... with something on its error queue */
};

/* What a descriptor stands for.  24 bytes, since there are many. */
struct fd {
	union {
		struct tcb *tcb;
		struct listener *listener;
		struct unix_sock *un;
		struct epoll *epoll;
	} u;		       /* by kind */
	struct watch *watches; /* epoll sets that it is in */
	uint32_t next_free;    /* FD_FREE: the place to be reused next */
	uint8_t kind;	       /* enum fd_kind */
	uint8_t gen;	       /* 0 to 127 */
	uint8_t flags;	       /* enum fd_flag */
};

struct fd_table {
	struct mem *mem;
	struct fd **chunks; /* directory, `n_chunks` of them are there */
	uint32_t max, n_chunks;
	uint32_t n_used; /* places ever used, these are the first */
	uint32_t n_open;
	uint32_t n_free, first_free, last_free; /* queue, by next_free */
};

/*
 * Makes a table of at most `max` descriptors (1 to FD_MAX).  Returns 0, or
 * -ENOBUFS.
 */
TERN_CHECK int fd_init(struct fd_table *t, struct mem *mem, uint32_t max);

/* Gives the table's memory back; what its places point to is the caller's. */
void fd_fini(struct fd_table *t);

/* 0 if fd_open() would succeed now, else -EMFILE or -ENOBUFS. */
TERN_CHECK int fd_reserve(struct fd_table *t);

/*
 * Opens a place, all zero but for its kind.  Returns the descriptor, or -EMFILE
 * or -ENOBUFS.
 */
TERN_CHECK int fd_open(struct fd_table *t, enum fd_kind kind);

/* Closes it; it must be open.  The place is free then. */
void fd_close(struct fd_table *t, int fd);

/* The place of an open descriptor, NULL if it is none: no place has the
 * generation of a negative number. */
static inline struct fd *fd_find(const struct fd_table *t, int fd)
{
	uint32_t index = (uint32_t)fd & (FD_MAX - 1);
	struct fd *f;

	if (index >= t->n_used)
		return NULL;
	f = &t->chunks[index / FD_CHUNK][index % FD_CHUNK];
	if (f->kind == FD_FREE || f->gen != (uint32_t)fd >> FD_INDEX_BITS)
		return NULL;
	return f;
}

/* The same for a socket.  Stores it in *f.  Returns 0, -EBADF or -ENOTSOCK. */
TERN_CHECK int fd_find_socket(const struct fd_table *t, int fd, struct fd **f);

static inline uint32_t fd_index(int fd)
{
	return (uint32_t)fd & (FD_MAX - 1);
}

/* The place with this index (below n_used), open or not. */
static inline struct fd *fd_at(const struct fd_table *t, uint32_t index)
{
	return &t->chunks[index / FD_CHUNK][index % FD_CHUNK];
}

/* The descriptor that a place has now. */
static inline int fd_number(const struct fd_table *t, uint32_t index)
{
	return (int)((uint32_t)fd_at(t, index)->gen << FD_INDEX_BITS | index);
}

/* Traps if the table is inconsistent.  For tests. */
void fd_check(const struct fd_table *t);

#endif
