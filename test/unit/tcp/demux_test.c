/* SPDX-License-Identifier: ISC */
/*
 * demux_test.c - who was met lately, and that nobody is met who is gone
 */
#include "pair.h"
#include "tcp/demux.h"

static void say(struct pair *p, struct joined *j, char c)
{
	char got = 0;

	assert_int_equal(end_send(&p->a, j->a, &c, 1), 1);
	pair_run(p);
	assert_int_equal(end_recv(&p->b, j->b, &got, 1), 1);
	assert_int_equal(got, c);
}

static void a_control_block_is_met(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	struct tern_tuple tuple;
	struct joined j;

	(void)state;
	pair_open(p);
	pair_join(p, &j);
	say(p, &j, 'x');
	tuple = conn_tuple(&j.b->conn);
	assert_ptr_equal(demux_recent(&p->b.tcp, &tuple), &j.b->conn);
	tuple.raddr++; /* the same ports */
	assert_null(demux_recent(&p->b.tcp, &tuple));
	tuple.raddr--;
	tuple.laddr++;
	assert_null(demux_recent(&p->b.tcp, &tuple));
	tcp_call_abort(&p->a.tcp, j.a);
	tcp_call_abort(&p->b.tcp, j.b);
	listener_close(&p->b.tcp, j.l);
	pair_close(p);
	free(p);
}

/* Neither when it was reset, nor when it has become a TIME-WAIT, to which what
 * comes then belongs. */
static void who_is_gone_is_not_met(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	struct tern_tuple at_a, at_b;
	struct joined j;
	struct conn *c;

	(void)state;
	pair_open(p);
	pair_join(p, &j);
	say(p, &j, 'x');
	at_a = conn_tuple(&j.a->conn);
	at_b = conn_tuple(&j.b->conn);
	tcp_call_close(&p->a.tcp, j.a);
	pair_run(p);
	tcp_call_close(&p->b.tcp, j.b);
	pair_run(p);
	assert_null(demux_recent(&p->a.tcp, &at_a));
	c = demux_find(&p->a.tcp, &at_a, demux_hash(&p->a.tcp, &at_a));
	assert_non_null(c);
	assert_int_equal(c->kind, CONN_TIME_WAIT);
	demux_met(&p->a.tcp, c);
	assert_null(demux_recent(&p->a.tcp, &at_a));
	assert_null(demux_recent(&p->b.tcp, &at_b));
	pair_sleep(p, 100 * TERN_S);
	assert_int_equal(map_count(&p->a.tcp.conns), 0);
	listener_close(&p->b.tcp, j.l);
	pair_close(p);
	free(p);
}

/* Two that share a place, by turns; when one goes, the other is found still. */
static void two_in_one_place(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	struct tern_tuple tuple, other;
	struct joined j, k;
	int i;

	(void)state;
	pair_open(p);
	pair_join(p, &j);
	tuple = conn_tuple(&j.b->conn);
	k = j;
	k.a = tcp_create(&p->a.tcp);
	tcp_set_user(k.a, 2);
	assert_int_equal(net_addr_add(&p->a.net, p->a.ifindex,
				      ip4_addr(10, 0, 0, 3), 24),
			 0);
	assert_int_equal(
		tcp_bind(&p->a.tcp, k.a, ip4_addr(10, 0, 0, 3), tuple.rport),
		0);
	assert_int_equal(tcp_call_open(&p->a.tcp, k.a, B_ADDR, 80), -115);
	pair_run(p);
	k.b = tcp_call_accept(&p->b.tcp, k.l);
	assert_non_null(k.b);
	other = conn_tuple(&k.b->conn);
	assert_int_equal(other.rport, tuple.rport);
	for (i = 0; i < 10; i++) {
		say(p, &j, (char)i);
		assert_ptr_equal(demux_recent(&p->b.tcp, &tuple), &j.b->conn);
		say(p, &k, (char)~i);
		assert_ptr_equal(demux_recent(&p->b.tcp, &other), &k.b->conn);
		assert_null(demux_recent(&p->b.tcp, &tuple));
	}
	tcp_call_abort(&p->b.tcp, j.b);
	assert_ptr_equal(demux_recent(&p->b.tcp, &other), &k.b->conn);
	pair_run(p);
	say(p, &k, 'y');
	tcp_call_abort(&p->a.tcp, j.a);
	tcp_call_abort(&p->a.tcp, k.a);
	tcp_call_abort(&p->b.tcp, k.b);
	listener_close(&p->b.tcp, j.l);
	pair_close(p);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_control_block_is_met),
		cmocka_unit_test(who_is_gone_is_not_met),
		cmocka_unit_test(two_in_one_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
