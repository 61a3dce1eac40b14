/* SPDX-License-Identifier: ISC */
/*
 * reorder_test.c - test/sim/reorder_test.c for ten minutes
 */
#define PHASE_NS (UINT64_C(37500) * TERN_MS)

#include "sim/reorder_test.c"
