/* SPDX-License-Identifier: ISC */
/*
 * worlds_test.c - the random worlds of test/sim/worlds_test.c, a thousand
 */
#define WORLDS_QUICK 1000

#include "sim/worlds_test.c"
