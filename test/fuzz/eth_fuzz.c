/* SPDX-License-Identifier: ISC */
/*
 * eth_fuzz.c - any bytes as an Ethernet header: read, write, compare
 */
#include <string.h>

#include "base/assert.h"
#include "wire/eth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[ETH_HEADER_LEN];
	struct eth_header h;

	if (eth_parse(data, (uint32_t)size, &h)) {
		TERN_ASSERT(size < ETH_HEADER_LEN);
		return 0;
	}
	eth_emit(out, &h);
	TERN_ASSERT(memcmp(out, data, sizeof(out)) == 0);
	return 0;
}
