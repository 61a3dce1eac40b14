/* SPDX-License-Identifier: ISC */
/*
 * call_option_get.c - getsockopt
 *
 * What the script says of the value is compared: numbers one by one, a
 * structure by its fields (of TCP_INFO any tcpi_x), a string.  The length
 * stands beside it in brackets.
 *
 * Under the profile freebsd the size of a buffer reads as it was set, without
 * what Linux adds for bookkeeping, and a flag that is set as any number.
 */
#include <errno.h>
#include <string.h>

#include <netinet/in.h>

#include "call_option.h"
#include "call_table.h"
#include "symbol.h"
#include "variables.h"

/* What was asked, and what has come. */
struct got {
	int64_t level, name;
	union drill_option_value v;
	socklen_t len;
};

static bool check_named(struct drill_run *r, const struct drill_call *c,
			const struct drill_expr *e, const struct got *g)
{
	static const char *const names[2][2] = {{"onoff", "linger"},
						{"tv_sec", "tv_usec"}};
	const int64_t actual[2][2] = {
		{g->v.linger.l_onoff, g->v.linger.l_linger},
		{g->v.time.tv_sec, g->v.time.tv_usec}};
	const bool time = drill_option_is_time(g->level, g->name);
	int i;

	if (!drill_value_fields(r, e, time ? "tv_sec|tv_usec" : "onoff|linger"))
		return false;
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

static bool check_info(struct drill_run *r, const struct drill_call *c,
		       const struct drill_expr *e, const struct got *g)
{
	const struct drill_expr *f;
	struct drill_snapshot s;
	int64_t v;

	memset(&s, 0, sizeof(s));
	s.info_len = g->len < DRILL_INFO_MAX ? g->len : DRILL_INFO_MAX;
	memcpy(s.info_bytes, g->v.bytes, s.info_len);
	if (drill_profile_is_freebsd(r->config->profile))
		drill_snapshot_to_freebsd(&s);
	for (f = e->first; f; f = f->next) {
		if (!f->field || !drill_snapshot_find(&s, f->field, &v))
			return drill_run_wrong(
				r, f->place,
				"expected fields of TCP_INFO that the stack "
				"tells, such as tcpi_state=TCP_ESTABLISHED");
		if (!drill_value_check(r, c, f, f->field, v))
			return false;
	}
	return true;
}

static bool check_text(struct drill_run *r, const struct drill_call *c,
		       const struct drill_expr *e, const struct got *g)
{
	const char *text = (const char *)g->v.bytes;
	const size_t n = strnlen(text, g->len);

	if (n == e->len && memcmp(text, e->text, n) == 0)
		return true;
	return drill_run_fail(r, c->event,
			      "%s(): the option is \"%.*s\", expected \"%s\"",
			      c->s->name, (int)n, text, e->text);
}

static bool is_flag(const struct got *g)
{
	if (g->level == IPPROTO_TCP)
		return g->name == TCP_NODELAY || g->name == TCP_CORK;
	return g->level == SOL_SOCKET &&
	       (g->name == SO_REUSEADDR || g->name == SO_KEEPALIVE ||
		g->name == SO_BROADCAST || g->name == SO_OOBINLINE ||
		g->name == SO_REUSEPORT || g->name == SO_DONTROUTE ||
		g->name == SO_ACCEPTCONN || g->name == SO_DEBUG);
}

/* The number that FreeBSD would tell, where the script expects `e`. */
static int64_t freebsd_number(const struct got *g, const struct drill_expr *e,
			      int64_t actual)
{
	if (g->level == SOL_SOCKET &&
	    (g->name == SO_SNDBUF || g->name == SO_RCVBUF))
		return actual / 2;
	if (is_flag(g) && actual && e->kind == DRILL_EXPR_NUMBER && e->number)
		return e->number;
	return actual;
}

static bool check_numbers(struct drill_run *r, const struct drill_call *c,
			  const struct drill_expr *e, const struct got *g)
{
	const size_t n = g->len / sizeof(int);
	size_t i = 0;

	for (; e; e = e->next, i++) {
		int64_t actual = 0;

		if (i < n)
			actual = g->v.number[i];
		else if (i == 0) /* of an option that may be a byte */
			actual = g->v.bytes[0];
		if (drill_profile_is_freebsd(r->config->profile))
			actual = freebsd_number(g, e, actual);
		if (!drill_value_check(r, c, e, "the option", actual))
			return false;
	}
	return true;
}

/* Compares what getsockopt() has given. */
static bool check(struct drill_run *r, const struct drill_call *c,
		  const struct got *g)
{
	const struct drill_expr *e = drill_call_arg(c, 3);
	struct drill_expr alone = *e;

	switch (e->kind) {
	case DRILL_EXPR_ELLIPSIS:
		return true;
	case DRILL_EXPR_LIST:
		return check_numbers(r, c, e->first, g);
	case DRILL_EXPR_NUMBER:
		alone.next = NULL;
		return check_numbers(r, c, &alone, g);
	case DRILL_EXPR_STRUCT:
		if (g->level == IPPROTO_TCP && g->name == TCP_INFO)
			return check_info(r, c, e, g);
		return check_named(r, c, e, g);
	case DRILL_EXPR_STRING:
		return check_text(r, c, e, g);
	case DRILL_EXPR_CALL:
		break;
	}
	return drill_run_wrong(r, e->place, "expected the value of an option");
}

enum drill_progress drill_call_getsockopt(struct drill_run *r,
					  struct drill_call *c)
{
	const struct drill_expr *size = drill_call_arg(c, 4);
	struct got g = {.len = DRILL_VALUE_MAX};
	struct drill_fd *fd, unknown;
	enum drill_progress p;
	int64_t room;
	int err;

	if (size->kind == DRILL_EXPR_LIST)
		size = size->first;
	if (!drill_arg_fd(r, c, 0, &fd, &unknown) ||
	    !drill_arg_number(r, c, 1, &g.level) ||
	    !drill_arg_number(r, c, 2, &g.name))
		return DRILL_CALL_WRONG;
	if (drill_option_foreign(r, c, g.name, &p))
		return p;
	if (size && size->kind != DRILL_EXPR_ELLIPSIS) {
		if (!drill_value_number(r, size, &room))
			return DRILL_CALL_WRONG;
		if (room >= 0 && room < DRILL_VALUE_MAX)
			g.len = (socklen_t)room;
	}
	err = r->stage.target->getsockopt(&r->stage, fd->tern, (int)g.level,
					  (int)g.name, &g.v, &g.len);
	if (!err && !check(r, c, &g))
		return DRILL_CALL_WRONG;
	return drill_call_answer(c, err);
}
