/* SPDX-License-Identifier: ISC */
/*
 * calls.c - the socket calls under their public names
 *
 * The floor below knows one way to send and one to receive, with a message;
 * here the others are put in terms of these.
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>

#include <tern/poll.h>
#include <tern/socket.h>
#include <tern/zerocopy.h>

#include "stack/tern.h"

int tern_socket(struct tern *n, int domain, int type, int protocol)
{
	return sock_socket(&n->socks, domain, type, protocol);
}

int tern_socketpair(struct tern *n, int domain, int type, int protocol,
		    int fds[2])
{
	return sock_pair(&n->socks, domain, type, protocol, fds);
}

int tern_bind(struct tern *n, int fd, const struct sockaddr *addr,
	      socklen_t len)
{
	return sock_bind(&n->socks, fd, addr, len);
}

int tern_listen(struct tern *n, int fd, int backlog)
{
	return sock_listen(&n->socks, fd, backlog);
}

int tern_accept(struct tern *n, int fd, struct sockaddr *addr, socklen_t *len)
{
	return sock_accept(&n->socks, fd, addr, len, 0);
}

int tern_accept4(struct tern *n, int fd, struct sockaddr *addr, socklen_t *len,
		 int flags)
{
	return sock_accept(&n->socks, fd, addr, len, flags);
}

int tern_connect(struct tern *n, int fd, const struct sockaddr *addr,
		 socklen_t len)
{
	return sock_connect(&n->socks, fd, addr, len);
}

int tern_shutdown(struct tern *n, int fd, int how)
{
	return sock_shutdown(&n->socks, fd, how);
}

int tern_close(struct tern *n, int fd)
{
	return sock_close(&n->socks, fd);
}

/* For struct iovec and struct msghdr, whose pointers are never const. */
static void *unconst(const void *p)
{
	return (void *)(uintptr_t)p;
}

static struct iovec one_buffer(void *buf, size_t len)
{
	return (struct iovec){buf, len > SSIZE_MAX ? SSIZE_MAX : len};
}

void tern_prefetch(struct tern *n, const int *fds, int n_fds)
{
	sock_prefetch(&n->socks, fds, n_fds);
}

ssize_t tern_sendto(struct tern *n, int fd, const void *buf, size_t len,
		    int flags, const struct sockaddr *addr, socklen_t addr_len)
{
	struct iovec iov = one_buffer(unconst(buf), len);
	struct msghdr msg = {
		.msg_name = unconst(addr),
		.msg_namelen = addr_len,
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};

	if (!addr)
		return sock_send_one(&n->socks, fd, &iov, flags);
	if (addr_len > sizeof(struct sockaddr_storage))
		return sock_send_nowhere(&n->socks, fd);
	return sock_send(&n->socks, fd, &msg, flags);
}

ssize_t tern_send(struct tern *n, int fd, const void *buf, size_t len,
		  int flags)
{
	const struct iovec iov = one_buffer(unconst(buf), len);

	return sock_send_one(&n->socks, fd, &iov, flags);
}

ssize_t tern_sendmsg(struct tern *n, int fd, const struct msghdr *msg,
		     int flags)
{
	if (!msg)
		return -EFAULT;
	return sock_send(&n->socks, fd, msg, flags);
}

ssize_t tern_write(struct tern *n, int fd, const void *buf, size_t len)
{
	struct iovec iov = {unconst(buf), len};

	return sock_write(&n->socks, fd, &iov, 1);
}

ssize_t tern_writev(struct tern *n, int fd, const struct iovec *iov, int n_iov)
{
	return sock_write(&n->socks, fd, iov, n_iov);
}

ssize_t tern_recvfrom(struct tern *n, int fd, void *buf, size_t len, int flags,
		      struct sockaddr *addr, socklen_t *addr_len)
{
	struct iovec iov = one_buffer(buf, len);
	struct msghdr msg = {
		.msg_name = addr,
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t done;

	if (!addr)
		return sock_receive_one(&n->socks, fd, &iov, flags);
	if (!addr_len)
		return -EFAULT;
	if (*addr_len > INT_MAX)
		return -EINVAL;
	msg.msg_namelen = *addr_len;
	done = sock_receive(&n->socks, fd, &msg, flags);
	if (done >= 0)
		*addr_len = msg.msg_namelen;
	return done;
}

ssize_t tern_recv(struct tern *n, int fd, void *buf, size_t len, int flags)
{
	const struct iovec iov = one_buffer(buf, len);

	return sock_receive_one(&n->socks, fd, &iov, flags);
}

ssize_t tern_recvmsg(struct tern *n, int fd, struct msghdr *msg, int flags)
{
	if (!msg)
		return -EFAULT;
	return sock_receive(&n->socks, fd, msg, flags);
}

ssize_t tern_read(struct tern *n, int fd, void *buf, size_t len)
{
	struct iovec iov = {buf, len};

	return sock_read(&n->socks, fd, &iov, 1);
}

ssize_t tern_readv(struct tern *n, int fd, const struct iovec *iov, int n_iov)
{
	return sock_read(&n->socks, fd, iov, n_iov);
}

ssize_t tern_send_zc(struct tern *n, int fd, const void *buf, size_t len,
		     int flags, uint64_t cookie)
{
	const struct iovec iov = {unconst(buf), len};

	return sock_send_zc(&n->socks, fd, &iov, flags, cookie);
}

int tern_zc_done(struct tern *n, int fd, struct tern_zc_done *done, int max)
{
	return sock_zc_done(&n->socks, fd, done, max);
}

int tern_recv_zc(struct tern *n, int fd, struct tern_slice *slices, int max,
		 int flags)
{
	return sock_recv_zc(&n->socks, fd, slices, max, flags);
}

void tern_recv_zc_done(struct tern *n, int fd, struct tern_slice *slices,
		       int n_slices)
{
	sock_recv_zc_done(&n->socks, fd, slices, n_slices);
}

int tern_getsockname(struct tern *n, int fd, struct sockaddr *addr,
		     socklen_t *len)
{
	return sock_name(&n->socks, fd, addr, len);
}

int tern_getpeername(struct tern *n, int fd, struct sockaddr *addr,
		     socklen_t *len)
{
	return sock_peer_name(&n->socks, fd, addr, len);
}

int tern_setsockopt(struct tern *n, int fd, int level, int name,
		    const void *value, socklen_t len)
{
	const struct opt_value v = {level, name, {.in = value}};

	return sock_set_option(&n->socks, fd, &v, len);
}

int tern_getsockopt(struct tern *n, int fd, int level, int name, void *value,
		    socklen_t *len)
{
	const struct opt_value v = {level, name, {.out = value}};

	return sock_get_option(&n->socks, fd, &v, len);
}

int tern_ioctl(struct tern *n, int fd, unsigned long request, int *value)
{
	return sock_ioctl(&n->socks, fd, request, value);
}

int tern_fcntl(struct tern *n, int fd, int cmd, int arg)
{
	return sock_fcntl(&n->socks, fd, cmd, arg);
}

int tern_poll(struct tern *n, struct pollfd *fds, nfds_t n_fds)
{
	return sock_poll(&n->socks, fds, n_fds);
}

int tern_epoll_create(struct tern *n)
{
	return sock_epoll_create(&n->socks);
}

int tern_epoll_ctl(struct tern *n, int epfd, int op, int fd,
		   struct epoll_event *ev)
{
	return sock_epoll_ctl(&n->socks, epfd, op, fd, ev);
}

int tern_epoll_wait(struct tern *n, int epfd, struct epoll_event *evs, int max)
{
	return sock_epoll_wait(&n->socks, epfd, evs, max);
}
