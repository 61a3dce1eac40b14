/* SPDX-License-Identifier: ISC */
/*
 * shim_args.h - the words of a command, for the shims that have a grammar
 */
#ifndef TERN_DRILL_SHIM_ARGS_H
#define TERN_DRILL_SHIM_ARGS_H

#include "shim.h"

/* The words of a command, one after the other. */
struct shim_args {
	const struct drill_shims *h;
	char **at;
	FILE *out, *err;
};

/* Takes the word if it is this one, or one of these, separated by '|'. */
bool shim_take(struct shim_args *a, const char *word);
bool shim_take_any(struct shim_args *a, const char *words);

/* Says what is wrong with a word.  Returns an exit status. */
int shim_refuse(struct shim_args *a, const char *what, const char *word);

/* The exit status for what the stack has answered. */
int shim_answer(struct shim_args *a, int err);

/* The index of a device; -1 if there is none of that name. */
int shim_device(const struct shim_args *a, const char *name);

/* ip route, behind these two words. */
int shim_route(struct shim_args *a);

#endif
