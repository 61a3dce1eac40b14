/* SPDX-License-Identifier: ISC */
/*
 * parse.c - a script: option lines, then events, each with its time
 *
 *	script	= { option } { event }, options in parse_setting.c
 *	event	= [ time ] ( packet | call | `shell` | %{ code }% )
 *	time	= "*" | point [ "~" point ] | point "..." point
 *	point	= [ "+" ] seconds
 *
 * Only a command or code may do without a time; it then follows at once.
 */
#include "parse.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void describe(const struct drill_token *t, char *out, size_t size)
{
	int len = (int)(t->len > 40 ? 40 : t->len);

	switch (t->kind) {
	case DRILL_TOKEN_END:
		snprintf(out, size, "the end of the script");
		return;
	case DRILL_TOKEN_NUMBER:
		snprintf(out, size, "the number %llu",
			 (unsigned long long)t->number);
		return;
	case DRILL_TOKEN_FRACTION:
		snprintf(out, size, "a fraction");
		return;
	case DRILL_TOKEN_NAME:
		snprintf(out, size, "'%.*s'", len, t->text);
		return;
	case DRILL_TOKEN_STRING:
		snprintf(out, size, "a string");
		return;
	case DRILL_TOKEN_SHELL:
		snprintf(out, size, "a command");
		return;
	case DRILL_TOKEN_CODE:
		snprintf(out, size, "code");
		return;
	case DRILL_TOKEN_ELLIPSIS:
		snprintf(out, size, "'...'");
		return;
	case DRILL_TOKEN_MARK:
		snprintf(out, size, "'%c'", t->mark);
		return;
	case DRILL_TOKEN_BAD:
		break;
	}
	snprintf(out, size, "something else");
}

void drill_parse_complain(struct drill_parser *p, const char *what)
{
	char found[64];

	describe(drill_lex_peek(&p->lex), found, sizeof(found));
	drill_error_set(p->error, drill_lex_here(&p->lex),
			"expected %s, found %s", what, found);
}

bool drill_parse_mark(struct drill_parser *p, char mark, const char *after)
{
	char what[64];

	if (drill_lex_take_mark(&p->lex, mark))
		return true;
	if (after)
		snprintf(what, sizeof(what), "'%c' after %s", mark, after);
	else
		snprintf(what, sizeof(what), "'%c'", mark);
	return drill_parse_expected(p, what);
}

bool drill_parse_number(struct drill_parser *p, uint32_t max, const char *what,
			uint32_t *out)
{
	const struct drill_token *t = drill_lex_peek(&p->lex);

	if (t->kind != DRILL_TOKEN_NUMBER)
		return drill_parse_expected(p, what);
	if (t->number > max) {
		drill_error_set(p->error, drill_lex_here(&p->lex),
				"%s is %llu, and at most %u is possible", what,
				(unsigned long long)t->number, max);
		return false;
	}
	*out = (uint32_t)t->number;
	drill_lex_take(&p->lex);
	return true;
}

bool drill_parse_name(struct drill_parser *p, const char *what,
		      const char **out)
{
	struct drill_token t;

	if (drill_lex_peek(&p->lex)->kind != DRILL_TOKEN_NAME)
		return drill_parse_expected(p, what);
	t = drill_lex_take(&p->lex);
	*out = drill_arena_text(p->arena, t.text, t.len);
	return true;
}

static bool parse_seconds(struct drill_parser *p, int64_t *ns)
{
	const struct drill_token *t = drill_lex_peek(&p->lex);

	if (t->kind != DRILL_TOKEN_NUMBER && t->kind != DRILL_TOKEN_FRACTION)
		return drill_parse_expected(p, "a time in seconds");
	if (t->ns == INT64_MAX) {
		drill_error_set(p->error, drill_lex_here(&p->lex),
				"this time is too long");
		return false;
	}
	*ns = t->ns;
	drill_lex_take(&p->lex);
	return true;
}

/* The end of a range counts from where its beginning does, "+" or not. */
static bool parse_end(struct drill_parser *p, const struct drill_time *t,
		      int64_t *end)
{
	struct drill_place at = drill_lex_here(&p->lex);

	drill_lex_take_mark(&p->lex, '+');
	if (!parse_seconds(p, end))
		return false;
	if (*end >= t->ns)
		return true;
	drill_error_set(p->error, at,
			"this range of time ends before it "
			"begins");
	return false;
}

/* Takes a time, if there is one: *has. */
static bool parse_time(struct drill_parser *p, struct drill_event *e, bool *has,
		       bool *blocks)
{
	struct drill_time *t = &e->time;
	enum drill_token_kind kind;

	*has = true;
	*blocks = false;
	if (drill_lex_take_mark(&p->lex, '*')) {
		t->kind = DRILL_TIME_ANY;
		return true;
	}
	t->kind = DRILL_TIME_ABSOLUTE;
	if (drill_lex_take_mark(&p->lex, '+'))
		t->kind = DRILL_TIME_RELATIVE;
	kind = drill_lex_peek(&p->lex)->kind;
	if (t->kind == DRILL_TIME_ABSOLUTE && kind != DRILL_TOKEN_NUMBER &&
	    kind != DRILL_TOKEN_FRACTION) {
		*has = false;
		t->kind = DRILL_TIME_RELATIVE;
		return true;
	}
	if (!parse_seconds(p, &t->ns))
		return false;
	if (drill_lex_take_mark(&p->lex, '~')) {
		t->range = true;
		return parse_end(p, t, &t->end_ns);
	}
	if (drill_lex_peek(&p->lex)->kind != DRILL_TOKEN_ELLIPSIS)
		return true;
	drill_lex_take(&p->lex);
	*blocks = true;
	return parse_end(p, t, &t->end_ns);
}

static bool parse_call(struct drill_parser *p, struct drill_event *e,
		       bool blocks)
{
	e->kind = DRILL_EVENT_CALL;
	e->call = drill_arena_get(p->arena, sizeof(*e->call));
	e->call->blocks = blocks;
	e->call->end_ns = e->time.end_ns;
	return drill_parse_syscall(p, e->call);
}

static bool parse_body(struct drill_parser *p, struct drill_event *e,
		       enum drill_event_kind kind)
{
	struct drill_token t = drill_lex_take(&p->lex);

	e->kind = kind;
	e->body = drill_arena_text(p->arena, t.text, t.len);
	e->body_place =
		drill_lex_place(&p->lex, (size_t)(t.text - p->lex.text));
	return true;
}

/* What is sent to the stack has to be a datagram; what it sends may be several
 * in one event. */
static bool check_length(struct drill_parser *p, const struct drill_event *e)
{
	const struct drill_packet *k = e->packet;

	if (k->len <= DRILL_TEXT_MAX || e->kind == DRILL_EVENT_OUTBOUND ||
	    k->quote != DRILL_QUOTE_NONE)
		return true;
	drill_error_set(p->error, k->place,
			"%u bytes do not fit into a packet, which holds %u",
			k->len, DRILL_TEXT_MAX);
	return false;
}

static bool parse_packet(struct drill_parser *p, struct drill_event *e)
{
	e->kind = drill_lex_take(&p->lex).mark == '<' ? DRILL_EVENT_INBOUND
						      : DRILL_EVENT_OUTBOUND;
	e->packet = drill_arena_get(p->arena, sizeof(*e->packet));
	return drill_parse_packet(p, e->packet) && check_length(p, e);
}

static bool parse_action(struct drill_parser *p, struct drill_event *e,
			 bool timed, bool blocks)
{
	const struct drill_token *t = drill_lex_peek(&p->lex);
	bool packet = t->kind == DRILL_TOKEN_MARK &&
		      (t->mark == '<' || t->mark == '>');

	if (t->kind == DRILL_TOKEN_BAD)
		return false;
	if (blocks && t->kind != DRILL_TOKEN_NAME)
		return drill_parse_expected(p, "a system call after a time "
					       "with '...'");
	if (t->kind == DRILL_TOKEN_SHELL)
		return parse_body(p, e, DRILL_EVENT_SHELL);
	if (t->kind == DRILL_TOKEN_CODE)
		return parse_body(p, e, DRILL_EVENT_CODE);
	if (!timed)
		return drill_parse_expected(p, "a time such as 0, +.1 or *");
	if (packet)
		return parse_packet(p, e);
	if (t->kind == DRILL_TOKEN_NAME)
		return parse_call(p, e, blocks);
	return drill_parse_expected(p, "'<', '>', a system call, a `command` "
				       "or %{ code }%");
}

/* The event as it stands in the script, but on one line. */
static const char *source_of(struct drill_parser *p, size_t begin, size_t end)
{
	char *text =
		drill_arena_text(p->arena, p->lex.text + begin, end - begin);
	char *from = text, *to = text;

	for (; *from; from++) {
		bool blank = isspace((unsigned char)*from);

		if (blank && (to == text || to[-1] == ' '))
			continue;
		*to = *from;
		if (blank)
			*to = ' ';
		to++;
	}
	*to = 0;
	return text;
}

static bool parse_event(struct drill_parser *p, struct drill_event *e)
{
	const size_t begin = drill_lex_begin(&p->lex);
	bool timed, blocks;

	e->place = drill_lex_place(&p->lex, begin);
	if (!parse_time(p, e, &timed, &blocks) ||
	    !parse_action(p, e, timed, blocks))
		return false;
	e->source = source_of(p, begin, p->lex.taken);
	return !p->error->text[0];
}

bool drill_script_parse(struct drill_script *s, const char *text, size_t len,
			const char *const *defines)
{
	struct drill_parser p = {.arena = &s->arena, .error = &s->error};
	struct drill_event **end = &s->events;

	memset(s, 0, sizeof(*s));
	if (len > DRILL_SCRIPT_MAX) {
		drill_error_set(&s->error, (struct drill_place){1, 1},
				"the script is longer than %u bytes",
				DRILL_SCRIPT_MAX);
		return false;
	}
	drill_lex_init(&p.lex, text, len, &s->error);
	if (!drill_parse_given(&p, defines) ||
	    !drill_parse_settings(&p, &s->settings))
		return false;
	while (drill_lex_peek(&p.lex)->kind != DRILL_TOKEN_END) {
		struct drill_event *e = drill_arena_get(&s->arena, sizeof(*e));

		if (!parse_event(&p, e))
			return false;
		*end = e;
		end = &e->next;
	}
	return true;
}

void drill_script_free(struct drill_script *s)
{
	drill_arena_free(&s->arena);
}
