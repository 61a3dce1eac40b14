/* SPDX-License-Identifier: ISC */
/*
 * env_test.c - drops move their reason, Linux's counters and the trace
 */
#include "base/env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The events told, the last one kept. */
struct log {
	struct tern_event last;
	int n;
};

static void record(void *ctx, const struct tern_event *ev)
{
	struct log *log = ctx;

	log->last = *ev;
	log->n++;
}

static uint64_t sum_of_counters(const struct env *e)
{
	uint64_t sum = 0;

	for (int c = 0; c < TERN_COUNTER_N; c++)
		sum += e->counter[c];
	return sum;
}

static void counts(void **state)
{
	struct env e;

	(void)state;
	memset(&e, 0, sizeof(e));
	env_count(&e, TERN_IpInReceives);
	env_add(&e, TERN_IpInReceives, 41);
	assert_int_equal(e.counter[TERN_IpInReceives], 42);
	assert_int_equal(sum_of_counters(&e), 42);
}

static void drop_moves_two_counters(void **state)
{
	struct env e;

	(void)state;
	memset(&e, 0, sizeof(e));
	env_drop(&e, TERN_DROP_IP_CHECKSUM, NULL);
	assert_int_equal(e.drop[TERN_DROP_IP_CHECKSUM], 1);
	assert_int_equal(e.counter[TERN_IpInHdrErrors], 1);
	assert_int_equal(e.counter[TERN_IpInCsumErrors], 1);
	assert_int_equal(sum_of_counters(&e), 2);

	env_drop(&e, TERN_DROP_TCP_ACCEPT_QUEUE_FULL, NULL);
	env_drop(&e, TERN_DROP_TCP_SYN_QUEUE_FULL, NULL);
	assert_int_equal(e.counter[TERN_TcpExtListenOverflows], 1);
	assert_int_equal(e.counter[TERN_TcpExtTCPReqQFullDrop], 1);
	assert_int_equal(e.counter[TERN_TcpExtListenDrops], 2);
}

static void drop_moves_one_counter(void **state)
{
	struct env e;

	(void)state;
	memset(&e, 0, sizeof(e));
	env_drop(&e, TERN_DROP_TCP_PAWS, NULL);
	assert_int_equal(e.counter[TERN_TcpExtPAWSEstab], 1);
	assert_int_equal(sum_of_counters(&e), 1);
}

/* The first counter of the list is number 0 and must not be lost. */
static void first_counter_can_be_named(void **state)
{
	(void)state;
	assert_int_equal(TERN_IpInReceives, 0);
}

/* No reason moves another reason's count, or more than two counters. */
static void every_drop_is_its_own(void **state)
{
	(void)state;
	for (int d = 0; d < TERN_DROP_N; d++) {
		struct env e;

		memset(&e, 0, sizeof(e));
		env_drop(&e, (enum tern_drop)d, NULL);
		for (int i = 0; i < TERN_DROP_N; i++)
			assert_int_equal(e.drop[i], i == d);
		assert_true(sum_of_counters(&e) <= 2);
	}
}

static void drop_is_traced(void **state)
{
	const struct tern_tuple tuple = {.laddr = 1, .raddr = 2, .lport = 3};
	struct log log = {.n = 0};
	struct env e;

	(void)state;
	memset(&e, 0, sizeof(e));
	assert_false(env_traced(&e));
	e.trace = record;
	e.trace_ctx = &log;
	e.now = 77;
	assert_true(env_traced(&e));

	env_drop(&e, TERN_DROP_TCP_SEQ, &tuple);
	assert_int_equal(log.n, 1);
	assert_int_equal(log.last.now, 77);
	assert_int_equal(log.last.type, TERN_EV_DROP);
	assert_int_equal(log.last.u.drop.reason, TERN_DROP_TCP_SEQ);
	assert_memory_equal(&log.last.tuple, &tuple, sizeof(tuple));

	env_drop(&e, TERN_DROP_ETH_TYPE, NULL);
	assert_int_equal(log.n, 2);
	assert_int_equal(log.last.tuple.laddr, 0);
	assert_int_equal(log.last.u.drop.reason, TERN_DROP_ETH_TYPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(drop_moves_two_counters),
		cmocka_unit_test(drop_moves_one_counter),
		cmocka_unit_test(first_counter_can_be_named),
		cmocka_unit_test(every_drop_is_its_own),
		cmocka_unit_test(drop_is_traced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
