/* SPDX-License-Identifier: ISC */
/*
 * error.h - what is wrong with a script, and where
 */
#ifndef TERN_DRILL_ERROR_H
#define TERN_DRILL_ERROR_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* A place in a script, both counted from 1; line 0 is no place. */
struct drill_place {
	uint32_t line, col;
};

struct drill_error {
	struct drill_place place;
	char text[480]; /* "" if nothing is wrong */
};

/*
 * Enters what is wrong.  What was entered first stays, since what follows from
 * it is of no interest.
 */
void drill_error_set(struct drill_error *e, struct drill_place at,
		     const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
