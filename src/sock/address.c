/* SPDX-License-Identifier: ISC */
/*
 * address.c - between struct sockaddr and what the floors below take
 *
 * The application's bytes may lie anywhere and be cut short, so they are always
 * copied.
 */
#include "sock/address.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/un.h>

#include "base/bytes.h"

#define UNIX_PATH_AT offsetof(struct sockaddr_un, sun_path)

int address_check(const struct sockaddr *addr, socklen_t len)
{
	if (len > sizeof(struct sockaddr_storage))
		return -EINVAL;
	return len && !addr ? -EFAULT : 0;
}

sa_family_t address_family(const struct sockaddr *addr, socklen_t len)
{
	sa_family_t family;

	if (len < sizeof(family))
		return AF_UNSPEC;
	memcpy(&family, addr, sizeof(family));
	return family;
}

static int get_inet(const struct sockaddr *addr, socklen_t len,
		    struct sockaddr_in *in)
{
	if (len < sizeof(*in))
		return -EINVAL;
	memcpy(in, addr, sizeof(*in));
	return 0;
}

int address_get_inet(const struct sockaddr *addr, socklen_t len, uint32_t *ip,
		     uint16_t *port)
{
	struct sockaddr_in in;

	if (get_inet(addr, len, &in) < 0)
		return -EINVAL;
	if (in.sin_family != AF_INET)
		return -EAFNOSUPPORT;
	*ip = load_be32(&in.sin_addr);
	*port = load_be16(&in.sin_port);
	return 0;
}

int address_get_inet_local(const struct sockaddr *addr, socklen_t len,
			   uint32_t *ip, uint16_t *port)
{
	struct sockaddr_in in;

	if (get_inet(addr, len, &in) < 0)
		return -EINVAL;
	*ip = load_be32(&in.sin_addr);
	*port = load_be16(&in.sin_port);
	if (in.sin_family == AF_INET || (in.sin_family == AF_UNSPEC && !*ip))
		return 0;
	return -EAFNOSUPPORT;
}

/* A path ends at its first zero byte; an abstract name has them all. */
int address_get_unix(const struct sockaddr *addr, socklen_t len,
		     struct unix_address *out)
{
	struct sockaddr_un un;
	const char *end;

	if (len < UNIX_PATH_AT || len > sizeof(un))
		return -EINVAL;
	memcpy(&un, addr, len);
	if (un.sun_family != AF_UNIX)
		return -EINVAL;
	out->len = (uint16_t)(len - UNIX_PATH_AT);
	memcpy(out->bytes, un.sun_path, out->len);
	if (out->len && out->bytes[0]) {
		end = memchr(out->bytes, 0, out->len);
		if (end)
			out->len = (uint16_t)(end - out->bytes);
	}
	return 0;
}

static int put(struct sockaddr *addr, socklen_t *len, const void *true_addr,
	       socklen_t true_len)
{
	if (!addr)
		return 0;
	if (!len)
		return -EFAULT;
	if (*len > INT_MAX)
		return -EINVAL;
	memcpy(addr, true_addr, min_u32(*len, true_len));
	*len = true_len;
	return 0;
}

int address_put_inet(struct sockaddr *addr, socklen_t *len, uint32_t ip,
		     uint16_t port)
{
	struct sockaddr_in in = {.sin_family = AF_INET};

	store_be32(&in.sin_addr, ip);
	store_be16(&in.sin_port, port);
	return put(addr, len, &in, sizeof(in));
}

int address_put_unix(struct sockaddr *addr, socklen_t *len,
		     const struct unix_name *name)
{
	/* One byte more, for the zero after a path that fills it. */
	struct {
		struct sockaddr_un un;
		char zero;
	} a = {.un.sun_family = AF_UNIX};
	socklen_t true_len = UNIX_PATH_AT;

	if (name) {
		memcpy(a.un.sun_path, name->bytes, name->len);
		true_len += name->len;
		true_len += name->bytes[0] != 0;
	}
	return put(addr, len, &a, true_len);
}
