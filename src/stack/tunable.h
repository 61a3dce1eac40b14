/* SPDX-License-Identifier: ISC */
/*
 * tunable.h - the table of tunables
 */
#ifndef TERN_STACK_TUNABLE_H
#define TERN_STACK_TUNABLE_H

#include <stddef.h>

#include <tern/stack.h>

enum tunable_kind {
	TUNABLE_TCP,	    /* one uint32_t of struct tcp_tunables */
	TUNABLE_TCP_SIGNED, /* one int32_t of it */
	TUNABLE_TCP_3,	    /* three of them: least, initial, most */
	TUNABLE_NET,	    /* one uint32_t of struct net_tunables */
	TUNABLE_FLAG,	    /* a bool of struct net_tunables */
	TUNABLE_PORTS,	    /* the range of ephemeral ports: two numbers */
	TUNABLE_CC,	    /* the name of an algorithm */
};

struct tunable {
	struct tern_sysctl pub; /* `initial`: the second of three, the first of
				   two, a number for a name */
	enum tunable_kind kind;
	size_t offset; /* of the field in its struct */
};

/* The i-th, NULL past the last; and by its name, NULL if there is none. */
const struct tunable *tunable_at(size_t i);
const struct tunable *tunable_find(const char *name);

#endif
