/* SPDX-License-Identifier: ISC */
/*
 * parse_expr.c - a system call, and the values in it
 *
 *	call	= name "(" [ value { "," value } ] ")" "=" value
 *		  [ ERRNO ] [ "(" remark ")" ]
 *	value	= part { "|" part }
 *	part	= "..." | [ "-" | "~" ] number | constant | string
 *		| "[" [ value { "," value } ] "]"
 *		| "{" [ field { "," field } ] "}"
 *		| name "(" [ value { "," value } ] ")"
 *	field	= [ name [ "(" value ")" ] "=" ] value
 *
 * Constants become numbers here, so that one that does not exist is found
 * before anything runs.
 */
#include "parse.h"

#include <string.h>

#include "symbol.h"

#define DEPTH_MAX 16

const struct drill_expr *drill_expr_field(const struct drill_expr *e,
					  const char *name)
{
	const struct drill_expr *x;

	for (x = e->first; x; x = x->next)
		if (x->field && strcmp(x->field, name) == 0)
			return x;
	return NULL;
}

const struct drill_expr *drill_expr_at(const struct drill_expr *e, int i)
{
	const struct drill_expr *x = e->first;

	while (x && i-- > 0)
		x = x->next;
	return x;
}

int drill_expr_count(const struct drill_expr *e)
{
	const struct drill_expr *x;
	int n = 0;

	for (x = e->first; x; x = x->next)
		n++;
	return n;
}

static struct drill_expr *make(struct drill_parser *p,
			       enum drill_expr_kind kind,
			       struct drill_place place)
{
	struct drill_expr *e = drill_arena_get(p->arena, sizeof(*e));

	e->kind = kind;
	e->place = place;
	return e;
}

/* Up to two digits.  Returns how many there are. */
static size_t unescape_hex(const char *s, size_t len, char *out)
{
	size_t n = 0;
	int v = 0;

	for (; n < 2 && n < len && drill_hex_digit(s[n]) >= 0; n++)
		v = v * 16 + drill_hex_digit(s[n]);
	*out = (char)v;
	return n;
}

/* The character that one behind a backslash stands for. */
static char unescape_letter(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case '0':
		return 0;
	default:
		return c;
	}
}

/* The bytes that a string stands for. */
static void unescape(struct drill_expr *e, char *out, const char *s, size_t len)
{
	size_t i;

	e->text = out;
	for (i = 0; i < len; i++) {
		if (s[i] != '\\' || i + 1 == len) {
			*out++ = s[i];
			continue;
		}
		i++;
		if (s[i] == 'x')
			i += unescape_hex(s + i + 1, len - i - 1, out++);
		else
			*out++ = unescape_letter(s[i]);
	}
	e->len = (size_t)(out - e->text);
	*out = 0;
}

static bool parse_string(struct drill_parser *p, struct drill_expr **out)
{
	struct drill_expr *e =
		make(p, DRILL_EXPR_STRING, drill_lex_here(&p->lex));
	struct drill_token t = drill_lex_take(&p->lex);

	unescape(e, drill_arena_get(p->arena, t.len + 1), t.text, t.len);
	*out = e;
	return true;
}

static bool parse_signed(struct drill_parser *p, struct drill_expr **out)
{
	struct drill_expr *e =
		make(p, DRILL_EXPR_NUMBER, drill_lex_here(&p->lex));
	bool minus = drill_lex_take_mark(&p->lex, '-');
	bool not = !minus && drill_lex_take_mark(&p->lex, '~');

	if (drill_lex_peek(&p->lex)->kind != DRILL_TOKEN_NUMBER)
		return drill_parse_expected(p, "a number");
	e->number = (int64_t)drill_lex_take(&p->lex).number;
	if (minus)
		e->number = (int64_t)(0 - (uint64_t)e->number);
	if (not )
		e->number = ~e->number;
	*out = e;
	return true;
}

/* Values up to `close`, each read by `parse`. */
static bool parse_parts(struct drill_parser *p, char close,
			struct drill_expr **end,
			bool (*parse)(struct drill_parser *,
				      struct drill_expr **))
{
	if (drill_lex_take_mark(&p->lex, close))
		return true;
	do {
		if (!parse(p, end))
			return false;
		end = &(*end)->next;
	} while (drill_lex_take_mark(&p->lex, ','));
	return drill_parse_mark(p, close, "a value");
}

static bool parse_part(struct drill_parser *p, struct drill_expr **out);

/* What begins with a name that has been taken: a call, or a constant. */
static bool parse_named(struct drill_parser *p, const char *name,
			struct drill_place at, struct drill_expr **out)
{
	struct drill_expr *e = make(p, DRILL_EXPR_NUMBER, at);

	*out = e;
	e->text = name;
	if (drill_lex_take_mark(&p->lex, '(')) {
		e->kind = DRILL_EXPR_CALL;
		return parse_parts(p, ')', &e->first, drill_parse_expr);
	}
	if (drill_symbol_find(name, &e->number))
		return true;
	drill_error_set(p->error, at, "there is no constant '%s'", name);
	return false;
}

static bool parse_or(struct drill_parser *p, struct drill_expr *e)
{
	struct drill_expr *more;

	while (drill_lex_is_mark(&p->lex, '|')) {
		if (e->kind != DRILL_EXPR_NUMBER)
			return drill_parse_expected(p, "the end of the value");
		drill_lex_take(&p->lex);
		if (!parse_part(p, &more))
			return false;
		if (more->kind != DRILL_EXPR_NUMBER) {
			drill_error_set(p->error, more->place,
					"only numbers can be joined by '|'");
			return false;
		}
		e->number |= more->number;
	}
	return true;
}

static bool parse_field(struct drill_parser *p, struct drill_expr **out)
{
	struct drill_place at = drill_lex_here(&p->lex);
	struct drill_expr *e, *arg = NULL;
	const char *name;

	if (drill_lex_peek(&p->lex)->kind != DRILL_TOKEN_NAME)
		return drill_parse_expr(p, out);
	if (!drill_parse_name(p, "a name", &name))
		return false;
	if (!drill_lex_is_mark(&p->lex, '=')) {
		if (!parse_named(p, name, at, &e))
			return false;
		*out = e;
		if (e->kind != DRILL_EXPR_CALL ||
		    !drill_lex_is_mark(&p->lex, '='))
			return parse_or(p, e);
		arg = e->first;
	}
	drill_lex_take(&p->lex);
	if (!drill_parse_expr(p, &e))
		return false;
	e->field = name;
	e->field_arg = arg;
	*out = e;
	return true;
}

static bool parse_inside(struct drill_parser *p, char open,
			 struct drill_expr **out)
{
	struct drill_expr *e;

	e = make(p, open == '[' ? DRILL_EXPR_LIST : DRILL_EXPR_STRUCT,
		 drill_lex_here(&p->lex));
	drill_lex_take(&p->lex);
	*out = e;
	if (open == '[')
		return parse_parts(p, ']', &e->first, drill_parse_expr);
	return parse_parts(p, '}', &e->first, parse_field);
}

static bool parse_mark(struct drill_parser *p, struct drill_expr **out)
{
	const char mark = drill_lex_peek(&p->lex)->mark;

	if (mark == '[' || mark == '{')
		return parse_inside(p, mark, out);
	if (mark == '-' || mark == '~')
		return parse_signed(p, out);
	return drill_parse_expected(p, "a value");
}

static bool parse_part(struct drill_parser *p, struct drill_expr **out)
{
	struct drill_place at = drill_lex_here(&p->lex);
	const char *name;

	switch (drill_lex_peek(&p->lex)->kind) {
	case DRILL_TOKEN_ELLIPSIS:
		drill_lex_take(&p->lex);
		*out = make(p, DRILL_EXPR_ELLIPSIS, at);
		return true;
	case DRILL_TOKEN_NUMBER:
		return parse_signed(p, out);
	case DRILL_TOKEN_STRING:
		return parse_string(p, out);
	case DRILL_TOKEN_MARK:
		return parse_mark(p, out);
	case DRILL_TOKEN_NAME:
		return drill_parse_name(p, "a name", &name) &&
		       parse_named(p, name, at, out);
	case DRILL_TOKEN_END:
	case DRILL_TOKEN_FRACTION:
	case DRILL_TOKEN_SHELL:
	case DRILL_TOKEN_CODE:
	case DRILL_TOKEN_BAD:
		break;
	}
	return drill_parse_expected(p, "a value");
}

bool drill_parse_expr(struct drill_parser *p, struct drill_expr **out)
{
	bool ok;

	if (p->depth == DEPTH_MAX)
		return drill_parse_expected(p, "less deep a structure");
	p->depth++;
	ok = parse_part(p, out) && parse_or(p, *out);
	p->depth--;
	return ok;
}

static bool parse_errno(struct drill_parser *p, struct drill_syscall *out)
{
	struct drill_place at = drill_lex_here(&p->lex);
	int64_t v;

	if (drill_lex_peek(&p->lex)->kind != DRILL_TOKEN_NAME)
		return true;
	if (!drill_parse_name(p, "an errno", &out->err_name))
		return false;
	if (out->err_name[0] != 'E' || !drill_symbol_find(out->err_name, &v)) {
		drill_error_set(p->error, at, "there is no errno '%s'",
				out->err_name);
		return false;
	}
	out->err = (int)v;
	return true;
}

bool drill_parse_syscall(struct drill_parser *p, struct drill_syscall *out)
{
	struct drill_expr head = {0};
	const struct drill_expr *e;

	if (!drill_parse_name(p, "a system call", &out->name) ||
	    !drill_parse_mark(p, '(', "the name of a system call") ||
	    !parse_parts(p, ')', &head.first, drill_parse_expr))
		return false;
	out->args = head.first;
	for (e = out->args; e; e = e->next)
		out->n_args++;
	if (!drill_parse_mark(p, '=', "a system call") ||
	    !drill_parse_expr(p, &out->result))
		return false;
	return parse_errno(p, out) && drill_lex_remark(&p->lex);
}
