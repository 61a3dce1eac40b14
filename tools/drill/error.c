/* SPDX-License-Identifier: ISC */
/*
 * error.c - what is wrong with a script
 */
#include "error.h"

#include <stdio.h>

void drill_error_set(struct drill_error *e, struct drill_place at,
		     const char *format, ...)
{
	va_list ap;

	if (e->text[0])
		return;
	e->place = at;
	va_start(ap, format);
	vsnprintf(e->text, sizeof(e->text), format, ap);
	va_end(ap);
}
