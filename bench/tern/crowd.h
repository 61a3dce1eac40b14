/* SPDX-License-Identifier: ISC */
/*
 * crowd.h - many connections between the two ends of a pair
 *
 * fd[0][i] and fd[1][i] are the two ends of one.  Both arrays are touched
 * beforehand, so that they do not count as growth.
 */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include "pair.h"

struct crowd {
	struct pair *pair;
	int *fd[2];
	uint64_t n, n_opened, n_accepted;
};

void crowd_init(struct crowd *c, struct pair *p, uint64_t n);

/* Opens all of them.  With `watched` end 1 watches its own for EPOLLIN. */
void crowd_open(struct crowd *c, bool watched);

/* Every connection of end `from` sends a byte, and the other end reads it. */
void crowd_speak(struct crowd *c, int from);

/* Ends all, end 0 first, which is left in TIME-WAIT. */
void crowd_close(struct crowd *c);

void crowd_free(struct crowd *c);

#endif
