/* SPDX-License-Identifier: ISC */
/*
 * impair.h - an impaired link over a pipe, and numbered frames through it
 *
 *	near (impaired) --tx--> far
 *	near (impaired) <--rx-- far
 */
#ifndef TERN_TEST_LINKS_IMPAIR_H
#define TERN_TEST_LINKS_IMPAIR_H

#include "frames.h"

static struct tern_link *near, *far;

static inline int impair_teardown(void **state)
{
	(void)state;
	tern_link_close(near);
	tern_link_close(far);
	memory_end(&mem);
	return 0;
}

static inline void open_with(uint32_t flags, uint32_t depth, uint64_t seed,
			     const struct tern_impair_dir *tx,
			     const struct tern_impair_dir *rx)
{
	struct tern_pipe_config pipe = {
		.alloc = mem.alloc, .flags = flags, .depth = depth};
	struct tern_impair_config c = {
		.alloc = mem.alloc, .blocks = mem.blocks, .seed = seed};
	struct tern_link *ends[2];

	assert_int_equal(tern_pipe_create(ends, &pipe), 0);
	if (tx)
		c.tx = *tx;
	if (rx)
		c.rx = *rx;
	assert_int_equal(tern_impair_create(&near, ends[0], &c), 0);
	far = ends[1];
}

static inline void send_number(struct tern_link *l, uint32_t number,
			       tern_time now)
{
	struct tern_frame f;

	frame_number(&f, &mem, number);
	assert_int_equal(tern_link_send(l, &f, 1, now), 1);
}

/* Lets time pass, then takes one frame's number; UINT32_MAX if none came. */
static inline uint32_t recv_number(struct tern_link *l, tern_time now)
{
	struct tern_frame f;

	assert_int_equal(tern_link_send(near, NULL, 0, now), 0);
	return tern_link_recv(l, &f, 1, now) == 1 ? frame_which(&f)
						  : UINT32_MAX;
}

static inline void expect_none(struct tern_link *l, tern_time now)
{
	assert_int_equal(recv_number(l, now), UINT32_MAX);
}

static inline struct tern_impair_stats tx_stats(void)
{
	struct tern_impair_stats s;

	tern_impair_stats(near, &s, NULL);
	return s;
}

#endif
