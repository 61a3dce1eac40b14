/* SPDX-License-Identifier: ISC */
/*
 * dice.h - repeatable random numbers for tests (SplitMix64)
 *
 * Not rng.h, so that a fault there does not decide what is tested.
 */
#ifndef TERN_TEST_DICE_H
#define TERN_TEST_DICE_H

#include <stddef.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

static inline uint64_t dice_u64(struct dice *d)
{
	uint64_t v = d->state += UINT64_C(0x9e3779b97f4a7c15);

	v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
	return v ^ v >> 31;
}

/* One of 0 .. n - 1. */
static inline uint32_t dice_below(struct dice *d, uint32_t n)
{
	return (uint32_t)(dice_u64(d) % n);
}

/* A number of any magnitude up to 2^max_bits: small ones are as likely. */
static inline uint64_t dice_scaled(struct dice *d, uint32_t max_bits)
{
	return dice_u64(d) >> (63 - dice_below(d, max_bits));
}

static inline void dice_fill(struct dice *d, void *p, size_t len)
{
	uint8_t *at = p;

	while (len--)
		*at++ = (uint8_t)dice_u64(d);
}

#endif
