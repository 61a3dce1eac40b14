/* SPDX-License-Identifier: ISC */
/*
 * sent.c - what is in flight, RFC 8985 5.2, RFC 6675 3 ("scoreboard")
 *
 * Each record is in the tree of all, in order of sequence; and, as its fate
 * has it, on the list of those that fly, in order of time, or in the tree of
 * those that are lost, in order of sequence; or in neither, when SACKed.  So
 * the next one to be sent again, the one sent longest ago, and the one that a
 * SACK block speaks of are all found without a walk.
 *
 * SACKed neighbours become one record, and so do those sent in one burst:
 * an ACK costs one search for each of its blocks, and a step for each record
 * that meets its fate.
 *
 * On the list, records sent at the same time stand in order of sequence: RACK
 * takes the one with the higher number for the later one (RFC 8985 6.2).
 */
#include "tcp/sent.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

/* NULL for NULL. */
static struct sent *of_seq(struct tree_node *n)
{
	return n ? container_of(n, struct sent, by_seq) : NULL;
}

static struct sent *of_time(struct list *n)
{
	return n ? container_of(n, struct sent, by_time) : NULL;
}

void sentq_init(struct sentq *q)
{
	list_init(&q->flying);
}

static struct sent *get(struct sentq *q, struct pool *pool)
{
	struct sent *r;

	if (!q->one_used) {
		q->one_used = true;
		memset(&q->one, 0, sizeof(q->one));
		return &q->one;
	}
	if (q->n >= SENTQ_MAX)
		return NULL;
	r = pool_get(pool);
	if (r)
		memset(r, 0, sizeof(*r));
	return r;
}

static void put(struct sentq *q, struct pool *pool, struct sent *r)
{
	if (r == &q->one)
		q->one_used = false;
	else
		pool_put(pool, r);
}

static int by_left(const struct tree_node *a, const struct tree_node *b)
{
	/* The nodes are of the lost tree; container_of() is not for const. */
	const struct sent *x =
		(const struct sent *)(const void *)((const char *)a -
						    offsetof(struct sent,
							     lost));
	const struct sent *y =
		(const struct sent *)(const void *)((const char *)b -
						    offsetof(struct sent,
							     lost));

	return seq_lt(x->left, y->left) ? -1 : 1;
}

/* Orders a number against records: what ends at or before it comes first. */
static int compare(const void *key, const struct tree_node *n)
{
	const struct sent *r = (const struct sent *)(const void *)n;
	const struct seq *s = key;

	return seq_le(sent_end(r), *s) ? 1 : -1;
}

struct sent *sentq_find(const struct sentq *q, struct seq seq)
{
	if (q->first && seq_lt(seq, sent_end(q->first)))
		return q->first;
	return of_seq(tree_lower_bound(&q->all, &seq, compare));
}

struct sent *sentq_next(const struct sent *r)
{
	return of_seq(tree_next(&r->by_seq));
}

struct sent *sentq_prev(const struct sent *r)
{
	return of_seq(tree_prev(&r->by_seq));
}

struct sent *sentq_first_lost(const struct sentq *q)
{
	struct tree_node *n = tree_first(&q->lost);

	return n ? container_of(n, struct sent, lost) : NULL;
}

struct sent *sentq_oldest(const struct sentq *q)
{
	return of_time(list_first(&q->flying));
}

struct sent *sentq_younger(const struct sentq *q, const struct sent *r)
{
	return of_time(list_next(&q->flying, &r->by_time));
}

/* Takes what a record counts for out of the counts. */
static void uncount(struct sentq *q, struct sent *r, uint32_t n)
{
	switch ((enum sent_fate)r->fate) {
	case SENT_FLYING:
		q->n_again -= r->again ? n : 0;
		q->n_twice -= r->twice ? n : 0;
		return;
	case SENT_LOST:
		q->n_lost -= n;
		return;
	case SENT_SACKED:
		q->n_sacked -= n;
		if (n == r->len)
			q->segs_sacked -= r->segs;
		return;
	}
}

static void count(struct sentq *q, const struct sent *r)
{
	switch ((enum sent_fate)r->fate) {
	case SENT_FLYING:
		q->n_again += r->again ? r->len : 0;
		q->n_twice += r->twice ? r->len : 0;
		return;
	case SENT_LOST:
		q->n_lost += r->len;
		return;
	case SENT_SACKED:
		q->n_sacked += r->len;
		q->segs_sacked += r->segs;
		return;
	}
}

/* Takes a record from where its fate has put it. */
static void leave_fate(struct sentq *q, struct sent *r)
{
	uncount(q, r, r->len);
	switch ((enum sent_fate)r->fate) {
	case SENT_FLYING:
		list_del(&r->by_time);
		return;
	case SENT_LOST:
		tree_erase(&q->lost, &r->lost);
		return;
	case SENT_SACKED:
		return;
	}
}

static bool sent_before(const struct sent *a, const struct sent *b)
{
	if (a->stamp.sent_at != b->stamp.sent_at)
		return a->stamp.sent_at < b->stamp.sent_at;
	return seq_lt(a->left, b->left);
}

/* Puts a record where it flies: nearly always behind all others. */
static void take_off(struct sentq *q, struct sent *r)
{
	struct list *at = &q->flying;

	while (at->prev != &q->flying && sent_before(r, of_time(at->prev)))
		at = at->prev;
	list_add_before(at, &r->by_time);
}

static void enter_fate(struct sentq *q, struct sent *r, enum sent_fate fate)
{
	r->fate = (uint8_t)fate;
	switch (fate) {
	case SENT_FLYING:
		take_off(q, r);
		break;
	case SENT_LOST:
		r->twice = false;
		(void)tree_insert(&q->lost, &r->lost, by_left);
		break;
	case SENT_SACKED:
		r->twice = false;
		r->segs = (r->len + r->mss - 1) / r->mss;
		break;
	}
	count(q, r);
}

/* Links a new record behind `prev`, NULL if it is the first. */
static void link_after(struct sentq *q, struct sent *r, struct sent *prev)
{
	if (!prev)
		tree_link(&q->all, &r->by_seq, NULL, false);
	else
		tree_insert_after(&q->all, &r->by_seq, &prev->by_seq);
	if (!q->first)
		q->first = r;
	if (q->last == prev)
		q->last = r;
	q->n++;
}

static void remove_record(struct sentq *q, struct pool *pool, struct sent *r)
{
	if (q->first == r)
		q->first = sentq_next(r);
	if (q->last == r)
		q->last = sentq_prev(r);
	tree_erase(&q->all, &r->by_seq);
	q->n--;
	put(q, pool, r);
}

void sentq_free(struct sentq *q, struct pool *pool)
{
	while (q->last) {
		leave_fate(q, q->last);
		remove_record(q, pool, q->last);
	}
	q->len = 0;
}

/* May text sent now, for the first time, share the last record? */
static bool joins_last(const struct sentq *q, uint16_t mss, uint64_t now)
{
	const struct sent *r = q->last;

	return r->fate == SENT_FLYING && !r->again && r->mss == mss &&
	       r->stamp.sent_at == now && r->len % mss == 0;
}

struct sent *sentq_start(struct sentq *q, struct seq left, uint32_t len,
			 uint16_t mss, uint64_t now)
{
	struct sent *r = &q->one;

	TERN_ASSERT(q->n == 0 && !q->one_used);
	*r = (struct sent){.left = left, .len = len, .mss = mss};
	r->stamp.sent_at = now;
	tree_link(&q->all, &r->by_seq, NULL, false);
	list_add_tail(&q->flying, &r->by_time);
	q->first = q->last = r;
	q->one_used = true;
	q->n = 1;
	q->len = len;
	return r;
}

struct sent *sentq_append(struct sentq *q, struct pool *pool, struct seq left,
			  uint32_t len, uint16_t mss, uint64_t now)
{
	struct sent *r = q->last;

	if (!r)
		return sentq_start(q, left, len, mss, now);
	if (!r->push && joins_last(q, mss, now)) {
		r->len += len;
		q->len += len;
		return r;
	}
	r = get(q, pool);
	if (!r)
		return NULL;
	r->left = left;
	r->len = len;
	r->mss = mss;
	r->stamp.sent_at = now;
	link_after(q, r, q->last);
	q->len += len;
	enter_fate(q, r, SENT_FLYING);
	return r;
}

struct sent *sentq_collapse(struct sentq *q, struct pool *pool, struct seq left,
			    uint32_t len, uint16_t mss)
{
	struct rate_stamp stamp = {0};

	if (q->last)
		stamp = q->last->stamp;
	sentq_free(q, pool);
	sentq_append(q, pool, left, len, mss, stamp.sent_at);
	q->one.stamp = stamp;
	q->one.again = true; /* no sample comes of it */
	q->n_again = len;
	return &q->one;
}

struct sent *sentq_cut(struct sentq *q, struct pool *pool, struct sent *r,
		       struct seq at)
{
	struct sent *s = get(q, pool);

	if (!s)
		return NULL;
	s->left = at;
	s->len = seq_len(at, sent_end(r));
	s->stamp = r->stamp;
	s->mss = r->mss;
	s->fate = r->fate;
	s->again = r->again;
	s->push = r->push;
	r->push = false;
	s->twice = r->twice;
	r->len = seq_len(r->left, at);
	link_after(q, s, r);
	if (s->fate == SENT_FLYING)
		list_add_after(&r->by_time, &s->by_time);
	else if (s->fate == SENT_LOST)
		tree_insert_after(&q->lost, &s->lost, &r->lost);
	return s;
}

/* The first segment of a record that does not begin before `at`. */
static struct seq round_up(const struct sent *r, struct seq at)
{
	const uint32_t off = seq_len(r->left, at);

	return seq_add(r->left, (off + r->mss - 1) / r->mss * r->mss);
}

/* Cuts a record to whole segments between left and right, NULL if it has none
 * there. */
static struct sent *cut_to(struct sentq *q, struct pool *pool, struct sent *r,
			   struct seq left, struct seq right)
{
	if (seq_lt(r->left, left)) {
		left = round_up(r, left);
		if (!seq_lt(left, sent_end(r)))
			return NULL;
		r = sentq_cut(q, pool, r, left);
	}
	if (r && seq_lt(right, sent_end(r))) {
		uint32_t len = seq_len(r->left, right);

		len -= len % r->mss;
		if (!seq_lt(r->left, right) || len == 0)
			return NULL;
		if (!sentq_cut(q, pool, r, seq_add(r->left, len)))
			return NULL;
	}
	return r;
}

struct sent *sentq_covered(struct sentq *q, struct pool *pool, struct seq *at,
			   struct seq right)
{
	struct sent *r = sentq_find(q, *at);

	for (; r && seq_lt(r->left, right); r = sentq_next(r)) {
		struct sent *got = NULL;

		if (r->fate != SENT_SACKED)
			got = cut_to(q, pool, r, *at, right);
		if (got) {
			*at = sent_end(got);
			return got;
		}
	}
	return NULL;
}

/* Joins two SACKed neighbours; both may be NULL. */
static void join(struct sentq *q, struct pool *pool, struct sent *a,
		 struct sent *b)
{
	if (!a || !b || a->fate != SENT_SACKED || b->fate != SENT_SACKED)
		return;
	a->len += b->len;
	a->segs += b->segs;
	a->again |= b->again;
	a->push = b->push;
	remove_record(q, pool, b);
}

void sentq_set_sacked(struct sentq *q, struct pool *pool, struct sent *r)
{
	leave_fate(q, r);
	enter_fate(q, r, SENT_SACKED);
	join(q, pool, r, sentq_next(r));
	join(q, pool, sentq_prev(r), r);
}

void sentq_set_lost(struct sentq *q, struct sent *r)
{
	leave_fate(q, r);
	enter_fate(q, r, SENT_LOST);
}

void sentq_set_flying(struct sentq *q, struct sent *r)
{
	leave_fate(q, r);
	enter_fate(q, r, SENT_FLYING);
}

/* From the last one to the first: each was sent before what flies, so that its
 * place is found at once. */
void sentq_forgive(struct sentq *q)
{
	struct tree_node *n;

	while ((n = tree_last(&q->lost)) != NULL) {
		struct sent *r = container_of(n, struct sent, lost);
		struct list *at = q->flying.next;

		leave_fate(q, r);
		while (at != &q->flying && sent_before(of_time(at), r))
			at = at->next;
		list_add_before(at, &r->by_time);
		r->fate = SENT_FLYING;
		count(q, r);
	}
}

struct sent *sentq_again(struct sentq *q, struct pool *pool, struct seq seq,
			 uint32_t len, uint64_t now)
{
	struct sent *r = sentq_find(q, seq), *s;

	if (!r || seq_lt(seq, r->left))
		return NULL;
	if (seq_lt(r->left, seq)) {
		s = sentq_cut(q, pool, r, seq);
		r = s ? s : r;
	}
	if (len < r->len)
		(void)sentq_cut(q, pool, r, seq_add(r->left, len));
	leave_fate(q, r);
	r->again = true;
	r->stamp.sent_at = now;
	enter_fate(q, r, SENT_FLYING);
	return r;
}

void sentq_set_twice(struct sentq *q, struct sent *r)
{
	if (r->twice || r->fate != SENT_FLYING)
		return;
	r->twice = true;
	q->n_twice += r->len;
}

/* The one record of a short flight has arrived: nothing is left to unlink from,
 * or to count. */
static void drop_only(struct sentq *q)
{
	q->all.root = q->lost.root = NULL;
	list_init(&q->flying);
	q->first = q->last = NULL;
	q->len = q->n_sacked = q->n_lost = q->n_again = q->n_twice = 0;
	q->segs_sacked = 0;
	q->n = 0;
	q->one_used = false;
}

void sentq_drop(struct sentq *q, struct pool *pool, uint32_t n)
{
	struct sent *r = q->first;

	if (q->n == 1 && n == r->len && r == &q->one) {
		drop_only(q);
		return;
	}
	q->len -= n;
	if (n == r->len) {
		leave_fate(q, r);
		remove_record(q, pool, r);
		return;
	}
	uncount(q, r, n);
	r->left = seq_add(r->left, n);
	r->len -= n;
}

static void check_flying(const struct sentq *q)
{
	const struct sent *r, *next;
	uint32_t len = 0;

	for (r = sentq_oldest(q); r; r = next) {
		TERN_ASSERT(r->fate == SENT_FLYING);
		len += r->len;
		next = sentq_younger(q, r);
		TERN_ASSERT(!next || !sent_before(next, r));
	}
	TERN_ASSERT(len == q->len - q->n_sacked - q->n_lost);
}

void sentq_check(const struct sentq *q)
{
	const struct sent *r, *next;
	struct sentq sum = {.len = 0};

	tree_check(&q->all);
	tree_check(&q->lost);
	TERN_ASSERT(q->first == of_seq(tree_first(&q->all)));
	TERN_ASSERT(q->last == of_seq(tree_last(&q->all)));
	for (r = q->first; r; r = next) {
		TERN_ASSERT(r->len > 0 && r->mss > 0);
		TERN_ASSERT(!r->twice || r->fate == SENT_FLYING);
		count(&sum, r);
		sum.len += r->len;
		sum.n++;
		next = sentq_next(r);
		TERN_ASSERT(!next || seq_eq(sent_end(r), next->left));
	}
	TERN_ASSERT(sum.n == q->n && sum.len == q->len && q->n <= SENTQ_MAX);
	TERN_ASSERT(sum.n_sacked == q->n_sacked && sum.n_lost == q->n_lost);
	TERN_ASSERT(sum.segs_sacked == q->segs_sacked);
	TERN_ASSERT(sum.n_again == q->n_again && sum.n_twice == q->n_twice);
	check_flying(q);
}
