/* SPDX-License-Identifier: ISC */
/*
 * arp.h - ARP packets in and out, RFC 826
 */
#ifndef TERN_NET_ARP_H
#define TERN_NET_ARP_H

#include "net/net.h"
#include "wire/arp.h"

/* Handles the ARP packet that follows the Ethernet header of f. */
void arp_input(struct net *net, struct netif *in, const struct tern_frame *f);

/*
 * Asks for the station that has an address, at `mac`, or all if that is NULL.
 */
void arp_send_request(struct net *net, struct netif *nif, uint32_t addr,
		      const uint8_t mac[ETH_ADDR_LEN]);

#endif
