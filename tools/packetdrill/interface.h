/* SPDX-License-Identifier: ISC */
/*
 * interface.h - the interface between packetdrill and a library with a stack
 *
 * packetdrill loads the library that --so_filename names, and lets its entry
 * fill in this table.  What the members do, and what they return, is what the
 * calls of libc of the same names do; -1 and errno tell of a failure.
 *
 * netdev_send() puts a raw IP packet into the stack, netdev_receive() takes
 * the next one out of it, whenever that is: *count goes in as the size of the
 * buffer, and comes out as the length of the packet, or as 0 if none will ever
 * come.  Times are those of gettimeofday(), and may be virtual.
 */
#ifndef TERN_PACKETDRILL_INTERFACE_H
#define TERN_PACKETDRILL_INTERFACE_H

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>

/* The order of the members is what both sides have agreed on. */
struct packetdrill_interface {
	void *userdata;
	void (*free)(void *ud);
	int (*socket)(void *ud, int domain, int type, int protocol);
	int (*bind)(void *ud, int fd, const struct sockaddr *addr,
		    socklen_t len);
	int (*listen)(void *ud, int fd, int backlog);
	int (*accept)(void *ud, int fd, struct sockaddr *addr, socklen_t *len);
	int (*connect)(void *ud, int fd, const struct sockaddr *addr,
		       socklen_t len);
	ssize_t (*read)(void *ud, int fd, void *buf, size_t len);
	ssize_t (*readv)(void *ud, int fd, const struct iovec *iov, int n);
	ssize_t (*recv)(void *ud, int fd, void *buf, size_t len, int flags);
	ssize_t (*recvfrom)(void *ud, int fd, void *buf, size_t len, int flags,
			    struct sockaddr *addr, socklen_t *addr_len);
	ssize_t (*recvmsg)(void *ud, int fd, struct msghdr *msg, int flags);
	ssize_t (*write)(void *ud, int fd, const void *buf, size_t len);
	ssize_t (*writev)(void *ud, int fd, const struct iovec *iov, int n);
	ssize_t (*send)(void *ud, int fd, const void *buf, size_t len,
			int flags);
	ssize_t (*sendto)(void *ud, int fd, const void *buf, size_t len,
			  int flags, const struct sockaddr *addr,
			  socklen_t addr_len);
	ssize_t (*sendmsg)(void *ud, int fd, const struct msghdr *msg,
			   int flags);
	int (*fcntl)(void *ud, int fd, int cmd, ...);
	int (*ioctl)(void *ud, int fd, unsigned long request, ...);
	int (*close)(void *ud, int fd);
	int (*shutdown)(void *ud, int fd, int how);
	int (*getsockopt)(void *ud, int fd, int level, int name, void *value,
			  socklen_t *len);
	int (*setsockopt)(void *ud, int fd, int level, int name,
			  const void *value, socklen_t len);
	int (*poll)(void *ud, struct pollfd *fds, nfds_t n, int ms);
	int (*netdev_send)(void *ud, const void *buf, size_t count);
	int (*netdev_receive)(void *ud, void *buf, size_t *count,
			      long long *time_usecs);
	int (*usleep)(void *ud, useconds_t usecs);
	int (*gettimeofday)(void *ud, struct timeval *tv, struct timezone *tz);
	int (*epoll_create)(void *ud, int size);
	int (*epoll_ctl)(void *ud, int set, int op, int fd,
			 struct epoll_event *ev);
	int (*epoll_wait)(void *ud, int set, struct epoll_event *evs, int max,
			  int ms);
	int (*pipe)(void *ud, int fds[2]);
	int (*splice)(void *ud, int in, loff_t *in_off, int out,
		      loff_t *out_off, size_t len, unsigned int flags);
};

/* The entry of the library.  `flags` is what --so_flags says, or NULL. */
typedef void packetdrill_interface_init_fn(const char *flags,
					   struct packetdrill_interface *i);
packetdrill_interface_init_fn packetdrill_interface_init;

/* Names the socket on which sysctl, ip and the others find the stack. */
#define PACKETDRILL_CONTROL "TERN_PACKETDRILL_CONTROL"

#endif
