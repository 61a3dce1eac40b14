/* SPDX-License-Identifier: ISC */
/*
 * ready.c - frames that are made but not yet taken by the link
 *
 * A frame that was cancelled while others stood behind it stays in the ring
 * with length 0 and is passed over.  There is always a real frame behind such
 * a one, so a ring that is not empty has something to give.
 *
 * Both counters start again at 0 whenever the ring runs empty: a quiet
 * interface then uses the first chunk only, which stays in the cache.
 */
#include "net/ready.h"

#include "base/assert.h"

static struct tern_frame *slot(struct ready *r, uint32_t i)
{
	i %= READY_MAX;
	return &r->chunk[i / READY_CHUNK][i % READY_CHUNK];
}

/* Makes sure that there is memory for slot i. */
static bool has_chunk(struct ready *r, uint32_t i, struct env *env)
{
	struct tern_frame **chunk = &r->chunk[i % READY_MAX / READY_CHUNK];

	if (!*chunk)
		*chunk = mem_alloc(&env->mem, TERN_MEM_NET,
				   READY_CHUNK * sizeof(**chunk));
	return *chunk;
}

struct tern_frame *ready_add(struct ready *r, struct env *env)
{
	struct tern_frame *f;

	if (unlikely(r->tail - r->head == READY_MAX)) {
		env_drop(env, TERN_DROP_REPLY_QUEUE_FULL, NULL);
		return NULL;
	}
	if (unlikely(!has_chunk(r, r->tail, env))) {
		env_drop(env, TERN_DROP_NO_MEMORY, NULL);
		return NULL;
	}
	f = slot(r, r->tail++);
	tern_frame_init(f);
	return f;
}

static void rewind_if_empty(struct ready *r)
{
	if (ready_empty(r))
		r->head = r->tail = 0;
}

void ready_cancel(struct ready *r, struct tern_frame *f)
{
	TERN_ASSERT(!ready_empty(r));
	tern_frame_release(f);
	if (f == slot(r, r->tail - 1))
		r->tail--;
	rewind_if_empty(r);
}

int ready_take(struct ready *r, struct tern_frame *frames, int max)
{
	int n = 0;

	if (likely(ready_empty(r)))
		return 0;
	while (n < max && !ready_empty(r)) {
		struct tern_frame *f = slot(r, r->head++);

		if (likely(f->len > 0))
			tern_frame_move(&frames[n++], f);
	}
	rewind_if_empty(r);
	return n;
}

void ready_clear(struct ready *r)
{
	while (!ready_empty(r))
		tern_frame_release(slot(r, r->head++));
	rewind_if_empty(r);
}

void ready_fini(struct ready *r, struct env *env)
{
	ready_clear(r);
	for (int i = 0; i < READY_CHUNKS; i++) {
		mem_free(&env->mem, TERN_MEM_NET, r->chunk[i],
			 READY_CHUNK * sizeof(*r->chunk[i]));
		r->chunk[i] = NULL;
	}
}
