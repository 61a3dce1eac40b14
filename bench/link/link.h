/* SPDX-License-Identifier: ISC */
/*
 * link.h - what the parts of bench-link share
 *
 *	main.c		the question
 *	wire.c		a network namespace, its interfaces, who sends to us
 *	packets.c	bursts of frames, counted
 *	raw_*.c		a program that does nothing else, for each kind
 *	through.c	the same through the links of tern
 */
#ifndef BENCH_LINK_H
#define BENCH_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/measure.h"

#define FRAME_MAX 1514
#define BURST	  64 /* frames that are sent at a time */

/* The interface we use, and who is at its other end. */
#define DEVICE	  "bench1"
#define OTHER_END "bench0"

/* Enters a namespace of its own, or ends the program with SKIP. */
void wire_enter(void);

/* Makes DEVICE and OTHER_END, joined, both up. */
void wire_veth(void);

/* Takes an interface up. */
void wire_up(const char *name);

/* Lets Linux send `n` frames of `size` bytes out of an interface. */
void wire_generator(const char *name, uint32_t size);
void wire_generate(uint32_t n);

/* A frame of `size` bytes to everybody, of a kind that nobody knows. */
void wire_frame(uint8_t *frame, uint32_t size);

/* Something that sends and receives frames of one size. */
struct mover {
	/* Opens DEVICE; may make it, as a TAP.  Returns its descriptor. */
	int (*open)(uint32_t size);
	/* Tries to send n frames.  Returns how many it has. */
	uint32_t (*send)(uint32_t n);
	/* Takes what has arrived, up to max, looking at each frame. */
	uint32_t (*recv)(uint32_t max);
};

extern const struct mover raw_tap, raw_uring, raw_packet, raw_xdp;
extern const struct mover tern_tap, tern_packet, tern_xdp;

/* What looking at frames comes to; printed nowhere, but not left out. */
extern volatile uint32_t looked_at;

void packets(const struct mover *m, bool tap, uint64_t limit_ns);

#endif
