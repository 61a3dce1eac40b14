/* SPDX-License-Identifier: ISC */
/*
 * advance.c - time: what is due, and when to come again
 *
 * Frames that wait to go round the loopback interface make the deadline now,
 * so that whoever sleeps until the deadline does not sleep over them.
 */
#include "base/bytes.h"
#include "stack/tern.h"

void stack_enter(struct tern *n, tern_time now)
{
	n->env.now = max_u64(n->env.now, now);
}

uint64_t stack_due(const struct tern *n)
{
	return min_u64(net_due(&n->net), tcp_due(&n->tcp));
}

static bool is_due(const struct tern *n)
{
	return n->env.now >= n->env.due_at;
}

/* By itself, so that the usual call has no registers to save. */
static __attribute__((noinline)) void advance(struct tern *n)
{
	if (is_due(n)) {
		net_advance(&n->net);
		tcp_advance(&n->tcp);
		n->env.due_at = stack_due(n);
	}
	if (loopback_pending(n))
		loopback_pump(n);
}

/* Most calls find nothing to do, and need not ask every floor. */
void tern_advance(struct tern *n, tern_time now)
{
	stack_enter(n, now);
	if (unlikely(is_due(n) || loopback_pending(n)))
		advance(n);
}

tern_time tern_deadline(const struct tern *n)
{
	uint64_t at = min_u64(net_deadline(&n->net), tcp_deadline(&n->tcp));

	return loopback_pending(n) ? min_u64(at, n->env.now) : at;
}

tern_time tern_now(const struct tern *n)
{
	return n->env.now;
}

struct tern_block_pool *tern_blocks(struct tern *n)
{
	return n->env.blocks;
}
