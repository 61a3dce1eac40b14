/* SPDX-License-Identifier: ISC */
/*
 * eth.h - the Ethernet II header, RFC 894
 */
#ifndef TERN_WIRE_ETH_H
#define TERN_WIRE_ETH_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/stats.h>

#define ETH_HEADER_LEN 14
#define ETH_ADDR_LEN   6

enum eth_type {
	ETH_TYPE_IP4 = 0x0800,
	ETH_TYPE_ARP = 0x0806,
	ETH_TYPE_IP6 = 0x86dd,
};

struct eth_header {
	uint8_t dst[ETH_ADDR_LEN];
	uint8_t src[ETH_ADDR_LEN];
	uint16_t type;
};

/* Returns 0, or TERN_DROP_FRAME_SHORT.  h is set only on success. */
TERN_CHECK enum tern_drop eth_parse(const uint8_t *p, uint32_t len,
				    struct eth_header *h);

/* Writes ETH_HEADER_LEN bytes. */
void eth_emit(uint8_t *p, const struct eth_header *h);

/* True for multicast and broadcast addresses. */
static inline bool eth_is_group(const uint8_t addr[ETH_ADDR_LEN])
{
	return addr[0] & 1;
}

bool eth_is_broadcast(const uint8_t addr[ETH_ADDR_LEN]);
bool eth_is_zero(const uint8_t addr[ETH_ADDR_LEN]);
bool eth_equal(const uint8_t a[ETH_ADDR_LEN], const uint8_t b[ETH_ADDR_LEN]);

#endif
