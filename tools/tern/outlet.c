/* SPDX-License-Identifier: ISC */
/*
 * outlet.c - writes to a descriptor of the system without ever waiting
 *
 * A command that waited for a slow reader of its standard output would not run
 * its stack meanwhile, and the peer would hear nothing.  O_NONBLOCK on standard
 * output itself would also hold for the shell and for everybody else who has
 * it open; so a pipe or a terminal is opened anew through /proc, which gives
 * a description of our own, and a socket is told with each call.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outlet.h"

void outlet_open(struct outlet *o, int fd)
{
	char path[32];
	struct stat st;
	int again;

	o->fd = fd;
	o->socket = o->own = false;
	if (fstat(fd, &st) < 0 || S_ISREG(st.st_mode))
		return;
	if (S_ISSOCK(st.st_mode)) {
		o->socket = true;
		return;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (again >= 0) {
		o->fd = again;
		o->own = true;
	}
}

void outlet_close(struct outlet *o)
{
	if (o->own)
		close(o->fd);
	o->fd = -1;
}

ssize_t outlet_write(struct outlet *o, const void *bytes, size_t len)
{
	ssize_t n;

	do
		n = o->socket ? send(o->fd, bytes, len,
				     MSG_DONTWAIT | MSG_NOSIGNAL)
			      : write(o->fd, bytes, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}
