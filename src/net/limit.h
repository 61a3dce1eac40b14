/* SPDX-License-Identifier: ISC */
/*
 * limit.h - how many ICMP messages may be sent, RFC 1812 4.3.2.8
 */
#ifndef TERN_NET_LIMIT_H
#define TERN_NET_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/siphash.h"
#include "net/net.h"

#define LIMIT_HOSTS	 512 /* a power of 2 */
#define LIMIT_HOST_BURST 6

/*
 * A limit is the time up to which its messages have been sent: each moves it
 * on by the interval that belongs to one message, and it may run ahead of the
 * clock by a burst.
 */
struct limits {
	struct siphash_key key;
	uint64_t errors; /* of all destinations together */
	uint64_t echoes;
	uint64_t hosts[LIMIT_HOSTS]; /* by hash of the destination */
};

void limits_init(struct limits *l, struct rng *rng);

/* True if an error message / an echo reply may be sent to dst now. */
bool limit_allows_error(struct net *net, uint32_t dst);
bool limit_allows_echo(struct net *net);

#endif
