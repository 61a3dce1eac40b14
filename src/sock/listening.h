/* SPDX-License-Identifier: ISC */
/*
 * listening.h - the end of listening on a descriptor that stays
 */
#ifndef TERN_SOCK_LISTENING_H
#define TERN_SOCK_LISTENING_H

#include "sock/socks.h"

/*
 * Turns a TCP listener back into a closed socket with the same options, bound
 * as it was, as shutdown(2) with SHUT_RD and connect(2) to AF_UNSPEC do.
 * Returns 0 or -ENOBUFS.
 */
int listening_end(struct socks *s, struct fd *f, int fd);

#endif
