/* SPDX-License-Identifier: ISC */
/*
 * tally_test.c - what a connection has counted outlives its cold half
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <tern/libc.h>

#include "tcp/tally.h"
#include "tcp/tcb.h"
#include "tcp/tcp.h"

#define LIMIT 65536

struct bench {
	struct env env;
	struct tcp tcp;
	struct tcb t;
	struct tcp_opts opts;
	struct flow first, second;
};

static void begin(struct bench *b)
{
	const struct tern_allocator alloc = tern_libc_allocator();

	memset(b, 0, sizeof(*b));
	mem_init(&b->env.mem, &alloc, LIMIT);
	b->tcp.env = &b->env;
	pool_init(&b->tcp.tallies, &b->env.mem, TERN_MEM_CONN,
		  sizeof(struct tally));
	b->t.opts = &b->opts;
	b->t.flow = &b->first;
	tally_unpark(&b->tcp, &b->t);
	assert_ptr_equal(b->t.tally, &b->first.tally);
	b->t.tally->bytes_acked = 4711;
}

/* An idle second, and then text again. */
static void parked_and_back(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	assert_true(tally_park(&b.tcp, &b.t));
	b.t.flow = NULL;
	memset(&b.first, 0xff, sizeof(b.first));
	assert_int_equal(tally_acked(&b.t), 4711);
	b.t.flow = &b.second;
	tally_unpark(&b.tcp, &b.t);
	assert_ptr_equal(b.t.tally, &b.second.tally);
	assert_int_equal(tally_acked(&b.t), 4711);
	assert_int_equal(mem_used(&b.env.mem), 0);
}

/* Without memory the flow must stay, and the tally stays in it. */
static void nowhere_to_park(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	b.env.mem.limit = 0;
	assert_false(tally_park(&b.tcp, &b.t));
	assert_ptr_equal(b.t.tally, &b.first.tally);
}

static void ends_while_parked(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	assert_true(tally_park(&b.tcp, &b.t));
	b.t.flow = NULL;
	assert_true(mem_used(&b.env.mem) > 0);
	tally_free(&b.tcp, &b.t);
	assert_null(b.t.tally);
	assert_int_equal(mem_used(&b.env.mem), 0);
}

/* What lies in the flow is no memory of its own. */
static void ends_with_its_flow(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	tally_free(&b.tcp, &b.t);
	assert_null(b.t.tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parked_and_back),
		cmocka_unit_test(nowhere_to_park),
		cmocka_unit_test(ends_while_parked),
		cmocka_unit_test(ends_with_its_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
