/* SPDX-License-Identifier: ISC */
/*
 * netio.h - the socket calls that tern perf needs, of tern or of the system
 *
 * The same client and server measure tern over a device, two stacks in one
 * process, and the system's own TCP: only this table differs.  Calls return
 * negative errno values and never wait, but for wait().
 */
#ifndef TERN_TOOL_NETIO_H
#define TERN_TOOL_NETIO_H

#include <netinet/in.h>
#include <sys/epoll.h>

#include "loop.h"

struct netio;

struct netio_ops {
	int (*socket)(struct netio *io);
	int (*bind)(struct netio *io, int fd, const struct sockaddr_in *name);
	int (*listen)(struct netio *io, int fd, int backlog);
	int (*accept)(struct netio *io, int fd);
	int (*connect)(struct netio *io, int fd, const struct sockaddr_in *to);
	ssize_t (*send)(struct netio *io, int fd, const void *buf, size_t len);
	ssize_t (*recv)(struct netio *io, int fd, void *buf, size_t len);
	/*
	 * By reference, see <tern/zerocopy.h>; NULL if there is no such thing.
	 * What is lent must stay until the source of the sockets is closed.
	 */
	ssize_t (*lend)(struct netio *io, int fd, const void *buf, size_t len);
	int (*borrow)(struct netio *io, int fd, struct tern_slice *slices,
		      int max);
	void (*give_back)(struct netio *io, int fd, struct tern_slice *slices,
			  int n);
	int (*shutdown)(struct netio *io, int fd); /* sends FIN */
	int (*close)(struct netio *io, int fd);
	int (*set)(struct netio *io, int fd, int level, int name, int value);
	int (*get)(struct netio *io, int fd, int level, int name, void *value,
		   socklen_t *len);
	int (*watch)(struct netio *io, int op, int fd, uint32_t events,
		     void *ptr);
	/*
	 * Returns the number of events, -EINTR after a signal, -ENODEV once
	 * the link is gone.
	 */
	int (*wait)(struct netio *io, struct epoll_event *evs, int max,
		    int timeout_ms);
};

struct netio {
	const struct netio_ops *ops;
	struct tern *stack; /* tern's */
	struct loop *loop;  /* tern's over a device; NULL: wait() never waits */
	int epfd;
};

/* A stack that the caller drives.  Returns 0 or a negative errno. */
int netio_open_stack(struct netio *io, struct tern *n);

/* The stack of a loop. */
void netio_open_loop(struct netio *io, struct loop *l);

/* The system's sockets; SIGINT and SIGTERM end wait() from then on. */
int netio_open_kernel(struct netio *io);

/* The signal that ended wait(), 0 if none did. */
int netio_signal(const struct netio *io);

void netio_close(struct netio *io);

#endif
