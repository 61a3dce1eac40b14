/* SPDX-License-Identifier: ISC */
/*
 * port.c - who uses which local port
 *
 * Linux finds a conflict by walking the sockets of a port.  Here holders are
 * counted by what they would refuse to share with, so that it takes one or two
 * look-ups.  With f what the new one has set, and each holder h:
 *
 *	SO_REUSEADDR and h has it too and does not listen	no conflict
 *	SO_REUSEPORT and h has it too				no conflict
 *
 * and so who sets one of them conflicts with n_strict or n_noport holders, who
 * sets both with those that fail both tests, n_never, and who sets none with
 * all.
 *
 * Nearly always all holders of a port have one local address.  Then the entry
 * of the port is all there is.  When a second address comes the entry is split:
 * it goes on counting all, and each address has an entry of its own.
 */
#include "tcp/port.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

#define N_BYTES (65536 / 8)

int ports_init(struct ports *p, struct mem *mem, struct rng *rng)
{
	memset(p, 0, sizeof(*p));
	p->mem = mem;
	p->used = mem_zalloc(mem, TERN_MEM_STACK, 2 * N_BYTES);
	if (!p->used)
		return -ENOBUFS;
	p->chosen = p->used + N_BYTES / sizeof(*p->used);
	map_init(&p->map, mem, TERN_MEM_CONN);
	pool_init(&p->pool, mem, TERN_MEM_CONN, sizeof(struct port_use));
	rng_bytes(rng, &p->pick_key, sizeof(p->pick_key));
	p->lo = PORT_RANGE_LO;
	p->hi = PORT_RANGE_HI;
	return 0;
}

void ports_fini(struct ports *p)
{
	if (!p->used)
		return;
	map_fini(&p->map);
	pool_drain(&p->pool);
	mem_free(p->mem, TERN_MEM_STACK, p->used, 2 * N_BYTES);
	memset(p, 0, sizeof(*p));
}

int ports_set_range(struct ports *p, uint16_t lo, uint16_t hi)
{
	if (lo < 1 || lo > hi)
		return -EINVAL;
	p->lo = lo;
	p->hi = hi;
	return 0;
}

/*
 * No peer can make these collide: ports are ours to choose, and so are
 * addresses.  So they are spread without a key, by a multiplication.
 */
static uint32_t spread(uint64_t what)
{
	return (uint32_t)(what * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static uint32_t hash_of(uint16_t port)
{
	return spread(port);
}

static uint32_t addr_hash_of(uint32_t addr, uint16_t port)
{
	return spread((uint64_t)addr << 17 | UINT64_C(1) << 16 | port);
}

/* The entry of a port, whatever address is in it. */
static struct port_use *find(const struct ports *p, uint16_t port)
{
	struct map_node *n = map_first(&p->map, hash_of(port));

	for (; n; n = map_next(&p->map, n)) {
		struct port_use *u = container_of(n, struct port_use, node);

		if (u->port == port && !u->of_addr)
			return u;
	}
	return NULL;
}

/* The entry of one address of a split port. */
static struct port_use *find_addr(const struct ports *p, uint32_t addr,
				  uint16_t port)
{
	struct map_node *n = map_first(&p->map, addr_hash_of(addr, port));

	for (; n; n = map_next(&p->map, n)) {
		struct port_use *u = container_of(n, struct port_use, node);

		if (u->port == port && u->addr == addr && u->of_addr)
			return u;
	}
	return NULL;
}

static void add(struct port_counts *sum, const struct port_use *u)
{
	if (!u)
		return;
	sum->n += u->counts.n;
	sum->n_chosen += u->counts.n_chosen;
	sum->n_strict += u->counts.n_strict;
	sum->n_noport += u->counts.n_noport;
	sum->n_never += u->counts.n_never;
}

struct port_counts ports_overlap(const struct ports *p, uint32_t addr,
				 uint16_t port)
{
	const struct port_use *u = find(p, port);
	struct port_counts sum = {0};

	if (u && u->split && addr != 0) {
		add(&sum, find_addr(p, addr, port));
		add(&sum, find_addr(p, 0, port));
	} else if (u && (addr == 0 || u->addr == 0 || u->addr == addr)) {
		add(&sum, u);
	}
	return sum;
}

/* How many of these would not share with one who has the flags. */
static uint32_t conflicts(const struct port_counts *c, unsigned int flags)
{
	const bool addr = flags & PORT_REUSE_ADDR;
	const bool port = flags & PORT_REUSE_PORT;

	if (addr)
		return port ? c->n_never : c->n_strict;
	return port ? c->n_noport : c->n;
}

/* Counts one holder more, or with by = -1 one less. */
static void count(struct port_counts *c, unsigned int flags, int by)
{
	const bool strict = !(flags & PORT_REUSE_ADDR) || flags & PORT_LISTEN;
	const bool noport = !(flags & PORT_REUSE_PORT);
	const uint32_t n = (uint32_t)by;

	c->n += n;
	c->n_chosen += flags & PORT_CONNECT ? 0 : n;
	c->n_strict += strict ? n : 0;
	c->n_noport += noport ? n : 0;
	c->n_never += strict && noport ? n : 0;
}

int ports_check(const struct ports *p, uint32_t addr, uint16_t port,
		unsigned int flags)
{
	struct port_counts there = ports_overlap(p, addr, port);

	return conflicts(&there, flags) ? -EADDRINUSE : 0;
}

int ports_check_listen(const struct ports *p, uint32_t addr, uint16_t port,
		       unsigned int flags)
{
	struct port_counts others = ports_overlap(p, addr, port);

	TERN_ASSERT(others.n > 0); /* the caller is among them */
	count(&others, flags, -1);
	return conflicts(&others, flags) ? -EADDRINUSE : 0;
}

static struct port_use *create(struct ports *p, uint32_t addr, uint16_t port,
			       bool of_addr)
{
	struct port_use *u = pool_zget(&p->pool);
	uint32_t hash;

	if (!u)
		return NULL;
	u->addr = addr;
	u->port = port;
	u->of_addr = of_addr;
	hash = of_addr ? addr_hash_of(addr, port) : hash_of(port);
	if (map_insert(&p->map, &u->node, hash)) {
		pool_put(&p->pool, u);
		return NULL;
	}
	return u;
}

static void destroy(struct ports *p, struct port_use *u)
{
	map_remove(&p->map, &u->node);
	pool_put(&p->pool, u);
}

/* To be called when what an entry counts has changed. */
static void mark(struct ports *p, const struct port_use *u)
{
	const uint64_t bit = UINT64_C(1) << u->port % 64;

	p->used[u->port / 64] &= ~bit;
	p->chosen[u->port / 64] &= ~bit;
	if (u->counts.n > 0)
		p->used[u->port / 64] |= bit;
	if (u->counts.n_chosen > 0)
		p->chosen[u->port / 64] |= bit;
}

/* Gives the one address of a port an entry of its own. */
static int split(struct ports *p, struct port_use *u)
{
	struct port_use *own = create(p, u->addr, u->port, true);

	if (!own)
		return -ENOBUFS;
	own->counts = u->counts;
	u->split = true;
	return 0;
}

void ports_prefetch(const struct ports *p, uint16_t port)
{
	map_prefetch(&p->map, hash_of(port));
}

/* The entry of the port; with one of the address too, if it is split. */
static struct port_use *make_entries(struct ports *p, uint32_t addr,
				     uint16_t port)
{
	struct port_use *u = find(p, port);

	if (!u)
		return create(p, addr, port, false);
	if (!u->split && u->addr == addr)
		return u;
	if (!u->split && split(p, u))
		return NULL;
	if (!find_addr(p, addr, port) && !create(p, addr, port, true))
		return NULL;
	return u;
}

int ports_hold(struct ports *p, uint32_t addr, uint16_t port,
	       unsigned int flags)
{
	struct port_use *u = make_entries(p, addr, port);

	if (!u)
		return -ENOBUFS;
	count(&u->counts, flags, 1);
	mark(p, u);
	if (u->split)
		count(&find_addr(p, addr, port)->counts, flags, 1);
	return 0;
}

void ports_release(struct ports *p, uint32_t addr, uint16_t port,
		   unsigned int flags)
{
	struct port_use *u = find(p, port), *own;

	TERN_ASSERT(u && u->counts.n > 0 && (u->split || u->addr == addr));
	count(&u->counts, flags, -1);
	mark(p, u);
	if (u->split) {
		own = find_addr(p, addr, port);
		TERN_ASSERT(own && own->counts.n > 0);
		count(&own->counts, flags, -1);
		if (own->counts.n == 0)
			destroy(p, own);
	}
	if (u->counts.n == 0)
		destroy(p, u);
}

void ports_change(struct ports *p, uint32_t addr, uint16_t port,
		  unsigned int old_flags, unsigned int new_flags)
{
	struct port_use *u = find(p, port), *own;

	TERN_ASSERT(u && u->counts.n > 0 && (u->split || u->addr == addr));
	count(&u->counts, old_flags, -1);
	count(&u->counts, new_flags, 1);
	mark(p, u);
	if (!u->split)
		return;
	own = find_addr(p, addr, port);
	TERN_ASSERT(own && own->counts.n > 0);
	count(&own->counts, old_flags, -1);
	count(&own->counts, new_flags, 1);
}
