/* SPDX-License-Identifier: ISC */
/*
 * memory.c - what a connection occupies that does nothing
 *
 *	what=idle	established at both ends; bytes an endpoint
 *	what=timewait	closed; bytes an entry, which one end has
 *	what=synq	half open; bytes an entry, which one end has
 *	conns=N		how many (1000000)
 *	spoken=1	with `idle`: a byte went each way first
 *
 * `resident` is the growth of the process: tables, descriptors, the slack of
 * malloc(), all; `trimmed` the same when malloc() has given back to the system
 * what it could.  `charged` is what the stacks say themselves, by purpose too
 * for `idle`, else of the entries alone.  Time is virtual.
 */
#include "crowd.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "questions.h"

#define QUIET_NS (3 * TERN_S)

static void figure(const char *name, double bytes, uint64_t n)
{
	report(name, "bytes", bytes / (double)n, NULL);
}

/* What the stacks say themselves, in all and by purpose. */
static void charged(struct crowd *c)
{
	const struct tern *a = c->pair->end[0], *b = c->pair->end[1];
	enum tern_mem_purpose i;
	char name[64];
	size_t bytes;

	figure("charged", (double)(tern_memory_total(a) + tern_memory_total(b)),
	       2 * c->n);
	for (i = 0; i < TERN_MEM_N; i++) {
		bytes = tern_memory(a, i) + tern_memory(b, i);
		if (bytes < c->n)
			continue;
		snprintf(name, sizeof(name), "... %s",
			 tern_mem_purpose_name(i));
		figure(name, (double)bytes, 2 * c->n);
	}
}

static void idle(struct crowd *c)
{
	const uint64_t before = resident_bytes();

	crowd_open(c, false);
	if (argument("spoken", 0)) {
		crowd_speak(c, 0);
		crowd_speak(c, 1);
	}
	pair_pass(c->pair, QUIET_NS);
	figure("resident", (double)(resident_bytes() - before), 2 * c->n);
	malloc_trim(0);
	figure("trimmed", (double)(resident_bytes() - before), 2 * c->n);
	charged(c);
}

/* A stack of its own has the connections first: what it freed may stay. */
static void time_wait(struct crowd *c)
{
	const struct tern *n = c->pair->end[0];

	crowd_open(c, false);
	crowd_close(c);
	figure("charged", (double)tern_memory(n, TERN_MEM_TIMEWAIT), c->n);
}

static void syn_queue(struct crowd *c)
{
	const uint64_t n = c->n;
	const struct tern *stack = c->pair->end[1];
	uint64_t i, before;

	pair_tune(c->pair, "net.ipv4.tcp_syncookies", "0");
	for (i = 0; i < n; i++)
		pair_connect(c->pair, i);
	before = resident_bytes();
	while (pair_carry(c->pair, 0) > 0)
		pair_lose(c->pair, 1);
	must(tern_counter(stack, TERN_TcpExtListenDrops) +
			     tern_counter(stack, TERN_TcpExtTCPReqQFullDrop) ==
		     0,
	     "some did not fit");
	figure("resident", (double)(resident_bytes() - before), n);
	figure("charged", (double)tern_memory(stack, TERN_MEM_SYN), n);
}

void question_memory(void)
{
	const char *what = argument_text("what", "idle");
	const struct pair_config config = {.virtual_time = true};
	struct crowd c;
	struct pair p;

	pair_open(&p, &config);
	crowd_init(&c, &p, argument("conns", 1000000));
	if (!strcmp(what, "idle"))
		idle(&c);
	else if (!strcmp(what, "timewait"))
		time_wait(&c);
	else
		syn_queue(&c);
	crowd_free(&c);
	pair_close(&p);
}
