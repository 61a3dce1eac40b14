/* SPDX-License-Identifier: ISC */
/*
 * host.h - what runs outside: the shell, and python3
 */
#ifndef TERN_DRILL_HOST_H
#define TERN_DRILL_HOST_H

#include "run.h"

/*
 * Runs text by /bin/sh in the directory of the script, with the shims first in
 * PATH.  What it prints goes to `err`.  Returns its exit status.
 */
int drill_host_shell(struct drill_run *r, const char *text, FILE *err);

/*
 * Runs a program by python3.  What it prints goes to `err`.  Returns its exit
 * status, 127 if there is no python3.
 */
int drill_host_python(struct drill_run *r, const char *program, FILE *err);

#endif
