/* SPDX-License-Identifier: ISC */
/*
 * chance.h - numbers that look random and follow from a seed
 *
 * SplitMix64.  Everything in a world that happens by chance asks one of these,
 * so that the same seed gives the same world on every machine.
 */
#ifndef TERN_SIM_CHANCE_H
#define TERN_SIM_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct sim_chance {
	uint64_t state;
};

/* Scrambles a number: neighbours come out unrelated. */
static inline uint64_t sim_scramble(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static inline uint64_t sim_chance_u64(struct sim_chance *c)
{
	uint64_t x = sim_scramble(c->state);

	c->state += UINT64_C(0x9e3779b97f4a7c15);
	return x;
}

/* A number from lo to hi, both included. */
static inline uint64_t sim_chance_between(struct sim_chance *c, uint64_t lo,
					  uint64_t hi)
{
	uint64_t span = hi - lo + 1;

	return span ? lo + sim_chance_u64(c) % span : sim_chance_u64(c);
}

/* True with a probability of `ppm` parts in a million. */
static inline bool sim_chance_ppm(struct sim_chance *c, uint32_t ppm)
{
	return sim_chance_u64(c) % 1000000 < ppm;
}

#endif
