/* SPDX-License-Identifier: ISC */
/*
 * seq.h - sequence number arithmetic, RFC 9293 3.4
 *
 * A sequence number is a struct so that the compiler refuses a < b: the only
 * way to compare two of them is one of the functions below, which are correct
 * across the wrap at 2^32.
 */
#ifndef TERN_TCP_SEQ_H
#define TERN_TCP_SEQ_H

#include <stdbool.h>
#include <stdint.h>

struct seq {
	uint32_t u;
};

static inline struct seq seq_add(struct seq s, uint32_t n)
{
	return (struct seq){s.u + n};
}

/* How far b lies beyond a; meaningful only when seq_le(a, b). */
static inline uint32_t seq_len(struct seq a, struct seq b)
{
	return b.u - a.u;
}

static inline struct seq seq_sub(struct seq s, uint32_t n)
{
	return (struct seq){s.u - n};
}

static inline bool seq_eq(struct seq a, struct seq b)
{
	return a.u == b.u;
}

static inline bool seq_lt(struct seq a, struct seq b)
{
	return (int32_t)(a.u - b.u) < 0;
}

static inline bool seq_le(struct seq a, struct seq b)
{
	return !seq_lt(b, a);
}

static inline struct seq seq_max(struct seq a, struct seq b)
{
	return seq_lt(a, b) ? b : a;
}

static inline struct seq seq_min(struct seq a, struct seq b)
{
	return seq_lt(a, b) ? a : b;
}

/* lo =< s < lo + len, the form in which the RFC writes a window. */
static inline bool seq_in(struct seq s, struct seq lo, uint32_t len)
{
	return seq_len(lo, s) < len;
}

#endif
