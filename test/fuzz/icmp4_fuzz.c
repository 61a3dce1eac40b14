/* SPDX-License-Identifier: ISC */
/*
 * icmp4_fuzz.c - any bytes as an ICMP message, as they are and with the
 * checksum put right
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/icmp4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t touched; /* what was read, so that the reading is not left out */

static void touch(const uint8_t *p, uint32_t len)
{
	while (len--)
		touched ^= *p++;
}

static void parse(const uint8_t *p, uint32_t len)
{
	struct icmp4_message m;

	if (icmp4_parse(p, len, &m))
		return;
	TERN_ASSERT(m.data == p + 8 && m.data_len == len - 8);
	touch(m.data, m.data_len);
	if (!icmp4_is_error(m.type))
		return;
	TERN_ASSERT(m.quote_data_len >= ICMP4_QUOTE_MIN);
	TERN_ASSERT(m.quote.header_len + m.quote_data_len <= m.data_len);
	TERN_ASSERT(m.quote.frag_off == 0);
	touch(m.quote_data, m.quote_data_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t len = (uint32_t)min_size(size, 2000);
	uint8_t *fixed = malloc(len + 1), *out = malloc(len + 1);
	struct icmp4_message m;

	parse(data, (uint32_t)size);
	memcpy(fixed, data, len);
	if (len >= ICMP4_HEADER_LEN) {
		store_be16(fixed + 2, 0);
		store_be16(fixed + 2,
			   checksum_finish(sum_bytes(0, fixed, len)));
	}
	parse(fixed, len);
	if (!icmp4_parse(fixed, len, &m)) {
		TERN_ASSERT(icmp4_emit(out, &m) == len);
		parse(out, len);
	}
	free(fixed);
	free(out);
	return 0;
}
