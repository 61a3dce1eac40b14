/* SPDX-License-Identifier: ISC */
/*
 * calls.h - how long each call of a run took, at its least
 *
 * The same calls are made again and again, in the same order, with the same
 * arguments, in virtual time.  What the machine does besides falls on another
 * call each time; what a call itself takes it takes always.
 */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include <stdint.h>

/* What is called. */
enum place {
	PLACE_OPEN, /* tern_socket(), its options, tern_connect() */
	PLACE_ACCEPT,
	PLACE_INPUT,
	PLACE_OUTPUT,
	PLACE_ADVANCE,
	PLACE_CLOSE,
	PLACES,
};

struct calls {
	uint32_t *took; /* place << 28 | ns, of each call */
	uint64_t n, max;
	uint64_t next; /* of this run */
};

/* Room for so many calls. */
void calls_init(struct calls *c, uint64_t max);
void calls_free(struct calls *c);

/* Another run begins; the one before had as many calls as the first. */
void calls_again(struct calls *c);

void calls_note(struct calls *c, enum place place, uint64_t ns);

/* The longest one at a place. */
uint64_t calls_longest_ns(const struct calls *c, enum place place);

#endif
