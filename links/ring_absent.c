/* SPDX-License-Identifier: ISC */
/*
 * ring_absent.c - stands in for ring.c where liburing was not found
 */
#include "ring.h"

#include <errno.h>

int ring_open(struct ring **r, const struct tern_allocator *alloc)
{
	(void)r;
	(void)alloc;
	return -ENOSYS;
}

void ring_close(struct ring *r)
{
	(void)r;
}

bool ring_is_sound(const struct ring *r)
{
	(void)r;
	return false;
}

void ring_add(struct ring *r, int fd, const struct iovec *iov, int n_iov)
{
	(void)r;
	(void)fd;
	(void)iov;
	(void)n_iov;
}

void ring_run(struct ring *r, int *results)
{
	(void)r;
	(void)results;
}
