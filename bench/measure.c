/* SPDX-License-Identifier: ISC */
/* measure.c - what the programs of the suite share: arguments, time, results */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static char **first;
static int count;

void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n", what);
	exit(1);
}

void must_not_fail(int64_t r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror((int)-r));
	exit(1);
}

void skip(const char *why, int error)
{
	fprintf(stderr, "%s%s%s\n", why, error ? ": " : "",
		error ? strerror(error) : "");
	exit(SKIP);
}

void arguments(int argc, char **argv)
{
	first = argv;
	count = argc;
}

const char *argument_text(const char *name, const char *initial)
{
	const size_t len = strlen(name);
	int i;

	for (i = 0; i < count; i++)
		if (!strncmp(first[i], name, len) && first[i][len] == '=')
			return first[i] + len + 1;
	return initial;
}

uint64_t argument(const char *name, uint64_t initial)
{
	const char *text = argument_text(name, NULL);
	unsigned long long n;
	char *end;

	if (!text)
		return initial;
	n = strtoull(text, &end, 10);
	must(end != text, name);
	switch (*end) {
	case 'g':
		return n << 30;
	case 'm':
		return n << 20;
	case 'k':
		return n << 10;
	case '\0':
		return n;
	default:
		must(false, name);
		return 0;
	}
}

uint64_t argument_span_ns(uint64_t seconds)
{
	const uint64_t ms = argument("seconds", seconds) * 1000;

	return argument("ms", ms) * 1000000;
}

static uint64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t clock_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t cpu_ns(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static uint64_t of_timeval(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * 1000000000 + (uint64_t)t->tv_usec * 1000;
}

uint64_t cpu_children_ns(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return of_timeval(&u.ru_utime) + of_timeval(&u.ru_stime);
}

uint64_t resident_bytes(void)
{
	unsigned long long total, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	must(f && fscanf(f, "%llu %llu", &total, &resident) == 2, "statm");
	fclose(f);
	return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

void span_start(struct span *s)
{
	s->work = argument("work", 0);
	s->wall_ns = clock_ns();
	s->cpu_ns = cpu_ns();
}

void span_end(struct span *s)
{
	s->cpu_ns = cpu_ns() - s->cpu_ns;
	s->wall_ns = clock_ns() - s->wall_ns;
}

bool span_over(const struct span *s, uint64_t now_ns, uint64_t limit_ns)
{
	return (int64_t)(now_ns - s->wall_ns - limit_ns) >= 0;
}

bool span_done(const struct span *s, uint64_t now_ns, uint64_t limit_ns,
	       uint64_t done)
{
	return s->work ? done >= s->work : span_over(s, now_ns, limit_ns);
}

void report(const char *figure, const char *unit, double value,
	    const struct span *s)
{
	printf("{\"figure\": \"%s\", \"unit\": \"%s\", \"value\": %.9g, "
	       "\"wall_s\": %.6f, \"cpu_s\": %.6f}\n",
	       figure, unit, value, s ? (double)s->wall_ns / 1e9 : 0.0,
	       s ? (double)s->cpu_ns / 1e9 : 0.0);
	fflush(stdout);
}

void report_rate(const char *figure, const char *unit, double work,
		 const struct span *s)
{
	must(s->cpu_ns > 0, "no processor time has passed");
	report(figure, unit, work * 1e9 / (double)s->cpu_ns, s);
}

uint32_t draw(uint32_t below)
{
	static uint64_t x = UINT64_C(0x9e3779b97f4a7c15);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(((x >> 32) * below) >> 32);
}

void pattern_fill(uint8_t *buf, size_t len, uint64_t at)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = (uint8_t)((at + i) % PATTERN);
}

bool pattern_is(const uint8_t *buf, size_t len, uint64_t at)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (buf[i] != (uint8_t)((at + i) % PATTERN))
			return false;
	return true;
}
