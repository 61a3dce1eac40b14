/* SPDX-License-Identifier: ISC */
/*
 * work.c - fixed amounts of work, whose instructions a test counts
 *
 *	kind=segment	a connection sends `n` full segments
 *	kind=stream	... `n` times 45 of them
 *	kind=super	... `n` times 64 KiB at once, over a trusted link
 *	kind=rr		`n` requests and responses of 64 bytes
 *	kind=crr	`n` connections: opened, 64 bytes each way, closed
 *	kind=open	`n` connections: opened
 *	kind=timer	`n` retransmission timers expire
 *
 * Time is virtual and the seed is fixed, so that a run is the same instructions
 * every time.  What is counted is work_measured() and all that it calls.
 */
#include "crowd.h"

#include <string.h>

#include "questions.h"

#define MSS   1448  /* 1500 without headers and timestamps */
#define SUPER 65160 /* 45 of them */
#define MSG   64

static uint8_t buf[65536];

struct work;
void work_measured(struct work *w, uint64_t n, size_t kind);

struct work {
	struct pair pair;
	struct crowd crowd;
	int fds[2];
};

static void settle(struct work *w)
{
	struct pair *p = &w->pair;

	p->now += TERN_US;
	pair_tick(p);
	pair_settle(p);
	while (tern_recv(p->end[1], w->fds[1], buf, sizeof(buf), 0) > 0)
		;
	pair_settle(p);
}

static void segments(struct work *w, uint64_t n)
{
	for (; n > 0; n--) {
		must(tern_send(w->pair.end[0], w->fds[0], buf, MSS, 0) == MSS,
		     "send");
		if (n % 8 == 1)
			settle(w);
	}
}

static void supers(struct work *w, uint64_t n)
{
	for (; n > 0; n--) {
		must(tern_send(w->pair.end[0], w->fds[0], buf, SUPER, 0) ==
			     SUPER,
		     "send");
		settle(w);
	}
}

static void converse(struct work *w, uint64_t n)
{
	struct pair *p = &w->pair;
	int i;

	for (n *= 2; n > 0; n--) {
		i = n % 2 ? 1 : 0;
		p->now += TERN_US;
		pair_tick(p);
		must(tern_send(p->end[i], w->fds[i], buf, MSG, 0) == MSG,
		     "send");
		pair_carry(p, i);
		must(tern_recv(p->end[1 - i], w->fds[1 - i], buf, MSG, 0) ==
			     MSG,
		     "recv");
	}
}

static void come_and_go(struct work *w, uint64_t n)
{
	struct pair *p = &w->pair;
	int i;

	while (n-- > 0) {
		pair_join(p, w->fds);
		converse(w, 1);
		for (i = 0; i < 2; i++) {
			must_not_fail(tern_close(p->end[i], w->fds[i]),
				      "close");
			pair_settle(p);
		}
	}
}

static void come(struct work *w, uint64_t n)
{
	crowd_init(&w->crowd, &w->pair, n);
	crowd_open(&w->crowd, false);
	crowd_free(&w->crowd);
}

/* A connection each has something to send, and what it sends is lost. */
static void owe(struct work *w, uint64_t n)
{
	struct tern *stack = w->pair.end[0];
	uint64_t i;

	crowd_init(&w->crowd, &w->pair, n);
	crowd_open(&w->crowd, false);
	for (i = 0; i < n; i++) {
		must(tern_send(stack, w->crowd.fd[0][i], "", 1, 0) == 1,
		     "send");
		pair_lose(&w->pair, 0);
	}
}

static void expire(struct work *w, uint64_t n)
{
	struct tern *stack = w->pair.end[0];
	const uint64_t before = tern_counter(stack, TERN_TcpRetransSegs);

	while (tern_counter(stack, TERN_TcpRetransSegs) < before + n) {
		w->pair.now = tern_deadline(stack);
		tern_advance(stack, w->pair.now);
		pair_lose(&w->pair, 0);
	}
}

static void join(struct work *w, uint64_t n)
{
	(void)n;
	pair_join(&w->pair, w->fds);
}

static const struct {
	const char *name;
	void (*prepare)(struct work *w, uint64_t n);
	void (*act)(struct work *w, uint64_t n);
	uint32_t flags;
} kinds[] = {
	{"segment", join, segments, 0},
	{"stream", join, supers, 0},
	{"super", join, supers, TERN_IF_GSO | TERN_IF_CSUM | TERN_IF_TRUSTED},
	{"rr", join, converse, 0},
	{"crr", come, come_and_go, 0},
	{"open", come, come, 0},
	{"timer", owe, expire, 0},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

__attribute__((noinline)) void work_measured(struct work *w, uint64_t n,
					     size_t kind)
{
	kinds[kind].act(w, n);
}

void question_work(void)
{
	const char *name = argument_text("kind", "segment");
	const uint64_t n = argument("n", 1000);
	struct pair_config config = {.virtual_time = true, .window = 4 << 20};
	static struct work w;
	size_t i = 0;

	while (i < N_KINDS && strcmp(kinds[i].name, name) != 0)
		i++;
	must(i < N_KINDS, "kind");
	config.flags = kinds[i].flags;
	pair_open(&w.pair, &config);
	kinds[i].prepare(&w, n);
	/* The first times are not like the others. */
	if (kinds[i].prepare == join)
		kinds[i].act(&w, n);
	work_measured(&w, n, i);
	pair_close(&w.pair);
}
