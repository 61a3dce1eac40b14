/* SPDX-License-Identifier: ISC */
/*
 * both.h - processor time of two processes and of what the kernel does for them
 */
#ifndef BENCH_BOTH_H
#define BENCH_BOTH_H

#include <sys/types.h>

#include "measure.h"

/*
 * This process, `other`, and the kernel's threads for soft interrupts, which do
 * some of the work of both.
 */
struct both {
	pid_t other;
	struct span s;
};
void both_start(struct both *b);
void both_end(struct both *b);

#endif
