/* SPDX-License-Identifier: ISC */
/*
 * socks.h - the socket floor as the stack sees it
 *
 * struct socks is all descriptors of a stack.  The calls are those of
 * <tern/socket.h> and <tern/poll.h>, which have the contracts; src/stack adds
 * the public names.
 */
#ifndef TERN_SOCK_SOCKS_H
#define TERN_SOCK_SOCKS_H

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/env.h"
#include "base/map.h"
#include "base/pool.h"
#include "sock/fd.h"
#include "sock/loan.h"
#include "tcp/tcp.h"

struct net;
struct tcp;
struct unix_domain;

struct socks {
	struct env *env;
	struct net *net;
	struct tcp *tcp;
	struct unix_domain *un;
	struct fd_table fds;
	struct map extras; /* struct extras by index of descriptor */
	struct pool extras_pool, watches, epolls, notes;
	uint32_t n_visits;     /* searches for loops of epoll sets */
	struct lender retired; /* what closed descriptors have lent */
};

/* Returns 0 or -ENOBUFS.  The floors below need not be made yet. */
TERN_CHECK int socks_init(struct socks *s, struct env *env,
			  uint32_t max_sockets);

/* Lets go of every descriptor; the floors below must still be there. */
void socks_fini(struct socks *s);

/* Traps if a table is inconsistent.  For tests. */
void socks_check(const struct socks *s);

/* For struct tcp_user and struct unix_user; ctx is the struct socks. */
void socks_tcp_ready(void *ctx, uint32_t user, uint32_t ready);
void socks_tcp_expect(void *ctx, const uint32_t *users, int n);
void socks_tcp_moved(void *ctx, uint32_t user, enum tcp_moved what,
		     uint32_t from, uint32_t to);
void socks_unix_ready(void *ctx, uint32_t user, uint32_t events);

/* What poll(2) says of an open descriptor now. */
uint32_t sock_events(struct socks *s, const struct fd *f);

void sock_prefetch(const struct socks *s, const int *fds, int n_fds);

int sock_socket(struct socks *s, int domain, int type, int protocol);
int sock_pair(struct socks *s, int domain, int type, int protocol, int fds[2]);
int sock_bind(struct socks *s, int fd, const struct sockaddr *addr,
	      socklen_t len);
int sock_listen(struct socks *s, int fd, int backlog);
int sock_accept(struct socks *s, int fd, struct sockaddr *addr, socklen_t *len,
		int flags);
int sock_connect(struct socks *s, int fd, const struct sockaddr *addr,
		 socklen_t len);
int sock_shutdown(struct socks *s, int fd, int how);
int sock_close(struct socks *s, int fd);

/* write(2) and writev(2), read(2) and readv(2): as these, with flags 0. */
ssize_t sock_write(struct socks *s, int fd, const struct iovec *iov, int n_iov);
ssize_t sock_read(struct socks *s, int fd, const struct iovec *iov, int n_iov);

/* send(2) to recvmsg(2); *msg is written to as recvmsg(2) does. */
ssize_t sock_send(struct socks *s, int fd, const struct msghdr *msg, int flags);

/* send(2) and recv(2): the same with one buffer, and nothing beside it. */
ssize_t sock_send_one(struct socks *s, int fd, const struct iovec *one,
		      int flags);
ssize_t sock_receive_one(struct socks *s, int fd, const struct iovec *one,
			 int flags);

/* sendto(2) to an address that is too long to be one. */
ssize_t sock_send_nowhere(const struct socks *s, int fd);
ssize_t sock_receive(struct socks *s, int fd, struct msghdr *msg, int flags);

/* *lent is one buffer. */
ssize_t sock_send_zc(struct socks *s, int fd, const struct iovec *lent,
		     int flags, uint64_t cookie);
int sock_zc_done(struct socks *s, int fd, struct tern_zc_done *done, int max);
int sock_recv_zc(struct socks *s, int fd, struct tern_slice *slices, int max,
		 int flags);
void sock_recv_zc_done(struct socks *s, int fd, struct tern_slice *slices,
		       int n);

int sock_name(struct socks *s, int fd, struct sockaddr *addr, socklen_t *len);
int sock_peer_name(struct socks *s, int fd, struct sockaddr *addr,
		   socklen_t *len);
int sock_ioctl(struct socks *s, int fd, unsigned long request, int *value);
int sock_fcntl(struct socks *s, int fd, int cmd, int arg);

/* The value is passed as setsockopt(2) and getsockopt(2) take it. */
struct opt_value {
	int level, name;
	union {
		const void *in;
		void *out;
	} u;
};
int sock_set_option(struct socks *s, int fd, const struct opt_value *v,
		    socklen_t len);
int sock_get_option(struct socks *s, int fd, const struct opt_value *v,
		    socklen_t *len);

int sock_poll(struct socks *s, struct pollfd *fds, nfds_t n_fds);
int sock_epoll_create(struct socks *s);
int sock_epoll_ctl(struct socks *s, int epfd, int op, int fd,
		   struct epoll_event *ev);
int sock_epoll_wait(struct socks *s, int epfd, struct epoll_event *evs,
		    int max);

#endif
