/* SPDX-License-Identifier: ISC */
/*
 * shell_rename.c - the names of commands in text for the shell
 *
 * A command that is called by a path is not found by PATH, so that /sbin/ip
 * becomes ip, ../common/set_sysctls.py becomes set_sysctls.py, and a script of
 * defaults an argument of the shim for these.  Only the word at the beginning
 * of a command is looked at, or the one behind an interpreter.
 *
 * What a command reads from or writes to /proc/sys itself is the stack's, too:
 * cat becomes sysctl -n, and "> /proc/sys/x" becomes a sysctl behind a pipe.
 */
#include <stdlib.h>
#include <string.h>

#include "shell.h"
#include "shim.h"

#define SEPARATORS "\n;&|(){}"
#define PROC	   "/proc/sys/"

static size_t word_len(const char *p)
{
	size_t n = 0;

	while (p[n] && !strchr(" \t\"'`" SEPARATORS, p[n]))
		n++;
	return n;
}

static bool is_one_of(const char *p, size_t len, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == len && memcmp(*words, p, len) == 0)
			return true;
	return false;
}

/* Behind these a command begins. */
static bool leads(const char *p, size_t len)
{
	static const char *const words[] = {"then", "do",   "else", "if",
					    "!",    "sudo", "exec", "while",
					    "time", NULL};

	return is_one_of(p, len, words);
}

static bool interprets(const char *p, size_t len)
{
	static const char *const words[] = {".",      "source",	 "sh", "bash",
					    "python", "python3", NULL};

	return is_one_of(p, len, words);
}

/* Writes what stands for the word.  False if it stands for itself. */
static bool put_renamed(const char *p, size_t len, FILE *out)
{
	char name[512];
	struct drill_words w = {.n = 1, .word = {name}};
	const char *base;

	if (len >= sizeof(name))
		return false;
	memcpy(name, p, len);
	name[len] = 0;
	base = drill_base_name(name);
	if (drill_words_defaults(&w))
		fprintf(out, "tern-drill-defaults %s", name);
	else if (base > name && drill_shim_knows(base))
		fputs(base, out);
	else
		return false;
	return true;
}

static bool is_setting(const char *p)
{
	return strncmp(p, PROC, strlen(PROC)) == 0;
}

/* "> /proc/sys/x", also with ">>".  Returns what is behind, or NULL if it is
 * something else. */
static const char *put_setting(const char *p, FILE *out)
{
	size_t len;

	p += strspn(p, ">");
	p += strspn(p, " \t");
	if (!is_setting(p))
		return NULL;
	len = word_len(p);
	fprintf(out, "| xargs -I@ sysctl -q %.*s=@", (int)len, p);
	return p + len;
}

/* Up to the quote that closes. */
static size_t quoted_len(const char *p)
{
	size_t n = 1;

	while (p[n] && p[n] != *p)
		n += p[n] == '\\' && p[n + 1] && *p == '"' ? 2 : 1;
	return p[n] ? n + 1 : n;
}

static const char *put(FILE *out, const char *p, size_t n)
{
	fwrite(p, 1, n, out);
	return p + n;
}

/* Text in "", in which $( ) is a command again. */
static const char *put_quoted(FILE *out, const char *p)
{
	const char *stop = p + quoted_len(p), *open, *close;

	while (p < stop) {
		char *inner;

		open = strstr(p, "$(");
		close = open ? strchr(open, ')') : NULL;
		if (!close || close >= stop)
			return put(out, p, (size_t)(stop - p));
		put(out, p, (size_t)(open + 2 - p));
		inner = strndup(open + 2, (size_t)(close - open - 2));
		if (inner)
			drill_shell_rename(inner, out);
		free(inner);
		p = close;
	}
	return p;
}

/* True where a redirection of standard output begins. */
static bool redirects(const char *text, const char *p)
{
	return *p == '>' && (p == text || !strchr("0123456789&>", p[-1]));
}

/* What reads or writes /proc/sys.  Returns what is behind, or NULL. */
static const char *put_proc(const char *begin, const char *p, bool first,
			    FILE *out)
{
	const char *next;

	if (redirects(begin, p))
		return put_setting(p, out);
	if (!first || word_len(p) != 3 || memcmp(p, "cat", 3) != 0)
		return NULL;
	next = p + 3 + strspn(p + 3, " \t");
	if (!is_setting(next))
		return NULL;
	fputs("sysctl -n ", out);
	return next;
}

void drill_shell_rename(const char *text, FILE *out)
{
	const char *const begin = text, *behind;
	bool first = true; /* the next word is a command */

	while (*text) {
		const size_t len = word_len(text);
		const char *next = text + len + strspn(text + len, " \t");

		behind = put_proc(begin, text, first, out);
		if (behind) {
			text = behind;
			first = false;
		} else if (*text == '"') {
			text = put_quoted(out, text);
			first = false;
		} else if (*text == '\'') {
			text = put(out, text, quoted_len(text));
			first = false;
		} else if (len == 0) {
			first |= *text != ' ' && *text != '\t';
			text = put(out, text, 1);
		} else if (!first) {
			text = put(out, text, len);
		} else if (put_renamed(text, len, out)) {
			text += len;
			first = false;
		} else if (interprets(text, len) &&
			   put_renamed(next, word_len(next), out)) {
			text = next + word_len(next);
			first = false;
		} else {
			first = leads(text, len);
			text = put(out, text, len);
		}
	}
}
