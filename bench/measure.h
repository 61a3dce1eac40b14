/* SPDX-License-Identifier: ISC */
/*
 * measure.h - what the programs of the suite share: arguments, time, results
 *
 * Every program is called with a question and with `name=value` arguments, and
 * answers with a line of JSON for each figure:
 *
 *	{"figure": "", "unit": "Gbit/s", "value": 1.5, "cpu_s": ..., ...}
 *
 * `value` is what the suite compares.  Rates are work per second of processor
 * time, of all processes under test together.  A program that cannot run where
 * it is says why and exits with SKIP.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SKIP 77

/* Ends the program, with what went wrong, unless `ok`. */
void must(bool ok, const char *what);

/* The same with a negative errno value as the reason. */
void must_not_fail(int64_t r, const char *what);

/* Ends the program with SKIP. */
void skip(const char *why, int error) __attribute__((noreturn));

/* The arguments after the question; to be called first. */
void arguments(int argc, char **argv);

/* `name=N` with k, m or g for 1024 and its powers; else `initial`. */
uint64_t argument(const char *name, uint64_t initial);

/* How long to measure, in ns: `ms=N` or `seconds=N`, else so many seconds. */
uint64_t argument_span_ns(uint64_t seconds);

/* `name=text`, else `initial`. */
const char *argument_text(const char *name, const char *initial);

/* Nanoseconds of the clock, and of processor time. */
uint64_t clock_ns(void);
uint64_t cpu_ns(void);

/* The same, of children that have been waited for. */
uint64_t cpu_children_ns(void);

/* Bytes of memory that the process occupies. */
uint64_t resident_bytes(void);

/* An interval of wall and of processor time. */
struct span {
	uint64_t wall_ns, cpu_ns;
	uint64_t
		work; /* after which it is over, whatever the time; 0: not so */
};
void span_start(struct span *s);
void span_end(struct span *s);

/* Seconds that a measurement lasts, and whether they are over. */
bool span_over(const struct span *s, uint64_t now_ns, uint64_t limit_ns);

/* The same, or if there is an argument `work` that much work is done. */
bool span_done(const struct span *s, uint64_t now_ns, uint64_t limit_ns,
	       uint64_t done);

/* Prints a figure; `unit` of "work/s" for `work` in span `s`. */
void report_rate(const char *figure, const char *unit, double work,
		 const struct span *s);

/* Prints a figure that is no rate. */
void report(const char *figure, const char *unit, double value,
	    const struct span *s);

/* A cheap random number; every program draws the same. */
uint32_t draw(uint32_t below);

/* Fills in what a stream of bytes has at position `at`; or checks it. */
#define PATTERN 251
void pattern_fill(uint8_t *buf, size_t len, uint64_t at);
bool pattern_is(const uint8_t *buf, size_t len, uint64_t at);

#endif
