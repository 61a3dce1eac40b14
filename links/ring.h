/* SPDX-License-Identifier: ISC */
/*
 * ring.h - a burst of writes by one system call, through io_uring
 */
#ifndef TERN_LINKS_RING_H
#define TERN_LINKS_RING_H

#include <stdbool.h>
#include <sys/uio.h>

#include <tern/types.h>

#define RING_MAX 32 /* writes in a burst */

struct ring;

/* Returns 0 or a negative errno: -ENOSYS if tern was built without liburing or
 * the kernel has no io_uring, -EPERM if it is forbidden, -ENOMEM. */
int ring_open(struct ring **r, const struct tern_allocator *alloc);
void ring_close(struct ring *r);

/* False once the system has refused a burst: then it is of no more use. */
bool ring_is_sound(const struct ring *r);

/* One more write for the burst, to a descriptor that does not block.  `iov` and
 * what it refers to must stay until ring_run(). */
void ring_add(struct ring *r, int fd, const struct iovec *iov, int n_iov);

/* Does all that was added.  Sets a result for each: how many bytes were written
 * or a negative errno, -EAGAIN also if it was not even tried. */
void ring_run(struct ring *r, int *results);

#endif
