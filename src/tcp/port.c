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
 * it goes on counting all, and each address has an entry of its own.  That is
 * so for every listener at any address; and since connections to it come and
 * go, some entries that nobody needs are kept for the next ones.
 *
 * The entries stand in a table by port, of which there are only the pages in
 * which a port is held: so they are found at once, and prefetched.
 */
#include "tcp/port.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

#define BITMAP_BYTES (65536 / 8)
#define TABLE_BYTES  (PORT_PAGES * sizeof(struct port_page *))
#define INIT_BYTES   (2 * BITMAP_BYTES + TABLE_BYTES)
#define IDLE_MAX     256

int ports_init(struct ports *p, struct mem *mem, struct rng *rng)
{
	memset(p, 0, sizeof(*p));
	p->mem = mem;
	p->used = mem_zalloc(mem, TERN_MEM_STACK, INIT_BYTES);
	if (!p->used)
		return -ENOBUFS;
	p->chosen = p->used + BITMAP_BYTES / sizeof(*p->used);
	p->pages = (void *)(p->chosen + BITMAP_BYTES / sizeof(*p->used));
	list_init(&p->idle);
	map_init(&p->addrs, mem, TERN_MEM_CONN);
	pool_init(&p->pool, mem, TERN_MEM_CONN, sizeof(struct port_addr));
	rng_bytes(rng, &p->pick_key, sizeof(p->pick_key));
	p->lo = PORT_RANGE_LO;
	p->hi = PORT_RANGE_HI;
	return 0;
}

static void page_free(struct ports *p, struct port_page *page)
{
	mem_free(p->mem, TERN_MEM_CONN, page, sizeof(*page));
}

void ports_fini(struct ports *p)
{
	if (!p->used)
		return;
	for (uint32_t i = 0; i < PORT_PAGES; i++)
		page_free(p, p->pages[i]);
	page_free(p, p->spare);
	map_fini(&p->addrs);
	pool_drain(&p->pool);
	mem_free(p->mem, TERN_MEM_STACK, p->used, INIT_BYTES);
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
static uint32_t hash_of(uint32_t addr, uint16_t port)
{
	const uint64_t what = (uint64_t)addr << 16 | port;

	return (uint32_t)(what * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* The entry of a port, NULL if nobody holds any port near it. */
static struct port_use *find(const struct ports *p, uint16_t port)
{
	struct port_page *page = p->pages[port / PORTS_A_PAGE];

	return page ? &page->of[port % PORTS_A_PAGE] : NULL;
}

/* The entry of one address of a split port. */
static struct port_addr *find_addr(const struct ports *p, uint32_t addr,
				   uint16_t port)
{
	struct map_node *n = map_first(&p->addrs, hash_of(addr, port));

	for (; n; n = map_next(&p->addrs, n)) {
		struct port_addr *u = container_of(n, struct port_addr, node);

		if (u->port == port && u->addr == addr)
			return u;
	}
	return NULL;
}

static void add(struct port_counts *sum, const struct port_addr *u)
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
		sum = u->counts;
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

static struct port_addr *create_addr(struct ports *p, uint32_t addr,
				     uint16_t port)
{
	struct port_addr *u = pool_zget(&p->pool);

	if (!u)
		return NULL;
	list_unlinked(&u->idle);
	u->addr = addr;
	u->port = port;
	if (map_insert(&p->addrs, &u->node, hash_of(addr, port))) {
		pool_put(&p->pool, u);
		return NULL;
	}
	return u;
}

/* The entry of an address, of which there will be a holder. */
static struct port_addr *need_addr(struct ports *p, uint32_t addr,
				   uint16_t port)
{
	struct port_addr *u = find_addr(p, addr, port);

	if (!u)
		return create_addr(p, addr, port);
	if (list_linked(&u->idle)) {
		list_del(&u->idle);
		p->n_idle--;
	}
	return u;
}

/* Of this one there is none any more; those go that have had none longest. */
static void leave_addr(struct ports *p, struct port_addr *u)
{
	list_add_tail(&p->idle, &u->idle);
	if (++p->n_idle <= IDLE_MAX)
		return;
	u = LIST_ENTRY(list_pop_head(&p->idle), struct port_addr, idle);
	p->n_idle--;
	map_remove(&p->addrs, &u->node);
	pool_put(&p->pool, u);
}

/* To be called when what an entry counts has changed. */
static void mark(struct ports *p, const struct port_use *u, uint16_t port)
{
	const uint64_t bit = UINT64_C(1) << port % 64;

	p->used[port / 64] &= ~bit;
	p->chosen[port / 64] &= ~bit;
	if (u->counts.n > 0)
		p->used[port / 64] |= bit;
	if (u->counts.n_chosen > 0)
		p->chosen[port / 64] |= bit;
}

void ports_prefetch(const struct ports *p, uint16_t port)
{
	const struct port_use *u = find(p, port);

	if (u)
		prefetch(u);
}

/* The page that has the port. */
static struct port_page *make_page(struct ports *p, uint16_t port)
{
	struct port_page **at = &p->pages[port / PORTS_A_PAGE];

	if (*at)
		return *at;
	*at = p->spare;
	p->spare = NULL;
	if (!*at)
		*at = mem_zalloc(p->mem, TERN_MEM_CONN, sizeof(**at));
	return *at;
}

/* One port of it is held by nobody any more. */
static void leave_page(struct ports *p, uint16_t port)
{
	struct port_page **at = &p->pages[port / PORTS_A_PAGE];

	if (--(*at)->n_used > 0)
		return;
	page_free(p, p->spare);
	p->spare = *at;
	*at = NULL;
}

/* Sees to it that each address of a port that is held has an entry.  Returns
 * that of `addr`, NULL if there is no memory. */
static struct port_addr *split(struct ports *p, struct port_use *u,
			       uint32_t addr, uint16_t port)
{
	struct port_addr *own;

	if (!u->split) {
		own = need_addr(p, u->addr, port);
		if (!own)
			return NULL;
		own->counts = u->counts;
		u->split = true;
	}
	return need_addr(p, addr, port);
}

int ports_hold(struct ports *p, uint32_t addr, uint16_t port,
	       unsigned int flags)
{
	struct port_page *page = make_page(p, port);
	struct port_use *u;

	if (!page)
		return -ENOBUFS;
	u = &page->of[port % PORTS_A_PAGE];
	if (u->counts.n == 0) {
		u->addr = addr;
		page->n_used++;
	} else if (u->split || u->addr != addr) {
		struct port_addr *own = split(p, u, addr, port);

		if (!own)
			return -ENOBUFS;
		count(&own->counts, flags, 1);
	}
	count(&u->counts, flags, 1);
	mark(p, u, port);
	return 0;
}

static void release_addr(struct ports *p, uint32_t addr, uint16_t port,
			 unsigned int flags)
{
	struct port_addr *own = find_addr(p, addr, port);

	TERN_ASSERT(own && own->counts.n > 0);
	count(&own->counts, flags, -1);
	if (own->counts.n == 0)
		leave_addr(p, own);
}

void ports_release(struct ports *p, uint32_t addr, uint16_t port,
		   unsigned int flags)
{
	struct port_use *u = find(p, port);

	TERN_ASSERT(u && u->counts.n > 0 && (u->split || u->addr == addr));
	count(&u->counts, flags, -1);
	mark(p, u, port);
	if (u->split)
		release_addr(p, addr, port, flags);
	if (u->counts.n > 0)
		return;
	u->split = false;
	u->addr = 0;
	leave_page(p, port);
}

void ports_change(struct ports *p, uint32_t addr, uint16_t port,
		  unsigned int old_flags, unsigned int new_flags)
{
	struct port_use *u = find(p, port);
	struct port_addr *own;

	TERN_ASSERT(u && u->counts.n > 0 && (u->split || u->addr == addr));
	count(&u->counts, old_flags, -1);
	count(&u->counts, new_flags, 1);
	mark(p, u, port);
	if (!u->split)
		return;
	own = find_addr(p, addr, port);
	TERN_ASSERT(own && own->counts.n > 0);
	count(&own->counts, old_flags, -1);
	count(&own->counts, new_flags, 1);
}
