/* SPDX-License-Identifier: ISC */
/*
 * code.c - %{ code }% of the script
 *
 * Plain asserts are judged at once.  What needs python is collected with the
 * values that its names have now, and run in one process at the end, so that
 * later code sees what earlier code has left.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "host.h"
#include "symbol.h"
#include "variables.h"

/* What code of a script may be worth saying of its failure. */
#define SAID_MAX 600

static bool find_name(const void *ctx, const char *name, int64_t *value)
{
	return drill_snapshot_find(ctx, name, value) ||
	       drill_symbol_find(name, value);
}

static uint32_t line_at(const struct drill_event *e, size_t offset)
{
	uint32_t line = e->body_place.line;
	size_t i;

	for (i = 0; i < offset; i++)
		line += e->body[i] == '\n';
	return line;
}

static bool fail_assert(struct drill_run *r, const struct drill_event *e,
			const struct drill_outcome_at *at)
{
	struct drill_event where = *e;

	where.place.line = line_at(e, at->offset);
	return drill_run_fail(r, &where, "this does not hold: %.*s%s%s",
			      (int)at->len, e->body + at->offset,
			      at->values[0] ? "\n  " : "", at->values);
}

/* Python text as a string that python will read. */
static void put_hex(FILE *out, const char *text)
{
	fputs("bytes.fromhex('", out);
	for (; *text; text++)
		fprintf(out, "%02x", (unsigned char)*text);
	fputs("').decode()", out);
}

static const char preamble[] =
	"import sys, textwrap\n"
	"env = {}\n"
	"def run(path, line, names, src):\n"
	"    head, nl, rest = src.partition('\\n')\n"
	"    src = head.lstrip() + nl + textwrap.dedent(rest)\n"
	"    env.update(names)\n"
	"    try:\n"
	"        exec(compile('\\n' * (line - 1) + src, path, 'exec'), env)\n"
	"    except BaseException as e:\n"
	"        at = e.__traceback__\n"
	"        while at:\n"
	"            if at.tb_frame.f_code.co_filename == path:\n"
	"                line = at.tb_lineno\n"
	"            at = at.tb_next\n"
	"        line = getattr(e, 'lineno', None) or line\n"
	"        print('%d %s: %s' % (line, type(e).__name__, e))\n"
	"        sys.exit(1)\n";

/* Constants are given as far as the code has their names. */
static void put_constants(FILE *out, const char *code)
{
	char name[64];
	int64_t v;

	while (*code) {
		size_t n = 0;

		while (code[n] == '_' || isalnum((unsigned char)code[n]))
			n++;
		if (n > 0 && n < sizeof(name)) {
			memcpy(name, code, n);
			name[n] = 0;
			if (drill_symbol_find(name, &v))
				fprintf(out, "'%s': %lld, ", name,
					(long long)v);
		}
		code += n ? n : 1;
	}
}

static bool defer(struct drill_run *r, const struct drill_event *e,
		  const struct drill_snapshot *s)
{
	const char *name;
	int64_t v;
	FILE *out;
	int i;

	if (r->config->confined)
		return drill_run_fail(r, e, "no python is run here");
	if (!r->deferred_out)
		r->deferred_out =
			open_memstream(&r->deferred, &r->deferred_len);
	out = r->deferred_out;
	if (!out)
		return drill_run_fail(r, e, "there is no memory");
	fputs("run(", out);
	put_hex(out, r->path);
	fprintf(out, ", %u, {", e->body_place.line);
	put_constants(out, e->body);
	for (i = 0; (name = drill_snapshot_at(s, i, &v)); i++)
		fprintf(out, "'%s': %lld, ", name, (long long)v);
	fputs("}, ", out);
	put_hex(out, e->body);
	fputs(")\n", out);
	return true;
}

/* The descriptor that code is about: what was connected last, or the first
 * there is. */
static int subject(const struct drill_run *r)
{
	const struct drill_fd *fd = drill_fd_find(&r->fds, r->subject);

	if (!fd && r->fds.n > 0)
		fd = &r->fds.all[0];
	return fd ? fd->tern : -1;
}

bool drill_run_code(struct drill_run *r, const struct drill_event *e)
{
	struct drill_outcome_at at;
	struct drill_snapshot s;

	drill_run_tell(r, "%s", e->source);
	drill_snapshot_take(&s, &r->stage, subject(r));
	if (drill_profile_is_freebsd(r->config->profile))
		drill_snapshot_to_freebsd(&s);
	drill_code_evaluate(e->body, find_name, &s, &at);
	switch (at.outcome) {
	case DRILL_CODE_PASSED:
		return true;
	case DRILL_CODE_FAILED:
		return fail_assert(r, e, &at);
	case DRILL_CODE_FOREIGN:
		break;
	}
	return defer(r, e, &s);
}

static bool fail_python(struct drill_run *r, int status, const char *said)
{
	const struct drill_event *e = r->script.events;
	struct drill_event where = {.place = {1, 1}};
	char *end;

	while (e && e->kind != DRILL_EVENT_CODE)
		e = e->next;
	if (e)
		where.place = e->place;
	if (status == 127)
		return drill_run_fail(r, &where,
				      "python3 is needed for code that is "
				      "more than plain asserts, and cannot be "
				      "run");
	where.place.line = (uint32_t)strtoul(said, &end, 10);
	while (*end && isspace((unsigned char)end[strlen(end) - 1]))
		end[strlen(end) - 1] = 0;
	return drill_run_fail(r, &where, "the code fails:%.*s", SAID_MAX, end);
}

bool drill_run_deferred(struct drill_run *r)
{
	char *program = NULL, *said = NULL;
	size_t len = 0, said_len = 0;
	FILE *out, *err;
	int status;

	if (!r->deferred_out)
		return true;
	fflush(r->deferred_out);
	out = open_memstream(&program, &len);
	err = open_memstream(&said, &said_len);
	if (!out || !err)
		return false;
	fprintf(out, "%s%s", preamble, r->deferred);
	fclose(out);
	status = drill_host_python(r, program, err);
	fclose(err);
	if (status)
		fail_python(r, status, said);
	free(program);
	free(said);
	return status == 0;
}
