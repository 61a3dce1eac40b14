/* SPDX-License-Identifier: ISC */
/*
 * loop.h - what a long-running command waits in
 *
 * One thread does everything: it pumps the host, answers the control socket,
 * takes SIGINT and SIGTERM, and hands the command the events of its sockets.
 *
 *	loop_open(&l, "httpd", &attach);
 *	while ((n = loop_wait(&l, evs, MAX, NULL, 0, -1)) >= 0)
 *		for each event ...
 *	status = loop_close(&l);
 */
#ifndef TERN_TOOL_LOOP_H
#define TERN_TOOL_LOOP_H

#include <poll.h>

#include <tern/host.h>

#include "attach.h"

struct control;
struct ring;

#define LOOP_EXTRA 4

struct loop {
	struct tern_host *host;
	struct tern *stack;
	struct attach *attach;
	struct control *control; /* NULL: could not be opened */
	struct ring *ring;	 /* traced events */
	int epfd;		 /* of the stack: the command's sockets */
	int signal_fd;
	int signal; /* the one that ended it, 0 if none did */
	int error;  /* negative errno with which the link failed, 0 if not */
};

/*
 * Makes the host, its link and the control socket of command `name`.  Returns
 * 0, or -1 after a message.
 */
int loop_open(struct loop *l, const char *name, struct attach *a);

/*
 * Waits for events of sockets in l->epfd, for `extra` descriptors of the
 * system (revents is set), or until the time has passed; timeout_ms is as for
 * poll().  Calls of <tern/socket.h> may be made between two waits; the next
 * sends what they cause.  Returns the number of events, which may be 0, -EINTR
 * after a signal, or -ENODEV once the link is gone.
 */
int loop_wait(struct loop *l, struct epoll_event *evs, int max,
	      struct pollfd *extra, nfds_t n_extra, int timeout_ms);

/* Watches a socket.  Returns 0 or a negative errno. */
int loop_watch(struct loop *l, int op, int fd, uint32_t events, uint64_t data);

/*
 * Closes all connections, waits some seconds for the last to be closed (a
 * second signal ends that), and takes everything down.  Returns 0, or -1
 * after a message if the link was lost.
 */
int loop_close(struct loop *l);

#endif
