/* SPDX-License-Identifier: ISC */
/*
 * perf_wire.c - the 64 bytes that begin and end a measurement
 *
 *	 0  "ternperf"
 *	 8  version, 1
 *	12  mode
 *	16  size of a message
 *	24  time in nanoseconds
 *	32  bytes received, in the server's answer
 *
 * All numbers in network order; the rest is zero.
 */
#include <string.h>

#include "perf.h"

static const char magic[] = "ternperf";

#define VERSION 1

static void put(uint8_t *p, uint64_t n, unsigned int len)
{
	while (len-- > 0) {
		p[len] = (uint8_t)n;
		n >>= 8;
	}
}

static uint64_t get(const uint8_t *p, unsigned int len)
{
	uint64_t n = 0;

	while (len-- > 0)
		n = n << 8 | *p++;
	return n;
}

void perf_wire_write(uint8_t out[PERF_WIRE], const struct perf_wire *w)
{
	memset(out, 0, PERF_WIRE);
	memcpy(out, magic, 8);
	put(out + 8, VERSION, 4);
	put(out + 12, (uint64_t)w->mode, 4);
	put(out + 16, w->size, 4);
	put(out + 24, w->time_ns, 8);
	put(out + 32, w->bytes, 8);
}

bool perf_wire_read(const uint8_t in[PERF_WIRE], struct perf_wire *w)
{
	uint64_t mode = get(in + 12, 4);

	if (memcmp(in, magic, 8) != 0 || get(in + 8, 4) != VERSION ||
	    mode > PERF_CRR)
		return false;
	w->mode = (enum perf_mode)mode;
	w->size = (uint32_t)get(in + 16, 4);
	w->time_ns = get(in + 24, 8);
	w->bytes = get(in + 32, 8);
	return true;
}

void perf_pattern(uint8_t *buf, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = (uint8_t)(i % PERF_PATTERN);
}
