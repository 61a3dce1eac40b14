/* SPDX-License-Identifier: ISC */
/*
 * main.c - bench-lwip: lwIP's answers to the questions of the suite
 *
 *	bench-lwip bulk | rr | crr | memory [name=value]...
 *
 * Two lwIPs in one process and one thread, which take turns.
 */
#include <stdio.h>
#include <string.h>

#include "bench/measure.h"
#include "end.h"

#define NS_PER_S UINT64_C(1000000000)
#define CHUNK	 65536
#define CHECKED	 (8 << 20)

static uint8_t out[CHUNK + PATTERN];
static uint64_t sent, looked_at;

static void turn(void)
{
	end_b.step();
	end_a.step();
}

static void open_both(enum end_role a, enum end_role b)
{
	end_a.open(false, a, &end_b);
	end_b.open(true, b, &end_a);
}

static void open_many(uint32_t n)
{
	uint32_t i;

	must(n <= END_MAX, "conns");
	for (i = 0; i < n; i++) {
		end_a.connect(i);
		while (!end_a.is_open(i))
			turn();
	}
}

static void check(const uint8_t *buf, size_t len)
{
	must(pattern_is(buf, len, looked_at), "a byte is not what was sent");
	looked_at += len;
}

static void bulk_turn(void)
{
	uint32_t n;

	do {
		n = end_a.send(0, out + sent % PATTERN, CHUNK);
		sent += n;
	} while (n > 0);
	turn();
}

static void bulk(uint64_t limit)
{
	uint64_t before;
	struct span s;

	pattern_fill(out, sizeof(out), 0);
	open_both(END_SINK, END_SINK);
	open_many(1);
	end_b.look = check;
	while (end_b.received < CHECKED)
		bulk_turn();
	end_b.look = NULL;
	before = end_b.received;
	span_start(&s);
	while (!span_over(&s, clock_ns(), limit))
		bulk_turn();
	span_end(&s);
	report_rate("", "Gbit/s", (double)(end_b.received - before) * 8e-9, &s);
}

static void rr(uint64_t limit)
{
	const uint32_t conns = (uint32_t)argument("conns", 1);
	const uint64_t depth = argument("depth", conns < 100 ? 1 : 32);
	uint64_t asked = 0, i;
	struct span s;

	open_both(END_HEAR, END_ECHO);
	open_many(conns);
	span_start(&s);
	while (!span_over(&s, clock_ns(), limit)) {
		for (i = 0; i < depth; i++)
			must(end_a.send(draw(conns), out, END_SIZE) == END_SIZE,
			     "send");
		asked += depth;
		while (end_a.answers < asked)
			turn();
	}
	span_end(&s);
	report_rate("", "transactions/s", (double)asked, &s);
}

static void crr(uint64_t limit)
{
	const uint64_t at_a_time = argument("at_a_time", 100);
	uint64_t begun = 0;
	struct span s;

	open_both(END_ONCE, END_ECHO);
	span_start(&s);
	while (!span_over(&s, clock_ns(), limit)) {
		for (; begun - end_a.answers < at_a_time; begun++)
			end_a.connect((uint32_t)(begun % END_MAX));
		turn();
	}
	span_end(&s);
	report_rate("", "connections/s", (double)end_a.answers, &s);
}

static void memory(void)
{
	const uint32_t n = (uint32_t)argument("conns", 10000);
	const uint64_t before = resident_bytes();

	/* The pools are touched now: `n` is to be near their size. */
	open_both(END_HEAR, END_ECHO);
	open_many(n);
	report("resident", "bytes",
	       (double)(resident_bytes() - before) / (2.0 * n), NULL);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	uint64_t limit;

	arguments(argc - 1, argv + 1);
	limit = argument("seconds", 2) * NS_PER_S;
	if (!strcmp(what, "bulk"))
		bulk(limit);
	else if (!strcmp(what, "rr"))
		rr(limit);
	else if (!strcmp(what, "crr"))
		crr(limit);
	else if (!strcmp(what, "memory"))
		memory();
	else
		must(false, "usage: bench-lwip QUESTION [name=value]...");
	return 0;
}
