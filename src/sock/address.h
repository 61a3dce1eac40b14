/* SPDX-License-Identifier: ISC */
/*
 * address.h - between struct sockaddr and what the floors below take
 */
#ifndef TERN_SOCK_ADDRESS_H
#define TERN_SOCK_ADDRESS_H

#include <stdint.h>
#include <sys/socket.h>

#include "unix/name.h"

/* A name as unix_bind() takes it; `len` 0: one is to be chosen. */
struct unix_address {
	uint16_t len;
	char bytes[UNIX_NAME_MAX];
};

/*
 * What the kernel checks before it looks at the kind of socket: 0, -EINVAL for
 * a length that no address has, or -EFAULT.
 */
int address_check(const struct sockaddr *addr, socklen_t len);

/* The family, AF_UNSPEC if the address is too short to have one. */
sa_family_t address_family(const struct sockaddr *addr, socklen_t len);

/* Reads AF_INET.  Returns 0, -EINVAL if too short, or -EAFNOSUPPORT. */
int address_get_inet(const struct sockaddr *addr, socklen_t len, uint32_t *ip,
		     uint16_t *port);

/* The same for bind(2), which takes AF_UNSPEC with 0.0.0.0 too. */
int address_get_inet_local(const struct sockaddr *addr, socklen_t len,
			   uint32_t *ip, uint16_t *port);

/* Reads AF_UNIX.  Returns 0 or -EINVAL. */
int address_get_unix(const struct sockaddr *addr, socklen_t len,
		     struct unix_address *out);

/*
 * Writes an address, cut to the *len bytes there are; *len is then its true
 * length.  Does nothing if `addr` is NULL.  Returns 0, -EINVAL or -EFAULT.
 */
int address_put_inet(struct sockaddr *addr, socklen_t *len, uint32_t ip,
		     uint16_t port);
int address_put_unix(struct sockaddr *addr, socklen_t *len,
		     const struct unix_name *name);

#endif
