/* SPDX-License-Identifier: ISC */
/*
 * stream.c - streams of bytes that follow from a seed
 *
 * The eight bytes at 8 * i are the scrambled i-th number after the seed.
 */
#include "stream.h"

#include "chance.h"

static uint64_t word_at(uint64_t seed, uint64_t offset)
{
	return sim_scramble(sim_scramble(seed) + offset / 8);
}

static uint8_t byte_of(uint64_t word, uint64_t offset)
{
	return (uint8_t)(word >> 8 * (offset % 8));
}

void sim_stream_fill(uint64_t seed, uint64_t offset, void *buf, size_t len)
{
	uint64_t word = word_at(seed, offset);
	uint8_t *p = buf;
	size_t i;

	for (i = 0; i < len; i++, offset++) {
		if (offset % 8 == 0)
			word = word_at(seed, offset);
		p[i] = byte_of(word, offset);
	}
}

size_t sim_stream_check(uint64_t seed, uint64_t offset, const void *buf,
			size_t len)
{
	uint64_t word = word_at(seed, offset);
	const uint8_t *p = buf;
	size_t i;

	for (i = 0; i < len; i++, offset++) {
		if (offset % 8 == 0)
			word = word_at(seed, offset);
		if (p[i] != byte_of(word, offset))
			break;
	}
	return i;
}
