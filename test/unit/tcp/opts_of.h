/* SPDX-License-Identifier: ISC */
/*
 * opts_of.h - the options of a connection, to be written behind its back
 *
 * Sets of options are shared (opts.h): what is written here holds for all the
 * sockets of the stack that have the same.
 */
#ifndef TERN_TEST_TCP_OPTS_OF_H
#define TERN_TEST_TCP_OPTS_OF_H

#include "tcp/tcb.h"

static inline struct tcp_opts *opts_of(const struct tcb *t)
{
	return (struct tcp_opts *)(uintptr_t)t->opts;
}

#endif
