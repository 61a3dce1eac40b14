/* SPDX-License-Identifier: ISC */
/*
 * eor_test.c - marks of MSG_EOR: order, wrap, many of them, no memory
 */
#include "tcp/eor.h"
#include "unit/tcp/flight.h"

static struct tcp *tcp;
static struct flow flow;
static struct tcb t;

static void begin(struct drive *d, uint32_t iss)
{
	tcp = &d->n->tcp;
	memset(&flow, 0, sizeof(flow));
	memset(&t, 0, sizeof(t));
	t.flow = &flow;
	t.snd.una = t.snd.nxt = t.snd.end = (struct seq){iss};
}

static void mark(uint32_t len, bool push)
{
	t.snd.end = seq_add(t.snd.end, len);
	eor_add(tcp, &t, push);
}

static void in_order(void **state)
{
	struct drive *d = flight_of(1, 0);
	bool push;

	(void)state;
	begin(d, UINT32_MAX - 150);
	assert_int_equal(eor_next(&t, t.snd.una, &push), UINT32_MAX);
	assert_int_equal(eor_limit(&t, t.snd.una, 1000), 1000);
	mark(100, true);
	mark(100, false); /* beyond 2^32 */
	assert_true(t.eor);
	assert_int_equal(eor_next(&t, t.snd.una, &push), 100);
	assert_true(push);
	assert_int_equal(eor_next(&t, seq_add(t.snd.una, 99), &push), 1);
	assert_int_equal(eor_next(&t, seq_add(t.snd.una, 100), &push), 100);
	assert_false(push);
	assert_int_equal(eor_limit(&t, seq_add(t.snd.una, 150), 1000), 50);
	assert_int_equal(eor_limit(&t, seq_add(t.snd.una, 150), 50), 50);
	assert_int_equal(eor_limit(&t, seq_add(t.snd.una, 150), 49), 49);
	assert_int_equal(eor_next(&t, seq_add(t.snd.una, 200), &push),
			 UINT32_MAX);
	eor_free(tcp, &t);
	assert_false(t.eor);
	assert_null(flow.eor);
	drive_free(d);
}

/* Those that were acknowledged make room; there is an end to the others. */
static void many(void **state)
{
	struct drive *d = flight_of(1, 0);
	const struct seq first = {7};
	bool push;

	(void)state;
	begin(d, first.u);
	for (int i = 0; i < EOR_MARKS_MAX + 10; i++)
		mark(10, true);
	assert_int_equal(eor_next(&t, first, &push), 10);
	assert_int_equal(
		eor_next(&t, seq_add(first, 10 * EOR_MARKS_MAX - 3), &push), 3);
	assert_int_equal(
		eor_next(&t, seq_add(first, 10 * EOR_MARKS_MAX), &push),
		UINT32_MAX);
	t.snd.una = seq_add(first, 10);
	eor_acked(&t);
	mark(10, true);
	assert_int_equal(eor_next(&t, seq_sub(t.snd.end, 4), &push), 4);
	assert_int_equal(eor_next(&t, t.snd.una, &push), 10);
	eor_free(tcp, &t);
	drive_free(d);
}

/* What was acknowledged is not met again when sequence numbers have gone half
 * round, and nothing is unusual any more. */
static void acknowledged(void **state)
{
	struct drive *d = flight_of(1, 0);
	bool push;

	(void)state;
	begin(d, 1);
	mark(100, true);
	mark(100, true);
	t.snd.una = seq_add(t.snd.una, 99);
	eor_acked(&t);
	assert_int_equal(eor_next(&t, t.snd.una, &push), 1);
	t.snd.una = seq_add(t.snd.una, 2);
	eor_acked(&t);
	assert_true(t.eor);
	assert_int_equal(eor_next(&t, t.snd.una, &push), 99);
	t.snd.una = t.snd.end;
	eor_acked(&t);
	assert_false(t.eor);
	t.snd.una = t.snd.nxt = t.snd.end =
		seq_add(t.snd.end, (UINT32_C(1) << 31) + 1000);
	mark(100, true);
	assert_int_equal(eor_next(&t, t.snd.una, &push), 100);
	eor_free(tcp, &t);
	drive_free(d);
}

/* An ACK does it, also of the only segment in flight. */
static void by_an_ack(void **state)
{
	struct drive *d = flight_new(true);
	struct tcb *c = flight_tcb(d);

	(void)state;
	drive_send(d, MSS, MSG_EOR);
	flight_expect(d, 0, 1);
	assert_true(c->eor);
	flight_ack(d, 1);
	assert_false(c->eor);
	drive_send(d, MSS, MSG_EOR);
	drive_send(d, MSS, MSG_EOR);
	flight_expect(d, 1, 2);
	flight_ack(d, 2);
	assert_true(c->eor);
	flight_ack(d, 3);
	assert_false(c->eor);
	drive_free(d);
}

static void no_memory(void **state)
{
	struct drive *d = flight_of(1, 0);
	struct mem *mem;
	size_t limit;

	(void)state;
	begin(d, 1);
	mem = &tcp->env->mem;
	limit = mem->limit;
	mem->reclaim = NULL; /* nothing is kept for later */
	mem->limit = mem->used;
	mark(10, true);
	assert_false(t.eor);
	assert_int_equal(eor_limit(&t, t.snd.una, 20), 20);
	mem->limit = limit;
	mark(10, true);
	assert_true(t.eor);
	eor_free(tcp, &t);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),	cmocka_unit_test(many),
		cmocka_unit_test(acknowledged), cmocka_unit_test(by_an_ack),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
