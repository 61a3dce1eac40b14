/* SPDX-License-Identifier: ISC */
/* ss_detail.h - what tern ss says about a socket behind the columns */
#ifndef TERN_TOOL_SS_DETAIL_H
#define TERN_TOOL_SS_DETAIL_H

#include "ss.h"

/*
 * The process, the timer, and on a line of its own what -i and -m ask for.
 * Returns text to be freed, NULL if there is no memory.
 */
char *ss_detail(const struct ss_options *o, const struct peer *p,
		json_t *socket);

#endif
