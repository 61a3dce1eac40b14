/* SPDX-License-Identifier: ISC */
/*
 * kernel.h - the running Linux kernel as the stack under test
 *
 * It gets a network namespace of its own, in which nothing is but a TUN device
 * with the addresses of the script; nothing of the machine's own network is
 * touched.  Time is real.
 */
#ifndef TERN_DRILL_KERNEL_H
#define TERN_DRILL_KERNEL_H

#include "library.h"

#define DRILL_KERNEL_SYSCTLS 64

/* A sysctl that a script has set, and what it was. */
struct drill_kernel_sysctl {
	char name[128], value[128];
};

/* Its calls are made like those of a library. */
struct drill_kernel {
	struct drill_library library;
	struct drill_target target;
	int home;     /* the namespace that the thread came from */
	int tun;      /* takes what the script sends */
	int listener; /* hears what the kernel sends, and when */
	/* The algorithm that new sockets get by an option, since this machine
	 * allows none but root to use it; or "". */
	char congestion[16];
	struct drill_kernel_sysctl changed[DRILL_KERNEL_SYSCTLS];
	int n_changed;
};

/* Makes it ready.  Returns true, or writes into why[]. */
bool drill_kernel_open(struct drill_stage *s, const struct drill_settings *set,
		       char *why, size_t size);

/* True if it can be used here; otherwise writes into why[]. */
bool drill_kernel_usable(char *why, size_t size);

/* The calls of libc, as packetdrill's interface has them. */
void drill_kernel_calls(struct drill_library *l);

/* The members of the target that are not those of a library. */
void drill_kernel_target(struct drill_target *t);

/* A command that a script has for a kernel, run in the namespace. */
int drill_kernel_command(struct drill_stage *s, char **argv, FILE *out,
			 FILE *err);

/* Sets a sysctl of the namespace.  Returns true, or writes into why[]. */
bool drill_kernel_set(struct drill_kernel *k, const char *name,
		      const char *value, char *why, size_t size);

#endif
