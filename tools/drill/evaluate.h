/* SPDX-License-Identifier: ISC */
/*
 * evaluate.h - plain asserts, without python
 */
#ifndef TERN_DRILL_EVALUATE_H
#define TERN_DRILL_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Finds the value of a name.  False if there is none. */
typedef bool drill_name_fn(const void *ctx, const char *name, int64_t *value);

enum drill_outcome {
	DRILL_CODE_PASSED,
	DRILL_CODE_FAILED,  /* an assert does not hold */
	DRILL_CODE_FOREIGN, /* more than this can: ask python */
};

struct drill_outcome_at {
	enum drill_outcome outcome;
	size_t offset, len; /* of the statement that failed */
	char values[256];   /* "tcpi_rto is 204000, ..." */
};

/*
 * Runs statements, separated by newlines or ';', of the form
 *
 *	assert EXPRESSION [, MESSAGE]
 *
 * with Python's operators (but no calls, indices or comprehensions) over
 * numbers.  All is read before anything is judged: code that python will have
 * to run is not run in part.
 */
void drill_code_evaluate(const char *code, drill_name_fn *name, const void *ctx,
			 struct drill_outcome_at *out);

#endif
