/* SPDX-License-Identifier: ISC */
/*
 * stage.h - the stack under test, its virtual clock, and what it sends
 *
 * Time stands still unless drill_stage_step() moves it, from one deadline of
 * the stack to the next.  What the stack sends is taken from it at once, and
 * queued with the time at which it came.
 */
#ifndef TERN_DRILL_STAGE_H
#define TERN_DRILL_STAGE_H

#include <stdbool.h>

#include <tern/stack.h>

#include "profile.h"
#include "settings.h"
#include "target.h"

#define DRILL_DEVICE "tun0"

struct drill_library;

/* A packet that the stack has sent. */
struct drill_live {
	struct drill_live *next;
	int64_t at_ns; /* since the start */
	uint32_t len;
	uint8_t bytes[];
};

struct drill_stage {
	const struct drill_target *target;
	tern_time origin, now;
	tern_time stamp_origin; /* the start, by the clock of timestamps */
	uint64_t steps_left;	/* 0: it has run for too long */

	/* In this process. */
	struct tern *stack;
	int ifindex;
	struct drill_tunables tunables; /* as the profile has them */
	struct drill_live *first, **end;
	uint32_t n_live;
	bool flooded; /* more was sent than is kept */

	/* Behind a library. */
	struct drill_library *library;
	tern_time answered; /* when the last call came back */
};

#define DRILL_LIVE_MAX 200000

/* What a target has sent and nobody has asked for yet: the last is put in, the
 * first is taken out, NULL if there is none.  When DRILL_LIVE_MAX are there
 * already it is freed, the stage is flooded, and the script fails. */
bool drill_live_put(struct drill_stage *s, struct drill_live *l);
struct drill_live *drill_live_take(struct drill_stage *s);

/* A stack in this process.  Returns 0, or a negative errno. */
int drill_stage_open(struct drill_stage *s, const struct drill_settings *set,
		     uint64_t max_steps);

/* Gives back either kind, and what was never opened. */
void drill_stage_close(struct drill_stage *s);

/* Nanoseconds since the start. */
int64_t drill_stage_time(const struct drill_stage *s);

/* The same, when the call that has waited longest came back. */
int64_t drill_stage_answered(const struct drill_stage *s);

/* Lets the stack do what is due now, and takes what it sends. */
void drill_stage_settle(struct drill_stage *s);

/*
 * Moves on to the stack's next deadline, or to `until_ns` if that is earlier.
 * Returns false if the time had come already, or no step is left.
 */
bool drill_stage_step(struct drill_stage *s, int64_t until_ns);

/* Hands a datagram to the stack.  Returns 0 or -ENOBUFS. */
int drill_stage_input(struct drill_stage *s, const uint8_t *bytes,
		      uint32_t len);

/*
 * The oldest packet that is queued, NULL if there is none; free() it.  A
 * library is waited for, and the time is then that of the packet.
 */
struct drill_live *drill_stage_take(struct drill_stage *s);

#endif
