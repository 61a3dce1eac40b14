/* SPDX-License-Identifier: ISC */
/*
 * shake.c - may look into sim/, and nowhere else; may print, but not strcpy
 */
#include "base/list.h"
#include "shake.h"
#include "sim/world.h"
#include "tools/tern/shake.h"

void shake(char *p)
{
	strcpy(p, "x");
	printf("%d", atoi(p));
	p = malloc(htons(1));
}
