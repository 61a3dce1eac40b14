/* SPDX-License-Identifier: ISC */
/*
 * name.c - the names that AF_UNIX sockets of a stack are bound to
 */
#include "unix/name.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

static uint32_t hash(const struct unix_names *names, const char *bytes,
		     uint16_t len)
{
	return (uint32_t)siphash13(&names->key, bytes, len);
}

static size_t size_of(const struct unix_name *name)
{
	return sizeof(*name) + name->len;
}

static struct unix_name *find(const struct unix_names *names, const char *bytes,
			      uint16_t len)
{
	uint32_t h = hash(names, bytes, len);
	struct map_node *n;

	for (n = map_first(&names->map, h); n; n = map_next(&names->map, n)) {
		struct unix_name *name =
			container_of(n, struct unix_name, node);

		if (name->len == len && memcmp(name->bytes, bytes, len) == 0)
			return name;
	}
	return NULL;
}

struct unix_sock *unix_name_find(const struct unix_names *names,
				 const char *bytes, uint16_t len)
{
	struct unix_name *name = find(names, bytes, len);

	return name ? name->owner : NULL;
}

int unix_name_bind(struct unix_names *names, struct unix_sock *owner,
		   const char *bytes, uint16_t len, struct unix_name **name)
{
	struct unix_name *made;

	if (find(names, bytes, len))
		return -EADDRINUSE;
	made = mem_alloc(names->mem, TERN_MEM_UNIX, sizeof(*made) + len);
	if (!made)
		return -ENOBUFS;
	made->owner = owner;
	made->refs = 1;
	made->len = len;
	memcpy(made->bytes, bytes, len);
	if (map_insert(&names->map, &made->node, hash(names, bytes, len)) < 0) {
		mem_free(names->mem, TERN_MEM_UNIX, made, size_of(made));
		return -ENOBUFS;
	}
	*name = made;
	return 0;
}

void unix_name_unbind(struct unix_names *names, struct unix_name *name)
{
	TERN_ASSERT(name->owner);
	name->owner = NULL;
	map_remove(&names->map, &name->node);
}

struct unix_name *unix_name_ref(struct unix_name *name)
{
	if (name)
		name->refs++;
	return name;
}

void unix_name_unref(struct unix_names *names, struct unix_name *name)
{
	if (!name)
		return;
	TERN_ASSERT(name->refs > 0);
	if (--name->refs)
		return;
	TERN_ASSERT(!name->owner);
	mem_free(names->mem, TERN_MEM_UNIX, name, size_of(name));
}
