/* SPDX-License-Identifier: ISC */
/*
 * attack_oom_test.c - every allocation of a whole life may fail
 *
 * Two stacks listen, connect, talk both ways over a link that loses frames,
 * watch each other with epoll, close and wait out TIME-WAIT.  This is played
 * again and again; each time another allocation fails, alone or with the four
 * that follow.  Whoever is told -ENOBUFS asks again.  Nothing may crash, leak
 * or hang: memory that fails now is there later, so all must end well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "two.h"
#include "unit/base/meter.h"

#define N_CONNS 3
#define BYTES	40000
#define LATEST	(600 * TERN_S)

struct end {
	struct meter meter;
	struct tern *n;
	int index, listener, ep;
	int fd[N_CONNS];
	size_t sent[N_CONNS], got[N_CONNS];
	bool over[N_CONNS];
};

struct play {
	struct end e[2];
	tern_time now;
	uint64_t n_frames;
};

static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i * 7 + (i >> 8));
}

/* Both ends go through frames and time until nothing is due. */
static void move(struct play *p, int from)
{
	struct end *a = &p->e[from], *b = &p->e[!from];
	struct tern_frame f[16];
	int n;

	while ((n = tern_output(a->n, a->index, f, 16, p->now)) > 0)
		for (int i = 0; i < n; i++) {
			if (++p->n_frames % 11 == 0)
				tern_frame_release(&f[i]);
			else
				tern_input(b->n, b->index, &f[i], 1, p->now);
		}
}

static void step(struct play *p)
{
	tern_time at = p->now + 20 * TERN_MS;

	for (int i = 0; i < 2; i++) {
		const tern_time due = tern_deadline(p->e[i].n);

		if (due < at)
			at = due;
	}
	p->now = at > p->now ? at : p->now + TERN_US;
	for (int i = 0; i < 2; i++)
		tern_advance(p->e[i].n, p->now);
	move(p, 0);
	move(p, 1);
	tern_selfcheck(p->e[0].n);
	tern_selfcheck(p->e[1].n);
	assert_true(p->now < LATEST);
}

/* The same call again until there is memory for it. */
#define INSIST(p, r, call)                 \
	while (((r) = (call)) == -ENOBUFS) \
	step(p)

static void make_end(struct play *p, int i, size_t fail_from, size_t n_fail)
{
	struct end *e = &p->e[i];
	struct sockaddr_in any = two_addr(INADDR_ANY, 80);
	struct tern_if_config ic = {.name = "wire",
				    .flags = TERN_IF_ETHERNET,
				    .mtu = 1500,
				    .mac = {2, 0, 0, 0, 0, (uint8_t)(1 + i)}};
	struct tern_config c;
	int r;

	tern_config_init(&c);
	c.alloc = meter_allocator(&e->meter);
	c.seed[0] = (uint8_t)i;
	assert_int_equal(tern_create(&e->n, &c, p->now), 0);
	/* From here on it is a whole stack; creation has a test of its own. */
	e->meter.fail_from = fail_from ? e->meter.n_allocs + fail_from : 0;
	e->meter.fail_to = e->meter.n_allocs + fail_from + n_fail - 1;
	while ((e->index = tern_if_add(e->n, &ic)) == -ENOMEM)
		;
	assert_true(e->index > 0);
	while ((r = tern_addr_add(e->n, e->index, i ? TWO_B : TWO_A, 24)) ==
	       -ENOMEM)
		;
	assert_int_equal(r, 0);
	while ((e->listener = tern_socket(e->n, AF_INET, SOCK_STREAM, 0)) ==
	       -ENOBUFS)
		;
	while ((r = tern_bind(e->n, e->listener, (struct sockaddr *)&any,
			      sizeof(any))) == -ENOBUFS)
		;
	assert_int_equal(r, 0);
	while ((r = tern_listen(e->n, e->listener, 8)) == -ENOBUFS)
		;
	assert_int_equal(r, 0);
	while ((e->ep = tern_epoll_create(e->n)) == -ENOBUFS)
		;
	assert_true(e->ep >= 0);
	for (int k = 0; k < N_CONNS; k++)
		e->fd[k] = -1;
}

static void watch(struct play *p, struct end *e, int k, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT, .data.fd = k};
	int r;

	e->fd[k] = fd;
	INSIST(p, r, tern_epoll_ctl(e->n, e->ep, EPOLL_CTL_ADD, fd, &ev));
	assert_int_equal(r, 0);
}

static void dial(struct play *p, int k)
{
	struct end *a = &p->e[0];
	struct sockaddr_in to = two_addr(TWO_B, 80);
	int fd, r;

	INSIST(p, fd, tern_socket(a->n, AF_INET, SOCK_STREAM, 0));
	assert_true(fd >= 0);
	INSIST(p, r,
	       tern_connect(a->n, fd, (struct sockaddr *)&to, sizeof(to)));
	assert_true(r == -EINPROGRESS || r == -EALREADY);
	watch(p, a, k, fd);
}

/* Sends and receives what goes now; shuts down behind the last byte. */
static void talk(struct end *e, int k)
{
	static uint8_t out[BYTES], in[4096];
	ssize_t n;

	for (size_t i = e->sent[k]; i < BYTES && i < e->sent[k] + 3000; i++)
		out[i] = byte_at(i);
	if (e->sent[k] < BYTES) {
		size_t len = BYTES - e->sent[k];

		n = tern_send(e->n, e->fd[k], out + e->sent[k],
			      len < 3000 ? len : 3000, 0);
		assert_true(n > 0 || n == -EAGAIN || n == -ENOBUFS);
		e->sent[k] += n > 0 ? (size_t)n : 0;
		if (e->sent[k] == BYTES)
			assert_int_equal(tern_shutdown(e->n, e->fd[k], SHUT_WR),
					 0);
	}
	n = tern_recv(e->n, e->fd[k], in, sizeof(in), 0);
	assert_true(n >= 0 || n == -EAGAIN);
	for (ssize_t i = 0; i < n; i++)
		assert_int_equal(in[i], byte_at(e->got[k] + (size_t)i));
	e->got[k] += n > 0 ? (size_t)n : 0;
	if (n != 0)
		return;
	assert_int_equal(e->got[k], BYTES);
	if (e->sent[k] == BYTES) {
		e->over[k] = true;
		assert_int_equal(tern_close(e->n, e->fd[k]), 0);
	}
}

/* Only those that epoll tells of: it must not forget any. */
static bool all_over(struct play *p)
{
	bool over = true;

	for (int i = 0; i < 2; i++) {
		struct end *e = &p->e[i];
		struct epoll_event ev[N_CONNS];
		const int n = tern_epoll_wait(e->n, e->ep, ev, N_CONNS);

		assert_true(n >= 0);
		for (int j = 0; j < n; j++)
			if (!e->over[ev[j].data.fd])
				talk(e, ev[j].data.fd);
		for (int k = 0; k < N_CONNS; k++)
			over &= e->over[k];
	}
	return over;
}

/* The client talks meanwhile: if the server had memory for a cookie only, and
 * then for no connection, it can learn of it from nobody else. */
static void answer(struct play *p, int k)
{
	struct end *b = &p->e[1];
	int fd;

	while ((fd = tern_accept(b->n, b->listener, NULL, NULL)) < 0) {
		assert_true(fd == -EAGAIN || fd == -ENOBUFS);
		step(p);
		(void)all_over(p);
	}
	watch(p, b, k, fd);
}

static int n_left(struct end *e)
{
	struct tern_sockinfo info[16];
	uint64_t cursor = 0;

	return tern_sockets(e->n, &cursor, info, 16);
}

/* Returns false when `fail_from` was beyond the last allocation. */
static bool life(int who, size_t fail_from, size_t n_fail)
{
	struct play p = {.now = TERN_S};
	bool reached;

	for (int i = 0; i < 2; i++)
		make_end(&p, i, i == who ? fail_from : 0, n_fail);
	for (int k = 0; k < N_CONNS; k++) {
		dial(&p, k);
		answer(&p, k);
	}
	while (!all_over(&p))
		step(&p);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tern_close(p.e[i].n, p.e[i].listener), 0);
		assert_int_equal(tern_close(p.e[i].n, p.e[i].ep), 0);
	}
	while (n_left(&p.e[0]) + n_left(&p.e[1]) > 0)
		step(&p);
	reached = p.e[who].meter.n_allocs >= p.e[who].meter.fail_from;
	for (int i = 0; i < 2; i++) {
		tern_destroy(p.e[i].n);
		assert_int_equal(p.e[i].meter.n_out, 0);
	}
	return reached;
}

static void one_fails(void **state)
{
	(void)state;
	for (int who = 0; who < 2; who++) {
		size_t i = 1;

		while (life(who, i, 1))
			i++;
		assert_true(i > 20);
	}
}

static void many_fail(void **state)
{
	(void)state;
	for (int who = 0; who < 2; who++)
		for (size_t i = 1; life(who, i, 5); i++)
			;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_fails),
		cmocka_unit_test(many_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
