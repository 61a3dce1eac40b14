/* SPDX-License-Identifier: ISC */
/*
 * nstat_history.h - what tern nstat has shown last time of a process
 *
 * A file PID.nstat beside the control socket.  It is removed when it turns out
 * to be of another process that had the same number.
 */
#ifndef TERN_TOOL_NSTAT_HISTORY_H
#define TERN_TOOL_NSTAT_HISTORY_H

#include <jansson.h>
#include <sys/types.h>

struct nstat_history {
	json_t *counters; /* NULL if there is none; the caller's */
	double seconds;	  /* since then */
};

/* Reads it; `now` is what the counters are.  Leaves *h empty if there is none,
 * or if a counter was greater then. */
void nstat_history_load(pid_t pid, json_t *now, struct nstat_history *h);

/* Writes it.  A failure is told, and otherwise does no harm. */
void nstat_history_save(pid_t pid, json_t *now);

#endif
