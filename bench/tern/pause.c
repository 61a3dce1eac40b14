/* SPDX-License-Identifier: ISC */
/*
 * pause.c - how long a single call may take while very many connections come
 * and go: a table that grew at once would show here
 *
 *	conns=N		connections that are opened, closed and forgotten (1)
 *	times=N		how often all of it is done (3)
 *
 * Of each call the least time of all runs counts, of these the longest; see
 * calls.h.  A call has no more than eight frames.
 */
#include "crowd.h"

#include "questions.h"

#define CALLS_EACH 64 /* of one connection, at most */
#define CALLS_MORE 100000

static void come_and_go(struct calls *calls, uint64_t n)
{
	const struct pair_config config = {.virtual_time = true,
					   .calls = calls};
	struct crowd c;
	struct pair p;

	pair_open(&p, &config);
	crowd_init(&c, &p, n);
	crowd_open(&c, false);
	pair_pass(&p, 10 * TERN_S);
	crowd_close(&c);
	pair_pass(&p, 120 * TERN_S);
	crowd_free(&c);
	pair_close(&p);
	calls_again(calls);
}

void question_pause(void)
{
	static const char *const name[PLACES] = {
		[PLACE_OPEN] = "open",	     [PLACE_ACCEPT] = "accept",
		[PLACE_INPUT] = "input",     [PLACE_OUTPUT] = "output",
		[PLACE_ADVANCE] = "advance", [PLACE_CLOSE] = "close"};
	const uint64_t n = argument("conns", 1);
	uint64_t times = argument("times", 3);
	uint64_t longest = 0, ns;
	struct calls calls;
	int i;

	calls_init(&calls, n * CALLS_EACH + CALLS_MORE);
	for (; times > 0; times--)
		come_and_go(&calls, n);
	for (i = 0; i < PLACES; i++) {
		ns = calls_longest_ns(&calls, (enum place)i);
		longest = ns > longest ? ns : longest;
		report(name[i], "us", (double)ns * 1e-3, NULL);
	}
	report("longest", "us", (double)longest * 1e-3, NULL);
	calls_free(&calls);
}
