/* SPDX-License-Identifier: ISC */
/*
 * output_plain.h - output prediction
 */
#ifndef TERN_TCP_OUTPUT_PLAIN_H
#define TERN_TCP_OUTPUT_PLAIN_H

#include "tcp/output.h"

/* True if all that the connection owes is one segment, which may go now: of new
 * text, with a FIN or without; or an ACK. */
bool output_is_plain(const struct tcp *tcp, const struct tcb *t);

/* Makes that segment, and settles.  Returns 1 if the frame is ready, 0 if the
 * floor below has taken it. */
int output_plain(struct tcp *tcp, struct tcb *t, struct tern_frame *f);

/* The same if all that it owes is a SYN, for the first time. */
bool output_is_syn(const struct tcp *tcp, const struct tcb *t);
int output_syn(struct tcp *tcp, struct tcb *t, struct tern_frame *f);

#endif
