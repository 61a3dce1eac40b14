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
	assert_true(tally_begin(&b->tcp, &b->t));
	b->t.tally->bytes_acked = 4711;
}

/* There is one already when the cold half comes again. */
static void outlives_its_flow(void **state)
{
	struct bench b;
	const struct tally *y;

	(void)state;
	begin(&b);
	y = b.t.tally;
	assert_true(tally_begin(&b.tcp, &b.t));
	assert_ptr_equal(b.t.tally, y);
	assert_int_equal(tally_acked(&b.t), 4711);
	tally_free(&b.tcp, &b.t);
	assert_null(b.t.tally);
	assert_int_equal(tally_acked(&b.t), 0);
	tally_free(&b.tcp, &b.t);
	pool_drain(&b.tcp.tallies);
	assert_int_equal(mem_used(&b.env.mem), 0);
}

static void no_memory(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	tally_free(&b.tcp, &b.t);
	pool_drain(&b.tcp.tallies);
	b.env.mem.limit = 0;
	assert_false(tally_begin(&b.tcp, &b.t));
	assert_null(b.t.tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outlives_its_flow),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
