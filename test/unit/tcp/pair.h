/* SPDX-License-Identifier: ISC */
/*
 * pair.h - two TCP floors that talk to each other, with nothing above them
 *
 * Time stands still unless a test moves it.  pair_run() moves frames until
 * nobody has any to send; a filter may lose some.
 */
#ifndef TERN_TEST_TCP_PAIR_H
#define TERN_TEST_TCP_PAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/assert.h"
#include "base/block.h"
#include "net/config.h"
#include "tcp/life.h"
#include "tcp/listener.h"
#include "tcp/state.h"
#include "tcp/tcb.h"
#include "tcp/tcp.h"
#include "unit/base/meter.h"

#define A_ADDR ip4_addr(10, 0, 0, 1)
#define B_ADDR ip4_addr(10, 0, 0, 2)

struct end {
	struct meter meter;
	struct env env;
	struct net net;
	struct tcp tcp;
	int ifindex;
	uint32_t ready[16]; /* events by user number */
	int states;	    /* changes seen */
	bool print;
};

struct pair {
	struct end a, b;
	uint64_t now;
	/* Returns true to lose the frame; from_a says where it comes from. */
	bool (*lose)(struct pair *p, bool from_a, const struct tern_frame *f);
	int n_frames, n_lost;
};

static inline void end_ready(void *ctx, uint32_t user, uint32_t ready)
{
	struct end *e = ctx;

	e->ready[user % 16] |= ready;
}

static inline void end_trace(void *ctx, const struct tern_event *ev)
{
	struct end *e = ctx;

	if (ev->type == TERN_EV_STATE)
		e->states++;
	if (!e->print)
		return;
	if (ev->type == TERN_EV_STATE)
		printf("%p %s -> %s\n", ctx,
		       tern_tcp_state_name(ev->u.state.from),
		       tern_tcp_state_name(ev->u.state.to));
	if (ev->type == TERN_EV_DROP)
		printf("%p drop %s\n", ctx, tern_drop_name(ev->u.drop.reason));
	if (ev->type == TERN_EV_SEGMENT_OUT)
		printf("%p out flags %x seq %u ack %u len %u wnd %u\n", ctx,
		       ev->u.segment.flags, ev->u.segment.seq,
		       ev->u.segment.ack, ev->u.segment.len, ev->u.segment.wnd);
}

static inline void end_open(struct end *e, uint32_t addr, uint8_t seed)
{
	const struct tern_allocator alloc = meter_allocator(&e->meter);
	const struct tcp_user user = {.ctx = e, .ready = end_ready};
	struct tern_if_config c = {
		.name = "p0", .mtu = 1500, .flags = TERN_IF_POINTOPOINT};
	uint8_t bytes[32];

	memset(bytes, seed, sizeof(bytes));
	mem_init(&e->env.mem, &alloc, (size_t)1 << 30);
	e->env.now = TERN_S;
	e->env.blocks = block_pool_create(&e->env.mem);
	e->env.trace = end_trace;
	e->env.trace_ctx = e;
	rng_init(&e->env.rng, bytes, 0);
	assert_int_equal(net_init(&e->net, &e->env), 0);
	assert_int_equal(tcp_init(&e->tcp, &e->env, &e->net, &user), 0);
	e->net.tcp = (struct net_proto){&e->tcp, tcp_input, tcp_icmp_error,
					tcp_output, tcp_rerouted};
	e->ifindex = net_if_add(&e->net, &c);
	assert_true(e->ifindex > 0);
	assert_int_equal(net_addr_add(&e->net, e->ifindex, addr, 24), 0);
}

static inline void end_close(struct end *e)
{
	tcp_fini(&e->tcp);
	net_fini(&e->net);
	assert_int_equal(block_pool_count(e->env.blocks), 0);
	block_pool_destroy(e->env.blocks);
	assert_int_equal(mem_used(&e->env.mem), 0);
}

static inline void pair_open(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	p->now = TERN_S;
	end_open(&p->a, A_ADDR, 1);
	end_open(&p->b, B_ADDR, 2);
}

static inline void pair_close(struct pair *p)
{
	end_close(&p->a);
	end_close(&p->b);
}

static inline int pair_move(struct pair *p, bool from_a)
{
	struct end *from = from_a ? &p->a : &p->b;
	struct end *to = from_a ? &p->b : &p->a;
	struct tern_frame f[8];
	int n, i, k = 0;

	n = net_output(&from->net, net_if(&from->net, from->ifindex), f, 8);
	for (i = 0; i < n; i++) {
		p->n_frames++;
		if (p->lose && p->lose(p, from_a, &f[i])) {
			tern_frame_release(&f[i]);
			p->n_lost++;
			continue;
		}
		if (i != k)
			tern_frame_move(&f[k], &f[i]);
		k++;
	}
	net_input(&to->net, net_if(&to->net, to->ifindex), f, k);
	tcp_check(&from->tcp);
	tcp_check(&to->tcp);
	return n;
}

static inline void pair_run(struct pair *p)
{
	int limit = 100000;

	while (pair_move(p, true) + pair_move(p, false) > 0)
		assert_true(limit-- > 0);
}

/* Moves the time, stopping at each deadline of both. */
static inline void pair_sleep(struct pair *p, uint64_t ns)
{
	const uint64_t until = p->now + ns;

	while (p->now < until) {
		uint64_t next = min_u64(tcp_deadline(&p->a.tcp),
					tcp_deadline(&p->b.tcp));

		p->now = min_u64(max_u64(next, p->now + 1), until);
		p->a.env.now = p->b.env.now = p->now;
		tcp_advance(&p->a.tcp);
		tcp_advance(&p->b.tcp);
		pair_run(p);
	}
}

/* A connection, opened by a to b, port 80. */
struct joined {
	struct listener *l;
	struct tcb *a, *b;
};

static inline void pair_listen(struct pair *p, struct joined *j, uint32_t n)
{
	struct tcb *t = tcp_create(&p->b.tcp);

	tcp_set_user(t, 1);
	assert_int_equal(tcp_bind(&p->b.tcp, t, 0, 80), 0);
	assert_int_equal(tcp_call_listen(&p->b.tcp, t, n, &j->l), 0);
	listener_set_user(j->l, 1);
}

static inline void pair_connect(struct pair *p, struct joined *j)
{
	j->a = tcp_create(&p->a.tcp);
	tcp_set_user(j->a, 2);
	assert_int_equal(tcp_call_open(&p->a.tcp, j->a, B_ADDR, 80), -115);
}

static inline void pair_join(struct pair *p, struct joined *j)
{
	pair_listen(p, j, 8);
	pair_connect(p, j);
	pair_run(p);
	j->b = tcp_call_accept(&p->b.tcp, j->l);
	assert_non_null(j->b);
	tcp_set_user(j->b, 3);
	assert_int_equal(j->a->state, ESTABLISHED);
	assert_int_equal(j->b->state, ESTABLISHED);
}

static inline ssize_t end_send(struct end *e, struct tcb *t, const void *p,
			       size_t n)
{
	const struct iovec iov = {.iov_base = (void *)(uintptr_t)p,
				  .iov_len = n};

	return tcp_call_send(&e->tcp, t, &iov, n, 0);
}

static inline ssize_t end_recv(struct end *e, struct tcb *t, void *p, size_t n)
{
	const struct iovec iov = {.iov_base = p, .iov_len = n};

	return tcp_call_receive(&e->tcp, t, &iov, n, 0);
}

#endif
