/* SPDX-License-Identifier: ISC */
/*
 * create.c - a stack: made and ended
 *
 * The memory of struct tern comes from the allocator of the configuration and
 * counts towards its limit like all else.
 */
#include <errno.h>
#include <string.h>

#include "base/block.h"
#include "stack/tern.h"

#define MEMORY_DEFAULT	(UINT64_C(1) << 30)
#define SOCKETS_DEFAULT (1U << 20)

void tern_config_init(struct tern_config *c)
{
	memset(c, 0, sizeof(*c));
	c->memory_limit = MEMORY_DEFAULT;
	c->max_sockets = SOCKETS_DEFAULT;
}

static bool usable(const struct tern_config *c)
{
	return c->alloc.alloc && c->alloc.free && c->memory_limit > 0 &&
	       c->max_sockets > 0 && c->max_sockets <= FD_MAX;
}

static int make_env(struct env *e, const struct tern_config *c, tern_time now)
{
	e->now = now;
	rng_init(&e->rng, c->seed, 0);
	e->trace = c->trace;
	e->trace_ctx = c->trace_ctx;
	e->blocks = block_pool_create(&e->mem);
	return e->blocks ? 0 : -ENOMEM;
}

static void join_floors(struct tern *n)
{
	n->net.tcp = (struct net_proto){
		.ctx = &n->tcp,
		.input = tcp_input,
		.error = tcp_icmp_error,
		.output = tcp_output,
		.rerouted = tcp_rerouted,
	};
	n->socks.net = &n->net;
	n->socks.tcp = &n->tcp;
	n->socks.un = &n->un;
}

static int make_floors(struct tern *n, const struct tern_config *c,
		       tern_time now)
{
	const struct tcp_user tcp_user = {
		.ctx = &n->socks,
		.ready = socks_tcp_ready,
		.moved = socks_tcp_moved,
		.expect = socks_tcp_expect,
	};
	const struct unix_user unix_user = {&n->socks, socks_unix_ready};
	int err = make_env(&n->env, c, now);

	if (err)
		return err;
	err = net_init(&n->net, &n->env);
	if (err)
		goto fail_net;
	err = tcp_init(&n->tcp, &n->env, &n->net, &tcp_user);
	if (err)
		goto fail_tcp;
	unix_init(&n->un, &n->env, &unix_user);
	err = socks_init(&n->socks, &n->env, c->max_sockets);
	if (err)
		goto fail_socks;
	join_floors(n);
	return 0;

fail_socks:
	unix_fini(&n->un);
fail_tcp:
	tcp_fini(&n->tcp);
fail_net:
	net_fini(&n->net);
	block_pool_destroy(n->env.blocks);
	return -ENOMEM;
}

int tern_create(struct tern **n, const struct tern_config *c, tern_time now)
{
	struct tern *made;
	struct mem mem;

	if (!usable(c))
		return -EINVAL;
	mem_init(&mem, &c->alloc, c->memory_limit);
	made = mem_zalloc(&mem, TERN_MEM_STACK, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->env.mem = mem;
	if (make_floors(made, c, now) < 0) {
		c->alloc.free(c->alloc.ctx, made, sizeof(*made));
		return -ENOMEM;
	}
	*n = made;
	return 0;
}

void tern_destroy(struct tern *n)
{
	struct tern_allocator alloc;

	if (!n)
		return;
	alloc = n->env.mem.alloc;
	n->env.trace = NULL; /* nobody is told of the end */
	socks_fini(&n->socks);
	unix_fini(&n->un);
	tcp_fini(&n->tcp);
	net_fini(&n->net);
	block_pool_destroy(n->env.blocks);
	alloc.free(alloc.ctx, n, sizeof(*n));
}
