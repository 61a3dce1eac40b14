/* SPDX-License-Identifier: ISC */
/*
 * fds.h - the descriptors of a script, and what stands behind them
 *
 * A script calls its descriptors what it likes, mostly 3, 4, 5; the stack and
 * the runner have numbers of their own.
 */
#ifndef TERN_DRILL_FDS_H
#define TERN_DRILL_FDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct drill_pipe;

enum drill_fd_kind {
	DRILL_FD_SOCKET,
	DRILL_FD_EPOLL,
	DRILL_FD_PIPE_READ,
	DRILL_FD_PIPE_WRITE,
	DRILL_FD_FILE,
};

struct drill_fd {
	int script;
	enum drill_fd_kind kind;
	int tern; /* the stack's number, -1 for what is the runner's */
	struct drill_pipe *pipe;
	int file;		      /* of a file: the system's number */
	uint32_t read_pos, write_pos; /* in the streams */
};

struct drill_fds {
	struct drill_fd *all;
	size_t n, size;
};

/* The entry of a number; NULL if there is none. */
struct drill_fd *drill_fd_find(const struct drill_fds *f, int script);

/* The entry of a number of the stack's. */
struct drill_fd *drill_fd_find_tern(const struct drill_fds *f, int tern);

/* Makes an entry.  The pointer is good until the next is made. */
struct drill_fd *drill_fd_add(struct drill_fds *f, int script, int tern);
void drill_fd_remove(struct drill_fds *f, struct drill_fd *fd);

/* The least number from 3 on that is not in use. */
int drill_fd_unused(const struct drill_fds *f);

void drill_fds_free(struct drill_fds *f);

/* A pipe: bytes from one end to the other, in the runner. */
#define DRILL_PIPE_SIZE 65536

struct drill_pipe {
	int n_ends;
	size_t begin, len;
	uint8_t bytes[DRILL_PIPE_SIZE];
};

/* Neither waits: -EAGAIN for a pipe that is full or empty.  Otherwise the
 * number of bytes, -EPIPE, or 0 at the end. */
int64_t drill_pipe_write(struct drill_pipe *p, const void *bytes, size_t len);
int64_t drill_pipe_read(struct drill_pipe *p, void *bytes, size_t len);

#endif
