/* SPDX-License-Identifier: ISC */
/*
 * stream.h - endless streams of bytes that follow from a seed
 *
 * Any part of a stream can be made without what is before it, so that sender
 * and receiver need no memory to agree on every byte.
 */
#ifndef TERN_SIM_STREAM_H
#define TERN_SIM_STREAM_H

#include <stddef.h>
#include <stdint.h>

/* Writes the `len` bytes of stream `seed` that begin at `offset`. */
void sim_stream_fill(uint64_t seed, uint64_t offset, void *buf, size_t len);

/*
 * Compares.  Returns how many bytes are right, from the first on: `len` if all
 * of them are.
 */
size_t sim_stream_check(uint64_t seed, uint64_t offset, const void *buf,
			size_t len);

#endif
