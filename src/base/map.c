/* SPDX-License-Identifier: ISC */
/*
 * map.c - a hash table that grows and shrinks a bucket at a time
 *
 * A bucket is one cache line: the hashes of up to five nodes beside pointers to
 * them.  A look-up that fails reads that line and nothing else; one that
 * succeeds reads one node more, nearly always the right one.  What does not fit
 * hangs on the node in the last slot, as a chain; eight bits of the line say of
 * most hashes that they are not there.
 *
 * Linear hashing (Litwin 1980).  There are n_buckets buckets, any number; a
 * hash belongs to bucket `hash & mask`, or, as long as that one does not exist
 * yet, to its buddy with the top bit of the mask cleared.  Adding the next
 * bucket therefore splits exactly one other, and dropping the last one merges
 * it back.  One insertion or removal moves two buckets at the most, so that no
 * packet ever waits for a table of millions to be rebuilt.
 *
 * The buckets are in segments of 1024, found through a directory.  The first
 * one begins with 8 and is copied until it has 1024; after that only the
 * directory is: 32 KiB at 10 million nodes.
 *
 * A visit goes through the hashes in bit-reversed order.  In that order every
 * bucket is one interval, whatever the number of buckets; so the place where a
 * visit stands keeps its meaning while buckets come and go.
 */
#include "base/map.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

#define LINE	      64
#define TAG_SHIFT     29
#define AHEAD	      3 /* splits */
#define SLOTS	      5
#define SEGMENT_SHIFT 10 /* 64 KiB: an allocator for slabs serves it too */
#define SEGMENT_LEN   (UINT32_C(1) << SEGMENT_SHIFT)
#define FIRST_LEN     UINT32_C(8)
#define DIRECTORY_LEN UINT32_C(4)
#define BUCKETS_MAX   (UINT32_C(1) << 30)
#define POS_END	      (UINT64_C(1) << 32)

/* Slots are taken from the first on.  If there are more nodes than slots, the
 * last slot begins a chain. */
struct map_bucket {
	_Alignas(LINE) uint32_t hash[SLOTS];
	uint32_t n : 24;      /* nodes, those of the chain among them */
	uint32_t chained : 8; /* a bit for each tag that may be in the chain */
	struct map_node *slot[SLOTS];
};

/* Of the bits that say least about the bucket. */
static uint32_t tag_of(uint32_t hash)
{
	return UINT32_C(1) << (hash >> TAG_SHIFT);
}

/* One line more than the buckets need, for them to begin on a line. */
static size_t segment_bytes(uint32_t n)
{
	return n * sizeof(struct map_bucket) + LINE;
}

static size_t directory_bytes(uint32_t n)
{
	return n * sizeof(void *);
}

static struct map_bucket *buckets_of(void *segment)
{
	uintptr_t at = (uintptr_t)segment;

	return (struct map_bucket *)((at + LINE - 1) & ~(uintptr_t)(LINE - 1));
}

static struct map_bucket *bucket_at(const struct map *m, uint32_t b)
{
	return &buckets_of(
		m->segments[b >> SEGMENT_SHIFT])[b & (SEGMENT_LEN - 1)];
}

static uint32_t index_of(const struct map *m, uint32_t hash)
{
	uint32_t b = hash & m->mask;

	return b < m->n_buckets ? b : b & (m->mask >> 1);
}

static struct map_bucket *bucket_of(const struct map *m, uint32_t hash)
{
	return bucket_at(m, index_of(m, hash));
}

/* No other node is read or written, unless there is a chain. */
static void bucket_add(struct map_bucket *b, struct map_node *node,
		       uint32_t hash)
{
	uint32_t i = b->n++;

	if (i >= SLOTS) {
		if (i == SLOTS) {
			b->slot[SLOTS - 1]->next = NULL;
			b->chained = 0;
		}
		i = SLOTS - 1;
		node->next = b->slot[i];
		b->chained |= tag_of(b->hash[i]) & UINT8_MAX;
	}
	b->slot[i] = node;
	b->hash[i] = hash;
}

/* Takes a node out of the last slot, where the chain may have another. */
static struct map_node *bucket_pop(struct map_bucket *b, uint32_t *hash)
{
	uint32_t i = --b->n;
	struct map_node *node;

	if (i < SLOTS) {
		*hash = b->hash[i];
		return b->slot[i];
	}
	node = b->slot[SLOTS - 1];
	*hash = b->hash[SLOTS - 1];
	b->slot[SLOTS - 1] = node->next;
	b->hash[SLOTS - 1] = node->next->hash;
	return node;
}

/* Puts one node into the place of another, which is there. */
static void bucket_replace(struct map_bucket *b, const struct map_node *old,
			   struct map_node *node, uint32_t hash)
{
	struct map_node **at;
	uint32_t i;

	for (i = 0; i < SLOTS && i < b->n; i++)
		if (b->slot[i] == old)
			break;
	TERN_ASSERT(i < b->n);
	if (i < SLOTS) {
		at = &b->slot[i];
		b->hash[i] = hash;
	} else {
		at = &b->slot[SLOTS - 1]->next;
		while (*at != old) {
			TERN_ASSERT(*at);
			at = &(*at)->next;
		}
		b->chained |= tag_of(hash) & UINT8_MAX;
	}
	if (b->n > SLOTS && i >= SLOTS - 1)
		node->next = old->next;
	*at = node;
}

/* The last one comes into the gap. */
static void bucket_remove(struct map_bucket *b, const struct map_node *node)
{
	uint32_t hash;
	struct map_node *last = bucket_pop(b, &hash);

	if (last != node)
		bucket_replace(b, node, last, hash);
}

void map_init(struct map *m, struct mem *mem, enum tern_mem_purpose purpose)
{
	memset(m, 0, sizeof(*m));
	m->mem = mem;
	m->purpose = purpose;
}

void map_fini(struct map *m)
{
	uint32_t i;

	for (i = 0; i < m->n_segments; i++)
		mem_free(m->mem, m->purpose, m->segments[i],
			 segment_bytes(i ? SEGMENT_LEN : m->first_len));
	mem_free(m->mem, m->purpose, m->segments,
		 directory_bytes(m->max_segments));
	map_init(m, m->mem, m->purpose);
}

static int make_first_buckets(struct map *m)
{
	void *first;

	m->segments =
		mem_alloc(m->mem, m->purpose, directory_bytes(DIRECTORY_LEN));
	if (!m->segments)
		return -ENOBUFS;
	first = mem_zalloc(m->mem, m->purpose, segment_bytes(FIRST_LEN));
	if (!first) {
		mem_free(m->mem, m->purpose, m->segments,
			 directory_bytes(DIRECTORY_LEN));
		m->segments = NULL;
		return -ENOBUFS;
	}
	m->max_segments = DIRECTORY_LEN;
	m->segments[0] = first;
	m->n_segments = 1;
	m->first_len = FIRST_LEN;
	m->n_buckets = FIRST_LEN;
	m->mask = FIRST_LEN - 1;
	return 0;
}

/* Growth can wait: it does not take what is kept for when memory is short. */
static void *alloc_segment(struct map *m, uint32_t n)
{
	const size_t bytes = segment_bytes(n);

	if (mem_room(m->mem) < m->mem->limit / MEM_SHORT + bytes)
		return NULL;
	return mem_alloc(m->mem, m->purpose, bytes);
}

/* Replaces the first segment, while it is short, by one of double length. */
static bool lengthen_first_segment(struct map *m)
{
	const uint32_t len = m->first_len * 2;
	void *first;

	first = alloc_segment(m, len);
	if (!first)
		return false;
	memcpy(buckets_of(first), buckets_of(m->segments[0]),
	       m->first_len * sizeof(struct map_bucket));
	mem_free(m->mem, m->purpose, m->segments[0],
		 segment_bytes(m->first_len));
	m->segments[0] = first;
	m->first_len = len;
	return true;
}

static bool double_directory(struct map *m)
{
	uint32_t n = m->max_segments * 2;
	void **segments;

	segments = mem_alloc(m->mem, m->purpose, directory_bytes(n));
	if (!segments)
		return false;
	memcpy(segments, m->segments, directory_bytes(m->n_segments));
	mem_free(m->mem, m->purpose, m->segments,
		 directory_bytes(m->max_segments));
	m->segments = segments;
	m->max_segments = n;
	return true;
}

static bool add_segment(struct map *m)
{
	void *segment;

	if (m->n_segments == m->max_segments && !double_directory(m))
		return false;
	segment = alloc_segment(m, SEGMENT_LEN);
	if (!segment)
		return false;
	m->segments[m->n_segments++] = segment;
	return true;
}

/* Makes a place, of undefined content, for bucket n_buckets. */
static bool make_bucket(struct map *m)
{
	if (m->n_buckets == BUCKETS_MAX)
		return false;
	if (m->n_buckets < m->first_len)
		return true;
	if (m->n_buckets < SEGMENT_LEN)
		return lengthen_first_segment(m);
	if (m->n_buckets < m->n_segments * SEGMENT_LEN)
		return true;
	return add_segment(m);
}

/* The bucket that a new last one, b, is split off from. */
static uint32_t buddy_of(const struct map *m, uint32_t b)
{
	return b & (b > m->mask ? m->mask : m->mask >> 1);
}

/* The node so deep in the chain, if there is one. */
static void prefetch_chain(const struct map_bucket *b, uint32_t depth)
{
	const struct map_node *node = b->n > SLOTS ? b->slot[SLOTS - 1] : NULL;

	while (node && depth-- > 0)
		node = node->next;
	if (node)
		prefetch(node);
}

/* What the next splits will look at, a step for each: what the steps before
 * have asked for is there. */
static void prefetch_splits(const struct map *m)
{
	const uint32_t b = m->n_buckets;
	uint32_t i;

	for (i = 0; i < AHEAD; i++)
		prefetch_chain(bucket_at(m, buddy_of(m, b + i)), AHEAD - 1 - i);
	prefetch(bucket_at(m, buddy_of(m, b + AHEAD)));
}

/* Adds the next bucket and moves to it what is its own from its buddy. */
static bool split(struct map *m)
{
	const uint32_t b = m->n_buckets, buddy = buddy_of(m, b);
	struct map_bucket *from, *to, rest;
	uint32_t hash;
	struct map_node *node;

	if (!make_bucket(m))
		return false;
	if (b > m->mask)
		m->mask = m->mask * 2 + 1;
	m->n_buckets++;
	from = bucket_at(m, buddy);
	to = bucket_at(m, b);
	rest = *from;
	from->n = to->n = 0;
	while (rest.n > 0) {
		node = bucket_pop(&rest, &hash);
		bucket_add((hash & m->mask) == b ? to : from, node, hash);
	}
	prefetch_splits(m);
	return true;
}

/* Drops the last bucket; what is in it goes to its buddy. */
static void merge(struct map *m)
{
	uint32_t b = m->n_buckets - 1;
	struct map_bucket *buddy = bucket_at(m, buddy_of(m, b));
	struct map_bucket *last = bucket_at(m, b);
	struct map_node *node;
	uint32_t hash;

	while (last->n > 0) {
		node = bucket_pop(last, &hash);
		bucket_add(buddy, node, hash);
	}
	m->n_buckets = b;
	if (b - 1 <= m->mask >> 1)
		m->mask >>= 1;
	if (b == (m->n_segments - 1) * SEGMENT_LEN && b > 0) {
		m->n_segments--;
		mem_free(m->mem, m->purpose, m->segments[m->n_segments],
			 segment_bytes(SEGMENT_LEN));
	}
}

/* One bucket to three nodes; one to one and a half before any is dropped. */
static bool is_full(const struct map *m)
{
	return m->n_nodes / 3 > m->n_buckets;
}

static bool is_sparse(const struct map *m)
{
	return m->n_buckets > FIRST_LEN && m->n_nodes * 2 / 3 < m->n_buckets;
}

int map_insert(struct map *m, struct map_node *node, uint32_t hash)
{
	int i;

	if (unlikely(!m->n_buckets) && make_first_buckets(m))
		return -ENOBUFS;
	node->hash = hash;
	bucket_add(bucket_of(m, hash), node, hash);
	m->n_nodes++;
	/* The second time round catches up after growth had failed. */
	for (i = 0; i < 2 && is_full(m); i++)
		if (!split(m))
			break;
	return 0;
}

void map_replace(struct map *m, struct map_node *old, struct map_node *node)
{
	node->hash = old->hash;
	node->own = old->own;
	bucket_replace(bucket_of(m, old->hash), old, node, old->hash);
}

void map_remove(struct map *m, struct map_node *node)
{
	int i;

	TERN_ASSERT(m->n_nodes > 0);
	bucket_remove(bucket_of(m, node->hash), node);
	m->n_nodes--;
	for (i = 0; i < 2 && !m->visiting && is_sparse(m); i++)
		merge(m);
}

static struct map_node *skip_to(struct map_node *n, uint32_t hash)
{
	while (n && n->hash != hash)
		n = n->next;
	return n;
}

/* The first node with this hash from a slot on. */
static struct map_node *first_from(const struct map_bucket *b, uint32_t i,
				   uint32_t hash)
{
	for (; i < SLOTS && i < b->n; i++)
		if (b->hash[i] == hash)
			return b->slot[i];
	if (b->n <= SLOTS || !(b->chained & tag_of(hash)))
		return NULL;
	return skip_to(b->slot[SLOTS - 1]->next, hash);
}

struct map_node *map_guess(const struct map *m, uint32_t hash)
{
	const struct map_bucket *b;
	uint32_t i;

	if (unlikely(!m->n_buckets))
		return NULL;
	b = bucket_of(m, hash);
	for (i = 0; i < SLOTS && i < b->n; i++)
		if (b->hash[i] == hash)
			return b->slot[i];
	return b->n > SLOTS && b->chained & tag_of(hash) ? b->slot[SLOTS - 1]
							 : NULL;
}

struct map_node *map_first(const struct map *m, uint32_t hash)
{
	if (unlikely(!m->n_buckets))
		return NULL;
	return first_from(bucket_of(m, hash), 0, hash);
}

struct map_node *map_next(const struct map *m, const struct map_node *node)
{
	const struct map_bucket *b = bucket_of(m, node->hash);
	uint32_t i;

	for (i = 0; i < SLOTS && i < b->n; i++)
		if (b->slot[i] == node)
			return first_from(b, i + 1, node->hash);
	return skip_to(node->next, node->hash); /* it is in the chain */
}

void map_prefetch(const struct map *m, uint32_t hash)
{
	if (likely(m->n_buckets))
		prefetch(bucket_of(m, hash));
}

static uint32_t reverse_bits(uint32_t v)
{
	v = (v >> 1 & 0x55555555) | (v & 0x55555555) << 1;
	v = (v >> 2 & 0x33333333) | (v & 0x33333333) << 2;
	v = (v >> 4 & 0x0f0f0f0f) | (v & 0x0f0f0f0f) << 4;
	return __builtin_bswap32(v);
}

/* End of the interval of bit-reversed hashes that belong to bucket b. */
static uint64_t end_of(const struct map *m, uint32_t b)
{
	uint32_t low = m->mask >> 1;
	uint64_t width = POS_END / ((uint64_t)m->mask + 1);

	if (b <= low && b + low + 1 >= m->n_buckets)
		width *= 2; /* not split yet at this level */
	return reverse_bits(b) + width;
}

/*
 * Visits the nodes whose bit-reversed hash is not before pos.  fn may remove
 * the one that it is given: what comes into its place is from the last slot,
 * which is seen first.  Buckets stay where they are meanwhile.
 */
static uint32_t visit_bucket(struct map_bucket *b, uint64_t pos,
			     map_visit_fn *fn, void *ctx)
{
	uint32_t n_visited = 0, i;
	struct map_node *n, *next;

	n = b->n >= SLOTS ? b->slot[SLOTS - 1] : NULL;
	for (; n; n = next) {
		next = b->n > SLOTS ? n->next : NULL;
		if (reverse_bits(n->hash) < pos)
			continue;
		fn(ctx, n);
		n_visited++;
	}
	for (i = b->n < SLOTS ? b->n : SLOTS - 1; i-- > 0;) {
		if (reverse_bits(b->hash[i]) < pos)
			continue;
		fn(ctx, b->slot[i]);
		n_visited++;
	}
	return n_visited;
}

bool map_visit(struct map *m, struct map_cursor *c, uint32_t max,
	       map_visit_fn *fn, void *ctx)
{
	uint32_t n_visited = 0, n, i;

	while (c->pos < POS_END && m->n_nodes > 0) {
		uint32_t b = index_of(m, reverse_bits((uint32_t)c->pos));
		uint64_t end = end_of(m, b);

		m->visiting = true;
		n = visit_bucket(bucket_at(m, b), c->pos, fn, ctx);
		m->visiting = false;
		for (i = 0; i < 2 * n && is_sparse(m); i++)
			merge(m);
		c->pos = end;
		n_visited += n;
		if (n_visited >= max)
			return c->pos < POS_END;
	}
	c->pos = POS_END;
	return false;
}
