/* SPDX-License-Identifier: ISC */
/*
 * symbol.h - constants by name: those of the system's headers
 */
#ifndef TERN_DRILL_SYMBOL_H
#define TERN_DRILL_SYMBOL_H

#include <stdbool.h>
#include <stdint.h>

/* Stores the value of a constant.  False if there is none of that name. */
bool drill_symbol_find(const char *name, int64_t *value);

/* Values of options that mean nothing to the stack, and may be set or not. */
#define DRILL_OPTION_FOREIGN  INT64_C(0x7e465200)
#define DRILL_OPTION_HARMLESS INT64_C(0x7e465201)

/* The same for what only FreeBSD has. */
bool drill_symbol_freebsd(const char *name, int64_t *value);

/* The name of an errno value, such as "EAGAIN"; "?" if it has none. */
const char *drill_errno_name(int err);

#endif
