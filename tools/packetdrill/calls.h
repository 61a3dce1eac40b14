/* SPDX-License-Identifier: ISC */
/*
 * calls.h - the members of the interface, each in the file of its kind
 */
#ifndef TERN_PACKETDRILL_CALLS_H
#define TERN_PACKETDRILL_CALLS_H

#include "interface.h"

/* calls_open.c */
int pd_socket(void *ud, int domain, int type, int protocol);
int pd_bind(void *ud, int fd, const struct sockaddr *addr, socklen_t len);
int pd_listen(void *ud, int fd, int backlog);
int pd_accept(void *ud, int fd, struct sockaddr *addr, socklen_t *len);
int pd_accept4(void *ud, int fd, struct sockaddr *addr, socklen_t *len,
	       int flags);
int pd_connect(void *ud, int fd, const struct sockaddr *addr, socklen_t len);
int pd_shutdown(void *ud, int fd, int how);
int pd_close(void *ud, int fd);

/* calls_message.c */
ssize_t pd_read(void *ud, int fd, void *buf, size_t len);
ssize_t pd_readv(void *ud, int fd, const struct iovec *iov, int n);
ssize_t pd_recv(void *ud, int fd, void *buf, size_t len, int flags);
ssize_t pd_recvfrom(void *ud, int fd, void *buf, size_t len, int flags,
		    struct sockaddr *addr, socklen_t *addr_len);
ssize_t pd_recvmsg(void *ud, int fd, struct msghdr *msg, int flags);
ssize_t pd_write(void *ud, int fd, const void *buf, size_t len);
ssize_t pd_writev(void *ud, int fd, const struct iovec *iov, int n);
ssize_t pd_send(void *ud, int fd, const void *buf, size_t len, int flags);
ssize_t pd_sendto(void *ud, int fd, const void *buf, size_t len, int flags,
		  const struct sockaddr *addr, socklen_t addr_len);
ssize_t pd_sendmsg(void *ud, int fd, const struct msghdr *msg, int flags);

/* calls_option.c */
int pd_fcntl(void *ud, int fd, int cmd, ...);
int pd_ioctl(void *ud, int fd, unsigned long request, ...);
int pd_getsockopt(void *ud, int fd, int level, int name, void *value,
		  socklen_t *len);
int pd_setsockopt(void *ud, int fd, int level, int name, const void *value,
		  socklen_t len);
int pd_getsockname(void *ud, int fd, struct sockaddr *addr, socklen_t *len);
int pd_getpeername(void *ud, int fd, struct sockaddr *addr, socklen_t *len);

/* calls_ready.c */
int pd_poll(void *ud, struct pollfd *fds, nfds_t n, int ms);
int pd_epoll_create(void *ud, int size);
int pd_epoll_ctl(void *ud, int set, int op, int fd, struct epoll_event *ev);
int pd_epoll_wait(void *ud, int set, struct epoll_event *evs, int max, int ms);

/* calls_pipe.c */
int pd_pipe(void *ud, int fds[2]);
int pd_splice(void *ud, int in, loff_t *in_off, int out, loff_t *out_off,
	      size_t len, unsigned int flags);

/* netdev.c */
int pd_netdev_send(void *ud, const void *buf, size_t count);
int pd_netdev_receive(void *ud, void *buf, size_t *count,
		      long long *time_usecs);
int pd_usleep(void *ud, useconds_t usecs);
int pd_gettimeofday(void *ud, struct timeval *tv, struct timezone *tz);

#endif
