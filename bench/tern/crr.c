/* SPDX-License-Identifier: ISC */
/*
 * crr.c - connect, 64 bytes each way, four-way close
 *
 *	at_a_time=N	connections under way (100)
 *	idle=N		open ones beside them that do nothing (0)
 *	waiting=N	connections in TIME-WAIT before it is measured (0)
 *	seconds=N	of measurement (2), or ms=N, or work=N connections
 *
 * The client ends first, and so is left in TIME-WAIT, for as long as the RFC
 * wants it.
 */
#include "crowd.h"

#include <errno.h>

#include "questions.h"

#define SIZE	    64
#define MANY	    1024
#define EVENTS	    256
#define RESERVE	    (UINT64_C(128) << 20)
#define PER_IDLE    512
#define PER_WAITING 64

enum phase { NONE, OPENING, ASKED };

struct crr {
	struct pair pair;
	struct crowd crowd; /* the idle ones */
	uint64_t at_a_time, begun, done;
	int fd[MANY];
	enum phase phase[MANY];
	char buf[SIZE];
};

static void begin(struct crr *c, uint64_t i)
{
	c->fd[i] = pair_connect(&c->pair, c->begun++);
	c->phase[i] = OPENING;
}

static void ask(struct crr *c, uint64_t i)
{
	const ssize_t n = tern_send(c->pair.end[0], c->fd[i], c->buf, SIZE, 0);

	if (n == -EAGAIN)
		return;
	must(n == SIZE, "send");
	c->phase[i] = ASKED;
}

static void hear(struct crr *c, uint64_t i)
{
	const ssize_t n = tern_recv(c->pair.end[0], c->fd[i], c->buf, SIZE, 0);

	if (n == -EAGAIN)
		return;
	must(n == SIZE, "recv");
	must_not_fail(tern_close(c->pair.end[0], c->fd[i]), "close");
	c->phase[i] = NONE;
	c->done++;
}

static void client(struct crr *c)
{
	uint64_t i;

	for (i = 0; i < c->at_a_time; i++) {
		switch (c->phase[i]) {
		case NONE:
			begin(c, i);
			break;
		case OPENING:
			ask(c, i);
			break;
		case ASKED:
			hear(c, i);
			break;
		}
	}
}

static void serve(struct crr *c, int fd)
{
	struct tern *stack = c->pair.end[1];
	const ssize_t n = tern_recv(stack, fd, c->buf, SIZE, 0);

	if (n == -EAGAIN)
		return;
	must_not_fail(n, "recv");
	if (n == 0)
		must_not_fail(tern_close(stack, fd), "close");
	else
		must(tern_send(stack, fd, c->buf, (size_t)n, 0) == n, "send");
}

static void welcome(struct crr *c, int listener)
{
	struct epoll_event ev = {.events = EPOLLIN};
	struct tern *stack = c->pair.end[1];
	int fd;

	while ((fd = tern_accept(stack, listener, NULL, NULL)) >= 0) {
		ev.data.u64 = (uint64_t)fd << 32;
		must_not_fail(tern_epoll_ctl(stack, c->pair.epfd[1],
					     EPOLL_CTL_ADD, fd, &ev),
			      "epoll");
		serve(c, fd);
	}
}

static void server(struct crr *c)
{
	struct epoll_event evs[EVENTS];
	const int n =
		tern_epoll_wait(c->pair.end[1], c->pair.epfd[1], evs, EVENTS);
	int i, fd;

	for (i = 0; i < n; i++) {
		fd = (int)(evs[i].data.u64 >> 32);
		if (evs[i].data.u64 & 1)
			welcome(c, fd);
		else
			serve(c, fd);
	}
}

static void turn(struct crr *c)
{
	pair_tick(&c->pair);
	client(c);
	while (pair_carry(&c->pair, 0) == BATCH)
		;
	server(c);
	while (pair_carry(&c->pair, 1) == BATCH)
		;
}

void question_crr(void)
{
	const uint64_t limit = argument_span_ns(2);
	const uint64_t waiting = argument("waiting", 0);
	const uint64_t idle = argument("idle", 0);
	const struct pair_config config = {
		.reserve = RESERVE + idle * PER_IDLE + waiting * PER_WAITING};
	static struct crr c;
	struct span s;

	c.at_a_time = argument("at_a_time", 100);
	must(c.at_a_time <= MANY, "at_a_time");
	pair_open(&c.pair, &config);
	crowd_init(&c.crowd, &c.pair, idle);
	crowd_open(&c.crowd, true);
	do
		turn(&c);
	while (c.done < waiting);
	c.done = 0;
	span_start(&s);
	while (!span_done(&s, c.pair.now, limit, c.done))
		turn(&c);
	span_end(&s);
	report_rate("", "connections/s", (double)c.done, &s);
	crowd_free(&c.crowd);
	pair_close(&c.pair);
}
