/* SPDX-License-Identifier: ISC */
/*
 * arp_fuzz.c - any bytes as an ARP packet: read, write, compare
 */
#include <string.h>

#include "base/assert.h"
#include "wire/arp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[ARP_PACKET_LEN];
	struct arp_packet a;

	if (arp_parse(data, (uint32_t)size, &a))
		return 0;
	arp_emit(out, &a);
	TERN_ASSERT(memcmp(out, data, sizeof(out)) == 0);
	return 0;
}
