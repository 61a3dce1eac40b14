/* SPDX-License-Identifier: ISC */
/*
 * end.h - one of the two lwIPs in the process, as the other and main.c see it
 *
 * lwIP keeps its state in global variables.  So lwIP and end.c are linked into
 * one object (ld -r), of which all names but that of a struct end are made
 * local; the process has two of them.  See bench/lwip/build.
 */
#ifndef BENCH_LWIP_END_H
#define BENCH_LWIP_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define END_SIZE 64 /* of a request and of a response */

/* What an application does with what arrives. */
enum end_role {
	END_SINK, /* copies it out and throws it away */
	END_ECHO, /* answers it; closes when the other end did */
	END_HEAR, /* counts it as an answer */
	END_ONCE, /* the same, and closes */
};

struct end {
	/* Makes the stack; `peer` gets what it sends. */
	void (*open)(bool server, enum end_role role, struct end *peer);
	/* A buffer of the stack for a frame that is being sent to it. */
	void *(*alloc)(uint16_t len, void **payload);
	void (*deliver)(void *frame);
	/* Handles what was delivered, then timers.  Returns how many. */
	int (*step)(void);
	/* Connects; the i-th is what the calls below name. */
	void (*connect)(uint32_t i);
	bool (*is_open)(uint32_t i);
	/* Sends as much of it as the send buffer takes. */
	uint32_t (*send)(uint32_t i, const void *buf, uint32_t len);

	/* Figures. */
	uint64_t received; /* bytes */
	uint64_t answers;
	/* Called with each buffer that is copied out; may be NULL. */
	void (*look)(const uint8_t *buf, size_t len);
};

/* Their names after bench/lwip/build; in end.c it is `the_end`. */
extern struct end end_a, end_b;

#define END_MAX 16384

#endif
