/* SPDX-License-Identifier: ISC */
/*
 * run.c - a script from its beginning to its end
 *
 * Events take place one after the other at their times.  A relative time
 * counts from when the event before took place, which for a packet of the
 * stack is when it was sent.  Nothing here waits: time is the stage's.
 */
#include "run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "library.h"

#define MAX_STEPS UINT64_C(20000000)

static void story_print(const struct drill_run *r)
{
	const struct drill_story *s = &r->story;
	unsigned int i;

	if (s->n == 0)
		return;
	fputs("  last events:\n", r->out);
	for (i = s->n > DRILL_STORY_LINES ? s->n - DRILL_STORY_LINES : 0;
	     i < s->n; i++)
		fprintf(r->out, "  %s\n", s->line[i % DRILL_STORY_LINES]);
}

static void story_free(struct drill_story *s)
{
	int i;

	for (i = 0; i < DRILL_STORY_LINES; i++)
		free(s->line[i]);
}

void drill_run_tell(struct drill_run *r, const char *format, ...)
{
	char **line = &r->story.line[r->story.n % DRILL_STORY_LINES];
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	free(*line);
	if (asprintf(line, "%10.6f  %.200s",
		     (double)drill_stage_time(&r->stage) / 1e9, text) < 0)
		*line = NULL;
	else
		r->story.n++;
	free(text);
	if (*line && r->config->verbose)
		fprintf(r->out, "%s\n", *line);
}

bool drill_run_fail(struct drill_run *r, const struct drill_event *e,
		    const char *format, ...)
{
	va_list ap;

	if (r->failed)
		return false;
	if (e->kind == DRILL_EVENT_CALL && r->set.lenient_calls) {
		drill_run_tell(r, "(this differs)");
		return false;
	}
	r->failed = true;
	fprintf(r->out, "%s:%u: ", r->path, e->place.line);
	va_start(ap, format);
	vfprintf(r->out, format, ap);
	va_end(ap);
	fputc('\n', r->out);
	story_print(r);
	return false;
}

bool drill_run_wrong(struct drill_run *r, struct drill_place at,
		     const char *format, ...)
{
	va_list ap;

	if (r->failed)
		return false;
	r->failed = true;
	r->unreadable = true;
	fprintf(r->out, "%s:%u:%u: ", r->path, at.line, at.col);
	va_start(ap, format);
	vfprintf(r->out, format, ap);
	va_end(ap);
	fputc('\n', r->out);
	return false;
}

int64_t drill_run_tolerance(const struct drill_run *r, int64_t gap_ns)
{
	int64_t part = gap_ns / 1000 * r->set.tolerance_permille;

	return part > r->set.tolerance_ns ? part : r->set.tolerance_ns;
}

bool drill_run_step(struct drill_run *r, int64_t ns)
{
	int64_t until = ns;

	if (r->is_pending && r->pending.until_ns < until &&
	    r->pending.until_ns > drill_stage_time(&r->stage))
		until = r->pending.until_ns;
	if (r->failed || !drill_stage_step(&r->stage, until))
		return false;
	if (r->stage.flooded)
		return drill_run_fail(r, r->event,
				      "more than %d packets were sent that the "
				      "script does not ask for",
				      DRILL_LIVE_MAX);
	if (r->stage.steps_left == 0)
		return drill_run_fail(r, r->event, "the stack never rests");
	return drill_run_resume(r) || !r->failed;
}

bool drill_run_until(struct drill_run *r, int64_t ns)
{
	while (drill_run_step(r, ns))
		;
	return !r->failed;
}

static bool run_event(struct drill_run *r, const struct drill_event *e)
{
	switch (e->kind) {
	case DRILL_EVENT_INBOUND:
		return drill_run_inbound(r, e);
	case DRILL_EVENT_OUTBOUND:
		return drill_run_outbound(r, e);
	case DRILL_EVENT_CALL:
		return drill_run_call(r, e);
	case DRILL_EVENT_SHELL:
		return drill_run_shell(r, e);
	case DRILL_EVENT_CODE:
		return drill_run_code(r, e);
	}
	return false;
}

/* Sets when the event is due, and waits until then.  A packet of the stack is
 * waited for elsewhere. */
static bool await(struct drill_run *r, const struct drill_event *e)
{
	r->event = e;
	r->event_ns = e->time.ns;
	if (e->time.kind == DRILL_TIME_ANY)
		r->event_ns = drill_stage_time(&r->stage);
	else if (e->time.kind == DRILL_TIME_RELATIVE)
		r->event_ns += r->last_ns;
	else if (e->time.ns < r->last_ns - drill_run_tolerance(r, r->last_ns))
		return drill_run_wrong(r, e->place,
				       "this event is due at %.6f s, before "
				       "the one above it",
				       (double)e->time.ns / 1e9);
	if (e->kind == DRILL_EVENT_OUTBOUND)
		return true;
	if (!drill_run_until(r, r->event_ns))
		return false;
	if (r->event_ns > r->last_ns || e->time.kind == DRILL_TIME_ANY)
		r->last_ns = r->event_ns;
	return true;
}

/* --init_scripts=a,b: commands before the first event. */
static bool run_init(struct drill_run *r)
{
	const char *p = r->set.init;

	while (p && *p) {
		const size_t len = strcspn(p, ",");
		const char *path = drill_arena_text(&r->script.arena, p, len);
		const struct drill_event e = {.kind = DRILL_EVENT_SHELL,
					      .place = {1, 1},
					      .source = path,
					      .body = path};

		if (len > 0 && !drill_run_shell(r, &e))
			return false;
		p += len;
		p += *p == ',';
	}
	return true;
}

static bool run_events(struct drill_run *r)
{
	const struct drill_event *e;

	if (!run_init(r))
		return false;
	for (e = r->script.events; e; e = e->next)
		if (!await(r, e) || (!run_event(r, e) && r->failed))
			return false;
	return drill_run_finish_call(r) && drill_run_deferred(r);
}

static bool start_library(struct drill_run *r)
{
	char why[256];

	if (drill_library_open(&r->stage, &r->set, r->config, why, sizeof(why)))
		return true;
	r->stage.target = NULL;
	return drill_run_wrong(r, (struct drill_place){1, 1},
			       "the library cannot be used: %s", why);
}

static bool start_kernel(struct drill_run *r)
{
	char why[256];

	if (drill_kernel_open(&r->stage, &r->set, why, sizeof(why)))
		return true;
	r->stage.target = NULL;
	return drill_run_wrong(r, (struct drill_place){1, 1},
			       "the kernel cannot be used: %s", why);
}

static bool start(struct drill_run *r)
{
	const char *refused;
	int err;

	if (r->config->kernel)
		return start_kernel(r);
	if (r->config->library)
		return start_library(r);
	err = drill_stage_open(&r->stage, &r->set,
			       r->config->max_steps ? r->config->max_steps
						    : MAX_STEPS);
	if (err)
		return drill_run_wrong(r, (struct drill_place){1, 1},
				       "the stack cannot be made: %s",
				       strerror(-err));
	refused = drill_profile_apply(r->config->profile, r->stage.stack);
	if (refused)
		return drill_run_wrong(r, (struct drill_place){1, 1},
				       "the stack refuses %s of the profile",
				       refused);
	drill_tunables_save(&r->stage.tunables, r->stage.stack);
	return true;
}

static void stop(struct drill_run *r)
{
	drill_stage_close(&r->stage);
	drill_flows_free(&r->flows);
	drill_fds_free(&r->fds);
	story_free(&r->story);
	if (r->deferred_out)
		fclose(r->deferred_out);
	free(r->deferred);
}

static bool parse(struct drill_run *r, const char *text, size_t len)
{
	const struct drill_error *e = &r->script.error;

	drill_settings_init(&r->set);
	if (!drill_script_parse(&r->script, text, len, r->config->defines) ||
	    !drill_settings_apply(&r->set, &r->script))
		return drill_run_wrong(r, e->place, "%s", e->text);
	if (r->config->tolerance_ns)
		r->set.tolerance_ns = r->config->tolerance_ns;
	return drill_run_check_calls(r);
}

enum drill_verdict drill_run_text(const struct drill_config *c,
				  const char *path, const char *text,
				  size_t len, FILE *out)
{
	struct drill_run r;

	memset(&r, 0, sizeof(r));
	r.config = c;
	r.path = path;
	r.out = out;
	r.subject = -1;
	if (parse(&r, text, len) && !r.set.dry_run && start(&r))
		run_events(&r);
	stop(&r);
	drill_script_free(&r.script);
	if (r.unreadable)
		return DRILL_UNREADABLE;
	return r.failed ? DRILL_FAILED : DRILL_PASSED;
}

static char *read_all(FILE *f, size_t *len)
{
	char *text = drill_grow(NULL, DRILL_SCRIPT_MAX + 1, 1);

	*len = fread(text, 1, DRILL_SCRIPT_MAX + 1, f);
	return text;
}

enum drill_verdict drill_run_file(const struct drill_config *c,
				  const char *path, FILE *out)
{
	FILE *f = fopen(path, "r");
	enum drill_verdict v;
	char *text;
	size_t len;

	if (!f) {
		fprintf(out, "%s: %s\n", path, strerror(errno));
		return DRILL_UNREADABLE;
	}
	text = read_all(f, &len);
	if (ferror(f)) {
		fprintf(out, "%s: it cannot be read\n", path);
		v = DRILL_UNREADABLE;
	} else {
		v = drill_run_text(c, path, text, len, out);
	}
	fclose(f);
	free(text);
	return v;
}
