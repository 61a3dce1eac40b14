/* SPDX-License-Identifier: ISC */
/*
 * drill.h - runs scripts; what the subcommand, the tests and the fuzzer call
 */
#ifndef TERN_DRILL_DRILL_H
#define TERN_DRILL_DRILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct drill_profile;

struct drill_config {
	const struct drill_profile *profile;
	const char *library;  /* drive the stack of this one; NULL: our own */
	bool kernel;	      /* drive the running kernel */
	int64_t tolerance_ns; /* whatever scripts say; 0: what they say */
	const char *const *defines; /* "NAME=VALUE", ended by NULL; or NULL */
	bool verbose;		    /* tell each event as it happens */
	bool confined;		    /* run neither shell nor python */
	uint64_t max_steps; /* deadlines of the stack, 0: the usual limit */
	size_t max_bytes;   /* of one call's buffer, 0: the usual limit */
};

enum drill_verdict {
	DRILL_PASSED,
	DRILL_FAILED,
	DRILL_UNREADABLE, /* malformed, or there is no such file */
};

/* The profile of this name, such as "linux"; NULL if there is none. */
const struct drill_profile *drill_profile_find(const char *name);

/* The name of the i-th profile, NULL past the last. */
const char *drill_profile_name(int i);

/* Runs a script; `path` is its name in messages, which go to `out`. */
enum drill_verdict drill_run_text(const struct drill_config *c,
				  const char *path, const char *text,
				  size_t len, FILE *out);

/* Reads a file and runs it. */
enum drill_verdict drill_run_file(const struct drill_config *c,
				  const char *path, FILE *out);

#endif
