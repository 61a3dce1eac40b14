/* SPDX-License-Identifier: ISC */
/*
 * unix.h - AF_UNIX stream sockets between the sockets of one stack
 *
 * Two connected sockets point at each other; each has a queue of the bytes that
 * the other has sent and it has not read.  A connection is made at once by
 * connect(), whether or not it is accepted yet.
 *
 * All calls return 0 or a count, or a negative errno; none blocks.
 */
#ifndef TERN_UNIX_UNIX_H
#define TERN_UNIX_UNIX_H

#include <sys/uio.h>

#include "base/env.h"
#include "base/list.h"
#include "base/pool.h"
#include "unix/name.h"
#include "unix/queue.h"

#define UNIX_NO_USER UINT32_MAX
#define UNIX_BUFFER  212992 /* SO_SNDBUF and SO_RCVBUF at first, as on Linux */

/* What the socket floor gives.  Calls must not come back into this floor. */
struct unix_user {
	void *ctx;
	/* Something may have become so: poll(2) events, for which to look. */
	void (*ready)(void *ctx, uint32_t user, uint32_t events);
};

/* All AF_UNIX sockets of a stack. */
struct unix_domain {
	struct env *env;
	struct unix_user user;
	struct unix_names names;
	struct pool socks;
};

enum unix_phase {
	UNIX_UNCONNECTED,
	UNIX_LISTENING,
	UNIX_CONNECTED, /* also when the other end is gone */
};

struct unix_sock {
	struct unix_sock *peer;	     /* NULL: not connected, or it is gone */
	struct unix_sock *listener;  /* whose accept queue it waits in */
	struct list accept;	     /* head of that queue, or place in it */
	struct unix_name *name;	     /* NULL if unnamed */
	struct unix_name *peer_name; /* of a peer that is gone */
	struct unix_queue in;	     /* what the peer sent */
	uint32_t user;		     /* number the socket floor knows it by */
	uint32_t n_accept, backlog;
	uint32_t sndbuf, rcvbuf; /* options; see unix_set_sndbuf() */
	int error;		 /* pending -errno, 0 if none */
	uint8_t phase;		 /* enum unix_phase */
	bool rcv_shut : 1;	 /* nothing more will come */
	bool snd_shut : 1;	 /* nothing more may be sent */
};

void unix_init(struct unix_domain *d, struct env *env,
	       const struct unix_user *user);

/* All sockets must have been closed. */
void unix_fini(struct unix_domain *d);

/* An unconnected socket, NULL if there is no memory. */
TERN_CHECK struct unix_sock *unix_create(struct unix_domain *d);
void unix_set_user(struct unix_sock *u, uint32_t user);

/* Lets go of it; its connection ends, and what is in its accept queue. */
void unix_close(struct unix_domain *d, struct unix_sock *u);

/*
 * Gives it a name; of length 0: an abstract one that nobody has.  Returns 0,
 * -EINVAL if it has one, -EADDRINUSE, -ENOSPC, -ENOBUFS.
 */
TERN_CHECK int unix_bind(struct unix_domain *d, struct unix_sock *u,
			 const char *bytes, uint16_t len);

/* Returns 0, or -EINVAL if it has no name or is connected. */
int unix_listen(struct unix_sock *u, uint32_t backlog);

/*
 * Connects.  Returns 0, -ECONNREFUSED if nobody listens, -EAGAIN if the accept
 * queue is full, -EISCONN, -EINVAL if it listens itself, or -ENOBUFS.
 */
TERN_CHECK int unix_connect(struct unix_domain *d, struct unix_sock *u,
			    const char *bytes, uint16_t len);

/* Connects two unconnected sockets with each other. */
void unix_pair(struct unix_sock *a, struct unix_sock *b);

/* Takes the oldest of the accept queue, NULL if it is empty. */
struct unix_sock *unix_accept(struct unix_sock *u);

/* `how` as in shutdown(2), which must be one of the three. */
void unix_shutdown(struct unix_domain *d, struct unix_sock *u, int how);

/*
 * Returns bytes queued, or -EAGAIN, -EPIPE, -ENOTCONN, -ENOBUFS, the pending
 * error.
 */
TERN_CHECK ssize_t unix_send(struct unix_domain *d, struct unix_sock *u,
			     const struct iovec *iov, size_t len);

/*
 * `flags`: MSG_PEEK, MSG_WAITALL.  Returns bytes, 0 at the end of the stream,
 * or -EAGAIN, -EINVAL if it never was connected, the pending error.
 */
TERN_CHECK ssize_t unix_receive(struct unix_domain *d, struct unix_sock *u,
				const struct iovec *iov, size_t len, int flags);

/* SO_SNDBUF and SO_RCVBUF; tells whoever may send more now. */
void unix_set_sndbuf(struct unix_domain *d, struct unix_sock *u,
		     uint32_t bytes);
void unix_set_rcvbuf(struct unix_domain *d, struct unix_sock *u,
		     uint32_t bytes);

/* What poll(2) says of it now. */
uint32_t unix_poll(const struct unix_sock *u);

/* The pending error as -errno, or 0; it is cleared. */
int unix_take_error(struct unix_sock *u);

/* Bytes to be read here, and bytes sent that the peer has not read. */
uint32_t unix_inq(const struct unix_sock *u);
uint32_t unix_outq(const struct unix_sock *u);

/* The name of the other end, NULL if it has none. */
const struct unix_name *unix_peer_name(const struct unix_sock *u);

/* Traps if an invariant of the socket is broken.  For tests. */
void unix_check(const struct unix_sock *u);

/* Inside this directory: something changed that only a look can tell. */
void unix_wake(const struct unix_domain *d, const struct unix_sock *u,
	       uint32_t events);

#endif
