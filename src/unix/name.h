/* SPDX-License-Identifier: ISC */
/*
 * name.h - the names that AF_UNIX sockets of a stack are bound to
 *
 * There is no file system: a path is a name like any other, and goes when the
 * socket that was bound to it is closed.  Names that begin with a zero byte are
 * Linux's abstract ones.
 */
#ifndef TERN_UNIX_NAME_H
#define TERN_UNIX_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "base/siphash.h"

#define UNIX_NAME_MAX 108 /* sizeof(sun_path) */

struct unix_sock;

struct unix_name {
	struct map_node node;
	struct unix_sock *owner; /* who is bound to it; NULL: it is gone */
	uint32_t refs;		 /* children of a listener have its name too */
	uint16_t len; /* bytes, without a zero byte at the end of a path */
	char bytes[];
};

struct unix_names {
	struct map map;
	struct mem *mem;
	struct siphash_key key;
};

/* The socket bound to this name, NULL if there is none. */
struct unix_sock *unix_name_find(const struct unix_names *names,
				 const char *bytes, uint16_t len);

/*
 * Makes a name with one reference and binds `owner` to it.  Stores it in
 * *name.  Returns 0, -EADDRINUSE, or -ENOBUFS.
 */
TERN_CHECK int unix_name_bind(struct unix_names *names, struct unix_sock *owner,
			      const char *bytes, uint16_t len,
			      struct unix_name **name);

/* The name can be bound again; those who have it still do. */
void unix_name_unbind(struct unix_names *names, struct unix_name *name);

/* One holder more, or less; NULL is ignored. */
struct unix_name *unix_name_ref(struct unix_name *name);
void unix_name_unref(struct unix_names *names, struct unix_name *name);

#endif
