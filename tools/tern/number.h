/* SPDX-License-Identifier: ISC */
/* number.h - numbers as people write and read them on a command line */
#ifndef TERN_TOOL_NUMBER_H
#define TERN_TOOL_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/types.h>

/*
 * Parses a whole decimal number between min and max.  Returns false if the
 * text is anything else.
 */
bool number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* The same for sizes, which may end in k, m or g (1024 and its powers). */
bool number_parse_size(const char *text, uint64_t min, uint64_t max,
		       uint64_t *out);

/* Parses seconds, "10" or "0.5", above 0 and at most a day. */
bool number_parse_seconds(const char *text, tern_time *out);

/* Parses a percentage 0 to 100 into parts per million. */
bool number_parse_percent(const char *text, uint32_t *ppm);

#define NUMBER_TEXT 24

/* "1.50 GiB": bytes, with three digits that matter. */
const char *number_format_bytes(uint64_t bytes, char out[NUMBER_TEXT]);

/* "9.41 Gbit/s": bytes over a time. */
const char *number_format_bits(uint64_t bytes, tern_time time,
			       char out[NUMBER_TEXT]);

/* "123.4 MB/s" */
const char *number_format_rate(uint64_t bytes, tern_time time,
			       char out[NUMBER_TEXT]);

/* Nanoseconds as seconds. */
double number_seconds(tern_time time);

/* Events over a time, as a number a second. */
double number_per_second(uint64_t n, tern_time time);

#endif
