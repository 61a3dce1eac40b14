/* SPDX-License-Identifier: ISC */
/*
 * tcp_fuzz.c - any bytes as a TCP segment, header and options
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "wire/tcp.h"
#include "wire/tcp_opt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(const uint8_t *p, uint32_t head_len, uint32_t len)
{
	struct tcp_options o;
	struct tcp_header h;
	uint8_t out[TCP_HEADER_LEN];

	if (tcp_parse(p, head_len, len, &h))
		return;
	TERN_ASSERT(h.header_len >= 20 && h.header_len <= head_len);
	TERN_ASSERT(h.header_len % 4 == 0);
	tcp_emit(out, &h);
	out[12] |= p[12] & 0x0e; /* reserved bits are not sent */
	TERN_ASSERT(memcmp(out, p, sizeof(out)) == 0);
	tcp_opt_parse(h.options, h.header_len - 20U, &o);
	TERN_ASSERT(o.n_sack <= TCP_SACK_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t len = (uint32_t)size;

	parse(data, len, len);
	/* The same with its beginning alone contiguous. */
	if (size > 0 && data[0] < size) {
		uint8_t *head = malloc(data[0] + 1U);

		memcpy(head, data, data[0]);
		parse(head, data[0], len);
		free(head);
	}
	return 0;
}
