/* SPDX-License-Identifier: ISC */
/*
 * calls_option.c - fcntl, ioctl, options and names
 *
 * For code in a script packetdrill asks for TCP_INFO, TCP_CC_INFO and
 * SO_MEMINFO, and goes on only if it gets all three.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <tern/socket.h>

#include "calls.h"
#include "instance.h"

int pd_fcntl(void *ud, int fd, int cmd, ...)
{
	struct pd *p = pd_enter(ud);
	int r, arg = 0;
	va_list ap;

	if (!p)
		return -1;
	if (cmd == F_SETFL || cmd == F_SETFD) {
		va_start(ap, cmd);
		arg = va_arg(ap, int);
		va_end(ap);
	}
	r = pd_fd_tern(p, fd);
	if (r == -ENOTSOCK) /* pipes have no modes: none of theirs waits */
		r = cmd == F_GETFL ? O_NONBLOCK : 0;
	else if (r >= 0)
		r = tern_fcntl(p->stage.stack, r, cmd, arg);
	return (int)pd_leave(p, r);
}

int pd_ioctl(void *ud, int fd, unsigned long request, ...)
{
	struct pd *p = pd_enter(ud);
	va_list ap;
	int *value;
	int r;

	if (!p)
		return -1;
	va_start(ap, request);
	value = va_arg(ap, int *);
	va_end(ap);
	r = pd_fd_tern(p, fd);
	if (r >= 0)
		r = value ? tern_ioctl(p->stage.stack, r, request, value)
			  : -EFAULT;
	return (int)pd_leave(p, r);
}

static int get_option(const struct pd *p, int tern, int level, int name,
		      void *value, socklen_t *len)
{
	const int r =
		tern_getsockopt(p->stage.stack, tern, level, name, value, len);

	if (r != -ENOPROTOOPT)
		return r;
	if (level == IPPROTO_TCP && name == TCP_CC_INFO) {
		*len = 0; /* as of one that has nothing to tell */
		return 0;
	}
	return r;
}

int pd_getsockopt(void *ud, int fd, int level, int name, void *value,
		  socklen_t *len)
{
	struct pd *p = pd_enter(ud);
	int r;

	if (!p)
		return -1;
	r = pd_fd_tern(p, fd);
	if (r >= 0 && (!len || (!value && *len > 0)))
		r = -EFAULT;
	else if (r >= 0 && *len > INT32_MAX)
		r = -EINVAL;
	else if (r >= 0)
		r = get_option(p, r, level, name, value, len);
	return (int)pd_leave(p, r);
}

int pd_setsockopt(void *ud, int fd, int level, int name, const void *value,
		  socklen_t len)
{
	struct pd *p = pd_enter(ud);
	int r;

	if (!p)
		return -1;
	r = pd_fd_tern(p, fd);
	if (r >= 0 && len > INT32_MAX)
		r = -EINVAL;
	else if (r >= 0 && !value)
		r = -EFAULT;
	else if (r >= 0)
		r = tern_setsockopt(p->stage.stack, r, level, name, value, len);
	return (int)pd_leave(p, r);
}

static int check_name(const struct sockaddr *addr, const socklen_t *len)
{
	if (!addr || !len)
		return -EFAULT;
	return *len > INT32_MAX ? -EINVAL : 0;
}

int pd_getsockname(void *ud, int fd, struct sockaddr *addr, socklen_t *len)
{
	struct pd *p = pd_enter(ud);
	int r, wrong;

	if (!p)
		return -1;
	r = pd_fd_tern(p, fd);
	wrong = check_name(addr, len);
	if (r >= 0)
		r = wrong ? wrong
			  : tern_getsockname(p->stage.stack, r, addr, len);
	return (int)pd_leave(p, r);
}

int pd_getpeername(void *ud, int fd, struct sockaddr *addr, socklen_t *len)
{
	struct pd *p = pd_enter(ud);
	int r, wrong;

	if (!p)
		return -1;
	r = pd_fd_tern(p, fd);
	wrong = check_name(addr, len);
	if (r >= 0)
		r = wrong ? wrong
			  : tern_getpeername(p->stage.stack, r, addr, len);
	return (int)pd_leave(p, r);
}
