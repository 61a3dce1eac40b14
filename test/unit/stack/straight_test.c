/* SPDX-License-Identifier: ISC */
/*
 * straight_test.c - the straight way of send(2) and recv(2) is the long way
 *
 * Two worlds with the same seeds do the same.  In the first the calls have one
 * buffer and nothing beside it; in the second they are messages of two buffers,
 * and what is read is looked at first, and then thrown away.  All that can be
 * seen must be the same at any time.
 */
#include "two.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <limits.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "unit/base/dice.h"

#define PORT  80
#define BYTES 5000
#define STEPS 4000

struct world {
	struct two t;
	struct tern *n[2];
	int listener;
	int fd[2];
	uint8_t buf[BYTES];
};

struct twins {
	struct world w[2];
	struct dice dice;
};

static void open_world(struct world *w)
{
	assert_int_equal(two_open(&w->t), 0);
	w->n[0] = w->t.a;
	w->n[1] = w->t.b;
	w->listener = two_listen(w->t.b, PORT, 4);
	assert_int_equal(two_connect(&w->t, PORT, w->listener, w->fd), 0);
	memset(w->buf, 0, sizeof(w->buf));
}

struct call {
	int fd;
	uint8_t *buf;
	size_t len;
	int flags;
};

static struct msghdr message(struct iovec iov[2], const struct call *c)
{
	const size_t half = c->len / 2;

	iov[0] = (struct iovec){c->buf, half};
	iov[1] = (struct iovec){c->buf ? c->buf + half : NULL, c->len - half};
	return (struct msghdr){.msg_iov = iov, .msg_iovlen = 2};
}

static ssize_t send_in(struct tern *n, bool straight, const struct call *c)
{
	struct iovec iov[2];
	const struct msghdr msg = message(iov, c);

	if (straight)
		return tern_send(n, c->fd, c->buf, c->len, c->flags);
	return tern_sendmsg(n, c->fd, &msg, c->flags);
}

static ssize_t receive_in(struct tern *n, bool straight, const struct call *c)
{
	struct iovec iov[2];
	struct msghdr msg = message(iov, c);

	if (straight)
		return tern_recv(n, c->fd, c->buf, c->len, c->flags);
	return tern_recvmsg(n, c->fd, &msg, c->flags);
}

/* Looks, and then throws away what it has seen. */
static ssize_t read_by_peeking(struct world *w, int k, size_t len)
{
	struct call c = {w->fd[k], w->buf, len, MSG_PEEK};
	const ssize_t n = receive_in(w->n[k], false, &c);

	c.flags = 0;
	if (n == -EAGAIN) /* it may stand at what is urgent */
		return receive_in(w->n[k], false, &c);
	if (n > 0)
		assert_int_equal(tern_recv(w->n[k], w->fd[k], NULL, (size_t)n,
					   MSG_TRUNC),
				 n);
	return n;
}

static void check_end(const struct world *one, const struct world *other, int k)
{
	const unsigned long asked[] = {SIOCOUTQ, SIOCOUTQNSD, FIONREAD,
				       SIOCATMARK};
	struct pollfd p = {one->fd[k], POLLIN | POLLOUT | POLLPRI, 0};
	struct pollfd q = p;
	int a, b, i;

	for (size_t r = 0; r < sizeof(asked) / sizeof(asked[0]); r++) {
		a = b = -1;
		assert_int_equal(
			tern_ioctl(one->n[k], one->fd[k], asked[r], &a),
			tern_ioctl(other->n[k], other->fd[k], asked[r], &b));
		assert_int_equal(a, b);
	}
	tern_poll(one->n[k], &p, 1);
	tern_poll(other->n[k], &q, 1);
	assert_int_equal(p.revents, q.revents);
	for (i = 0; i < TERN_COUNTER_N; i++)
		assert_int_equal(
			tern_counter(one->n[k], (enum tern_counter)i),
			tern_counter(other->n[k], (enum tern_counter)i));
	assert_true(tern_deadline(one->n[k]) == tern_deadline(other->n[k]));
}

static void check(const struct twins *x)
{
	assert_memory_equal(x->w[0].buf, x->w[1].buf, BYTES);
	assert_int_equal(x->w[0].t.n_frames, x->w[1].t.n_frames);
	check_end(&x->w[0], &x->w[1], 0);
	check_end(&x->w[0], &x->w[1], 1);
}

static void do_send(struct twins *x, int k)
{
	static const int flags[] = {0, 0, 0, MSG_MORE, MSG_OOB, MSG_EOR};
	const uint32_t most = 1 + dice_below(&x->dice, BYTES);
	uint8_t text[BYTES];
	struct call c = {x->w[0].fd[k], text, dice_below(&x->dice, most),
			 flags[dice_below(&x->dice, 6)]};
	ssize_t a;

	dice_fill(&x->dice, text, c.len);
	a = send_in(x->w[0].n[k], true, &c);
	c.fd = x->w[1].fd[k];
	assert_int_equal(send_in(x->w[1].n[k], false, &c), a);
}

static void do_receive(struct twins *x, int k)
{
	const struct call c = {x->w[0].fd[k], x->w[0].buf,
			       dice_below(&x->dice, BYTES), 0};
	const ssize_t a = receive_in(x->w[0].n[k], true, &c);

	assert_int_equal(read_by_peeking(&x->w[1], k, c.len), a);
}

static void do_option(struct twins *x, int k)
{
	static const struct {
		int level, name, value;
	} o[] = {
		{SOL_SOCKET, SO_SNDBUF, 8000},
		{SOL_SOCKET, SO_RCVBUF, 6000},
		{SOL_SOCKET, SO_RCVLOWAT, 900},
		{SOL_SOCKET, SO_OOBINLINE, 1},
		{IPPROTO_TCP, TCP_NODELAY, 1},
		{IPPROTO_TCP, TCP_NOTSENT_LOWAT, 2000},
	};
	const uint32_t r = dice_below(&x->dice, 6);

	for (int i = 0; i < 2; i++)
		assert_int_equal(tern_setsockopt(x->w[i].n[k], x->w[i].fd[k],
						 o[r].level, o[r].name,
						 &o[r].value, sizeof(int)),
				 0);
}

static void do_time(struct twins *x)
{
	const tern_time ns = dice_below(&x->dice, 60) * TERN_MS;

	for (int i = 0; i < 2; i++)
		two_wait(&x->w[i].t, ns);
}

static void do_shutdown(struct twins *x, int k)
{
	for (int i = 0; i < 2; i++)
		tern_shutdown(x->w[i].n[k], x->w[i].fd[k], SHUT_WR);
}

static void play(struct twins *x, uint64_t seed)
{
	x->dice.state = seed;
	open_world(&x->w[0]);
	open_world(&x->w[1]);
	x->w[0].t.lose = x->w[1].t.lose = seed % 2 ? 0 : 37;
	for (int step = 0; step < STEPS; step++) {
		const uint32_t what = dice_below(&x->dice, 100);
		const int k = (int)dice_below(&x->dice, 2);

		if (what < 40)
			do_send(x, k);
		else if (what < 80)
			do_receive(x, k);
		else if (what < 98)
			do_time(x);
		else if (step > STEPS / 2 || what == 98)
			do_option(x, k);
		else if (step > STEPS * 3 / 4)
			do_shutdown(x, k);
		check(x);
	}
	two_close(&x->w[0].t);
	two_close(&x->w[1].t);
}

static void test_both_ways_do_the_same(void **state)
{
	static struct twins x;

	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++)
		play(&x, seed);
}

/* Descriptors of all kinds, some of which are none. */
static void fill_fds(struct world *w, int fds[8])
{
	const int on = 1;
	int stamped;

	open_world(w);
	stamped = tern_socket(w->n[0], AF_INET, SOCK_STREAM, 0);
	assert_int_equal(tern_setsockopt(w->n[0], stamped, SOL_SOCKET,
					 SO_TIMESTAMP, &on, sizeof(on)),
			 0);
	fds[0] = w->fd[0];
	fds[1] = tern_socket(w->n[0], AF_INET, SOCK_STREAM, 0);
	fds[2] = two_listen(w->n[0], PORT, 1);
	fds[3] = tern_socket(w->n[0], AF_UNIX, SOCK_STREAM, 0);
	fds[4] = tern_epoll_create(w->n[0]);
	fds[5] = stamped;
	fds[6] = -1;
	fds[7] = 1 << 25;
}

static const int all_flags[] = {
	0,	     MSG_PEEK,	   MSG_TRUNC,	 MSG_OOB,     MSG_DONTWAIT,
	MSG_WAITALL, MSG_ERRQUEUE, MSG_FASTOPEN, MSG_NOSIGNAL};

/* Whatever a call is given, both ways say the same. */
static void compare_calls(struct twins *x, const int fds[2][8], int i, int f)
{
	static const size_t lens[] = {0, 1, 64, SSIZE_MAX};
	ssize_t said[2][2];

	for (int l = 0; l < 8; l++) {
		if (l == 3) /* so much is not there */
			continue;
		for (int k = 0; k < 2; k++) {
			struct world *w = &x->w[k];
			const struct call c = {fds[k][i], l < 4 ? w->buf : NULL,
					       lens[l % 4], all_flags[f]};

			said[k][0] = send_in(w->n[0], k == 0, &c);
			said[k][1] = receive_in(w->n[0], k == 0, &c);
			two_run(&w->t);
		}
		assert_int_equal(said[0][0], said[1][0]);
		assert_int_equal(said[0][1], said[1][1]);
	}
}

static void test_every_error_is_the_same(void **state)
{
	static struct twins x;
	int fds[2][8];

	(void)state;
	for (int shut = 0; shut < 2; shut++) {
		fill_fds(&x.w[0], fds[0]);
		fill_fds(&x.w[1], fds[1]);
		if (shut)
			do_shutdown(&x, 0);
		for (int i = 0; i < 8; i++)
			for (size_t f = 0; f < 9; f++)
				compare_calls(&x, fds, i, (int)f);
		two_close(&x.w[0].t);
		two_close(&x.w[1].t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways_do_the_same),
		cmocka_unit_test(test_every_error_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
