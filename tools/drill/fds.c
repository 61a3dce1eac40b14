/* SPDX-License-Identifier: ISC */
/*
 * fds.c - the descriptors of a script
 */
#include "fds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"

struct drill_fd *drill_fd_find(const struct drill_fds *f, int script)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->all[i].script == script)
			return &f->all[i];
	return NULL;
}

struct drill_fd *drill_fd_find_tern(const struct drill_fds *f, int tern)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->all[i].tern == tern && tern >= 0)
			return &f->all[i];
	return NULL;
}

struct drill_fd *drill_fd_add(struct drill_fds *f, int script, int tern)
{
	struct drill_fd *fd;

	if (f->n == f->size) {
		f->size = f->size ? 2 * f->size : 8;
		f->all = drill_grow(f->all, f->size, sizeof(*f->all));
	}
	fd = &f->all[f->n++];
	memset(fd, 0, sizeof(*fd));
	fd->script = script;
	fd->tern = tern;
	return fd;
}

void drill_fd_remove(struct drill_fds *f, struct drill_fd *fd)
{
	if (fd->pipe && --fd->pipe->n_ends == 0)
		free(fd->pipe);
	if (fd->kind == DRILL_FD_FILE)
		close(fd->file);
	*fd = f->all[--f->n];
}

int drill_fd_unused(const struct drill_fds *f)
{
	int n = 3;

	while (drill_fd_find(f, n))
		n++;
	return n;
}

int64_t drill_pipe_write(struct drill_pipe *p, const void *bytes, size_t len)
{
	const size_t room = DRILL_PIPE_SIZE - p->len;
	const size_t n = len < room ? len : room;

	if (p->n_ends < 2)
		return -EPIPE;
	if (n == 0)
		return len ? -EAGAIN : 0;
	memmove(p->bytes, p->bytes + p->begin, p->len);
	p->begin = 0;
	memcpy(p->bytes + p->len, bytes, n);
	p->len += n;
	return (int64_t)n;
}

int64_t drill_pipe_read(struct drill_pipe *p, void *bytes, size_t len)
{
	const size_t n = len < p->len ? len : p->len;

	if (n == 0)
		return len && p->n_ends == 2 ? -EAGAIN : 0;
	memcpy(bytes, p->bytes + p->begin, n);
	p->begin += n;
	p->len -= n;
	return (int64_t)n;
}

void drill_fds_free(struct drill_fds *f)
{
	while (f->n)
		drill_fd_remove(f, &f->all[f->n - 1]);
	free(f->all);
	memset(f, 0, sizeof(*f));
}
