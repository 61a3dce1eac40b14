/* SPDX-License-Identifier: ISC */
/*
 * call.c - a system call: begun, tried again, compared with what was expected
 *
 * A call with a range of time may block from its beginning until it has an
 * answer, while the script goes on; the answer has to come at the range's end.
 * One without must have its answer at once.
 */
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "symbol.h"

#define LOOK_NS 1000000 /* below any tolerance */

const struct drill_expr *drill_call_arg(const struct drill_call *c, int i)
{
	const struct drill_expr *e = c->s->args;

	while (e && i-- > 0)
		e = e->next;
	return e;
}

enum drill_progress drill_call_answer(struct drill_call *c, int64_t result)
{
	c->result = result;
	return DRILL_CALL_DONE;
}

bool drill_run_check_calls(struct drill_run *r)
{
	const struct drill_event *e;

	for (e = r->script.events; e; e = e->next) {
		const struct drill_call_row *row;

		if (e->kind != DRILL_EVENT_CALL)
			continue;
		row = drill_call_find(e->call->name);
		if (!row)
			return drill_run_wrong(r, e->place,
					       "there is no system call %s()",
					       e->call->name);
		if (e->call->n_args < row->min_args ||
		    e->call->n_args > row->max_args)
			return drill_run_wrong(
				r, e->place,
				"%s() has %d arguments here, expected %d%s",
				e->call->name, e->call->n_args, row->min_args,
				row->min_args < row->max_args ? " or more"
							      : "");
	}
	return true;
}

static void print_result(char *out, size_t size, int64_t result)
{
	if (result < 0)
		snprintf(out, size, "-1 %s (%s)",
			 drill_errno_name((int)-result),
			 strerror((int)-result));
	else
		snprintf(out, size, "%lld", (long long)result);
}

static bool differs(struct drill_run *r, const struct drill_call *c)
{
	char actual[128], expected[64] = "";
	const int64_t n = c->s->result->number;

	print_result(actual, sizeof(actual), c->result);
	if (c->s->result->kind != DRILL_EXPR_NUMBER)
		snprintf(expected, sizeof(expected), "...");
	else if (n > 255 && (n & (n - 1)) == 0)
		snprintf(expected, sizeof(expected), "0x%llx",
			 (unsigned long long)n);
	else
		snprintf(expected, sizeof(expected), "%lld", (long long)n);
	return drill_run_fail(r, c->event, "%s() returned %s, expected %s%s%s",
			      c->s->name, actual, expected,
			      c->s->err_name ? " " : "",
			      c->s->err_name ? c->s->err_name : "");
}

/* A new descriptor gets the number that the script expects. */
static bool name_fd(struct drill_run *r, const struct drill_call *c)
{
	const struct drill_expr *e = c->s->result;
	struct drill_fd *fd = drill_fd_find_tern(&r->fds, (int)c->result);
	int number = drill_fd_unused(&r->fds);

	if (e->kind == DRILL_EXPR_NUMBER)
		number = (int)e->number;
	if (number < 0)
		return differs(r, c);
	if (drill_fd_find(&r->fds, number))
		return drill_run_fail(r, c->event,
				      "%s() returned a new descriptor, but the "
				      "script has a %d already",
				      c->s->name, number);
	if (!fd)
		fd = drill_fd_add(&r->fds, number, (int)c->result);
	fd->script = number;
	if (strncmp(c->s->name, "epoll_create", 12) == 0)
		fd->kind = DRILL_FD_EPOLL;
	else if (strcmp(c->s->name, "socket") != 0)
		r->subject = number;
	return true;
}

static bool check_result(struct drill_run *r, const struct drill_call *c)
{
	const struct drill_expr *e = c->s->result;

	if (c->row->makes_fd && c->result >= 0)
		return name_fd(r, c);
	if (e->kind == DRILL_EXPR_ELLIPSIS)
		return true;
	if (e->kind != DRILL_EXPR_NUMBER)
		return drill_run_wrong(r, e->place,
				       "a result is a number or '...'");
	if (c->result < 0 && e->number == -1)
		return !c->s->err_name || c->s->err == -c->result ||
		       differs(r, c);
	return c->result == e->number || differs(r, c);
}

/* The call has its answer now. */
static bool finish(struct drill_run *r, const struct drill_call *c)
{
	const int64_t now = drill_stage_answered(&r->stage);
	char text[128];

	if (c->s->blocks) {
		print_result(text, sizeof(text), c->result);
		drill_run_tell(r, "%s() = %s", c->s->name, text);
	}
	if (!check_result(r, c))
		return false;
	if (c->s->blocks) {
		const int64_t off = now - c->end_ns;
		const int64_t room =
			drill_run_tolerance(r, c->end_ns - c->begin_ns);

		if (off > room || off < -room)
			return drill_run_fail(
				r, c->event,
				"%s() returned at %.6f s, expected at %.6f s",
				c->s->name, (double)now / 1e9,
				(double)c->end_ns / 1e9);
	}
	return true;
}

static enum drill_progress attempt(struct drill_run *r, struct drill_call *c)
{
	enum drill_progress p = c->row->run(r, c);

	c->begun = true;
	if (r->failed)
		return p;
	if (p == DRILL_CALL_DONE && r->stage.target->waiting(&r->stage))
		return DRILL_CALL_BLOCKS;
	drill_stage_settle(&r->stage);
	return p;
}

/* What a call has begun may be over at once, on the way through lo. */
static enum drill_progress begin(struct drill_run *r, struct drill_call *c)
{
	const enum drill_progress p = attempt(r, c);

	return p == DRILL_CALL_BLOCKS ? attempt(r, c) : p;
}

bool drill_run_resume(struct drill_run *r)
{
	struct drill_call *c = &r->pending;

	if (!r->is_pending)
		return true;
	switch (attempt(r, c)) {
	case DRILL_CALL_BLOCKS:
		return true;
	case DRILL_CALL_DONE:
		r->is_pending = false;
		return finish(r, c);
	case DRILL_CALL_WRONG:
		break;
	}
	r->is_pending = false;
	return false;
}

/* Who sleeps in one go must wake now and then, to see that a call is over; not
 * before its answer can be in time. */
static int64_t next_look(const struct drill_run *r, int64_t limit)
{
	const int64_t soon = drill_stage_time(&r->stage) + LOOK_NS;
	const int64_t first = 2 * r->pending.end_ns - limit;

	if (!r->stage.target->blocks)
		return limit;
	return first > soon ? first : soon < limit ? soon : limit;
}

bool drill_run_finish_call(struct drill_run *r)
{
	const struct drill_call *c = &r->pending;
	int64_t limit;

	if (!r->is_pending)
		return true;
	limit = c->end_ns + drill_run_tolerance(r, c->end_ns - c->begin_ns);
	while (r->is_pending && drill_run_step(r, next_look(r, limit)))
		;
	if (r->failed)
		return false;
	if (!r->is_pending)
		return true;
	return drill_run_fail(r, c->event,
			      "%s() has not returned at %.6f s, expected at "
			      "%.6f s",
			      c->s->name,
			      (double)drill_stage_time(&r->stage) / 1e9,
			      (double)c->end_ns / 1e9);
}

bool drill_run_call(struct drill_run *r, const struct drill_event *e)
{
	struct drill_call c = {
		.event = e,
		.s = e->call,
		.row = drill_call_find(e->call->name),
		.begin_ns = r->event_ns,
		.until_ns = INT64_MAX,
	};

	/* A program makes one call at a time. */
	if (!drill_run_finish_call(r))
		return false;
	if (e->call->blocks)
		c.end_ns = e->call->end_ns - e->time.ns + r->event_ns;
	drill_run_tell(r, "%s", e->source);
	switch (begin(r, &c)) {
	case DRILL_CALL_DONE:
		return finish(r, &c);
	case DRILL_CALL_BLOCKS:
		break;
	case DRILL_CALL_WRONG:
		return false;
	}
	if (!e->call->blocks)
		return drill_run_fail(r, e,
				      "%s() blocks, and the script gives it no "
				      "time to (as in +0...0.2)",
				      e->call->name);
	r->pending = c;
	r->is_pending = true;
	return true;
}
