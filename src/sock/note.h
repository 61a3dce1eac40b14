/* SPDX-License-Identifier: ISC */
/*
 * note.h - one note, for the files that make and read them
 */
#ifndef TERN_SOCK_NOTE_H
#define TERN_SOCK_NOTE_H

#include <linux/errqueue.h>

#include "sock/notes.h"

struct note {
	struct list link;   /* on a list of struct notes */
	uint64_t at;	    /* timestamp, or TERN_NEVER */
	uint32_t from, end; /* sequence numbers; behind the last octet */
	uint32_t tx_flags;  /* timestamps that are wanted of it */
	bool eor;	    /* nothing joins it */
	bool has_text;	    /* the packet is left out, and MSG_TRUNC says so */
	struct sock_extended_err ee;
};

/* A new note, not on a list; NULL if there is no memory, or they would cost
 * more than `bytes_max`. */
struct note *note_get(struct socks *s, struct notes *n, uint32_t bytes_max);

/* Gives it back, off its list. */
void note_put(struct socks *s, struct notes *n, struct note *note);

/* Is it to be noted when text comes? */
bool note_wants_came(const struct tcp_opts *o);

/* Text up to `end` came at `at`. */
void note_came(struct socks *s, struct fd *f, struct notes *n, uint32_t end,
	       uint64_t at);

#endif
