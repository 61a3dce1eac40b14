/* SPDX-License-Identifier: ISC */
/*
 * ip_id.h - the identification field of datagrams that may be cut, RFC 6864
 */
#ifndef TERN_NET_IP_ID_H
#define TERN_NET_IP_ID_H

#include <stdint.h>

#include "base/rng.h"
#include "base/siphash.h"

struct ip_ids {
	struct siphash_key key;
	uint32_t next; /* 0 to 65535: place in the current order of IDs */
};

void ip_ids_init(struct ip_ids *ids, struct rng *rng);

/* The next ID.  65536 in a row, from the first on, are all different. */
uint16_t ip_ids_next(struct ip_ids *ids, struct rng *rng);

#endif
