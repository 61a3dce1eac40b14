/* SPDX-License-Identifier: ISC */
/*
 * churn_test.c - many connections, one after the other and at once
 *
 * A client and a server live in event loops of their own, on epoll, as programs
 * do.  Each connection carries 64 bytes each way; nothing may be lost, and all
 * memory must come back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "two.h"

#define MESSAGE 64
#define AT_ONCE 64

struct churn {
	struct two t;
	int listener, ep_a, ep_b;
	long wanted, begun, done, served;
	uint32_t flags; /* EPOLLET or 0 */
	/* Bytes that a descriptor has received, by its index. */
	uint8_t got_a[4096], got_b[4096];
};

static uint32_t index_of(int fd)
{
	return (uint32_t)fd & 0xffffff;
}

static void watch(struct tern *n, int ep, int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.fd = fd};

	assert_int_equal(tern_epoll_ctl(n, ep, EPOLL_CTL_ADD, fd, &ev), 0);
}

static void begin_client(struct churn *c)
{
	int fd = two_dial(c->t.a, TWO_B, 80);

	assert_true(fd >= 0);
	assert_true(index_of(fd) < 4096);
	c->got_a[index_of(fd)] = 0;
	watch(c->t.a, c->ep_a, fd, EPOLLOUT | EPOLLONESHOT);
	c->begun++;
}

static void client_event(struct churn *c, const struct epoll_event *e)
{
	struct epoll_event ev = {.events = EPOLLIN | c->flags,
				 .data.fd = e->data.fd};
	char buf[MESSAGE + 1];
	int fd = e->data.fd;
	ssize_t r;

	assert_false(e->events & EPOLLERR);
	if (e->events & EPOLLOUT) {
		memset(buf, 'q', MESSAGE);
		assert_int_equal(tern_send(c->t.a, fd, buf, MESSAGE, 0),
				 MESSAGE);
		assert_int_equal(
			tern_epoll_ctl(c->t.a, c->ep_a, EPOLL_CTL_MOD, fd, &ev),
			0);
		return;
	}
	while ((r = tern_recv(c->t.a, fd, buf, sizeof(buf), 0)) > 0)
		c->got_a[index_of(fd)] += (uint8_t)r;
	if (r < 0) {
		assert_int_equal(r, -EAGAIN);
		return;
	}
	assert_int_equal(c->got_a[index_of(fd)], MESSAGE);
	assert_int_equal(tern_close(c->t.a, fd), 0);
	assert_int_equal(tern_close(c->t.a, fd), -EBADF);
	c->done++;
}

static void accept_all(struct churn *c)
{
	int fd;

	while ((fd = tern_accept(c->t.b, c->listener, NULL, NULL)) >= 0) {
		assert_true(index_of(fd) < 4096);
		c->got_b[index_of(fd)] = 0;
		watch(c->t.b, c->ep_b, fd, EPOLLIN | c->flags);
	}
	assert_int_equal(fd, -EAGAIN);
}

static void server_event(struct churn *c, const struct epoll_event *e)
{
	char buf[MESSAGE];
	int fd = e->data.fd;
	ssize_t r;

	if (fd == c->listener) {
		accept_all(c);
		return;
	}
	while ((r = tern_recv(c->t.b, fd, buf, sizeof(buf), 0)) > 0)
		c->got_b[index_of(fd)] += (uint8_t)r;
	assert_int_equal(r, -EAGAIN);
	if (c->got_b[index_of(fd)] < MESSAGE)
		return;
	memset(buf, 'a', sizeof(buf));
	assert_int_equal(tern_send(c->t.b, fd, buf, MESSAGE, 0), MESSAGE);
	assert_int_equal(tern_close(c->t.b, fd), 0);
	c->served++;
}

static void turn(struct churn *c)
{
	struct epoll_event evs[32];
	int n;

	while ((n = tern_epoll_wait(c->t.a, c->ep_a, evs, 32)) > 0)
		for (int i = 0; i < n; i++)
			client_event(c, &evs[i]);
	while ((n = tern_epoll_wait(c->t.b, c->ep_b, evs, 32)) > 0)
		for (int i = 0; i < n; i++)
			server_event(c, &evs[i]);
	while (c->begun < c->wanted && c->begun - c->done < AT_ONCE)
		begin_client(c);
}

/* Frames both ways, without the checks that two_run() makes each time. */
static int exchange(struct churn *c)
{
	struct two *t = &c->t;

	tern_advance(t->a, t->now);
	tern_advance(t->b, t->now);
	return two_move(t, t->a, t->if_a, t->b, t->if_b) +
	       two_move(t, t->b, t->if_b, t->a, t->if_a);
}

static void churn(long wanted, uint32_t flags, uint64_t lose)
{
	static struct churn c;
	size_t before;

	memset(&c, 0, sizeof(c));
	assert_int_equal(two_open(&c.t), 0);
	c.wanted = wanted;
	c.flags = flags;
	c.t.lose = lose;
	c.listener = two_listen(c.t.b, 80, 1000);
	c.ep_a = tern_epoll_create(c.t.a);
	c.ep_b = tern_epoll_create(c.t.b);
	watch(c.t.b, c.ep_b, c.listener, EPOLLIN | flags);
	before = tern_memory(c.t.b, TERN_MEM_CONN);
	while (c.done < wanted) {
		turn(&c);
		if (exchange(&c) == 0)
			c.t.now += TERN_MS;
		c.t.now += 10 * TERN_US;
	}
	assert_int_equal(c.served, wanted);
	two_wait(&c.t, 400 * TERN_S);
	assert_int_equal(tern_drops(c.t.a, TERN_DROP_NO_MEMORY), 0);
	assert_true(tern_memory(c.t.a, TERN_MEM_TIMEWAIT) < 100000);
	assert_true(tern_memory(c.t.b, TERN_MEM_TIMEWAIT) < 100000);
	assert_true(tern_memory(c.t.b, TERN_MEM_CONN) < before + 200000);
	tern_selfcheck(c.t.a);
	tern_selfcheck(c.t.b);
	two_close(&c.t);
}

static void test_level(void **state)
{
	(void)state;
	churn(20000, 0, 0);
}

static void test_edge(void **state)
{
	(void)state;
	churn(20000, EPOLLET, 0);
}

static void test_with_loss(void **state)
{
	(void)state;
	churn(2000, EPOLLET, 19);
}

/* Ten thousand at once on one set; one at a time says something. */
static void test_many_idle(void **state)
{
	struct two t;
	struct epoll_event ev = {.events = EPOLLIN}, evs[16];
	static int a[10000], b[10000];
	int l, ep;
	char buf[8];

	(void)state;
	assert_int_equal(two_open(&t), 0);
	l = two_listen(t.b, 80, 1000);
	ep = tern_epoll_create(t.b);
	for (int i = 0; i < 10000; i++) {
		a[i] = two_dial(t.a, TWO_B, 80);
		assert_true(a[i] >= 0);
		if (i % 500 != 499)
			continue;
		while (two_move(&t, t.a, t.if_a, t.b, t.if_b) +
			       two_move(&t, t.b, t.if_b, t.a, t.if_a) >
		       0)
			;
		for (int k = i - 499; k <= i; k++) {
			b[k] = tern_accept(t.b, l, NULL, NULL);
			assert_true(b[k] >= 0);
			ev.data.fd = k;
			assert_int_equal(tern_epoll_ctl(t.b, ep, EPOLL_CTL_ADD,
							b[k], &ev),
					 0);
		}
	}
	for (int i = 0; i < 10000; i += 37) {
		struct sockaddr_in from, to;
		socklen_t len = sizeof(from);

		assert_int_equal(tern_send(t.a, a[i], "x", 1, 0), 1);
		while (two_move(&t, t.a, t.if_a, t.b, t.if_b) +
			       two_move(&t, t.b, t.if_b, t.a, t.if_a) >
		       0)
			;
		assert_int_equal(tern_epoll_wait(t.b, ep, evs, 16), 1);
		/* Whoever it is, it is the peer of him who spoke. */
		tern_getpeername(t.b, b[evs[0].data.fd],
				 (struct sockaddr *)&from, &len);
		tern_getsockname(t.a, a[i], (struct sockaddr *)&to, &len);
		assert_int_equal(from.sin_port, to.sin_port);
		assert_int_equal(tern_recv(t.b, b[evs[0].data.fd], buf, 8, 0),
				 1);
		assert_int_equal(tern_epoll_wait(t.b, ep, evs, 16), 0);
	}
	tern_selfcheck(t.a);
	tern_selfcheck(t.b);
	two_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_edge),
		cmocka_unit_test(test_with_loss),
		cmocka_unit_test(test_many_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
