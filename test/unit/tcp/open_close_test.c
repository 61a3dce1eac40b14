/* SPDX-License-Identifier: ISC */
/*
 * open_close_test.c - connections opened and closed in all the ways there are
 */
#include "unit/tcp/pair.h"

static void three_way_four_way(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	struct joined j;

	(void)state;
	pair_open(p);
	pair_join(p, &j);
	tcp_call_close(&p->a.tcp, j.a);
	pair_run(p);
	assert_int_equal(j.b->state, CLOSE_WAIT);
	tcp_call_close(&p->b.tcp, j.b);
	pair_run(p);
	assert_int_equal(pool_count(&p->b.tcp.tcbs), 0);
	assert_int_equal(pool_count(&p->a.tcp.tcbs), 0);
	assert_int_equal(pool_count(&p->a.tcp.timewaits), 1);
	pair_sleep(p, 59 * TERN_S);
	assert_int_equal(pool_count(&p->a.tcp.timewaits), 1);
	pair_sleep(p, 2 * TERN_S);
	assert_int_equal(pool_count(&p->a.tcp.timewaits), 0);
	listener_close(&p->b.tcp, j.l);
	pair_close(p);
	free(p);
}

static void simultaneous_close(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	struct joined j;

	(void)state;
	pair_open(p);
	pair_join(p, &j);
	tcp_call_close(&p->a.tcp, j.a);
	tcp_call_close(&p->b.tcp, j.b);
	pair_run(p);
	assert_int_equal(pool_count(&p->a.tcp.timewaits), 1);
	assert_int_equal(pool_count(&p->b.tcp.timewaits), 1);
	listener_close(&p->b.tcp, j.l);
	pair_close(p);
	free(p);
}

static void echo_bytes(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	char buf[100];
	struct joined j;

	(void)state;
	pair_open(p);
	pair_join(p, &j);
	assert_int_equal(end_send(&p->a, j.a, "hello", 5), 5);
	pair_run(p);
	assert_int_equal(end_recv(&p->b, j.b, buf, 100), 5);
	assert_memory_equal(buf, "hello", 5);
	assert_int_equal(end_recv(&p->b, j.b, buf, 100), -11);
	pair_sleep(p, TERN_S);
	assert_int_equal(tcp_flight(j.a), 0);
	tcp_call_abort(&p->a.tcp, j.a);
	pair_run(p);
	assert_int_equal(j.b->state, CLOSED);
	assert_int_equal(end_recv(&p->b, j.b, buf, 100), -104);
	tcp_call_close(&p->b.tcp, j.b);
	listener_close(&p->b.tcp, j.l);
	pair_close(p);
	free(p);
}

static bool lose_third(struct pair *p, bool from_a, const struct tern_frame *f)
{
	(void)from_a;
	(void)f;
	return p->n_frames % 3 == 2;
}

/* Every third frame is lost, in both directions, for a whole megabyte. */
static void bulk_with_loss(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	enum { TOTAL = 1 << 20 };
	uint8_t *out = malloc(TOTAL), *in = malloc(TOTAL);
	size_t sent = 0, got = 0;
	struct joined j;
	int i;

	(void)state;
	for (i = 0; i < TOTAL; i++)
		out[i] = (uint8_t)(i * 31 + i / 251);
	pair_open(p);
	pair_join(p, &j);
	p->lose = lose_third;
	for (i = 0; i < 100000 && got < TOTAL; i++) {
		ssize_t n = end_send(&p->a, j.a, out + sent, TOTAL - sent);

		if (n > 0)
			sent += (size_t)n;
		pair_run(p);
		n = end_recv(&p->b, j.b, in + got, TOTAL - got);
		if (n > 0)
			got += (size_t)n;
		pair_sleep(p, 50 * TERN_MS);
	}
	assert_int_equal(got, TOTAL);
	assert_memory_equal(in, out, TOTAL);
	p->lose = NULL;
	tcp_call_close(&p->a.tcp, j.a);
	tcp_call_close(&p->b.tcp, j.b);
	pair_sleep(p, 400 * TERN_S);
	assert_int_equal(map_count(&p->a.tcp.conns), 0);
	assert_int_equal(map_count(&p->b.tcp.conns), 0);
	listener_close(&p->b.tcp, j.l);
	pair_close(p);
	free(p);
	free(in);
	free(out);
}

/* A FIN that had yet to leave is forgotten with the connection. */
static void disconnected_before_its_fin(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	struct joined j;

	(void)state;
	pair_open(p);
	pair_join(p, &j);
	assert_int_equal(tcp_call_shutdown(&p->a.tcp, j.a, SHUT_WR), 0);
	assert_int_equal(tcp_call_disconnect(&p->a.tcp, j.a), 0);
	assert_int_equal(tcp_outq_unsent(j.a), 0);
	tcp_call_close(&p->a.tcp, j.a);
	pair_run(p);
	tcp_call_close(&p->b.tcp, j.b);
	listener_close(&p->b.tcp, j.l);
	pair_close(p);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(disconnected_before_its_fin),
		cmocka_unit_test(three_way_four_way),
		cmocka_unit_test(simultaneous_close),
		cmocka_unit_test(echo_bytes),
		cmocka_unit_test(bulk_with_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
