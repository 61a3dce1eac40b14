/* SPDX-License-Identifier: ISC */
/*
 * check.h - the invariants of this floor, for tests, simulation and fuzzing
 */
#ifndef TERN_NET_CHECK_H
#define TERN_NET_CHECK_H

#include "net/net.h"

/* Walks all tables and traps if one of the invariants in check.c is broken. */
void net_check(const struct net *net);

#endif
