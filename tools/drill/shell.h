/* SPDX-License-Identifier: ISC */
/*
 * shell.h - commands that are carried out here
 */
#ifndef TERN_DRILL_SHELL_H
#define TERN_DRILL_SHELL_H

#include "run.h"
#include "words.h"

/* Can this one be carried out here? */
bool drill_shell_knows(const struct drill_words *w);

/* Carries it out.  Returns its exit status; what is wrong goes to `err`. */
int drill_shell_command(struct drill_run *r, struct drill_words *w, FILE *err);

/* Writes text for the shell, in which the shims have the names by which PATH
 * finds them. */
void drill_shell_rename(const char *text, FILE *out);

/*
 * Puts the tunables back to those of the profile, and then to what the script
 * at `path`, as seen from where the test lies, says of them, if it is there.
 * Returns 0.
 */
int drill_shell_defaults(struct drill_run *r, const char *path);

#endif
