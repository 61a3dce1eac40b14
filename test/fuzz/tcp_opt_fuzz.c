/* SPDX-License-Identifier: ISC */
/*
 * tcp_opt_fuzz.c - any bytes as TCP options: bounds, and what is read is the
 * same after being written and read again
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "wire/tcp.h"
#include "wire/tcp_opt.h"

/* What is left out where there is no room, once padded. */
#define MAY_GO \
	(TERN_OPT_SACK | TERN_OPT_ACCECN | TERN_OPT_UTO | TERN_OPT_FASTOPEN)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct tcp_options *a, const struct tcp_options *b)
{
	uint32_t i;

	TERN_ASSERT(a->mss == b->mss && a->wscale == b->wscale);
	TERN_ASSERT(a->ts_val == b->ts_val && a->ts_ecr == b->ts_ecr);
	/* The last SACK blocks may have had no room. */
	TERN_ASSERT(a->n_sack >= b->n_sack);
	for (i = 0; i < b->n_sack; i++) {
		TERN_ASSERT(a->sack[i].left == b->sack[i].left);
		TERN_ASSERT(a->sack[i].right == b->sack[i].right);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t len = (uint32_t)min_size(size, TCP_OPTIONS_MAX);
	uint8_t *exact = malloc(len + 1), *out = malloc(TCP_OPTIONS_MAX);
	struct tcp_options o, back;
	uint32_t n;

	memcpy(exact + 1, data, len); /* ends where the options end */
	tcp_opt_parse(exact + 1, len, &o);
	TERN_ASSERT(o.n_sack <= TCP_SACK_MAX && o.wscale <= TCP_WSCALE_MAX);
	TERN_ASSERT(!(o.present & TERN_OPT_SACK) == !o.n_sack);

	n = tcp_opt_emit(out, &o);
	TERN_ASSERT(n % 4 == 0 && n <= TCP_OPTIONS_MAX);
	TERN_ASSERT(n == tcp_opt_len(&o));
	tcp_opt_parse(out, n, &back);
	TERN_ASSERT(!back.malformed);
	TERN_ASSERT((back.present & ~MAY_GO) == (o.present & ~MAY_GO));
	TERN_ASSERT(!(back.present & ~o.present));
	check_same(&o, &back);
	free(exact);
	free(out);
	return 0;
}
