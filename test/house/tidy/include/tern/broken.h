/* SPDX-License-Identifier: ISC */
/*
 * broken.h - public, yet needs an internal header
 */
#include "types.h"
#include <tern/types.h>
TERN_API int tern_six(int a, int (*b)(int, int), int c, int d, int e, int f);
TERN_API int tern_seven(int a, int (*b)(int, int), int c, int d, int e, int f,
			int g);
TERN_API ssize_t tern_sendto(struct tern *n, int s, const void *b, size_t l,
			     int f, const struct sockaddr *to, socklen_t tl);
