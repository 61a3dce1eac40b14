/* SPDX-License-Identifier: ISC */
/*
 * fds.c - descriptors that the kernel knows, and what stands behind them
 *
 * Numbers that were closed behind the library's back are noticed when they are
 * next looked for, or given out again: what they stood for is closed then.
 */
#include "fds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <tern/socket.h>

#include "instance.h"
#include "tools/drill/arena.h"

int pd_fd_close_kernel(int number)
{
	return (int)syscall(SYS_close, number);
}

static struct pd_fd *search(const struct pd *p, int number)
{
	size_t i;

	for (i = 0; i < p->fds.n; i++)
		if (p->fds.all[i].number == number)
			return &p->fds.all[i];
	return NULL;
}

/* What stood behind it, without the number. */
static void forget(struct pd *p, struct pd_fd *fd)
{
	if (fd->tern >= 0)
		tern_close(p->stage.stack, fd->tern);
	if (fd->pipe && --fd->pipe->n_ends == 0)
		free(fd->pipe);
	*fd = p->fds.all[--p->fds.n];
}

struct pd_fd *pd_fd_find(struct pd *p, int number)
{
	struct pd_fd *fd = search(p, number);
	struct stat st;

	if (!fd)
		return NULL;
	if (fstat(number, &st) == 0 && st.st_ino == fd->ino &&
	    st.st_dev == fd->dev)
		return fd;
	forget(p, fd);
	return NULL;
}

int pd_fd_tern(struct pd *p, int number)
{
	const struct pd_fd *fd = pd_fd_find(p, number);

	if (!fd)
		return -EBADF;
	return fd->pipe ? -ENOTSOCK : fd->tern;
}

static struct pd_fd *add(struct pd *p, int number, const struct stat *st)
{
	struct pd_fds *f = &p->fds;
	struct pd_fd *fd = search(p, number);

	if (fd)
		forget(p, fd);
	if (f->n == f->size) {
		f->size = f->size ? 2 * f->size : 8;
		f->all = drill_grow(f->all, f->size, sizeof(*f->all));
	}
	fd = &f->all[f->n++];
	memset(fd, 0, sizeof(*fd));
	fd->number = number;
	fd->tern = -1;
	fd->dev = st->st_dev;
	fd->ino = st->st_ino;
	return fd;
}

/* A new file in memory.  Returns its descriptor, or a negative errno. */
static int make_file(const char *name, struct stat *st)
{
	int number = memfd_create(name, MFD_CLOEXEC);

	if (number < 0)
		return -errno;
	if (fstat(number, st) == 0)
		return number;
	pd_fd_close_kernel(number);
	return -EIO;
}

int pd_fd_add(struct pd *p, enum drill_fd_kind kind, int tern)
{
	struct pd_fd *fd;
	struct stat st;
	int number = make_file("tern", &st);

	if (number < 0) {
		tern_close(p->stage.stack, tern);
		return number;
	}
	fd = add(p, number, &st);
	fd->kind = kind;
	fd->tern = tern;
	return number;
}

int pd_fd_add_pipe(struct pd *p, int fds[2])
{
	static const enum drill_fd_kind kinds[2] = {DRILL_FD_PIPE_READ,
						    DRILL_FD_PIPE_WRITE};
	struct drill_pipe *pipe;
	struct stat st[2];
	int number[2], i;

	number[0] = make_file("tern-pipe", &st[0]);
	if (number[0] < 0)
		return number[0];
	number[1] = make_file("tern-pipe", &st[1]);
	if (number[1] < 0) {
		pd_fd_close_kernel(number[0]);
		return number[1];
	}
	pipe = drill_grow(NULL, 1, sizeof(*pipe));
	memset(pipe, 0, sizeof(*pipe));
	pipe->n_ends = 2;
	for (i = 0; i < 2; i++) {
		struct pd_fd *fd = add(p, number[i], &st[i]);

		fd->kind = kinds[i];
		fd->pipe = pipe;
		fds[i] = number[i];
	}
	return 0;
}

void pd_fd_remove(struct pd *p, struct pd_fd *fd)
{
	pd_fd_close_kernel(fd->number);
	forget(p, fd);
}

void pd_fds_free(struct pd *p)
{
	while (p->fds.n > 0) {
		struct pd_fd *fd = &p->fds.all[0];

		if (pd_fd_find(p, fd->number))
			pd_fd_remove(p, fd);
	}
	free(p->fds.all);
	memset(&p->fds, 0, sizeof(p->fds));
}
