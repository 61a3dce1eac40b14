/* SPDX-License-Identifier: ISC */
/*
 * preload.c - calls of libc that packetdrill makes past the interface
 *
 * It asks getsockopt() of libc about live sockets, for code in a script, and
 * closes what a script has left open with close().  Loaded with LD_PRELOAD the
 * library has both of these, and some that the interface lacks; those on its
 * own descriptors are the stack's, and all others go to the kernel.
 */
#include <errno.h>
#include <unistd.h>

#include <sys/syscall.h>

#include "calls.h"
#include "instance.h"

#define EXPORT __attribute__((visibility("default")))

/* The kernel's, and not libc's: whoever else interposes them has been asked
 * already. */
#define KERNEL(name, ...) ((int)syscall(SYS_##name, __VA_ARGS__))

/* The instance that a descriptor belongs to, NULL if it is none of ours. */
static struct pd *owner_of(int fd)
{
	const int saved = errno;
	struct pd *p;

	for (p = pd_first(); p; p = p->next) {
		bool found = false;

		pthread_mutex_lock(&p->lock);
		if (p->open)
			found = pd_fd_find(p, fd) != NULL;
		pthread_mutex_unlock(&p->lock);
		if (found)
			break;
	}
	errno = saved;
	return p;
}

EXPORT int close(int fd)
{
	struct pd *p = owner_of(fd);

	return p ? pd_close(p, fd) : KERNEL(close, fd);
}

EXPORT int getsockopt(int fd, int level, int name, void *restrict value,
		      socklen_t *restrict len)
{
	struct pd *p = owner_of(fd);

	return p ? pd_getsockopt(p, fd, level, name, value, len)
		 : KERNEL(getsockopt, fd, level, name, value, len);
}

EXPORT int setsockopt(int fd, int level, int name, const void *value,
		      socklen_t len)
{
	struct pd *p = owner_of(fd);

	return p ? pd_setsockopt(p, fd, level, name, value, len)
		 : KERNEL(setsockopt, fd, level, name, value, len);
}

EXPORT int getsockname(int fd, struct sockaddr *restrict addr,
		       socklen_t *restrict len)
{
	struct pd *p = owner_of(fd);

	return p ? pd_getsockname(p, fd, addr, len)
		 : KERNEL(getsockname, fd, addr, len);
}

EXPORT int getpeername(int fd, struct sockaddr *restrict addr,
		       socklen_t *restrict len)
{
	struct pd *p = owner_of(fd);

	return p ? pd_getpeername(p, fd, addr, len)
		 : KERNEL(getpeername, fd, addr, len);
}

EXPORT int accept4(int fd, struct sockaddr *restrict addr,
		   socklen_t *restrict len, int flags)
{
	struct pd *p = owner_of(fd);

	return p ? pd_accept4(p, fd, addr, len, flags)
		 : KERNEL(accept4, fd, addr, len, flags);
}
