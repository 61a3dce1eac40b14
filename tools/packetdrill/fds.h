/* SPDX-License-Identifier: ISC */
/*
 * fds.h - descriptors that the kernel knows, and what stands behind them
 *
 * packetdrill closes what a script has left open with the kernel's close(),
 * and asks the kernel's getsockopt() about live sockets: so each descriptor is
 * one of the kernel's, of an empty file in memory.  Its inode tells whether a
 * number still is what it was when it was given out.
 */
#ifndef TERN_PACKETDRILL_FDS_H
#define TERN_PACKETDRILL_FDS_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/types.h>

#include "tools/drill/fds.h"

struct pd;

struct pd_fd {
	int number; /* the kernel's */
	enum drill_fd_kind kind;
	int tern;		 /* the stack's, -1 for a pipe */
	struct drill_pipe *pipe; /* one with two ends */
	dev_t dev;
	ino_t ino;
};

struct pd_fds {
	struct pd_fd *all;
	size_t n, size;
};

/* The entry of a number, NULL if there is none.  Good until the next call. */
struct pd_fd *pd_fd_find(struct pd *p, int number);

/* The stack's number, or -EBADF, or -ENOTSOCK for the end of a pipe. */
int pd_fd_tern(struct pd *p, int number);

/*
 * Gives a descriptor of the stack a number of the kernel's.  Returns it, or a
 * negative errno: the stack's is closed then.
 */
int pd_fd_add(struct pd *p, enum drill_fd_kind kind, int tern);

/* Makes both ends of a pipe.  Returns 0 or a negative errno. */
int pd_fd_add_pipe(struct pd *p, int fds[2]);

/* Forgets a descriptor and gives its number back to the kernel. */
void pd_fd_remove(struct pd *p, struct pd_fd *fd);

void pd_fds_free(struct pd *p);

/* The kernel's close(), whoever interposes that of libc. */
int pd_fd_close_kernel(int number);

#endif
