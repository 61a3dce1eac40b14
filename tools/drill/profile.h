/* SPDX-License-Identifier: ISC */
/*
 * profile.h - tunables of the stack: a profile's, and those that scripts set
 */
#ifndef TERN_DRILL_PROFILE_H
#define TERN_DRILL_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

struct tern;
struct drill_profile;

/* The value of every tunable at some time. */
struct drill_tunables {
	char (*value)[64];
	size_t n;
};

/* Sets what the profile says.  Returns NULL, or the name that was refused. */
const char *drill_profile_apply(const struct drill_profile *p, struct tern *n);

/* True if calls should answer in FreeBSD's terms. */
bool drill_profile_is_freebsd(const struct drill_profile *p);

void drill_tunables_save(struct drill_tunables *t, const struct tern *n);
void drill_tunables_restore(const struct drill_tunables *t, struct tern *n);
void drill_tunables_free(struct drill_tunables *t);

/*
 * Sets a tunable, whose name may be written with slashes, and begin with
 * /proc/sys/.  One that the stack does not have is accepted if the value says
 * what the stack does anyway.  Returns true, or writes into why[].
 */
bool drill_tunable_set(struct tern *n, const char *name, const char *value,
		       char *why, size_t size);

/* Reads one.  Returns true, or writes into value[] that there is none. */
bool drill_tunable_get(const struct tern *n, const char *name, char *value,
		       size_t size);

#endif
