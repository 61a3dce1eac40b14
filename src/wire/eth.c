/* SPDX-License-Identifier: ISC */
/*
 * eth.c - the Ethernet II header, RFC 894
 *
 * IEEE 802.3 length fields and 802.1Q tags are not taken apart: to the caller
 * they are types that it does not know.
 */
#include "wire/eth.h"

#include <string.h>

#include "base/bytes.h"

enum tern_drop eth_parse(const uint8_t *p, uint32_t len, struct eth_header *h)
{
	if (len < ETH_HEADER_LEN)
		return TERN_DROP_FRAME_SHORT;
	memcpy(h->dst, p, ETH_ADDR_LEN);
	memcpy(h->src, p + 6, ETH_ADDR_LEN);
	h->type = load_be16(p + 12);
	return TERN_DROP_NONE;
}

void eth_emit(uint8_t *p, const struct eth_header *h)
{
	memcpy(p, h->dst, ETH_ADDR_LEN);
	memcpy(p + 6, h->src, ETH_ADDR_LEN);
	store_be16(p + 12, h->type);
}

bool eth_is_broadcast(const uint8_t addr[ETH_ADDR_LEN])
{
	return load_be32(addr) == UINT32_MAX && load_be16(addr + 4) == 0xffff;
}

bool eth_is_zero(const uint8_t addr[ETH_ADDR_LEN])
{
	return load_be32(addr) == 0 && load_be16(addr + 4) == 0;
}

bool eth_equal(const uint8_t a[ETH_ADDR_LEN], const uint8_t b[ETH_ADDR_LEN])
{
	return memcmp(a, b, ETH_ADDR_LEN) == 0;
}
