/* SPDX-License-Identifier: ISC */
/*
 * sysctl_freebsd.h - sysctls under FreeBSD's names
 */
#ifndef TERN_DRILL_SYSCTL_FREEBSD_H
#define TERN_DRILL_SYSCTL_FREEBSD_H

#include <stdbool.h>
#include <stddef.h>

struct tern;

/* True if the name is one that FreeBSD could have, and Linux has not. */
bool drill_freebsd_owns(const char *name);

/* As drill_tunable_set() and drill_tunable_get(). */
bool drill_freebsd_set(struct tern *n, const char *name, const char *value,
		       char *why, size_t size);
bool drill_freebsd_get(const struct tern *n, const char *name, char *value,
		       size_t size);

#endif
