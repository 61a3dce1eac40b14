/* SPDX-License-Identifier: ISC */
/*
 * call_table.h - the system calls, each in the file of its kind
 */
#ifndef TERN_DRILL_CALL_TABLE_H
#define TERN_DRILL_CALL_TABLE_H

#include "run.h"

/* The table is its own list, so that none is declared and not entered. */
/* clang-format off */
#define DRILL_CALLS(X) \
	X(socket, 3, 3, true) X(bind, 3, 3, false) X(listen, 2, 2, false) \
	X(accept, 3, 3, true) X(accept4, 4, 4, true) \
	X(connect, 3, 3, false) X(close, 1, 1, false) \
	X(shutdown, 2, 2, false) \
	X(read, 3, 3, false) X(write, 3, 3, false) \
	X(recv, 4, 4, false) X(send, 4, 4, false) \
	X(recvfrom, 6, 6, false) X(sendto, 6, 6, false) \
	X(readv, 3, 3, false) X(writev, 3, 3, false) \
	X(recvmsg, 3, 3, false) X(sendmsg, 3, 3, false) \
	X(fcntl, 2, 3, false) X(ioctl, 2, 3, false) \
	X(getsockopt, 5, 5, false) X(setsockopt, 5, 5, false) \
	X(poll, 3, 3, false) X(epoll_create, 1, 1, true) \
	X(epoll_ctl, 4, 4, false) X(epoll_wait, 4, 4, false) \
	X(epoll_create1, 1, 1, true) X(epoll_pwait, 5, 6, false) \
	X(pipe, 1, 1, false) X(splice, 6, 6, false) \
	X(getsockname, 3, 3, false) X(getpeername, 3, 3, false) \
	X(open, 2, 3, false) X(sendfile, 4, 4, false)
/* clang-format on */

#define X(name, min, max, makes_fd)                                \
	enum drill_progress drill_call_##name(struct drill_run *r, \
					      struct drill_call *c);
DRILL_CALLS(X)
#undef X

#endif
