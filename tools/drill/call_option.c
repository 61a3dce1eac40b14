/* SPDX-License-Identifier: ISC */
/*
 * call_option.c - setsockopt
 *
 * A value is [1], {onoff=1, linger=0}, {tv_sec=1, tv_usec=0}, a string, or
 * "..." for zeros; the length stands beside it.
 */
#include <errno.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include <tern/socket.h>

#include "call_option.h"
#include "call_table.h"
#include "symbol.h"

/* A field under its own name, or the i-th. */
static bool field(struct drill_run *r, const struct drill_expr *e,
		  const char *name, int i, int64_t *v)
{
	const struct drill_expr *f = drill_expr_field(e, name);

	if (!f)
		f = drill_expr_at(e, i);
	return drill_value_number(r, f, v);
}

bool drill_option_is_time(int64_t level, int64_t name)
{
	return level == SOL_SOCKET &&
	       (name == SO_RCVTIMEO || name == SO_SNDTIMEO);
}

static bool fill_struct(struct drill_run *r, const struct drill_expr *e,
			bool time, union drill_option_value *v, socklen_t *len)
{
	int64_t a, b;

	if (time) {
		if (!drill_value_fields(r, e, "tv_sec|tv_usec") ||
		    !field(r, e, "tv_sec", 0, &a) ||
		    !field(r, e, "tv_usec", 1, &b))
			return false;
		v->time.tv_sec = (time_t)a;
		v->time.tv_usec = (suseconds_t)b;
		*len = sizeof(v->time);
		return true;
	}
	if (!drill_value_fields(r, e, "onoff|linger|l_onoff|l_linger") ||
	    !field(r, e, "onoff", 0, &a) || !field(r, e, "linger", 1, &b))
		return false;
	v->linger.l_onoff = (int)a;
	v->linger.l_linger = (int)b;
	*len = sizeof(v->linger);
	return true;
}

static bool fill_list(struct drill_run *r, const struct drill_expr *e,
		      union drill_option_value *v, socklen_t *len)
{
	const struct drill_expr *x;
	size_t n = 0;
	int64_t number;

	for (x = e->first; x; x = x->next) {
		if (n == DRILL_VALUE_MAX / sizeof(int))
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
		 union drill_option_value *v, socklen_t *len)
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
		*len = (socklen_t)(e->len < DRILL_VALUE_MAX ? e->len
							    : DRILL_VALUE_MAX);
		memcpy(v->bytes, e->text, *len);
		return true;
	case DRILL_EXPR_ELLIPSIS:
		return true;
	case DRILL_EXPR_CALL:
		break;
	}
	return drill_run_wrong(r, e->place, "expected the value of an option");
}

bool drill_option_foreign(struct drill_run *r, struct drill_call *c,
			  int64_t name, enum drill_progress *p)
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
	union drill_option_value v;
	socklen_t len;

	if (!drill_arg_fd(r, c, 0, &fd, &unknown) ||
	    !drill_arg_number(r, c, 1, &level) ||
	    !drill_arg_number(r, c, 2, &name))
		return DRILL_CALL_WRONG;
	if (drill_option_foreign(r, c, name, &p))
		return p;
	if (!fill(r, drill_call_arg(c, 3), drill_option_is_time(level, name),
		  &v, &len))
		return DRILL_CALL_WRONG;
	if (size->kind == DRILL_EXPR_NUMBER)
		len = (socklen_t)size->number;
	if (len > DRILL_VALUE_MAX)
		len = DRILL_VALUE_MAX;
	return drill_call_answer(
		c, r->stage.target->setsockopt(&r->stage, fd->tern, (int)level,
					       (int)name, &v, len));
}
