/* SPDX-License-Identifier: ISC */
/*
 * millions.c - millions of connections in one process, both ends of each
 *
 *	conns=N		how many (10000000)
 *
 * All are opened, then a byte goes each way on each, then all are closed, and
 * what is in TIME-WAIT waits its minute, in virtual time.  Figures: the
 * processor time of each step, and the memory that was resident at the most.
 */
#include "crowd.h"
#include "questions.h"

static void step(const char *name, struct span *s, uint64_t n)
{
	span_end(s);
	report(name, "ns", (double)s->cpu_ns / (double)n, s);
	span_start(s);
}

void question_millions(void)
{
	const struct pair_config config = {.virtual_time = true};
	const uint64_t n = argument("conns", 10000000);
	uint64_t most, now, before;
	struct crowd c;
	struct pair p;
	struct span s;

	pair_open(&p, &config);
	crowd_init(&c, &p, n);
	before = resident_bytes();
	span_start(&s);
	crowd_open(&c, false);
	most = resident_bytes();
	step("open", &s, n);
	crowd_speak(&c, 0);
	crowd_speak(&c, 1);
	now = resident_bytes();
	most = now > most ? now : most;
	step("speak", &s, n);
	crowd_close(&c);
	now = resident_bytes();
	most = now > most ? now : most;
	step("close", &s, n);
	pair_pass(&p, 120 * TERN_S);
	step("forget", &s, n);
	report("resident", "bytes", (double)(most - before) / (double)n, NULL);
	report("resident-all", "GB", (double)most * 1e-9, NULL);
	crowd_free(&c);
	pair_close(&p);
}
