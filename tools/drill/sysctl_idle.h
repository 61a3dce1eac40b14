/* SPDX-License-Identifier: ISC */
/*
 * sysctl_idle.h - sysctls of Linux that are no tunables of the stack
 */
#ifndef TERN_DRILL_SYSCTL_IDLE_H
#define TERN_DRILL_SYSCTL_IDLE_H

#include <stdbool.h>
#include <stddef.h>

/* False if it would have to do something, or is not known: *why says it. */
bool drill_idle_set(const char *name, const char *value, char *why,
		    size_t size);

/* What it reads as.  False if it is not known: *value says it. */
bool drill_idle_get(const char *name, char *value, size_t size);

#endif
