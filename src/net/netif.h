/* SPDX-License-Identifier: ISC */
/*
 * netif.h - an interface: its configuration, addresses and frames to be sent
 */
#ifndef TERN_NET_NETIF_H
#define TERN_NET_NETIF_H

#include <tern/frame.h>
#include <tern/netif.h>

#include "base/list.h"
#include "net/ready.h"
#include "wire/eth.h"
#include "wire/ip4.h"

#define NETIF_MAX	64 /* interfaces of a stack, and 1 */
#define NETIF_ADDRS	16 /* addresses of an interface */
#define NETIF_READY_MAX READY_MAX

#define NETIF_MTU_MIN 68 /* RFC 791: what every network must carry */
#define NETIF_MTU_MAX 65535

struct netif_addr {
	uint32_t addr;
	uint8_t prefix_len;
};

/*
 * Owned by struct net.  `work` is the transport's: connections that owe
 * something on this interface, in the order in which they came.  When an
 * interface is removed, what is on its list is moved to that of the loopback
 * interface before net_proto.rerouted() is called, so that no connection is
 * forgotten: net_proto.output() looks for a new path for whom it finds there.
 */
struct netif {
	struct tern_if_config config;
	int index;
	bool up;
	int n_addrs;
	struct netif_addr addrs[NETIF_ADDRS];

	struct list work;
	struct ready ready; /* replies, ARP, frames whose neighbour answered */

	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes;
	uint64_t next_defence; /* of an address, not before: RFC 5227 2.4 */
};

static inline bool netif_is_ethernet(const struct netif *nif)
{
	return nif->config.flags & TERN_IF_ETHERNET;
}

static inline bool netif_is_loopback(const struct netif *nif)
{
	return nif->index == TERN_IF_LOOPBACK;
}

/* Bytes of link header. */
static inline uint32_t netif_link_len(const struct netif *nif)
{
	return netif_is_ethernet(nif) ? ETH_HEADER_LEN : 0;
}

/* True if the interface has the address. */
bool netif_has_addr(const struct netif *nif, uint32_t addr);

/* The interface's address whose prefix holds `addr`, NULL if there is none. */
const struct netif_addr *netif_addr_covering(const struct netif *nif,
					     uint32_t addr);

#endif
