/* SPDX-License-Identifier: ISC */
/*
 * packet.h - a link over a packet socket (AF_PACKET) with mapped rings
 */
#ifndef TERN_LINKS_PACKET_H
#define TERN_LINKS_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include <net/if.h>

#include <tern/link.h>

#include "packet_ring.h"

struct packet {
	struct tern_link link; /* must be first */
	struct tern_allocator alloc;
	struct tern_block_pool *blocks;
	struct packet_rx rx;
	struct packet_tx tx;
	void *map; /* both rings */
	size_t map_len;
	int fd;
	bool gone;	    /* so is the interface */
	tern_time retry_at; /* frames wait in the ring, or the interface is
			       down; TERN_NEVER: neither */
	char name[IFNAMSIZ];
};

extern const struct tern_link_ops packet_ops;

#endif
