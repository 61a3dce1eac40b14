/* SPDX-License-Identifier: ISC */
/*
 * socket.h - the socket calls
 *
 * POSIX names behind `tern_`, with the stack as first argument; the system's
 * own struct sockaddr, constants and errno values.  A failure is the negative
 * errno value as return value.  Nothing blocks: where a blocking socket would
 * wait, the call returns -EAGAIN (connect: -EINPROGRESS), whatever O_NONBLOCK
 * says; <tern/host.h> has the calls that wait.
 *
 * Descriptors are small non-negative numbers of this stack, not of the
 * system.  They carry a generation: a closed one is -EBADF, even when its
 * place has been taken by another socket.
 *
 * Families: AF_INET with SOCK_STREAM, and AF_UNIX with SOCK_STREAM between
 * sockets of the same stack.
 */
#ifndef TERN_SOCKET_H
#define TERN_SOCKET_H

#include <sys/socket.h>
#include <sys/uio.h>

#include <tern/types.h>

/*
 * socket() makes the descriptor and its empty buffers, bound to nothing.
 * `type` may carry SOCK_NONBLOCK and SOCK_CLOEXEC.  Errors: -EAFNOSUPPORT,
 * -EPROTONOSUPPORT, -ESOCKTNOSUPPORT, -EMFILE, -ENOBUFS.
 */
TERN_API TERN_CHECK int tern_socket(struct tern *n, int domain, int type,
				    int protocol);

/*
 * bind() fixes address and port; port 0 picks one (RFC 6056).  Errors:
 * -EBADF, -EINVAL if bound already, -EAFNOSUPPORT, -EADDRNOTAVAIL if the
 * address is not this host's or is a group's, -EADDRINUSE.
 */
TERN_API TERN_CHECK int tern_bind(struct tern *n, int fd,
				  const struct sockaddr *addr, socklen_t len);

/*
 * listen() makes the two queues: SYN-RECEIVED and ESTABLISHED.  The accept
 * queue holds at most `backlog` + 1, as on Linux.  May be called again to
 * change the backlog.  Errors: -EBADF, -EINVAL if connected, -EADDRINUSE,
 * -EOPNOTSUPP.
 */
TERN_API TERN_CHECK int tern_listen(struct tern *n, int fd, int backlog);

/*
 * accept() takes the oldest of the accept queue.  `flags`: SOCK_NONBLOCK,
 * SOCK_CLOEXEC.  Errors: -EBADF, -EAGAIN if it is empty, -EINVAL if not
 * listening, -EMFILE.
 */
TERN_API TERN_CHECK int tern_accept(struct tern *n, int fd,
				    struct sockaddr *addr, socklen_t *len);
TERN_API TERN_CHECK int tern_accept4(struct tern *n, int fd,
				     struct sockaddr *addr, socklen_t *len,
				     int flags);

/*
 * connect() binds if needed (the route chooses the address) and sends the SYN:
 * -EINPROGRESS.  Later calls: -EALREADY, 0 once when established, then
 * -EISCONN, or the error.  Errors: -EBADF, -EAFNOSUPPORT, -EADDRNOTAVAIL,
 * -ENETUNREACH, -EADDRINUSE, -ECONNREFUSED, -ETIMEDOUT, -EINVAL.
 * AF_UNIX: 0 at once, or -ECONNREFUSED if nobody listens, -EAGAIN if a backlog
 * is full and the socket is nonblocking, -ECONNREFUSED if it is not.
 */
TERN_API TERN_CHECK int tern_connect(struct tern *n, int fd,
				     const struct sockaddr *addr,
				     socklen_t len);

/* `how`: SHUT_RD, SHUT_WR (sends FIN), SHUT_RDWR.  -ENOTCONN, -EINVAL. */
TERN_API int tern_shutdown(struct tern *n, int fd, int how);

/*
 * close() gives the descriptor back.  With unread data the connection is
 * reset; otherwise the four-way close goes on in the background.  With
 * SO_LINGER {1, 0} it is reset.  Returns 0 or -EBADF.  (That close() may wait
 * with SO_LINGER {1, t} is the business of <tern/host.h>.)
 */
TERN_API int tern_close(struct tern *n, int fd);

/*
 * Soon there will be calls for these descriptors: asks for the memory of all of
 * them at once, for which the calls would wait one after the other.  It helps
 * where connections are many more than the caches hold, with as many as are
 * handled in one go, some tens.  Nothing changes by it; what is no descriptor
 * of a connection is passed over.
 */
TERN_API void tern_prefetch(struct tern *n, const int *fds, int n_fds);

/*
 * Sending.  Returns the number of bytes queued, which may be fewer than asked
 * for.  Flags: MSG_OOB, MSG_MORE, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_EOR: if all
 * were taken a segment ends with the last byte; and MSG_ZEROCOPY with
 * SO_ZEROCOPY: the bytes are copied, and MSG_ERRQUEUE tells when all are
 * acknowledged.  A control message SO_TIMESTAMPING has the
 * SOF_TIMESTAMPING_TX_* flags of this send.  Errors:
 * -EBADF, -ENOTSOCK, -EAGAIN if the send buffer is full, -EPIPE after
 * shutdown or without a connection (AF_UNIX: -ENOTCONN), -EISCONN for an
 * address with AF_UNIX, -EMSGSIZE for more than 1024 buffers, -EOPNOTSUPP,
 * -ENOBUFS, the connection's pending error.
 */
TERN_API TERN_CHECK ssize_t tern_send(struct tern *n, int fd, const void *buf,
				      size_t len, int flags);
TERN_API TERN_CHECK ssize_t tern_sendto(struct tern *n, int fd, const void *buf,
					size_t len, int flags,
					const struct sockaddr *addr,
					socklen_t addr_len);
TERN_API TERN_CHECK ssize_t tern_sendmsg(struct tern *n, int fd,
					 const struct msghdr *msg, int flags);
TERN_API TERN_CHECK ssize_t tern_write(struct tern *n, int fd, const void *buf,
				       size_t len);
TERN_API TERN_CHECK ssize_t tern_writev(struct tern *n, int fd,
					const struct iovec *iov, int n_iov);

/*
 * Receiving.  Returns the number of bytes, 0 at the end of the stream.  Flags:
 * MSG_PEEK, MSG_DONTWAIT, MSG_WAITALL, MSG_OOB, MSG_TRUNC.  With MSG_WAITALL,
 * -EAGAIN until all bytes are there, the stream ends or the buffer is full.
 * MSG_ERRQUEUE: the oldest message of the error queue (MSG_ZEROCOPY,
 * SO_TIMESTAMPING) instead, 0 bytes and an IP_RECVERR with a struct
 * sock_extended_err, -EAGAIN if there is none; POLLERR says that there is.
 * Errors: -EBADF, -ENOTSOCK, -EAGAIN, -ENOTCONN (AF_UNIX: -EINVAL), the
 * pending error, -EINVAL for MSG_OOB without urgent data.
 */
TERN_API TERN_CHECK ssize_t tern_recv(struct tern *n, int fd, void *buf,
				      size_t len, int flags);
TERN_API TERN_CHECK ssize_t tern_recvfrom(struct tern *n, int fd, void *buf,
					  size_t len, int flags,
					  struct sockaddr *addr,
					  socklen_t *addr_len);
TERN_API TERN_CHECK ssize_t tern_recvmsg(struct tern *n, int fd,
					 struct msghdr *msg, int flags);
TERN_API TERN_CHECK ssize_t tern_read(struct tern *n, int fd, void *buf,
				      size_t len);
TERN_API TERN_CHECK ssize_t tern_readv(struct tern *n, int fd,
				       const struct iovec *iov, int n_iov);

/*
 * The socket's own address, and its peer's.  Cut to the *len bytes there are;
 * *len is then the true length.  Errors: -EBADF, -ENOTSOCK, -ENOTCONN.
 */
TERN_API int tern_getsockname(struct tern *n, int fd, struct sockaddr *addr,
			      socklen_t *len);
TERN_API int tern_getpeername(struct tern *n, int fd, struct sockaddr *addr,
			      socklen_t *len);

/*
 * Options; the table in doc/ lists each.  -ENOPROTOOPT for one that is not
 * known, -EINVAL for a bad value or length.
 */
TERN_API int tern_setsockopt(struct tern *n, int fd, int level, int name,
			     const void *value, socklen_t len);
TERN_API int tern_getsockopt(struct tern *n, int fd, int level, int name,
			     void *value, socklen_t *len);

/* FIONREAD (SIOCINQ), SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK, FIONBIO.  What waits
 * to be sent or acknowledged counts a FIN, and is 0 before the connection is
 * open. */
TERN_API int tern_ioctl(struct tern *n, int fd, unsigned long request,
			int *value);

/* F_GETFL and F_SETFL with O_NONBLOCK, F_GETFD and F_SETFD with FD_CLOEXEC. */
TERN_API int tern_fcntl(struct tern *n, int fd, int cmd, int arg);

/*
 * AF_UNIX: two connected stream sockets.
 */
TERN_API TERN_CHECK int tern_socketpair(struct tern *n, int domain, int type,
					int protocol, int fds[2]);

#endif
