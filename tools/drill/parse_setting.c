/* SPDX-License-Identifier: ISC */
/*
 * parse_setting.c - the option lines at the head of a script
 *
 *	option	= "--" name [ ( "=" | blanks ) value ]
 *		| ( "-D" | "--define=" | "--define" ) NAME "=" VALUE
 *
 * As many on a line as there are.  What a name is defined to be stands in its
 * place from there on; of several definitions the first one counts, so that
 * those of the command line come before those of the script.
 */
#include <ctype.h>
#include <string.h>

#include "parse.h"

/* A piece of the line. */
struct word {
	const char *text;
	size_t len;
};

static bool next_word(const char **at, const char *stop, struct word *w)
{
	while (*at < stop && isspace((unsigned char)**at))
		++*at;
	w->text = *at;
	if (*at == stop || **at == '#' ||
	    (stop - *at > 1 && memcmp(*at, "//", 2) == 0))
		return false;
	while (*at < stop && !isspace((unsigned char)**at) && **at != '#')
		++*at;
	w->len = (size_t)(*at - w->text);
	return true;
}

static void cut(struct word *w, size_t n)
{
	w->text += n;
	w->len -= n;
}

static bool begins(const struct word *w, const char *with)
{
	const size_t n = strlen(with);

	return w->len >= n && memcmp(w->text, with, n) == 0;
}

static bool is_name(const struct word *w, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)w->text[i]) && w->text[i] != '_')
			return false;
	return len > 0 && !isdigit((unsigned char)w->text[0]);
}

/* Enters NAME=VALUE behind those that are there. */
static bool define(struct drill_parser *p, struct drill_place at,
		   const struct word *w)
{
	const char *eq = memchr(w->text, '=', w->len);
	const size_t n = eq ? (size_t)(eq - w->text) : 0;
	struct drill_define *d, **end = &p->defines;

	if (!is_name(w, n) || n + 1 == w->len) {
		drill_error_set(p->error, at,
				"expected a definition such as -D NAME=1");
		return false;
	}
	d = drill_arena_get(p->arena, sizeof(*d));
	d->name = drill_arena_text(p->arena, w->text, n);
	d->value = drill_arena_text(p->arena, eq + 1, w->len - n - 1);
	while (*end)
		end = &(*end)->next;
	*end = d;
	p->lex.defines = p->defines;
	return true;
}

bool drill_parse_given(struct drill_parser *p, const char *const *defines)
{
	for (; defines && *defines; defines++) {
		const struct word w = {*defines, strlen(*defines)};

		if (!define(p, (struct drill_place){1, 1}, &w))
			return false;
	}
	return true;
}

/* -D and its other spellings.  *is tells whether the word is one. */
static bool take_define(struct drill_parser *p, struct drill_place at,
			struct word *w, const char **next, const char *stop,
			bool *is)
{
	*is = begins(w, "-D") || begins(w, "--define");
	if (!*is)
		return true;
	cut(w, w->text[1] == 'D' ? strlen("-D") : strlen("--define"));
	if (w->len > 0 && w->text[0] == '=')
		cut(w, 1);
	else if (w->len == 0 && !next_word(next, stop, w))
		w->len = 0;
	return define(p, at, w);
}

/* The value is behind "=", or is the next word if that is no option. */
static bool take_setting(struct drill_parser *p, struct word *w,
			 const char **next, const char *stop,
			 struct drill_setting *s)
{
	const char *eq = memchr(w->text, '=', w->len), *at = *next;
	struct word value = {w->text, 0};

	if (w->len < 3 || !begins(w, "--") || w->text[2] == '=') {
		drill_error_set(p->error, s->place,
				"expected an option such as "
				"--tolerance_usecs=4000");
		return false;
	}
	if (eq) {
		value.text = eq + 1;
		value.len = (size_t)(w->text + w->len - value.text);
		w->len = (size_t)(eq - w->text);
	} else if (next_word(&at, stop, &value) && value.text[0] != '-') {
		*next = at;
	} else {
		value.len = 0;
	}
	s->name = drill_arena_text(p->arena, w->text + 2, w->len - 2);
	s->value = drill_arena_text(p->arena, value.text, value.len);
	return true;
}

/* All on one line.  Returns where the next is to be linked, NULL on error. */
static struct drill_setting **take_line(struct drill_parser *p,
					const char *line, const char *stop,
					struct drill_setting **end)
{
	struct word w;

	while (next_word(&line, stop, &w)) {
		struct drill_place at = drill_lex_place(
			&p->lex, (size_t)(w.text - p->lex.text));
		struct drill_setting *s;
		bool is_define;

		if (!take_define(p, at, &w, &line, stop, &is_define))
			return NULL;
		if (is_define)
			continue;
		s = drill_arena_get(p->arena, sizeof(*s));
		s->place = at;
		if (!take_setting(p, &w, &line, stop, s))
			return NULL;
		*end = s;
		end = &s->next;
	}
	return end;
}

bool drill_parse_settings(struct drill_parser *p, struct drill_setting **end)
{
	const char *line;
	size_t len;

	while (end && (len = drill_lex_option(&p->lex, &line)) > 0)
		end = take_line(p, line, line + len, end);
	return end && !p->error->text[0];
}
