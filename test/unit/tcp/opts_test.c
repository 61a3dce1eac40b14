/* SPDX-License-Identifier: ISC */
/*
 * opts_test.c - sets of options that are kept once
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <tern/libc.h>

#include "base/bytes.h"
#include "tcp/cc.h"
#include "tcp/opts.h"

#define LIMIT (1U << 20)

struct bench {
	struct mem mem;
	struct opts_table all;
};

static void begin(struct bench *b, size_t limit)
{
	const struct tern_allocator alloc = tern_libc_allocator();

	mem_init(&b->mem, &alloc, limit);
	opts_init(&b->all, &b->mem);
}

/* Two sockets as new ones are, and what the first wants to have. */
static struct tcp_opts begin_two(struct bench *b, const struct tcp_opts **first,
				 const struct tcp_opts **second)
{
	begin(b, LIMIT);
	*first = opts_initial(&b->all, 0);
	*second = opts_initial(&b->all, 0);
	return **first;
}

static void end(struct bench *b)
{
	opts_fini(&b->all);
	assert_int_equal(b->mem.used, 0);
}

static void test_new_sockets_share_one_set(void **state)
{
	const struct tcp_opts *a, *c, *other;
	struct bench b;

	(void)state;
	begin(&b, LIMIT);
	a = opts_initial(&b.all, 1);
	c = opts_initial(&b.all, 1);
	assert_non_null(a);
	assert_ptr_equal(a, c);
	assert_int_equal(a->rcvlowat, 1);
	assert_int_equal(a->cc, 1);
	other = opts_initial(&b.all, 2); /* the tunable was changed */
	assert_ptr_not_equal(a, other);
	assert_int_equal(other->cc, 2);
	assert_int_equal(a->cc, 1);
	opts_drop(&b.all, a);
	opts_drop(&b.all, c);
	assert_int_equal(b.all.n_unused, 1); /* nobody has it */
	opts_drop(&b.all, other);
	opts_drop(&b.all, NULL);
	assert_int_equal(b.all.n_unused, 1); /* the other is the next one's */
	assert_ptr_equal(opts_initial(&b.all, 1), a); /* it was kept */
	assert_int_equal(b.all.n_unused, 1);
	end(&b);
}

static void test_equal_sets_are_one(void **state)
{
	const struct tcp_opts *a, *c;
	struct tcp_opts wanted;
	struct bench b;

	(void)state;
	wanted = begin_two(&b, &a, &c);
	wanted.nodelay = true;
	wanted.keepidle_s = 10;
	assert_int_equal(opts_change(&b.all, &a, &wanted), 0);
	assert_true(a->nodelay);
	assert_int_equal(a->keepidle_s, 10);
	assert_false(c->nodelay); /* others are not touched */
	assert_int_equal(opts_change(&b.all, &c, &wanted), 0);
	assert_ptr_equal(a, c);
	wanted.nodelay = false;
	wanted.keepidle_s = 0;
	assert_int_equal(opts_change(&b.all, &c, &wanted), 0);
	assert_ptr_equal(c, b.all.initial);		 /* and back */
	assert_int_equal(opts_change(&b.all, &c, c), 0); /* to itself */
	assert_ptr_equal(c, b.all.initial);
	assert_int_equal(b.all.sets.n_nodes, 2);
	opts_drop(&b.all, a);
	assert_int_equal(b.all.n_unused, 1);
	opts_drop(&b.all, c);
	end(&b);
}

static void test_a_set_of_its_own_each(void **state)
{
	const struct tcp_opts *o[300];
	struct tcp_opts wanted;
	struct bench b;
	uint32_t i;

	(void)state;
	begin(&b, LIMIT);
	for (i = 0; i < ARRAY_LEN(o); i++) {
		o[i] = opts_initial(&b.all, 0);
		wanted = *o[i];
		wanted.window_clamp = i + 1;
		assert_int_equal(opts_change(&b.all, &o[i], &wanted), 0);
	}
	for (i = 0; i < ARRAY_LEN(o); i++) {
		assert_int_equal(o[i]->window_clamp, i + 1);
		opts_drop(&b.all, o[i]);
	}
	assert_int_equal(b.all.n_unused, 16); /* the latest of them */
	assert_int_equal(b.all.sets.n_nodes, 17);
	end(&b);
}

/* As long as somebody has one that lets not everybody in. */
static void test_gates_are_counted(void **state)
{
	const struct tcp_opts *a, *c;
	struct tcp_opts wanted;
	struct bench b;

	(void)state;
	wanted = begin_two(&b, &a, &c);
	wanted.min_ttl = 255;
	assert_int_equal(opts_change(&b.all, &a, &wanted), 0);
	assert_int_equal(opts_change(&b.all, &c, &wanted), 0);
	assert_int_equal(b.all.n_gated, 1);
	opts_drop(&b.all, a);
	assert_int_equal(b.all.n_gated, 1);
	opts_drop(&b.all, c);
	assert_int_equal(b.all.n_gated, 0);
	a = opts_initial(&b.all, 0);
	assert_int_equal(opts_change(&b.all, &a, &wanted), 0); /* kept */
	assert_int_equal(b.all.n_gated, 1);
	wanted.min_ttl = 0;
	assert_int_equal(opts_change(&b.all, &a, &wanted), 0);
	assert_int_equal(b.all.n_gated, 0);
	wanted.device = 2;
	assert_int_equal(opts_change(&b.all, &a, &wanted), 0);
	assert_int_equal(b.all.n_gated, 1);
	opts_drop(&b.all, a);
	end(&b);
}

/* It is found anew for each set, whatever the caller's copy says. */
static void test_plain_output(void **state)
{
	const struct tcp_opts *o;
	struct tcp_opts wanted;
	struct bench b;

	(void)state;
	begin(&b, LIMIT);
	o = opts_initial(&b.all, 0);
	assert_true(o->plain_output);
	wanted = *o;
	wanted.cork = true;
	assert_int_equal(opts_change(&b.all, &o, &wanted), 0);
	assert_false(o->plain_output);
	wanted = *o;
	wanted.cork = false;
	assert_int_equal(opts_change(&b.all, &o, &wanted), 0);
	assert_ptr_equal(o, b.all.initial);
	for (wanted.cc = 0; cc_at(wanted.cc); wanted.cc++) {
		assert_int_equal(opts_change(&b.all, &o, &wanted), 0);
		assert_int_equal(o->plain_output, !cc_at(wanted.cc)->paces);
	}
	wanted.cc = 0;
	wanted.pacing_less = 1;
	assert_int_equal(opts_change(&b.all, &o, &wanted), 0);
	assert_false(o->plain_output);
	wanted.pacing_less = 0;
	wanted.notsent_lowat = 1;
	assert_int_equal(opts_change(&b.all, &o, &wanted), 0);
	assert_false(o->plain_output);
	opts_drop(&b.all, o);
	end(&b);
}

static void test_without_memory(void **state)
{
	const struct tcp_opts *o, *mine;
	struct tcp_opts wanted;
	struct bench b;

	(void)state;
	begin(&b, 0);
	assert_null(opts_initial(&b.all, 0));
	assert_null(opts_initial(&b.all, 0));
	end(&b);
	begin(&b, LIMIT);
	o = opts_initial(&b.all, 0);
	wanted = *o;
	b.mem.limit = b.mem.used;
	wanted.window_clamp = 1;
	mine = opts_take(o);
	assert_int_equal(opts_change(&b.all, &mine, &wanted), -ENOBUFS);
	assert_ptr_equal(mine, o);
	assert_int_equal(opts_change(&b.all, &o, o), 0); /* that there is */
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_sockets_share_one_set),
		cmocka_unit_test(test_equal_sets_are_one),
		cmocka_unit_test(test_a_set_of_its_own_each),
		cmocka_unit_test(test_gates_are_counted),
		cmocka_unit_test(test_plain_output),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
