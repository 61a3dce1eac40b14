/* SPDX-License-Identifier: ISC */
/*
 * words.h - the simple commands of a piece of shell text
 */
#ifndef TERN_DRILL_WORDS_H
#define TERN_DRILL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define DRILL_WORDS_MAX 256

/* A command as the shell would see it: words without their quotes. */
struct drill_words {
	int n;
	char *word[DRILL_WORDS_MAX + 1]; /* the last one is NULL */
	char *target;			 /* of "> FILE", or NULL */
	char text[16384];
};

/*
 * Reads one command from *text, and moves *text behind it and what ends it (a
 * newline, ';', "&&" or the end).  Returns false if it needs a real shell:
 * variables, pipes, patterns, control flow.  w->n is 0 for an empty one.
 */
bool drill_words_read(struct drill_words *w, const char **text);

/* What follows the last slash. */
const char *drill_base_name(const char *path);

/*
 * The script of defaults that the command runs or reads, or of what
 * set_sysctls.py has left to put back.  NULL if it is another command.
 */
const char *drill_words_defaults(const struct drill_words *w);

#endif
