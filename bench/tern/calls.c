/* SPDX-License-Identifier: ISC */
/* calls.c - how long each call of a run took, at its least */
#include "calls.h"

#include <sys/mman.h>

#include "bench/measure.h"

#define NS_BITS 28
#define NS_MAX	((UINT32_C(1) << NS_BITS) - 1)

void calls_init(struct calls *c, uint64_t max)
{
	*c = (struct calls){.max = max};
	c->took = mmap(NULL, max * sizeof(*c->took), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	must(c->took != MAP_FAILED, "memory for the calls");
}

void calls_free(struct calls *c)
{
	munmap(c->took, c->max * sizeof(*c->took));
}

void calls_again(struct calls *c)
{
	must(c->n == 0 || c->next == c->n, "another number of calls");
	c->n = c->next;
	c->next = 0;
}

void calls_note(struct calls *c, enum place place, uint64_t ns)
{
	const uint32_t took = (uint32_t)(ns < NS_MAX ? ns : NS_MAX) |
			      (uint32_t)place << NS_BITS;
	uint32_t *at = &c->took[c->next];

	must(c->next < c->max, "too many calls");
	if (c->n == 0 || took < *at)
		*at = took;
	must(*at >> NS_BITS == (uint32_t)place, "another order of calls");
	c->next++;
}

uint64_t calls_longest_ns(const struct calls *c, enum place place)
{
	uint32_t longest = 0;
	uint64_t i;

	for (i = 0; i < c->n; i++)
		if (c->took[i] >> NS_BITS == (uint32_t)place &&
		    (c->took[i] & NS_MAX) > longest)
			longest = c->took[i] & NS_MAX;
	return longest;
}
