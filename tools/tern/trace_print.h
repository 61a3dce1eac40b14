/* SPDX-License-Identifier: ISC */
/* trace_print.h - a line of text for each traced event */
#ifndef TERN_TOOL_TRACE_PRINT_H
#define TERN_TOOL_TRACE_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct trace_printer {
	bool relative;
	bool started;
	int64_t first_ns; /* time of the first event */
};

/* Prints an event, or that events were lost.  Other objects are ignored. */
void trace_print(struct trace_printer *p, json_t *line);
void trace_print_json(json_t *line);

#endif
