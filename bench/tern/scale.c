/* SPDX-License-Identifier: ISC */
/*
 * scale.c - costs as a function of the number of connections
 *
 *	conns=N		(1)
 *
 * With N connections open already, the processor time, both ends together,
 *	connection	of opening and closing one more,
 *	packet		for a segment of a request or response at random,
 *	timer		for the expiry of a retransmission timer, the segment
 *			being made and lost
 */
#include "crowd.h"

#include "questions.h"

#define PACKETS 200000
#define EXTRA	20000
#define TIMERS	20000
#define STRIDE	32

static void packets(struct crowd *c)
{
	struct pair *p = c->pair;
	const uint64_t n = c->n < STRIDE ? c->n : STRIDE;
	uint32_t at[STRIDE];
	uint64_t done, i;
	struct span s;
	char byte;

	span_start(&s);
	for (done = 0; done < PACKETS; done += n) {
		pair_tick(p);
		for (i = 0; i < n; i++) {
			at[i] = draw((uint32_t)c->n);
			must(tern_send(p->end[0], c->fd[0][at[i]], "", 1, 0) ==
				     1,
			     "send");
		}
		pair_carry(p, 0);
		for (i = 0; i < n; i++)
			must(tern_recv(p->end[1], c->fd[1][at[i]], &byte, 1,
				       0) == 1,
			     "recv");
		pair_carry(p, 1);
	}
	span_end(&s);
	report("packet", "ns", (double)s.cpu_ns / (double)done, &s);
}

static void connections(struct pair *p)
{
	struct crowd more;
	struct span s;

	crowd_init(&more, p, EXTRA);
	span_start(&s);
	crowd_open(&more, false);
	crowd_close(&more);
	span_end(&s);
	report("connection", "ns", (double)s.cpu_ns / EXTRA, &s);
	crowd_free(&more);
}

/* Of `n` connections each sends a byte that is lost, and again in time. */
static void expire(struct crowd *c, uint64_t n, struct span *total)
{
	struct pair *p = c->pair;
	const uint64_t before = tern_counter(p->end[0], TERN_TcpRetransSegs);
	struct span s;
	uint64_t i;

	for (i = 0; i < n; i++) {
		must(tern_send(p->end[0], c->fd[0][draw((uint32_t)c->n)], "", 1,
			       0) == 1,
		     "send");
		pair_lose(p, 0);
	}
	span_start(&s);
	for (i = 0; i < n;
	     i = tern_counter(p->end[0], TERN_TcpRetransSegs) - before) {
		p->now = tern_deadline(p->end[0]);
		must(p->now != TERN_NEVER, "nothing expires");
		tern_advance(p->end[0], p->now);
		pair_lose(p, 0);
	}
	span_end(&s);
	total->cpu_ns += s.cpu_ns;
	total->wall_ns += s.wall_ns;
}

static void timers(struct crowd *c)
{
	const uint64_t n = c->n < TIMERS ? (c->n + 1) / 2 : TIMERS;
	struct span total = {0};
	uint64_t done;

	for (done = 0; done < TIMERS; done += n) {
		expire(c, n, &total);
		pair_pass(c->pair, 10 * TERN_S);
	}
	report("timer", "ns", (double)total.cpu_ns / (double)done, &total);
}

void question_scale(void)
{
	const struct pair_config config = {.virtual_time = true};
	struct crowd c;
	struct pair p;

	pair_open(&p, &config);
	crowd_init(&c, &p, argument("conns", 1));
	crowd_open(&c, false);
	connections(&p);
	packets(&c);
	timers(&c);
	crowd_close(&c);
	crowd_free(&c);
	pair_close(&p);
}
