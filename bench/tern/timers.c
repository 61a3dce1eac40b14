/* SPDX-License-Identifier: ISC */
/*
 * timers.c - what timers cost when there are many of them
 *
 *	conns=N		connections, with keep-alive at both ends (1000000)
 *	seconds=N	of the system's time for `idle` (4), or ms=N
 *
 * Figures:
 *	idle		processor time over time while nothing expires, in
 *			percent; the stacks are asked whenever they want to be
 *	keepalive	ns for an expiry of the keep-alive timer of one end,
 *	retransmission	... of the retransmission timer; the time inside
 *			tern_advance() alone, what is sent being lost
 *	...-sent	the same with the making of the segment
 *	...-random	connections expire at random, each at a time of its own,
 *			not in the order in which they were opened
 */
#include "crowd.h"

#include <netinet/tcp.h>
#include <time.h>

#include "questions.h"

#define STEP_NS	 (10 * TERN_MS)
#define IDLE_S	 7200
#define SPREAD_S 60 /* less than until the next probe */
#define PER_CONN 2048
#define APART_NS 150 /* a million in less than a timeout */

static void idle(struct pair *p, uint64_t limit)
{
	struct span s;
	struct timespec t;
	tern_time next, other, wait;

	p->config.virtual_time = false;
	/* The clock goes on from here, so that nothing is late. */
	span_start(&s);
	while (!span_over(&s, clock_ns(), limit)) {
		pair_tick(p);
		pair_settle(p);
		next = tern_deadline(p->end[0]);
		other = tern_deadline(p->end[1]);
		next = other < next ? other : next;
		wait = next > p->now ? next - p->now : 0;
		wait = wait < limit / 8 ? wait : limit / 8;
		t.tv_sec = (time_t)(wait / TERN_S);
		t.tv_nsec = (long)(wait % TERN_S);
		nanosleep(&t, NULL);
	}
	span_end(&s);
	report("idle", "%", (double)s.cpu_ns * 100 / (double)s.wall_ns, &s);
}

struct cost {
	uint64_t advance_ns, output_ns;
};

/* Lets time pass at end 0 alone, whose frames are lost. */
static void pass_alone(struct pair *p, tern_time ns, struct cost *cost)
{
	const tern_time end = p->now + ns;
	tern_time next;
	uint64_t a, b, c;

	while (p->now < end) {
		next = tern_deadline(p->end[0]);
		if (next > p->now) { /* else a call has left some */
			p->now += STEP_NS;
			p->now = next > p->now ? next : p->now;
		}
		a = cpu_ns();
		tern_advance(p->end[0], p->now);
		b = cpu_ns();
		pair_lose(p, 0);
		c = cpu_ns();
		cost->advance_ns += b - a;
		cost->output_ns += c - b;
	}
}

static void report_cost(const char *name, const char *sent,
			const struct cost *c, uint64_t n)
{
	must(n > 0, "nothing expired");
	report(name, "ns", (double)c->advance_ns / (double)n, NULL);
	report(sent, "ns", (double)(c->advance_ns + c->output_ns) / (double)n,
	       NULL);
}

/* With `spread_s` they are idle for that much longer, each as chance has it. */
static void set_keepalive(struct crowd *c, int spread_s)
{
	static const int on = 1;
	uint64_t i;
	int side;

	for (i = 0; i < c->n; i++) {
		for (side = 0; side < 2; side++) {
			struct tern *n = c->pair->end[side];
			const int fd = c->fd[side][i];
			const int idle_s =
				IDLE_S +
				(spread_s ? (int)draw((uint32_t)spread_s) : 0);

			must_not_fail(tern_setsockopt(n, fd, SOL_SOCKET,
						      SO_KEEPALIVE, &on,
						      sizeof(on)),
				      "SO_KEEPALIVE");
			must_not_fail(tern_setsockopt(n, fd, IPPROTO_TCP,
						      TCP_KEEPIDLE, &idle_s,
						      sizeof(idle_s)),
				      "TCP_KEEPIDLE");
		}
	}
}

/* From just before the first expires until each has done so once. */
static void keepalive(struct crowd *c, const char *name, const char *sent)
{
	struct tern *n = c->pair->end[0];
	const tern_time until = tern_deadline(n);
	struct cost cost = {0, 0};
	uint64_t before;

	must(until != TERN_NEVER, "no keep-alive timer");
	before = tern_counter(n, TERN_TcpExtTCPKeepAlive);
	pass_alone(c->pair, (IDLE_S + SPREAD_S) * TERN_S, &cost);
	report_cost(name, sent, &cost,
		    tern_counter(n, TERN_TcpExtTCPKeepAlive) - before);
}

static void shuffle(int *fd, uint64_t n)
{
	uint64_t i, k;
	int tmp;

	for (i = n; i > 1; i--) {
		k = draw((uint32_t)i);
		tmp = fd[i - 1];
		fd[i - 1] = fd[k];
		fd[k] = tmp;
	}
}

/* A byte goes from each, and is lost, `apart_ns` after that of the one before:
 * the clock is looked at once a batch. */
static void retransmission(struct crowd *c, tern_time apart_ns,
			   const char *name, const char *sent)
{
	struct tern *n = c->pair->end[0];
	struct cost cost = {0, 0};
	uint64_t i, before;

	for (i = 0; i < c->n; i++) {
		must(tern_send(n, c->fd[0][i], "", 1, 0) == 1, "send");
		if (i % BATCH == 0) {
			c->pair->now += BATCH * apart_ns;
			pair_lose(c->pair, 0);
		}
	}
	pair_lose(c->pair, 0);
	before = tern_counter(n, TERN_TcpRetransSegs);
	pass_alone(c->pair, 8 * TERN_S, &cost);
	report_cost(name, sent, &cost,
		    tern_counter(n, TERN_TcpRetransSegs) - before);
}

static void open_crowd(struct crowd *c, struct pair *p, int spread_s)
{
	const uint64_t conns = argument("conns", 1000000);
	const struct pair_config config = {.reserve = conns * PER_CONN};

	pair_open(p, &config);
	crowd_init(c, p, conns);
	crowd_open(c, false);
	set_keepalive(c, spread_s);
}

static void close_crowd(struct crowd *c)
{
	crowd_free(c);
	pair_close(c->pair);
}

void question_timers(void)
{
	struct crowd c;
	struct pair p;

	open_crowd(&c, &p, 0);
	idle(&p, argument_span_ns(4));
	retransmission(&c, 0, "retransmission", "retransmission-sent");
	close_crowd(&c);
	open_crowd(&c, &p, 0);
	keepalive(&c, "keepalive", "keepalive-sent");
	close_crowd(&c);
	open_crowd(&c, &p, 0);
	shuffle(c.fd[0], c.n);
	retransmission(&c, APART_NS, "retransmission-random",
		       "retransmission-random-sent");
	close_crowd(&c);
	open_crowd(&c, &p, SPREAD_S);
	keepalive(&c, "keepalive-random", "keepalive-random-sent");
	close_crowd(&c);
}
