/* SPDX-License-Identifier: ISC */
/*
 * netif.h - an interface: its configuration, addresses and frames to be sent
 */
#ifndef TERN_NET_NETIF_H
#define TERN_NET_NETIF_H

#include <tern/frame.h>
#include <tern/netif.h>

#include "base/list.h"

#define NETIF_MAX	64  /* interfaces of a stack, and 1 */
#define NETIF_ADDRS	16  /* addresses of an interface */
#define NETIF_READY_MAX 256 /* frames made but not yet taken; a power of 2 */

struct netif_addr {
	uint32_t addr;
	uint8_t prefix_len;
};

/*
 * Owned by struct net.  `work` is the transport's: connections that owe
 * something on this interface, in the order in which they came.
 */
struct netif {
	struct tern_if_config config;
	int index;
	bool up;
	int n_addrs;
	struct netif_addr addrs[NETIF_ADDRS];

	struct list work;
	struct tern_frame *ready; /* ring of NETIF_READY_MAX frames */
	uint32_t ready_head, ready_tail;

	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes;
};

#endif
