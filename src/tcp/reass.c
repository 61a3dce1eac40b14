/* SPDX-License-Identifier: ISC */
/*
 * reass.c - segments held because text before them is missing, SHLD-31
 *
 * A new segment is walked from left to right: bytes in a gap are stored, bytes
 * in a range are duplicates.  Each step ends at an edge of a range, and a range
 * that the segment reaches grows together with the one before, so the work is
 * one search, and a step for each range that vanishes:
 *
 *	ranges      |--- A ---|        |--- B ---|      |- C -|
 *	segment          |===================================|
 *	            dup..dup  store    dup ..dup  store dup
 *	result      |------------------- A ------------------|
 *
 * All of the segment lies in one range afterwards; it becomes the first of
 * `recent`, the order that RFC 2018 4 wants for SACK blocks, and the one that
 * is tried before a search for the next segment.
 *
 * The text of a range is a chain of pieces, so that two ranges join in O(1) and
 * without memory.  Slices are joined and compacted as in the receive queue
 * (slice.h).
 */
#include "tcp/reass.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/block.h"
#include "base/bytes.h"

struct piece {
	struct piece *next;
	struct tern_slice s;
};

struct range {
	struct tree_node node;
	struct list recent;
	struct seq left;
	uint32_t len;
	struct piece *first, *last;
};

/* A segment on its way in. */
struct arrival {
	struct reass *r;
	struct mem *m;
	struct tern_block_pool *blocks;
	const struct tern_slice *part; /* the one that `at` lies in */
	uint32_t part_off;	       /* ... and where */
	struct seq at, end;
	struct range *here; /* the range that ends at `at`, if one does */
	struct range *next; /* the first one beyond */
	bool fresh;	    /* `here` was made by this segment */
	struct reass_result *res;
};

/* NULL for NULL. */
static struct range *range_of(struct tree_node *n)
{
	return n ? container_of(n, struct range, node) : NULL;
}

static struct range *range_next(const struct range *g)
{
	return range_of(tree_next(&g->node));
}

static struct seq right_of(const struct range *g)
{
	return seq_add(g->left, g->len);
}

/* Orders a sequence number against ranges: before the end, or beyond. */
static int compare(const void *key, const struct tree_node *n)
{
	/* The node is the first member; container_of() is not for const. */
	const struct range *g = (const struct range *)(const void *)n;
	const struct seq *s = key;

	return seq_lt(right_of(g), *s) ? 1 : -1;
}

/* The first range that does not end before s. */
static struct range *find(const struct reass *r, struct seq s)
{
	struct list *n = list_first(&r->recent);
	struct range *hint;

	if (n) {
		hint = container_of(n, struct range, recent);
		if (seq_eq(right_of(hint), s))
			return hint;
	}
	return range_of(tree_lower_bound(&r->ranges, &s, compare));
}

static uint32_t cost(const struct piece *p)
{
	return (uint32_t)sizeof(*p) + slice_truesize(&p->s);
}

static void piece_free(struct reass *r, struct mem *m, struct piece *p)
{
	r->truesize -= cost(p);
	mem_free(m, TERN_MEM_RECV, p, sizeof(*p));
}

static void range_free(struct reass *r, struct mem *m, struct range *g)
{
	tree_erase(&r->ranges, &g->node);
	list_del(&g->recent);
	r->n_ranges--;
	r->truesize -= (uint32_t)sizeof(*g);
	mem_free(m, TERN_MEM_RECV, g, sizeof(*g));
}

/* Takes the first piece off; its slice is the caller's. */
static struct tern_slice pop(struct reass *r, struct mem *m, struct range *g)
{
	struct piece *p = g->first;
	struct tern_slice s = p->s;

	g->first = p->next;
	g->left = seq_add(g->left, s.len);
	g->len -= s.len;
	r->len -= s.len;
	piece_free(r, m, p);
	return s;
}

/* Drops the first n bytes of a range. */
static void trim(struct reass *r, struct mem *m, struct range *g, uint32_t n)
{
	while (n > 0) {
		struct piece *p = g->first;

		if (n >= p->s.len) {
			n -= p->s.len;
			block_unref(pop(r, m, g).block);
			continue;
		}
		r->truesize -= cost(p);
		p->s.data += n;
		p->s.len -= n;
		r->truesize += cost(p);
		g->left = seq_add(g->left, n);
		g->len -= n;
		r->len -= n;
		n = 0;
	}
}

/*
 * Makes a new range before a.next, empty, at a.at.  One that will join a.next
 * at once may be one too many.
 */
static struct range *range_create(struct arrival *a, bool joins)
{
	struct reass *r = a->r;
	struct range *g = NULL;

	if (r->n_ranges < REASS_RANGES_MAX || joins)
		g = mem_zalloc(a->m, TERN_MEM_RECV, sizeof(*g));
	if (!g)
		return NULL;
	g->left = a->at;
	if (a->next)
		tree_insert_before(&r->ranges, &g->node, &a->next->node);
	else if (tree_empty(&r->ranges))
		tree_link(&r->ranges, &g->node, NULL, false);
	else
		tree_insert_after(&r->ranges, &g->node, tree_last(&r->ranges));
	list_add_head(&r->recent, &g->recent);
	r->n_ranges++;
	r->truesize += (uint32_t)sizeof(*g);
	return g;
}

/* The bytes from a.at on that lie in one part, at most `max`. */
static struct tern_slice peek(struct arrival *a, uint32_t max)
{
	while (a->part_off == a->part->len) {
		a->part++;
		a->part_off = 0;
	}
	return (struct tern_slice){
		.block = a->part->block,
		.data = a->part->data + a->part_off,
		.len = min_u32(max, a->part->len - a->part_off),
	};
}

static void skip(struct arrival *a, uint32_t n)
{
	a->at = seq_add(a->at, n);
	while (n > 0) {
		uint32_t len = peek(a, n).len;

		a->part_off += len;
		n -= len;
	}
}

/* Makes a piece of a slice, with a reference of its own. */
static struct piece *piece_create(struct arrival *a, const struct tern_slice *s)
{
	struct piece *p = mem_alloc(a->m, TERN_MEM_RECV, sizeof(*p));

	if (!p)
		return NULL;
	p->next = NULL;
	p->s = *s;
	block_ref(p->s.block);
	if (slice_compact(&p->s, a->blocks, false)) {
		block_unref(p->s.block);
		mem_free(a->m, TERN_MEM_RECV, p, sizeof(*p));
		return NULL;
	}
	a->r->truesize += cost(p);
	return p;
}

/* Joins a slice to a piece, if it goes. */
static bool extend(struct reass *r, struct piece *p, const struct tern_slice *s)
{
	uint32_t was = cost(p);

	if (!slice_join(&p->s, s))
		return false;
	r->truesize += cost(p) - was;
	return true;
}

/* Joins the next piece of a range to this one, if it goes. */
static void shrink(struct arrival *a, struct range *g, struct piece *p)
{
	struct piece *next = p->next;
	struct tern_block *block;

	if (!next || !extend(a->r, p, &next->s))
		return;
	p->next = next->next;
	if (g->last == next)
		g->last = p;
	/* What a piece costs depends on its block, so that goes after it. */
	block = next->s.block;
	piece_free(a->r, a->m, next);
	block_unref(block);
}

/*
 * Stores the bytes from a.at up to `upto` at the end of a.here.  No piece may
 * stay sparse in a long block, so such ones are cut to what can be compacted.
 */
static int append(struct arrival *a, struct seq upto)
{
	struct range *g = a->here;

	while (!seq_eq(a->at, upto)) {
		struct tern_slice s = peek(a, seq_len(a->at, upto));
		struct piece *p;

		if (slice_sparse(&s))
			s.len = min_u32(s.len, BLOCK_PACKET);
		if (!g->last || !extend(a->r, g->last, &s)) {
			p = piece_create(a, &s);
			if (!p)
				return -ENOBUFS;
			if (g->last)
				g->last->next = p;
			else
				g->first = p;
			g->last = p;
		}
		g->len += s.len;
		a->r->len += s.len;
		a->res->stored += s.len;
		skip(a, s.len);
	}
	return 0;
}

/* Stores the gap from a.at up to `upto` as a range of its own. */
static int fill(struct arrival *a, struct seq upto)
{
	bool joins = a->next && seq_eq(a->next->left, upto);
	int err;

	a->here = range_create(a, joins);
	if (!a->here)
		return -ENOBUFS;
	a->fresh = true;
	err = append(a, upto);
	if (!err)
		return 0;
	a->res->stored -= a->here->len;
	trim(a->r, a->m, a->here, a->here->len);
	range_free(a->r, a->m, a->here);
	a->here = NULL;
	return err;
}

/*
 * Joins the range a.next, which begins where a.here ends, to a.here.  Where
 * pieces can be joined they are: text may come byte by byte, and from its end.
 * The piece before the seam often lies in a block that the frame still holds,
 * so the one behind it gets a second chance to take in the next.
 */
static void join_next(struct arrival *a)
{
	struct range *g = a->here, *next = a->next;
	struct piece *before = g->last, *after = next->first;

	before->next = after;
	g->last = next->last;
	g->len += next->len;
	a->next = range_next(next);
	range_free(a->r, a->m, next);
	shrink(a, g, after);
	shrink(a, g, before);
	a->res->merged |= !a->fresh;
	a->fresh = false;
}

/* Passes over bytes that are there already, up to a.end or the range's. */
static void pass_duplicates(struct arrival *a)
{
	struct seq upto = seq_min(a->end, right_of(a->here));
	uint32_t n = seq_len(a->at, upto);

	if (n == 0)
		return;
	if (a->res->duplicate == 0) {
		a->res->dup_left = a->at;
		a->res->dup_right = upto;
	}
	a->res->duplicate += n;
	skip(a, n);
}

/* The segment has come to the range a.next: passes over what it has there. */
static void enter_next(struct arrival *a)
{
	if (a->here) {
		join_next(a);
	} else {
		a->here = a->next;
		a->next = range_next(a->here);
	}
	pass_duplicates(a);
}

/* Walks the segment from range to gap to range. */
static int walk(struct arrival *a)
{
	for (;;) {
		struct seq upto = a->end;
		int err;

		if (a->next && seq_le(a->next->left, a->at))
			enter_next(a);
		if (seq_eq(a->at, a->end))
			return 0;
		if (a->next)
			upto = seq_min(upto, a->next->left);
		err = a->here ? append(a, upto) : fill(a, upto);
		if (err)
			return err;
	}
}

int reass_insert(struct reass *r, struct mem *m, struct tern_block_pool *blocks,
		 const struct reass_text *text, struct reass_result *res)
{
	struct arrival a = {
		.r = r,
		.m = m,
		.blocks = blocks,
		.part = text->parts,
		.at = text->left,
		.end = text->left,
		.res = res,
	};
	int i, err;

	*res = (struct reass_result){
		.dup_left = text->left,
		.dup_right = text->left,
	};
	for (i = 0; i < text->n_parts; i++)
		a.end = seq_add(a.end, text->parts[i].len);
	if (seq_eq(a.at, a.end))
		return 0;
	if (!r->recent.next)
		list_init(&r->recent);
	a.next = find(r, text->left);
	err = walk(&a);
	if (a.here) {
		list_del(&a.here->recent);
		list_add_head(&r->recent, &a.here->recent);
	}
	return err;
}

/* Moves the text of a range that begins at *nxt, as far as it can. */
static int move(struct reass *r, struct mem *m, struct tern_block_pool *blocks,
		struct seq *nxt, struct recvq *to)
{
	struct range *g = range_of(tree_first(&r->ranges));

	while (g->first) {
		struct tern_slice s = g->first->s;
		struct tern_block *block = s.block;
		int err;

		/* The piece needs its block until it is gone: see cost(). */
		block_ref(block);
		err = recvq_push(to, m, blocks, &s);
		if (!err) {
			pop(r, m, g);
			*nxt = seq_add(*nxt, s.len);
		}
		block_unref(block);
		if (err)
			return -ENOBUFS;
	}
	return 0;
}

int64_t reass_take(struct reass *r, struct mem *m,
		   struct tern_block_pool *blocks, struct seq *nxt,
		   struct recvq *to)
{
	const struct seq start = *nxt;
	struct range *g;

	while ((g = range_of(tree_first(&r->ranges))) != NULL &&
	       seq_le(g->left, *nxt)) {
		trim(r, m, g, min_u32(g->len, seq_len(g->left, *nxt)));
		if (move(r, m, blocks, nxt, to))
			return -ENOBUFS;
		range_free(r, m, g);
	}
	return seq_len(start, *nxt);
}

uint8_t reass_sack(const struct reass *r, struct tcp_sack_block *out,
		   uint8_t max)
{
	struct list *n;
	uint8_t i = 0;

	if (r->n_ranges == 0)
		return 0;
	list_for_each(n, &r->recent) {
		const struct range *g = container_of(n, struct range, recent);

		if (i == max)
			break;
		out[i].left = g->left.u;
		out[i].right = right_of(g).u;
		i++;
	}
	return i;
}

struct seq reass_end(const struct reass *r, struct seq none)
{
	const struct range *g = range_of(tree_last(&r->ranges));

	return g ? right_of(g) : none;
}

uint32_t reass_prune(struct reass *r, struct mem *m)
{
	struct range *g = range_of(tree_last(&r->ranges));
	uint32_t len;

	if (!g)
		return 0;
	len = g->len;
	trim(r, m, g, len);
	range_free(r, m, g);
	return len;
}

void reass_free(struct reass *r, struct mem *m)
{
	while (r->n_ranges > 0)
		reass_prune(r, m);
	memset(r, 0, sizeof(*r));
}

static void check_bounds(const struct tern_slice *s)
{
	const struct tern_block *b = s->block;

	if (b->kind == BLOCK_LENT)
		return; /* its bytes are elsewhere */
	TERN_ASSERT(s->data >= b->data &&
		    s->data + s->len <= b->data + b->size);
}

/* Checks one range and counts it in *sum. */
static void check_range(const struct range *g, struct reass *sum)
{
	const struct piece *p, *last = NULL;
	uint32_t len = 0;

	for (p = g->first; p; p = p->next) {
		TERN_ASSERT(p->s.len > 0 && p->s.block->refs > 0);
		check_bounds(&p->s);
		len += p->s.len;
		sum->truesize += cost(p);
		last = p;
	}
	TERN_ASSERT(len > 0 && len == g->len && last == g->last);
	TERN_ASSERT(list_linked(&g->recent));
	sum->len += len;
	sum->truesize += (uint32_t)sizeof(*g);
	sum->n_ranges++;
}

void reass_check(const struct reass *r)
{
	const struct range *g = range_of(tree_first(&r->ranges)), *next;
	struct reass sum = {.len = 0};
	const struct list *n;
	uint32_t n_recent = 0;

	tree_check(&r->ranges);
	for (; g; g = next) {
		check_range(g, &sum);
		next = range_next(g);
		TERN_ASSERT(!next || seq_lt(right_of(g), next->left));
	}
	if (r->recent.next)
		list_for_each(n, &r->recent)
			n_recent++;
	TERN_ASSERT(sum.len == r->len && sum.truesize == r->truesize);
	TERN_ASSERT(sum.n_ranges == r->n_ranges && n_recent == r->n_ranges);
	TERN_ASSERT(r->n_ranges <= REASS_RANGES_MAX);
}
