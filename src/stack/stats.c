/* SPDX-License-Identifier: ISC */
/*
 * stats.c - what a stack counts and tells, and the memory it holds
 */
#include <tern/stats.h>

#include "stack/tern.h"

uint64_t tern_counter(const struct tern *n, enum tern_counter c)
{
	return (unsigned int)c < TERN_COUNTER_N ? n->env.counter[c] : 0;
}

uint64_t tern_drops(const struct tern *n, enum tern_drop d)
{
	return (unsigned int)d < TERN_DROP_N ? n->env.drop[d] : 0;
}

void tern_set_trace(struct tern *n, tern_trace_fn *trace, void *ctx)
{
	n->env.trace = trace;
	n->env.trace_ctx = ctx;
}

size_t tern_memory(const struct tern *n, enum tern_mem_purpose p)
{
	if ((unsigned int)p >= TERN_MEM_N)
		return 0;
	return mem_used_for(&n->env.mem, p);
}

size_t tern_memory_total(const struct tern *n)
{
	return mem_used(&n->env.mem);
}

size_t tern_memory_peak(const struct tern *n)
{
	return n->env.mem.peak;
}

size_t tern_memory_limit(const struct tern *n)
{
	return n->env.mem.limit;
}
