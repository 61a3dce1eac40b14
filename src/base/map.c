/* SPDX-License-Identifier: ISC */
/*
 * map.c - a hash table that grows and shrinks a bucket at a time
 *
 * Linear hashing (Litwin 1980).  There are n_buckets buckets, any number; a
 * hash belongs to bucket `hash & mask`, or, as long as that one does not exist
 * yet, to its buddy with the top bit of the mask cleared.  Adding the next
 * bucket therefore splits exactly one other, and dropping the last one merges
 * it back.  One insertion or removal moves two buckets at the most, so that no
 * packet ever waits for a table of millions to be rebuilt.
 *
 * The heads are in segments of 1024 (the first begins with 32), found through a
 * directory.  Only the directory is ever copied: 80 KiB at 10 million nodes.
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

#define SEGMENT_SHIFT 10
#define SEGMENT_LEN   (UINT32_C(1) << SEGMENT_SHIFT)
#define FIRST_LEN     UINT32_C(32)
#define DIRECTORY_LEN UINT32_C(4)
#define BUCKETS_MAX   (UINT32_C(1) << 31)
#define POS_END	      (UINT64_C(1) << 32)

static size_t heads_bytes(uint32_t n)
{
	return n * sizeof(struct map_node *);
}

static size_t directory_bytes(uint32_t n)
{
	return n * sizeof(struct map_node **);
}

static struct map_node **head_at(const struct map *m, uint32_t b)
{
	return &m->segments[b >> SEGMENT_SHIFT][b & (SEGMENT_LEN - 1)];
}

static uint32_t bucket_of(const struct map *m, uint32_t hash)
{
	uint32_t b = hash & m->mask;

	return b < m->n_buckets ? b : b & (m->mask >> 1);
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
			 heads_bytes(i ? SEGMENT_LEN : m->first_len));
	mem_free(m->mem, m->purpose, m->segments,
		 directory_bytes(m->max_segments));
	map_init(m, m->mem, m->purpose);
}

static int make_first_buckets(struct map *m)
{
	struct map_node **heads;

	m->segments =
		mem_alloc(m->mem, m->purpose, directory_bytes(DIRECTORY_LEN));
	if (!m->segments)
		return -ENOBUFS;
	heads = mem_zalloc(m->mem, m->purpose, heads_bytes(FIRST_LEN));
	if (!heads) {
		mem_free(m->mem, m->purpose, m->segments,
			 directory_bytes(DIRECTORY_LEN));
		m->segments = NULL;
		return -ENOBUFS;
	}
	m->max_segments = DIRECTORY_LEN;
	m->segments[0] = heads;
	m->n_segments = 1;
	m->first_len = FIRST_LEN;
	m->n_buckets = FIRST_LEN;
	m->mask = FIRST_LEN - 1;
	return 0;
}

/* Replaces the short first segment by one of full length. */
static bool lengthen_first_segment(struct map *m)
{
	struct map_node **heads;

	heads = mem_alloc(m->mem, m->purpose, heads_bytes(SEGMENT_LEN));
	if (!heads)
		return false;
	memcpy(heads, m->segments[0], heads_bytes(FIRST_LEN));
	mem_free(m->mem, m->purpose, m->segments[0], heads_bytes(FIRST_LEN));
	m->segments[0] = heads;
	m->first_len = SEGMENT_LEN;
	return true;
}

static bool double_directory(struct map *m)
{
	uint32_t n = m->max_segments * 2;
	struct map_node ***segments;

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
	struct map_node **heads;

	if (m->n_segments == m->max_segments && !double_directory(m))
		return false;
	heads = mem_alloc(m->mem, m->purpose, heads_bytes(SEGMENT_LEN));
	if (!heads)
		return false;
	m->segments[m->n_segments++] = heads;
	return true;
}

/* Makes a place, of undefined content, for the head of bucket n_buckets. */
static bool make_head(struct map *m)
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

/* Adds the next bucket and moves to it what is its own from its buddy. */
static bool split(struct map *m)
{
	uint32_t b = m->n_buckets;
	struct map_node **from, **to, *n;

	if (!make_head(m))
		return false;
	if (b > m->mask)
		m->mask = m->mask * 2 + 1;
	m->n_buckets++;
	from = head_at(m, b & (m->mask >> 1));
	to = head_at(m, b);
	while ((n = *from)) {
		if ((n->hash & m->mask) == b) {
			*from = n->next;
			*to = n;
			to = &n->next;
		} else {
			from = &n->next;
		}
	}
	*to = NULL;
	return true;
}

/* Drops the last bucket; what is in it goes before what its buddy has. */
static void merge(struct map *m)
{
	uint32_t b = m->n_buckets - 1;
	struct map_node **buddy = head_at(m, b & (m->mask >> 1));
	struct map_node **tail = head_at(m, b), *first = *tail;

	if (first) {
		while (*tail)
			tail = &(*tail)->next;
		*tail = *buddy;
		*buddy = first;
	}
	m->n_buckets = b;
	if (b - 1 <= m->mask >> 1)
		m->mask >>= 1;
	if (b == (m->n_segments - 1) * SEGMENT_LEN && b > 0) {
		m->n_segments--;
		mem_free(m->mem, m->purpose, m->segments[m->n_segments],
			 heads_bytes(SEGMENT_LEN));
	}
}

int map_insert(struct map *m, struct map_node *node, uint32_t hash)
{
	struct map_node **head;
	int i;

	if (unlikely(!m->n_buckets) && make_first_buckets(m))
		return -ENOBUFS;
	node->hash = hash;
	head = head_at(m, bucket_of(m, hash));
	node->next = *head;
	*head = node;
	m->n_nodes++;
	/* The second time round catches up after growth had failed. */
	for (i = 0; i < 2 && m->n_nodes > m->n_buckets; i++)
		if (!split(m))
			break;
	return 0;
}

void map_replace(struct map *m, struct map_node *old, struct map_node *node)
{
	struct map_node **at = head_at(m, bucket_of(m, old->hash));

	while (*at != old) {
		TERN_ASSERT(*at);
		at = &(*at)->next;
	}
	*node = *old;
	*at = node;
	old->next = NULL;
}

void map_remove(struct map *m, struct map_node *node)
{
	struct map_node **at;
	int i;

	TERN_ASSERT(m->n_nodes > 0);
	at = head_at(m, bucket_of(m, node->hash));
	while (*at != node) {
		TERN_ASSERT(*at);
		at = &(*at)->next;
	}
	*at = node->next;
	node->next = NULL;
	m->n_nodes--;
	for (i = 0; i < 2; i++)
		if (m->n_buckets > FIRST_LEN && m->n_nodes < m->n_buckets / 2)
			merge(m);
}

static struct map_node *skip_to(struct map_node *n, uint32_t hash)
{
	while (n && n->hash != hash)
		n = n->next;
	return n;
}

struct map_node *map_first(const struct map *m, uint32_t hash)
{
	if (unlikely(!m->n_buckets))
		return NULL;
	return skip_to(*head_at(m, bucket_of(m, hash)), hash);
}

struct map_node *map_next(const struct map_node *node)
{
	return skip_to(node->next, node->hash);
}

void map_prefetch(const struct map *m, uint32_t hash)
{
	if (likely(m->n_buckets))
		prefetch(head_at(m, bucket_of(m, hash)));
}

void map_prefetch_node(const struct map *m, uint32_t hash)
{
	if (likely(m->n_buckets))
		prefetch(*head_at(m, bucket_of(m, hash)));
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

/* Visits the nodes from n on whose bit-reversed hash is not before pos. */
static uint32_t visit_chain(struct map_node *n, uint64_t pos, map_visit_fn *fn,
			    void *ctx)
{
	uint32_t n_visited = 0;
	struct map_node *next;

	for (; n; n = next) {
		/*
		 * If fn removes n, buckets may be merged.  What is then joined
		 * to the end of this chain is from a bucket visited before.
		 */
		next = n->next;
		if (reverse_bits(n->hash) < pos)
			continue;
		fn(ctx, n);
		n_visited++;
	}
	return n_visited;
}

bool map_visit(struct map *m, struct map_cursor *c, uint32_t max,
	       map_visit_fn *fn, void *ctx)
{
	uint32_t n_visited = 0;

	while (c->pos < POS_END && m->n_nodes > 0) {
		uint32_t b = bucket_of(m, reverse_bits((uint32_t)c->pos));
		uint64_t end = end_of(m, b);

		n_visited += visit_chain(*head_at(m, b), c->pos, fn, ctx);
		c->pos = end;
		if (n_visited >= max)
			return c->pos < POS_END;
	}
	c->pos = POS_END;
	return false;
}
