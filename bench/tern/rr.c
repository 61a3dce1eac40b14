/* SPDX-License-Identifier: ISC */
/*
 * rr.c - requests and responses of 64 bytes over connections at random
 *
 *	conns=N		connections that are open (1)
 *	depth=N		of them with a request under way (1; 32 if there are
 *			a hundred or more)
 *	seconds=N	of measurement (2), or ms=N, or work=N transactions
 *
 * Each connection has spoken once when the measurement begins.  The server
 * learns from its epoll set who has asked.  The client knows whom it
 * asked, and reads from these.
 */
#include "crowd.h"
#include "questions.h"

#define SIZE	 64
#define DEPTH	 256
#define RESERVE	 (UINT64_C(64) << 20)
#define PER_CONN 1024 /* of an end, where few of many have a cold half */

struct rr {
	struct pair pair;
	struct crowd crowd;
	uint64_t depth, done, n_chosen;
	int asked[DEPTH];
	char buf[SIZE * DEPTH];
};

/* Each in turn, before anything is measured; then at random.  One that was
 * drawn twice is asked twice, which is no harm to either end. */
static size_t choose(struct rr *r)
{
	return r->n_chosen < r->crowd.n ? r->n_chosen++
					: draw((uint32_t)r->crowd.n);
}

static void ask(struct rr *r)
{
	struct tern *n = r->pair.end[0];
	uint64_t i;

	for (i = 0; i < r->depth; i++)
		r->asked[i] = r->crowd.fd[0][choose(r)];
	tern_prefetch(n, r->asked, (int)r->depth);
	for (i = 0; i < r->depth; i++)
		must(tern_send(n, r->asked[i], r->buf, SIZE, 0) == SIZE,
		     "send");
}

/* Whoever asks is read from once, as Linux' server does. */
static void serve(struct rr *r)
{
	struct epoll_event evs[DEPTH];
	struct tern *stack = r->pair.end[1];
	const int n_evs = tern_epoll_wait(stack, r->pair.epfd[1], evs, DEPTH);
	ssize_t n;
	int i, fd;

	for (i = 0; i < n_evs; i++) {
		fd = (int)(evs[i].data.u64 >> 32);
		n = tern_recv(stack, fd, r->buf, sizeof(r->buf), 0);
		for (; n >= SIZE; n -= SIZE)
			must(tern_send(stack, fd, r->buf, SIZE, 0) == SIZE,
			     "send");
	}
}

static void hear(struct rr *r)
{
	struct tern *n = r->pair.end[0];
	uint64_t i;

	for (i = 0; i < r->depth; i++)
		must(tern_recv(n, r->asked[i], r->buf, SIZE, 0) == SIZE,
		     "no response");
	r->done += r->depth;
}

static void turn(struct rr *r)
{
	pair_tick(&r->pair);
	ask(r);
	while (pair_carry(&r->pair, 0) == BATCH)
		;
	serve(r);
	while (pair_carry(&r->pair, 1) == BATCH)
		;
	hear(r);
}

void question_rr(void)
{
	const uint64_t limit = argument_span_ns(2);
	const uint64_t conns = argument("conns", 1);
	const struct pair_config c = {.reserve = RESERVE + conns * PER_CONN};
	static struct rr r;
	struct span s;

	r.depth = argument("depth", conns < 100 ? 1 : 32);
	must(r.depth <= DEPTH, "depth");
	pair_open(&r.pair, &c);
	crowd_init(&r.crowd, &r.pair, conns);
	crowd_open(&r.crowd, true);
	while (r.n_chosen < r.crowd.n)
		turn(&r);
	r.done = 0;
	span_start(&s);
	while (!span_done(&s, r.pair.now, limit, r.done))
		turn(&r);
	span_end(&s);
	report_rate("", "transactions/s", (double)r.done, &s);
	crowd_free(&r.crowd);
	pair_close(&r.pair);
}
