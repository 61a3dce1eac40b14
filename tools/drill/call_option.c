/* SPDX-License-Identifier: ISC */
/*
 * call_option.c - getsockopt and setsockopt
 *
 * A value is [1], {onoff=1, linger=0}, {tv_sec=1, tv_usec=0}, a string, or
 * "..." for one that does not matter; the length stands beside it, in brackets
 * where the call writes it.
 */
#include <errno.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include <tern/socket.h>

#include "call_table.h"
#include "symbol.h"

#define VALUE_MAX 512

union value {
	int number[VALUE_MAX / sizeof(int)];
	struct linger linger;
	struct timeval time;
	uint8_t bytes[VALUE_MAX];
};

/* A field under its own name, or the i-th. */
static bool field(struct drill_run *r, const struct drill_expr *e,
		  const char *name, int i, int64_t *v)
{
	const struct drill_expr *f = drill_expr_field(e, name);

	if (!f)
		f = drill_expr_at(e, i);
	return drill_value_number(r, f, v);
}

static bool is_time(int64_t level, int64_t name)
{
	return level == SOL_SOCKET &&
	       (name == SO_RCVTIMEO || name == SO_SNDTIMEO);
}

static bool fill_struct(struct drill_run *r, const struct drill_expr *e,
			bool time, union value *v, socklen_t *len)
{
	int64_t a, b;

	if (time) {
		if (!field(r, e, "tv_sec", 0, &a) ||
		    !field(r, e, "tv_usec", 1, &b))
			return false;
		v->time.tv_sec = (time_t)a;
		v->time.tv_usec = (suseconds_t)b;
		*len = sizeof(v->time);
		return true;
	}
	if (!field(r, e, "onoff", 0, &a) || !field(r, e, "linger", 1, &b))
		return false;
	v->linger.l_onoff = (int)a;
	v->linger.l_linger = (int)b;
	*len = sizeof(v->linger);
	return true;
}

static bool fill_list(struct drill_run *r, const struct drill_expr *e,
		      union value *v, socklen_t *len)
{
	const struct drill_expr *x;
	size_t n = 0;
	int64_t number;

	for (x = e->first; x; x = x->next) {
		if (n == VALUE_MAX / sizeof(int))
			return drill_run_wrong(r, x->place,
					       "expected fewer numbers");
		if (!drill_value_number(r, x, &number))
			return false;
		v->number[n++] = (int)number;
	}
	*len = (socklen_t)(n * sizeof(int));
	return true;
}

/* Makes the value that setsockopt() is given. */
static bool fill(struct drill_run *r, const struct drill_expr *e, bool time,
		 union value *v, socklen_t *len)
{
	memset(v, 0, sizeof(*v));
	*len = sizeof(int);
	switch (e->kind) {
	case DRILL_EXPR_NUMBER:
		v->number[0] = (int)e->number;
		return true;
	case DRILL_EXPR_LIST:
		return fill_list(r, e, v, len);
	case DRILL_EXPR_STRUCT:
		return fill_struct(r, e, time, v, len);
	case DRILL_EXPR_STRING:
		*len = (socklen_t)(e->len < VALUE_MAX ? e->len : VALUE_MAX);
		memcpy(v->bytes, e->text, *len);
		return true;
	case DRILL_EXPR_ELLIPSIS:
	case DRILL_EXPR_CALL:
		break;
	}
	return drill_run_wrong(r, e->place, "expected the value of an option");
}

/* Is it an option of another system?  Then *p is what becomes of the call. */
static bool is_foreign(struct drill_run *r, struct drill_call *c, int64_t name,
		       enum drill_progress *p)
{
	const struct drill_expr *result = c->s->result;

	if (name == DRILL_OPTION_HARMLESS) {
		*p = drill_call_answer(c, 0);
		return true;
	}
	if (name != DRILL_OPTION_FOREIGN)
		return false;
	*p = drill_call_answer(c, -ENOPROTOOPT);
	if (result->kind == DRILL_EXPR_NUMBER && result->number < 0)
		return true;
	drill_run_fail(r, c->event,
		       "%s(): %s is an option of FreeBSD that the stack does "
		       "not have",
		       c->s->name, drill_call_arg(c, 2)->text);
	*p = DRILL_CALL_WRONG;
	return true;
}

enum drill_progress drill_call_setsockopt(struct drill_run *r,
					  struct drill_call *c)
{
	const struct drill_expr *size = drill_call_arg(c, 4);
	struct drill_fd *fd, unknown;
	enum drill_progress p;
	int64_t level, name;
	union value v;
	socklen_t len;

	if (!drill_arg_fd(r, c, 0, &fd, &unknown) ||
	    !drill_arg_number(r, c, 1, &level) ||
	    !drill_arg_number(r, c, 2, &name))
		return DRILL_CALL_WRONG;
	if (is_foreign(r, c, name, &p))
		return p;
	if (!fill(r, drill_call_arg(c, 3), is_time(level, name), &v, &len))
		return DRILL_CALL_WRONG;
	if (size->kind == DRILL_EXPR_NUMBER)
		len = (socklen_t)size->number;
	if (len > VALUE_MAX)
		len = VALUE_MAX;
	return drill_call_answer(
		c, r->stage.target->setsockopt(&r->stage, fd->tern, (int)level,
					       (int)name, &v, len));
}

static bool check_struct(struct drill_run *r, const struct drill_call *c,
			 const struct drill_expr *e, bool time,
			 const union value *v)
{
	static const char *const names[2][2] = {{"onoff", "linger"},
						{"tv_sec", "tv_usec"}};
	const int64_t actual[2][2] = {{v->linger.l_onoff, v->linger.l_linger},
				      {v->time.tv_sec, v->time.tv_usec}};
	int i;

	for (i = 0; i < 2; i++) {
		const struct drill_expr *f =
			drill_expr_field(e, names[time][i]);

		if (!f)
			f = drill_expr_at(e, i);
		if (!drill_value_check(r, c, f, names[time][i],
				       actual[time][i]))
			return false;
	}
	return true;
}

/* Compares what getsockopt() has given. */
static bool check(struct drill_run *r, const struct drill_call *c, bool time,
		  const union value *v, socklen_t len)
{
	const struct drill_expr *e = drill_call_arg(c, 3);
	size_t n;

	switch (e->kind) {
	case DRILL_EXPR_ELLIPSIS:
		return true;
	case DRILL_EXPR_LIST:
		return !e->first ||
		       drill_value_check(r, c, e->first, "the option",
					 len == 1 ? v->bytes[0] : v->number[0]);
	case DRILL_EXPR_NUMBER:
		return drill_value_check(r, c, e, "the option", v->number[0]);
	case DRILL_EXPR_STRUCT:
		return check_struct(r, c, e, time, v);
	case DRILL_EXPR_STRING:
		n = strnlen((const char *)v->bytes, len);
		if (n == e->len && memcmp(v->bytes, e->text, n) == 0)
			return true;
		return drill_run_fail(r, c->event,
				      "%s(): the option is \"%.*s\", expected "
				      "\"%s\"",
				      c->s->name, (int)n,
				      (const char *)v->bytes, e->text);
	case DRILL_EXPR_CALL:
		break;
	}
	return drill_run_wrong(r, e->place, "expected the value of an option");
}

enum drill_progress drill_call_getsockopt(struct drill_run *r,
					  struct drill_call *c)
{
	const struct drill_expr *size = drill_call_arg(c, 4);
	socklen_t len = VALUE_MAX;
	struct drill_fd *fd, unknown;
	int64_t level, name, room;
	enum drill_progress p;
	union value v;
	int err;

	if (size->kind == DRILL_EXPR_LIST)
		size = size->first;
	if (!drill_arg_fd(r, c, 0, &fd, &unknown) ||
	    !drill_arg_number(r, c, 1, &level) ||
	    !drill_arg_number(r, c, 2, &name))
		return DRILL_CALL_WRONG;
	if (is_foreign(r, c, name, &p))
		return p;
	if (size && size->kind != DRILL_EXPR_ELLIPSIS) {
		if (!drill_value_number(r, size, &room))
			return DRILL_CALL_WRONG;
		if (room >= 0 && room < VALUE_MAX)
			len = (socklen_t)room;
	}
	memset(&v, 0, sizeof(v));
	err = r->stage.target->getsockopt(&r->stage, fd->tern, (int)level,
					  (int)name, &v, &len);
	if (!err && !check(r, c, is_time(level, name), &v, len))
		return DRILL_CALL_WRONG;
	return drill_call_answer(c, err);
}
