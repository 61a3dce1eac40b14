/* SPDX-License-Identifier: ISC */
/*
 * arp.h - the ARP packet for IPv4 over Ethernet, RFC 826
 */
#ifndef TERN_WIRE_ARP_H
#define TERN_WIRE_ARP_H

#include <stdint.h>

#include <tern/stats.h>

#include "wire/eth.h"

#define ARP_PACKET_LEN 28

enum arp_op {
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
};

/* Fields under their RFC names: ar$sha, ar$spa, ar$tha, ar$tpa. */
struct arp_packet {
	uint16_t op; /* enum arp_op */
	uint8_t sha[ETH_ADDR_LEN];
	uint8_t tha[ETH_ADDR_LEN];
	uint32_t spa, tpa;
};

/*
 * Returns 0; TERN_DROP_FRAME_SHORT; or TERN_DROP_ARP_INVALID if hardware,
 * protocol, their lengths or the opcode are others than those above, or if the
 * sender's hardware address is a group address.  a is set only on success.
 */
TERN_CHECK enum tern_drop arp_parse(const uint8_t *p, uint32_t len,
				    struct arp_packet *a);

/* Writes ARP_PACKET_LEN bytes. */
void arp_emit(uint8_t *p, const struct arp_packet *a);

#endif
