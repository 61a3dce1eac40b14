/* SPDX-License-Identifier: ISC */
/*
 * shell_rename.c - the names of commands in text for the shell
 *
 * A command that is called by a path is not found by PATH, so that /sbin/ip
 * becomes ip, ../common/set_sysctls.py becomes set_sysctls.py, and a script of
 * defaults an argument of the shim for these.  Only the word at the beginning
 * of a command is looked at, or the one behind an interpreter.
 */
#include <string.h>

#include "shell.h"
#include "shim.h"

#define SEPARATORS "\n;&|(){}"

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

void drill_shell_rename(const char *text, FILE *out)
{
	bool first = true; /* the next word is a command */

	while (*text) {
		const size_t len = word_len(text);
		const char *next = text + len + strspn(text + len, " \t");

		if (*text == '\'' || *text == '"') {
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
