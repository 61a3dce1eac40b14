/* SPDX-License-Identifier: ISC */
/*
 * host.h - a stack that runs by itself: links, clock, thread, blocking calls
 *
 * struct tern_host owns one stack and the links of its interfaces.  Either it
 * runs a thread of its own (tern_host_start), or the application pumps it from
 * its own loop (tern_host_pollfd, tern_host_pump).  A lock lets any thread make
 * calls.  This is the only part of tern that reads a clock, waits, or sets
 * errno: the calls below return -1 and set errno, and wait as the system's do
 * unless the socket is nonblocking.
 *
 * A call that waits in a host without a thread pumps it meanwhile.  Links that
 * cannot be polled (a memory pipe) bring nothing while a call waits: whoever is
 * at the other end must run in the same thread.
 *
 * Signals: a handler interrupts a waiting call with EINTR; if it was installed
 * with SA_RESTART only poll, epoll_wait and calls with a timeout, as signal(7)
 * has it (in a host without a thread, every call).  SIGPIPE is never raised, as
 * if every call had MSG_NOSIGNAL.
 */
#ifndef TERN_HOST_H
#define TERN_HOST_H

#include <tern/info.h>
#include <tern/link.h>
#include <tern/netif.h>
#include <tern/poll.h>
#include <tern/socket.h>
#include <tern/stack.h>
#include <tern/zerocopy.h>

struct tern_host;

/*
 * Makes a host.  `c` may be NULL: malloc, a seed from the system, defaults.
 * Returns 0 or a negative errno.
 */
TERN_API TERN_CHECK int tern_host_create(struct tern_host **h,
					 const struct tern_config *c);

/*
 * Stops the thread, closes the links, destroys the stack.  No other thread may
 * be in a call.  Connections end without a word: see tern_host_drain().
 */
TERN_API void tern_host_destroy(struct tern_host *h);

/*
 * The stack, for calls made between tern_host_lock() and tern_host_unlock().
 * The first brings its time up to now, the second sends what there is to send
 * and wakes whom it concerns.
 */
TERN_API struct tern *tern_host_stack(struct tern_host *h);
TERN_API void tern_host_lock(struct tern_host *h);
TERN_API void tern_host_unlock(struct tern_host *h);

/*
 * Makes an interface of the link, which then belongs to the host, under `name`
 * or, if that is NULL, the link's own.  Returns the interface index or a
 * negative errno (the link is closed then).  A link that reads into blocks
 * takes those of the stack, tern_blocks(tern_host_stack(h)).
 */
TERN_API TERN_CHECK int tern_host_add_link(struct tern_host *h,
					   struct tern_link *l,
					   const char *name);

/*
 * Runs the host in a thread of its own, in which all signals are blocked.
 * Returns 0, -EALREADY, or another negative errno.
 */
TERN_API TERN_CHECK int tern_host_start(struct tern_host *h);

/*
 * Without a thread: a descriptor that is readable when tern_host_pump() should
 * be called (epoll over the links, with a timer), and the pump, which never
 * waits.  The pump returns 0, or -ENODEV once a link is gone.
 */
TERN_API int tern_host_pollfd(struct tern_host *h);
TERN_API int tern_host_pump(struct tern_host *h);

/*
 * Returns 0, or the negative errno with which a link failed.  Its interface is
 * down from then on; the others, and loopback, go on.
 */
TERN_API int tern_host_status(struct tern_host *h);

/*
 * Closes all sockets and waits until the last connection is closed (TIME-WAIT
 * does not count), `timeout` has passed, or a signal came.  Returns the number
 * of connections that are left.
 */
TERN_API int tern_host_drain(struct tern_host *h, tern_time timeout);

/* Nanoseconds of the monotonic clock, as the host uses it. */
TERN_API tern_time tern_host_now(void);

/* A capture writer for <tern/link.h> that writes to a FILE *. */
TERN_API int tern_host_capture_file(void *file, const void *bytes, size_t len);

/*
 * The blocking calls: as in <sys/socket.h>, with the host as first argument.
 * SO_RCVTIMEO, SO_SNDTIMEO, SO_LINGER, MSG_WAITALL and MSG_DONTWAIT mean what
 * they mean there.
 */
TERN_API int tern_host_socket(struct tern_host *h, int domain, int type,
			      int protocol);
TERN_API int tern_host_socketpair(struct tern_host *h, int domain, int type,
				  int protocol, int fds[2]);
TERN_API int tern_host_bind(struct tern_host *h, int fd,
			    const struct sockaddr *addr, socklen_t len);
TERN_API int tern_host_listen(struct tern_host *h, int fd, int backlog);
TERN_API int tern_host_accept(struct tern_host *h, int fd,
			      struct sockaddr *addr, socklen_t *len);
TERN_API int tern_host_accept4(struct tern_host *h, int fd,
			       struct sockaddr *addr, socklen_t *len,
			       int flags);
TERN_API int tern_host_connect(struct tern_host *h, int fd,
			       const struct sockaddr *addr, socklen_t len);
TERN_API int tern_host_shutdown(struct tern_host *h, int fd, int how);
TERN_API int tern_host_close(struct tern_host *h, int fd);
TERN_API ssize_t tern_host_send(struct tern_host *h, int fd, const void *buf,
				size_t len, int flags);
TERN_API ssize_t tern_host_sendto(struct tern_host *h, int fd, const void *buf,
				  size_t len, int flags,
				  const struct sockaddr *addr,
				  socklen_t addr_len);
TERN_API ssize_t tern_host_sendmsg(struct tern_host *h, int fd,
				   const struct msghdr *msg, int flags);
TERN_API ssize_t tern_host_write(struct tern_host *h, int fd, const void *buf,
				 size_t len);
TERN_API ssize_t tern_host_writev(struct tern_host *h, int fd,
				  const struct iovec *iov, int n_iov);
TERN_API ssize_t tern_host_recv(struct tern_host *h, int fd, void *buf,
				size_t len, int flags);
TERN_API ssize_t tern_host_recvfrom(struct tern_host *h, int fd, void *buf,
				    size_t len, int flags,
				    struct sockaddr *addr, socklen_t *addr_len);
TERN_API ssize_t tern_host_recvmsg(struct tern_host *h, int fd,
				   struct msghdr *msg, int flags);
TERN_API ssize_t tern_host_read(struct tern_host *h, int fd, void *buf,
				size_t len);
TERN_API ssize_t tern_host_readv(struct tern_host *h, int fd,
				 const struct iovec *iov, int n_iov);

/*
 * As in <tern/zerocopy.h>.  To send waits until some of the buffer is on loan,
 * not until all is; to receive until there is something; tern_host_zc_done()
 * until something is done, if anything is on loan.  A nonblocking descriptor,
 * and MSG_DONTWAIT in `flags`, do not wait: EAGAIN.  Descriptor -1 never does.
 */
TERN_API ssize_t tern_host_send_zc(struct tern_host *h, int fd, const void *buf,
				   size_t len, int flags, uint64_t cookie);
TERN_API int tern_host_zc_done(struct tern_host *h, int fd,
			       struct tern_zc_done *done, int max, int flags);
TERN_API int tern_host_recv_zc(struct tern_host *h, int fd,
			       struct tern_slice *slices, int max, int flags);
TERN_API void tern_host_recv_zc_done(struct tern_host *h, int fd,
				     struct tern_slice *slices, int n_slices);

TERN_API int tern_host_getsockname(struct tern_host *h, int fd,
				   struct sockaddr *addr, socklen_t *len);
TERN_API int tern_host_getpeername(struct tern_host *h, int fd,
				   struct sockaddr *addr, socklen_t *len);
TERN_API int tern_host_setsockopt(struct tern_host *h, int fd, int level,
				  int name, const void *value, socklen_t len);
TERN_API int tern_host_getsockopt(struct tern_host *h, int fd, int level,
				  int name, void *value, socklen_t *len);
TERN_API int tern_host_ioctl(struct tern_host *h, int fd, unsigned long request,
			     int *value);
TERN_API int tern_host_fcntl(struct tern_host *h, int fd, int cmd, int arg);
TERN_API int tern_host_poll(struct tern_host *h, struct pollfd *fds,
			    nfds_t n_fds, int timeout_ms);
TERN_API int tern_host_epoll_create(struct tern_host *h);
TERN_API int tern_host_epoll_ctl(struct tern_host *h, int epfd, int op, int fd,
				 struct epoll_event *ev);
TERN_API int tern_host_epoll_wait(struct tern_host *h, int epfd,
				  struct epoll_event *evs, int max,
				  int timeout_ms);

#endif
