/* SPDX-License-Identifier: ISC */
/*
 * wrap_test.c - connections that outlive the sequence space
 *
 * After 2^31 bytes every number that was remembered from the beginning compares
 * as if it lay ahead.  3 GiB go by, without a loss and without a short segment;
 * then Nagle, fast retransmit and urgent data must still do what they should.
 */
#include "unit/tcp/pair.h"

enum { CHUNK = 1 << 18 };

static bool lose_one(struct pair *p, bool from_a, const struct tern_frame *f)
{
	return from_a && f->len > 1000 && p->n_lost == 0;
}

static void pump(struct pair *p, struct joined *j, uint64_t total)
{
	uint8_t *buf = calloc(1, CHUNK);
	uint64_t sent = 0, got = 0;

	while (got < total) {
		ssize_t n = end_send(&p->a, j->a, buf, CHUNK);

		if (n > 0)
			sent += (uint64_t)n;
		p->now += TERN_MS;
		p->a.env.now = p->b.env.now = p->now;
		tcp_advance(&p->a.tcp);
		tcp_advance(&p->b.tcp);
		pair_run(p);
		while ((n = end_recv(&p->b, j->b, buf, CHUNK)) > 0)
			got += (uint64_t)n;
		pair_run(p);
	}
	assert_true(got <= sent);
	pair_sleep(p, TERN_S);
	while (end_recv(&p->b, j->b, buf, CHUNK) > 0)
		;
	pair_run(p);
	free(buf);
}

static void after_three_gib(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	uint8_t *buf = calloc(1, CHUNK);
	struct joined j;
	uint32_t before;

	(void)state;
	pair_open(p);
	p->a.env.trace = p->b.env.trace = NULL;
	pair_join(p, &j);
	pump(p, &j, (uint64_t)3 << 30);
	assert_int_equal(j.a->n_rexmit, 0);

	/* Nagle lets a short segment go when nothing is in flight. */
	assert_int_equal(end_send(&p->a, j.a, "short", 5), 5);
	pair_run(p);
	assert_int_equal(end_recv(&p->b, j.b, buf, CHUNK), 5);

	/* One lost segment is repaired without a timeout. */
	pair_sleep(p, TERN_S);
	p->lose = lose_one;
	before = (uint32_t)p->a.env.counter[TERN_TcpExtTCPTimeouts];
	assert_true(end_send(&p->a, j.a, buf, 14000) == 14000);
	pair_run(p);
	assert_int_equal(p->n_lost, 1);
	assert_int_equal(end_recv(&p->b, j.b, buf, CHUNK), 14000);
	assert_int_equal(p->a.env.counter[TERN_TcpExtTCPTimeouts], before);

	tcp_call_abort(&p->a.tcp, j.a);
	pair_run(p);
	tcp_call_close(&p->b.tcp, j.b);
	listener_close(&p->b.tcp, j.l);
	pair_close(p);
	free(buf);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_three_gib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
