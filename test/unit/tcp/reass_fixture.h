/* SPDX-License-Identifier: ISC */
/* reass_fixture.h - a reassembly queue, what goes in and what must be in it */
#ifndef TERN_TEST_TCP_REASS_FIXTURE_H
#define TERN_TEST_TCP_REASS_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "tcp/reass.h"
#include "unit/tcp/memory.h"

#define BASE UINT32_C(0xffffff00) /* the wrap is 256 bytes on */

struct fixture {
	struct memory m;
	struct reass r;
	struct recvq q;
	struct reass_result res;
	uint8_t out[100000];
};

static inline int reass_setup(void **state)
{
	static struct fixture f;

	memory_open(&f.m);
	memset(&f.r, 0, sizeof(f.r));
	memset(&f.q, 0, sizeof(f.q));
	*state = &f;
	return 0;
}

static inline int reass_teardown(void **state)
{
	struct fixture *f = *state;
	static const struct reass none;

	reass_check(&f->r);
	reass_free(&f->r, &f->m.mem);
	assert_memory_equal(&f->r, &none, sizeof(none));
	recvq_free(&f->q, &f->m.mem);
	memory_close(&f->m);
	return 0;
}

static inline int insert_parts(struct fixture *f, struct seq left,
			       const struct tern_slice *parts, int n_parts)
{
	const struct reass_text text = {left, parts, n_parts};

	return reass_insert(&f->r, &f->m.mem, f->m.blocks, &text, &f->res);
}

/* Inserts `len` bytes of value c, in a block of `size`. */
static inline int insert_in(struct fixture *f, uint32_t off, uint32_t len,
			    int c, size_t size)
{
	static uint8_t text[70000];
	struct tern_slice s;
	int err;

	memset(text, c, len);
	s = memory_slice(&f->m, max_size(len, size), 0, text, len);
	err = insert_parts(f, (struct seq){BASE + off}, &s, 1);
	block_unref(s.block);
	reass_check(&f->r);
	return err;
}

static inline int insert(struct fixture *f, uint32_t off, uint32_t len, int c)
{
	return insert_in(f, off, len, c, 1);
}

/* All that can be taken from `off` on is this string. */
static inline void assert_take(struct fixture *f, uint32_t off,
			       const char *text)
{
	struct seq nxt = {BASE + off};
	uint32_t len = (uint32_t)strlen(text);
	struct iovec iov = {f->out, sizeof(f->out)};

	assert_int_equal(reass_take(&f->r, &f->m.mem, f->m.blocks, &nxt, &f->q),
			 len);
	assert_int_equal(nxt.u, BASE + off + len);
	assert_int_equal(recvq_peek(&f->q, 0, &iov, 0, SIZE_MAX), len);
	assert_memory_equal(f->out, text, len);
	recvq_drop(&f->q, len);
	reass_check(&f->r);
}

static inline void assert_range(struct fixture *f, uint8_t i, uint32_t left,
				uint32_t right)
{
	struct tcp_sack_block b[8];

	assert_true(reass_sack(&f->r, b, 8) > i);
	assert_int_equal(b[i].left, BASE + left);
	assert_int_equal(b[i].right, BASE + right);
}

#endif
