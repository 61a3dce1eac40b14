/* SPDX-License-Identifier: ISC */
/*
 * vector.c - the checks of an array of buffers that come before everything
 */
#include "sock/vector.h"

#include <errno.h>
#include <limits.h>

#include "base/bytes.h"

ssize_t vector_len(const struct iovec *iov, size_t n, bool null_ok)
{
	size_t total = 0;

	if (n > VECTOR_MAX)
		return -EINVAL;
	if (n && !iov)
		return -EFAULT;
	for (size_t i = 0; i < n; i++) {
		if (iov[i].iov_len > SSIZE_MAX)
			return -EINVAL;
		if (iov[i].iov_len && !iov[i].iov_base && !null_ok)
			return -EFAULT;
		total += min_size(iov[i].iov_len, VECTOR_BYTES_MAX - total);
	}
	return (ssize_t)total;
}
