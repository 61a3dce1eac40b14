/* SPDX-License-Identifier: ISC */
/*
 * agenda.h - calls to be made at a time, in order
 *
 * Calls for the same instant are made in the order in which they were noted,
 * so that a run does not depend on how the heap happens to lie.
 */
#ifndef TERN_SIM_AGENDA_H
#define TERN_SIM_AGENDA_H

#include <tern/types.h>

typedef void sim_call_fn(void *ctx);

struct sim_call {
	tern_time at;
	uint64_t serial;
	sim_call_fn *fn;
	void *ctx;
};

/* Zeroed is empty. */
struct sim_agenda {
	struct sim_call *heap;
	size_t n, size;
	uint64_t serial;
};

/* Notes a call.  Returns 0 or -ENOMEM. */
TERN_CHECK int sim_agenda_add(struct sim_agenda *a, tern_time at,
			      sim_call_fn *fn, void *ctx);

/* When the first call is due, TERN_NEVER if there is none. */
tern_time sim_agenda_next(const struct sim_agenda *a);

/* Takes the first call out.  The agenda must not be empty. */
struct sim_call sim_agenda_take(struct sim_agenda *a);

/* Strikes every call that would get `ctx`. */
void sim_agenda_forget(struct sim_agenda *a, const void *ctx);

/* Gives the memory back; the agenda is empty then. */
void sim_agenda_clear(struct sim_agenda *a);

#endif
