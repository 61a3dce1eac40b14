/* SPDX-License-Identifier: ISC */
/*
 * call_control.c - ioctl(2), fcntl(2)
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "sock/socks.h"
#include "tcp/tcp.h"
#include "unix/unix.h"

static void set_flag(struct fd *f, uint8_t flag, bool on)
{
	f->flags &= (uint8_t)~flag;
	f->flags |= on ? flag : 0;
}

static int ioctl_tcp(const struct tcb *t, unsigned long request, int *value)
{
	switch (request) {
	case SIOCINQ:
		*value = (int)tcp_inq(t);
		return 0;
	case SIOCOUTQ:
		*value = (int)tcp_outq_told(t);
		return 0;
	case SIOCOUTQNSD:
		*value = (int)tcp_outq_unsent_told(t);
		return 0;
	case SIOCATMARK:
		*value = tcp_at_mark(t);
		return 0;
	}
	return -ENOTTY;
}

static int ioctl_listener(unsigned long request, int *value)
{
	switch (request) {
	case SIOCINQ:
	case SIOCOUTQ:
	case SIOCOUTQNSD:
		return -EINVAL;
	case SIOCATMARK:
		*value = 0;
		return 0;
	}
	return -ENOTTY;
}

static int ioctl_unix(const struct unix_sock *u, unsigned long request,
		      int *value)
{
	switch (request) {
	case SIOCINQ:
		if (u->phase == UNIX_LISTENING)
			return -EINVAL;
		*value = (int)unix_inq(u);
		return 0;
	case SIOCOUTQ:
		*value = (int)unix_outq(u);
		return 0;
	}
	return -ENOTTY;
}

int sock_ioctl(struct socks *s, int fd, unsigned long request, int *value)
{
	struct fd *f = fd_find(&s->fds, fd);

	if (!f)
		return -EBADF;
	if (!value)
		return -EFAULT;
	if (request == FIONBIO) {
		set_flag(f, FD_NONBLOCK, *value);
		return 0;
	}
	switch ((enum fd_kind)f->kind) {
	case FD_TCP:
		return ioctl_tcp(f->u.tcb, request, value);
	case FD_LISTENER:
		return ioctl_listener(request, value);
	case FD_UNIX:
		return ioctl_unix(f->u.un, request, value);
	case FD_EPOLL:
	case FD_FREE:
		break;
	}
	return -EINVAL; /* as Linux has it for an epoll set */
}

int sock_fcntl(struct socks *s, int fd, int cmd, int arg)
{
	struct fd *f = fd_find(&s->fds, fd);

	if (!f)
		return -EBADF;
	switch (cmd) {
	case F_GETFL:
		return O_RDWR | (f->flags & FD_NONBLOCK ? O_NONBLOCK : 0);
	case F_SETFL:
		set_flag(f, FD_NONBLOCK, arg & O_NONBLOCK);
		return 0;
	case F_GETFD:
		return f->flags & FD_CLOSE_ON_EXEC ? FD_CLOEXEC : 0;
	case F_SETFD:
		set_flag(f, FD_CLOSE_ON_EXEC, arg & FD_CLOEXEC);
		return 0;
	}
	return -EINVAL;
}
