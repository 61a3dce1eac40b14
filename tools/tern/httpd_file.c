/* SPDX-License-Identifier: ISC */
/*
 * httpd_file.c - from a request target to an open file, safely
 *
 * Two fences keep requests inside the directory that is served: a decoded path
 * must not contain "..", and the kernel is asked to resolve it beneath the
 * root (openat2), so that a symbolic link which leads out of it is refused,
 * and nobody can swap a directory for a link while we look.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "httpd.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes one character of the target.  Returns -1 for a bad escape. */
static int decode_next(const char **p)
{
	int high, low;

	if (**p != '%')
		return (unsigned char)*(*p)++;
	high = hex_digit((*p)[1]);
	low = high < 0 ? -1 : hex_digit((*p)[2]);
	if (low < 0)
		return -1;
	*p += 3;
	return high << 4 | low;
}

static bool climbs(const char *path)
{
	const char *p;

	for (p = path; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (p[0] == '.' && p[1] == '.' && (p[2] == '/' || !p[2]))
			return true;
	}
	return false;
}

int path_decode(const char *target, char *out, size_t size)
{
	const char *p = target;
	size_t len = 0;
	int c;

	/* The absolute form, "http://host/path", is for proxies; take both. */
	if (!strncasecmp(p, "http://", 7)) {
		p += 7;
		p += strcspn(p, "/?");
	}
	if (*p != '/' && *p != '?' && *p)
		return HTTP_STATUS_BAD_REQUEST;
	p += strspn(p, "/");
	while (*p && *p != '?' && *p != '#') {
		c = decode_next(&p);
		if (c <= 0 || len + 1 >= size)
			return HTTP_STATUS_BAD_REQUEST;
		out[len++] = (char)c;
	}
	if (len == 0)
		out[len++] = '.';
	out[len] = '\0';
	if (out[0] == '/' || climbs(out))
		return HTTP_STATUS_FORBIDDEN;
	return 0;
}

static enum http_status explain(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return HTTP_STATUS_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EXDEV: /* the path leads out of the root */
	case ELOOP:
		return HTTP_STATUS_FORBIDDEN;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return HTTP_STATUS_SERVICE_UNAVAILABLE;
	default:
		return HTTP_STATUS_INTERNAL_SERVER_ERROR;
	}
}

int path_open(int root, const char *path)
{
	/* A FIFO or a terminal must neither hold us up nor become ours. */
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd >= 0 ? (int)fd : -(int)explain(errno);
}
