/* SPDX-License-Identifier: ISC */
/*
 * words.c - the simple commands of a piece of shell text
 */
#include "words.h"

#include <string.h>

const char *drill_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

struct writer {
	struct drill_words *w;
	size_t used;
	bool open; /* a word has begun */
};

static bool put(struct writer *o, char c)
{
	if (o->used + 2 > sizeof(o->w->text))
		return false;
	if (!o->open) {
		if (o->w->n == DRILL_WORDS_MAX)
			return false;
		o->w->word[o->w->n++] = o->w->text + o->used;
		o->open = true;
	}
	if (c)
		o->w->text[o->used++] = c;
	return true;
}

static void end_word(struct writer *o)
{
	if (o->open)
		o->w->text[o->used++] = 0;
	o->open = false;
}

/* What is in quotes.  In "" the shell would look for more than there may be. */
static bool read_quoted(struct writer *o, const char **p)
{
	const char quote = *(*p)++;

	if (!put(o, 0))
		return false;
	for (; **p && **p != quote; (*p)++)
		if ((quote == '"' && strchr("$`\\", **p)) || !put(o, **p))
			return false;
	if (!**p)
		return false;
	(*p)++;
	return true;
}

/* A number right before '>' is a descriptor: 1, or 2 for *two. */
static bool take_descriptor(struct writer *o, bool *two)
{
	const char *last;

	*two = false;
	if (!o->open)
		return true;
	end_word(o);
	last = o->w->word[o->w->n - 1];
	if (last[strspn(last, "0123456789")])
		return true; /* an ordinary word */
	*two = strcmp(last, "2") == 0;
	o->w->n--;
	return *two || strcmp(last, "1") == 0;
}

/* "> FILE" and "2>&1". */
static bool read_redirection(struct writer *o, const char **p)
{
	bool two;

	if (!take_descriptor(o, &two))
		return false;
	(*p)++;
	if (strncmp(*p, "&1", 2) == 0 && two) {
		*p += 2;
		return true;
	}
	while (**p == ' ' || **p == '\t')
		(*p)++;
	if (!**p || strchr(">&|;\n", **p))
		return false;
	o->w->target = two ? o->w->target : o->w->text + o->used;
	for (; **p && !strchr(" \t\n;&|<>", **p); (*p)++) {
		if (strchr("$`*?'\"\\", **p) ||
		    o->used + 2 > sizeof(o->w->text))
			return false;
		if (!two)
			o->w->text[o->used++] = **p;
	}
	if (!two)
		o->w->text[o->used++] = 0;
	return true;
}

static bool is_end(const char *p)
{
	return !*p || *p == '\n' || *p == ';' || (p[0] == '&' && p[1] == '&');
}

bool drill_words_read(struct drill_words *w, const char **text)
{
	struct writer o = {.w = w};
	const char *p = *text;

	w->n = 0;
	w->target = NULL;
	while (!is_end(p)) {
		if (*p == ' ' || *p == '\t' || *p == '\r') {
			end_word(&o);
			p++;
		} else if (p[0] == '\\' && p[1] == '\n') {
			p += 2;
		} else if (*p == '#' && !o.open) {
			p += strcspn(p, "\n");
		} else if (*p == '\'' || *p == '"') {
			if (!read_quoted(&o, &p))
				return false;
		} else if (*p == '>') {
			if (!read_redirection(&o, &p))
				return false;
		} else if (strchr("$`|&<()*?[]{}!~\\", *p) || !put(&o, *p++)) {
			return false;
		}
	}
	end_word(&o);
	w->word[w->n] = NULL;
	if (*p)
		p += *p == '&' ? 2 : 1;
	*text = p;
	return true;
}

const char *drill_words_defaults(const struct drill_words *w)
{
	static const char restore[] = "sysctl_restore_";
	const char *name;

	static const char *const readers[] = {".",    "source",	 "sh",
					      "bash", "/bin/sh", "/bin/bash"};
	int at = 0;
	size_t i;

	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (w->n > 1 && strcmp(w->word[0], readers[i]) == 0)
			at = 1;
	if (w->n <= at)
		return NULL;
	name = drill_base_name(w->word[at]);
	if (strcmp(name, "defaults.sh") != 0 &&
	    strncmp(name, restore, strlen(restore)) != 0)
		return NULL;
	return w->word[at];
}
