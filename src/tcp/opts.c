/* SPDX-License-Identifier: ISC */
/*
 * opts.c - sets of options, each kept once
 *
 * Sets are found by a hash of what is in them and compared byte by byte.  Bits
 * between the fields count, too; should they differ for once, the set is kept
 * twice, which costs its bytes and nothing else.
 *
 * A socket on which three options are set goes through three sets, of which
 * nobody has the first two when it is done; but the next socket wants them
 * again.  So a few that nobody has are kept, and it is remembered which one
 * came after which, so that who goes the same way need not search.
 */
#include "tcp/opts.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "tcp/cc.h"

#define UNUSED_MAX 16

struct opts_set {
	struct map_node node; /* in opts_table.sets */
	struct tcp_opts opts;
	uint32_t n_refs;
	struct list unused; /* on opts_table.unused while there are none */
};

void opts_init(struct opts_table *all, struct mem *mem)
{
	map_init(&all->sets, mem, TERN_MEM_STACK);
	list_init(&all->unused);
	all->n_unused = all->n_gated = 0;
	all->initial = NULL;
	memset(all->after, 0, sizeof(all->after));
}

static void set_free(struct opts_table *all, struct opts_set *s)
{
	mem_free(all->sets.mem, TERN_MEM_STACK, s, sizeof(*s));
}

static void fini_visit(void *ctx, struct map_node *n)
{
	map_remove(&((struct opts_table *)ctx)->sets, n);
	set_free(ctx, container_of(n, struct opts_set, node));
}

void opts_fini(struct opts_table *all)
{
	struct map_cursor cur = {0};

	while (map_visit(&all->sets, &cur, 1024, fini_visit, all))
		;
	map_fini(&all->sets);
	all->initial = NULL;
}

/* Only here is it seen that what is referred to counts its references. */
static struct opts_set *set_of(const struct tcp_opts *o)
{
	return (struct opts_set *)((uintptr_t)o -
				   offsetof(struct opts_set, opts));
}

const struct tcp_opts *opts_take(const struct tcp_opts *o)
{
	set_of(o)->n_refs++;
	return o;
}

/* Where it is remembered what came after this one, or NULL. */
static struct opts_set **place_after(struct opts_table *all,
				     const struct tcp_opts *o)
{
	const uint32_t hash = o ? set_of(o)->node.hash : 0;

	return &all->after[hash >> (32 - OPTS_AFTER_BITS)];
}

static void forget(struct opts_table *all, const struct opts_set *s)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(all->after); i++)
		if (all->after[i] == s)
			all->after[i] = NULL;
}

static void discard_oldest(struct opts_table *all)
{
	struct opts_set *s = LIST_ENTRY(list_pop_head(&all->unused),
					struct opts_set, unused);

	all->n_unused--;
	forget(all, s);
	map_remove(&all->sets, &s->node);
	set_free(all, s);
}

/* It lets not everybody in: gate.c. */
static bool is_gated(const struct tcp_opts *o)
{
	return o->device || o->min_ttl;
}

/* Text leaves when windows and Nagle let it, and nobody is told. */
static bool is_plain_output(const struct tcp_opts *o)
{
	return !o->cork && !o->notsent_lowat && !o->pacing_less &&
	       !cc_at(o->cc)->paces;
}

void opts_drop(struct opts_table *all, const struct tcp_opts *o)
{
	struct opts_set *s;

	if (!o)
		return;
	s = set_of(o);
	TERN_ASSERT(s->n_refs > 0);
	if (--s->n_refs > 0)
		return;
	all->n_gated -= is_gated(o);
	list_add_tail(&all->unused, &s->unused);
	if (++all->n_unused > UNUSED_MAX)
		discard_oldest(all);
}

static struct opts_set *find(const struct opts_table *all,
			     const struct tcp_opts *o, uint32_t hash)
{
	struct map_node *n;

	for (n = map_first(&all->sets, hash); n; n = map_next(&all->sets, n)) {
		struct opts_set *s = container_of(n, struct opts_set, node);

		if (memcmp(&s->opts, o, sizeof(*o)) == 0)
			return s;
	}
	return NULL;
}

static struct opts_set *make(struct opts_table *all, const struct tcp_opts *o,
			     uint32_t hash)
{
	struct opts_set *s =
		mem_zalloc(all->sets.mem, TERN_MEM_STACK, sizeof(*s));

	if (!s)
		return NULL;
	memcpy(&s->opts, o, sizeof(*o));
	if (map_insert(&all->sets, &s->node, hash) < 0) {
		set_free(all, s);
		return NULL;
	}
	return s;
}

/* No secret: only the user chooses options. */
static uint32_t hash_of(const struct tcp_opts *o)
{
	uint64_t h = 0, word;
	size_t i;

	_Static_assert(sizeof(*o) % sizeof(word) == 0, "ends with a word");
	for (i = 0; i < sizeof(*o); i += sizeof(word)) {
		memcpy(&word, (const char *)o + i, sizeof(word));
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	return (uint32_t)h;
}

static struct opts_set *search(struct opts_table *all, const struct tcp_opts *o)
{
	const uint32_t hash = hash_of(o);
	struct opts_set *s = find(all, o, hash);

	return s ? s : make(all, o, hash);
}

/* A reference to the set of what is in *o, which comes after `from`; NULL if
 * there is no memory. */
static const struct tcp_opts *refer(struct opts_table *all,
				    const struct tcp_opts *from,
				    const struct tcp_opts *o)
{
	struct opts_set **after = place_after(all, from), *s = *after;
	struct tcp_opts whole;

	memcpy(&whole, o, sizeof(whole)); /* with all padding */
	whole.plain_output = is_plain_output(o);
	if (unlikely(!s || memcmp(&s->opts, &whole, sizeof(whole)) != 0))
		s = search(all, &whole);
	if (!s)
		return NULL;
	*after = s;
	if (list_linked(&s->unused)) {
		list_del(&s->unused);
		all->n_unused--;
	}
	all->n_gated += s->n_refs == 0 && is_gated(o);
	return opts_take(&s->opts);
}

const struct tcp_opts *opts_initial(struct opts_table *all, uint8_t cc)
{
	struct tcp_opts o;

	if (likely(all->initial && all->initial->cc == cc))
		return opts_take(all->initial);
	memset(&o, 0, sizeof(o));
	o.rcvlowat = 1;
	o.cc = cc;
	opts_drop(all, all->initial);
	all->initial = refer(all, NULL, &o);
	return all->initial ? opts_take(all->initial) : NULL;
}

int opts_change(struct opts_table *all, const struct tcp_opts **at,
		const struct tcp_opts *wanted)
{
	const struct tcp_opts *found = refer(all, *at, wanted);

	if (!found)
		return -ENOBUFS;
	opts_drop(all, *at);
	*at = found;
	return 0;
}
