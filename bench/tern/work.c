/* SPDX-License-Identifier: ISC */
/*
 * work.c - fixed amounts of work, for bench/guard to count instructions of
 *
 *	kind=segment	a connection that sends `n` full segments
 *	kind=super	... `n` segments of 64 KiB, trusted
 *	kind=rr		`n` requests and responses of 64 bytes
 *	kind=crr	`n` connections with 64 bytes each way
 *	kind=open	`n` connections that are opened and left open
 *	kind=timer	`n` retransmission timers that expire
 *
 * Time is virtual and the seed is fixed, so that a run is the same instructions
 * every time.  What a unit costs is the difference between two runs of
 * different `n`, divided by the difference of these.
 */
#include "crowd.h"

#include <string.h>

#include "questions.h"

#define MSS   1448  /* 1500 without headers and timestamps */
#define SUPER 65160 /* 45 of them */
#define MSG   64

static uint8_t buf[SUPER];

static void stream(struct pair *p, uint64_t n, size_t size)
{
	int fds[2];
	ssize_t r;

	pair_join(p, fds);
	for (; n > 0; n--) {
		r = tern_send(p->end[0], fds[0], buf, size, 0);
		must(r == (ssize_t)size, "send");
		if (n % 8 != 1 && size == MSS)
			continue;
		p->now += TERN_US;
		pair_tick(p);
		pair_settle(p);
		while (tern_recv(p->end[1], fds[1], buf, sizeof(buf), 0) > 0)
			;
		pair_settle(p);
	}
}

static void converse(struct pair *p, int fds[2])
{
	int i;

	for (i = 0; i < 2; i++) {
		p->now += TERN_US;
		pair_tick(p);
		must(tern_send(p->end[i], fds[i], buf, MSG, 0) == MSG, "send");
		pair_carry(p, i);
		must(tern_recv(p->end[1 - i], fds[1 - i], buf, MSG, 0) == MSG,
		     "recv");
	}
}

static void rr(struct pair *p, uint64_t n)
{
	int fds[2];

	pair_join(p, fds);
	while (n-- > 0)
		converse(p, fds);
}

static void crr(struct pair *p, uint64_t n)
{
	int fds[2], i;

	while (n-- > 0) {
		pair_join(p, fds);
		converse(p, fds);
		for (i = 0; i < 2; i++) {
			must_not_fail(tern_close(p->end[i], fds[i]), "close");
			pair_settle(p);
		}
	}
}

static void timers(struct pair *p, uint64_t n)
{
	struct tern *stack = p->end[0];
	uint64_t i, before = tern_counter(stack, TERN_TcpRetransSegs);
	struct crowd c;

	crowd_init(&c, p, n);
	crowd_open(&c, false);
	for (i = 0; i < n; i++) {
		must(tern_send(stack, c.fd[0][i], "", 1, 0) == 1, "send");
		pair_lose(p, 0);
	}
	for (i = 0; i < 1500; i++) {
		p->now += TERN_MS;
		tern_advance(stack, p->now);
		pair_lose(p, 0);
	}
	must(tern_counter(stack, TERN_TcpRetransSegs) - before >= n, "timers");
	crowd_free(&c);
}

static void open_only(struct pair *p, uint64_t n)
{
	struct crowd c;

	crowd_init(&c, p, n);
	crowd_open(&c, false);
	crowd_free(&c);
}

void question_work(void)
{
	const char *kind = argument_text("kind", "segment");
	const uint64_t n = argument("n", 1000);
	struct pair_config config = {.virtual_time = true};
	struct pair p;

	if (!strcmp(kind, "super"))
		config.flags = TERN_IF_GSO | TERN_IF_CSUM | TERN_IF_TRUSTED;
	pair_open(&p, &config);
	if (!strcmp(kind, "segment"))
		stream(&p, n, MSS);
	else if (!strcmp(kind, "super"))
		stream(&p, n, SUPER);
	else if (!strcmp(kind, "rr"))
		rr(&p, n);
	else if (!strcmp(kind, "crr"))
		crr(&p, n);
	else if (!strcmp(kind, "open"))
		open_only(&p, n);
	else if (!strcmp(kind, "timer"))
		timers(&p, n);
	else
		must(false, "kind");
	pair_close(&p);
}
