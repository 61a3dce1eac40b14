/* SPDX-License-Identifier: ISC */
/*
 * shim.h - commands that would ask a kernel, and ask the stack instead
 */
#ifndef TERN_DRILL_SHIM_H
#define TERN_DRILL_SHIM_H

#include "run.h"

/* The names that drill_shim() answers to, ended by NULL. */
extern const char *const drill_shim_names[];

bool drill_shim_knows(const char *name);

/*
 * Runs a command.  What it prints goes to `out`, and what is wrong to `err`.
 * Returns its exit status.
 */
int drill_shim(struct drill_run *r, char **argv, FILE *out, FILE *err);

int drill_shim_ip(struct drill_run *r, char **argv, FILE *out, FILE *err);
int drill_shim_tc(struct drill_run *r, char **argv, FILE *out, FILE *err);
int drill_shim_ss(struct drill_run *r, char **argv, FILE *out, FILE *err);
int drill_shim_nstat(struct drill_run *r, char **argv, FILE *out, FILE *err);

#endif
