/* SPDX-License-Identifier: ISC */
/*
 * domain.h - an AF_UNIX domain to test in, with a memory limit of its own and
 * a record of who was told of what
 */
#ifndef TEST_UNIT_UNIX_DOMAIN_H
#define TEST_UNIT_UNIX_DOMAIN_H

#include <string.h>

#include <tern/libc.h>

#include "base/block.h"
#include "unix/unix.h"

#define DOMAIN_USERS 64

struct domain {
	struct env env;
	struct unix_domain d;
	uint32_t told[DOMAIN_USERS]; /* events, by user */
	size_t base;		     /* bytes in use before the test */
};

static inline void domain_ready(void *ctx, uint32_t user, uint32_t events)
{
	struct domain *t = (struct domain *)ctx;

	t->told[user % DOMAIN_USERS] |= events;
}

/* What the user was told since the last look. */
static inline uint32_t domain_told(struct domain *t, uint32_t user)
{
	uint32_t told = t->told[user];

	t->told[user] = 0;
	return told;
}

static inline int domain_open(struct domain *t)
{
	struct tern_allocator a = tern_libc_allocator();
	uint8_t seed[32] = {7};
	struct unix_user user = {t, domain_ready};

	memset(t, 0, sizeof(*t));
	mem_init(&t->env.mem, &a, 16 << 20);
	rng_init(&t->env.rng, seed, 0);
	t->env.blocks = block_pool_create(&t->env.mem);
	if (!t->env.blocks)
		return -1;
	t->base = mem_used(&t->env.mem);
	unix_init(&t->d, &t->env, &user);
	return 0;
}

/* Returns 0 if every byte and block came back. */
static inline int domain_close(struct domain *t)
{
	size_t left, out;

	unix_fini(&t->d);
	out = block_pool_count(t->env.blocks);
	block_pool_trim(t->env.blocks);
	left = mem_used(&t->env.mem) - t->base;
	block_pool_destroy(t->env.blocks);
	return left == 0 && out == 0 ? 0 : -1;
}

#endif
