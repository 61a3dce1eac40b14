/* SPDX-License-Identifier: ISC */
/*
 * impairment.h - the option --impair: "loss=1%,delay=20,rx-mask=0x2"
 */
#ifndef TERN_TOOL_IMPAIRMENT_H
#define TERN_TOOL_IMPAIRMENT_H

#include <tern/link.h>

/*
 * Parses `text` into `c`, which is empty or already filled by another such
 * option.  Exits with a message if it is wrong.
 */
void impairment_parse(struct tern_impair_config *c, const char *text);

#endif
