/* SPDX-License-Identifier: ISC */
/*
 * target.h - how the runner reaches the stack under test
 *
 * The stack is in this process (target_stack.c), behind the interface of a
 * library that has one (target_library.c), or in the running kernel
 * (target_kernel.c, which makes its own table).  The runner knows it by this
 * table only.  Calls return what those of <tern/socket.h> do: a result or a
 * negative errno.
 */
#ifndef TERN_DRILL_TARGET_H
#define TERN_DRILL_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* For those whose time is virtual, and costs nothing. */
#define DRILL_PATIENCE_NS (INT64_C(300) * 1000000000)
#define DRILL_ANY_TIME_NS (INT64_C(4) * 3600 * 1000000000)

struct drill_live;
struct drill_stage;

struct drill_send {
	const void *buf;
	size_t len;
	int flags;
	const struct sockaddr *addr; /* NULL: to the peer */
	socklen_t addr_len;
};

struct drill_recv {
	void *buf;
	size_t len;
	int flags;
	struct sockaddr *addr; /* NULL: does not matter */
	socklen_t *addr_len;
};

struct drill_target {
	/*
	 * True if its calls wait themselves.  One that has not come back is
	 * told by `waiting`, and made again (with the same arguments) to learn
	 * what has become of it.
	 */
	bool blocks;
	bool (*waiting)(const struct drill_stage *s);

	/*
	 * How long a packet that is late is waited for, so that it can be told
	 * that it came late; and one whose time does not matter.
	 */
	int64_t patience_ns, any_time_ns;

	/* The stage's own. */
	void (*close)(struct drill_stage *s);
	void (*settle)(struct drill_stage *s);
	bool (*step)(struct drill_stage *s, int64_t until_ns);
	int (*input)(struct drill_stage *s, const uint8_t *bytes, uint32_t len);
	struct drill_live *(*take)(struct drill_stage *s);

	/* A command such as sysctl(8), which prints to `out` and `err`. */
	int (*command)(struct drill_stage *s, char **argv, FILE *out,
		       FILE *err);

	int (*socket)(struct drill_stage *s, int domain, int type,
		      int protocol);
	int (*bind)(struct drill_stage *s, int fd, const struct sockaddr *addr,
		    socklen_t len);
	int (*listen)(struct drill_stage *s, int fd, int backlog);
	int (*accept)(struct drill_stage *s, int fd, struct sockaddr *addr,
		      socklen_t *len, int flags);
	int (*connect)(struct drill_stage *s, int fd,
		       const struct sockaddr *addr, socklen_t len);
	int (*shutdown)(struct drill_stage *s, int fd, int how);
	int (*close_fd)(struct drill_stage *s, int fd);
	int (*getsockname)(struct drill_stage *s, int fd, struct sockaddr *addr,
			   socklen_t *len);
	int (*getpeername)(struct drill_stage *s, int fd, struct sockaddr *addr,
			   socklen_t *len);
	int (*getsockopt)(struct drill_stage *s, int fd, int level, int name,
			  void *value, socklen_t *len);
	int (*setsockopt)(struct drill_stage *s, int fd, int level, int name,
			  const void *value, socklen_t len);
	int (*ioctl)(struct drill_stage *s, int fd, unsigned long request,
		     int *value);
	int (*fcntl)(struct drill_stage *s, int fd, int cmd, int arg);

	ssize_t (*send)(struct drill_stage *s, int fd,
			const struct drill_send *args);
	ssize_t (*sendmsg)(struct drill_stage *s, int fd,
			   const struct msghdr *msg, int flags);
	ssize_t (*write)(struct drill_stage *s, int fd, const void *buf,
			 size_t len);
	ssize_t (*writev)(struct drill_stage *s, int fd,
			  const struct iovec *iov, int n_iov);
	ssize_t (*recv)(struct drill_stage *s, int fd,
			const struct drill_recv *args);
	ssize_t (*recvmsg)(struct drill_stage *s, int fd, struct msghdr *msg,
			   int flags);
	ssize_t (*read)(struct drill_stage *s, int fd, void *buf, size_t len);
	ssize_t (*readv)(struct drill_stage *s, int fd, const struct iovec *iov,
			 int n_iov);

	/* One that does not wait itself does not look at `ms`. */
	int (*poll)(struct drill_stage *s, struct pollfd *fds, nfds_t n,
		    int ms);
	int (*epoll_create)(struct drill_stage *s);
	int (*epoll_ctl)(struct drill_stage *s, int set, int op, int fd,
			 struct epoll_event *ev);
	int (*epoll_wait)(struct drill_stage *s, int set,
			  struct epoll_event *evs, int max, int ms);

	/* NULL where pipes are the runner's. */
	int (*pipe)(struct drill_stage *s, int fds[2]);
	ssize_t (*splice)(struct drill_stage *s, int in, int out, size_t len,
			  unsigned int flags);
};

extern const struct drill_target drill_target_stack;
extern const struct drill_target drill_target_library;

#endif
