/* SPDX-License-Identifier: ISC */
/*
 * poll.h - readiness of sockets: poll and epoll
 *
 * The events are the system's own: POLLIN, POLLOUT, POLLPRI, POLLRDHUP,
 * POLLHUP, POLLERR, POLLNVAL, and EPOLL* with EPOLLET, EPOLLONESHOT and
 * EPOLLEXCLUSIVE; POLLMSG for <tern/zerocopy.h>. Nothing blocks here:
 * tern_poll() and tern_epoll_wait() say what is ready now. <tern/host.h> has
 * the calls that wait.
 */
#ifndef TERN_POLL_H
#define TERN_POLL_H

#include <poll.h>
#include <sys/epoll.h>

#include <tern/types.h>

/* Fills in revents.  Returns the number of descriptors with any. */
TERN_API int tern_poll(struct tern *n, struct pollfd *fds, nfds_t n_fds);

/* Returns a descriptor for an empty set, -EMFILE or -ENOBUFS. */
TERN_API TERN_CHECK int tern_epoll_create(struct tern *n);

/*
 * op: EPOLL_CTL_ADD, MOD, DEL.  Returns 0, -EBADF, -EEXIST, -ENOENT, -EINVAL,
 * -ELOOP for sets that watch each other, or -ENOBUFS.
 */
TERN_API int tern_epoll_ctl(struct tern *n, int epfd, int op, int fd,
			    struct epoll_event *ev);

/*
 * Stores up to `max` events, in the order in which they became ready.  Costs
 * nothing for sockets that are not.  Returns their number, -EBADF or -EINVAL.
 */
TERN_API int tern_epoll_wait(struct tern *n, int epfd, struct epoll_event *evs,
			     int max);

#endif
