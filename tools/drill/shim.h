/* SPDX-License-Identifier: ISC */
/*
 * shim.h - commands that would ask a kernel, and ask the stack instead
 */
#ifndef TERN_DRILL_SHIM_H
#define TERN_DRILL_SHIM_H

#include <stdbool.h>
#include <stdio.h>

#include "profile.h"

/* What they act on. */
struct drill_shims {
	struct tern *stack;
	int ifindex;
	const struct drill_tunables *defaults; /* of the profile */
};

/* How sysctl(8) reaches what it acts on.  Both return true, or write into the
 * text that they are given what is wrong. */
struct drill_sysctls {
	void *ctx;
	bool (*set)(void *ctx, const char *name, const char *value, char *why,
		    size_t size);
	bool (*get)(void *ctx, const char *name, char *value, size_t size);
	const char *(*at)(int i); /* all names, for -a; or NULL */
};

#define DRILL_SHIM_DEFAULTS "tern-drill-defaults"

/* The names that drill_shim() answers to, ended by NULL. */
extern const char *const drill_shim_names[];

bool drill_shim_knows(const char *name);

/*
 * Runs a command.  What it prints goes to `out`, and what is wrong to `err`.
 * Returns its exit status.
 */
int drill_shim(const struct drill_shims *h, char **argv, FILE *out, FILE *err);

int drill_shim_sysctl(const struct drill_sysctls *h, char **argv, FILE *out,
		      FILE *err);
int drill_shim_set_sysctls(const struct drill_sysctls *h, char **argv,
			   FILE *out, FILE *err);

/* There are no modules to load, no cards to set up, and no disks. */
bool drill_shim_means_nothing(const char *name);

int drill_shim_ip(const struct drill_shims *h, char **argv, FILE *out,
		  FILE *err);
int drill_shim_ifconfig(const struct drill_shims *h, char **argv, FILE *out,
			FILE *err);
int drill_shim_tc(const struct drill_shims *h, char **argv, FILE *out,
		  FILE *err);
int drill_shim_ss(const struct drill_shims *h, char **argv, FILE *out,
		  FILE *err);
int drill_shim_nstat(const struct drill_shims *h, char **argv, FILE *out,
		     FILE *err);

#endif
