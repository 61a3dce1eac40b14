/* SPDX-License-Identifier: ISC */
/*
 * crowd.c - many connections between the two ends of a pair
 *
 * All is done in strides of a few hundred, which the stacks see as batches;
 * nothing ever waits long enough for a timer.
 */
#include "crowd.h"

#include <stdlib.h>
#include <string.h>

#define STRIDE	  256
#define STRIDE_NS (500 * TERN_US) /* in virtual time */

/* Begins a stride at `from`.  Returns its end. */
static uint64_t stride(struct crowd *c, uint64_t from)
{
	if (c->pair->config.virtual_time)
		c->pair->now += STRIDE_NS;
	pair_tick(c->pair);
	return from + STRIDE < c->n ? from + STRIDE : c->n;
}

void crowd_init(struct crowd *c, struct pair *p, uint64_t n)
{
	int i;

	memset(c, 0, sizeof(*c));
	c->pair = p;
	c->n = n;
	for (i = 0; i < 2; i++) {
		c->fd[i] = malloc(n * sizeof(int));
		must(c->fd[i] != NULL, "no memory");
		memset(c->fd[i], 0xff, n * sizeof(int));
	}
}

static void watch(struct pair *p, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN,
				 .data.u64 = (uint64_t)fd << 32};

	must_not_fail(
		tern_epoll_ctl(p->end[1], p->epfd[1], EPOLL_CTL_ADD, fd, &ev),
		"epoll");
}

/*
 * Connections to one listener are accepted in the order in which they were
 * opened, so that fd[1][i] is the other end of fd[0][i].
 */
static void accept_one(struct crowd *c, bool watched)
{
	const int listener = c->pair->listener[c->n_accepted % PORTS];
	const uint64_t began = pair_begin(c->pair);
	const int fd = tern_accept(c->pair->end[1], listener, NULL, NULL);

	pair_note(c->pair, PLACE_ACCEPT, began);
	must_not_fail(fd, "accept");
	c->fd[1][c->n_accepted++] = fd;
	if (watched)
		watch(c->pair, fd);
}

static void connect_one(struct crowd *c)
{
	c->fd[0][c->n_opened] = pair_connect(c->pair, c->n_opened);
	c->n_opened++;
}

void crowd_open(struct crowd *c, bool watched)
{
	uint64_t end;

	while (c->n_opened < c->n) {
		end = stride(c, c->n_opened);
		while (c->n_opened < end)
			connect_one(c);
		pair_settle(c->pair);
		while (c->n_accepted < end)
			accept_one(c, watched);
		pair_settle(c->pair);
	}
}

static void read_byte(struct crowd *c, int to, uint64_t i)
{
	struct tern *n = c->pair->end[to];
	char byte;

	must(tern_recv(n, c->fd[to][i], &byte, 1, 0) == 1, "recv");
}

void crowd_speak(struct crowd *c, int from)
{
	struct tern *n = c->pair->end[from];
	uint64_t i, k, end;

	for (i = 0; i < c->n; i = end) {
		end = stride(c, i);
		for (k = i; k < end; k++)
			must(tern_send(n, c->fd[from][k], "", 1, 0) == 1,
			     "send");
		pair_settle(c->pair);
		for (k = i; k < end; k++)
			read_byte(c, 1 - from, k);
		pair_settle(c->pair);
	}
}

static void close_one(struct crowd *c, int side, uint64_t i)
{
	const uint64_t began = pair_begin(c->pair);
	const int r = tern_close(c->pair->end[side], c->fd[side][i]);

	pair_note(c->pair, PLACE_CLOSE, began);
	must_not_fail(r, "close");
}

void crowd_close(struct crowd *c)
{
	uint64_t i, k, end;
	int side;

	for (i = 0; i < c->n; i = end) {
		end = stride(c, i);
		for (side = 0; side < 2; side++) {
			for (k = i; k < end; k++)
				close_one(c, side, k);
			pair_settle(c->pair);
		}
	}
}

void crowd_free(struct crowd *c)
{
	free(c->fd[0]);
	free(c->fd[1]);
}
