/* SPDX-License-Identifier: ISC */
/*
 * run.h - a script that is running: what the files of the runner share
 */
#ifndef TERN_DRILL_RUN_H
#define TERN_DRILL_RUN_H

#include "call.h"
#include "drill.h"
#include "fds.h"
#include "flow.h"
#include "line.h"
#include "profile.h"
#include "stage.h"

#define DRILL_STORY_LINES 8

/* What has happened last, for those who read of a failure. */
struct drill_story {
	char *line[DRILL_STORY_LINES];
	unsigned int n; /* ever told */
};

struct drill_run {
	const struct drill_config *config;
	const char *path;
	FILE *out;
	struct drill_script script;
	struct drill_settings set;
	struct drill_stage stage;
	struct drill_flows flows;
	struct drill_fds fds;

	int subject;	  /* the descriptor that code is about, -1 if none */
	int64_t last_ns;  /* when the event before took place */
	int64_t event_ns; /* when this one is due */
	const struct drill_event *event;

	bool is_pending;
	struct drill_call pending; /* a call that blocks */

	char *deferred; /* code for python, run at the end */
	size_t deferred_len;
	FILE *deferred_out;

	struct drill_story story;
	bool failed;
	bool unreadable;
};

/*
 * Says that the script has failed at this event, and what has happened before
 * it.  Returns false, for callers to return.
 */
bool drill_run_fail(struct drill_run *r, const struct drill_event *e,
		    const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Says that the script is wrong at this place.  Returns false. */
bool drill_run_wrong(struct drill_run *r, struct drill_place at,
		     const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Something has happened now. */
void drill_run_tell(struct drill_run *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* How far off an event may be that was due `gap_ns` after the one before. */
int64_t drill_run_tolerance(const struct drill_run *r, int64_t gap_ns);

/* Lets time pass, and calls that wait go on. */
bool drill_run_until(struct drill_run *r, int64_t ns);

/* One step towards `ns`.  False if the time has come, or on failure. */
bool drill_run_step(struct drill_run *r, int64_t ns);

/* The kinds of events.  Each returns false when the script has failed. */
bool drill_run_inbound(struct drill_run *r, const struct drill_event *e);
bool drill_run_outbound(struct drill_run *r, const struct drill_event *e);
bool drill_run_call(struct drill_run *r, const struct drill_event *e);
bool drill_run_shell(struct drill_run *r, const struct drill_event *e);
bool drill_run_code(struct drill_run *r, const struct drill_event *e);

/* Lets the call that waits go on, and on to its end. */
bool drill_run_resume(struct drill_run *r);
bool drill_run_finish_call(struct drill_run *r);

/* Runs what was left for python. */
bool drill_run_deferred(struct drill_run *r);

/* True if each call of the script exists and has the right arguments. */
bool drill_run_check_calls(struct drill_run *r);

#endif
