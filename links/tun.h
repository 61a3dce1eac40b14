/* SPDX-License-Identifier: ISC */
/*
 * tun.h - a link over a descriptor that reads and writes whole frames
 */
#ifndef TERN_LINKS_TUN_H
#define TERN_LINKS_TUN_H

#include <stdbool.h>
#include <stdint.h>

#include <net/if.h>

#include <tern/link.h>

struct tun {
	struct tern_link link; /* must be first */
	struct tern_allocator alloc;
	struct tern_block_pool *blocks;
	struct ring *ring;	    /* for bursts, or NULL */
	struct tern_block *scratch; /* the next frame is read into it */
	uint32_t frame_max;	    /* bytes that must fit into it */
	int fd;
	bool offload; /* a vnet header goes before each frame */
	char name[IFNAMSIZ];
};

extern const struct tern_link_ops tun_ops;

#endif
