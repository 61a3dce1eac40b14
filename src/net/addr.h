/* SPDX-License-Identifier: ISC */
/*
 * addr.h - the addresses that mean this host, RFC 1122 3.2.1.3
 *
 * Own addresses and the broadcast addresses of their subnets, of all
 * interfaces.  Most packets have none of them as their source and one of them
 * as their destination; both must be known in a few instructions.
 */
#ifndef TERN_NET_ADDR_H
#define TERN_NET_ADDR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "net/net.h"

#define ADDR_HINT_BITS 9

/* Sorted by address, own ones before broadcast ones. */
struct addr_entry {
	uint32_t addr;
	uint16_t kind; /* ADDR_LOCAL or ADDR_BROADCAST */
	uint16_t refs; /* subnets that have this broadcast address */
};

/* All zero is an empty table. */
struct addr_table {
	struct addr_entry *entries;
	uint32_t n, cap;
	/* By hash: 0 if no address has it, else one more than the index of the
	   first that does. */
	uint16_t hint[1 << ADDR_HINT_BITS];
};

/* Makes room for n more entries.  Returns 0 or -ENOMEM. */
TERN_CHECK int addr_reserve(struct addr_table *t, struct mem *mem, uint32_t n);

/* Room must have been reserved. */
void addr_insert(struct addr_table *t, uint32_t addr, enum addr_kind kind);

/* Undoes one addr_insert(). */
void addr_erase(struct addr_table *t, uint32_t addr, enum addr_kind kind);

void addr_fini(struct addr_table *t, struct mem *mem);

/* ADDR_LOCAL, ADDR_BROADCAST, or ADDR_REMOTE for what is not in the table. */
enum addr_kind addr_find(const struct addr_table *t, uint32_t addr);

static inline uint32_t addr_hash(uint32_t addr)
{
	return (addr * UINT32_C(0x9e3779b1)) >> (32 - ADDR_HINT_BITS);
}

/* False for most addresses that are not in the table. */
static inline bool addr_maybe(const struct addr_table *t, uint32_t addr)
{
	return t->hint[addr_hash(addr)] != 0;
}

/* True for most own addresses, and no others. */
static inline bool addr_is_known_local(const struct addr_table *t,
				       uint32_t addr)
{
	const uint32_t at = t->hint[addr_hash(addr)];

	return at && t->entries[at - 1].addr == addr &&
	       t->entries[at - 1].kind == ADDR_LOCAL;
}

#endif
