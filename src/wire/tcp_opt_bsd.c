/* SPDX-License-Identifier: ISC */
/*
 * tcp_opt_bsd.c - TCP options laid out as FreeBSD does
 *
 * MSS, window scale, SACK permitted, timestamps, SACK.  NOPs before an option
 * put what is behind its kind and length, or its one byte, on a multiple of
 * its own size, and only where it would not lie there anyway; the end is
 * filled with End of Option List, which is zero (MUST-69).
 */
#include <string.h>

#include "base/bytes.h"
#include "wire/tcp.h"
#include "wire/tcp_opt.h"

/* NOPs until what is to come lies `rest` behind a multiple of `of`. */
static uint32_t align(uint8_t *p, uint32_t len, uint32_t of, uint32_t rest)
{
	while (len % of != rest)
		p[len++] = TCP_OPT_NOP;
	return len;
}

static uint32_t head(uint8_t *p, uint32_t at, uint8_t kind, uint32_t len)
{
	p[at] = kind;
	p[at + 1] = (uint8_t)len;
	return at + 2;
}

static uint32_t put_fixed(uint8_t *p, const struct tcp_options *o)
{
	uint32_t len = 0;

	if (o->present & TERN_OPT_MSS) {
		len = head(p, len, TCP_OPT_MSS, 4);
		store_be16(p + len, o->mss);
		len += 2;
	}
	if (o->present & TERN_OPT_WSCALE) {
		len = head(p, align(p, len, 2, 1), TCP_OPT_WSCALE, 3);
		p[len++] = o->wscale;
	}
	if (o->present & TERN_OPT_SACK_PERM)
		len = head(p, align(p, len, 2, 0), TCP_OPT_SACK_PERM, 2);
	if (o->present & TERN_OPT_TIMESTAMPS) {
		len = head(p, align(p, len, 4, 2), TCP_OPT_TIMESTAMPS, 10);
		store_be32(p + len, o->ts_val);
		store_be32(p + len + 4, o->ts_ecr);
		len += 8;
	}
	return len;
}

static uint32_t put_sack(uint8_t *p, uint32_t len, const struct tcp_options *o)
{
	const uint32_t begin = len + (6 - len % 4) % 4 + 2;
	uint32_t n = min_u32(o->n_sack, TCP_SACK_MAX), i;

	n = min_u32(n, (TCP_OPTIONS_MAX - begin) / 8);
	if (!(o->present & TERN_OPT_SACK) || n == 0)
		return len;
	len = head(p, align(p, len, 4, 2), TCP_OPT_SACK, 2 + 8 * n);
	for (i = 0; i < n; i++, len += 8) {
		store_be32(p + len, o->sack[i].left);
		store_be32(p + len + 4, o->sack[i].right);
	}
	return len;
}

uint32_t tcp_opt_emit_bsd(uint8_t *p, const struct tcp_options *o)
{
	uint32_t len = put_sack(p, put_fixed(p, o), o);

	while (len % 4)
		p[len++] = TCP_OPT_EOL;
	return len;
}
