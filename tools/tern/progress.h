/* SPDX-License-Identifier: ISC */
/*
 * progress.h - one line on the terminal that says how a transfer goes
 *
 * Written to stderr at most once a second, and only if that is a terminal.
 */
#ifndef TERN_TOOL_PROGRESS_H
#define TERN_TOOL_PROGRESS_H

#include <tern/types.h>

struct progress {
	tern_time last;	     /* when a line was written */
	uint64_t last_bytes; /* ... and how many bytes there were */
	bool shown;	     /* a line stands there */
	bool tty;
};

void progress_init(struct progress *p, tern_time now);

/*
 * Shows "what: total bytes, rate" if a second has passed.  `total` is what is
 * expected, 0 if nobody knows.
 */
void progress_show(struct progress *p, const char *what, uint64_t bytes,
		   uint64_t total, tern_time now);

/* Takes the line away. */
void progress_clear(struct progress *p);

#endif
