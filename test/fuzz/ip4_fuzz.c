/* SPDX-License-Identifier: ISC */
/*
 * ip4_fuzz.c - any bytes as an IPv4 datagram
 *
 * What is accepted keeps its promises and is the same after being written and
 * read again.  The checksum would stop nearly every input, so that one is also
 * tried with it put right.
 */
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/ip4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_options(const struct ip4_header *h)
{
	enum tern_drop d = ip4_check_options(h);

	TERN_ASSERT(d == TERN_DROP_NONE || d == TERN_DROP_IP_OPTIONS);
}

static void parse(const uint8_t *p, uint32_t head_len, uint32_t len)
{
	uint8_t out[IP4_HEADER_LEN_MAX];
	struct ip4_header h, back;

	if (ip4_parse(p, head_len, len, &h))
		return;
	TERN_ASSERT(h.header_len >= 20 && h.header_len <= head_len);
	TERN_ASSERT(h.total_len >= h.header_len && h.total_len <= len);
	TERN_ASSERT(h.options_len == h.header_len - 20);
	check_options(&h);
	TERN_ASSERT(ip4_emit(out, &h) == h.header_len);
	TERN_ASSERT(ip4_parse(out, h.header_len, h.total_len, &back) == 0);
	out[6] |= p[6] & 0x80;	     /* the reserved bit is not kept, */
	memcpy(out + 10, p + 10, 2); /* so the checksum may differ */
	TERN_ASSERT(memcmp(out, p, h.header_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t fixed[128];
	uint32_t len = (uint32_t)min_size(size, sizeof(fixed));
	uint32_t header_len;
	struct ip4_header h;

	parse(data, (uint32_t)size, (uint32_t)size);
	if (!ip4_parse_quote(data, (uint32_t)size, &h))
		check_options(&h);
	if (len < IP4_HEADER_LEN)
		return 0;
	memcpy(fixed, data, len);
	header_len = min_u32((fixed[0] & 15U) * 4, len);
	store_be16(fixed + 10, 0);
	store_be16(fixed + 10,
		   checksum_finish(sum_bytes(0, fixed, header_len)));
	parse(fixed, len, len);
	/* Only a part of it is contiguous: the last byte says which. */
	parse(fixed, min_u32(len, fixed[len - 1]), len);
	return 0;
}
