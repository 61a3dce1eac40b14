/* SPDX-License-Identifier: ISC */
/*
 * selfcheck.c - every invariant of a stack, for tests
 */
#include "base/assert.h"
#include "base/block.h"
#include "net/check.h"
#include "stack/tern.h"

/* Every byte in use is charged to one purpose. */
static void check_memory(const struct mem *m)
{
	size_t sum = 0;

	for (unsigned int i = 0; i < TERN_MEM_N; i++)
		sum += m->by[i];
	TERN_ASSERT(sum == m->used);
	TERN_ASSERT(m->used <= m->limit);
	TERN_ASSERT(m->used <= m->peak);
}

void tern_selfcheck(const struct tern *n)
{
	check_memory(&n->env.mem);
	TERN_ASSERT(block_pool_bytes(n->env.blocks) <=
		    mem_used_for(&n->env.mem, TERN_MEM_BLOCK));
	net_check(&n->net);
	socks_check(&n->socks);
	tcp_check(n->socks.tcp);
	TERN_ASSERT(n->env.due_at <= stack_due(n));
}
