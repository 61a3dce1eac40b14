/* SPDX-License-Identifier: ISC */
/*
 * play.h - the same play twice, with tern.tcp_prediction and without
 *
 * Two stacks, and chance, which decides what happens and which frames get lost,
 * come twice or late.  All that can be seen goes into a digest, frames by
 * themselves: after each step it must be the same both times, and so must be
 * the counters at the end, but for those that count the predictions themselves.
 */
#ifndef TEST_UNIT_STACK_PLAY_H
#define TEST_UNIT_STACK_PLAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "two.h"
#include "unit/base/dice.h"

#define PLAY_FDS    6	  /* of each end */
#define PLAY_FRAMES 8	  /* taken at once */
#define PLAY_BYTES  70000 /* of a frame */
#define PLAY_STEPS  4001

struct play {
	struct two two;
	struct dice dice;
	int fd[2][PLAY_FDS]; /* -1: none */
	uint32_t trouble;    /* one frame of so many, 0: none */
	struct tern_frame held;
	int held_for; /* the end that is to get it late, or -1 */
	uint64_t digest;
	int n_steps;
	uint64_t trace[PLAY_STEPS]; /* digest after each */
	uint64_t counters[2][TERN_COUNTER_N];
};

static inline uint32_t play_roll(struct play *p, uint32_t n)
{
	return dice_below(&p->dice, n);
}

static inline void play_note(struct play *p, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p->digest = (p->digest ^ ((const uint8_t *)bytes)[i]) *
			    UINT64_C(0x100000001b3);
}

static inline void play_note_number(struct play *p, int64_t n)
{
	play_note(p, &n, sizeof(n));
}

/* A step is done. */
static inline void play_step_done(struct play *p)
{
	assert_true(p->n_steps < PLAY_STEPS);
	p->trace[p->n_steps++] = p->digest;
}

static inline struct tern *play_stack(const struct play *p, int k)
{
	return k ? p->two.b : p->two.a;
}

static inline int play_wire(const struct play *p, int k)
{
	return k ? p->two.if_b : p->two.if_a;
}

static inline void play_set(struct play *p, int k, const char *name,
			    uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	assert_int_equal(tern_sysctl_set(play_stack(p, k), name, text), 0);
}

struct play_tunable {
	const char *name;
	uint32_t values; /* 0 and up */
};

/* One of its values, by chance. */
static inline void play_roll_tunable(struct play *p, int k,
				     const struct play_tunable *t)
{
	play_set(p, k, t->name, play_roll(p, t->values));
}

static inline void play_note_frame(struct play *p, const struct tern_frame *f)
{
	static uint8_t bytes[PLAY_BYTES];

	play_note_number(p, f->len);
	assert_true(f->len <= sizeof(bytes));
	assert_int_equal(tern_frame_flatten(f, bytes), f->len);
	play_note(p, bytes, f->len);
}

static inline void play_give(struct play *p, int to, struct tern_frame *f)
{
	tern_input(play_stack(p, to), play_wire(p, to), f, 1, p->two.now);
}

static inline void play_give_held(struct play *p)
{
	if (p->held_for >= 0)
		play_give(p, p->held_for, &p->held);
	p->held_for = -1;
}

static inline void play_arrives(struct play *p, int to, struct tern_frame *f)
{
	struct tern_frame again;

	if (!p->trouble || play_roll(p, p->trouble)) {
		play_give(p, to, f);
		return;
	}
	switch (play_roll(p, 3)) {
	case 0:
		tern_frame_release(f);
		return;
	case 1:
		tern_frame_share(&again, f);
		play_give(p, to, f);
		play_give(p, to, &again);
		return;
	default:
		play_give_held(p);
		tern_frame_move(&p->held, f);
		p->held_for = to;
	}
}

static inline void play_move(struct play *p, int from)
{
	struct tern_frame f[PLAY_FRAMES];
	const int n =
		tern_output(play_stack(p, from), play_wire(p, from), f,
			    1 + (int)play_roll(p, PLAY_FRAMES), p->two.now);

	play_note_number(p, n);
	for (int i = 0; i < n; i++) {
		play_note_frame(p, &f[i]);
		play_arrives(p, !from, &f[i]);
	}
}

static inline void play_begin(struct play *p, uint64_t seed,
			      uint32_t prediction)
{
	p->digest = UINT64_C(0xcbf29ce484222325);
	p->dice = (struct dice){seed};
	p->trouble = 0;
	p->held_for = -1;
	p->n_steps = 0;
	memset(p->fd, 0xff, sizeof(p->fd));
	assert_int_equal(two_open(&p->two), 0);
	for (int k = 0; k < 2; k++)
		play_set(p, k, "tern.tcp_prediction", prediction);
}

static inline void play_end(struct play *p)
{
	play_give_held(p);
	for (int k = 0; k < 2; k++)
		for (int c = 0; c < TERN_COUNTER_N; c++)
			p->counters[k][c] = tern_counter(play_stack(p, k),
							 (enum tern_counter)c);
	two_close(&p->two);
}

/* What it is that counts predictions, and what comes the other way. */
static inline bool play_is_of_prediction(int c)
{
	return c == TERN_TcpExtTCPHPHits || c == TERN_TcpExtTCPHPAcks ||
	       c == TERN_TcpExtTCPPureAcks;
}

static inline void play_compare(const struct play *a, const struct play *b,
				uint64_t seed)
{
	assert_int_equal(a->n_steps, b->n_steps);
	for (int i = 0; i < a->n_steps; i++)
		if (a->trace[i] != b->trace[i])
			fail_msg("seed %llu, step %d", (unsigned long long)seed,
				 i);
	for (int k = 0; k < 2; k++)
		for (int c = 0; c < TERN_COUNTER_N; c++)
			if (!play_is_of_prediction(c))
				assert_int_equal(a->counters[k][c],
						 b->counters[k][c]);
}

typedef void play_fn(struct play *p, uint64_t seed, uint32_t prediction);
typedef void play_seen_fn(const struct play *with, const struct play *without);

/* Plays it with and without prediction, and compares. */
static inline void play_both_ways(play_fn *perform, play_seen_fn *seen,
				  uint64_t seed)
{
	static struct play a, b;

	perform(&a, seed, 1);
	perform(&b, seed, 0);
	play_compare(&a, &b, seed);
	seen(&a, &b);
}

/* With all seeds from 1 to `n`, or that of PLAY_SEED in the environment alone.
 * Returns true if it was all. */
static inline bool play_seeds(play_fn *perform, play_seen_fn *seen, uint64_t n)
{
	const char *one = getenv("PLAY_SEED");
	const uint64_t first = one ? strtoull(one, NULL, 10) : 1;
	const uint64_t last = one ? first : n;

	for (uint64_t seed = first; seed <= last; seed++)
		play_both_ways(perform, seen, seed);
	return !one;
}

#endif
