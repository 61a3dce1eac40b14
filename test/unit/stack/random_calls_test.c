/* SPDX-License-Identifier: ISC */
/*
 * random_calls_test.c - any call at any time
 *
 * Random calls on random descriptors of two stacks, frames that are lost, and
 * time that passes in leaps.  Whatever is received must be what the peer sent
 * there, every invariant must hold, and at the end all memory must be back.
 * Level triggered, epoll must say of each socket what poll says; edge
 * triggered, it must have told of whatever has become so since a call said that
 * it was not.  The second test does the same with too little memory.
 *
 * A failure tells its seed; RANDOM_SEED in the environment runs that one alone.
 */
#include "random_calls.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/block.h"
#include "stack/tern.h"

#define STEPS 20000

/* Level triggered, epoll tells exactly what poll tells. */
static void check_epoll(struct play *p, int k)
{
	static struct epoll_event evs[FDS + 8];
	int n = tern_epoll_wait(p->n[k], p->ep[k], evs, FDS + 8);
	int n_ready = 0;

	for (int i = 0; i < FDS; i++) {
		struct pollfd pfd = {
			p->ends[k][i].fd,
			POLLIN | POLLOUT | POLLPRI | POLLRDHUP | POLLMSG, 0};
		uint32_t told = 0;

		if (pfd.fd < 0)
			continue;
		tern_poll(p->n[k], &pfd, 1);
		for (int j = 0; j < n; j++)
			if (evs[j].data.fd == pfd.fd)
				told = evs[j].events;
		assert_int_equal(told, pfd.revents);
		n_ready += pfd.revents != 0;
	}
	assert_int_equal(n, n_ready);
}

/* Edge triggered, whatever a call found not so and is so now was told. */
static void check_edges(struct play *p, int k)
{
	static struct epoll_event evs[FDS + 8];
	int n = tern_epoll_wait(p->n[k], p->edge[k], evs, FDS + 8);

	for (int i = 0; i < FDS; i++) {
		struct end *e = &p->ends[k][i];
		struct pollfd pfd = {e->fd, POLLIN | POLLOUT, 0};

		if (e->fd < 0)
			continue;
		for (int j = 0; j < n; j++)
			if (evs[j].data.fd == e->fd)
				e->known |= evs[j].events;
		tern_poll(p->n[k], &pfd, 1);
		assert_int_equal(pfd.revents & (POLLIN | POLLOUT) & ~e->known,
				 0);
	}
}

/* One frame: lost, late, twice, or as it should be. */
static void deliver(struct play *p, int to, struct tern_frame *f)
{
	const int index = to ? p->t.if_b : p->t.if_a;
	struct tern_frame twin;

	switch (roll(p, p->trouble)) {
	case 0:
		tern_frame_release(f);
		return;
	case 1: /* changes places with the one that is held */
		if (p->held[to].len)
			tern_input(p->n[to], index, &p->held[to], 1, p->t.now);
		tern_frame_move(&p->held[to], f);
		return;
	case 2:
		tern_frame_share(&twin, f);
		tern_input(p->n[to], index, &twin, 1, p->t.now);
		break;
	}
	tern_input(p->n[to], index, f, 1, p->t.now);
}

static void frames(struct play *p)
{
	struct tern_frame f[16];

	p->trouble = roll(p, 3) ? 1000 : 5 + roll(p, 40);
	for (int to = 0; to < 2; to++) {
		int n = tern_output(p->n[!to], to ? p->t.if_a : p->t.if_b, f,
				    1 + (int)roll(p, 16), p->t.now);

		for (int i = 0; i < n; i++)
			deliver(p, to, &f[i]);
	}
	tern_advance(p->t.a, p->t.now);
	tern_advance(p->t.b, p->t.now);
}

/* The link goes down and up, and changes its size; an address goes. */
static void disturb(struct play *p)
{
	static const uint32_t mtus[] = {576, 1500, 1006, 9000};
	int k = (int)roll(p, 2), index = k ? p->t.if_b : p->t.if_a;

	switch (roll(p, 4)) {
	case 0:
		assert_int_equal(tern_if_set_up(p->n[k], index, roll(p, 2)), 0);
		return;
	case 1:
		assert_int_equal(
			tern_if_set_mtu(p->n[k], index, mtus[roll(p, 4)]), 0);
		return;
	case 2:
		tern_addr_remove(p->n[k], index, k ? TWO_B : TWO_A);
		return;
	case 3:
		(void)!tern_addr_add(p->n[k], index, k ? TWO_B : TWO_A, 24);
		return;
	}
}

/* As it was in the beginning, so that what is under way can end. */
static void calm(struct play *p)
{
	for (int k = 0; k < 2; k++) {
		int index = k ? p->t.if_b : p->t.if_a;

		tern_frame_release(&p->held[k]);
		tern_if_set_up(p->n[k], index, true);
		tern_if_set_mtu(p->n[k], index, 1500);
		(void)!tern_addr_add(p->n[k], index, k ? TWO_B : TWO_A, 24);
	}
}

static void step(struct play *p)
{
	int k = (int)roll(p, 2);
	struct end *e = some_end(p, k);

	switch (roll(p, 40)) {
	case 0:
		do_listen(p, k);
		return;
	case 1:
	case 2:
	case 3:
		do_dial(p, k);
		return;
	case 4:
		do_unix(p, k);
		return;
	case 5:
	case 6:
	case 7:
	case 8:
		frames(p);
		return;
	case 11:
		if (roll(p, 20) == 0)
			disturb(p);
		return;
	case 9:
		p->t.now += roll(p, 100) * TERN_MS;
		frames(p);
		return;
	case 10:
		if (roll(p, 10) == 0)
			p->t.now += roll(p, 100) * TERN_S;
		frames(p);
		return;
	}
	if (e)
		on_socket(p, k, e);
}

/* `room`: bytes of memory that there are besides what a stack needs. */
static void open_play(struct play *p, uint64_t seed, size_t room)
{
	memset(p, 0, sizeof(*p));
	p->dice = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	assert_int_equal(two_open(&p->t), 0);
	p->n[0] = p->t.a;
	p->n[1] = p->t.b;
	for (int k = 0; k < 2; k++) {
		p->ep[k] = tern_epoll_create(p->n[k]);
		p->edge[k] = tern_epoll_create(p->n[k]);
		for (int i = 0; i < FDS; i++)
			p->ends[k][i].fd = -1;
		tern_frame_init(&p->held[k]);
		p->n[k]->env.mem.limit = mem_used(&p->n[k]->env.mem) + room;
	}
}

static void close_play(struct play *p)
{
	calm(p);
	for (int k = 0; k < 2; k++)
		for (int i = 0; i < FDS; i++)
			if (p->ends[k][i].fd >= 0)
				do_close(p, k, &p->ends[k][i]);
	two_wait(&p->t, 4000 * TERN_S);
	for (int k = 0; k < 2; k++) {
		struct tern_sockinfo row;
		uint64_t cursor = 0;

		for (int i = 0; i < LOANS; i++)
			learn_done(p, k, -1);
		for (int i = 0; i < LOANS; i++)
			assert_false(p->on_loan[k][i]);

		assert_int_equal(tern_sockets(p->n[k], &cursor, &row, 1), 0);
		assert_int_equal(block_pool_count(tern_blocks(p->n[k])), 0);
		assert_int_equal(tern_memory(p->n[k], TERN_MEM_SEND), 0);
		assert_int_equal(tern_memory(p->n[k], TERN_MEM_RECV), 0);
	}
	two_close(&p->t);
}

/* What has happened, on all seeds. */
struct sum {
	long n_bytes, n_accepted, n_done;
};

static void play(uint64_t seed, size_t room, struct sum *sum)
{
	static struct play p;

	open_play(&p, seed, room);
	for (int i = 0; i < STEPS; i++) {
		step(&p);
		if (i % 64 == 0) {
			tern_selfcheck(p.t.a);
			tern_selfcheck(p.t.b);
			for (int k = 0; k < 2; k++) {
				check_epoll(&p, k);
				check_edges(&p, k);
			}
		}
	}
	close_play(&p);
	sum->n_bytes += p.n_bytes;
	sum->n_accepted += p.n_accepted;
	sum->n_done += p.n_done;
}

static void play_all(size_t room)
{
	const char *one = getenv("RANDOM_SEED");
	const char *many = getenv("RANDOM_SEEDS");
	uint64_t from = one ? strtoull(one, NULL, 0) : 1;
	uint64_t n = one ? 1 : many ? strtoull(many, NULL, 0) : 30;
	struct sum sum = {0, 0, 0};

	for (uint64_t seed = from; seed < from + n; seed++) {
		fprintf(stderr, "\rseed %llu ", (unsigned long long)seed);
		play(seed, room, &sum);
	}
	fprintf(stderr, "\n");
	if (one)
		return;
	assert_true(sum.n_bytes / (long)n > 10000);
	assert_true(sum.n_accepted / (long)n > 20);
	assert_true(sum.n_done / (long)n > 20);
}

static void test_random_calls(void **state)
{
	(void)state;
	play_all(1 << 30);
}

static void test_little_memory(void **state)
{
	(void)state;
	play_all(400000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_calls),
		cmocka_unit_test(test_little_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
