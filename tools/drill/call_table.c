/* SPDX-License-Identifier: ISC */
/*
 * call_table.c - the system calls that a script may make
 */
#include "call_table.h"

#include <string.h>

static const struct drill_call_row rows[] = {
#define X(name, min, max, makes_fd) \
	{#name, min, max, drill_call_##name, makes_fd},
	DRILL_CALLS(X)
#undef X
};

const struct drill_call_row *drill_call_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}
