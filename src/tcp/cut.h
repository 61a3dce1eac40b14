/* SPDX-License-Identifier: ISC */
/*
 * cut.h - a run of text, cut to segments for a link that cannot do that
 */
#ifndef TERN_TCP_CUT_H
#define TERN_TCP_CUT_H

#include "tcp/output.h"

/* May output decide on many segments at once?  Not where each of them has to
 * say something of its own. */
bool cut_is_possible(const struct tcp *tcp, const struct tcb *t);

/*
 * Makes frames of a run of at most `o->len` / MSS segments, rounded up, which
 * are there.  Returns how many are ready.  *len is the text that went, less
 * than o->len if the floor below has taken the first frame, or if one had no
 * room for more slices.
 */
int cut_run(struct tcp *tcp, struct tcb *t, const struct outseg *o,
	    struct tern_frame *frames, uint32_t *len);

#endif
