/* SPDX-License-Identifier: ISC */
/*
 * call_option.h - values of socket options
 */
#ifndef TERN_DRILL_CALL_OPTION_H
#define TERN_DRILL_CALL_OPTION_H

#include <sys/time.h>

#include "call.h"

#define DRILL_VALUE_MAX 512

union drill_option_value {
	int number[DRILL_VALUE_MAX / sizeof(int)];
	struct linger linger;
	struct timeval time;
	uint8_t bytes[DRILL_VALUE_MAX];
};

/* Is the value of this option a struct timeval? */
bool drill_option_is_time(int64_t level, int64_t name);

/* Is it an option of another system?  Then *p is what becomes of the call. */
bool drill_option_foreign(struct drill_run *r, struct drill_call *c,
			  int64_t name, enum drill_progress *p);

#endif
