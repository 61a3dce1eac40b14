/* SPDX-License-Identifier: ISC */
/*
 * ahead_test.c - whose memory is asked for, and who is told of it
 */
#include "pair.h"
#include "tcp/ahead.h"
#include "tcp/demux.h"

#define USERS 16

struct fixture {
	struct pair p;
	struct joined j;
	unsigned int told[USERS];
};

static void told(void *ctx, const uint32_t *users, int n)
{
	struct fixture *f = ctx;
	int i;

	for (i = 0; i < n; i++) {
		assert_in_range(users[i], 0, USERS - 1);
		f->told[users[i]]++;
	}
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	pair_open(&f->p);
	pair_join(&f->p, &f->j);
	f->p.b.tcp.user.ctx = f;
	f->p.b.tcp.user.expect = told;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	f->p.b.tcp.user.ctx = &f->p.b;
	tcp_call_abort(&f->p.a.tcp, f->j.a);
	tcp_call_abort(&f->p.b.tcp, f->j.b);
	listener_close(&f->p.b.tcp, f->j.l);
	pair_close(&f->p);
	free(f);
	return 0;
}

static uint32_t hash_of(const struct tcp *tcp, const struct tcb *t)
{
	const struct tern_tuple tuple = conn_tuple(&t->conn);

	return demux_hash(tcp, &tuple);
}

static void after(struct tcp *tcp, uint64_t ns)
{
	tcp->env->now += ns;
}

/* With and without a cold half, with and without text that is not
 * acknowledged; but not if it was sent a moment ago. */
static void the_user_is_told(void **state)
{
	struct fixture *f = *state;
	struct tcp *tcp = &f->p.b.tcp;
	struct tcb *const twice[] = {f->j.b, f->j.b};
	uint32_t hash = hash_of(tcp, f->j.b);

	after(tcp, TERN_MS);
	assert_null(f->j.b->flow);
	tcp_prefetch(tcp, twice, 2);
	assert_int_equal(f->told[3], 2);
	assert_int_equal(end_send(&f->p.b, f->j.b, "text", 4), 4);
	pair_run(&f->p);
	after(tcp, 100 * TERN_US);
	tcp_prefetch(tcp, twice, 1);
	assert_int_equal(f->told[3], 2);
	after(tcp, 100 * TERN_US);
	tcp_prefetch(tcp, twice, 1);
	assert_int_equal(f->told[3], 3);
	tcp_prefetch_hashed(tcp, &hash, 1);
	assert_int_equal(f->told[3], 4);
	tcp_check(tcp);
}

/* Who has not asked, or holds nothing any more. */
static void nobody_is_told(void **state)
{
	struct fixture *f = *state;
	struct tcp *tcp = &f->p.b.tcp;
	struct tcb *const one[] = {f->j.b};

	after(tcp, TERN_MS);
	tcp_ask(f->j.b, false);
	tcp_prefetch(tcp, one, 1);
	tcp_ask(f->j.b, true);
	tcp_set_user(f->j.b, TCP_NO_USER);
	tcp_prefetch(tcp, one, 1);
	tcp_set_user(f->j.b, 3);
	tcp_prefetch(tcp, one, 0);
	tcp->user.expect = NULL;
	tcp_prefetch(tcp, one, 1);
	assert_int_equal(f->told[3], 0);
}

/* A hash says little: nobody, or a TIME-WAIT, may be there. */
static void what_is_no_control_block_is_passed_over(void **state)
{
	struct fixture *f = *state;
	struct tcp *tcp = &f->p.a.tcp;
	uint32_t hash[2];

	after(tcp, TERN_MS);
	tcp->user = f->p.b.tcp.user;
	hash[0] = hash_of(tcp, f->j.a);
	hash[1] = ~hash[0];
	tcp_prefetch_hashed(tcp, hash, 2);
	assert_int_equal(f->told[2], 1);
	tcp->user.ctx = &f->p.a;
	tcp_call_close(tcp, f->j.a);
	pair_run(&f->p);
	f->p.b.tcp.user.ctx = &f->p.b;
	tcp_call_close(&f->p.b.tcp, f->j.b);
	pair_run(&f->p);
	assert_int_equal(pool_count(&tcp->timewaits), 1);
	tcp->user.ctx = f;
	tcp_prefetch_hashed(tcp, hash, 2);
	assert_int_equal(f->told[2], 1);
	f->j.a = tcp_create(tcp);
	f->j.b = tcp_create(&f->p.b.tcp);
}

#define A_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		A_TEST(the_user_is_told),
		A_TEST(nobody_is_told),
		A_TEST(what_is_no_control_block_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
