/* SPDX-License-Identifier: ISC */
/*
 * arp.c - the ARP packet for IPv4 over Ethernet, RFC 826
 *
 *	 0	hardware type 1		 2	protocol type 0x0800
 *	 4	hardware length 6	 5	protocol length 4
 *	 6	opcode
 *	 8	sender: hardware (6), protocol (4)
 *	18	target: hardware (6), protocol (4)
 */
#include "wire/arp.h"

#include <string.h>

#include "base/bytes.h"

#define HARDWARE_ETHERNET 1

static bool is_ip4_over_ethernet(const uint8_t *p)
{
	return load_be16(p) == HARDWARE_ETHERNET &&
	       load_be16(p + 2) == ETH_TYPE_IP4 && p[4] == ETH_ADDR_LEN &&
	       p[5] == 4;
}

enum tern_drop arp_parse(const uint8_t *p, uint32_t len, struct arp_packet *a)
{
	uint16_t op;

	if (len < ARP_PACKET_LEN)
		return TERN_DROP_FRAME_SHORT;
	op = load_be16(p + 6);
	if (!is_ip4_over_ethernet(p) || (op != ARP_REQUEST && op != ARP_REPLY))
		return TERN_DROP_ARP_INVALID;
	/* A station cannot be reached at an address of many. */
	if (eth_is_group(p + 8))
		return TERN_DROP_ARP_INVALID;
	a->op = op;
	memcpy(a->sha, p + 8, ETH_ADDR_LEN);
	a->spa = load_be32(p + 14);
	memcpy(a->tha, p + 18, ETH_ADDR_LEN);
	a->tpa = load_be32(p + 24);
	return TERN_DROP_NONE;
}

void arp_emit(uint8_t *p, const struct arp_packet *a)
{
	store_be16(p, HARDWARE_ETHERNET);
	store_be16(p + 2, ETH_TYPE_IP4);
	p[4] = ETH_ADDR_LEN;
	p[5] = 4;
	store_be16(p + 6, a->op);
	memcpy(p + 8, a->sha, ETH_ADDR_LEN);
	store_be32(p + 14, a->spa);
	memcpy(p + 18, a->tha, ETH_ADDR_LEN);
	store_be32(p + 24, a->tpa);
}
