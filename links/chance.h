/* SPDX-License-Identifier: ISC */
/*
 * chance.h - repeatable chance for impaired links
 *
 * A generator is one 64-bit word that counts up by an odd constant; a draw is
 * the word after a mixing permutation ("splitmix").  One word, no set-up, the
 * same on every machine: as good as dice need to be, and no secret.
 */
#ifndef TERN_LINKS_CHANCE_H
#define TERN_LINKS_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

#define CHANCE_STEP    UINT64_C(0x9e3779b97f4a7c15)
#define CHANCE_CERTAIN 1000000 /* parts per million */

static inline uint64_t chance_mix(uint64_t v)
{
	v = (v ^ (v >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	v = (v ^ (v >> 27)) * UINT64_C(0x94d049bb133111eb);
	return v ^ (v >> 31);
}

/* The start of the i-th of several streams that come from one seed. */
static inline uint64_t chance_start(uint64_t seed, uint64_t i)
{
	return chance_mix(seed ^ chance_mix((i + 1) * CHANCE_STEP));
}

static inline uint64_t chance_draw(uint64_t *state)
{
	*state += CHANCE_STEP;
	return chance_mix(*state);
}

/* True in `ppm` of a million draws.  Draws once whatever ppm is. */
static inline bool chance_happens(uint64_t *state, uint32_t ppm)
{
	uint64_t high = chance_draw(state) >> 32;

	return (high * CHANCE_CERTAIN) >> 32 < ppm;
}

#endif
