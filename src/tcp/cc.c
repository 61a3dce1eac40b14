/* SPDX-License-Identifier: ISC */
/*
 * cc.c - the table of congestion control algorithms, and the initial window
 *
 * MUST-19 (RFC 5681 for all of TCP) is met by NewReno, of which CUBIC,
 * the first and so the default, is a modification (RFC 9438 1).
 */
#include "tcp/cc.h"

#include <stddef.h>
#include <string.h>

#include "base/bytes.h"

#define IW_SMSS 1460 /* the segment size by which RFC 6928 limits the bytes */

static const struct cc_ops *const algorithms[] = {
	&cc_cubic, &cc_newreno, &cc_bbr, &cc_dctcp, &cc_bbr1,
};

const struct cc_ops *cc_at(unsigned int i)
{
	return i < ARRAY_LEN(algorithms) ? algorithms[i] : NULL;
}

/* An algorithm may be chosen by its name (MAY-18). */
const struct cc_ops *cc_find(const char *name)
{
	const struct cc_ops *ops;
	unsigned int i;

	for (i = 0; (ops = cc_at(i)) != NULL; i++)
		if (strcmp(ops->name, name) == 0)
			return ops;
	return NULL;
}

/* xorshift */
/* The bandwidth is in two halves. */
uint32_t cc_tell_bbr(const struct cc_bbr_told *told, void *out, uint32_t len)
{
	const uint32_t info[5] = {
		(uint32_t)told->bw, (uint32_t)(told->bw >> 32),
		told->min_rtt_us,   told->pacing_gain,
		told->cwnd_gain,
	};

	len = min_u32(len, sizeof(info));
	memcpy(out, info, len);
	return len;
}

uint32_t cc_chance(struct cc_cold *f)
{
	uint32_t x = f->seed ? f->seed : 1;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	f->seed = x;
	return x;
}

uint32_t cc_initial_window(uint32_t smss, uint32_t n_segments)
{
	uint64_t most =
		max_u64(UINT64_C(2) * smss, (uint64_t)n_segments * IW_SMSS);

	return (uint32_t)clamp_u64((uint64_t)n_segments * smss, 1,
				   min_u64(most, UINT32_MAX));
}
