/* SPDX-License-Identifier: ISC */
/*
 * addr.c - the addresses that mean this host, RFC 1122 3.2.1.3
 *
 * A sorted array behind a table of hints.  The hash has no key: whoever finds
 * addresses that collide with ours gains a binary search of a small array.
 *
 * Both broadcast forms of a subnet are known: all ones, and all zeros, which
 * "all hosts SHOULD recognize" (RFC 1122 3.3.6).  Subnets of 31 and 32 bits
 * have none (RFC 3021).
 */
#include "net/addr.h"

#include <errno.h>

#include "base/assert.h"
#include "net/tables.h"

int addr_reserve(struct addr_table *t, struct mem *mem, uint32_t n)
{
	struct addr_entry *entries;
	uint32_t cap = t->cap ? t->cap * 2 : 8;

	if (t->n + n <= t->cap)
		return 0;
	while (cap < t->n + n)
		cap *= 2;
	entries = mem_alloc(mem, TERN_MEM_NET, cap * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	if (t->n > 0)
		memcpy(entries, t->entries, t->n * sizeof(*entries));
	mem_free(mem, TERN_MEM_NET, t->entries, t->cap * sizeof(*entries));
	t->entries = entries;
	t->cap = cap;
	return 0;
}

/* The first entry that is not before (addr, kind); n if all are. */
static uint32_t lower_bound(const struct addr_table *t, uint32_t addr,
			    enum addr_kind kind)
{
	uint32_t lo = 0, hi = t->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct addr_entry *e = &t->entries[mid];

		if (e->addr < addr || (e->addr == addr && e->kind < kind))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Backwards, so that the first of those with one hash stays. */
static void set_hints(struct addr_table *t)
{
	uint32_t i;

	memset(t->hint, 0, sizeof(t->hint));
	for (i = t->n; i > 0; i--)
		t->hint[addr_hash(t->entries[i - 1].addr)] =
			(uint16_t)min_u32(i, UINT16_MAX);
}

void addr_insert(struct addr_table *t, uint32_t addr, enum addr_kind kind)
{
	uint32_t i = lower_bound(t, addr, kind);
	struct addr_entry *e;

	if (i < t->n && t->entries[i].addr == addr &&
	    t->entries[i].kind == kind) {
		t->entries[i].refs++;
		return;
	}
	TERN_ASSERT(t->n < t->cap);
	e = &t->entries[i];
	memmove(e + 1, e, (t->n - i) * sizeof(*e));
	t->n++;
	e->addr = addr;
	e->kind = (uint16_t)kind;
	e->refs = 1;
	set_hints(t);
}

void addr_erase(struct addr_table *t, uint32_t addr, enum addr_kind kind)
{
	uint32_t i = lower_bound(t, addr, kind);
	struct addr_entry *e = &t->entries[i];

	TERN_ASSERT(i < t->n && e->addr == addr && e->kind == kind);
	if (--e->refs > 0)
		return;
	t->n--;
	memmove(e, e + 1, (t->n - i) * sizeof(*e));
	set_hints(t);
}

void addr_fini(struct addr_table *t, struct mem *mem)
{
	mem_free(mem, TERN_MEM_NET, t->entries, t->cap * sizeof(*t->entries));
	memset(t, 0, sizeof(*t));
}

enum addr_kind addr_find(const struct addr_table *t, uint32_t addr)
{
	uint32_t i;

	if (!addr_maybe(t, addr))
		return ADDR_REMOTE;
	if (addr_is_known_local(t, addr))
		return ADDR_LOCAL;
	i = lower_bound(t, addr, ADDR_LOCAL);
	if (i == t->n || t->entries[i].addr != addr)
		return ADDR_REMOTE;
	return (enum addr_kind)t->entries[i].kind;
}

enum addr_kind net_addr_kind(const struct net *net, uint32_t addr)
{
	if (addr == 0)
		return ADDR_ANY;
	if (ip4_is_loopback(addr))
		return ADDR_LOCAL;
	if (addr == IP4_BROADCAST)
		return ADDR_BROADCAST;
	if (ip4_is_multicast(addr))
		return ADDR_MULTICAST;
	if (ip4_is_reserved(addr) || ip4_is_this_network(addr))
		return ADDR_INVALID;
	return addr_find(&net->tables->addrs, addr);
}
