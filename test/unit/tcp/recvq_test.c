/* SPDX-License-Identifier: ISC */
/*
 * recvq_test.c - the receive queue: bytes in order, and memory in proportion
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "tcp/recvq.h"
#include "unit/base/dice.h"
#include "unit/tcp/memory.h"

struct fixture {
	struct memory m;
	struct recvq q;
	uint32_t next; /* bytes pushed so far */
	uint8_t text[300000];
	uint8_t out[300000];
};

static int setup(void **state)
{
	static struct fixture f;
	uint32_t i;

	memory_open(&f.m);
	memset(&f.q, 0, sizeof(f.q));
	f.next = 0;
	for (i = 0; i < sizeof(f.text); i++)
		f.text[i] = (uint8_t)(i * 7 + i / 251);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	static const struct recvq none;

	recvq_free(&f->q, &f->m.mem);
	assert_memory_equal(&f->q, &none, sizeof(none));
	memory_close(&f->m);
	return 0;
}

static int push_slice(struct fixture *f, const struct tern_slice *s)
{
	return recvq_push(&f->q, &f->m.mem, f->m.blocks, s);
}

/* Pushes the next bytes of the text in a block of their own. */
static void push(struct fixture *f, uint32_t size, uint32_t len)
{
	struct tern_slice s =
		memory_slice(&f->m, size, 0, f->text + f->next, len);

	assert_int_equal(push_slice(f, &s), 0);
	f->next += len;
}

/* All that is queued is the end of what was pushed. */
static void assert_whole(struct fixture *f)
{
	struct iovec iov = {f->out, sizeof(f->out)};

	assert_int_equal(recvq_peek(&f->q, 0, &iov, 0, SIZE_MAX), f->q.len);
	assert_memory_equal(f->out, f->text + f->next - f->q.len, f->q.len);
}

static struct tern_slice *slice(struct fixture *f, uint32_t i)
{
	assert_true(i < f->q.n);
	return &f->q.ring[(f->q.head + i) & (f->q.cap - 1)];
}

/* Bytes of memory that the queue really holds, each block once. */
static size_t pinned(struct fixture *f)
{
	size_t sum = 0;
	uint32_t i, k;

	for (i = 0; i < f->q.n; i++) {
		for (k = 0; k < i; k++)
			if (slice(f, k)->block == slice(f, i)->block)
				break;
		if (k == i)
			sum += block_truesize(slice(f, i)->block);
	}
	return sum;
}

static void assert_accounts(struct fixture *f)
{
	uint32_t i, len = 0, truesize = 0;

	for (i = 0; i < f->q.n; i++) {
		assert_true(slice(f, i)->len > 0);
		len += slice(f, i)->len;
		truesize += slice_truesize(slice(f, i));
	}
	assert_int_equal(f->q.len, len);
	assert_int_equal(f->q.truesize, truesize);
}

static void nothing_costs_nothing(void **state)
{
	struct fixture *f = *state;
	struct iovec iov = {f->out, 10};
	struct tern_slice s = memory_slice(&f->m, 1, 0, f->text, 0);

	assert_int_equal(recvq_peek(&f->q, 0, &iov, 0, 10), 0);
	assert_int_equal(recvq_take(&f->q, 10, &s), 0);
	recvq_drop(&f->q, 0);
	assert_int_equal(push_slice(f, &s), 0); /* no bytes: given back */
	assert_int_equal(f->q.n, 0);
	assert_int_equal(mem_used_for(&f->m.mem, TERN_MEM_RECV), 0);
	assert_int_equal(block_pool_count(f->m.blocks), 0);
}

/* A frame that fills its block is kept as it is. */
static void keeps_full_slices(void **state)
{
	struct fixture *f = *state;
	int i;

	for (i = 0; i < 10; i++)
		push(f, BLOCK_PACKET, 1460);
	push(f, BLOCK_SUPER, 65000);
	assert_int_equal(f->q.n, 11);
	assert_int_equal(f->q.truesize, pinned(f));
	assert_accounts(f);
	assert_whole(f);
}

/* 64 bytes never pin 64 KiB, not even the last 64. */
static void compacts_small_slices(void **state)
{
	struct fixture *f = *state;
	int i;

	push(f, BLOCK_SUPER, 64);
	assert_int_equal(slice(f, 0)->block->size, BLOCK_COMPACT);
	for (i = 1; i < 4; i++)
		push(f, BLOCK_SUPER, 64);
	assert_int_equal(f->q.n, 1); /* gathered in the compact block */
	push(f, BLOCK_SUPER, 64);
	assert_int_equal(f->q.n, 2); /* it is full; more are expected */
	assert_int_equal(slice(f, 1)->block->size, BLOCK_PACKET);
	for (i = 5; i < 1000; i++)
		push(f, BLOCK_SUPER, 64);
	assert_in_range(f->q.n, 30, 34);
	assert_in_range(pinned(f), 64000, 64000 * 11 / 10);
	assert_in_range(f->q.truesize, pinned(f) - BLOCK_PACKET, pinned(f));
	assert_whole(f);
}

/* Segments that are cut out of one long block grow together, uncopied. */
static void joins_cuts_of_one_block(void **state)
{
	struct fixture *f = *state;
	struct tern_slice all =
		memory_slice(&f->m, BLOCK_SUPER, 0, f->text, 65536);
	uint32_t off, len;

	for (off = 0; off < 65536; off += len) {
		struct tern_slice s;

		len = min_u32(1448, 65536 - off);
		s = memory_cut(&all, off, len);
		assert_int_equal(push_slice(f, &s), 0);
		f->next += len;
	}
	assert_int_equal(f->q.n, 1);
	assert_ptr_equal(slice(f, 0)->data, all.data);
	assert_int_equal(all.block->refs, 2);
	assert_int_equal(f->q.truesize, block_truesize(all.block));
	block_unref(all.block);
	assert_accounts(f);
	assert_whole(f);
}

/* One that did not grow is compacted when another comes behind it. */
static void compacts_what_did_not_grow(void **state)
{
	struct fixture *f = *state;
	struct tern_slice a =
		memory_slice(&f->m, BLOCK_SUPER, 0, f->text, 1448);
	struct tern_slice other = memory_cut(&a, 0, 1448);

	f->next = 1448;
	assert_int_equal(push_slice(f, &a), 0);
	assert_ptr_equal(slice(f, 0)->block, a.block);
	push(f, BLOCK_PACKET, 1448);
	assert_int_equal(slice(f, 0)->block->size, BLOCK_PACKET);
	assert_accounts(f);
	assert_whole(f);
	block_unref(other.block);
}

/* Middling segments in long blocks of their own fill the first of these. */
static void gathers_in_long_block(void **state)
{
	struct fixture *f = *state;
	int i;

	for (i = 0; i < 100; i++)
		push(f, BLOCK_SUPER, 1448);
	assert_in_range(f->q.n, 3, 4);
	assert_in_range(pinned(f), 144800, 4 * 66100);
	assert_accounts(f);
	assert_whole(f);
}

/* A block that somebody else holds too is never written to. */
static void spares_shared_block(void **state)
{
	struct fixture *f = *state;
	struct tern_slice a =
		memory_slice(&f->m, BLOCK_PACKET, 0, f->text, 600);
	struct tern_slice rest = memory_slice(&f->m, 1, 0, "x", 1);

	block_unref(rest.block);
	rest = a;
	rest.data += 600;
	rest.len = 100;
	memset(rest.data, 0xcc, 100);
	block_ref(rest.block);
	assert_int_equal(push_slice(f, &a), 0);
	f->next = 600;
	push(f, BLOCK_SUPER, 50);
	push(f, BLOCK_SUPER, 50);
	assert_int_equal(f->q.n, 2);
	assert_int_equal(rest.data[0], 0xcc);
	assert_whole(f);
	block_unref(rest.block);
}

static void peeks_anywhere(void **state)
{
	struct fixture *f = *state;
	struct iovec iov[] = {{f->out, 5}, {NULL, 0}, {f->out + 5, 5000}};
	uint32_t off;

	push(f, BLOCK_PACKET, 600);
	push(f, BLOCK_PACKET, 700);
	push(f, BLOCK_PACKET, 800);
	for (off = 0; off <= 2100; off++) {
		size_t want = min_u32(2100 - off, 777);

		assert_int_equal(recvq_peek(&f->q, off, iov, 3, 777), want);
		assert_memory_equal(f->out + 3, f->text + off, want);
	}
	assert_int_equal(recvq_peek(&f->q, UINT32_MAX, iov, 0, 777), 0);
	assert_int_equal(recvq_peek(&f->q, 100, iov, 0, 0), 0);
	assert_int_equal(f->q.len, 2100);
}

static void drops_to_each_byte(void **state)
{
	struct fixture *f = *state;
	uint32_t n;

	for (n = 0; n <= 1400; n++) {
		f->next = 0;
		push(f, BLOCK_PACKET, 600);
		push(f, BLOCK_PACKET, 800);
		recvq_drop(&f->q, n);
		assert_int_equal(f->q.len, 1400 - n);
		assert_accounts(f);
		assert_whole(f);
		recvq_drop(&f->q, f->q.len);
		assert_int_equal(f->q.truesize, 0);
		assert_int_equal(block_pool_count(f->m.blocks), 0);
	}
}

static void takes_blocks_out(void **state)
{
	struct fixture *f = *state;
	struct tern_slice a, b, c;

	push(f, BLOCK_PACKET, 1000);
	push(f, BLOCK_PACKET, 900);
	assert_int_equal(recvq_take(&f->q, 0, &a), 0);
	assert_int_equal(recvq_take(&f->q, 300, &a), 300);
	assert_int_equal(f->q.len, 1600);
	assert_accounts(f);
	assert_int_equal(recvq_take(&f->q, 5000, &b), 700);
	assert_accounts(f);
	assert_ptr_equal(a.block, b.block);
	assert_int_equal(a.block->refs, 2);
	assert_int_equal(recvq_take(&f->q, 900, &c), 900);
	assert_int_equal(c.block->refs, 1);
	assert_memory_equal(a.data, f->text, 300);
	assert_memory_equal(b.data, f->text + 300, 700);
	assert_memory_equal(c.data, f->text + 1000, 900);
	assert_int_equal(f->q.n, 0);
	assert_int_equal(f->q.truesize, 0);
	block_unref(a.block);
	block_unref(b.block);
	block_unref(c.block);
}

static void ring_shrinks(void **state)
{
	struct fixture *f = *state;
	uint32_t i;

	for (i = 0; i < 200; i++)
		push(f, BLOCK_PACKET, 600);
	assert_int_equal(f->q.n, 200);
	assert_whole(f);
	recvq_drop(&f->q, f->q.len);
	push(f, BLOCK_PACKET, 600);
	assert_true(mem_used_for(&f->m.mem, TERN_MEM_RECV) <= 64);
}

/* Pushes the next bytes; the nth allocation for that and all after it fail. */
static void push_failing(struct fixture *f, uint32_t size, uint32_t len,
			 size_t nth)
{
	struct tern_slice s =
		memory_slice(&f->m, size, 0, f->text + f->next, len);
	const struct tern_slice was = s;
	int err;

	memory_fail_from(&f->m, nth);
	err = push_slice(f, &s);
	memory_fail_none(&f->m);
	assert_accounts(f);
	if (!err) {
		f->next += len;
		return;
	}
	assert_int_equal(err, -ENOBUFS);
	assert_memory_equal(&s, &was, sizeof(s));
	assert_int_equal(s.block->refs, 1);
	assert_memory_equal(s.data, f->text + f->next, len);
	block_unref(s.block);
}

static void memory_runs_out(void **state)
{
	static const uint32_t kinds[][2] = {
		{BLOCK_SUPER, 64},    {BLOCK_PACKET, 1460}, {BLOCK_SUPER, 1000},
		{BLOCK_PACKET, 600},  {BLOCK_SUPER, 300},   {BLOCK_PACKET, 700},
		{BLOCK_SUPER, 60000}, {BLOCK_PACKET, 200},
	};
	struct fixture *f = *state;
	uint32_t lens[6] = {0}, i;
	size_t nth;

	for (nth = 1; nth < 6; nth++) {
		f->next = 0;
		for (i = 0; i < ARRAY_LEN(kinds); i++)
			push_failing(f, kinds[i][0], kinds[i][1], nth);
		lens[nth] = f->q.len;
		assert_int_equal(f->q.len, f->next);
		assert_whole(f);
		recvq_free(&f->q, &f->m.mem);
	}
	/* Not even a copy: only what may stay where it is, in the two places
	 * that need no ring. */
	assert_true(lens[1] > 0 && lens[1] < lens[5]);
	assert_int_equal(lens[5],
			 64 + 1460 + 1000 + 600 + 300 + 700 + 60000 + 200);
}

struct holder {
	struct tern_slice s;
	uint32_t at; /* place in the text */
};

static void let_go(struct fixture *f, struct holder *h)
{
	if (!h->s.block)
		return;
	assert_memory_equal(h->s.data, f->text + h->at, h->s.len);
	block_unref(h->s.block);
	h->s.block = NULL;
}

/* Random pushes, of which others keep what they pushed, and random reads. */
static void agrees_with_text(void **state)
{
	struct fixture *f = *state;
	struct holder others[16] = {{.at = 0}};
	struct dice d = {2};
	uint32_t round, i;

	for (round = 0; round < 40000; round++) {
		uint32_t len = 1 + (uint32_t)dice_scaled(&d, 12);
		uint32_t size = len + (uint32_t)dice_scaled(&d, 16);
		struct holder *h = &others[dice_below(&d, 16)];
		struct tern_slice s, part;

		if (f->next + len > sizeof(f->text) || f->q.len > 100000) {
			recvq_drop(&f->q, f->q.len);
			for (i = 0; i < 16; i++)
				let_go(f, &others[i]);
			f->next = 0;
		}
		s = memory_slice(&f->m, size, 0, f->text + f->next, len);
		if (dice_below(&d, 3) == 0) { /* in two cuts */
			part = memory_cut(&s, 0, len / 2);
			assert_int_equal(push_slice(f, &part), 0);
			part = memory_cut(&s, len / 2, len - len / 2);
			assert_int_equal(push_slice(f, &part), 0);
		} else {
			part = memory_cut(&s, 0, len);
			assert_int_equal(push_slice(f, &part), 0);
		}
		let_go(f, h);
		if (dice_below(&d, 2))
			*h = (struct holder){s, f->next};
		else
			block_unref(s.block);
		f->next += len;
		if (dice_below(&d, 4) == 0)
			recvq_drop(&f->q, dice_below(&d, f->q.len + 1));
		if (dice_below(&d, 8) == 0 &&
		    recvq_take(&f->q, 1 + dice_below(&d, 3000), &part))
			block_unref(part.block);
		assert_accounts(f);
		if (round % 16 == 0)
			assert_whole(f);
	}
	for (i = 0; i < 16; i++)
		let_go(f, &others[i]);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(nothing_costs_nothing),
		T(keeps_full_slices),
		T(compacts_small_slices),
		T(joins_cuts_of_one_block),
		T(compacts_what_did_not_grow),
		T(gathers_in_long_block),
		T(spares_shared_block),
		T(peeks_anywhere),
		T(drops_to_each_byte),
		T(takes_blocks_out),
		T(ring_shrinks),
		T(memory_runs_out),
		T(agrees_with_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
