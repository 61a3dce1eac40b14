/* SPDX-License-Identifier: ISC */
/*
 * vector.h - the checks of an array of buffers that come before everything
 */
#ifndef TERN_SOCK_VECTOR_H
#define TERN_SOCK_VECTOR_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

#define VECTOR_MAX	 1024 /* IOV_MAX */
/* Bytes that one call moves at most, MAX_RW_COUNT of Linux. */
#define VECTOR_BYTES_MAX (INT_MAX & ~4095)

/*
 * Returns the number of bytes, at most VECTOR_BYTES_MAX, or -EINVAL if there
 * are too many buffers or one is longer than SSIZE_MAX, or -EFAULT if one has
 * no address (unless `null_ok`).
 */
ssize_t vector_len(const struct iovec *iov, size_t n, bool null_ok);

#endif
