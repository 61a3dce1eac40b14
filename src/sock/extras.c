/* SPDX-License-Identifier: ISC */
/*
 * extras.c - what few descriptors have, kept apart so that the others are small
 */
#include "sock/extras.h"

static uint32_t hash(uint32_t index)
{
	return index * UINT32_C(2654435769); /* the stack's own number */
}

struct extras *extras_find(const struct socks *s, const struct fd *f, int fd)
{
	uint32_t index = fd_index(fd);
	struct map_node *n;

	if (!(f->flags & FD_HAS_EXTRAS))
		return NULL;
	for (n = map_first(&s->extras, hash(index)); n;
	     n = map_next(&s->extras, n)) {
		struct extras *x = container_of(n, struct extras, node);

		if (x->index == index)
			return x;
	}
	return NULL;
}

struct extras *extras_get(struct socks *s, struct fd *f, int fd)
{
	struct extras *x = extras_find(s, f, fd);

	if (x)
		return x;
	x = pool_zget(&s->extras_pool);
	if (!x)
		return NULL;
	x->index = fd_index(fd);
	x->rcvtimeo_us = TIMEOUT_NONE;
	x->sndtimeo_us = TIMEOUT_NONE;
	x->peek_off = -1;
	lender_init(&x->lender, s, x->index);
	notes_init(&x->notes);
	if (map_insert(&s->extras, &x->node, hash(x->index)) < 0) {
		pool_put(&s->extras_pool, x);
		return NULL;
	}
	f->flags |= FD_HAS_EXTRAS;
	return x;
}

void extras_drop(struct socks *s, struct fd *f, int fd)
{
	struct extras *x = extras_find(s, f, fd);

	if (!x)
		return;
	lender_retire(&x->lender, &s->retired);
	notes_free(s, &x->notes);
	map_remove(&s->extras, &x->node);
	pool_put(&s->extras_pool, x);
	f->flags &= (uint8_t)~FD_HAS_EXTRAS;
}
