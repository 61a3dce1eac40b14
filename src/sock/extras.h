/* SPDX-License-Identifier: ISC */
/*
 * extras.h - what few descriptors have, kept apart so that the others are small
 */
#ifndef TERN_SOCK_EXTRAS_H
#define TERN_SOCK_EXTRAS_H

#include "sock/loan.h"
#include "sock/notes.h"
#include "sock/socks.h"

#define TIMEOUT_NONE UINT64_MAX

/*
 * Times that a blocking call may wait; the stack itself never waits, see
 * <tern/host.h>.  What was lent for sending, and what is noted of text; where
 * MSG_PEEK begins.
 */
struct extras {
	struct map_node node;
	uint32_t index;
	uint64_t rcvtimeo_us, sndtimeo_us; /* or TIMEOUT_NONE */
	int32_t peek_off;		   /* SO_PEEK_OFF, -1: none */
	struct lender lender;
	struct notes notes;
};

/* The extras of a descriptor, NULL if it has none. */
struct extras *extras_find(const struct socks *s, const struct fd *f, int fd);

/* ... made if need be; NULL if there is no memory. */
struct extras *extras_get(struct socks *s, struct fd *f, int fd);

/* Gives them back, if there are any. */
void extras_drop(struct socks *s, struct fd *f, int fd);

#endif
