/* SPDX-License-Identifier: ISC */
/*
 * reass_twin.h - reassembly and a map of bytes that must stay equal to it
 *
 * The map has an entry for each sequence number of a window: the byte that came
 * first, and when the run it lies in was touched last.  Everything that reass.h
 * promises can be read off it by looking at all of it.  Traps if the two
 * differ.
 */
#ifndef TERN_TEST_TCP_REASS_TWIN_H
#define TERN_TEST_TCP_REASS_TWIN_H

#include <errno.h>

#include "tcp/reass.h"
#include "unit/tcp/memory.h"

#define REASS_TWIN_WINDOW 2000
#define REASS_TWIN_PARTS  4

struct reass_twin {
	struct memory m;
	struct reass r;
	struct recvq to;
	struct seq nxt;
	uint32_t stamp;			 /* number of the operation */
	uint32_t at[REASS_TWIN_WINDOW];	 /* stamp; 0: not there */
	uint8_t byte[REASS_TWIN_WINDOW]; /* from nxt on */
	uint8_t text[REASS_TWIN_WINDOW]; /* of the segment */
	uint32_t n_runs, len;		 /* in the map */
};

static inline void reass_twin_open(struct reass_twin *t, uint32_t nxt)
{
	memset(t, 0, sizeof(*t));
	memory_open(&t->m);
	t->nxt.u = nxt;
}

static inline void reass_twin_close(struct reass_twin *t)
{
	reass_free(&t->r, &t->m.mem);
	recvq_free(&t->to, &t->m.mem);
	memory_close(&t->m);
}

/* The end of the run of bytes that are there / not there from i on. */
static inline uint32_t reass_twin_run(const struct reass_twin *t, uint32_t i)
{
	bool there = t->at[i] != 0;

	while (i < REASS_TWIN_WINDOW && (t->at[i] != 0) == there)
		i++;
	return i;
}

/* What inserting off .. end - 1 should do, done to the map. */
static inline void reass_twin_expect(struct reass_twin *t, uint32_t off,
				     uint32_t end, struct reass_result *res)
{
	uint32_t i, n_touched = 0, from = off, to = end;

	*res = (struct reass_result){.dup_left = seq_add(t->nxt, off)};
	res->dup_right = res->dup_left;
	/* Runs that touch the segment, and how far they go. */
	while (from > 0 && t->at[from - 1])
		from--;
	while (to < REASS_TWIN_WINDOW && t->at[to])
		to++;
	for (i = from; i < to; i++)
		n_touched += t->at[i] && (i == from || !t->at[i - 1]);
	res->merged = n_touched > 1;

	for (i = off; i < end; i++) {
		if (!t->at[i]) {
			t->byte[i] = t->text[i - off];
			res->stored++;
			continue;
		}
		if (res->duplicate++ == 0)
			res->dup_left = seq_add(t->nxt, i);
		if (i == off || res->duplicate == 1 ||
		    seq_eq(res->dup_right, seq_add(t->nxt, i)))
			res->dup_right = seq_add(t->nxt, i + 1);
	}
	for (i = from; i < to; i++)
		t->at[i] = t->stamp;
}

/*
 * Inserts a segment whose bytes are in t->text, in n parts, each in a block of
 * `size` bytes or all in one.
 */
static inline void reass_twin_insert(struct reass_twin *t, uint32_t off,
				     uint32_t len, int n, uint32_t size,
				     bool one_block)
{
	struct tern_slice all, parts[REASS_TWIN_PARTS];
	const struct reass_text text = {seq_add(t->nxt, off), parts, n};
	struct reass_result res, want;
	uint32_t cut, sum = 0;
	int i, err;

	if (off >= REASS_TWIN_WINDOW || len > REASS_TWIN_WINDOW - off ||
	    n < 1 || n > REASS_TWIN_PARTS)
		return;
	all = memory_slice(&t->m, size > len ? size : len, 0, t->text, len);
	for (i = 0; i < n; i++, sum += cut) {
		cut = i == n - 1 ? len - sum : len / (uint32_t)n;
		if (one_block)
			parts[i] = memory_cut(&all, sum, cut);
		else
			parts[i] = memory_slice(&t->m, size > cut ? size : cut,
						0, t->text + sum, cut);
	}
	block_unref(all.block);
	t->stamp++;
	err = reass_insert(&t->r, &t->m.mem, t->m.blocks, &text, &res);
	memory_unref(parts, n);
	TERN_ASSERT(err == 0);
	if (len == 0)
		return;
	reass_twin_expect(t, off, off + len, &want);
	TERN_ASSERT(res.stored == want.stored);
	TERN_ASSERT(res.duplicate == want.duplicate);
	TERN_ASSERT(seq_eq(res.dup_left, want.dup_left));
	TERN_ASSERT(seq_eq(res.dup_right, want.dup_right));
	TERN_ASSERT(res.merged == want.merged);
}

/* In-order text of n bytes came; what follows it is taken. */
static inline void reass_twin_take(struct reass_twin *t, uint32_t n)
{
	struct seq nxt = seq_add(t->nxt, n);
	struct iovec iov = {t->text, sizeof(t->text)};
	uint32_t end = n;
	int64_t got;

	if (n >= REASS_TWIN_WINDOW)
		return;
	if (t->at[n])
		end = reass_twin_run(t, n);
	got = reass_take(&t->r, &t->m.mem, t->m.blocks, &nxt, &t->to);
	TERN_ASSERT(got == end - n);
	TERN_ASSERT(seq_eq(nxt, seq_add(t->nxt, end)));
	TERN_ASSERT(t->to.len == end - n);
	recvq_peek(&t->to, 0, &iov, 0, sizeof(t->text));
	TERN_ASSERT(memcmp(t->text, t->byte + n, end - n) == 0);
	recvq_drop(&t->to, t->to.len);

	t->nxt = nxt;
	memmove(t->at, t->at + end,
		(REASS_TWIN_WINDOW - end) * sizeof(t->at[0]));
	memset(t->at + REASS_TWIN_WINDOW - end, 0, end * sizeof(t->at[0]));
	memmove(t->byte, t->byte + end, REASS_TWIN_WINDOW - end);
}

static inline void reass_twin_prune(struct reass_twin *t)
{
	uint32_t i = REASS_TWIN_WINDOW, n = 0;

	while (i > 0 && !t->at[i - 1])
		i--;
	for (; i > 0 && t->at[i - 1]; n++)
		t->at[--i] = 0;
	TERN_ASSERT(reass_prune(&t->r, &t->m.mem) == n);
}

/* A block of a SACK option must be a whole run; returns its stamp. */
static inline uint32_t reass_twin_check_sack(const struct reass_twin *t,
					     const struct tcp_sack_block *b)
{
	uint32_t left = b->left - t->nxt.u, right = b->right - t->nxt.u;

	TERN_ASSERT(left < right && right <= REASS_TWIN_WINDOW);
	TERN_ASSERT(t->at[left] && (left == 0 || !t->at[left - 1]));
	TERN_ASSERT(reass_twin_run(t, left) == right);
	return t->at[left];
}

static inline void reass_twin_check(struct reass_twin *t)
{
	static struct tcp_sack_block b[REASS_TWIN_WINDOW];
	uint32_t i, end = 0, last = UINT32_MAX;
	uint8_t n, k;

	t->len = t->n_runs = 0;
	for (i = 0; i < REASS_TWIN_WINDOW; i++) {
		if (!t->at[i])
			continue;
		t->len++;
		end = i + 1;
		t->n_runs += i == 0 || !t->at[i - 1];
	}
	reass_check(&t->r);
	TERN_ASSERT(t->r.len == t->len && t->r.n_ranges == t->n_runs);
	TERN_ASSERT(seq_eq(reass_end(&t->r, t->nxt), seq_add(t->nxt, end)));
	n = reass_sack(&t->r, b, 200);
	TERN_ASSERT(n == (t->n_runs < 200 ? t->n_runs : 200));
	for (k = 0; k < n; k++) {
		uint32_t stamp = reass_twin_check_sack(t, &b[k]);

		TERN_ASSERT(stamp < last); /* youngest first, each once */
		last = stamp;
	}
}

#endif
